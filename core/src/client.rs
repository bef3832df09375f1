//! A client: its options, checked once, and what its calls share.

use core::cell::RefCell;
use std::rc::Rc;

use crate::endpoint::{self, Endpoint, EndpointError, EndpointOptions, Family, UrlParts};
use crate::error::{ErrorClass, Report, Reported};
use crate::headers::check_headers;
use crate::models;
use crate::operation::Operation;
use crate::options::{Name, Values, refuse};
use crate::secrets::{self, Secrets};
use crate::text;
use crate::time::Timestamp;
use crate::token::{self, MAX_EXPIRES_IN, Minted};

/// What every call of a client shares.
#[derive(Debug)]
pub struct Client {
    pub(crate) options: Values,
    pub(crate) endpoint: Endpoint,
    /// Where bedrock-runtime's own operations are.
    pub(crate) runtime: Result<Endpoint, EndpointError>,
    /// Shared with the clients that were made of this one.
    pub(crate) secrets: Rc<RefCell<Secrets>>,
    /// Whether long-term secrets may be here.
    pub(crate) allow_long_term: bool,
}

impl core::fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Secrets")
    }
}

/// What is known of the place a client lives in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// `baseURL` in parts: nobody but the engine may decide what its host is. `None` for what is
    /// no URL.
    pub base_url: Option<UrlParts<'a>>,
    /// `runtimeURL`, likewise.
    pub runtime_url: Option<UrlParts<'a>>,
    /// Whether everybody who opens a page could read what this code knows.
    pub in_page: bool,
}

impl Client {
    /// Checks the options of a client. `same` is one with the same secret or provider: what that
    /// was given, and the server's time, this one knows too.
    ///
    /// # Errors
    /// `ConfigurationError`, with the option as `path`.
    pub fn new(
        options: Values,
        surroundings: &Surroundings<'_>,
        same: Option<&Self>,
        report: &mut Report,
    ) -> Result<Self, Reported> {
        let has_url = options.is_given(Name::BaseUrl) || options.is_given(Name::BaseUrlVariable);
        if has_url && surroundings.base_url.is_none() {
            return Err(refuse(
                Name::BaseUrl,
                "must be a URL; a relative one needs a page whose address it is relative to",
                report,
            ));
        }
        check_words(&options, report)?;
        check_headers(&options, Name::DefaultHeaders, report)?;
        if let Some(json) = options.text(Name::Models) {
            let checked = models::check(json);
            let class = ErrorClass::ConfigurationError;
            checked.map_err(|(path, rule)| report.at(class, &path, rule))?;
        }
        let given = endpoint_options(&options, surroundings, report)?;
        let endpoint = Endpoint::new(&given).map_err(|error| refused(error, report))?;
        let is_told = options.is_given(Name::RuntimeUrl);
        let runtime = if is_told && given.runtime_url.is_none() {
            Err(endpoint::BAD_RUNTIME)
        } else {
            endpoint.runtime(&given)
        };
        // What was given for it is wrong at once; that nothing was, when somebody needs it.
        if let Err(error) = &runtime
            && is_told
        {
            return Err(refused(*error, report));
        }
        let secrets = match same {
            Some(same) => same.secrets.clone(),
            None => Rc::new(RefCell::new(Secrets::of(&options, report)?)),
        };
        let allow_long_term = options.flag(Name::AllowBrowser) || !surroundings.in_page;
        {
            let secrets = secrets.borrow();
            let headers = options.pairs(Name::DefaultHeaders);
            let own_header = headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
            // Without a baseURL requests go to AWS, which answers nobody unknown.
            if secrets.is_none() && !own_header && !has_url {
                let rule = "or credentials are needed: give one, or set AWS_BEARER_TOKEN_BEDROCK";
                return Err(refuse(Name::ApiKey, rule, report));
            }
            // Told here where it is plain; who takes credentials from the environment may not sign.
            if secrets.signs() && !own_header && options.is_given(Name::Credentials) {
                let region = endpoint.require_region();
                region.map_err(|error| refused(error, report))?;
            }
            if let Some(secret) = secrets.kept() {
                secret.check_place(allow_long_term, report)?;
            }
        }
        Ok(Self {
            options,
            endpoint,
            runtime,
            secrets,
            allow_long_term,
        })
    }

    /// What is known of a model, and what a call would do: [`Endpoint::explain`].
    #[must_use]
    pub fn explain(&self, operation: &Operation, model: &str) -> String {
        self.endpoint.explain(model, operation.path)
    }
}

/// Checks the options that take one of a few words, of a client or of a call.
pub(crate) fn check_words(options: &Values, report: &mut Report) -> Result<(), Reported> {
    static WORDS: [(Name, &str, &str); 3] = [
        (
            Name::ReasoningFormat,
            "parsed raw",
            "must be \"parsed\" or \"raw\"",
        ),
        (
            Name::LogLevel,
            "off error warn info debug",
            "must be \"off\", \"error\", \"warn\", \"info\" or \"debug\"",
        ),
        (
            Name::GuardrailEnforce,
            "endpoint client auto",
            "must be \"endpoint\", \"client\" or \"auto\"",
        ),
    ];
    for (name, known, rule) in &WORDS {
        let word = options.text(*name);
        if word.is_some_and(|word| !text::is_word(known, word)) {
            return Err(refuse(*name, rule, report));
        }
    }
    Ok(())
}

fn endpoint_options<'v>(
    options: &'v Values,
    surroundings: &Surroundings<'v>,
    report: &mut Report,
) -> Result<EndpointOptions<'v>, Reported> {
    let family = match options.text(Name::Endpoint) {
        Some(name) => match Family::parse(name) {
            None => {
                let rule = "must be \"runtime\" or \"mantle\"";
                return Err(refuse(Name::Endpoint, rule, report));
            }
            family => family,
        },
        None => None,
    };
    Ok(EndpointOptions {
        endpoint: family,
        region: options.text(Name::Region),
        environment_region: region_of_environment(options),
        use_fips_endpoint: options.flag(Name::UseFipsEndpoint),
        use_dualstack_endpoint: options.flag(Name::UseDualstackEndpoint),
        base_url: surroundings.base_url,
        runtime_url: surroundings.runtime_url,
        models: options.text(Name::Models).unwrap_or_default(),
    })
}

fn region_of_environment(options: &Values) -> Option<&str> {
    let region = options.text(Name::RegionVariable);
    region.or_else(|| options.text(Name::DefaultRegionVariable))
}

pub(crate) fn refused(error: EndpointError, report: &mut Report) -> Reported {
    report.configuration(error.field, error.message)
}

/// `mintBedrockToken`: a short-term key of credentials that are given by value.
///
/// # Errors
/// `ConfigurationError`, with the option as `path`.
pub fn mint(
    options: &Values,
    in_page: bool,
    now: Timestamp,
    report: &mut Report,
) -> Result<Minted, Reported> {
    let region = options.text(Name::Region);
    let Some(region) = region.or_else(|| region_of_environment(options)) else {
        return Err(refuse(
            Name::Region,
            "is needed: set it, or AWS_REGION",
            report,
        ));
    };
    let region = endpoint::Region::parse(region).map_err(|error| refused(error, report))?;
    let expires_in = match options.number(Name::ExpiresIn) {
        Some(seconds) => u32::try_from(seconds).unwrap_or(u32::MAX),
        None => MAX_EXPIRES_IN,
    };
    let credentials = secrets::given_credentials(options, report)?;
    let allowed = options.flag(Name::AllowBrowser) || !in_page;
    secrets::check_place(
        Name::Credentials,
        credentials.are_long_term(),
        allowed,
        report,
    )?;
    let expiration = options.number(Name::Expiration);
    let expiration = expiration.map(|ms| Timestamp::from_unix_ms(ms as i64));
    token::mint(&credentials, &region, expires_in, now, expiration)
        .map_err(|error| report.configuration(error.field(), error.message()))
}

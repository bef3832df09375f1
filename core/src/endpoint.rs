//! Where a request goes: region, endpoint family and `baseURL` become a URL, checked once.
//!
//! ```
//! use bedrock_chat_core::endpoint::{Endpoint, EndpointOptions};
//!
//! let endpoint = Endpoint::new(&EndpointOptions { region: Some("us-west-2"), ..EndpointOptions::default() })?;
//! assert_eq!(
//!     endpoint.url("openai.gpt-oss-20b-1:0", "/chat/completions"),
//!     "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/chat/completions",
//! );
//! assert_eq!(endpoint.signing_service(), "bedrock");
//! # Ok::<(), bedrock_chat_core::endpoint::EndpointError>(())
//! ```
//!
//! Host names are those of botocore's endpoint rules for `bedrock-runtime`; mantle's host and its
//! paths per model are AWS's documentation and live answers. Credentials will be sent to what is
//! resolved here, so everything that would lead them astray is an [`EndpointError`].

use std::fmt;

pub use crate::family::Family;
use crate::json::write_string;
use crate::models::Models;
use crate::text;
use crate::text::{split, split_once, trim_end};

// ---------------------------------------------------------------------------------------------
// Region, partition
// ---------------------------------------------------------------------------------------------

/// A region's name that is safe in a host name: `^[a-z]{2,8}(-[a-z0-9]+)+-[0-9]+$`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region(String);

impl Region {
    /// Checks the form of a region's name, not whether AWS has it: that list would go out of date.
    ///
    /// # Errors
    /// If it has another form. The error does not repeat it, for it may be anything.
    pub fn parse(name: &str) -> Result<Self, EndpointError> {
        if is_region(name) {
            Ok(Self(name.into()))
        } else {
            Err(EndpointError {
                field: "region",
                message: "`region` must be the name of an AWS region, such as us-west-2",
            })
        }
    }

    /// The name, such as `us-west-2`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_region(name: &str) -> bool {
    let mut parts = split(name, b'-');
    let first = parts.next().unwrap_or_default();
    let (mut more, mut ends_in_a_number) = (0, false);
    for part in parts {
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if part.is_empty() || !part.bytes().all(is_plain) {
            return false;
        }
        more += 1;
        ends_in_a_number = part.bytes().all(|byte| byte.is_ascii_digit());
    }
    matches!(first.len(), 2..=8)
        && first.bytes().all(|byte| byte.is_ascii_lowercase())
        && more >= 2
        && ends_in_a_number
}

/// The DNS suffixes of a partition (a separate AWS, such as China's): its own, and the one of hosts
/// that speak IPv6 too.
struct Partition {
    suffix: &'static str,
    dualstack_suffix: &'static str,
}

/// Every partition but the public one, a line each: what its regions' names begin with, and its
/// suffixes. From botocore's `partitions.json`.
const PARTITIONS: &str = "cn- amazonaws.com.cn api.amazonwebservices.com.cn
eusc- amazonaws.eu api.amazonwebservices.eu
us-iso- c2s.ic.gov api.aws.ic.gov
us-isob- sc2s.sgov.gov api.aws.scloud
eu-isoe- cloud.adc-e.uk api.cloud-aws.adc-e.uk
us-isof- csp.hci.ic.gov api.aws.hci.ic.gov";

/// Mantle exists under this suffix alone.
const MANTLE_SUFFIX: &str = "api.aws";

/// The public one, and GovCloud's (`us-gov-`), which has the same suffixes, where no other is it.
fn partition_of(region: &str) -> Partition {
    for line in split(PARTITIONS, b'\n') {
        let mut words = split(line, b' ');
        if let (Some(prefix), Some(suffix), Some(dualstack_suffix)) =
            (words.next(), words.next(), words.next())
            && region.starts_with(prefix)
        {
            return Partition {
                suffix,
                dualstack_suffix,
            };
        }
    }
    Partition {
        suffix: "amazonaws.com",
        dualstack_suffix: MANTLE_SUFFIX,
    }
}

// ---------------------------------------------------------------------------------------------
// EndpointOptions and errors
// ---------------------------------------------------------------------------------------------

/// What decides where requests go. All of it is optional; without a `base_url` a region is needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndpointOptions<'a> {
    /// The option `endpoint`. Default: what `base_url` says, else runtime.
    pub endpoint: Option<Family>,
    /// The option `region`. Must not contradict `base_url`.
    pub region: Option<&'a str>,
    /// `AWS_REGION` or `AWS_DEFAULT_REGION`: counts where neither `region` nor `base_url` names one.
    pub environment_region: Option<&'a str>,
    /// Whether to use the host with FIPS 140 cryptography. Runtime only.
    pub use_fips_endpoint: bool,
    /// Whether to use the host that speaks IPv6 too. Mantle's always does.
    pub use_dualstack_endpoint: bool,
    /// The option `baseURL`, or `AWS_BEDROCK_BASE_URL`.
    pub base_url: Option<UrlParts<'a>>,
    /// The option `runtimeURL`: see [`Endpoint::runtime`].
    pub runtime_url: Option<UrlParts<'a>>,
    /// The option `models`, as JSON; empty without one.
    pub models: &'a str,
}

/// A URL in parts, named and normalised as by the WHATWG's `URL`.
#[derive(Clone, Copy, Default)]
pub struct UrlParts<'a> {
    /// With the colon: `https:`.
    pub protocol: &'a str,
    /// Without the port; an IPv6 address in brackets.
    pub hostname: &'a str,
    /// Empty where it is the protocol's own.
    pub port: &'a str,
    /// Begins with a slash.
    pub pathname: &'a str,
    /// Empty, or with the `?`.
    pub search: &'a str,
    /// Empty, or with the `#`.
    pub hash: &'a str,
    /// Must be empty.
    pub username: &'a str,
    /// Must be empty.
    pub password: &'a str,
}

impl fmt::Debug for UrlParts<'_> {
    /// Shows the host only: what comes before and after it may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlParts")
            .field("hostname", &self.hostname)
            .finish_non_exhaustive()
    }
}

/// An option that leads to no endpoint. Repeats nothing of the option's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointError {
    /// The option at fault, as JavaScript spells it: `region`, `endpoint`, `baseURL`, ….
    pub field: &'static str,
    /// What is wrong and what to write instead, in a sentence.
    pub message: &'static str,
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for EndpointError {}

const fn base_url_error(message: &'static str) -> EndpointError {
    EndpointError {
        field: "baseURL",
        message,
    }
}

const MISSING_RUNTIME: EndpointError = EndpointError {
    field: "runtimeURL",
    message: "`runtimeURL` is needed: guardrails are bedrock-runtime's, and `baseURL` does not say \
              where that is",
};

pub(crate) const BAD_RUNTIME: EndpointError = EndpointError {
    field: "runtimeURL",
    message: "`runtimeURL` must be the https:// address of a bedrock-runtime, as `baseURL` is",
};

const MISSING_REGION: EndpointError = EndpointError {
    field: "region",
    message: "a region is needed: set `region`, or AWS_REGION in the environment",
};

// ---------------------------------------------------------------------------------------------
// The endpoint
// ---------------------------------------------------------------------------------------------

/// A resolved endpoint: one origin, which credentials never leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    origin: String,
    family: Family,
    region: Option<Region>,
    base_path: BasePath,
    /// The option `models`.
    models: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum BasePath {
    /// Of `baseURL`, or runtime's own. Without a slash at its end.
    Fixed(String),
    /// Mantle's: `/v1` or `/openai/v1`.
    OfModel,
}

const RUNTIME_BASE_PATH: &str = "/openai/v1";

impl Endpoint {
    /// Resolves the options.
    ///
    /// # Errors
    /// If no region is known and no `base_url` given, if a value is malformed or leads to an
    /// unsafe URL, and if two of them contradict each other.
    pub fn new(options: &EndpointOptions<'_>) -> Result<Self, EndpointError> {
        match &options.base_url {
            Some(url) => Self::from_base_url(url, options),
            None => Self::from_region(options),
        }
    }

    /// Where bedrock-runtime's own operations are, such as `/guardrail/…`, beside this endpoint.
    ///
    /// # Errors
    /// If nobody has said it: where mantle is behind a proxy, or in a VPC.
    pub fn runtime(&self, options: &EndpointOptions<'_>) -> Result<Self, EndpointError> {
        let is_runtime = self.family == Family::Runtime;
        let is_told = options.runtime_url.is_some();
        let base_url = options.base_url.filter(|_| is_runtime);
        let is_public = self.origin.starts_with("https://bedrock-mantle.");
        if !is_told && !is_runtime && !is_public {
            return Err(MISSING_RUNTIME);
        }
        let known = Self::new(&EndpointOptions {
            endpoint: Some(Family::Runtime),
            region: self.region.as_ref().map(Region::as_str),
            base_url: options.runtime_url.or(base_url),
            models: "",
            ..*options
        });
        let mut runtime = known.map_err(|_| BAD_RUNTIME)?;
        if let BasePath::Fixed(path) = &mut runtime.base_path {
            match path.strip_suffix(RUNTIME_BASE_PATH) {
                Some(root) => path.truncate(root.len()),
                None if is_told => {}
                None => return Err(MISSING_RUNTIME),
            }
        }
        Ok(runtime)
    }

    fn from_region(options: &EndpointOptions<'_>) -> Result<Self, EndpointError> {
        let name = options
            .region
            .or(options.environment_region)
            .ok_or(MISSING_REGION)?;
        let region = Region::parse(name)?;
        let family = options.endpoint.unwrap_or(Family::Runtime);
        let partition = partition_of(region.as_str());
        let (service, suffix) = match family {
            Family::Runtime => (
                if options.use_fips_endpoint {
                    "bedrock-runtime-fips"
                } else {
                    "bedrock-runtime"
                },
                if options.use_dualstack_endpoint {
                    partition.dualstack_suffix
                } else {
                    partition.suffix
                },
            ),
            Family::Mantle => (mantle_service(&partition, options)?, MANTLE_SUFFIX),
        };
        let mut origin = String::from("https://");
        origin.push_str(service);
        origin.push('.');
        origin.push_str(region.as_str());
        origin.push('.');
        origin.push_str(suffix);
        Ok(Self {
            origin,
            family,
            region: Some(region),
            base_path: BasePath::of_aws(family),
            models: options.models.into(),
        })
    }

    fn from_base_url(
        url: &UrlParts<'_>,
        options: &EndpointOptions<'_>,
    ) -> Result<Self, EndpointError> {
        check_url(url)?;
        check_variants(options)?;
        let hostname = url.hostname.to_ascii_lowercase();
        let aws = AwsHost::recognise(&hostname);
        let path = trim_end(url.pathname, b'/');
        let base_path = match &aws {
            Some(aws) => BasePath::on_aws(aws.family, path)?,
            None => BasePath::Fixed(path.into()),
        };
        let mut origin = String::from(url.protocol);
        origin.push_str("//");
        origin.push_str(&hostname);
        if !url.port.is_empty() {
            origin.push(':');
            origin.push_str(url.port);
        }
        Ok(Self {
            family: family_of(&hostname, path, aws.as_ref(), options)?,
            region: region_of(aws.as_ref(), options)?,
            origin,
            base_path,
            models: options.models.into(),
        })
    }

    /// The `Host` header: the origin without its scheme.
    #[must_use]
    pub fn host(&self) -> &str {
        let origin = self.origin.as_str();
        let after = |scheme| origin.strip_prefix(scheme);
        after("https://")
            .or_else(|| after("http://"))
            .unwrap_or_default()
    }

    /// Which family answers there.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.family
    }

    /// The region, where there must be one: to sign requests and to mint keys. A custom host with
    /// an API key needs none.
    ///
    /// # Errors
    /// If none is known.
    pub fn require_region(&self) -> Result<&Region, EndpointError> {
        self.region.as_ref().ok_or(MISSING_REGION)
    }

    /// The service name in a SigV4 scope.
    #[must_use]
    pub const fn signing_service(&self) -> &'static str {
        self.family.signing_service()
    }

    /// The path of an operation for this model, such as `/openai/v1/chat/completions`.
    #[must_use]
    pub fn path(&self, model: &str, operation: &str) -> String {
        [self.base_path(model), operation].concat()
    }

    /// The whole URL of an operation for this model.
    #[must_use]
    pub fn url(&self, model: &str, operation: &str) -> String {
        [&self.origin, self.base_path(model), operation].concat()
    }

    /// What is known of models here.
    fn models(&self) -> Models<'_> {
        Models { own: &self.models }
    }

    /// Whether the guardrail of a chat completion with this model is known to be applied here.
    #[must_use]
    pub fn enforces_guardrails(&self, model: &str) -> bool {
        self.models().enforces(self.family, model)
    }

    /// What is known of a model here, and what a call would do, as a JSON object: `model`,
    /// `endpoint`, `region`, `url`, `guardrail` (`enforced`, `unproven`, `ignored`), `hint`, and
    /// `known`, the lines of the table that match, the first of which counts.
    #[must_use]
    pub fn explain(&self, model: &str, operation: &str) -> String {
        let guardrail = match self.family {
            Family::Mantle => "ignored",
            Family::Runtime if self.enforces_guardrails(model) => "enforced",
            Family::Runtime => "unproven",
        };
        let url = self.url(model, operation);
        let region = self.region.as_ref().map_or("", Region::as_str);
        let hint = self.hint(model).unwrap_or_default();
        let mut out = String::from("{");
        let mut member = |name, value: &str| {
            if !value.is_empty() {
                write_string(name, &mut out);
                out.push(':');
                write_string(value, &mut out);
                out.push(',');
            }
        };
        member("model", model);
        member("endpoint", self.family.as_str());
        member("region", region);
        member("url", &url);
        member("guardrail", guardrail);
        member("hint", &hint);
        out.push_str("\"known\":[");
        self.models().write_lines(model, &mut out);
        out.push_str("]}");
        out
    }

    /// What may be wrong if a request for this model failed here: a hint for an error's text,
    /// and only where the mistake is certain. See [`model_hint`].
    #[must_use]
    pub fn hint(&self, model: &str) -> Option<String> {
        let hint = self.models().hint(self.family, model);
        hint.or_else(|| self.path_hint(model).map(Into::into))
    }

    /// A `baseURL` with the other one of mantle's two paths.
    fn path_hint(&self, model: &str) -> Option<&'static str> {
        let BasePath::Fixed(path) = &self.base_path else {
            return None;
        };
        match (
            self.family,
            path.as_str(),
            self.models().mantle_base_path(model),
        ) {
            (Family::Mantle, "/v1", "/openai/v1") => {
                Some("on mantle this model is under /openai/v1, and `baseURL` ends in /v1")
            }
            (Family::Mantle, "/openai/v1", "/v1") => {
                Some("on mantle this model is under /v1, and `baseURL` ends in /openai/v1")
            }
            _ => None,
        }
    }

    fn base_path(&self, model: &str) -> &str {
        match &self.base_path {
            BasePath::Fixed(path) => path,
            BasePath::OfModel => self.models().mantle_base_path(model),
        }
    }
}

impl BasePath {
    fn of_aws(family: Family) -> Self {
        match family {
            Family::Runtime => Self::Fixed(RUNTIME_BASE_PATH.into()),
            Family::Mantle => Self::OfModel,
        }
    }

    /// The path of a `baseURL` on a host of AWS's. None at all is AWS's own, for a host alone is
    /// how AWS's SDKs name an endpoint. A wrong one must not pass: runtime answers `/v1` with 200
    /// and an error.
    fn on_aws(family: Family, path: &str) -> Result<Self, EndpointError> {
        match (family, path) {
            (_, "") => Ok(Self::of_aws(family)),
            (_, "/openai/v1") | (Family::Mantle, "/v1") => Ok(Self::Fixed(path.into())),
            (Family::Runtime, _) => Err(base_url_error(
                "on bedrock-runtime the path of `baseURL` must be /openai/v1, \
                 as in https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1",
            )),
            (Family::Mantle, _) => Err(base_url_error(
                "on bedrock-mantle the path of `baseURL` must be /v1 or /openai/v1, \
                 or none to have it chosen for each model",
            )),
        }
    }
}

/// Mantle's service name, where there is such an endpoint.
fn mantle_service(
    partition: &Partition,
    options: &EndpointOptions<'_>,
) -> Result<&'static str, EndpointError> {
    if options.use_fips_endpoint {
        return Err(EndpointError {
            field: "useFipsEndpoint",
            message: "mantle has no FIPS endpoint: use `endpoint: \"runtime\"`",
        });
    }
    if partition.dualstack_suffix != MANTLE_SUFFIX {
        return Err(EndpointError {
            field: "endpoint",
            message: "mantle does not exist in the partition of `region`: use \"runtime\"",
        });
    }
    Ok("bedrock-mantle")
}

// ---------------------------------------------------------------------------------------------
// baseURL
// ---------------------------------------------------------------------------------------------

/// The rules for every `baseURL`, whoever's host it is.
fn check_url(url: &UrlParts<'_>) -> Result<(), EndpointError> {
    let message = if !url.username.is_empty() || !url.password.is_empty() {
        "`baseURL` must not hold a user name or a password"
    } else if url.protocol != "https:" && url.protocol != "http:" {
        "`baseURL` must begin with https://"
    } else if url.protocol == "http:" && !is_loopback(url.hostname) {
        "`baseURL` must begin with https://: only localhost may go without"
    } else if url.hostname.is_empty() {
        "`baseURL` must name a host"
    } else if !url.search.is_empty() {
        "`baseURL` must not hold a query: use `defaultQuery`"
    } else if !url.hash.is_empty() {
        "`baseURL` must not hold a fragment"
    } else {
        return Ok(());
    };
    Err(base_url_error(message))
}

/// This machine: `localhost` and names under it, 127.0.0.0/8, `[::1]`.
fn is_loopback(hostname: &str) -> bool {
    hostname == "localhost"
        || hostname.ends_with(".localhost")
        || hostname == "[::1]"
        || is_loopback_v4(hostname)
}

/// Four numbers, the first of them 127: not `127.0.0.1.example.com`, which is a name.
fn is_loopback_v4(hostname: &str) -> bool {
    let is_number = |part: &str| text::parse_integer(part).is_some_and(|number| number < 256);
    hostname.starts_with("127.")
        && split(hostname, b'.').count() == 4
        && split(hostname, b'.').all(is_number)
}

/// A `baseURL` says which host it is; botocore refuses these two beside it as well.
fn check_variants(options: &EndpointOptions<'_>) -> Result<(), EndpointError> {
    if options.use_fips_endpoint {
        return Err(EndpointError {
            field: "useFipsEndpoint",
            message: "`useFipsEndpoint` and `baseURL` exclude each other: write the FIPS host",
        });
    }
    if options.use_dualstack_endpoint {
        return Err(EndpointError {
            field: "useDualstackEndpoint",
            message: "`useDualstackEndpoint` and `baseURL` exclude each other: \
                      write the dual-stack host",
        });
    }
    Ok(())
}

fn family_of(
    hostname: &str,
    path: &str,
    aws: Option<&AwsHost<'_>>,
    options: &EndpointOptions<'_>,
) -> Result<Family, EndpointError> {
    match (aws, options.endpoint) {
        (Some(aws), Some(explicit)) if aws.family != explicit => Err(base_url_error(
            "`baseURL` and `endpoint` contradict each other: \
             its host belongs to the other family of endpoints",
        )),
        (Some(aws), _) => Ok(aws.family),
        (None, Some(explicit)) => Ok(explicit),
        // Mantle ignores guardrails: a proxy named for it must not count as runtime by default.
        (None, None) if names_mantle(hostname) || names_mantle(path) => Ok(Family::Mantle),
        (None, None) => Ok(Family::Runtime),
    }
}

/// `bedrock-mantle.corp`, `mantle.corp`, `/mantle/v1`.
fn names_mantle(name: &str) -> bool {
    let mut words = name.as_bytes().split(|byte| b".-/_".contains(byte));
    words.any(|word| word.eq_ignore_ascii_case(b"mantle"))
}

fn region_of(
    aws: Option<&AwsHost<'_>>,
    options: &EndpointOptions<'_>,
) -> Result<Option<Region>, EndpointError> {
    let explicit = options.region.map(Region::parse).transpose()?;
    match (aws, explicit) {
        (Some(aws), Some(explicit)) if aws.region != explicit.as_str() => Err(base_url_error(
            "`baseURL` and `region` contradict each other: its host is in another region",
        )),
        (Some(aws), None) => Region::parse(aws.region).map(Some),
        (None, None) => options.environment_region.map(Region::parse).transpose(),
        (_, explicit) => Ok(explicit),
    }
}

/// What the name of one of Bedrock's own hosts says.
#[derive(Clone, Copy, PartialEq, Eq)]
struct AwsHost<'a> {
    family: Family,
    region: &'a str,
}

impl<'a> AwsHost<'a> {
    /// Reads `{service}.{region}.{suffix}`, and the names of VPC interface endpoints,
    /// `vpce-….{service}.{region}.vpce.{suffix}`. `None` if it is any other host.
    fn recognise(hostname: &'a str) -> Option<Self> {
        // A dot at the end is DNS's root: the same host.
        let hostname = hostname.strip_suffix(".").unwrap_or(hostname);
        let in_vpc = split_once(hostname, b'.')
            .filter(|(endpoint, _)| endpoint.starts_with("vpce-"))
            .map(|(_, rest)| rest);

        let (service, rest) = split_once(in_vpc.unwrap_or(hostname), b'.')?;
        let (region, suffix) = split_once(rest, b'.')?;
        let family = match service {
            "bedrock-runtime" | "bedrock-runtime-fips" => Family::Runtime,
            "bedrock-mantle" => Family::Mantle,
            _ => return None,
        };
        let partition = partition_of(region);
        let is_its_suffix = match (in_vpc, family) {
            (Some(_), _) => suffix.strip_prefix("vpce.") == Some(partition.suffix),
            (None, Family::Runtime) => {
                suffix == partition.suffix || suffix == partition.dualstack_suffix
            }
            (None, Family::Mantle) => suffix == MANTLE_SUFFIX,
        };
        (is_its_suffix && is_region(region)).then_some(Self { family, region })
    }
}

// ---------------------------------------------------------------------------------------------
// Hints
// ---------------------------------------------------------------------------------------------

/// Says how a model's id is written on this family, if it is certainly written otherwise: the
/// services themselves answer with no more than "invalid" or "does not exist". For the text of an
/// error; a request is never changed.
///
/// ```
/// use bedrock_chat_core::endpoint::{Family, model_hint};
/// assert_eq!(
///     model_hint(Family::Mantle, "openai.gpt-oss-20b-1:0").as_deref(),
///     Some("on mantle this model's id is openai.gpt-oss-20b"),
/// );
/// ```
#[must_use]
pub fn model_hint(family: Family, model: &str) -> Option<String> {
    Models::default().hint(family, model)
}

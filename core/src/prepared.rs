//! A request that passed every check, ready to be sent as often as needed: everything but its
//! authorization.

use std::borrow::Cow;

use crate::client::{Client, refused};
use crate::endpoint::{Endpoint, Family};
use crate::error::{ErrorClass, Report, Reported, text as words};
use crate::guardrail::{self, Field, Guardrail, GuardrailOptions, Invalid};
use crate::headers::check_headers;
use crate::json::{Kind, Reader, Value};
use crate::operation::{Judging, Operation, Request};
use crate::options::{Name, Values, refuse};
use crate::request::{GUARDRAIL_CONFIG, Settings};
use crate::secrets::{Secret, Secrets};
use crate::sigv4::{self, PayloadHash, Scope, SigningRequest};
use crate::text;

/// Headers of a request with a body.
const OURS: [&str; 2] = ["accept", "content-type"];

/// The texts of the option `guardrail`, by [`Field`].
static GUARDRAIL: [Name; 5] = [
    Name::GuardrailIdentifier,
    Name::GuardrailVersion,
    Name::GuardrailTrace,
    Name::GuardrailTagSuffix,
    Name::GuardrailMode,
];

/// A request, checked and written.
#[derive(Debug)]
pub(crate) struct PreparedRequest {
    pub(crate) operation: &'static Operation,
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// How many choices it asks for.
    pub(crate) choices: usize,
    /// Whether a guardrail is switched on.
    pub(crate) guarded: bool,
    /// Whether the endpoint is known to apply it.
    pub(crate) enforced: bool,
    /// Whether no answer is given that shows no sign of it.
    pub(crate) requires_evidence: bool,
    /// The caller set the header, or removed it.
    pub(crate) own_authorization: bool,
    /// The body, as it is sent.
    pub(crate) body: String,
    /// Whether it is another one than the caller's text.
    pub(crate) is_altered: bool,
    /// Names in lower case and values, each on a line of its own.
    headers: String,
    query: String,
    /// Behind the endpoint's base path.
    path: String,
    /// The guardrail, where the client is to apply it, and that was asked: see [`crate::enforce`].
    pub(crate) plan: String,
}

impl PreparedRequest {
    /// Reads, checks and writes a request. `body` is its JSON.
    pub(crate) fn new(
        operation: &'static Operation,
        client: &Client,
        options: &Values,
        body: String,
        force_stream: bool,
        report: &mut Report,
    ) -> Result<Self, Reported> {
        let signs = client.secrets.borrow().signs();
        let own = own_headers(client, options, report)?;
        let own_authorization = own.iter().any(|it| it.is("authorization"));
        let mut prepared = Self {
            operation,
            model: String::new(),
            stream: false,
            choices: 0,
            guarded: false,
            enforced: false,
            requires_evidence: false,
            own_authorization,
            body,
            is_altered: false,
            headers: String::new(),
            query: query(client, options, signs),
            path: operation.path.into(),
            plan: String::new(),
        };
        let mut ours = OURS.as_slice();
        let mut guarded = Guarded::none(options);
        let altered = match operation.request {
            Request::Path if client.endpoint.family() == Family::Runtime => {
                return Err(refuse(Name::Endpoint, words::NO_MODELS, report));
            }
            Request::Path => {
                ours = &["accept"];
                let rest = core::mem::take(&mut prepared.body);
                prepared.path.push_str(&rest);
                None
            }
            Request::Runtime(read) => {
                let read = read(&prepared.body);
                let (path, rest) = read.map_err(|it| invalid(it, report))?;
                client.runtime.as_ref().map_err(|it| refused(*it, report))?;
                prepared.path = path;
                Some(rest)
            }
            Request::Body(write) => {
                let endpoint = &client.endpoint;
                let (config, choices) = noted(&prepared.body);
                if operation.judging != Judging::Now {
                    guarded = Guarded::read(client, options, config, &own, report)?;
                }
                let guardrail = guarded.guardrail.as_ref();
                let config = guardrail.filter(|_| guarded.is_unsaid);
                let config = config.and_then(|it| it.body_config());
                let suffix = guardrail.map(|it| it.get(Field::TagSuffix));
                let settings = Settings {
                    tag_suffix: suffix.filter(|suffix| !suffix.is_empty()),
                    guardrail_config: config.as_deref(),
                    force_stream,
                };
                let checked = write(&prepared.body, settings);
                let checked = checked
                    .map_err(|it| report.at(ErrorClass::InvalidRequestError, &it.path, it.rule))?;
                prepared.model = checked.model;
                prepared.stream = checked.stream;
                prepared.choices = choices;
                if let Some(guardrail) = guardrail {
                    let enforced = endpoint.enforces_guardrails(&prepared.model);
                    if guarded.is_by_client(enforced) {
                        if operation.judging == Judging::No {
                            return Err(refuse(Name::GuardrailEnforce, words::NEEDS_ENTRY, report));
                        }
                        client.runtime.as_ref().map_err(|it| refused(*it, report))?;
                        prepared.plan = plan(guardrail, options);
                    } else if !enforced && !guarded.from.flag(Name::GuardrailAllowUnenforced) {
                        let message = match endpoint.family() {
                            Family::Mantle => words::NOT_ENFORCED,
                            Family::Runtime => words::NOT_PROVEN,
                        };
                        return Err(report.plain(ErrorClass::GuardrailNotEnforcedError, message));
                    }
                    prepared.guarded = true;
                    prepared.enforced = enforced;
                    prepared.requires_evidence = guarded.from.flag(Name::GuardrailRequireEvidence);
                }
                match checked.json {
                    Cow::Owned(json) => Some(json),
                    Cow::Borrowed(_) => None,
                }
            }
        };
        let signed = signs && !own_authorization;
        prepared.headers = header_lines(ours, guarded.guardrail.as_ref(), &own, signed);
        if let Some(body) = altered {
            prepared.is_altered = true;
            prepared.body = body;
        }
        Ok(prepared)
    }

    /// Where it is sent.
    pub(crate) fn endpoint<'c>(&self, client: &'c Client) -> &'c Endpoint {
        match &client.runtime {
            Ok(runtime) if self.is_of_guardrail() => runtime,
            _ => &client.endpoint,
        }
    }

    /// Whether it asks something about a guardrail, and not a model.
    pub(crate) fn is_of_guardrail(&self) -> bool {
        matches!(self.operation.request, Request::Runtime(_))
    }

    /// The URL, then the names and values of the headers, each on a line of its own, which none of
    /// them can break.
    pub(crate) fn write(&self, endpoint: &Endpoint, out: &mut String) {
        out.clear();
        out.push_str(&endpoint.url(&self.model, &self.path));
        if !self.query.is_empty() {
            out.push('?');
            out.push_str(&self.query);
        }
        out.push_str(&self.headers);
    }

    /// Appends the headers that authenticate it. Without a hash there is nothing to sign.
    pub(crate) fn authorize(
        &self,
        endpoint: &Endpoint,
        secrets: &mut Secrets,
        hash: Option<&PayloadHash>,
        unix_ms: f64,
        report: &mut Report,
        out: &mut String,
    ) -> Result<(), Reported> {
        if let Some(Secret::Key(key)) = secrets.kept() {
            push_line(out, "authorization", "Bearer ");
            out.push_str(key);
        }
        let Some(payload_hash) = hash.filter(|_| secrets.signs()) else {
            return Ok(());
        };
        let region = endpoint
            .require_region()
            .map_err(|it| refused(it, report))?;
        let scope = Scope {
            region: region.as_str(),
            service: endpoint.signing_service(),
        };
        let time = secrets.server_time(unix_ms);
        let path = endpoint.path(&self.model, &self.path);
        let mut headers = Vec::with_capacity(8);
        let mut content_type = "";
        for (name, value) in lines(&self.headers) {
            if name == "content-type" {
                content_type = value;
            } else if sigv4::should_sign(name) {
                headers.push((name, value));
            }
        }
        let request = SigningRequest {
            method: self.operation.method,
            host: endpoint.host(),
            path: &path,
            query: &self.query,
            content_type,
            headers: &headers,
            payload_hash,
        };
        if let Some((credentials, key)) = secrets.signing_key(&scope, time) {
            let signed = sigv4::sign_with(key, &request, credentials, time);
            push_line(out, sigv4::AUTHORIZATION, &signed.authorization);
            push_line(out, sigv4::X_AMZ_DATE, &signed.amz_date);
            if let Some(token) = signed.security_token {
                push_line(out, sigv4::X_AMZ_SECURITY_TOKEN, token);
            }
        }
        Ok(())
    }
}

fn push_line(out: &mut String, name: &str, value: &str) {
    out.push('\n');
    out.push_str(name);
    out.push('\n');
    out.push_str(value);
}

/// The names and values of header lines.
fn lines(headers: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut lines = text::split(headers, b'\n').skip(1);
    core::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
}

/// The client's names and values and the call's, which replace those of their names.
fn layered<'v>(
    (client, defaults): (&'v Values, Name),
    (call, option): (&'v Values, Name),
    is_same: fn(&str, &str) -> bool,
) -> Vec<(&'v str, Option<&'v str>)> {
    let given = call.pairs(option);
    let mut all = client.pairs(defaults);
    all.retain(|(name, _)| given.iter().all(|(other, _)| !is_same(name, other)));
    all.extend(given);
    all
}

/// A header of the caller's.
struct OwnHeader<'v> {
    /// In any case.
    name: &'v str,
    /// `None` where it is removed.
    value: Option<Cow<'v, str>>,
}

impl OwnHeader<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The client's headers and the call's; the call's replace the client's of their name, or remove
/// them. Several values of a name are one line (RFC 9110 §5.3).
fn own_headers<'v>(
    client: &'v Client,
    options: &'v Values,
    report: &mut Report,
) -> Result<Vec<OwnHeader<'v>>, Reported> {
    check_headers(options, Name::Headers, report)?;
    let mut headers: Vec<OwnHeader<'_>> = Vec::new();
    let defaults = (&client.options, Name::DefaultHeaders);
    for (name, value) in layered(
        defaults,
        (options, Name::Headers),
        str::eq_ignore_ascii_case,
    ) {
        let same = headers.iter_mut().find(|it| it.is(name));
        match (same, value) {
            (
                Some(OwnHeader {
                    value: Some(line), ..
                }),
                Some(value),
            ) => {
                let line = line.to_mut();
                line.push_str(", ");
                line.push_str(value);
            }
            (Some(header), _) => header.value = value.map(Cow::Borrowed),
            (None, _) => {
                let value = value.map(Cow::Borrowed);
                headers.push(OwnHeader { name, value });
            }
        }
    }
    Ok(headers)
}

/// Ours, then the guardrail's, then the caller's: a later one replaces an earlier one, or removes
/// it. Those that a signature sets come from it alone.
fn header_lines(
    ours: &[&str],
    guardrail: Option<&Guardrail<'_>>,
    own: &[OwnHeader<'_>],
    signed: bool,
) -> String {
    let mut lines = String::with_capacity(512);
    for name in ours {
        if !own.iter().any(|it| it.is(name)) {
            push_line(&mut lines, name, "application/json");
        }
    }
    if let Some(guardrail) = guardrail {
        for (name, value) in guardrail.headers() {
            push_line(&mut lines, &name.to_ascii_lowercase(), value);
        }
    }
    for OwnHeader { name, value } in own {
        let name = name.to_ascii_lowercase();
        if let Some(value) = value
            && !guardrail::is_header(&name)
            && !(signed && sigv4::is_set_by_signing(&name))
        {
            push_line(&mut lines, &name, value);
        }
    }
    lines
}

/// The client's query and the call's, percent-encoded as they came; a later value of a name
/// replaces the earlier ones, or removes them.
fn query(client: &Client, options: &Values, signed: bool) -> String {
    let mut query = String::new();
    let defaults = (&client.options, Name::DefaultQuery);
    for (name, value) in layered(defaults, (options, Name::Query), str::eq) {
        if let Some(value) = value {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(name);
            query.push('=');
            query.push_str(value);
        }
    }
    if signed {
        // Sent in the form that is signed: nobody on the way can read it otherwise.
        query = sigv4::canonical_query(&query);
    }
    query
}

/// The body's `amazon-bedrock-guardrailConfig`, and how many choices it asks for. Of a repeated
/// member the last counts.
fn noted(body: &str) -> (Option<Value<'_>>, usize) {
    let mut reader = Reader::new(body);
    let mut place = reader.enter_object();
    let mut found = (None, 1);
    while let Ok(Some(key)) = reader.next_key(&mut place) {
        let Ok(value) = reader.value() else { break };
        if key.is(GUARDRAIL_CONFIG) {
            found.0 = Some(value).filter(|config| !config.is_null());
        } else if key.is("n") {
            found.1 = value.as_u32().map_or(1, |choices| choices as usize);
        }
    }
    found
}

/// What a guardrail adds to one request.
struct Guarded<'a> {
    guardrail: Option<Guardrail<'a>>,
    /// Whose option it is: the call's, or the client's.
    from: &'a Values,
    /// Whether the body does not say yet what the option says.
    is_unsaid: bool,
}

impl<'a> Guarded<'a> {
    const fn none(from: &'a Values) -> Self {
        Self {
            guardrail: None,
            from,
            is_unsaid: false,
        }
    }

    /// Both spellings: the option of the call or the client, and openai's headers and body field.
    fn read(
        client: &'a Client,
        options: &'a Values,
        config: Option<Value<'a>>,
        own: &'a [OwnHeader<'_>],
        report: &mut Report,
    ) -> Result<Self, Reported> {
        let mut by_openai = by_config(config, report)?;
        for OwnHeader { name, value } in own {
            let is_known = by_openai.header(name, value.as_deref().unwrap_or_default());
            let rule = if is_known && value.is_none() {
                "cannot be removed: without it no guardrail is applied"
            } else if !is_known && guardrail::resembles_header(name) {
                "is no header of a guardrail; did you mean X-Amzn-Bedrock-GuardrailIdentifier or \
                    X-Amzn-Bedrock-GuardrailVersion?"
            } else {
                continue;
            };
            let name = name.to_ascii_lowercase();
            return Err(report.at(ErrorClass::InvalidRequestError, &name, rule));
        }
        let from = if options.has(Name::Guardrail) {
            options
        } else {
            &client.options
        };
        // A config alone switches nothing on. An object without values is not none: it may stand
        // for variables that are not set.
        if !from.is_given(Name::Guardrail) && by_openai.is_empty() && config.is_none() {
            return Ok(Self::none(from));
        }
        let mut by_option = GuardrailOptions::default();
        for (name, field) in GUARDRAIL.iter().zip(&mut by_option.0) {
            *field = from.text(*name);
        }
        let is_unsaid = by_option.adds_config(&by_openai);
        let merged = by_option.merge(by_openai);
        let checked = merged.and_then(|it| Guardrail::check(&it));
        let guardrail = checked.map_err(|it| invalid(it, report))?;
        Ok(Self {
            guardrail: Some(guardrail),
            from,
            is_unsaid,
        })
    }

    /// Whether the client is to apply it; `enforced`: whether the endpoint does.
    fn is_by_client(&self, enforced: bool) -> bool {
        match self.from.text(Name::GuardrailEnforce) {
            Some("client") => true,
            Some("auto") => !enforced,
            _ => false,
        }
    }
}

/// What [`crate::enforce`] tells.
fn plan(guardrail: &Guardrail<'_>, options: &Values) -> String {
    let mut plan = String::new();
    for text in &guardrail.0 {
        plan.push_str(text);
        plan.push('\n');
    }
    if options.has(Name::Guardrail) {
        plan.push_str("call");
    }
    plan
}

fn invalid(it: Invalid, report: &mut Report) -> Reported {
    report.at(ErrorClass::InvalidRequestError, it.path, it.rule)
}

/// openai's spelling in the body. What is no object, the service refuses.
fn by_config<'a>(
    config: Option<Value<'a>>,
    report: &mut Report,
) -> Result<GuardrailOptions<'a>, Reported> {
    static NAMES: [&str; 2] = ["tagSuffix", "streamProcessingMode"];
    let mut known = [None; 2];
    if let Some(config) = config {
        if config.kind() != Kind::Object {
            let rule = "must be an object";
            return Err(report.at(ErrorClass::InvalidRequestError, GUARDRAIL_CONFIG, rule));
        }
        for (name, known) in NAMES.iter().zip(&mut known) {
            let value = config.get(name).filter(|value| !value.is_null());
            let Some(value) = value else { continue };
            // Neither has a character that JSON escapes.
            *known = value.string_body();
            if known.is_none_or(|body| body.contains('\\')) {
                let path = [GUARDRAIL_CONFIG, ".", name].concat();
                let rule = "must be a string of letters and digits";
                return Err(report.at(ErrorClass::InvalidRequestError, &path, rule));
            }
        }
    }
    let [tag_suffix, mode] = known;
    GuardrailOptions::from_config(tag_suffix, mode).map_err(|it| invalid(it, report))
}

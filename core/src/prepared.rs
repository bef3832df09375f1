//! A request that passed every check, ready to be sent as often as needed: everything but its
//! authorization.

use std::borrow::Cow;

use crate::client::{Client, refused};
use crate::endpoint::{Endpoint, Family};
use crate::error::{ErrorClass, Report, Reported, text as words};
use crate::guardrail::{self, Guardrail, GuardrailOptions, Invalid, StreamProcessingMode, Trace};
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
        let secrets = client.secrets.borrow();
        let own = own_headers(client, options, report)?;
        let own_authorization = own.iter().any(|(name, _)| name == "authorization");
        let signed = secrets.signs() && !own_authorization;
        let query = query(client, options, secrets.signs());
        let (path, rest) = match operation.request {
            Request::Path if client.endpoint.family() == Family::Runtime => {
                return Err(refuse(Name::Endpoint, words::NO_MODELS, report));
            }
            Request::Path => ([operation.path, &body].concat(), None),
            Request::Runtime(read) => {
                let class = ErrorClass::InvalidRequestError;
                let read = read(&body).map_err(|it| report.at(class, it.path, it.rule))?;
                client.runtime.as_ref().map_err(|it| refused(*it, report))?;
                (read.0, Some(read.1))
            }
            Request::Body(_) => Default::default(),
        };
        let Request::Body(write) = operation.request else {
            let ours = if rest.is_some() {
                OURS.as_slice()
            } else {
                &["accept"]
            };
            return Ok(Self {
                operation,
                model: String::new(),
                stream: false,
                choices: 0,
                guarded: false,
                enforced: false,
                requires_evidence: false,
                own_authorization,
                is_altered: rest.is_some(),
                body: rest.unwrap_or_default(),
                headers: header_lines(ours, None, &own, signed),
                query,
                path,
                plan: String::new(),
            });
        };
        let (config, choices) = noted(&body);
        let guarded = if operation.judging == Judging::Now {
            Guarded {
                guardrail: None,
                from: options,
                is_unsaid: false,
            }
        } else {
            Guarded::read(client, options, config.as_ref(), &own, report)?
        };
        let guardrail = guarded.guardrail;
        let added = guardrail
            .and_then(|it| it.body_config())
            .filter(|_| guarded.is_unsaid);
        let settings = Settings {
            tag_suffix: guardrail.and_then(|guardrail| guardrail.tag_suffix),
            guardrail_config: added.as_deref(),
            force_stream,
        };
        let mut plan = String::new();
        let checked = write(&body, settings)
            .map_err(|it| report.at(ErrorClass::InvalidRequestError, &it.path, it.rule))?;
        if guarded.is_by_client(&client.endpoint, &checked.model) {
            if operation.judging == Judging::No {
                return Err(refuse(Name::GuardrailEnforce, words::NEEDS_ENTRY, report));
            }
            let runtime = client.runtime.as_ref();
            runtime.map_err(|it| refused(*it, report))?;
            plan = guarded.plan(options);
        } else if guardrail.is_some_and(|it| !it.may_be_sent(&client.endpoint, &checked.model)) {
            let message = match client.endpoint.family() {
                Family::Mantle => words::NOT_ENFORCED,
                Family::Runtime => words::NOT_PROVEN,
            };
            return Err(report.plain(ErrorClass::GuardrailNotEnforcedError, message));
        }
        let enforced = guardrail.is_some() && client.endpoint.enforces_guardrails(&checked.model);
        let guarded = guardrail.is_some();
        let requires_evidence = guardrail.is_some_and(|it| it.require_evidence);
        let headers = header_lines(&OURS, guardrail.as_ref(), &own, signed);
        let altered = match checked.json {
            Cow::Owned(json) => Some(json),
            Cow::Borrowed(_) => None,
        };
        Ok(Self {
            operation,
            model: checked.model,
            stream: checked.stream,
            choices,
            guarded,
            enforced,
            requires_evidence,
            own_authorization,
            is_altered: altered.is_some(),
            body: altered.unwrap_or(body),
            headers,
            query,
            path: operation.path.into(),
            plan,
        })
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
            for (name, value) in signed.headers() {
                push_line(out, name, value);
            }
        }
        Ok(())
    }
}

fn push_line(out: &mut String, name: &str, value: &str) {
    for line in [name, value] {
        out.push('\n');
        out.push_str(line);
    }
}

/// The names and values of header lines.
fn lines(headers: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut lines = text::split(headers, b'\n').skip(1);
    core::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
}

/// The client's headers and the call's, names in lower case; the call's replace the client's of
/// their name, or remove them. Several values of a name are one line (RFC 9110 §5.3).
fn own_headers(
    client: &Client,
    options: &Values,
    report: &mut Report,
) -> Result<Vec<(String, Option<String>)>, Reported> {
    check_headers(options, Name::Headers, report)?;
    let mut headers: Vec<(String, Option<String>)> = Vec::new();
    let given = [
        (&client.options, Name::DefaultHeaders),
        (options, Name::Headers),
    ];
    for (options, option) in given {
        let mut new: Vec<(String, Option<String>)> = Vec::new();
        for (name, value) in options.pairs(option) {
            let name = name.to_ascii_lowercase();
            let same = new.iter_mut().find(|(other, _)| *other == name);
            match (same, value) {
                (Some((_, Some(line))), Some(value)) => {
                    line.push_str(", ");
                    line.push_str(value);
                }
                (Some((_, line)), _) => *line = value.map(String::from),
                (None, _) => new.push((name, value.map(String::from))),
            }
        }
        headers.retain(|(name, _)| new.iter().all(|(other, _)| other != name));
        headers.append(&mut new);
    }
    Ok(headers)
}

/// Ours, then the guardrail's, then the caller's: a later one replaces an earlier one, or removes
/// it. Those that a signature sets come from it alone.
fn header_lines(
    ours: &[&str],
    guardrail: Option<&Guardrail<'_>>,
    own: &[(String, Option<String>)],
    signed: bool,
) -> String {
    let mut lines = String::with_capacity(512);
    for name in ours {
        if own.iter().all(|(other, _)| other != name) {
            push_line(&mut lines, name, "application/json");
        }
    }
    for (name, value) in guardrail.into_iter().flat_map(Guardrail::headers) {
        push_line(&mut lines, &name.to_ascii_lowercase(), value);
    }
    for (name, value) in own {
        if let Some(value) = value
            && !GuardrailOptions::default().header(name, value)
            && !(signed && sigv4::is_set_by_signing(name))
        {
            push_line(&mut lines, name, value);
        }
    }
    lines
}

/// The client's query and the call's, percent-encoded as they came; a later value of a name
/// replaces the earlier ones, or removes them.
fn query(client: &Client, options: &Values, signed: bool) -> String {
    let mut query = String::new();
    let given = || options.pairs(Name::Query);
    let kept = client
        .options
        .pairs(Name::DefaultQuery)
        .filter(|(name, _)| given().all(|(other, _)| other != *name));
    for (name, value) in kept.chain(given()) {
        let Some(value) = value else { continue };
        if !query.is_empty() {
            query.push('&');
        }
        for part in [name, "=", value] {
            query.push_str(part);
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
    /// Both spellings: the option of the call or the client, and openai's headers and body field.
    fn read(
        client: &'a Client,
        options: &'a Values,
        config: Option<&Value<'a>>,
        own: &'a [(String, Option<String>)],
        report: &mut Report,
    ) -> Result<Self, Reported> {
        let invalid = |it: Invalid, report: &mut Report| {
            report.at(ErrorClass::InvalidRequestError, it.path, it.rule)
        };
        let mut by_openai = by_config(config, report)?;
        for (name, value) in own {
            let is_known = by_openai.header(name, value.as_deref().unwrap_or_default());
            let rule = if is_known && value.is_none() {
                "cannot be removed: without it no guardrail is applied"
            } else if !is_known && guardrail::resembles_header(name) {
                "is no header of a guardrail; did you mean X-Amzn-Bedrock-GuardrailIdentifier or \
                    X-Amzn-Bedrock-GuardrailVersion?"
            } else {
                continue;
            };
            return Err(report.at(ErrorClass::InvalidRequestError, name, rule));
        }
        let from = if options.has(Name::Guardrail) {
            options
        } else {
            &client.options
        };
        let is_given = from.is_given(Name::Guardrail);
        // A config alone switches nothing on.
        if !is_given && by_openai.is_empty() && config.is_none() {
            return Ok(Self {
                guardrail: None,
                from,
                is_unsaid: false,
            });
        }
        // An object without values is not none: it may stand for variables that are not set.
        let by_option = if is_given {
            GuardrailOptions {
                identifier: from.text(Name::GuardrailIdentifier),
                version: from.text(Name::GuardrailVersion),
                trace: from.text(Name::GuardrailTrace),
                tag_suffix: from.text(Name::GuardrailTagSuffix),
                stream_processing_mode: from.text(Name::GuardrailMode),
                allow_unenforced: from.flag(Name::GuardrailAllowUnenforced),
                require_evidence: from.flag(Name::GuardrailRequireEvidence),
            }
        } else {
            GuardrailOptions::default()
        };
        let is_unsaid = (by_option.tag_suffix.is_some() && by_openai.tag_suffix.is_none())
            || (by_option.stream_processing_mode.is_some()
                && by_openai.stream_processing_mode.is_none());
        let merged = by_option
            .merge(by_openai)
            .map_err(|it| invalid(it, report))?;
        let guardrail = Guardrail::check(&merged).map_err(|it| invalid(it, report))?;
        Ok(Self {
            guardrail: Some(guardrail),
            from,
            is_unsaid,
        })
    }

    /// What [`crate::enforce`] tells.
    fn plan(&self, options: &Values) -> String {
        let Some(guardrail) = self.guardrail else {
            return String::new();
        };
        let lines = [
            guardrail.identifier,
            guardrail.version,
            guardrail.trace.map_or("", Trace::name),
            guardrail.tag_suffix.unwrap_or_default(),
            guardrail
                .stream_processing_mode
                .map_or("", StreamProcessingMode::name),
            if options.has(Name::Guardrail) {
                "call"
            } else {
                ""
            },
        ];
        lines.join("\n")
    }

    /// Whether the client is to apply it.
    fn is_by_client(&self, endpoint: &Endpoint, model: &str) -> bool {
        let by_client = match self.from.text(Name::GuardrailEnforce) {
            Some("client") => true,
            Some("auto") => !endpoint.enforces_guardrails(model),
            _ => false,
        };
        by_client && self.guardrail.is_some()
    }
}

/// openai's spelling in the body. What is no object, the service refuses.
fn by_config<'a>(
    config: Option<&Value<'a>>,
    report: &mut Report,
) -> Result<GuardrailOptions<'a>, Reported> {
    let mut known = [None; 2];
    if let Some(config) = config {
        if config.kind() != Kind::Object {
            let rule = "must be an object";
            return Err(report.at(ErrorClass::InvalidRequestError, GUARDRAIL_CONFIG, rule));
        }
        for (name, known) in ["tagSuffix", "streamProcessingMode"]
            .into_iter()
            .zip(&mut known)
        {
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
    GuardrailOptions::from_config(tag_suffix, mode)
        .map_err(|it| report.at(ErrorClass::InvalidRequestError, it.path, it.rule))
}

//! A request as it goes out: the body, the headers, the URL; everything but its authorization.

use core::cell::OnceCell;

use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::AbortSignal;

use super::auth::ToSign;
use super::body::{Body, BodyError};
use super::client::{Core, guardrail_fields};
use super::errors;
use super::options::{self, Fields, Pairs};
use bedrock_chat_core::text::split;
use bedrock_chat_core::error::{ErrorClass, text};
use bedrock_chat_core::guardrail::{self, Guardrail};
use bedrock_chat_core::request::{self, Reason, Settings};
use bedrock_chat_core::sigv4;

#[wasm_bindgen(raw_module = "../init.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = requestInit)]
    fn request_init(
        headers: &str,
        body: &Uint8Array,
        signal: &AbortSignal,
        options: &Object,
    ) -> Result<Object, JsValue>;
}

/// A request that passed every check, ready to be sent as often as needed.
pub(crate) struct Outgoing {
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// Whether a guardrail is switched on.
    pub(crate) guarded: bool,
    /// The caller set the header, or removed it.
    pub(crate) own_authorization: bool,
    body: Uint8Array,
    /// Names in lower case, each once.
    headers: Vec<(String, String)>,
    query: String,
    path: OnceCell<String>,
    fetch_options: Object,
}

impl Outgoing {
    /// Reads, checks and writes a request.
    pub(crate) fn new(
        core: &Core,
        body: JsValue,
        fields: &Fields<'_>,
        force_stream: bool,
    ) -> Result<Self, JsValue> {
        let mut own_headers = core.headers.clone();
        own_headers.extend(options::headers(fields, "headers")?);
        // Resolved once: what is checked is what is sent.
        let body = Body::new(body)?;
        let guardrail = Guarded::read(core, fields, body.value(), &mut own_headers)?;
        let settings = Settings {
            tag_suffix: guardrail.tag_suffix.as_deref(),
            guardrail_config: guardrail.config.as_deref(),
            force_stream,
            print_number,
        };
        let request = request::write(body, settings).map_err(|refusal| refused(&refusal))?;
        let json = request.json.as_bytes();
        let own_authorization = own_headers.iter().any(|(name, _)| name == "authorization");
        Ok(Self {
            guarded: guardrail.on,
            own_authorization,
            body: Uint8Array::from(json),
            headers: all_headers(
                guardrail.headers,
                own_headers,
                core.auth.signs() && !own_authorization,
            ),
            query: query_string(core, &options::query(fields, "query")?),
            path: OnceCell::new(),
            fetch_options: fields.copy("fetchOptions")?,
            model: request.model,
            stream: request.stream,
        })
    }

    /// The value of a header, by its name in lower case.
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let header = headers.find(|(other, _)| other == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(crate) fn header_names(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|(name, _)| name.as_str())
    }

    pub(crate) fn to_sign<'a>(&'a self, core: &'a Core) -> ToSign<'a> {
        let endpoint = &core.endpoint;
        ToSign {
            host: endpoint.host(),
            path: self
                .path
                .get_or_init(|| endpoint.chat_completions_path(&self.model)),
            query: &self.query,
            content_type: self.header("content-type").unwrap_or_default(),
            headers: self
                .headers
                .iter()
                .filter(|(name, _)| sigv4::should_sign(name))
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            body: &self.body,
            service: endpoint.signing_service(),
        }
    }

    pub(crate) fn url(&self, core: &Core) -> String {
        let mut url = core.endpoint.url(&self.model);
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.query);
        }
        url
    }

    /// The second argument of `fetch`.
    pub(crate) fn request_init(
        &self,
        authorization: &Lines,
        signal: &AbortSignal,
    ) -> Result<Object, JsValue> {
        let mut lines = Lines(String::with_capacity(1024));
        for (name, value) in &self.headers {
            lines.push(name, value);
        }
        lines.extend(authorization);
        request_init(&lines.0, &self.body, signal, &self.fetch_options)
    }
}

/// The names and values of headers, each on a line of its own, which none of them can break.
#[derive(Default)]
pub(crate) struct Lines(String);

impl Lines {
    pub(crate) fn push(&mut self, name: &str, value: &str) {
        for line in [name, value] {
            if !self.0.is_empty() {
                self.0.push('\n');
            }
            self.0.push_str(line);
        }
    }

    fn extend(&mut self, others: &Self) {
        if !self.0.is_empty() && !others.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(&others.0);
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        split(&self.0, b'\n').step_by(2)
    }
}

/// Ours, then the guardrail's, then the caller's: a later one replaces an earlier, or removes it.
/// Those that a signature sets come from it alone.
fn all_headers(guardrail: Pairs, own: Pairs, signed: bool) -> Vec<(String, String)> {
    let mut headers = vec![
        ("accept".to_owned(), "application/json".to_owned()),
        ("content-type".to_owned(), "application/json".to_owned()),
    ];
    for (name, value) in guardrail.into_iter().chain(own) {
        headers.retain(|(other, _)| *other != name);
        if let Some(value) = value
            && !(signed && sigv4::is_set_by_signing(&name))
        {
            headers.push((name, value));
        }
    }
    headers
}

/// What a guardrail adds to one request.
#[derive(Default)]
struct Guarded {
    on: bool,
    headers: Pairs,
    tag_suffix: Option<String>,
    config: Option<String>,
}

impl Guarded {
    /// Both spellings: the option of the call or the client, and openai's headers and body field.
    fn read(
        core: &Core,
        fields: &Fields<'_>,
        body: &JsValue,
        own_headers: &mut Pairs,
    ) -> Result<Self, JsValue> {
        let refused =
            |invalid: guardrail::Invalid| errors::invalid_request(invalid.path, invalid.rule);
        let given = fields.raw("guardrail")?;
        let by_option = if given.is_undefined() {
            core.guardrail.clone()
        } else {
            guardrail_fields(&given)?
        };
        let mut by_openai = config_of_body(body)?;
        let mut removed = None;
        own_headers.retain(|(name, value)| {
            let ours = by_openai.header(name, value.as_deref().unwrap_or_default());
            if ours && value.is_none() {
                removed = Some(name.clone());
            }
            !ours
        });
        if let Some(name) = removed {
            let rule = "cannot be removed: without it no guardrail is applied";
            return Err(errors::invalid_request(&name, rule));
        }
        if by_option.is_none() && by_openai.is_empty() {
            return Ok(Self::default());
        }
        let by_option = by_option.unwrap_or_default();
        let unsaid = (by_option.tag_suffix.is_some() && by_openai.tag_suffix.is_none())
            || (by_option.stream_processing_mode.is_some()
                && by_openai.stream_processing_mode.is_none());
        let merged = by_option.merge(by_openai).map_err(refused)?;
        let guardrail = Guardrail::check(&merged).map_err(refused)?;
        if !guardrail.may_be_sent(core.endpoint.family()) {
            return Err(errors::plain(
                ErrorClass::GuardrailNotEnforcedError,
                text::NOT_ENFORCED,
            ));
        }
        let headers = guardrail
            .headers()
            .map(|(name, value)| (name.to_ascii_lowercase(), Some(value.to_owned())))
            .collect();
        Ok(Self {
            on: true,
            headers,
            config: if unsaid {
                guardrail.body_config()
            } else {
                None
            },
            tag_suffix: guardrail.tag_suffix,
        })
    }
}

/// The body's `amazon-bedrock-guardrailConfig`, if it is an object: otherwise the service refuses.
fn config_of_body(body: &JsValue) -> Result<guardrail::Fields, JsValue> {
    if !body.is_object() {
        return Ok(guardrail::Fields::default());
    }
    let config = Reflect::get(body, &request::GUARDRAIL_CONFIG.into())?;
    let fields = Fields::of(&config, request::GUARDRAIL_CONFIG)?;
    guardrail::Fields::from_config(
        fields.string("tagSuffix")?,
        fields.string("streamProcessingMode")?,
    )
    .map_err(|invalid| errors::invalid_request(invalid.path, invalid.rule))
}

/// A later value of a name replaces the earlier ones.
fn query_string(core: &Core, given: &Pairs) -> String {
    let mut query = String::new();
    let kept = core
        .query
        .iter()
        .filter(|(name, _)| given.iter().all(|(other, _)| other != name));
    for (name, value) in kept.chain(given) {
        let Some(value) = value else { continue };
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(&String::from(js_sys::encode_uri_component(name)));
        query.push('=');
        query.push_str(&String::from(js_sys::encode_uri_component(value)));
    }
    if core.auth.signs() {
        // Sent in the form that is signed: nobody on the way can read it otherwise.
        query = sigv4::canonical_query(&query);
    }
    query
}

fn refused(refusal: &request::Refusal<BodyError>) -> JsValue {
    let rule = match &refusal.reason {
        Reason::Rule(rule) | Reason::Input(BodyError::NotJson(rule)) => rule,
        Reason::Tag(error) => error.rule(),
        Reason::Input(BodyError::Thrown(thrown)) => return thrown.clone(),
        Reason::Input(BodyError::Rule) => "cannot be read",
    };
    errors::invalid_request(&refusal.path, rule)
}

/// As the engine prints it: the shortest form, and none of `f64`'s own code in the module.
fn print_number(number: f64, out: &mut String) {
    let printed = js_sys::JSON::stringify(&number.into());
    out.push_str(&printed.map_or_else(|_| String::from("null"), String::from));
}

//! The client: its options, read once, and the calls it makes.

use core::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::Url;

use super::auth::Auth;
use super::call::{Call, State};
use super::ending::Ending;
use super::log::Log;
use super::options::{self, Fields, Pairs, Timeouts};
use super::{environment, errors};
use bedrock_chat_core::decoder::Reasoning;
use bedrock_chat_core::endpoint::{Endpoint, EndpointError, EndpointOptions, Family, UrlParts};
use bedrock_chat_core::guardrail;
use bedrock_chat_core::retry::RetryPolicy;

/// What every call of a client shares. Calls keep it alive, so that `free()` is always legal.
pub(crate) struct Core {
    pub(crate) endpoint: Endpoint,
    /// Shared with the clients that `withOptions` made of this one.
    pub(crate) auth: Rc<Auth>,
    /// `None`: no guardrail was asked for.
    pub(crate) guardrail: Option<guardrail::Fields>,
    pub(crate) headers: Pairs,
    pub(crate) query: Pairs,
    pub(crate) shared: Shared,
    pub(crate) fetch: Option<Function>,
    pub(crate) log: Log,
    pub(crate) allow_browser: bool,
    calls: RefCell<Vec<Weak<State>>>,
    closed: Cell<bool>,
}

/// Options that a call can change.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) reasoning: Reasoning,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
    pub(crate) on_retry: Option<Function>,
}

impl Shared {
    /// Reads what is given, over what holds otherwise.
    pub(crate) fn read(fields: &Fields<'_>, otherwise: Self) -> Result<Self, JsValue> {
        Ok(Self {
            reasoning: match fields.string("reasoningFormat")?.as_deref() {
                None => otherwise.reasoning,
                Some("parsed") => Reasoning::Parsed,
                Some("raw") => Reasoning::Raw,
                Some(_) => {
                    return Err(fields.refuse("reasoningFormat", "must be \"parsed\" or \"raw\""));
                }
            },
            timeouts: Timeouts::read(fields, otherwise.timeouts)?,
            retry: match fields.count("maxRetries")? {
                Some(max_retries) => RetryPolicy { max_retries },
                None => otherwise.retry,
            },
            on_retry: fields.function("onRetry")?.or(otherwise.on_retry),
        })
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            reasoning: Reasoning::Parsed,
            timeouts: Timeouts::default(),
            retry: RetryPolicy::default(),
            on_retry: None,
        }
    }
}

impl Core {
    fn new(given: &JsValue, base: Option<&Self>) -> Result<Self, JsValue> {
        let fields = Fields::of(given, "")?;
        let base_url = match fields.string("baseURL")? {
            Some(url) => Some(url),
            None => environment::variable("AWS_BEDROCK_BASE_URL"),
        };
        let core = Self {
            endpoint: endpoint(&fields, base_url.as_deref())?,
            auth: Auth::read(&fields)?.or_same(base.map(|base| &base.auth)),
            guardrail: guardrail_fields(&fields.raw("guardrail")?)?,
            headers: options::headers(&fields, "defaultHeaders")?,
            query: options::query(&fields, "defaultQuery")?,
            shared: Shared::read(&fields, Shared::default())?,
            fetch: fields.function("fetch")?,
            log: Log::read(&fields)?,
            allow_browser: fields.boolean("dangerouslyAllowBrowser")?,
            calls: RefCell::default(),
            closed: Cell::default(),
        };
        // Without a baseURL requests go to AWS, which answers nobody unknown.
        let own_header = core.headers.iter().any(|(name, _)| name == "authorization");
        if core.auth.is_none() && !own_header && base_url.is_none() {
            let rule = "or credentials are needed: give one, or set AWS_BEARER_TOKEN_BEDROCK";
            return Err(fields.refuse("apiKey", rule));
        }
        // Told here where it is plain; who takes credentials from the environment may not sign.
        let credentials = fields.raw("credentials")?;
        if core.auth.signs() && !own_header && credentials.is_truthy() {
            core.endpoint.require_region().map_err(refused)?;
        }
        core.auth.check_given(core.allow_browser)?;
        Ok(core)
    }

    fn remember(&self, call: &Rc<State>) {
        let mut calls = self.calls.borrow_mut();
        if calls.len() == calls.capacity() {
            calls.retain(|call| call.strong_count() > 0);
        }
        calls.push(Rc::downgrade(call));
    }
}

fn endpoint(fields: &Fields<'_>, base_url: Option<&str>) -> Result<Endpoint, JsValue> {
    let family = match fields.string("endpoint")? {
        Some(name) => Some(Family::parse(&name).map_err(refused)?),
        None => None,
    };
    let region = fields.string("region")?;
    let environment_region = environment::region();
    let base_url = match base_url {
        Some(text) => Some(Parts::of(text, fields)?),
        None => None,
    };
    Endpoint::new(&EndpointOptions {
        endpoint: family,
        region: region.as_deref(),
        environment_region: environment_region.as_deref(),
        use_fips_endpoint: fields.boolean("useFipsEndpoint")?,
        use_dualstack_endpoint: fields.boolean("useDualstackEndpoint")?,
        base_url: base_url.as_ref().map(Parts::borrow),
    })
    .map_err(refused)
}

pub(crate) fn refused(error: EndpointError) -> JsValue {
    errors::configuration_as(error.field, error.message)
}

/// A URL as the engine reads it: nobody else may decide what its host is.
struct Parts([String; 8]);

impl Parts {
    fn of(text: &str, fields: &Fields<'_>) -> Result<Self, JsValue> {
        // In a page, `/api/openai/v1` is a path of its own server.
        let url = match environment::location() {
            Some(page) => Url::new_with_base(text, &page),
            None => Url::new(text),
        };
        let url = url.map_err(|_| fields.refuse("baseURL", "must be a URL"))?;
        Ok(Self([
            url.protocol(),
            url.hostname(),
            url.port(),
            url.pathname(),
            url.search(),
            url.hash(),
            url.username(),
            url.password(),
        ]))
    }

    fn borrow(&self) -> UrlParts<'_> {
        let [
            protocol,
            hostname,
            port,
            pathname,
            search,
            hash,
            username,
            password,
        ] = &self.0;
        UrlParts {
            protocol,
            hostname,
            port,
            pathname,
            search,
            hash,
            username,
            password,
        }
    }
}

/// Reads the option `guardrail`; `None` where there is none. An object without values is not
/// none: it may stand for variables that are not set.
pub(crate) fn guardrail_fields(given: &JsValue) -> Result<Option<guardrail::Fields>, JsValue> {
    if given.is_undefined() || given.is_null() {
        return Ok(None);
    }
    let fields = Fields::of(given, "guardrail")?;
    Ok(Some(guardrail::Fields {
        identifier: fields.string("identifier")?,
        version: fields.string("version")?,
        trace: fields.string("trace")?,
        tag_suffix: fields.string("tagSuffix")?,
        stream_processing_mode: fields.string("streamProcessingMode")?,
        allow_unenforced: fields.boolean("allowUnenforced")?,
    }))
}

/// The Rust side of a `BedrockChatClient`.
#[wasm_bindgen(skip_typescript)]
pub struct Client {
    core: Rc<Core>,
}

#[wasm_bindgen]
impl Client {
    /// Reads the options.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<Client, JsValue> {
        Ok(Self {
            core: Rc::new(Core::new(options, None)?),
        })
    }

    /// Reads the options of a client that is made of this one. What their provider gave this one,
    /// and the server's time, it knows too.
    pub fn derive(&self, options: &JsValue) -> Result<Client, JsValue> {
        Ok(Self {
            core: Rc::new(Core::new(options, Some(&self.core))?),
        })
    }

    /// Reads, checks and writes one request; nothing is sent yet.
    pub fn call(
        &self,
        body: JsValue,
        options: &JsValue,
        force_stream: bool,
    ) -> Result<Call, JsValue> {
        let state = State::new(&self.core, body, options, force_stream)?;
        if self.core.closed.get() {
            // By a getter of the body's, say.
            state.end(Ending::Aborted(JsValue::UNDEFINED));
        }
        self.core.remember(&state);
        Ok(Call::new(state))
    }

    /// Ends all calls under way.
    pub fn close(&self) {
        self.core.closed.set(true);
        for call in self.core.calls.take() {
            if let Some(call) = call.upgrade() {
                call.end(Ending::Aborted(JsValue::UNDEFINED));
            }
        }
    }
}

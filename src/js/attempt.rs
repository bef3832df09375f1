//! One attempt: authorise, send, look at what came.

use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::Pin;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Response;

use super::answer::{self, Head, header};
use super::auth::Used;
use super::client::Core;
use super::ending::{Ending, Gate, Limit};
use super::failed::Failed;
use super::outgoing::{Lines, Outgoing};
use super::wait::Wait;
use super::{environment, errors, log, timer};
use bedrock_chat_core::error::{self, Context, ErrorResponse};

/// What waits within one attempt can leave by its gate.
pub(crate) struct Attempt<'a> {
    pub(crate) core: &'a Core,
    pub(crate) request: &'a Outgoing,
    pub(crate) gate: Rc<Gate>,
    pub(crate) ended: &'a RefCell<Option<Ending>>,
    /// What it is if it takes too long.
    pub(crate) limit: Limit,
    pub(crate) number: u32,
    pub(crate) used: &'a Used,
    /// How long a provider may take, in milliseconds.
    pub(crate) connect: Option<f64>,
    /// In milliseconds since 1970.
    pub(crate) started: f64,
}

impl Attempt<'_> {
    /// Waits for a value, or until the call is ended or the attempt is too slow.
    pub(crate) async fn guard(&self, value: &JsValue) -> Result<JsValue, Failed> {
        let mut outcome = Wait::for_value(value);
        poll_fn(|context| {
            self.check()?;
            let _ = self.gate.poll(context);
            Pin::new(&mut outcome).poll(context).map_err(Failed::Thrown)
        })
        .await
    }

    /// As [`Self::guard`]; what a promise is rejected with is nobody's business: `None`.
    pub(crate) async fn guard_quietly(&self, value: &JsValue) -> Result<Option<JsValue>, Failed> {
        match self.guard(value).await {
            Ok(value) => Ok(Some(value)),
            Err(Failed::Thrown(_)) => Ok(None),
            Err(failed) => Err(failed),
        }
    }

    fn check(&self) -> Result<(), Failed> {
        if self.ended.borrow().is_some() {
            Err(Failed::Ended)
        } else if self.gate.too_slow.get() {
            Err(Failed::TooSlow(self.limit))
        } else {
            Ok(())
        }
    }

    pub(crate) async fn run(&self) -> Result<(Response, Head), Failed> {
        let authorization = self.authorize().await?;
        let (response, head) = self.fetch(&authorization).await?;
        self.accept(response, head).await
    }

    async fn authorize(&self) -> Result<Lines, Failed> {
        if self.request.own_authorization {
            return Ok(Lines::default());
        }
        self.core
            .auth
            .headers(self, &self.request.to_sign(self.core))
            .await
    }

    async fn fetch(&self, authorization: &Lines) -> Result<(Response, Head), Failed> {
        let signal = self.gate.signal().ok_or(Failed::Ended)?;
        let init = self
            .request
            .request_init(authorization, &signal)
            .map_err(Failed::Thrown)?;
        let Some(fetch) = self.core.fetch.clone().or_else(environment::fetch) else {
            let rule = "is needed: this runtime has no fetch of its own";
            return Err(Failed::Thrown(errors::configuration("fetch", rule)));
        };
        self.log_request(authorization);
        let url = self.request.url(self.core).into();
        let sent = fetch
            .call2(&JsValue::UNDEFINED, &url, &init)
            .map_err(Failed::Network)?;
        match self.guard(&sent).await {
            Ok(response) => match answer::head(&response) {
                Some(head) => Ok((response.unchecked_into(), head)),
                None => {
                    let rule = "must answer with a Response";
                    Err(Failed::Thrown(errors::configuration("fetch", rule)))
                }
            },
            Err(failed) => Err(answer::broken_off(failed)),
        }
    }

    fn log_request(&self, authorization: &Lines) {
        let log = &self.core.log;
        if !log.wants(log::DEBUG) {
            return;
        }
        let names: Array = self
            .request
            .header_names()
            .chain(authorization.names())
            .map(JsValue::from_str)
            .collect();
        let fields = [
            ("attempt", self.number.into()),
            ("method", "POST".into()),
            // Without the query: there may be a secret in it.
            ("url", self.core.endpoint.url(&self.request.model).into()),
            ("headers", names.into()),
        ];
        log.write(log::DEBUG, "sending", &fields, &JsValue::UNDEFINED);
    }

    /// The answer, if it is one.
    async fn accept(&self, response: Response, head: Head) -> Result<(Response, Head), Failed> {
        let (status, headers) = &head;
        if self.core.log.wants(log::INFO) {
            let fields = [
                ("attempt", self.number.into()),
                ("status", (*status).into()),
                ("ms", (timer::now_ms() - self.started).into()),
                ("requestID", answer::request_id(headers).into()),
            ];
            let log = &self.core.log;
            log.write(log::INFO, "answered", &fields, &JsValue::UNDEFINED);
        }
        let is_event_stream =
            || header(headers, "content-type").is_some_and(|kind| error::is_event_stream(&kind));
        if (200..300).contains(status) && (!self.request.stream || is_event_stream()) {
            return Ok((response, head));
        }
        let body = answer::read_bounded(self, &response).await?;
        Err(self.refused(&head, &body))
    }

    /// An answer that is not what was asked for.
    pub(crate) fn refused(&self, (status, headers): &Head, body: &[u8]) -> Failed {
        let content_type = header(headers, "content-type").unwrap_or_default();
        let error_type = header(headers, "x-amzn-errortype");
        let hint = self.core.endpoint.hint(&self.request.model);
        let answer = ErrorResponse {
            status: *status,
            content_type: &content_type,
            error_type: error_type.as_deref(),
            body,
            context: Context {
                model_hint: hint.as_deref(),
                guardrail: self.request.guarded,
            },
        };
        let failure = if (200..300).contains(status) {
            error::misplaced_answer(&answer, self.request.stream)
        } else {
            Some(error::from_answer(&answer))
        };
        match failure {
            Some(failure) => Failed::Answered(Box::new(failure), Some(headers.clone())),
            // It would have been taken.
            None => Failed::Malformed,
        }
    }
}

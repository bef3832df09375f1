//! Bedrock's API in any space: CORS, authentication, steps, operations, records.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::json;
use uuid::Uuid;

use crate::api::error::{ApiError, unknown_operation};
use crate::api::target::{Endpoint, Operation, OperationName, Target};
use crate::auth::authentication::Authentication;
use crate::http::body::{BodyObserver, ResponseBody};
use crate::http::connection::ConnectionHandle;
use crate::http::cors;
use crate::http::request::ReceivedRequest;
use crate::operations::apply_guardrail;
use crate::operations::chat::{self, ChatContext};
use crate::operations::guardrail_checks;
use crate::operations::models;
use crate::spaces::recorder::Recorder;
use crate::spaces::settings::Settings;
use crate::spaces::space::{Space, Spaces};
use crate::spaces::step::Outcome;

/// Answers a request in its space.
pub async fn respond(
    spaces: Arc<Spaces>,
    connection: ConnectionHandle,
    request: ReceivedRequest,
) -> Response<Body> {
    let target = Target::parse(request.path());
    let space = spaces.get(target.space);
    let settings = space.settings();

    if cors::is_preflight(&request.parts.method, &request.parts.headers) {
        space.record_preflight(&request);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if settings.cors {
            *response.headers_mut() = cors::preflight(&request.parts.headers);
        }
        return response;
    }

    let authentication = Authentication::of(
        &request,
        &settings.auth_context(target.endpoint.signing_service()),
    );
    let mut recorder = Recorder::start(space.clone(), &request, &authentication);
    let call = ApiCall {
        default_token_delay: spaces.token_delay(),
        request: &request,
        target,
        settings: &settings,
        authentication,
    };
    let mut response = match call.outcome(&space).await {
        Outcome::Response(response) => response,
        Outcome::NoResponse => pending().await,
        Outcome::Reset => {
            recorder.finished();
            connection.reset();
            pending().await
        }
    };
    if settings.cors {
        cors::allow(response.headers_mut());
    }
    recorder.answered(response.status());
    let counted = response.headers().contains_key(CONTENT_LENGTH);
    response.map(|body| body.into_body(counted, connection, recorder))
}

/// One request to the API, with all that its answer depends on.
struct ApiCall<'a> {
    default_token_delay: Duration,
    request: &'a ReceivedRequest,
    target: Target<'a>,
    settings: &'a Settings,
    authentication: Authentication,
}

impl ApiCall<'_> {
    async fn outcome(&self, space: &Space) -> Outcome {
        let operation = self.target.operation_name(&self.request.parts.method);
        let Some(step) = operation.and_then(|operation| space.next_step(operation)) else {
            return match &self.settings.redirect {
                Some(redirect) if operation == Some(OperationName::ChatCompletions) => {
                    scripted(redirect.answer(self.headers()).map(Outcome::Response))
                }
                _ => Outcome::Response(self.normal()),
            };
        };
        if !step.delay().is_zero() {
            tokio::time::sleep(step.delay()).await;
        }
        match &self.authentication.refusal {
            Some(refusal) if step.auth => Outcome::Response(self.with_headers(refusal.response())),
            _ if step.normal => Outcome::Response(self.normal()),
            _ => scripted(step.play(self.headers())),
        }
    }

    fn normal(&self) -> Response<ResponseBody> {
        let response = match self.target.operation(&self.request.parts.method) {
            Some(operation) => self.operate(&operation),
            None if self.target.endpoint == Endpoint::Runtime => Ok(unknown_operation()),
            None => Err(ApiError::openai(
                StatusCode::NOT_FOUND,
                "not_found",
                "Not Found",
            )),
        };
        self.with_headers(response.unwrap_or_else(|error| error.response()))
    }

    fn operate(&self, operation: &Operation<'_>) -> Result<Response<ResponseBody>, ApiError> {
        if let Some(refusal) = &self.authentication.refusal {
            return Err(refusal.clone());
        }
        match operation {
            Operation::ChatCompletions { prefix } => self.chat(prefix),
            Operation::ListModels => Ok(models::list()),
            Operation::RetrieveModel { id } => models::retrieve(id),
            Operation::ApplyGuardrail {
                identifier,
                version,
            } => {
                let policy = &self.settings.guardrail;
                apply_guardrail::respond(identifier, version, &self.request.body, policy)
            }
            Operation::InvokeGuardrailChecks => guardrail_checks::respond(&self.request.body),
        }
    }

    fn chat(&self, prefix: &str) -> Result<Response<ResponseBody>, ApiError> {
        let context = ChatContext {
            endpoint: self.target.endpoint,
            prefix,
            headers: &self.request.parts.headers,
            policy: &self.settings.guardrail,
            reasoning_style: self.settings.reasoning_style,
            created: self.settings.now().as_second(),
            token_delay: self
                .settings
                .token_delay_ms
                .map_or(self.default_token_delay, Duration::from_millis),
        };
        chat::respond(&self.request.body, &context)
    }

    fn with_headers(&self, mut response: Response<ResponseBody>) -> Response<ResponseBody> {
        response.headers_mut().extend(self.headers());
        response
    }

    /// The headers that every answer has.
    fn headers(&self) -> HeaderMap {
        let id = Uuid::new_v4();
        let ids: &[(&str, String)] = match self.target.endpoint {
            Endpoint::Runtime => &[("x-amzn-requestid", id.to_string())],
            Endpoint::Mantle => {
                let id = format!("req_{}", id.simple());
                &[("x-amzn-requestid", id.clone()), ("x-request-id", id)]
            }
        };
        let date = (DATE, http_date(self.settings.now()));
        let ids = ids
            .iter()
            .map(|(name, id)| (HeaderName::from_static(name), id.clone()));
        ids.chain([date])
            .filter_map(|(name, value)| Some((name, HeaderValue::from_str(&value).ok()?)))
            .collect()
    }
}

/// A step that cannot be played says so.
fn scripted(outcome: Result<Outcome, String>) -> Outcome {
    outcome.unwrap_or_else(|error| {
        let mut response = ResponseBody::json(
            &json!({ "emulator": format!("This step cannot be played: {error}") }),
        );
        *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
        Outcome::Response(response)
    })
}

fn http_date(time: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .unwrap_or_default()
}

//! What is where: Bedrock's API, in any space, and the controls of the spaces.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Extension, Path, Query, Request, State};
use axum::http::header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use axum::middleware::map_response;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use http_body_util::BodyExt;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::address::{Address, Endpoint};
use crate::authentication::Authentication;
use crate::body::{BodyObserver, ResponseBody};
use crate::chat::{self, ChatContext};
use crate::connection::ConnectionHandle;
use crate::cors;
use crate::error::{ApiError, unknown_operation};
use crate::recorder::Recorder;
use crate::request::ReceivedRequest;
use crate::settings::Settings;
use crate::space::{Milestone, Space, Spaces};
use crate::step::Outcome;

/// What all requests share.
#[derive(Clone)]
pub struct Shared {
    spaces: Arc<Spaces>,
    token_delay: Duration,
}

/// The whole emulator as a service. Its requests need a [`ConnectionHandle`] as extension.
pub fn router(token_delay: Duration) -> Router {
    let shared = Shared {
        spaces: Arc::default(),
        token_delay,
    };
    let space = post(replace)
        .patch(change)
        .get(report)
        .delete(forget)
        .options(control_preflight);
    Router::new()
        .route("/_s/{space}", space)
        // A step may hold an event of megabytes.
        .layer(DefaultBodyLimit::disable())
        .route(
            "/_emulator/health",
            get(|| async { Json(json!({ "status": "ok" })) }).options(control_preflight),
        )
        .layer(map_response(|mut response: Response<Body>| async move {
            cors::allow(response.headers_mut());
            response
        }))
        .fallback(api)
        .with_state(shared)
}

async fn replace(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Control {
    let space = Arc::new(Space::default());
    let report = configure(&space, &body)?;
    shared.spaces.replace(name, space);
    Ok(report)
}

async fn change(State(shared): State<Shared>, Path(name): Path<String>, body: Bytes) -> Control {
    configure(&shared.spaces.get(&name), &body)
}

async fn forget(State(shared): State<Shared>, Path(name): Path<String>) -> StatusCode {
    shared.spaces.remove(&name);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wait {
    wait: Option<Milestone>,
    index: u64,
    timeout_ms: u64,
}

impl Default for Wait {
    fn default() -> Self {
        Self {
            wait: None,
            index: 0,
            timeout_ms: 5000,
        }
    }
}

async fn report(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    Query(query): Query<Wait>,
) -> Json<Value> {
    let space = shared.spaces.get(&name);
    if let Some(milestone) = query.wait {
        space
            .wait(
                query.index,
                milestone,
                Duration::from_millis(query.timeout_ms),
            )
            .await;
    }
    Json(space.report())
}

async fn control_preflight(headers: HeaderMap) -> impl IntoResponse {
    (StatusCode::NO_CONTENT, cors::preflight(&headers))
}

type Control = Result<Json<Value>, (StatusCode, String)>;

/// Configures a space from JSON, whatever its content type says: a page's plain POST needs no
/// preflight.
fn configure(space: &Space, body: &[u8]) -> Control {
    let changes = match body {
        [] => Ok(Map::new()),
        body => serde_json::from_slice(body).map_err(|error| error.to_string()),
    };
    let result = changes.and_then(|changes| space.configure(changes));
    result.map_err(|error| (StatusCode::BAD_REQUEST, error))?;
    Ok(Json(space.report()))
}

/// Everything that is not a control: Bedrock, and what is not there either.
async fn api(
    State(shared): State<Shared>,
    Extension(connection): Extension<ConnectionHandle>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let (parts, body) = request.into_parts();
    // A client that left while sending gets no answer anyway.
    let body = body
        .collect()
        .await
        .map_err(|_| StatusCode::BAD_REQUEST)?
        .to_bytes();
    let request = ReceivedRequest { parts, body };
    let address = Address::parse(request.path());
    let space = shared.spaces.get(address.space);
    let settings = space.settings();

    if cors::is_preflight(&request.parts.method, &request.parts.headers) {
        space.record_preflight(&request);
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        if settings.cors {
            *response.headers_mut() = cors::preflight(&request.parts.headers);
        }
        return Ok(response);
    }

    let authentication = Authentication::of(
        &request,
        &settings.auth_context(address.endpoint.signing_service()),
    );
    let mut recorder = Recorder::start(space.clone(), &request, &authentication);
    let call = Call {
        shared: &shared,
        request: &request,
        address,
        settings: &settings,
        authentication,
    };
    let mut response = match call.outcome(&space).await {
        Outcome::Answer(response) => response,
        Outcome::Silence => pending().await,
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
    Ok(response.map(|body| body.into_body(counted, connection, recorder)))
}

/// One request to the API, with all that its answer depends on.
struct Call<'a> {
    shared: &'a Shared,
    request: &'a ReceivedRequest,
    address: Address<'a>,
    settings: &'a Settings,
    authentication: Authentication,
}

impl Call<'_> {
    async fn outcome(&self, space: &Space) -> Outcome {
        let chat = self.request.parts.method == Method::POST && self.address.is_chat();
        let Some(step) = chat.then(|| space.next_step()).flatten() else {
            return match &self.settings.redirect {
                Some(redirect) if chat => {
                    scripted(redirect.answer(self.headers()).map(Outcome::Answer))
                }
                _ => Outcome::Answer(self.normal()),
            };
        };
        if !step.delay().is_zero() {
            tokio::time::sleep(step.delay()).await;
        }
        match &self.authentication.refusal {
            Some(refusal) if step.auth => Outcome::Answer(self.with_headers(refusal.response())),
            _ if step.normal => Outcome::Answer(self.normal()),
            _ => scripted(step.play(self.headers())),
        }
    }

    fn normal(&self) -> Response<ResponseBody> {
        let response = match self.address.chat_prefix() {
            Some(prefix) if self.request.parts.method == Method::POST => self.chat(prefix),
            _ if self.address.endpoint == Endpoint::Runtime => Ok(unknown_operation()),
            _ => Err(ApiError::openai(
                StatusCode::NOT_FOUND,
                "not_found",
                "Not Found",
            )),
        };
        self.with_headers(response.unwrap_or_else(|error| error.response()))
    }

    fn chat(&self, prefix: &str) -> Result<Response<ResponseBody>, ApiError> {
        if let Some(refusal) = &self.authentication.refusal {
            return Err(refusal.clone());
        }
        let context = ChatContext {
            endpoint: self.address.endpoint,
            prefix,
            headers: &self.request.parts.headers,
            policy: &self.settings.guardrail,
            reasoning_style: self.settings.reasoning_style,
            created: self.settings.now().as_second(),
            token_delay: self
                .settings
                .token_delay_ms
                .map_or(self.shared.token_delay, Duration::from_millis),
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
        let ids: &[(&str, String)] = match self.address.endpoint {
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
        Outcome::Answer(response)
    })
}

fn http_date(time: Timestamp) -> String {
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .unwrap_or_default()
}

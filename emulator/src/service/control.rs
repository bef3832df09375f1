//! The controls: to set up, look at and forget spaces, and to ask whether the emulator is there.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::middleware::map_response;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::http::cors;
use crate::spaces::space::{Milestone, Space, Spaces};

/// The routes of the controls.
pub fn routes() -> Router<Arc<Spaces>> {
    let space = post(replace)
        .patch(change)
        .get(report)
        .delete(forget)
        .options(preflight);
    Router::new()
        .route("/_s/{space}", space)
        // A step may hold an event of megabytes.
        .layer(DefaultBodyLimit::disable())
        .route(
            "/_emulator/health",
            get(|| async { Json(json!({ "status": "ok" })) }).options(preflight),
        )
        .layer(map_response(|mut response: Response<Body>| async move {
            cors::allow(response.headers_mut());
            response
        }))
}

async fn replace(
    State(spaces): State<Arc<Spaces>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Control {
    let space = Arc::new(Space::default());
    let report = configure(&space, &body)?;
    spaces.replace(name, space);
    Ok(report)
}

async fn change(
    State(spaces): State<Arc<Spaces>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Control {
    configure(&spaces.get(&name), &body)
}

async fn forget(State(spaces): State<Arc<Spaces>>, Path(name): Path<String>) -> StatusCode {
    spaces.remove(&name);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WaitQuery {
    wait: Option<Milestone>,
    index: u64,
    timeout_ms: u64,
}

impl Default for WaitQuery {
    fn default() -> Self {
        Self {
            wait: None,
            index: 0,
            timeout_ms: 5000,
        }
    }
}

async fn report(
    State(spaces): State<Arc<Spaces>>,
    Path(name): Path<String>,
    Query(query): Query<WaitQuery>,
) -> Json<Value> {
    let space = spaces.get(&name);
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

async fn preflight(headers: HeaderMap) -> impl IntoResponse {
    (StatusCode::NO_CONTENT, cors::preflight(&headers))
}

/// What a control answers.
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

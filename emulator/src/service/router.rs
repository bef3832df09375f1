//! What is where: the controls, and Bedrock everywhere else.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::{Response, StatusCode};
use http_body_util::BodyExt;

use crate::http::connection::ConnectionHandle;
use crate::http::request::ReceivedRequest;
use crate::service::{bedrock, control};
use crate::spaces::space::Spaces;

/// The whole emulator as a service. Its requests need a [`ConnectionHandle`] as extension.
pub fn router(token_delay: Duration) -> Router {
    control::routes()
        .fallback(api)
        .with_state(Arc::new(Spaces::new(token_delay)))
}

async fn api(
    State(spaces): State<Arc<Spaces>>,
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
    Ok(bedrock::respond(spaces, connection, ReceivedRequest { parts, body }).await)
}

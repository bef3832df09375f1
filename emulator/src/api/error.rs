//! The three shapes in which Bedrock refuses a chat request.

use std::fmt;

use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::http::body::ResponseBody;

/// A refusal, as it goes over the wire.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    message: String,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    OpenAi { code: &'static str },
    Coral { kind: &'static str },
    AuthLayer,
}

impl ApiError {
    /// `{"error": {…}}`, from behind the OpenAI-compatible API.
    pub fn openai(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            shape: Shape::OpenAi { code },
        }
    }

    /// OpenAI's shape for a request that cannot be served as it is.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::openai(StatusCode::BAD_REQUEST, "validation_error", message)
    }

    /// `{"message": …}` with `x-amzn-errortype`, from AWS's own framework, Coral.
    pub fn coral(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            shape: Shape::Coral { kind },
        }
    }

    /// Coral's shape for a request that is wrong.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::coral(StatusCode::BAD_REQUEST, "ValidationException", message)
    }

    /// `{"Message": …}`, from the layer that checks bearer keys.
    pub fn auth_layer(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            message: message.into(),
            shape: Shape::AuthLayer,
        }
    }

    /// The refusal as a response.
    #[must_use]
    pub fn response(&self) -> Response<ResponseBody> {
        let mut response = ResponseBody::json(&self.body());
        *response.status_mut() = self.status;
        if let Shape::Coral { kind } = self.shape {
            let name = format!("{kind}:http://internal.amazon.com/coral/com.amazon.bedrock/");
            let name = HeaderValue::from_str(&name).expect("the names of exceptions are ASCII");
            response.headers_mut().insert("x-amzn-errortype", name);
        }
        response
    }

    fn body(&self) -> Value {
        let message = &self.message;
        match self.shape {
            Shape::OpenAi { code } => json!({
                "error": { "message": message, "type": "invalid_request_error", "param": null, "code": code }
            }),
            Shape::Coral { .. } => json!({ "message": message }),
            Shape::AuthLayer => json!({ "Message": message }),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Shape::Coral { kind } = self.shape {
            write!(formatter, "{kind}: ")?;
        }
        formatter.write_str(&self.message)
    }
}

/// What runtime answers on a path it does not know: HTTP 200, and an error in the body.
#[must_use]
pub fn unknown_operation() -> Response<ResponseBody> {
    ResponseBody::json(&json!({
        "Output": { "__type": "com.amazon.coral.service#UnknownOperationException" },
        "Version": "1.0"
    }))
}

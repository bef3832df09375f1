//! OpenAI's list of models, which mantle alone has.

use axum::http::Response;
use serde::Serialize;

use crate::api::error::ApiError;
use crate::http::body::ResponseBody;
use crate::model::catalog;

#[derive(Serialize)]
struct ModelList {
    object: &'static str,
    data: Vec<ListedModel>,
}

#[derive(Serialize)]
struct ListedModel {
    id: &'static str,
    object: &'static str,
    created: i64,
    owned_by: &'static str,
}

impl ListedModel {
    fn of(id: &'static str) -> Self {
        Self {
            id,
            object: "model",
            // When the first OpenAI models came to Bedrock; nobody has published what stands here.
            created: 1_754_352_000,
            owned_by: id.split_once('.').map_or(id, |(vendor, _)| vendor),
        }
    }
}

/// All models of mantle, in one page, as OpenAI's list is.
#[must_use]
pub fn list() -> Response<ResponseBody> {
    ResponseBody::json(&ModelList {
        object: "list",
        data: catalog::listed().map(ListedModel::of).collect(),
    })
}

/// One of the models.
///
/// # Errors
/// Mantle's answer if it is not there.
pub fn retrieve(id: &str) -> Result<Response<ResponseBody>, ApiError> {
    let found = catalog::listed().find(|listed| *listed == id);
    let id = found.ok_or_else(|| catalog::not_on_mantle(id))?;
    Ok(ResponseBody::json(&ListedModel::of(id)))
}

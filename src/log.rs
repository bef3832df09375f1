//! What the driver tells a client's logger: never a key, a text of a request or an answer, or a
//! value of a header or the query. Of an error JavaScript tells.

use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::host;

/// The levels by their numbers, as `logLevel` and the methods of a logger are called.
const INFO: u32 = 3;
const DEBUG: u32 = 4;

/// One record.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Record<'a> {
    Sending {
        attempt: u32,
        method: &'a str,
        /// Without the query: there may be a secret in it.
        url: &'a str,
        /// Names alone.
        headers: Vec<&'a str>,
    },
    Answered {
        attempt: u32,
        status: u16,
        ms: f64,
    },
}

impl Record<'_> {
    const fn level(&self) -> u32 {
        match self {
            Self::Sending { .. } => DEBUG,
            Self::Answered { .. } => INFO,
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Sending { .. } => "sending",
            Self::Answered { .. } => "answered",
        }
    }
}

/// Writes a record, if the logger wants it.
pub(crate) fn write<'a>(io: &JsValue, level: u32, record: impl FnOnce() -> Record<'a>) {
    if level < INFO {
        return;
    }
    let record = record();
    if record.level() <= level
        && let Ok(fields) = serde_wasm_bindgen::to_value(&record)
    {
        host::log(io, record.level(), record.name(), fields);
    }
}

//! What the driver tells a client's logger: never a key, a text of a request or an answer, or a
//! value of a header or the query. Of an error JavaScript tells.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use wasm_bindgen::JsValue;

use crate::host;

/// The levels by their numbers, as `logLevel` and the methods of a logger are called.
const INFO: u32 = 3;
const DEBUG: u32 = 4;

const TO_OBJECTS: serde_wasm_bindgen::Serializer =
    serde_wasm_bindgen::Serializer::json_compatible();

/// One record.
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

/// As a map: for the names of a struct's fields serde-wasm-bindgen keeps a table, of 2 KB.
impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Sending {
                attempt,
                method,
                url,
                headers,
            } => {
                map.serialize_entry("attempt", attempt)?;
                map.serialize_entry("method", method)?;
                map.serialize_entry("url", url)?;
                map.serialize_entry("headers", headers)?;
            }
            Self::Answered {
                attempt,
                status,
                ms,
            } => {
                map.serialize_entry("attempt", attempt)?;
                map.serialize_entry("status", status)?;
                map.serialize_entry("ms", ms)?;
            }
        }
        map.end()
    }
}

/// Writes a record, if the logger wants it.
pub(crate) fn write<'a>(io: &JsValue, level: u32, record: impl FnOnce() -> Record<'a>) {
    if level < INFO {
        return;
    }
    let record = record();
    if record.level() <= level
        && let Ok(fields) = record.serialize(&TO_OBJECTS)
    {
        host::log(io, record.level(), record.name(), fields);
    }
}

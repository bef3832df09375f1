//! What the driver tells a client's logger: never a key, a text of a request or an answer, or a
//! value of a header or the query. Of an error JavaScript tells.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use wasm_bindgen::JsValue;

use crate::host;

/// The levels by their numbers, as `logLevel` and the methods of a logger are called.
pub(crate) const INFO: u32 = 3;
pub(crate) const DEBUG: u32 = 4;

const TO_OBJECTS: serde_wasm_bindgen::Serializer =
    serde_wasm_bindgen::Serializer::json_compatible();

/// What a field of a record holds.
pub(crate) enum Field<'a> {
    Number(f64),
    Text(&'a str),
    Names(Vec<&'a str>),
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Names(names) => serializer.collect_seq(names),
        }
    }
}

/// As a map: for the names of a struct's fields serde-wasm-bindgen keeps a table, of 2 KB.
struct Record<'a>(&'a [(&'a str, Field<'a>)]);

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, field) in self.0 {
            map.serialize_entry(name, field)?;
        }
        map.end()
    }
}

/// Writes a record of this level.
pub(crate) fn write(io: &JsValue, level: u32, what: &str, fields: &[(&str, Field<'_>)]) {
    if let Ok(fields) = Record(fields).serialize(&TO_OBJECTS) {
        host::log(io, level, what, fields);
    }
}

//! What a client tells its logger: never a key, a text of a request or an answer, or a value of a
//! header or the query.

use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::errors;
use super::options::Fields;

#[wasm_bindgen(raw_module = "../log.js")]
extern "C" {
    fn log(logger: &JsValue, level: usize, what: &str, fields: &Object, error: &JsValue);
}

/// The levels by their numbers, as `logLevel` and the methods of a logger are called.
const LEVELS: [&str; 5] = ["off", "error", "warn", "info", "debug"];
pub(crate) const ERROR: usize = 1;
pub(crate) const WARN: usize = 2;
pub(crate) const INFO: usize = 3;
pub(crate) const DEBUG: usize = 4;

/// The options `logger` and `logLevel`.
pub(crate) struct Log {
    logger: JsValue,
    level: usize,
}

impl Log {
    /// Off by default; whoever gives a logger wants the level that `openai` has by default.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self, JsValue> {
        let logger = fields.raw("logger")?;
        let given = logger.is_object();
        if !given && !logger.is_undefined() && !logger.is_null() {
            return Err(fields.refuse("logger", "must be an object"));
        }
        let level = match fields.string("logLevel")? {
            None if given => WARN,
            None => 0,
            Some(level) => {
                let known = LEVELS.iter().position(|known| *known == level);
                let rule = "must be \"off\", \"error\", \"warn\", \"info\" or \"debug\"";
                known.ok_or_else(|| fields.refuse("logLevel", rule))?
            }
        };
        Ok(Self { logger, level })
    }

    pub(crate) fn wants(&self, level: usize) -> bool {
        level <= self.level
    }

    /// Of an error its name, status and request id are told.
    pub(crate) fn write(
        &self,
        level: usize,
        what: &str,
        fields: &[(&str, JsValue)],
        error: &JsValue,
    ) {
        if self.wants(level) {
            let object = Object::new();
            for (name, value) in fields {
                errors::set(&object, name, value);
            }
            log(&self.logger, level, what, &object, error);
        }
    }
}

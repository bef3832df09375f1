//! The options a caller gives, read and checked.

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::errors;

/// The longest time a timer can hold (WHATWG HTML: a signed 32-bit number of milliseconds).
/// Longer is no limit.
const LONGEST_TIMER_MS: f64 = 2_147_483_647.0;

// As in js-sys, but what the caller's own code throws in them can be caught: an exception that
// passes through Rust leaves the client borrowed, and a call waiting for ever.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Object)]
    fn assign(target: &Object, source: &JsValue) -> Result<Object, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Object)]
    fn entries(object: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    fn array_from(iterable: &JsValue) -> Result<Array, JsValue>;
}

type Read<T> = Result<Option<T>, JsValue>;

/// The members of an options object. A name is what an error calls it: `guardrail.version`.
pub(crate) struct Fields<'a> {
    object: &'a JsValue,
    prefix: &'static str,
}

impl<'a> Fields<'a> {
    /// `undefined` and `null` stand for an object without members.
    pub(crate) fn of(object: &'a JsValue, prefix: &'static str) -> Result<Self, JsValue> {
        if object.is_undefined() || object.is_null() || object.is_object() {
            Ok(Self { object, prefix })
        } else {
            let name = if prefix.is_empty() { "options" } else { prefix };
            Err(errors::configuration(name, "must be an object"))
        }
    }

    /// The member as it is; `undefined` where there is none.
    pub(crate) fn raw(&self, name: &str) -> Result<JsValue, JsValue> {
        if self.object.is_object() {
            Reflect::get(self.object, &name.into())
        } else {
            Ok(JsValue::UNDEFINED)
        }
    }

    fn read<T>(
        &self,
        name: &str,
        rule: &'static str,
        read: impl FnOnce(&JsValue) -> Option<T>,
    ) -> Read<T> {
        let value = self.raw(name)?;
        if value.is_undefined() || value.is_null() {
            return Ok(None);
        }
        match read(&value) {
            Some(value) => Ok(Some(value)),
            None => Err(self.refuse(name, rule)),
        }
    }

    /// An error about a member.
    pub(crate) fn refuse(&self, name: &str, rule: &str) -> JsValue {
        let mut field = String::from(self.prefix);
        if !field.is_empty() {
            field.push('.');
        }
        field.push_str(name);
        errors::configuration(&field, rule)
    }

    pub(crate) fn string(&self, name: &str) -> Read<String> {
        self.read(name, "must be a string", JsValue::as_string)
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<bool, JsValue> {
        Ok(self
            .read(name, "must be a boolean", JsValue::as_bool)?
            .unwrap_or(false))
    }

    pub(crate) fn function(&self, name: &str) -> Read<Function> {
        self.read(name, "must be a function", |value| {
            value.dyn_ref::<Function>().cloned()
        })
    }

    pub(crate) fn count(&self, name: &str) -> Read<u32> {
        self.read(name, "must be an integer, 0 or more", |value| {
            let number = value.as_f64()?;
            let count = number as u32;
            (f64::from(count) == number).then_some(count)
        })
    }

    /// The members of an object as they are now, or none.
    pub(crate) fn copy(&self, name: &str) -> Result<Object, JsValue> {
        assign(&Object::new(), &self.raw(name)?)
    }

    fn milliseconds(&self, name: &str) -> Read<f64> {
        self.read(
            name,
            "must be a number of milliseconds, more than 0",
            |value| value.as_f64().filter(|ms| *ms > 0.0),
        )
    }
}

/// How long each part of a call may take, in milliseconds; `None` is without a limit.
#[derive(Clone, Copy)]
pub(crate) struct Timeouts {
    /// Until the headers of the answer.
    pub(crate) connect: Option<f64>,
    /// Until the first event with content.
    pub(crate) first_token: Option<f64>,
    /// Between two events.
    pub(crate) idle: Option<f64>,
    /// Over everything, retries included.
    pub(crate) total: Option<f64>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Some(120_000.0),
            first_token: Some(300_000.0),
            idle: Some(120_000.0),
            total: None,
        }
    }
}

impl Timeouts {
    /// Reads `timeout`: a number is the total; an object changes the limits it names.
    pub(crate) fn read(fields: &Fields<'_>, defaults: Self) -> Result<Self, JsValue> {
        let mut timeouts = defaults;
        let value = fields.raw("timeout")?;
        if value.is_object() {
            let parts = Fields::of(&value, "timeout")?;
            for (name, limit) in [
                ("connect", &mut timeouts.connect),
                ("firstToken", &mut timeouts.first_token),
                ("idle", &mut timeouts.idle),
                ("total", &mut timeouts.total),
            ] {
                if let Some(ms) = parts.milliseconds(name)? {
                    *limit = Some(ms).filter(|ms| *ms <= LONGEST_TIMER_MS);
                }
            }
        } else if let Some(total) = fields.milliseconds("timeout")? {
            timeouts.total = Some(total).filter(|ms| *ms <= LONGEST_TIMER_MS);
        }
        Ok(timeouts)
    }
}

/// Names and values in the caller's order; `None` removes what stands before.
pub(crate) type Pairs = Vec<(String, Option<String>)>;

/// Reads headers: an object, an array of pairs, or a `Headers`. Names come out in lower case.
/// What `fetch` would refuse, or a proxy could take for a line of its own, is refused here, and
/// an error never shows the value.
pub(crate) fn headers(fields: &Fields<'_>, name: &'static str) -> Result<Pairs, JsValue> {
    let mut pairs = pairs(fields, name)?;
    for (header, value) in &mut pairs {
        header.make_ascii_lowercase();
        let refusal = if header.is_empty() || !header.bytes().all(is_token) {
            "has a header name that HTTP does not allow"
        } else if value.as_ref().is_some_and(|value| !is_header_value(value)) {
            "has a header value with a line break or another character that HTTP does not allow"
        } else {
            continue;
        };
        return Err(fields.refuse(name, refusal));
    }
    Ok(pairs)
}

/// Reads a query: as [`headers`], from an object, pairs or a `URLSearchParams`.
pub(crate) fn query(fields: &Fields<'_>, name: &'static str) -> Result<Pairs, JsValue> {
    pairs(fields, name)
}

fn pairs(fields: &Fields<'_>, name: &'static str) -> Result<Pairs, JsValue> {
    let value = fields.raw(name)?;
    if value.is_undefined() || value.is_null() {
        return Ok(Pairs::new());
    }
    if !value.is_object() {
        return Err(fields.refuse(name, "must be an object"));
    }
    let entries = if Reflect::has(&value, &js_sys::Symbol::iterator())? {
        array_from(&value)?
    } else {
        entries(&value)?
    };
    let mut pairs = Pairs::with_capacity(entries.length() as usize);
    for entry in entries.iter() {
        if !entry.is_object() {
            return Err(fields.refuse(name, "must hold names and values"));
        }
        let entry = entry.unchecked_into::<Array>();
        let value = entry.get(1);
        let value = if value.is_undefined() {
            continue;
        } else if value.is_null() {
            None
        } else {
            match as_text(&value) {
                Some(text) => Some(text),
                None => return Err(fields.refuse(name, "must hold strings")),
            }
        };
        match entry.get(0).as_string() {
            Some(key) => pairs.push((key, value)),
            None => return Err(fields.refuse(name, "must hold names and values")),
        }
    }
    Ok(pairs)
}

/// Strings, numbers and booleans: what a caller may mean by a header or a query value.
fn as_text(value: &JsValue) -> Option<String> {
    value.as_string().or_else(|| {
        let plain = value.as_f64().is_some() || value.as_bool().is_some();
        let printed = js_sys::JSON::stringify(value).ok()?;
        plain.then(|| String::from(printed))
    })
}

/// RFC 9110 §5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
        )
}

/// RFC 9110 §5.5, in ASCII: what every engine sends as it stands.
fn is_header_value(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte == b'\t' || (0x20..0x7F).contains(&byte))
}

//! A JavaScript value as `JSON.stringify` reads it, offered as a serde `Deserializer`.
//!
//! serde-wasm-bindgen's own cannot serve here: it does not tell `undefined` (left out) from
//! `null` (sent), knows no `toJSON`, reads a `Map` as an object, and its strings lose lone
//! surrogates. The steps are those of SerializeJSONProperty (ECMA-262 §25.5.2.2), except that
//! what JSON cannot hold is an error and not `null` or nothing.

use js_sys::{Array, Function, JsString, Number, Object, Reflect, Uint8Array};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use bedrock_chat_core::json;

/// Deeper is a mistake, and would end the module's stack of 1 MiB.
const MAX_DEPTH: usize = 512;

// As in js-sys, but what a proxy throws in them can be caught: an exception that passes through
// Rust leaves the client borrowed.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = Object)]
    fn keys(object: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;

    type TextEncoder;
    #[wasm_bindgen(catch, constructor)]
    fn new() -> Result<TextEncoder, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn encode(this: &TextEncoder, text: &JsString) -> Result<JsValue, JsValue>;
}

/// Why a value could not be read.
pub(crate) enum BodyError {
    /// An exception of the caller's own code: a getter, a `toJSON`, a proxy.
    Thrown(JsValue),
    /// JSON cannot hold it. Completes "`path` …".
    NotJson(&'static str),
    /// A rule of the visitor was broken; the visitor knows which.
    Rule,
}

impl From<JsValue> for BodyError {
    fn from(thrown: JsValue) -> Self {
        Self::Thrown(thrown)
    }
}

impl core::fmt::Debug for BodyError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("BodyError")
    }
}

impl core::fmt::Display for BodyError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("BodyError")
    }
}

impl core::error::Error for BodyError {}

impl de::Error for BodyError {
    fn custom<T: core::fmt::Display>(_message: T) -> Self {
        Self::Rule
    }
}

/// One value, resolved, and the objects it stands in.
pub(crate) struct Body<'p> {
    value: JsValue,
    within: Option<&'p Holder<'p>>,
}

/// An object on the way from the body to a value: a chain on the stack.
struct Holder<'p> {
    object: &'p JsValue,
    depth: usize,
    within: Option<&'p Holder<'p>>,
}

impl Holder<'_> {
    fn is_or_stands_in(&self, object: &JsValue) -> bool {
        let mut holder = Some(self);
        while let Some(ancestor) = holder {
            if Object::is(ancestor.object, object) {
                return true;
            }
            holder = ancestor.within;
        }
        false
    }
}

impl Body<'static> {
    pub(crate) fn new(value: JsValue) -> Result<Self, JsValue> {
        Ok(Self {
            value: resolve(value, &|| JsValue::from_str(""))?,
            within: None,
        })
    }
}

impl Body<'_> {
    /// What is read, after a `toJSON` of its own.
    pub(crate) fn value(&self) -> &JsValue {
        &self.value
    }

    fn holder<'a>(&'a self) -> Result<Holder<'a>, BodyError> {
        let depth = self.within.map_or(0, |holder| holder.depth + 1);
        if depth >= MAX_DEPTH {
            return Err(BodyError::NotJson("is nested too deeply"));
        }
        if self
            .within
            .is_some_and(|holder| holder.is_or_stands_in(&self.value))
        {
            return Err(BodyError::NotJson("refers back to an object it stands in"));
        }
        Ok(Holder {
            object: &self.value,
            depth,
            within: self.within,
        })
    }
}

/// Steps 2 to 4: `toJSON`, which is called with the value's key, and the wrappers
/// `new Number(1)`, `new String("a")`, ….
fn resolve(mut value: JsValue, key: &dyn Fn() -> JsValue) -> Result<JsValue, JsValue> {
    if !value.is_object() {
        return Ok(value);
    }
    let to_json = Reflect::get(&value, &JsValue::from_str("toJSON"))?;
    if let Some(to_json) = to_json.dyn_ref::<Function>() {
        value = to_json.call1(&value, &key())?;
    }
    if value.is_object() && is_wrapper(&value) {
        let value_of = Reflect::get(&value, &JsValue::from_str("valueOf"))?;
        if let Some(value_of) = value_of.dyn_ref::<Function>() {
            value = value_of.call0(&value)?;
        }
    }
    Ok(value)
}

fn is_wrapper(value: &JsValue) -> bool {
    value.is_instance_of::<Number>()
        || value.is_instance_of::<JsString>()
        || value.is_instance_of::<js_sys::Boolean>()
        || value.is_instance_of::<js_sys::BigInt>()
}

impl<'de> Deserializer<'de> for Body<'_> {
    type Error = BodyError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, BodyError> {
        let value = &self.value;
        if let Some(text) = value.dyn_ref::<JsString>() {
            return visit_string(text, visitor);
        }
        if let Some(number) = value.as_f64() {
            return visitor.visit_f64(number);
        }
        if let Some(boolean) = value.as_bool() {
            return visitor.visit_bool(boolean);
        }
        if value.is_null() || value.is_undefined() {
            return visitor.visit_unit();
        }
        if let Some(reason) = not_json(value) {
            return Err(BodyError::NotJson(reason));
        }
        let holder = self.holder()?;
        if is_array(value)? {
            let length = Reflect::get(value, &"length".into())?.as_f64();
            visitor.visit_seq(Elements {
                length: length.unwrap_or(0.0) as u32,
                holder: &holder,
                next: 0,
            })
        } else {
            let keys = keys(value)?;
            visitor.visit_map(Members {
                keys,
                holder: &holder,
                next: 0,
                value: JsValue::UNDEFINED,
            })
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

fn not_json(value: &JsValue) -> Option<&'static str> {
    if value.is_function() {
        Some("is a function, which JSON cannot hold")
    } else if value.is_symbol() {
        Some("is a symbol, which JSON cannot hold")
    } else if value.is_bigint() {
        Some("is a BigInt, which JSON cannot hold")
    } else {
        None
    }
}

/// As text; with lone surrogates, as the escaped body that `JSON.stringify` would write.
fn visit_string<'de, V: Visitor<'de>>(text: &JsString, visitor: V) -> Result<V::Value, BodyError> {
    // Lone surrogates arrive as U+FFFD: only then is a second look needed.
    let lossy = utf8(text);
    if holds_replacement(lossy.as_bytes()) {
        let units = (0..text.length()).map(|at| text.char_code_at(at) as u16);
        return visitor.visit_bytes(escape_utf16(units).as_bytes());
    }
    visitor.visit_string(lossy)
}

/// A long text by the engine's encoder: the glue's own goes character by character.
fn utf8(text: &JsString) -> String {
    const LONG: u32 = 512;
    let encode = || {
        let bytes = TextEncoder::new().ok()?.encode(text).ok()?;
        String::from_utf8(bytes.dyn_into::<Uint8Array>().ok()?.to_vec()).ok()
    };
    let encoded = if text.length() < LONG { None } else { encode() };
    encoded.unwrap_or_else(|| text.into())
}

/// Whether there is a U+FFFD. (The library's search weighs 2 KB.)
fn holds_replacement(mut bytes: &[u8]) -> bool {
    const FIRST: u8 = 0xEF;
    loop {
        bytes = match bytes.split_first_chunk() {
            Some((eight, after)) if json::marks(u64::from_le_bytes(*eight), FIRST) == 0 => after,
            _ => match bytes {
                [] => return false,
                [FIRST, 0xBF, 0xBD, ..] => return true,
                [_, after @ ..] => after,
            },
        };
    }
}

fn escape_utf16(units: impl Iterator<Item = u16>) -> String {
    let mut escaped = String::new();
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(character) => {
                json::escape_into(character.encode_utf8(&mut [0; 4]), &mut escaped);
            }
            Err(lone) => escape_unit(lone.unpaired_surrogate(), &mut escaped),
        }
    }
    escaped
}

/// `\uXXXX`, for a surrogate: it has four digits.
fn escape_unit(unit: u16, out: &mut String) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        let digit = u32::from(unit >> shift) & 15;
        out.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}

/// The key that an element has for `toJSON`: its index as a string.
fn index_key(index: u32) -> JsValue {
    js_sys::JSON::stringify(&index.into()).map_or(JsValue::UNDEFINED, JsValue::from)
}

struct Elements<'p> {
    length: u32,
    holder: &'p Holder<'p>,
    next: u32,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = BodyError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, BodyError> {
        let index = self.next;
        if index >= self.length {
            return Ok(None);
        }
        self.next += 1;
        let value = resolve(
            Reflect::get_u32(self.holder.object.unchecked_ref(), index)?,
            &|| index_key(index),
        )?;
        seed.deserialize(Body {
            value,
            within: Some(self.holder),
        })
        .map(Some)
    }
}

struct Members<'p> {
    keys: Array,
    holder: &'p Holder<'p>,
    next: u32,
    value: JsValue,
}

impl Members<'_> {
    /// The next key that has a value: what is `undefined` is left out, also when `toJSON` says so.
    fn advance(&mut self) -> Result<Option<JsValue>, JsValue> {
        while self.next < self.keys.length() {
            let key = self.keys.get(self.next);
            self.next += 1;
            let value = Reflect::get(self.holder.object, &key)?;
            let value = resolve(value, &|| key.clone())?;
            if !value.is_undefined() {
                self.value = value;
                return Ok(Some(key));
            }
        }
        Ok(None)
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = BodyError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, BodyError> {
        match self.advance()? {
            Some(key) => seed
                .deserialize(Body {
                    value: key,
                    within: None,
                })
                .map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, BodyError> {
        let value = core::mem::replace(&mut self.value, JsValue::UNDEFINED);
        seed.deserialize(Body {
            value,
            within: Some(self.holder),
        })
    }
}

//! ApplyGuardrail and InvokeGuardrailChecks: what is asked of them, as path and body.
//!
//! ```
//! use bedrock_chat_core::apply::apply;
//!
//! let json = r#"{"identifier":"gr1","version":"1","source":"INPUT","content":[{"text":{"text":"Hi"}}]}"#;
//! let (path, body) = apply(json).unwrap();
//! assert_eq!(path, "/guardrail/gr1/version/1/apply");
//! assert_eq!(body, r#"{"source":"INPUT","content":[{"text":{"text":"Hi"}}]}"#);
//! ```

use crate::guardrail::{Invalid, is_identifier, is_version};
use crate::json::{Kind, Value};
use crate::sigv4::push_encoded;

/// A request of ApplyGuardrail: the guardrail goes into the path, everything else stays.
///
/// # Errors
/// The first member that breaks a rule.
pub fn apply(json: &str) -> Result<(String, String), Invalid> {
    let request = read(json)?;
    let text = |name| request.get(name).and_then(|it| it.to_text());
    let identifier = text("identifier").unwrap_or_default();
    let version = text("version").unwrap_or_default();
    // `..` would be no part of a path.
    let is_name = identifier.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if !is_name || !is_identifier(&identifier) {
        return refused("identifier", "must be the id or ARN of a guardrail");
    }
    if !is_version(&version) {
        return refused("version", "must be DRAFT or a number from 1 to 99999999");
    }
    let is_source = |it: Value<'_>| it.is_string("INPUT") || it.is_string("OUTPUT");
    if !request.get("source").is_some_and(is_source) {
        return refused("source", "must be INPUT or OUTPUT");
    }
    need_list(request, "content")?;
    let mut path = String::from("/guardrail/");
    // An ARN is one segment.
    push_encoded(&mut path, identifier.bytes());
    path.push_str("/version/");
    path.push_str(&version);
    path.push_str("/apply");
    Ok((path, without(request, &["identifier", "version"])))
}

/// A request of InvokeGuardrailChecks, which stays as it is.
///
/// # Errors
/// The first member that breaks a rule.
pub fn check(json: &str) -> Result<(String, String), Invalid> {
    let request = read(json)?;
    need_list(request, "messages")?;
    let is_object = |it: Value<'_>| it.kind() == Kind::Object;
    if !request.get("checks").is_some_and(is_object) {
        return refused("checks", "must be an object");
    }
    Ok((String::from("/guardrail-checks/invoke"), json.into()))
}

fn refused<T>(path: &'static str, rule: &'static str) -> Result<T, Invalid> {
    Err(Invalid { path, rule })
}

fn read(json: &str) -> Result<Value<'_>, Invalid> {
    match Value::parse_str(json) {
        Ok(value) if value.kind() == Kind::Object => Ok(value),
        Ok(_) => refused("", "must be an object"),
        Err(_) => refused("", "cannot be read"),
    }
}

fn need_list(request: Value<'_>, name: &'static str) -> Result<(), Invalid> {
    let has_some = |it: Value<'_>| it.elements().next().is_some();
    if request.get(name).is_some_and(has_some) {
        Ok(())
    } else {
        refused(name, "must be a list, and not an empty one")
    }
}

/// An object without these members.
pub(crate) fn without(object: Value<'_>, names: &[&str]) -> String {
    let mut out = String::from("{");
    for member in object.members() {
        if names.iter().any(|name| member.key.is(name)) {
            continue;
        }
        if out.len() > 1 {
            out.push(',');
        }
        out.push('"');
        out.push_str(member.key.body());
        out.push_str("\":");
        out.push_str(member.value.raw());
    }
    out.push('}');
    out
}

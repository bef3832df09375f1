//! JSON Schema: what Bedrock takes of it.

use serde_json::Value;

/// What Bedrock's structured output does not take, by
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>.
const UNSUPPORTED: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "oneOf",
];

const FORMATS: &[&str] = &[
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "uri",
    "ipv4",
    "ipv6",
    "uuid",
];

/// Whether Bedrock takes a schema.
///
/// # Errors
/// Where it does not, and why, in OpenAI's words.
pub fn check(schema: &Value, strict: bool) -> Result<(), String> {
    let checker = Checker {
        root: schema,
        strict,
    };
    if strict && schema["type"] != "object" {
        return Err(complaint(&[], "schema must have a 'type' of 'object'"));
    }
    checker.check(schema, &mut Vec::new(), &mut Vec::new())
}

struct Checker<'a> {
    root: &'a Value,
    strict: bool,
}

impl<'a> Checker<'a> {
    /// `references` are those that lead here.
    fn check(
        &self,
        schema: &'a Value,
        path: &mut Vec<&'a str>,
        references: &mut Vec<&'a str>,
    ) -> Result<(), String> {
        if let Some(keyword) = UNSUPPORTED
            .iter()
            .find(|keyword| schema.get(**keyword).is_some())
        {
            return Err(complaint(path, &format!("'{keyword}' is not permitted")));
        }
        if schema["minItems"].as_u64().is_some_and(|fewest| fewest > 1) {
            return Err(complaint(path, "'minItems' must be 0 or 1"));
        }
        if let Some(format) = schema["format"].as_str()
            && !FORMATS.contains(&format)
        {
            return Err(complaint(
                path,
                &format!("format '{format}' is not supported"),
            ));
        }
        self.check_object(schema, path)?;
        if let Some(reference) = schema["$ref"].as_str() {
            self.check_reference(reference, path, references)?;
        }
        for keyword in ["properties", "$defs", "definitions"] {
            for (name, part) in schema[keyword].as_object().into_iter().flatten() {
                // A definition is looked at where it is used as well, for the sake of recursion.
                path.extend([keyword, name]);
                self.check(part, path, references)?;
                path.truncate(path.len() - 2);
            }
        }
        for keyword in ["anyOf", "allOf"] {
            for part in schema[keyword].as_array().into_iter().flatten() {
                path.push(keyword);
                self.check(part, path, references)?;
                path.pop();
            }
        }
        if schema["items"].is_object() {
            path.push("items");
            self.check(&schema["items"], path, references)?;
            path.pop();
        }
        Ok(())
    }

    fn check_object(&self, schema: &Value, path: &[&str]) -> Result<(), String> {
        let additional = schema.get("additionalProperties");
        let is_object = schema["type"] == "object" || schema["properties"].is_object();
        if additional.is_some_and(|additional| additional != false)
            || (self.strict && is_object && additional.is_none())
        {
            let rule = "'additionalProperties' is required to be supplied and to be false";
            return Err(complaint(path, rule));
        }
        let required = schema["required"].as_array();
        let is_required =
            |name: &str| required.is_some_and(|names| names.iter().any(|known| known == name));
        let mut names = schema["properties"].as_object().into_iter().flatten();
        match names.find(|(name, _)| self.strict && !is_required(name)) {
            Some((name, _)) => Err(complaint(
                path,
                &format!(
                    "'required' is required to be supplied and to be an array including every \
                     key in properties. Missing '{name}'"
                ),
            )),
            None => Ok(()),
        }
    }

    fn check_reference(
        &self,
        reference: &'a str,
        path: &mut Vec<&'a str>,
        references: &mut Vec<&'a str>,
    ) -> Result<(), String> {
        if references.contains(&reference) {
            return Err(complaint(path, "recursive schemas are not supported"));
        }
        let target = reference
            .strip_prefix('#')
            .and_then(|pointer| self.root.pointer(pointer));
        let Some(target) = target else {
            return Err(complaint(
                path,
                &format!("'$ref' '{reference}' is not local"),
            ));
        };
        references.push(reference);
        self.check(target, path, references)?;
        references.pop();
        Ok(())
    }
}

fn complaint(path: &[&str], rule: &str) -> String {
    let steps: Vec<String> = path.iter().map(|step| format!("'{step}'")).collect();
    format!("In context=({}), {rule}.", steps.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_bedrock_does_not_take_is_named() {
        let object = |name: &str, schema: Value| json!({ "properties": { name: schema } });
        let cases = [
            (
                object("a", json!({ "minimum": 1 })),
                "In context=('properties', 'a'), 'minimum' is",
            ),
            (
                object("a", json!({ "items": { "maxLength": 1 } })),
                "'a', 'items'), 'maxLength'",
            ),
            (json!({ "minItems": 2 }), "In context=(), 'minItems'"),
            (
                object("a", json!({ "oneOf": [] })),
                "('properties', 'a'), 'oneOf' is not permitted",
            ),
            (json!({ "format": "regex" }), "format 'regex'"),
            (
                json!({ "anyOf": [{ "multipleOf": 2 }] }),
                "('anyOf'), 'multipleOf'",
            ),
            (
                json!({ "additionalProperties": true }),
                "'additionalProperties'",
            ),
            (object("a", json!({ "$ref": "#" })), "recursive"),
            (
                json!({ "$ref": "#/$defs/a", "$defs": { "a": { "items": { "$ref": "#/$defs/a" } } } }),
                "recursive",
            ),
            (json!({ "$ref": "https://example.com/" }), "is not local"),
        ];
        for (schema, complaint) in cases {
            let error = check(&schema, false).unwrap_err();
            assert!(error.contains(complaint), "{error}");
        }
        let fine = json!({
            "properties": { "a": { "$ref": "#/$defs/b" }, "c": { "$ref": "#/$defs/b" } },
            "$defs": { "b": { "type": "array", "minItems": 1, "items": { "format": "date" } } }
        });
        check(&fine, false).unwrap();
    }

    #[test]
    fn strict_schemas_are_closed() {
        let closed = json!({
            "type": "object", "properties": { "a": {} }, "required": ["a"],
            "additionalProperties": false
        });
        check(&closed, true).unwrap();
        for (keyword, complaint) in [
            ("additionalProperties", "'additionalProperties' is required"),
            ("required", "Missing 'a'"),
            ("type", "'type' of 'object'"),
        ] {
            let mut open = closed.clone();
            open.as_object_mut().unwrap().remove(keyword);
            let error = check(&open, true).unwrap_err();
            assert!(error.contains(complaint), "{error}");
        }
    }
}

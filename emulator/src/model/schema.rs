//! JSON Schema: an instance that fits.

use serde_json::{Map, Value, json};

/// Below this, what need not be there is left out, so that a recursive schema comes to an end.
const DEEP: usize = 6;
/// Below this there is nothing at all.
const DEEPEST: usize = 32;

/// An instance of a schema. `variant` tells those of one schema from each other.
#[must_use]
pub fn instance(schema: &Value, variant: usize) -> Value {
    Generator {
        root: schema,
        variant,
    }
    .value(schema, "", 0)
}

/// JSON of an instance that does not fit: what stands first in it is something else.
#[must_use]
pub fn misfit(mut instance: Value) -> String {
    if let Some(first) = instance
        .as_object_mut()
        .and_then(|members| members.values_mut().next())
    {
        *first = json!({ "not": "asked for" });
    }
    instance.to_string()
}

struct Generator<'a> {
    root: &'a Value,
    variant: usize,
}

impl Generator<'_> {
    fn value(&self, schema: &Value, name: &str, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference
                .strip_prefix('#')
                .and_then(|pointer| self.root.pointer(pointer));
            return target.map_or(Value::Null, |target| self.value(target, name, depth + 1));
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(values) = schema["enum"].as_array() {
            return values.first().cloned().unwrap_or_default();
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(branches) = schema[keyword].as_array() {
                let branch = branches
                    .iter()
                    .find(|branch| depth <= DEEP || branch["type"] == "null")
                    .or(branches.first());
                return branch.map_or(Value::Null, |branch| self.value(branch, name, depth + 1));
            }
        }
        if let Some(branches) = schema["allOf"].as_array() {
            return self.value(&merged(schema, branches), name, depth + 1);
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds
                .iter()
                .filter_map(Value::as_str)
                .find(|kind| *kind != "null")
                .unwrap_or("null"),
            Value::String(kind) => kind,
            _ if schema["properties"].is_object() => "object",
            _ if schema["items"].is_object() => "array",
            _ => "string",
        };
        match kind {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "string" => self.string(schema, name).into(),
            "integer" => json!(number(schema, 7.0, 1.0) as i64),
            "number" => json!(number(schema, 21.5, 0.5)),
            "boolean" => true.into(),
            _ => Value::Null,
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let required = |name: &str| {
            let names = schema["required"].as_array();
            names.is_some_and(|names| names.iter().any(|required| required == name))
        };
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties
            .filter(|(name, _)| depth <= DEEP || required(name))
            .map(|(name, schema)| (name.clone(), self.value(schema, name, depth + 1)))
            .collect::<Map<_, _>>()
            .into()
    }

    fn array(&self, schema: &Value, name: &str, depth: usize) -> Value {
        let limit = |keyword: &str| schema[keyword].as_u64().map(|limit| limit as usize);
        let fewest = limit("minItems").unwrap_or(0);
        let wanted = if depth <= DEEP { 2 } else { 0 };
        let count = wanted
            .max(fewest)
            .min(limit("maxItems").unwrap_or(usize::MAX));
        let item = |_| self.value(&schema["items"], name, depth + 1);
        (0..count).map(item).collect()
    }

    fn string(&self, schema: &Value, name: &str) -> String {
        let cities = ["Zürich, 東京 🌦️", "København", "São Paulo"];
        let mut text = match (schema["format"].as_str().unwrap_or_default(), name) {
            ("date-time", _) => "2026-01-02T03:04:05Z".to_owned(),
            ("time", _) => "03:04:05Z".to_owned(),
            ("date", _) => "2026-01-02".to_owned(),
            ("duration", _) => "P1DT2H".to_owned(),
            ("email", _) => "someone@example.com".to_owned(),
            ("hostname", _) => "example.com".to_owned(),
            ("uri", _) => "https://example.com/a?b=c".to_owned(),
            ("ipv4", _) => "192.0.2.1".to_owned(),
            ("ipv6", _) => "2001:db8::1".to_owned(),
            ("uuid", _) => "123e4567-e89b-12d3-a456-426614174000".to_owned(),
            (_, "location" | "city") => cities
                .get(self.variant % cities.len())
                .unwrap_or(&"Zürich")
                .to_string(),
            (_, "unit") => "celsius".to_owned(),
            (_, name) => format!("an emulated \"{name}\": é, 漢字"),
        };
        let limit = |keyword: &str| schema[keyword].as_u64().map(|limit| limit as usize);
        while text.chars().count() < limit("minLength").unwrap_or(0) {
            text.push('…');
        }
        match limit("maxLength") {
            Some(longest) => text.chars().take(longest).collect(),
            None => text,
        }
    }
}

/// A number as near to `wanted` as the bounds of a schema allow.
fn number(schema: &Value, wanted: f64, step: f64) -> f64 {
    let bound = |keyword: &str| schema[keyword].as_f64();
    let least = bound("minimum").or(bound("exclusiveMinimum").map(|bound| bound + step));
    let most = bound("maximum").or(bound("exclusiveMaximum").map(|bound| bound - step));
    let number = wanted
        .max(least.unwrap_or(f64::MIN))
        .min(most.unwrap_or(f64::MAX));
    match bound("multipleOf") {
        Some(factor) if factor > 0.0 => {
            let above = (number / factor).ceil() * factor;
            if above <= most.unwrap_or(f64::MAX) {
                above
            } else {
                above - factor
            }
        }
        _ => number,
    }
}

/// A schema and the branches of its `allOf` as one.
fn merged(schema: &Value, branches: &[Value]) -> Value {
    let mut all = Map::new();
    let parts = std::iter::once(schema).chain(branches);
    for (keyword, value) in parts.filter_map(Value::as_object).flatten() {
        match (all.get_mut(keyword), value) {
            _ if keyword == "allOf" => {}
            (Some(Value::Object(known)), Value::Object(more)) => known.extend(more.clone()),
            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.clone()),
            _ => drop(all.insert(keyword.clone(), value.clone())),
        }
    }
    all.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_fit() {
        let cases = [
            (json!({ "type": "boolean" }), json!(true)),
            (json!({ "type": ["null", "integer"] }), json!(7)),
            (
                json!({ "type": "integer", "minimum": 10, "multipleOf": 4 }),
                json!(12),
            ),
            (json!({ "type": "integer", "maximum": 3 }), json!(3)),
            (
                json!({ "type": "number", "exclusiveMaximum": 1 }),
                json!(0.5),
            ),
            (json!({ "const": null }), json!(null)),
            (json!({ "enum": ["b", "a"] }), json!("b")),
            (
                json!({ "type": "string", "format": "date" }),
                json!("2026-01-02"),
            ),
            (json!({ "type": "string", "maxLength": 2 }), json!("an")),
            (
                json!({ "anyOf": [{ "const": 1 }, { "const": 2 }] }),
                json!(1),
            ),
            (
                json!({ "type": "array", "items": { "type": "null" }, "maxItems": 1 }),
                json!([null]),
            ),
            (
                json!({
                    "$defs": { "a/b": { "const": "x" } },
                    "allOf": [
                        { "properties": { "p": { "$ref": "#/$defs/a~1b" } } },
                        { "properties": { "q": { "type": "number" } } }
                    ]
                }),
                json!({ "p": "x", "q": 21.5 }),
            ),
        ];
        for (schema, expected) in cases {
            assert_eq!(instance(&schema, 0), expected, "{schema}");
        }
    }

    #[test]
    fn recursion_ends() {
        let endless = json!({ "properties": { "next": { "$ref": "#" } }, "required": ["next"] });
        assert!(instance(&endless, 0).is_object());
        let list = json!({
            "type": "object",
            "properties": { "next": { "anyOf": [{ "$ref": "#" }, { "type": "null" }] } },
            "required": ["next"]
        });
        let nested = json!({ "next": { "next": { "next": null } } });
        assert_eq!(instance(&list, 0), nested);
    }
}

//! What is known of models: one table, [`TABLE`], with where each line comes from, and of which
//! day it is. It is used for paths, hints and refusals; no request is ever changed by it. A caller
//! may put lines of his own before it (the option `models`), and need not wait for a release.

use crate::family::Family;
use crate::json::{Kind, Member, Value};
use crate::text;

/// The table, as JSON: an array of lines, of which the first that matches and has a field counts.
///
/// | field | what it says |
/// |---|---|
/// | `match` | what a model's id begins with, without the prefix of an inference profile |
/// | `endpoints` | where its chat completions are; everywhere without it |
/// | `runtimeId`, `mantleId` | its id there, where the two differ |
/// | `profile` | whether runtime takes the id of an inference profile alone |
/// | `mantlePath` | mantle's path for it; `/v1` without one |
/// | `guardrail` | what runtime does about a guardrail's headers: `enforced`, or `unproven` where AWS documents guardrails for Converse alone; AWS's pages say `enforced` of all others |
/// | `reasoning` | where its reasoning is: `inline`, `field`, `hidden`; by endpoint |
/// | `tools` | what tools ask for |
/// | `structuredOutput` | whether `response_format` is heard |
/// | `serviceTiers` | the values of `service_tier` that it takes |
/// | `source`, `date` | who says so, and when |
pub const TABLE: &str = include_str!("models.json");

/// What the ids of inference profiles begin with.
const PROFILE_PREFIXES: &str = "global. us. us-gov. eu. apac. jp. au.";

/// What the ARN of an application inference profile holds.
const APPLICATION_PROFILE: &str = ":application-inference-profile/";

/// A model's id without the prefix of an inference profile; of an ARN, what it ends in.
fn bare(model: &str) -> &str {
    let id = match text::split(model, b'/').last() {
        Some(last) if model.starts_with("arn:") => last,
        _ => model,
    };
    let bare = text::split(PROFILE_PREFIXES, b' ').find_map(|prefix| id.strip_prefix(prefix));
    bare.unwrap_or(id)
}

/// What is known of models: the table, behind the lines of a caller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Models<'a> {
    /// The option `models`, as JSON; empty without one.
    pub own: &'a str,
}

/// What is known of one model: the lines that match, the first of them first.
struct Known<'a>(Vec<Value<'a>>);

impl<'a> Known<'a> {
    fn field(&self, name: &str) -> Option<Value<'a>> {
        self.0.iter().find_map(|line| line.get(name))
    }

    fn word(&self, name: &str) -> Option<&'a str> {
        self.field(name)?.string_body()
    }
}

impl<'a> Models<'a> {
    fn of(self, model: &str) -> Known<'a> {
        let id = bare(model);
        let mut known = Vec::new();
        for json in [self.own, TABLE] {
            let Ok(table) = Value::parse_str(json) else {
                continue;
            };
            for line in table.elements() {
                let start = line.get("match").and_then(|start| start.string_body());
                if start.is_some_and(|start| text::begins_with(id, start)) {
                    known.push(line);
                }
            }
        }
        Known(known)
    }

    /// The lines that match, as JSON, with commas between them.
    pub(crate) fn write_lines(self, model: &str, out: &mut String) {
        for (number, line) in self.of(model).0.iter().enumerate() {
            if number > 0 {
                out.push(',');
            }
            out.push_str(line.raw());
        }
    }

    /// Where mantle serves a model: the other path answers 400.
    pub(crate) fn mantle_base_path(self, model: &str) -> &'static str {
        match self.of(model).word("mantlePath") {
            Some("/openai/v1") => "/openai/v1",
            _ => "/v1",
        }
    }

    /// Whether an endpoint is known to apply the guardrail of a chat completion.
    pub(crate) fn enforces(self, family: Family, model: &str) -> bool {
        let word = || self.of(model).word("guardrail");
        family == Family::Runtime && word().is_none_or(|it| it == "enforced")
    }

    /// What is certainly wrong with asking this family for this model: the services themselves
    /// answer with no more than "invalid" or "does not exist".
    pub(crate) fn hint(self, family: Family, model: &str) -> Option<String> {
        let (known, bare) = (self.of(model), bare(model));
        let (own, other, own_id, other_id, known_as) = match family {
            Family::Runtime => ("runtime", "mantle", "runtimeId", "mantleId", model),
            Family::Mantle => ("mantle", "runtime", "mantleId", "runtimeId", bare),
        };
        // How many endpoints it has, and the last of them.
        let mut endpoints = None;
        if let Some(list) = known.field("endpoints") {
            let mut found = (0, "");
            for name in list.elements() {
                if let Some(name) = name.string_body() {
                    found = (found.0 + 1, name);
                }
            }
            endpoints = Some(found);
        }
        let id = match known.word(own_id) {
            Some(id) if known.word(other_id) == Some(known_as) => id,
            None if family == Family::Mantle && !model.starts_with("arn:") => bare,
            _ => model,
        };
        let needs_profile = || {
            let profile = known.field("profile");
            profile.is_some_and(|it| it.raw() == "true")
        };
        let parts = if text::rfind(model, APPLICATION_PROFILE).is_some() {
            [
                "chat completions take no application inference profile",
                "",
                "",
                "",
            ]
        } else if matches!(endpoints, Some((0, _))) {
            [
                "this model has no chat completions on Bedrock: use Converse",
                "",
                "",
                "",
            ]
        } else if endpoints == Some((1, other)) {
            ["this model is on ", other, " alone", ""]
        } else if id != model {
            ["on ", own, " this model's id is ", id]
        } else if family == Family::Runtime && bare == model && needs_profile() {
            [
                "on runtime this model needs the id of an inference profile, such as us.",
                model,
                "",
                "",
            ]
        } else {
            return None;
        };
        Some(parts.concat())
    }
}

/// What is wrong with the option `models`: the path to it, and the rule.
pub(crate) fn check(json: &str) -> Result<(), (String, &'static str)> {
    const FIELDS: &str = "match endpoints runtimeId mantleId profile mantlePath guardrail \
        reasoning tools structuredOutput serviceTiers source date";
    static WORDS: [(&str, &str, &str); 2] = [
        (
            "mantlePath",
            "/v1 /openai/v1",
            "must be \"/v1\" or \"/openai/v1\"",
        ),
        (
            "guardrail",
            "enforced unproven",
            "must be \"enforced\" or \"unproven\"",
        ),
    ];
    let list = Value::parse_str(json).ok();
    let list = list.filter(|list| list.kind() == Kind::Array);
    let list = list.ok_or_else(|| (String::from("models"), "must be a list"))?;
    for (number, line) in list.elements().enumerate() {
        let at = |name: &str, rule| {
            let mut path = String::from("models[");
            text::push_integer(&mut path, number as u64, 1);
            path.push_str("].");
            path.push_str(name);
            Err((path, rule))
        };
        if line
            .get("match")
            .is_none_or(|it| it.string_body().is_none())
        {
            return at("match", "must be a string: what a model's id begins with");
        }
        for Member { key, .. } in line.members() {
            let key = key.to_text();
            if !text::is_word(FIELDS, &key) {
                let key = if key.len() > 64 { "…" } else { &key };
                return at(key, "is no field of a model's line");
            }
        }
        for (name, words, rule) in &WORDS {
            let value = line.get(name);
            let is_one =
                |it: Value<'_>| it.string_body().is_some_and(|it| text::is_word(words, it));
            if !value.is_none_or(is_one) {
                return at(name, rule);
            }
        }
    }
    Ok(())
}

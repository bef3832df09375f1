//! What is known of models: one table, [`TABLE`], with where each line comes from, and of which
//! day it is. It is used for paths, hints and refusals; no request is ever changed by it. A caller
//! may put lines of his own before it (the option `models`), and need not wait for a release.

use crate::family::Family;
use crate::json::{Kind, Member, Value};

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
const PROFILE_PREFIXES: [&str; 7] = ["global.", "us.", "us-gov.", "eu.", "apac.", "jp.", "au."];

/// What the ARN of an application inference profile holds.
const APPLICATION_PROFILE: &str = ":application-inference-profile/";

/// A model's id without the prefix of an inference profile; of an ARN, what it ends in.
fn bare(model: &str) -> &str {
    let id = match crate::text::split(model, b'/').last() {
        Some(last) if model.starts_with("arn:") => last,
        _ => model,
    };
    let bare = PROFILE_PREFIXES
        .iter()
        .find_map(|prefix| id.strip_prefix(prefix));
    bare.unwrap_or(id)
}

/// What is known of models: the table, behind the lines of a caller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Models<'a> {
    /// The option `models`, as JSON; empty without one.
    pub own: &'a str,
}

impl<'a> Models<'a> {
    /// The lines that match, the first of them first.
    fn lines(self, model: &str) -> impl Iterator<Item = Value<'a>> {
        let id = bare(model);
        let of = |json: &'a str| Value::parse(json.as_bytes()).ok();
        let tables = [of(self.own), of(TABLE)].into_iter().flatten();
        tables
            .flat_map(|table| table.elements())
            .filter(move |line| {
                let start = line.get("match").and_then(|start| start.string_body());
                start.is_some_and(|start| {
                    let same = id.get(..start.len());
                    same.is_some_and(|same| same.eq_ignore_ascii_case(start))
                })
            })
    }

    fn field(self, model: &str, name: &str) -> Option<Value<'a>> {
        self.lines(model).find_map(|line| line.get(name))
    }

    fn word(self, model: &str, name: &str) -> Option<&'a str> {
        self.field(model, name)?.string_body()
    }

    /// The lines that match, as JSON, with commas between them.
    pub(crate) fn write_lines(self, model: &str, out: &mut String) {
        for (number, line) in self.lines(model).enumerate() {
            if number > 0 {
                out.push(',');
            }
            out.push_str(line.raw());
        }
    }

    /// Where mantle serves a model: the other path answers 400.
    pub(crate) fn mantle_base_path(self, model: &str) -> &'static str {
        match self.word(model, "mantlePath") {
            Some("/openai/v1") => "/openai/v1",
            _ => "/v1",
        }
    }

    /// Whether an endpoint is known to apply the guardrail of a chat completion.
    pub(crate) fn enforces(self, family: Family, model: &str) -> bool {
        family == Family::Runtime
            && self
                .word(model, "guardrail")
                .is_none_or(|it| it == "enforced")
    }

    /// What is certainly wrong with asking this family for this model: the services themselves
    /// answer with no more than "invalid" or "does not exist".
    pub(crate) fn hint(self, family: Family, model: &str) -> Option<String> {
        if model.contains(APPLICATION_PROFILE) {
            return Some("chat completions take no application inference profile".into());
        }
        let (own, other, id) = match family {
            Family::Runtime => ("runtime", "mantle", "runtimeId"),
            Family::Mantle => ("mantle", "runtime", "mantleId"),
        };
        if let Some(endpoints) = self.field(model, "endpoints") {
            let mut names = endpoints.elements().filter_map(|it| it.string_body());
            let first = names.next();
            if first.is_none() {
                return Some("this model has no chat completions on Bedrock: use Converse".into());
            }
            if first == Some(other) && names.next().is_none() {
                return Some(["this model is on ", other, " alone"].concat());
            }
        }
        let is = |id: &str| Some(["on ", own, " this model's id is ", id].concat());
        let id = self.word(model, id);
        match (family, id) {
            (Family::Runtime, Some(id))
                if self.word(model, "mantleId") == Some(model) && id != model =>
            {
                is(id)
            }
            (Family::Mantle, Some(id))
                if id != model && self.word(model, "runtimeId") == Some(bare(model)) =>
            {
                is(id)
            }
            (Family::Mantle, None) if bare(model) != model && !model.starts_with("arn:") => {
                is(bare(model))
            }
            (Family::Runtime, _) if bare(model) == model => {
                self.field(model, "profile")
                    .filter(|it| it.raw() == "true")?;
                let needs =
                    "on runtime this model needs the id of an inference profile, such as us.";
                Some([needs, model].concat())
            }
            _ => None,
        }
    }
}

/// What is wrong with the option `models`: the path to it, and the rule.
pub(crate) fn check(json: &str) -> Result<(), (String, &'static str)> {
    const PATHS: [&str; 2] = ["/v1", "/openai/v1"];
    const WORDS: [&str; 2] = ["enforced", "unproven"];
    const FIELDS: [&str; 13] = [
        "match",
        "endpoints",
        "runtimeId",
        "mantleId",
        "profile",
        "mantlePath",
        "guardrail",
        "reasoning",
        "tools",
        "structuredOutput",
        "serviceTiers",
        "source",
        "date",
    ];
    let list = Value::parse(json.as_bytes()).ok();
    let list = list.filter(|list| list.kind() == Kind::Array);
    let list = list.ok_or_else(|| (String::from("models"), "must be a list"))?;
    for (number, line) in list.elements().enumerate() {
        let at = |name: &str, rule| {
            let mut path = String::from("models[");
            crate::text::push_integer(&mut path, number as u64, 1);
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
        let is_one_of = |name: &str, words: &[&str]| {
            let value = line.get(name);
            value.is_none_or(|it| it.string_body().is_some_and(|it| words.contains(&it)))
        };
        for Member { key, .. } in line.members() {
            let key = key.to_text();
            if !FIELDS.contains(&key.as_str()) {
                let key = if key.len() > 64 { "…" } else { &key };
                return at(key, "is no field of a model's line");
            }
        }
        if !is_one_of("mantlePath", &PATHS) {
            return at("mantlePath", "must be \"/v1\" or \"/openai/v1\"");
        }
        if !is_one_of("guardrail", &WORDS) {
            return at("guardrail", "must be \"enforced\" or \"unproven\"");
        }
    }
    Ok(())
}

//! An error on its way to whoever throws it.

use super::class::ErrorClass;
use super::service::ServiceError;
use crate::json;

/// The error that was written last, as JSON: `[class, message, {fields}]`. The class is its place
/// in [`ErrorClass`], the fields are named as those of the thrown object.
///
/// Errors are written where they arise and do not travel up as values: a [`Reported`] does, which
/// has no size.
#[derive(Debug, Default)]
pub struct Report(String);

/// An error was written to the [`Report`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported;

/// What is known of a call behind its error.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// Attempts so far; 0 for none.
    pub attempts: u32,
    /// The status of the answer in hand; 0 without one.
    pub status: u16,
}

impl Report {
    /// The error as JSON; empty without one.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.0
    }

    /// The same to own.
    pub fn take(&mut self) -> String {
        core::mem::take(&mut self.0)
    }

    /// A field that breaks a rule. `path` is empty for the request as a whole.
    pub fn at(&mut self, class: ErrorClass, path: &str, rule: &str) -> Reported {
        let message = if path.is_empty() {
            ["The request", "", " ", rule]
        } else {
            ["`", path, "` ", rule]
        };
        self.write(class, &message, &[("path", path)], None, "")
    }

    /// An option that cannot be used, where the message names it already.
    pub fn configuration(&mut self, path: &str, message: &str) -> Reported {
        let class = ErrorClass::ConfigurationError;
        self.write(class, &[message], &[("path", path)], None, "")
    }

    /// An error whose only content is its message.
    pub fn plain(&mut self, class: ErrorClass, message: &str) -> Reported {
        self.write(class, &[message], &[], None, "")
    }

    /// An error of a call that was sent, or was about to be.
    pub fn of_call(
        &mut self,
        class: ErrorClass,
        message: &str,
        fields: &[(&str, &str)],
        facts: Facts,
    ) -> Reported {
        self.write(class, &[message], fields, Some(facts), "")
    }

    /// An error that the service sent.
    pub fn of_service(&mut self, error: &ServiceError, facts: Facts) -> Reported {
        let text = |text: &Option<String>| Option::as_deref(text).unwrap_or_default().to_owned();
        let (code, param, kind) = (text(&error.code), text(&error.param), text(&error.kind));
        let (aws, hint) = (text(&error.aws_error_type), text(&error.hint));
        let fields = [
            ("code", code.as_str()),
            ("param", &param),
            ("type", &kind),
            ("awsErrorType", &aws),
            ("hint", &hint),
        ];
        let body = error.error.as_deref().filter(|json| is_shallow(json));
        let facts = Some(facts);
        self.write(
            error.class,
            &[&error.message],
            &fields,
            facts,
            body.unwrap_or_default(),
        )
    }

    /// `body` is JSON; empty fields are left out.
    #[inline(never)]
    fn write(
        &mut self,
        class: ErrorClass,
        message: &[&str],
        fields: &[(&str, &str)],
        facts: Option<Facts>,
        body: &str,
    ) -> Reported {
        let out = &mut self.0;
        out.clear();
        out.push('[');
        json::write_u32(class as u32, out);
        out.push_str(",\"");
        for part in message {
            json::escape_into(part, out);
        }
        out.push_str("\",{");
        for (name, value) in fields {
            if !value.is_empty() || *name == "path" {
                json::write_string(name, out);
                out.push(':');
                json::write_string(value, out);
                out.push(',');
            }
        }
        if !body.is_empty() {
            out.push_str("\"error\":");
            out.push_str(body);
            out.push(',');
        }
        if let Some(facts) = facts {
            for (name, number) in [
                ("status", facts.status.into()),
                ("attempts", facts.attempts),
            ] {
                // An error before the first attempt says so.
                if number != 0 || name == "attempts" {
                    json::write_string(name, out);
                    out.push(':');
                    json::write_u32(number, out);
                    out.push(',');
                }
            }
            out.push_str("\"retryable\":");
            out.push_str(if facts.retryable { "true" } else { "false" });
        } else if out.ends_with(',') {
            out.pop();
        }
        out.push_str("}]");
        Reported
    }
}

/// Whether an engine can print it again: none has the stack for thousands of levels.
fn is_shallow(json: &str) -> bool {
    const DEEPEST: u32 = 100;
    let mut depth = 0_u32;
    json.bytes().all(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth <= DEEPEST
    })
}

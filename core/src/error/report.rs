//! An error on its way to whoever throws it.

use super::class::ErrorClass;
use super::redact::Redactor;
use super::service::ServiceError;
use crate::json;
use crate::text::push_all;

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
        let fields = [("path", path)];
        self.write(class, &message, &fields, None, "", &Redactor::NONE)
    }

    /// An option that cannot be used, where the message names it already.
    pub fn configuration(&mut self, path: &str, message: &str) -> Reported {
        let (class, fields) = (ErrorClass::ConfigurationError, [("path", path)]);
        self.write(class, &[message], &fields, None, "", &Redactor::NONE)
    }

    /// An error whose only content is its message.
    pub fn plain(&mut self, class: ErrorClass, message: &str) -> Reported {
        self.write(class, &[message], &[], None, "", &Redactor::NONE)
    }

    /// An error of a call that was sent, or was about to be.
    pub fn of_call(
        &mut self,
        class: ErrorClass,
        message: &str,
        fields: &[(&str, &str)],
        facts: Facts,
    ) -> Reported {
        let none = &Redactor::NONE;
        self.write(class, &[message], fields, Some(facts), "", none)
    }

    /// An error that the service sent.
    pub fn of_service(
        &mut self,
        error: &ServiceError,
        facts: Facts,
        redactor: &Redactor<'_>,
    ) -> Reported {
        let fields = [
            ("code", error.code.as_str()),
            ("param", &error.param),
            ("type", &error.kind),
            ("awsErrorType", &error.aws_error_type),
            ("hint", &error.hint),
        ];
        let body = if is_shallow(&error.error) {
            &error.error
        } else {
            ""
        };
        let (message, facts) = ([error.message.as_str()], Some(facts));
        self.write(error.class, &message, &fields, facts, body, redactor)
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
        redactor: &Redactor<'_>,
    ) -> Reported {
        let out = &mut self.0;
        out.clear();
        out.push('[');
        json::write_u32(class as u32, out);
        out.push(',');
        out.push_str(&redactor.string(&message.concat(), false));
        out.push_str(",{");
        for (name, value) in fields {
            if !value.is_empty() || *name == "path" {
                // A hint is ours: a prompt may hold the same words.
                let redactor = if *name == "hint" {
                    &Redactor::NONE
                } else {
                    redactor
                };
                let value = redactor.string(value, true);
                push_all(out, &["\"", name, "\":", &value, ","]);
            }
        }
        if !body.is_empty() {
            push_all(out, &["\"error\":", &redactor.hide(body.into()), ","]);
        }
        if let Some(facts) = facts {
            if facts.status != 0 {
                out.push_str("\"status\":");
                json::write_u32(facts.status.into(), out);
                out.push(',');
            }
            // An error before the first attempt says so.
            out.push_str("\"attempts\":");
            json::write_u32(facts.attempts, out);
            let retryable = if facts.retryable { "true" } else { "false" };
            push_all(out, &[",\"retryable\":", retryable]);
        } else if out.ends_with(",") {
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

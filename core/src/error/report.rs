//! An error on its way to whoever throws it.

use super::class::ErrorClass;
use super::redact::Redactor;
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
        self.write(
            class,
            &message,
            &[("path", path)],
            None,
            "",
            &Redactor::default(),
        )
    }

    /// An option that cannot be used, where the message names it already.
    pub fn configuration(&mut self, path: &str, message: &str) -> Reported {
        let class = ErrorClass::ConfigurationError;
        self.write(
            class,
            &[message],
            &[("path", path)],
            None,
            "",
            &Redactor::default(),
        )
    }

    /// An error whose only content is its message.
    pub fn plain(&mut self, class: ErrorClass, message: &str) -> Reported {
        self.write(class, &[message], &[], None, "", &Redactor::default())
    }

    /// An error of a call that was sent, or was about to be.
    pub fn of_call(
        &mut self,
        class: ErrorClass,
        message: &str,
        fields: &[(&str, &str)],
        facts: Facts,
    ) -> Reported {
        self.write(
            class,
            &[message],
            fields,
            Some(facts),
            "",
            &Redactor::default(),
        )
    }

    /// An error that the service sent.
    pub fn of_service(
        &mut self,
        error: &ServiceError,
        facts: Facts,
        redactor: &Redactor<'_>,
    ) -> Reported {
        let fields = [
            ("code", &error.code),
            ("param", &error.param),
            ("type", &error.kind),
            ("awsErrorType", &error.aws_error_type),
            ("hint", &error.hint),
        ];
        let fields = fields.map(|(name, text)| (name, text.as_deref().unwrap_or_default()));
        let body = error.error.as_deref().filter(|json| is_shallow(json));
        let facts = Some(facts);
        self.write(
            error.class,
            &[&error.message],
            &fields,
            facts,
            body.unwrap_or_default(),
            redactor,
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
        redactor: &Redactor<'_>,
    ) -> Reported {
        let none = Redactor::default();
        let out = &mut self.0;
        out.clear();
        out.push('[');
        json::write_u32(class as u32, out);
        out.push(',');
        out.push_str(&redactor.string(&message.concat(), false));
        out.push_str(",{");
        for (name, value) in fields {
            if !value.is_empty() || *name == "path" {
                json::write_string(name, out);
                out.push(':');
                // A hint is ours: a prompt may hold the same words.
                let redactor = Some(redactor).filter(|_| *name != "hint");
                out.push_str(&redactor.unwrap_or(&none).string(value, true));
                out.push(',');
            }
        }
        if !body.is_empty() {
            out.push_str("\"error\":");
            out.push_str(&redactor.hide(body.into()));
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

//! Whether and when a failed attempt is made again.

use bedrock_chat_core::retry::{FailedAttempt, RetryClock, RetryPolicy};

/// Fri, 02 Jan 2026 03:04:05 GMT.
const NOW_MS: f64 = 1_767_323_045_000.0;

const FAILED: FailedAttempt<'static> = FailedAttempt {
    number: 1,
    retryable: true,
    retry_after_ms: None,
    retry_after: None,
    should_retry: None,
};
const CLOCK: RetryClock = RetryClock {
    random: 0.5,
    now_ms: NOW_MS,
    remaining_ms: None,
};

fn delay(failed: FailedAttempt) -> Option<u32> {
    RetryPolicy::default().next_delay(&failed, &CLOCK)
}

#[test]
fn which_failures_are_retried() {
    let table = [
        ("retryable", FAILED, true),
        (
            "not retryable",
            FailedAttempt {
                retryable: false,
                ..FAILED
            },
            false,
        ),
        (
            "second of two retries",
            FailedAttempt {
                number: 2,
                ..FAILED
            },
            true,
        ),
        (
            "retries used up",
            FailedAttempt {
                number: 3,
                ..FAILED
            },
            false,
        ),
        (
            "the server says no",
            FailedAttempt {
                should_retry: Some("false"),
                ..FAILED
            },
            false,
        ),
        (
            "the server says yes",
            FailedAttempt {
                retryable: false,
                should_retry: Some("true"),
                ..FAILED
            },
            true,
        ),
        (
            "the server says neither",
            FailedAttempt {
                should_retry: Some("maybe"),
                ..FAILED
            },
            true,
        ),
        (
            "the server says yes, but retries are used up",
            FailedAttempt {
                number: 3,
                should_retry: Some("true"),
                ..FAILED
            },
            false,
        ),
    ];
    for (name, failed, retried) in table {
        assert_eq!(delay(failed).is_some(), retried, "{name}");
    }
}

#[test]
fn max_retries() {
    for (max_retries, attempts) in [(0, 1), (1, 2), (2, 3), (5, 6)] {
        let policy = RetryPolicy { max_retries };
        let made = (1..100)
            .take_while(|number| {
                policy
                    .next_delay(
                        &FailedAttempt {
                            number: *number,
                            ..FAILED
                        },
                        &CLOCK,
                    )
                    .is_some()
            })
            .count();
        assert_eq!(made + 1, attempts);
    }
}

#[test]
fn own_pauses_double_with_full_jitter() {
    let policy = RetryPolicy {
        max_retries: u32::MAX,
    };
    let caps = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];
    for (number, cap) in (1..)
        .zip(caps)
        .chain([(1_000, 8_000), (u32::MAX - 1, 8_000)])
    {
        for (random, share) in [(0.0, 0.0), (0.25, 0.25), (0.999, 0.999)] {
            let clock = RetryClock { random, ..CLOCK };
            let expected = (f64::from(cap) * share) as u32;
            let found = policy.next_delay(&FailedAttempt { number, ..FAILED }, &clock);
            assert_eq!(found, Some(expected), "attempt {number}, random {random}");
        }
    }
    // A broken source of randomness must not break the bounds.
    for (random, expected) in [(-1.0, 0), (7.0, 500), (f64::NAN, 0)] {
        let clock = RetryClock { random, ..CLOCK };
        assert_eq!(
            policy.next_delay(&FAILED, &clock),
            Some(expected),
            "random {random}"
        );
    }
}

#[test]
fn what_the_server_asks_for() {
    const OWN: u32 = 250;
    let table: [(&str, Option<&str>, Option<&str>, u32); 26] = [
        ("nothing", None, None, OWN),
        ("milliseconds", Some("20"), None, 20),
        (
            "milliseconds, a fraction, rounded up",
            Some("20.25"),
            None,
            21,
        ),
        ("milliseconds before seconds", Some("20"), Some("3"), 20),
        (
            "broken milliseconds, then seconds",
            Some("soon"),
            Some("3"),
            3_000,
        ),
        ("no milliseconds, then seconds", Some("0"), Some("3"), 3_000),
        ("seconds", None, Some("3"), 3_000),
        ("seconds, a fraction", None, Some("0.5"), 500),
        ("a fraction without a zero", None, Some(".5"), 500),
        ("spaces", None, Some(" 3 "), 3_000),
        ("just below a minute", None, Some("59.999"), 59_999),
        ("a minute", None, Some("60"), OWN),
        ("an hour", None, Some("3600"), OWN),
        ("zero", None, Some("0"), OWN),
        ("negative", None, Some("-3"), OWN),
        ("empty", None, Some(""), OWN),
        ("a point", None, Some("."), OWN),
        ("two points", None, Some("1.2.3"), OWN),
        ("an exponent", None, Some("1e1"), OWN),
        ("infinity", None, Some("Infinity"), OWN),
        ("not a number", None, Some("NaN"), OWN),
        (
            "more digits than a number has",
            None,
            Some("99999999999999999999999999999999999"),
            OWN,
        ),
        (
            "a date to come",
            None,
            Some("Fri, 02 Jan 2026 03:04:10 GMT"),
            5_000,
        ),
        (
            "a date gone by",
            None,
            Some("Fri, 02 Jan 2026 03:04:00 GMT"),
            OWN,
        ),
        (
            "a date too far off",
            None,
            Some("Fri, 02 Jan 2026 03:05:05 GMT"),
            OWN,
        ),
        ("no date", None, Some("Fri, 32 Jan 2026 03:04:10 GMT"), OWN),
    ];
    for (name, retry_after_ms, retry_after, expected) in table {
        let found = delay(FailedAttempt {
            retry_after_ms,
            retry_after,
            ..FAILED
        });
        assert_eq!(found, Some(expected), "{name}");
    }
    let endless = "9".repeat(400);
    assert_eq!(
        delay(FailedAttempt {
            retry_after: Some(&endless),
            ..FAILED
        }),
        Some(OWN)
    );
}

#[test]
fn never_beyond_the_deadline() {
    let table = [
        ("time enough", None, 1_000.0, true),
        ("exactly the pause", None, 250.0, false),
        ("less than the pause", None, 249.0, false),
        ("nothing left", None, 0.0, false),
        ("late already", None, -5.0, false),
        ("less than the server asks for", Some("900"), 800.0, false),
        ("more than the server asks for", Some("900"), 901.0, true),
    ];
    for (name, retry_after_ms, remaining, retried) in table {
        let clock = RetryClock {
            remaining_ms: Some(remaining),
            ..CLOCK
        };
        let found = RetryPolicy::default().next_delay(
            &FailedAttempt {
                retry_after_ms,
                ..FAILED
            },
            &clock,
        );
        assert_eq!(found.is_some(), retried, "{name}");
    }
}

//! How many checks passed.

/// How many passed, and how many did not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
}

impl Tally {
    /// One check that is passed.
    pub const ONE: Self = Self {
        passed: 1,
        failed: 0,
    };

    /// From `12 passed, 0 failed`.
    pub fn parse(line: &str) -> Option<Self> {
        let (passed, failed) = line.trim().split_once(" passed, ")?;
        Some(Self {
            passed: passed.parse().ok()?,
            failed: failed.strip_suffix(" failed")?.parse().ok()?,
        })
    }

    /// From the lines `test result: ok. 12 passed; 0 failed; …` of `cargo test`.
    pub fn of_cargo(text: &str) -> Self {
        let mut sum = Self::default();
        for line in text.lines() {
            let Some(result) = line.trim().strip_prefix("test result: ") else {
                continue;
            };
            let count = |word: &str| -> usize {
                let end = result.find(word).unwrap_or(0);
                let number = result[..end].trim_end().rsplit(' ').next();
                number.and_then(|n| n.parse().ok()).unwrap_or(0)
            };
            sum.passed += count(" passed");
            sum.failed += count(" failed");
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_are_read() {
        let text = "running 2 tests\n\
            test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; finished in 0.1s\n\
            test result: FAILED. 1 passed; 2 failed; 0 ignored; finished in 0.1s\n";
        let sum = Tally::of_cargo(text);
        assert_eq!((sum.passed, sum.failed), (13, 2));
        let line = Tally::parse("7 passed, 1 failed").unwrap();
        assert_eq!((line.passed, line.failed), (7, 1));
        assert!(Tally::parse("7 passed").is_none());
    }
}

//! `mutants`: whether the host tests would notice a mistake in the core.
//!
//! A mutant is one small change of the code (`cargo install cargo-mutants`). There are thousands,
//! and each costs a build and the tests, so that a sample is drawn.

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use std::fs;
use std::process::Stdio;

const PACKAGE: &str = "bedrock-chat-core";

/// Runs the tests of the core on `count` of its mutants; at most one in ten may survive.
pub fn mutants(workspace: &Workspace, count: usize, seed: u64) -> Result<()> {
    let list = process::check(&mut workspace.cargo(["mutants", "--list", "-p", PACKAGE]))
        .context("cargo install cargo-mutants@27.1")?;
    let drawn = draw(&list, count, seed);
    println!("{} mutants, drawn by the seed {seed}", drawn.len());
    let scratch = workspace.scratch();
    let mut command = workspace.cargo(["mutants", "-p", PACKAGE]);
    // A copy of the sources is changed. What it is built to is kept, and has no debug info.
    command
        .args(["--baseline=skip", "--timeout=400", "--output"])
        .arg(&scratch)
        .args(drawn.iter().map(|name| format!("-F^{}$", escape(name))))
        .args(["--", "--lib", "--tests"])
        .env("CARGO_TARGET_DIR", scratch.join("mutants"))
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .stdin(Stdio::null());
    // It fails if any survived. cargo-mutants 27.1 runs those that delete a field unasked.
    let ran = process::show(&mut command);
    let of = |outcome: &str| -> Result<usize> {
        let path = scratch.join("mutants.out").join(outcome);
        let text = fs::read_to_string(path)?;
        Ok(text.lines().filter(|name| drawn.contains(name)).count())
    };
    let missed = of("missed.txt")?;
    let all = missed + of("caught.txt")? + of("unviable.txt")? + of("timeout.txt")?;
    if all < drawn.len() {
        ran?;
    }
    ensure!(all == drawn.len(), "{all} of {} were run", drawn.len());
    ensure!(missed * 10 <= all, "{missed} of {all} survived");
    Ok(())
}

/// `count` of the lines of `list`. Which ones depends on the seed alone: not on their order, nor
/// on what else is in the list.
fn draw(list: &str, count: usize, seed: u64) -> Vec<&str> {
    let mut lines: Vec<&str> = list.lines().collect();
    lines.sort_by_cached_key(|line| Sha256::digest(format!("{seed} {line}")));
    lines.truncate(count);
    lines
}

/// As a regular expression that is nothing else.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if r"\.+*?()|[]{}^$".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_sample_is_drawn_by_its_seed() {
        let lines: Vec<String> = (0..1000).map(|at| format!("f.rs:{at}: x")).collect();
        let list = lines.join("\n");
        let set = |seed| -> BTreeSet<&str> { draw(&list, 200, seed).into_iter().collect() };
        let first = set(1);
        assert_eq!(first.len(), 200);
        assert_eq!(first, set(1));
        // Of any two a fifth is in both, and each part of the list has its share.
        let both = first.intersection(&set(2)).count();
        assert!((20..=60).contains(&both), "{both}");
        for part in lines.chunks(250) {
            let share = part.iter().filter(|line| first.contains(line.as_str()));
            let share = share.count();
            assert!((30..=70).contains(&share), "{share}");
        }
        let backwards: Vec<&str> = list.lines().rev().collect();
        assert_eq!(draw(&backwards.join("\n"), 200, 1), draw(&list, 200, 1));
        assert_eq!(draw("a\nb", 200, 1).len(), 2);
    }

    #[test]
    fn a_name_is_a_regular_expression_of_itself() {
        assert_eq!(
            escape("f.rs:1:2: replace || with && in <impl X<'_>>::f -> [u8; 2] {$^*+?\\}"),
            r"f\.rs:1:2: replace \|\| with && in <impl X<'_>>::f -> \[u8; 2\] \{\$\^\*\+\?\\\}"
        );
    }
}

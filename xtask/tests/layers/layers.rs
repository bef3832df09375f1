//! Files in layers: who may import whom.

use crate::page::List;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A tree's files, each with those of its tree that it imports.
pub type Imports = BTreeMap<String, BTreeSet<String>>;

/// What is wrong with a list, or with the code.
pub fn check(list: &List, imports: &Imports) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut below = BTreeSet::new();
    let mut upward = Vec::new();
    for file in &list.files {
        if !below.insert(file) {
            wrong.push(format!("{file} is listed twice"));
        }
        match imports.get(file) {
            None => wrong.push(format!("{file} is listed, and does not exist")),
            Some(imported) => upward.extend(
                imported
                    .iter()
                    .filter(|other| !below.contains(other))
                    .map(|other| describe(file, other, imports)),
            ),
        }
    }
    let unlisted = imports.keys().filter(|file| !below.contains(file));
    wrong.extend(unlisted.map(|file| format!("{file} is not listed")));
    match (list.not_yet, upward.is_empty()) {
        (true, true) => wrong.push("all is in order: remove \"(not yet)\"".to_owned()),
        (true, false) => {}
        (false, _) => wrong.append(&mut upward),
    }
    wrong
}

fn describe(file: &str, other: &str, imports: &Imports) -> String {
    match way(other, file, imports) {
        Some(way) => format!("a circle: {file} → {}", way.join(" → ")),
        None => format!("{file} imports {other}, which is not listed before it"),
    }
}

/// The shortest way from one file to another along imports.
fn way<'a>(from: &'a str, to: &str, imports: &'a Imports) -> Option<Vec<&'a str>> {
    let mut seen = BTreeSet::from([from]);
    let mut ways = VecDeque::from([vec![from]]);
    while let Some(way) = ways.pop_front() {
        let last = way.last()?;
        if *last == to {
            return Some(way);
        }
        for next in imports.get(*last).into_iter().flatten() {
            if seen.insert(next) {
                ways.push_back([&way[..], &[next]].concat());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(files: &str, imports: &[(&str, &str)], not_yet: bool) -> Vec<String> {
        let list = List {
            tree: "src".to_owned(),
            files: files.split_whitespace().map(String::from).collect(),
            not_yet,
        };
        let words = |text: &str| text.split_whitespace().map(String::from).collect();
        let imports = imports
            .iter()
            .map(|(file, imported)| ((*file).to_owned(), words(imported)));
        check(&list, &imports.collect())
    }

    const ORDERED: [(&str, &str); 3] = [("a", ""), ("b", "a"), ("c", "a b")];
    const CIRCLE: [(&str, &str); 3] = [("a", "c"), ("b", "a"), ("c", "b")];

    #[test]
    fn files_that_import_downward_pass() {
        assert_eq!(wrong("a b c", &ORDERED, false), [""; 0]);
    }

    #[test]
    fn an_upward_import_is_seen() {
        assert_eq!(
            wrong("a c b", &ORDERED, false),
            ["c imports b, which is not listed before it"]
        );
    }

    #[test]
    fn a_circle_is_seen_in_any_order() {
        assert_eq!(wrong("a b c", &CIRCLE, false), ["a circle: a → c → b → a"]);
        assert_eq!(wrong("b c a", &CIRCLE, false), ["a circle: b → a → c → b"]);
        assert_eq!(wrong("c b a", &CIRCLE, false).len(), 2);
    }

    #[test]
    fn lists_name_each_file_once() {
        assert_eq!(wrong("a b", &ORDERED, false), ["c is not listed"]);
        assert_eq!(
            wrong("a b c d", &ORDERED, false),
            ["d is listed, and does not exist"]
        );
        assert_eq!(wrong("a b c a", &ORDERED, false), ["a is listed twice"]);
    }

    #[test]
    fn a_tree_that_is_not_in_order_yet_says_so_until_it_is() {
        assert_eq!(wrong("a b c", &CIRCLE, true), [""; 0]);
        assert_eq!(wrong("a b", &CIRCLE, true), ["c is not listed"]);
        assert_eq!(
            wrong("a b c", &ORDERED, true),
            ["all is in order: remove \"(not yet)\""]
        );
    }
}

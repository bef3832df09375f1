//! The section "Layers" of ARCHITECTURE.md.

use anyhow::{Result, ensure};

/// The files of a tree, from the lowest layer to the highest.
#[derive(Debug, PartialEq, Eq)]
pub struct List {
    pub tree: String,
    pub files: Vec<String>,
    /// Its circles are known: it must be complete, but need not be in order.
    pub not_yet: bool,
}

/// A heading per tree, below it a block of code: words with the ending of a source file are files,
/// the others are for people.
pub fn lists(page: &str) -> Result<Vec<List>> {
    let mut lists: Vec<List> = Vec::new();
    let mut in_section = false;
    let mut in_block = false;
    for line in page.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        } else if let Some(heading) = line.strip_prefix("## ") {
            in_section = heading == "Layers";
        } else if !in_section {
            continue;
        } else if let Some(heading) = line.strip_prefix("### ") {
            let (tree, rest) = heading.split_once(' ').unwrap_or((heading, ""));
            lists.push(List {
                tree: tree.trim_matches('`').to_owned(),
                files: Vec::new(),
                not_yet: rest == "(not yet)",
            });
        } else if in_block && let Some(list) = lists.last_mut() {
            let words = line.split_whitespace();
            let files = words.filter(|word| word.ends_with(".rs") || word.ends_with(".js"));
            list.files.extend(files.map(String::from));
        }
    }
    ensure!(!lists.is_empty(), "there is no section \"Layers\"");
    Ok(lists)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() -> Result<()> {
        let page = "## Other\n### `x`\n```text\na.rs\n```\n\
            ## Layers\nProse about a.rs.\n\n\
            ### `src`\n\n```text\nat the bottom  a.rs b/c.rs\nand above      d.rs\n```\n\n\
            ### `pkg` (not yet)\n```text\ne.js\n```\n\
            ## Next\n```text\nf.rs\n```\n";
        let list = |tree: &str, files: &[&str], not_yet| List {
            tree: tree.to_owned(),
            files: files.iter().copied().map(String::from).collect(),
            not_yet,
        };
        assert_eq!(
            lists(page)?,
            [
                list("src", &["a.rs", "b/c.rs", "d.rs"], false),
                list("pkg", &["e.js"], true)
            ]
        );
        assert!(lists("# Nothing\n").is_err());
        Ok(())
    }
}

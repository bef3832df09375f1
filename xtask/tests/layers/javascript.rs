//! What JavaScript files import.

use crate::Sources;
use crate::layers::Imports;

/// The imports of files among each other. What is built (`gen/`) is nobody's layer.
pub fn imports(sources: &Sources) -> Imports {
    let imports = sources.iter().map(|(file, text)| {
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let imported = specifiers(text)
            .into_iter()
            .filter(|specifier| specifier.starts_with('.'))
            .map(|specifier| join(folder, specifier))
            .filter(|path| !path.starts_with("gen/"));
        (file.clone(), imported.collect())
    });
    imports.collect()
}

/// The strings that follow `from`, `import` and `import(`.
fn specifiers(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(['"', '\'']) {
        let (before, quoted) = text.split_at(at);
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
        if line.starts_with("//") || line.starts_with('*') || line.starts_with("/*") {
            continue;
        }
        let before = before.trim_end();
        let before = before.strip_suffix('(').unwrap_or(before).trim_end();
        let word = before.rsplit(|c: char| !c.is_alphanumeric()).next();
        if !matches!(word, Some("from" | "import")) {
            continue;
        }
        let mut parts = quoted.split(['"', '\'']);
        found.extend(parts.nth(1));
    }
    found
}

/// `./x.js` and `../x.js`, seen from a folder.
fn join(folder: &str, specifier: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found() {
        let text = r#"
            // import "./comment.js";
            /** import x from "./comment.js"; */
            import {
              one,
              two,
            } from "./a.js";
            import './b.js';
            export * from "./c.js";
            import { Client } from "./gen/built.js";
            import { readFile } from "node:fs";
            const lazy = () => import("../d.js");
            const url = "./e.js";
        "#;
        let sources = [("in/x.js".to_owned(), text.to_owned())].into();
        let found = imports(&sources);
        let files: Vec<_> = found["in/x.js"].iter().collect();
        assert_eq!(
            files,
            ["d.js", "in/a.js", "in/b.js", "in/c.js", "in/gen/built.js"]
        );
        let sources = [("x.js".to_owned(), text.to_owned())].into();
        assert!(!imports(&sources)["x.js"].contains("gen/built.js"));
    }
}

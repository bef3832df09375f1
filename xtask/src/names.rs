//! Short names between the module and its glue.
//!
//! wasm-bindgen tells its imports apart by hashes, such as `__wbg_get_a410eb4b59ed5965`, and the
//! names of a module's imports and exports are all that no minifier may touch. Hashes do not
//! compress either, and each is there twice: a number does the same.

use crate::stack;
use anyhow::{Result, ensure};
use std::collections::BTreeMap;
use walrus::Module;

/// What the entries call the module's imports: wasm-bindgen's glue.
pub const NAMESPACE: &str = "./bedrock_chat_bg.js";

/// What the entries call by name, and so stays.
const KEPT: [&str; 3] = ["memory", "__wbindgen_start", stack::EXPORT];

/// Old names and new ones.
#[derive(Debug, Default)]
pub struct Names {
    imports: BTreeMap<String, String>,
    exports: BTreeMap<String, String>,
}

/// Gives the imports and exports of a module short names.
pub fn shorten(module: &mut Module) -> Result<Names> {
    let mut names = Names::default();
    // The others are functions of pkg/, which keep their names.
    for import in module
        .imports
        .iter_mut()
        .filter(|it| it.module == NAMESPACE)
    {
        let next = format!("i{}", names.imports.len());
        let name = names.imports.entry(import.name.clone()).or_insert(next);
        import.name.clone_from(name);
    }
    for export in module.exports.iter_mut() {
        if KEPT.contains(&export.name.as_str()) {
            continue;
        }
        let kind = if is_of_closure(&export.name) {
            'c'
        } else {
            'e'
        };
        let next = format!("{kind}{}", names.exports.len());
        let name = names.exports.entry(export.name.clone()).or_insert(next);
        export.name.clone_from(name);
    }
    let closures = names.exports.values().filter(|name| name.starts_with('c'));
    ensure!(
        closures.count() == 2,
        "one export calls a closure and one drops it, by names that were others before"
    );
    Ok(names)
}

/// Whether the engine calls it, by a closure, and not pkg/: link.js tells them by their letter.
fn is_of_closure(name: &str) -> bool {
    name.contains("__convert__closures___") || name == "__wbindgen_destroy_closure"
}

impl Names {
    /// Does the same to the glue, where an import is a function and an export a member of `wasm`.
    pub fn apply(&self, glue: &str) -> String {
        let mut out = String::with_capacity(glue.len());
        let mut rest = glue;
        while let Some(start) = rest.find(is_word) {
            let (before, from) = rest.split_at(start);
            let (word, after) = from.split_at(from.find(|c| !is_word(c)).unwrap_or(from.len()));
            out.push_str(before);
            let names = if out.ends_with("wasm.") {
                &self.exports
            } else {
                &self.imports
            };
            out.push_str(names.get(word).map_or(word, String::as_str));
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_change() {
        let names = Names {
            imports: [("__wbg_get_1".into(), "i0".into())].into(),
            exports: [("call".into(), "e0".into())].into(),
        };
        let glue = "export function __wbg_get_1(a) { wasm.call(a); call(__wbg_get_12); }";
        assert_eq!(
            names.apply(glue),
            "export function i0(a) { wasm.e0(a); call(__wbg_get_12); }"
        );
    }
}

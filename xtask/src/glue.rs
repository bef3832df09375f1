//! A glue for each instance.
//!
//! wasm-bindgen's glue is a module of its own: there is one of it, and it remembers what it has
//! seen of *the* instance: a view of its memory, closures by their addresses. After a trap another
//! instance takes over, and an address of the one before, called or finalized late, would free
//! something of it. So the glue becomes a function, and each instance has its own.
//!
//! And it asks `host.js` for microtasks, not `queueMicrotask`.

use anyhow::{Result, ensure};

const EXPORT: &str = "export function ";

/// Makes a module of a function that makes the glue, whose exports are then members of an object.
pub fn per_instance(glue: &str) -> Result<String> {
    let mut imports = String::new();
    let mut body = String::new();
    let mut names = Vec::new();
    for line in glue.lines() {
        let (out, line) = if line.starts_with("import ") {
            (&mut imports, line)
        } else if let Some(function) = line.strip_prefix(EXPORT) {
            names.extend(function.split('(').next());
            (&mut body, &line["export ".len()..])
        } else {
            (&mut body, line)
        };
        out.push_str(line);
        out.push('\n');
    }
    let strange = body.lines().find(|line| line.starts_with("export "));
    ensure!(
        strange.is_none() && !names.is_empty(),
        "the glue exports something else than functions: {strange:?}"
    );
    let tasks = "queueMicrotask(arg0);";
    ensure!(body.contains(tasks), "the glue queues no microtasks");
    body = body.replace(tasks, "microtask(arg0);");
    imports.push_str("import { microtask } from '../host.js';\n");
    let names = names.join(", ");
    Ok(format!(
        "{imports}\nexport default function glue() {{\n{body}\nreturn {{ {names} }};\n}}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_become_members() -> Result<()> {
        let glue = "import { a } from './a.js';\nlet wasm;\n/** @param {number} b */\n\
                    export function b(b) {\n    return wasm.b(a, b);\n}\n\
                    export function c(arg0) {\n    queueMicrotask(arg0);\n}\n";
        assert_eq!(
            per_instance(glue)?,
            "import { a } from './a.js';\nimport { microtask } from '../host.js';\n\n\
             export default function glue() {\nlet wasm;\n\
             /** @param {number} b */\nfunction b(b) {\n    return wasm.b(a, b);\n}\n\
             function c(arg0) {\n    microtask(arg0);\n}\n\n\
             return { b, c };\n}\n"
        );
        Ok(())
    }

    #[test]
    fn other_exports_are_refused() {
        assert!(per_instance("export function a() {}\nexport class B {}\n").is_err());
        assert!(per_instance("").is_err());
    }
}

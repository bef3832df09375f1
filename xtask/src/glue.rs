//! A glue for each instance.
//!
//! wasm-bindgen's glue is a module of its own: there is one of it, and it remembers what it has
//! seen of *the* instance: a view of its memory, closures by their addresses. After a trap another
//! instance takes over, and an address of the one before, called or finalized late, would free
//! something of it. So the glue becomes a function, and each instance has its own.
//!
//! What others replace or leave out, such as the `queueMicrotask` that wakes futures, it takes from
//! pkg/globals.js. Of the names that the global object has it asks for `globalThis` alone: behind the
//! others may be anything, also an exception.

use anyhow::{Result, ensure};

const EXPORT: &str = "export function ";
const IMPORT: &str = "import { TextDecoder, TextEncoder, queueMicrotask } from '../globals.js';\n";

/// What becomes another text in the glue: how it writes a string into the module. It does so
/// character by character as far as it is ASCII, and the rest by `encodeInto`, into memory for the
/// longest that it can become. A long one goes by `encodeInto` at once, which is ten times as fast,
/// and takes no more memory as long as it is ASCII. Nobody is without `encodeInto` who has SIMD.
const STRINGS: [(&str, &str); 4] = [
    (
        "    for (; offset < len; offset++) {\n",
        "    let read = 0;\n    if (len > 99) ({ read, written: offset } = \
         cachedTextEncoder.encodeInto(arg, mem.subarray(ptr, ptr + len)));\n    \
         else for (; offset < len; read = ++offset) {\n",
    ),
    (
        "    if (offset !== len) {\n        if (offset !== 0) {\n            arg = arg.slice(offset);\n        }\n",
        "    if (read !== len) {\n        arg = arg.slice(read);\n",
    ),
    (
        "    if (realloc === undefined) {\n        const buf = cachedTextEncoder.encode(arg);\n        \
         const ptr = malloc(buf.length, 1) >>> 0;\n        \
         getUint8ArrayMemory0().subarray(ptr, ptr + buf.length).set(buf);\n        \
         WASM_VECTOR_LEN = buf.length;\n        return ptr;\n    }\n\n",
        "",
    ),
    (
        "if (!('encodeInto' in cachedTextEncoder)) {\n    \
         cachedTextEncoder.encodeInto = function (arg, view) {\n        \
         const buf = cachedTextEncoder.encode(arg);\n        view.set(buf);\n        \
         return {\n            read: arg.length,\n            written: buf.length\n        };\n    };\n}\n\n",
        "",
    ),
];

/// Makes a module of a function that makes the glue, whose exports are then members of an object.
pub fn per_instance(glue: &str) -> Result<String> {
    ensure!(
        glue.contains("queueMicrotask("),
        "the glue wakes futures by something else than queueMicrotask"
    );
    let mut imports = String::from(IMPORT);
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
    for name in ["self", "window", "global"] {
        let found = format!("typeof {name} === 'undefined' ? undefined : {name};");
        body = body.replace(&found, "globalThis;");
    }
    for (theirs, ours) in STRINGS {
        ensure!(
            body.contains(theirs) || !body.contains("passStringToWasm0("),
            "the glue writes strings in another way than it did: it has no {theirs:?}"
        );
        body = body.replace(theirs, ours);
    }
    ensure!(
        !["self", "window", "global"]
            .iter()
            .any(|name| body.contains(&format!("typeof {name} "))),
        "the glue asks for another global object than globalThis"
    );
    let strange = body.lines().find(|line| line.starts_with("export "));
    ensure!(
        strange.is_none() && !names.is_empty(),
        "the glue exports something else than functions: {strange:?}"
    );
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
                    export function b(b) {\n    queueMicrotask(b);\n}\n";
        assert_eq!(
            per_instance(glue)?,
            "import { TextDecoder, TextEncoder, queueMicrotask } from '../globals.js';\nimport { a } from './a.js';\n\n\
             export default function glue() {\nlet wasm;\n\
             /** @param {number} b */\nfunction b(b) {\n    queueMicrotask(b);\n}\n\n\
             return { b };\n}\n"
        );
        Ok(())
    }

    #[test]
    fn long_strings_are_encoded_at_once() -> Result<()> {
        let theirs: String = STRINGS.iter().map(|(theirs, _)| *theirs).collect();
        let glue = format!(
            "queueMicrotask(a);\nexport function a() {{\npassStringToWasm0();\n{theirs}}}\n"
        );
        let made = per_instance(&glue)?;
        assert!(
            STRINGS.iter().all(|(_, ours)| made.contains(ours)),
            "{made}"
        );
        assert!(
            STRINGS.iter().all(|(theirs, _)| !made.contains(theirs)),
            "{made}"
        );
        assert!(per_instance(&glue.replace("offset++", "offset += 1")).is_err());
        Ok(())
    }

    #[test]
    fn other_exports_are_refused() {
        let glue = "export function a() { queueMicrotask(); }\n";
        assert!(per_instance(glue).is_ok());
        assert!(per_instance(&format!("{glue}export class B {{}}\n")).is_err());
        assert!(per_instance("queueMicrotask();").is_err());
    }

    #[test]
    fn another_way_to_wake_futures_is_refused() {
        assert!(per_instance("export function a() {}\n").is_err());
    }
}

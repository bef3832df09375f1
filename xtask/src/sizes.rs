//! Where the bytes of the module are: its functions by the module of Rust that they come from.
//!
//! What the compiler has inlined counts where it stands.

use anyhow::Result;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::ops::Range;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// Parts of a module that are no functions, or nobody's.
const DATA: &str = "data";
const TABLE: &str = "imports and exports";
const REST: &str = "types, tables, globals";
const UNNAMED: &str = "without a name";

/// Prints it for the module with names. The custom sections, which nobody gets, do not count.
pub fn print(named: &[u8], functions: bool) -> Result<()> {
    let parts = parts(named)?;
    let mut concerns: BTreeMap<(String, String), Vec<u8>> = BTreeMap::new();
    for part in &parts {
        let concern = concerns.entry(concern(&part.name)).or_default();
        concern.extend_from_slice(&named[part.bytes.clone()]);
    }
    let module: Vec<u8> = concerns.values().flatten().copied().collect();
    // Each compressed by itself, as a share of all: that of its own that compresses badly.
    let alone: BTreeMap<_, _> = concerns
        .iter()
        .map(|(key, bytes)| Ok((key, deflate(bytes)?)))
        .collect::<Result<_>>()?;
    let sum: usize = alone.values().sum();
    let whole = deflate(&module)?;
    let mut crates: BTreeMap<&str, Vec<(&str, usize, usize)>> = BTreeMap::new();
    for (key @ (krate, path), bytes) in &concerns {
        let rows = crates.entry(krate).or_default();
        rows.push((path, bytes.len(), alone[key] * whole / sum.max(1)));
    }
    let total = |rows: &[(&str, usize, usize)]| {
        let raw: usize = rows.iter().map(|row| row.1).sum();
        (raw, rows.iter().map(|row| row.2).sum::<usize>())
    };
    let mut crates: Vec<_> = crates.into_iter().collect();
    crates.sort_by_key(|(_, rows)| std::cmp::Reverse(total(rows)));

    println!(
        "\n{:<42}{:>10}{:>12}",
        "the module, bytes", "raw", "gzip, est."
    );
    for (krate, mut rows) in crates {
        let (raw, gzip) = total(&rows);
        println!("{krate:<42}{raw:>10}{gzip:>12}");
        if rows.len() > 1 {
            rows.sort_by_key(|row| std::cmp::Reverse(row.1));
            for (path, raw, gzip) in rows {
                println!("  {path:<40}{raw:>10}{gzip:>12}");
            }
        }
    }
    if functions {
        print_functions(parts);
    }
    Ok(())
}

fn print_functions(mut parts: Vec<Part>) {
    parts.sort_by_key(|part| std::cmp::Reverse(part.bytes.len()));
    println!("\n{:>7}  functions and other parts, by size", "raw");
    for part in parts {
        println!("{:>7}  {}", part.bytes.len(), part.name);
    }
}

/// A function, or a section that holds none.
struct Part {
    name: String,
    bytes: Range<usize>,
}

fn parts(module: &[u8]) -> Result<Vec<Part>> {
    let mut names = HashMap::new();
    let mut imported: u32 = 0;
    let mut functions = Vec::new();
    let mut parts = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        match &payload {
            Payload::ImportSection(imports) => {
                for import in imports.clone().into_imports() {
                    let is_function =
                        matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                    imported += u32::from(is_function);
                }
            }
            Payload::CodeSectionEntry(body) => {
                let mut bytes = body.range();
                // The number of bytes before them belongs to them.
                bytes.start -= leb128(bytes.len()).len();
                functions.push(bytes);
            }
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(subsections) = custom.as_known() {
                    for subsection in subsections {
                        if let Name::Function(map) = subsection? {
                            for naming in map {
                                let naming = naming?;
                                names.insert(naming.index, naming.name.to_owned());
                            }
                        }
                    }
                }
            }
            _ => {}
        }
        let section = match payload {
            Payload::DataSection(_) => DATA,
            Payload::ImportSection(_) | Payload::ExportSection(_) => TABLE,
            _ => REST,
        };
        if let Some((id, bytes)) = payload.as_section()
            && ![CUSTOM, CODE].contains(&id)
        {
            let name = section.to_owned();
            parts.push(Part { name, bytes });
        }
    }
    for (index, bytes) in (imported..).zip(functions) {
        let name = names.remove(&index);
        let name = name.unwrap_or_else(|| UNNAMED.to_owned());
        parts.push(Part { name, bytes });
    }
    Ok(parts)
}

const CUSTOM: u8 = 0;
const CODE: u8 = 10;

/// A module without its custom sections: names, and what only tools want to know.
pub fn strip(module: &[u8]) -> Result<Vec<u8>> {
    // What all modules begin with.
    let mut out = module.get(..8).unwrap_or_default().to_vec();
    for payload in Parser::new(0).parse_all(module) {
        if let Some((id, bytes)) = payload?.as_section()
            && id != CUSTOM
        {
            out.push(id);
            out.extend(leb128(bytes.len()));
            out.extend_from_slice(&module[bytes]);
        }
    }
    Ok(out)
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (number % 128) as u8;
        number /= 128;
        if number == 0 {
            out.push(byte);
            return out;
        }
        out.push(byte | 0x80);
    }
}

/// Whose a function is: the crate, and the module in it. From a name such as
/// `<alloc[3ca501edff3f0c7c]::string::String as core::fmt::Write>::write_str::h0123456789abcdef`.
fn concern(name: &str) -> (String, String) {
    let own = |krate: &str, path: &str| (krate.to_owned(), path.to_owned());
    if !name.contains("::") {
        return match name {
            DATA | TABLE | REST | UNNAMED => own(name, ""),
            "memcpy" | "memmove" | "memset" | "memcmp" | "bcmp" => own("compiler_builtins", ""),
            // What it generates between types of Rust and of JavaScript.
            _ if name.starts_with("__") || name.contains(['(', ' ']) => own("wasm_bindgen", ""),
            // A name given by hand or by the attribute `wasm_bindgen`.
            _ => own("exports", name),
        };
    }
    let name = without_hashes(name);
    // What it takes to drop a type belongs to the type.
    let dropped = name.strip_prefix("core::ptr::drop_in_place");
    let mut path = module_of(dropped.unwrap_or(&name));
    if path.is_empty() {
        return own("core", "primitive types");
    }
    let krate = path.remove(0);
    let depth = match krate {
        "bedrock_chat" | "bedrock_chat_core" => path.len().max(1),
        "alloc" | "core" | "std" => 1,
        _ => 0,
    };
    if path.is_empty() {
        path.push("lib");
    }
    path.truncate(depth);
    own(krate, &path.join("::"))
}

/// The path of the module that a function or the type of a method is in.
fn module_of(name: &str) -> Vec<&str> {
    if let Some(inner) = name.strip_prefix('<') {
        let (inner, _) = split(inner, ">");
        let (of, implemented) = split(inner, " as ");
        let of = of.trim_start_matches(['&', '*', '(', '[']);
        let of = of.trim_start_matches("mut ").trim_start_matches("const ");
        let of = of.trim_start_matches("dyn ");
        let path = module_of(of);
        // `T`, `str` and `u32` are nobody's.
        if path.is_empty() && !implemented.is_empty() {
            return module_of(implemented);
        }
        return path;
    }
    let mut path = Vec::new();
    let mut rest = name;
    loop {
        let (first, after) = split(rest, "::");
        let (plain, _) = split(first, "<");
        if plain.is_empty() || plain.contains(',') || plain.starts_with(char::is_uppercase) {
            return path;
        }
        if plain.starts_with(['{', '(']) || plain.starts_with("__wbg") {
            break;
        }
        path.push(plain);
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    // The function's own name, or the type's.
    path.pop();
    path
}

/// Splits at the first separator that stands in no brackets.
fn split<'a>(text: &'a str, separator: &str) -> (&'a str, &'a str) {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if depth == 0
            && let Some(after) = text[at..].strip_prefix(separator)
        {
            return (&text[..at], after);
        }
        match c {
            '<' | '(' | '[' | '{' => depth += 1,
            // Not the arrow of `fn() -> T`.
            '>' if text[..at].ends_with('-') => {}
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (text, "")
}

/// Without `[0123456789abcdef]` behind crates and `::h0123456789abcdef` at the end.
fn without_hashes(name: &str) -> String {
    let is_hash = |text: &str| {
        (15..=17).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let name = match name.rsplit_once("::h") {
        Some((start, hash)) if is_hash(hash) => start,
        _ => name,
    };
    let mut out = String::new();
    let mut parts = name.split('[');
    out.extend(parts.next());
    for part in parts {
        match part.split_once(']') {
            Some((hash, after)) if is_hash(hash) => out.push_str(after),
            _ => {
                out.push('[');
                out.push_str(part);
            }
        }
    }
    out
}

fn deflate(bytes: &[u8]) -> Result<usize> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// Size after gzip at its best level.
pub fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

/// Size after brotli at its best level, as servers use it for files at rest.
pub fn brotli(bytes: &[u8]) -> Result<usize> {
    let mut compressed = Vec::new();
    brotli::CompressorWriter::new(&mut compressed, 4096, 11, 22).write_all(bytes)?;
    Ok(compressed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_an_address() {
        for (name, whose) in [
            (
                "bedrock_chat::sigv4::hmac_key::h802c1d78a5d71eda",
                "bedrock_chat sigv4",
            ),
            (
                "bedrock_chat::json::reader::Reader::next::h802c1d78a5d71eda",
                "bedrock_chat json::reader",
            ),
            (
                "bedrock_chat::js::call::run::{{closure}}::h802c1d78a5d71eda",
                "bedrock_chat js::call",
            ),
            (
                "bedrock_chat_core[1f0c1f0c1f0c1f0c]::sse::marks",
                "bedrock_chat_core sse",
            ),
            (
                "bedrock_chat::js::errors::set_hidden::__wbg_hidden_af006a8788ea3127::habed4842353f073a",
                "bedrock_chat js::errors",
            ),
            (
                "<bedrock_chat::js::body::Walk<'_> as serde_core::de::Deserializer>::f::h802c1d78a5d71eda",
                "bedrock_chat js::body",
            ),
            (
                "<&mut bedrock_chat::chunk::Chunk>::read",
                "bedrock_chat chunk",
            ),
            ("bedrock_chat::start::h802c1d78a5d71eda", "bedrock_chat lib"),
            (
                "<alloc[3ca501edff3f0c7c]::string::String as core[c5930c85a12de822]::fmt::Write>::write_str",
                "alloc string",
            ),
            (
                "<usize as core[c5930c85a12de822]::fmt::Display>::fmt",
                "core fmt",
            ),
            (
                "<[T] as core::slice::Concat<fn() -> T>>::concat",
                "core slice",
            ),
            ("<str>::trim_ascii", "core primitive types"),
            (
                "core::str::<impl str>::ends_with::h2fee75cef2cb7437",
                "core str",
            ),
            (
                "core::ptr::drop_in_place<alloc::vec::Vec<(A,B)>>::hb629955c048330d4",
                "alloc vec",
            ),
            (
                "alloc::rc::Rc<T,A>::drop_slow::h664fcb5263890391",
                "alloc rc",
            ),
            (
                "talc::base::Talc<S,B>::deregister_gap::h78de6b335b0f9eb0",
                "talc ",
            ),
            (
                "Closure(Closure { owned: true }) -> Externref",
                "wasm_bindgen ",
            ),
            ("__wbindgen_malloc", "wasm_bindgen "),
            ("call_timeOut", "exports call_timeOut"),
            ("memcpy", "compiler_builtins "),
            ("data", "data "),
        ] {
            let (krate, path) = concern(name);
            assert_eq!(format!("{krate} {path}"), whose, "{name}");
        }
    }

    /// A module with a function, its name and another custom section.
    const MODULE: &[u8] = b"\0asm\x01\0\0\0\
        \x01\x04\x01\x60\0\0\
        \x03\x02\x01\0\
        \x0a\x05\x01\x03\0\x01\x0b\
        \0\x0c\x04name\x01\x05\x01\0\x02a:\
        \0\x02\x01x";

    #[test]
    fn custom_sections_are_stripped() -> Result<()> {
        let stripped = strip(MODULE)?;
        assert_eq!(stripped, &MODULE[..25]);
        assert_eq!(strip(&stripped)?, stripped);
        Ok(())
    }

    #[test]
    fn functions_are_found_with_their_names() -> Result<()> {
        let parts = parts(MODULE)?;
        let found: Vec<_> = parts
            .iter()
            .map(|part| (part.name.as_str(), part.bytes.len()))
            .collect();
        assert_eq!(
            found,
            [
                ("types, tables, globals", 4),
                ("types, tables, globals", 2),
                ("a:", 4)
            ]
        );
        Ok(())
    }
}

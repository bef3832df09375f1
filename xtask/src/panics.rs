//! Panics that trap at once.
//!
//! A panic ends in a trap, and nobody hears its message: there is no console in the module. But
//! the message is written before, by code that weighs kilobytes, and names source files of the
//! machine that built the module. So the functions that write it become traps themselves, and
//! `wasm-opt` drops what only they used. (As the tool `wasm-snip` did.)

use anyhow::{Result, ensure};
use walrus::{FunctionBuilder, FunctionKind, Module};

/// What the standard library calls to panic, by the paths of Rust.
const PANICS: [&str; 12] = [
    "core::panicking::",
    "core::cell::panic_",
    "core::cell::lazy::panic_",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::result::unwrap_failed",
    "core::slice::index::slice_",
    "std::panicking::begin_panic",
    "std::panicking::panic_handler",
    "std::panicking::panic_with_hook",
    "std::panicking::rust_panic",
    "alloc::alloc::handle_alloc_error",
];

/// Replaces the bodies of the functions that panic by a trap.
pub fn trap(module: &mut Module) -> Result<()> {
    let panics: Vec<_> = module
        .funcs
        .iter_local()
        .filter(|(id, _)| {
            let name = module.funcs.get(*id).name.as_deref();
            name.is_some_and(panics_always)
        })
        .map(|(id, function)| (id, function.ty()))
        .collect();
    ensure!(!panics.is_empty(), "the module's functions have no names");
    for (id, ty) in panics {
        let (params, results) = module.types.params_results(ty);
        let (params, results) = (params.to_vec(), results.to_vec());
        let args = params
            .iter()
            .map(|param| module.locals.add(*param))
            .collect();
        let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
        builder.func_body().unreachable();
        let trap = builder.local_func(args);
        module.funcs.get_mut(id).kind = FunctionKind::Local(trap);
    }
    Ok(())
}

/// From a demangled name: `core[1f0c]::panicking::panic_fmt`, with the crate's hash or without.
fn panics_always(name: &str) -> bool {
    let path = match (name.find('['), name.find(']')) {
        (Some(start), Some(end)) if start < end => [&name[..start], &name[end + 1..]].concat(),
        _ => name.to_owned(),
    };
    PANICS.iter().any(|start| path.starts_with(start)) || path.ends_with("::assert_failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_panics() {
        for name in [
            "core[c5930c85a12de822]::panicking::panic_fmt",
            "core::panicking::assert_failed::h0123456789abcdef",
            "<alloc[3ca501edff3f0c7c]::vec::Vec<_, _>>::insert_mut::assert_failed",
            "alloc[3ca501edff3f0c7c]::alloc::handle_alloc_error",
        ] {
            assert!(panics_always(name), "{name}");
        }
        for name in [
            "bedrock_chat::error::Report::failure::h1c2aee3c51ed6f58",
            "std[a543996e6e7dbf1e]::panicking::panic_count::count_is_zero",
            "std[a543996e6e7dbf1e]::panicking::set_hook",
            "<core[c5930c85a12de822]::panicking::AssertKind as core::fmt::Debug>::fmt",
            "<core[c5930c85a12de822]::fmt::Formatter>::pad",
            "alloc[3ca501edff3f0c7c]::alloc::Global",
            "",
        ] {
            assert!(!panics_always(name), "{name}");
        }
    }
}

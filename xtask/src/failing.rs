//! The package for tests whose module fails on demand.
//!
//! Each function of it asks `test.fuse`, as it begins, whether to trap. What that throws passes
//! through as the engine's own exceptions do when the stack is exhausted. The rest of the package
//! is as it is packed: see tests/failing.js.

use crate::{inline, pack};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use walrus::{Module, ValType};

/// How large its memory may become, in pages of 64 KiB.
const MOST_PAGES: u64 = 2048;

/// Lays the tarball out as `bedrock-chat-failing`.
pub fn install(tarball: &Path, node_modules: &Path) -> Result<()> {
    let place = node_modules.join("bedrock-chat-failing");
    pack::unpack(tarball, &place)?;
    let path = place.join("gen/bedrock_chat.wasm");
    let module = fs::read(&path).with_context(|| path.display().to_string())?;
    let module = instrument(&module)?;
    fs::write(place.join("gen/inline.js"), inline::module(&module)?)?;
    fs::write(path, module)?;
    Ok(())
}

fn instrument(module: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::from_buffer(module)?;
    let fuse = module.types.add(&[], &[ValType::I32]);
    let (fuse, _) = module.add_import_func("test", "fuse", fuse);
    for (_, function) in module.funcs.iter_local_mut() {
        function
            .builder_mut()
            .func_body()
            .call_at(0, fuse)
            .if_else_at(
                1,
                None,
                |then| {
                    then.unreachable();
                },
                |_| {},
            );
    }
    // Few answers, if large ones, are enough to fill it.
    for memory in module.memories.iter_mut() {
        memory.maximum = Some(MOST_PAGES);
    }
    Ok(module.emit_wasm())
}

//! Rust's stack pointer, for JavaScript.
//!
//! A function moves it, and moves it back when it returns. An exception that passes through leaves
//! it where it was: whoever catches the exception puts it back, through this export.

use anyhow::{Context, Result, bail, ensure};
use walrus::ir::Value;
use walrus::{ConstExpr, DataKind, ExportItem, Global, GlobalKind, Module, ValType};

/// What JavaScript calls it.
pub const EXPORT: &str = "sp";

/// Exports it.
pub fn export(module: &mut Module) -> Result<()> {
    let global = module
        .globals
        .iter()
        .find(|global| global.name.as_deref() == Some("__stack_pointer"))
        .context("no global of the module is its stack pointer")?;
    let id = global.id();
    let top = top(global)?;
    // As `wasm-opt --low-memory-unused` wants it.
    for data in module.data.iter() {
        let DataKind::Active { offset, .. } = &data.kind else {
            continue;
        };
        let ConstExpr::Value(Value::I32(offset)) = offset else {
            bail!("some data has no address");
        };
        ensure!(*offset >= top, "there is data at {offset}, below the stack");
    }
    module.exports.add(EXPORT, id);
    Ok(())
}

/// Whether it is exported still.
pub fn check(module: &[u8]) -> Result<()> {
    let module = Module::from_buffer(module)?;
    let export = module.exports.iter().find(|export| export.name == EXPORT);
    match export.map(|export| export.item) {
        Some(ExportItem::Global(id)) => top(module.globals.get(id)).map(drop),
        _ => bail!("the module does not export its stack pointer"),
    }
}

/// Where the stack begins.
fn top(global: &Global) -> Result<i32> {
    match global.kind {
        GlobalKind::Local(ConstExpr::Value(Value::I32(top)))
            if global.mutable && global.ty == ValType::I32 && top > 0 =>
        {
            Ok(top)
        }
        _ => bail!("the stack pointer is no mutable number"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, mutable: bool, data: i32) -> Module {
        let mut module = Module::default();
        let start = ConstExpr::Value(Value::I32(4096));
        let id = module
            .globals
            .add_local(ValType::I32, mutable, false, start);
        module.globals.get_mut(id).name = Some(name.to_owned());
        let memory = module.memories.add_local(false, false, 1, None, None);
        let offset = ConstExpr::Value(Value::I32(data));
        let kind = DataKind::Active { memory, offset };
        module.data.add(kind, vec![1]);
        module
    }

    #[test]
    fn the_stack_pointer_is_exported() -> Result<()> {
        let mut module = module("__stack_pointer", true, 4096);
        assert!(check(&module.emit_wasm()).is_err());
        export(&mut module)?;
        check(&module.emit_wasm())
    }

    #[test]
    fn what_is_none_is_not() {
        for mut module in [
            module("other", true, 4096),
            module("__stack_pointer", false, 4096),
            module("__stack_pointer", true, 1024),
        ] {
            assert!(export(&mut module).is_err());
        }
    }
}

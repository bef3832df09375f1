//! Shims of closures that nobody makes.
//!
//! js-sys describes to wasm-bindgen every closure that one of its functions could be given, and with
//! each the function that would run it. wasm-bindgen drops the descriptions, and exports the functions
//! of closures that are made; but all of them stay in the module's table of functions, which nobody
//! looks them up in: JavaScript calls the exports. 0.4 KB gzip.

use anyhow::{Result, ensure};
use walrus::{ElementItems, FunctionBuilder, Module, RefType};

/// What wasm-bindgen calls them all.
const SHIM: &str = "::convert::closures::_::invoke";

/// Takes them out of the table: a trap in the place of each.
pub fn drop_shims(module: &mut Module) -> Result<()> {
    let is_exported = |table: &walrus::Table| module.exports.get_exported_table(table.id());
    let mut functions = module
        .tables
        .iter()
        .filter(|it| it.element_ty == RefType::FUNCREF);
    ensure!(
        functions.all(|table| is_exported(table).is_none()),
        "JavaScript may call what is in the module's table"
    );
    let mut builder = FunctionBuilder::new(&mut module.types, &[], &[]);
    builder.func_body().unreachable();
    let trap = builder.finish(Vec::new(), &mut module.funcs);
    let functions = &module.funcs;
    for element in module.elements.iter_mut() {
        let ElementItems::Functions(ids) = &mut element.items else {
            continue;
        };
        for id in ids {
            let name = functions.get(*id).name.as_deref();
            if name.is_some_and(|name| name.contains(SHIM)) {
                *id = trap;
            }
        }
    }
    Ok(())
}

//! The budgets of the bundles, in `budget.json`: what a program that streams text weighs, by entry.
//!
//! It is measured as `bench` does for its first row: bundled and minified by esbuild, then gzip.

use crate::workspace::Workspace;
use crate::{npm, pack, package, process, tools};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::Path;

const SCRIPT: &str = r#"
import { gzipSync } from "node:zlib";
import { bundle } from "./bundle.js";
console.log(gzipSync(await bundle(process.argv[1], "browser"), { level: 9 }).length);
"#;

/// The entries, and what `tests/bench/bundle.js` calls the programs.
const ENTRIES: [(&str, &str); 2] = [("bedrock-chat", "ours"), ("bedrock-chat/lite", "lite")];

/// What the module weighs more where the standard library comes as it is, in KB.
const WITHOUT_STD_SOURCES: f64 = 3.5;

/// Whether the packed package keeps the budgets.
pub fn check(workspace: &Workspace, tarball: &Path) -> Result<()> {
    let budgets: Value = serde_json::from_slice(&fs::read(workspace.root.join("budget.json"))?)?;
    npm::ci(&workspace.tests())?;
    let folder = workspace.tests().join("bench");
    pack::install(tarball, &folder.join("node_modules"))?;
    for (entry, program) in ENTRIES {
        let budget = budgets["bundleGzipKB"][entry]
            .as_f64()
            .with_context(|| format!("budget.json has no number for `{entry}`"))?;
        keep(entry, budget, measure(&folder, program)?)?;
    }
    Ok(())
}

fn keep(entry: &str, budget: f64, measured: f64) -> Result<()> {
    let budget = if package::has_std_sources() {
        budget
    } else {
        budget + WITHOUT_STD_SOURCES
    };
    println!("   {entry}: {measured:.2} KB of {budget:.1} KB");
    ensure!(
        measured <= budget,
        "a program that streams text by `{entry}` weighs {measured:.2} KB, minified and gzip; \
         budget.json allows {budget:.1} KB.\n\
         `cargo xtask build --functions` lists where the bytes of the module are, here and on the \
         branch that you come from. What cannot be smaller needs a larger budget, and a reason."
    );
    Ok(())
}

/// In KB of 1,024 bytes.
fn measure(folder: &Path, program: &str) -> Result<f64> {
    let mut node = tools::node()?;
    node.args(["--input-type=module", "--eval", SCRIPT, program]);
    let size = process::check(node.current_dir(folder))?;
    let size: u32 = size.trim().parse().with_context(|| size.clone())?;
    Ok(f64::from(size) / 1024.0)
}

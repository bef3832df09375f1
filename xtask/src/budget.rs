//! The budget of the bundle, in `budget.json`: what a program that streams text weighs.
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
console.log(gzipSync(await bundle("ours", "browser"), { level: 9 }).length);
"#;

/// What the module weighs more where the standard library comes as it is, in KB.
const WITHOUT_STD_SOURCES: f64 = 3.5;

/// Whether the packed package keeps the budget.
pub fn check(workspace: &Workspace, tarball: &Path) -> Result<()> {
    let budget: Value = serde_json::from_slice(&fs::read(workspace.root.join("budget.json"))?)?;
    let budget = budget["bundleGzipKB"]
        .as_f64()
        .context("budget.json has no number `bundleGzipKB`")?;
    let budget = if package::has_std_sources() {
        budget
    } else {
        budget + WITHOUT_STD_SOURCES
    };
    let measured = measure(workspace, tarball)?;
    println!("   {measured:.2} KB of {budget:.1} KB");
    ensure!(
        measured <= budget,
        "a program that streams text weighs {measured:.2} KB, minified and gzip; \
         budget.json allows {budget:.1} KB.\n\
         `cargo xtask build --functions` lists where the bytes of the module are, here and on the \
         branch that you come from. What cannot be smaller needs a larger budget, and a reason."
    );
    Ok(())
}

/// In KB of 1,024 bytes.
fn measure(workspace: &Workspace, tarball: &Path) -> Result<f64> {
    npm::ci(&workspace.tests())?;
    let folder = workspace.tests().join("bench");
    pack::install(tarball, &folder.join("node_modules"))?;
    let mut node = tools::node()?;
    node.args(["--input-type=module", "--eval", SCRIPT]);
    let size = process::check(node.current_dir(folder))?;
    let size: u32 = size.trim().parse().with_context(|| size.clone())?;
    Ok(f64::from(size) / 1024.0)
}

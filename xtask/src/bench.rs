//! `cargo xtask bench`: the package against others, and the budgets.
//!
//! What is measured and how is in `tests/bench/`, and told in BENCHMARKS.md.

use crate::process::{self, Output};
use crate::runtimes::{COMPATIBILITY_DATE, DRIVER_NODE, without_credentials};
use crate::workspace::Workspace;
use crate::{npm, pack, tools};
use anyhow::{Result, ensure};
use serde_json::json;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

/// Longer than the slowest of its steps, which say something when they start.
const SILENCE: Duration = Duration::from_secs(900);

/// A quick run measures less often and leaves BENCHMARKS.md alone.
pub fn bench(workspace: &Workspace, quick: bool) -> Result<()> {
    let tarball = pack::pack(workspace)?;
    let folder = workspace.tests().join("bench");
    npm::ci(&workspace.tests())?;
    npm::ci(&folder)?;
    pack::install(&tarball, &folder.join("node_modules"))?;
    let scratch = workspace.scratch().join("bench");
    fs::create_dir_all(&scratch)?;

    let driver = tools::node_of(workspace, DRIVER_NODE)?;
    let mut nodes = vec![json!({ "path": "node" })];
    for major in [22, 24] {
        nodes.push(json!({ "path": tools::node_of(workspace, major)? }));
    }
    let json = workspace.target.join("bench.json");
    let page = workspace.root.join("BENCHMARKS.md");
    let config = json!({
        "quick": quick,
        "nodes": nodes,
        "driver": driver,
        "compatibilityDate": COMPATIBILITY_DATE,
        "scratch": scratch,
        "json": json,
        "markdown": (!quick).then_some(&page),
    });
    let mut command = tools::node()?;
    command
        .arg("bench.js")
        .arg(config.to_string())
        .current_dir(&folder)
        .stdin(Stdio::null());
    without_credentials(&mut command);
    let finished = process::run(&mut command, Output::Live(SILENCE))?;
    ensure!(finished.success(), "the bench failed");
    println!("{}", json.display());
    Ok(())
}

//! `cargo xtask bench`: the package against others, and the budgets.
//!
//! What is measured and how is in `tests/bench/`, and told in BENCHMARKS.md.

use crate::process::{self, Output};
use crate::runtimes::{COMPATIBILITY_DATE, DRIVER_NODE, without_credentials};
use crate::workspace::Workspace;
use crate::{npm, pack, tools};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// Longer than the slowest of its steps, which say something when they start.
const SILENCE: Duration = Duration::from_secs(900);

/// What is asked of the bench.
struct Options {
    /// Measures less often and leaves BENCHMARKS.md alone.
    quick: bool,
    /// An older package to compare with: its tarball, or the folder that was packed into it.
    before: Option<PathBuf>,
    /// For how many seconds each client is under load; 0 leaves that out.
    load: Option<u32>,
}

impl Options {
    /// For a command line that knows `--quick` alone: the others are variables.
    fn from_env(quick: bool) -> Result<Self> {
        let load = match env::var("BENCH_LOAD") {
            Ok(seconds) => Some(seconds.parse().context("BENCH_LOAD is no number")?),
            Err(_) => None,
        };
        let before = env::var_os("BENCH_BEFORE").map(PathBuf::from);
        Ok(Self {
            quick,
            before,
            load,
        })
    }
}

/// Measures, prints the missed budgets and writes the report.
pub fn bench(workspace: &Workspace, quick: bool) -> Result<()> {
    let Options {
        quick,
        before,
        load,
    } = Options::from_env(quick)?;
    let scratch = workspace.scratch().join("bench");
    fs::create_dir_all(&scratch)?;
    let before = before
        .map(|package| unpacked(&package, &scratch))
        .transpose()?;
    let tarball = pack::pack(workspace)?;
    let folder = workspace.tests().join("bench");
    npm::ci(&workspace.tests())?;
    npm::ci(&folder)?;
    pack::install(&tarball, &folder.join("node_modules"))?;

    let driver = tools::node_of(workspace, DRIVER_NODE)?;
    let mut nodes = vec![json!({ "path": "node" })];
    for major in [22, 24] {
        nodes.push(json!({ "path": tools::node_of(workspace, major)? }));
    }
    let json = workspace.target.join("bench.json");
    let page = workspace.root.join("BENCHMARKS.md");
    let config = json!({
        "quick": quick,
        "before": before,
        "load": load.unwrap_or(if quick { 5 } else { 60 }),
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

/// The folder of a package, which may still be packed.
fn unpacked(package: &Path, scratch: &Path) -> Result<PathBuf> {
    let path = package
        .canonicalize()
        .with_context(|| package.display().to_string())?;
    let folder = if path.is_dir() {
        path
    } else {
        let place = scratch.join("before");
        pack::install(&path, &place)?;
        place.join("bedrock-chat")
    };
    ensure!(
        folder.join("package.json").is_file(),
        "{} holds no package",
        package.display()
    );
    Ok(folder)
}

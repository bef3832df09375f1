//! The package as its users have it: bundled, deployed and typed; and the examples.

use crate::process::{self, Output};
use crate::runtimes::{DRIVER_NODE, without_credentials};
use crate::test::Tally;
use crate::tools::{self, System};
use crate::workspace::Workspace;
use crate::{npm, pack};
use anyhow::{Context, Result};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// As for the runtimes: longer than the watchdog in the harness.
const SILENCE: Duration = Duration::from_secs(150);

const NAME: &str = "consumers";

/// What they need of the system.
pub const NEEDS: &[System] = &[System::Chromium];

/// The bundlers and the checkers.
pub fn install(workspace: &Workspace) -> Result<()> {
    npm::ci(&folder(workspace))
}

/// Runs them with the packed package. `emulator` is the local Bedrock's address.
pub fn run(
    workspace: &Workspace,
    tarball: &Path,
    emulator: &str,
    filter: Option<&str>,
) -> Result<Tally> {
    let folder = folder(workspace);
    pack::install(tarball, &folder.join("node_modules"))?;
    let config = json!({
        "name": NAME,
        "runtime": "node",
        "emulator": emulator,
        "filter": filter,
        "folders": [NAME],
        "tarball": tarball,
        "programs": {
            "bun": tools::bun(workspace)?,
            "chromium": System::Chromium.path()?,
            "deno": tools::deno(workspace)?,
        },
    });
    let mut command = Command::new(tools::node_of(workspace, DRIVER_NODE)?);
    command
        .arg("../runtimes/local.js")
        .arg(config.to_string())
        .current_dir(&folder)
        // Its end is the sign to clean up and go.
        .stdin(Stdio::piped());
    without_credentials(&mut command);
    let finished = process::run(&mut command, Output::Live(SILENCE))?;
    let last = |start: &str| {
        let mut lines = finished.text.lines().rev();
        lines.find_map(|line| line.strip_prefix(start))
    };
    let tally = last("consumers: ").and_then(Tally::parse);
    tally.with_context(|| {
        let last = last("@ ");
        format!(
            "{NAME} ended without a summary in {}",
            last.unwrap_or("no test")
        )
    })
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.tests().join(NAME)
}

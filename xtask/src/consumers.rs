//! The package as its users have it: bundled, deployed and typed; and the examples.

use crate::runtimes::{DRIVER_NODE, harness};
use crate::tally::Tally;
use crate::tools::{self, System};
use crate::workspace::Workspace;
use crate::{npm, pack};
use anyhow::Result;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    command.arg("../runtimes/local.js");
    harness(&mut command, &folder, NAME, &config)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.tests().join(NAME)
}

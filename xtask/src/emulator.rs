//! The local Bedrock.

use crate::process::{self, Server};
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::Command;
use std::time::Duration;

/// Builds it.
pub fn build(workspace: &Workspace) -> Result<()> {
    process::show(&mut workspace.cargo(["build", "--package=bedrock-emulator"]))
}

/// Starts it on a free port. It streams a token per `delay`.
pub fn start(workspace: &Workspace, delay: Duration) -> Result<Server> {
    let name = format!("bedrock-emulator{}", std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(workspace.target.join("debug").join(name));
    command.args(["--port", "0", "--exit-with-stdin", "--token-delay-ms"]);
    command.arg(delay.as_millis().to_string());
    Server::start(&mut command)
}

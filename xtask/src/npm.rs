//! npm packages of a folder, as its lock file says.

use crate::process;
use crate::workspace::digest;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::Command;

/// `npm ci`, unless these very packages are there.
///
/// Without install scripts: every tool of ours ships its program in a package, and no script gets
/// to download something.
pub fn ci(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let wanted = digest(&[&fs::read(&lock).with_context(|| lock.display().to_string())?]);
    let marker = folder.join("node_modules/.installed");
    if fs::read_to_string(&marker).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    let mut npm = npm(folder);
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    process::check(&mut npm)?;
    fs::write(&marker, wanted).with_context(|| marker.display().to_string())
}

/// An npm command in a folder.
pub fn npm(folder: &Path) -> Command {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(folder);
    npm
}

//! Where things are.

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout and cargo's target directory.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
}

impl Workspace {
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask lies in the workspace")?
            .to_owned();
        // Cargo is asked, since a setting or an environment variable may move the directory.
        let output = Command::new(cargo())
            .current_dir(&root)
            .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
            .output()
            .context("cargo metadata")?;
        ensure!(
            output.status.success(),
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target directory")?
            .into();
        Ok(Self { root, target })
    }

    /// The npm package.
    pub fn pkg(&self) -> PathBuf {
        self.root.join("pkg")
    }

    /// The test infrastructure and the package tests.
    pub fn tests(&self) -> PathBuf {
        self.root.join("tests")
    }

    /// Our own corner of the target directory.
    pub fn scratch(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// A cargo command in this workspace.
    pub fn cargo<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root).args(arguments);
        command
    }
}

fn cargo() -> PathBuf {
    // The cargo that runs us, so that a `+toolchain` is kept.
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// A digest of some inputs, as hexadecimal text.
pub fn digest(inputs: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for input in inputs {
        // The lengths keep "a", "bc" and "ab", "c" apart.
        hash.update((input.len() as u64).to_le_bytes());
        hash.update(input);
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

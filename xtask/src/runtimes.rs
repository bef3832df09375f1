//! The package tests, in every runtime.

use crate::process::{self, Output};
use crate::tally::Tally;
use crate::tools::{self, System};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Longer than the watchdog in the harness, which cannot bark while a test blocks the runtime.
const SILENCE: Duration = Duration::from_secs(150);

/// The Node whose packages drive browsers and workerd: the newest of them do not run on the oldest
/// Node that ours runs on.
pub const DRIVER_NODE: u32 = 22;

/// What the worker's compatibility flags are those of. Not later than the installed workerd.
pub const COMPATIBILITY_DATE: &str = "2026-07-30";

/// Where the package has to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    Node,
    Node22,
    Node24,
    Deno,
    Bun,
    Workerd,
    Chromium,
    Firefox,
    WebKit,
}

impl Runtime {
    pub const ALL: [Self; 9] = [
        Self::Node,
        Self::Node22,
        Self::Node24,
        Self::Deno,
        Self::Bun,
        Self::Workerd,
        Self::Chromium,
        Self::Firefox,
        Self::WebKit,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Node22 => "node-22",
            Self::Node24 => "node-24",
            Self::Deno => "deno",
            Self::Bun => "bun",
            Self::Workerd => "workerd",
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKit => "webkit",
        }
    }

    /// One of each kind of engine and platform is enough for a quick look.
    pub fn is_quick(self) -> bool {
        matches!(self, Self::Node | Self::Workerd | Self::Chromium)
    }

    /// The name that tests know it by.
    fn kind(self) -> &'static str {
        match self {
            Self::Node22 | Self::Node24 => "node",
            _ => self.name(),
        }
    }

    /// What it needs of the system.
    pub fn needs(self) -> &'static [System] {
        match self {
            Self::Chromium => &[System::Chromium],
            Self::Firefox => &[System::Firefox],
            Self::WebKit => &[System::WebKitDriver, System::MiniBrowser, System::Xvfb],
            _ => &[],
        }
    }

    /// Runs the package tests.
    pub fn run(
        self,
        workspace: &Workspace,
        servers: &Origins<'_>,
        filter: Option<&str>,
    ) -> Result<Tally> {
        let mut config = json!({
            "name": self.name(),
            "runtime": self.kind(),
            "emulator": servers.emulator,
            "files": servers.files,
            "filter": filter,
            "folders": ["package"],
        });
        let mut command = self.command(workspace, &mut config)?;
        harness(&mut command, &workspace.tests(), self.name(), &config)
    }

    fn command(self, workspace: &Workspace, config: &mut Value) -> Result<Command> {
        let mut command = match self {
            Self::Node => tools::node()?,
            Self::Node24 => Command::new(tools::node_of(workspace, 24)?),
            Self::Deno => Command::new(tools::deno(workspace)?),
            Self::Bun => Command::new(tools::bun(workspace)?),
            _ => Command::new(tools::node_of(workspace, DRIVER_NODE)?),
        };
        match self {
            Self::Node => {
                // Comparisons with other packages need one runtime only.
                if has_tests(&workspace.tests().join("node")) {
                    config["folders"] = json!(["package", "node"]);
                }
                command.arg("runtimes/local.js");
            }
            Self::Node22 | Self::Node24 | Self::Bun => {
                command.arg("runtimes/local.js");
            }
            Self::Deno => {
                // The tests are read and the environment of AWS is; the package itself needs but
                // the network.
                command
                    .args(["run", "--no-prompt", "--allow-net", "--allow-read=."])
                    .args(["--allow-env", "runtimes/local.js"]);
            }
            Self::Workerd => {
                config["compatibilityDate"] = json!(COMPATIBILITY_DATE);
                command.arg("runtimes/workerd.js");
            }
            Self::Chromium => {
                config["program"] = json!(System::Chromium.path()?);
                command.arg("runtimes/puppeteer.js");
            }
            Self::Firefox => {
                config["program"] = json!(System::Firefox.path()?);
                command.arg("runtimes/puppeteer.js");
            }
            Self::WebKit => {
                config["programs"] = json!({
                    "driver": System::WebKitDriver.path()?,
                    "browser": System::MiniBrowser.path()?,
                    "xvfb": System::Xvfb.path()?,
                });
                command.arg("runtimes/webkit.js");
            }
        }
        Ok(command)
    }
}

/// The servers that tests talk to.
#[derive(Debug)]
pub struct Origins<'a> {
    pub emulator: &'a str,
    pub files: &'a str,
}

/// Whoever runs the tests has keys of their own perhaps, which no test may find.
pub fn without_credentials(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
}

fn has_tests(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .into_iter()
        .any(|entry| entry.file_name().to_string_lossy().ends_with(".test.js"))
}

/// Runs tests by the harness, in a folder, and reads their summary.
pub fn harness(command: &mut Command, folder: &Path, name: &str, config: &Value) -> Result<Tally> {
    command
        .arg(config.to_string())
        .current_dir(folder)
        // Its end is the sign to clean up and go.
        .stdin(Stdio::piped());
    without_credentials(command);
    let finished = process::run(command, Output::Live(SILENCE))?;
    let last = |start: &str| {
        let mut lines = finished.text.lines().rev();
        lines.find_map(|line| line.strip_prefix(start))
    };
    last(&format!("{name}: "))
        .and_then(Tally::parse)
        .with_context(|| {
            let what = match finished.status {
                Some(status) => format!("ended without a summary ({status})"),
                None => "hung".to_owned(),
            };
            format!("{name} {what} in {}", last("@ ").unwrap_or("no test"))
        })
}

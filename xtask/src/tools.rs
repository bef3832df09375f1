//! Programs that are not ours: found, or installed.

use crate::process;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail, ensure};
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The oldest Node that has all that a tool of ours needs.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// The rustc that belongs to our cargo.
pub fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// The machine's Node.
pub fn node() -> Result<Command> {
    static FOUND: OnceLock<std::result::Result<(), String>> = OnceLock::new();
    let checked = FOUND.get_or_init(|| check_node().map_err(|error| format!("{error:#}")));
    match checked {
        Ok(()) => Ok(Command::new("node")),
        Err(error) => bail!("{error}"),
    }
}

fn check_node() -> Result<()> {
    let (major, minor) = OLDEST_NODE;
    let wanted = || format!("Node {major}.{minor} or newer is needed: install it");
    let version = process::check(Command::new("node").arg("--version")).with_context(wanted)?;
    let version = version.trim();
    let mut numbers = version.trim_start_matches('v').split('.');
    let mut number = || numbers.next().and_then(|n| n.parse::<u32>().ok());
    let found = (number().unwrap_or(0), number().unwrap_or(0));
    ensure!(found >= OLDEST_NODE, "{}; found {version}", wanted());
    Ok(())
}

/// A Node of a certain major version, from npm.
pub fn node_of(workspace: &Workspace, major: u32) -> Result<PathBuf> {
    let package = format!("node-{major}-{}/bin/node", platform("darwin"));
    from_npm(workspace, &package, &format!("NODE_{major}"), &[])
}

pub fn deno(workspace: &Workspace) -> Result<PathBuf> {
    let libc = if cfg!(target_env = "gnu") {
        "-glibc"
    } else {
        ""
    };
    let package = format!("@deno/{}{libc}/deno", platform("darwin"));
    from_npm(workspace, &package, "DENO", &["deno"])
}

pub fn bun(workspace: &Workspace) -> Result<PathBuf> {
    let platform = platform("darwin").replace("arm64", "aarch64");
    from_npm(
        workspace,
        &format!("@oven/bun-{platform}/bin/bun"),
        "BUN",
        &["bun"],
    )
}

/// This machine in the words of npm packages: `linux-x64`.
fn platform(mac: &str) -> String {
    let system = match env::consts::OS {
        "macos" => mac,
        other => other,
    };
    let processor = match env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}-{processor}")
}

/// A program in a package of `tests/`; or where a variable says; or one of some names on the path.
fn from_npm(
    workspace: &Workspace,
    package: &str,
    variable: &str,
    names: &[&str],
) -> Result<PathBuf> {
    let path = workspace.tests().join("node_modules").join(package);
    if path.is_file() {
        return Ok(path);
    }
    find(variable, names).with_context(|| {
        format!(
            "npm has no {package} for this machine in tests/package.json: \
             install it and put its path into the variable {variable}"
        )
    })
}

/// Where a variable says, or one of some names on the path.
fn find(variable: &str, names: &[&str]) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Some(path.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
}

/// A program that Debian has a package for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Chromium,
    Firefox,
    WebKitDriver,
    MiniBrowser,
    Xvfb,
}

impl System {
    /// Its Debian package.
    fn package(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox-esr",
            // MiniBrowser comes with the library that the driver depends on.
            Self::WebKitDriver | Self::MiniBrowser => "webkit2gtk-driver",
            Self::Xvfb => "xvfb",
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Chromium => "CHROMIUM",
            Self::Firefox => "FIREFOX",
            Self::WebKitDriver => "WEBKIT_DRIVER",
            Self::MiniBrowser => "MINIBROWSER",
            Self::Xvfb => "XVFB",
        }
    }

    /// Where it is, if it is somewhere.
    pub fn find(self) -> Option<PathBuf> {
        let names: &[&str] = match self {
            Self::Chromium => &[
                "chromium",
                "chromium-browser",
                "google-chrome-stable",
                "google-chrome",
            ],
            Self::Firefox => &["firefox-esr", "firefox"],
            Self::WebKitDriver => &["WebKitWebDriver"],
            Self::MiniBrowser => &["MiniBrowser"],
            Self::Xvfb => &["Xvfb"],
        };
        find(self.variable(), names).or_else(|| {
            let places: Vec<PathBuf> = match self {
                Self::Chromium => {
                    vec!["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome".into()]
                }
                Self::Firefox => vec!["/Applications/Firefox.app/Contents/MacOS/firefox".into()],
                Self::MiniBrowser => mini_browsers(),
                Self::WebKitDriver | Self::Xvfb => vec![],
            };
            places.into_iter().find(|path| path.is_file())
        })
    }

    /// Where it is, or what to do about it.
    pub fn path(self) -> Result<PathBuf> {
        self.find().with_context(|| {
            format!(
                "{self:?} is not found: install it (Debian: apt-get install {}) \
                 or put its path into the variable {}",
                self.package(),
                self.variable()
            )
        })
    }
}

/// Debian keeps it beside the library: `/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser`.
fn mini_browsers() -> Vec<PathBuf> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.flatten().map(|entry| entry.path()).collect()
    };
    let mut found: Vec<PathBuf> = ["/usr/lib", "/usr/libexec"]
        .iter()
        .flat_map(|folder| inside(Path::new(folder)))
        .filter(|path| path.is_dir())
        .flat_map(|folder| inside(&folder))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("webkit2gtk-") || name.starts_with("webkitgtk-")
        })
        .map(|folder| folder.join("MiniBrowser"))
        .collect();
    found.sort();
    found
}

/// Installs what is missing, where we may. What is missing afterwards is an error of its user.
pub fn install(programs: &[System]) -> Result<()> {
    let mut packages: Vec<&str> = programs
        .iter()
        .filter(|program| program.find().is_none())
        .map(|program| program.package())
        .collect();
    packages.dedup();
    if packages.is_empty() || !is_root_on_debian() {
        return Ok(());
    }
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        process::check(&mut apt)
    };
    apt(&["update"])?;
    apt(&[
        &["install", "--yes", "--no-install-recommends"],
        &packages[..],
    ]
    .concat())?;
    Ok(())
}

fn is_root_on_debian() -> bool {
    Path::new("/etc/debian_version").is_file()
        && find("APT_GET", &["apt-get"]).is_some()
        && process::check(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

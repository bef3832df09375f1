//! `cargo xtask pack`: the npm tarball, checked; and laying it out for the tests.

use crate::workspace::Workspace;
use crate::{npm, package, process, tools};
use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What npm shows on the package's page, and the licences.
const FROM_ROOT: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

/// Builds the package and packs it. The result is the tarball's path.
pub fn pack(workspace: &Workspace) -> Result<PathBuf> {
    package::build(workspace)?;
    let folder = workspace.target.join("npm");
    drop(fs::remove_dir_all(&folder));
    // From a copy, so that files of the root need not lie in pkg/ as well.
    let staging = folder.join("package");
    copy(&workspace.pkg(), &staging)?;
    bundle(workspace, &staging)?;
    for name in FROM_ROOT {
        let from = workspace.root.join(name);
        if from.is_file() {
            fs::copy(&from, staging.join(name))?;
        }
    }
    let mut npm = npm::npm(&staging);
    // npm's warnings go to the other output, so only this one is read.
    let output = npm
        .args(["pack", "--json", "--ignore-scripts", "--pack-destination"])
        .arg(&folder)
        .output()
        .context("npm pack")?;
    ensure!(
        output.status.success(),
        "npm pack failed\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let report: Value = serde_json::from_slice(&output.stdout).context("the output of npm pack")?;
    let report = &report[0];
    check(&staging, report)?;
    print(report);
    let name = report["filename"]
        .as_str()
        .context("npm pack names no file")?;
    Ok(folder.join(name))
}

/// Lays the tarball out as `npm install` would. The package has no dependencies and no scripts, so
/// there is no more to it.
pub fn install(tarball: &Path, node_modules: &Path) -> Result<()> {
    unpack(tarball, &node_modules.join("bedrock-chat"))
}

/// Lays it out in this folder.
pub fn unpack(tarball: &Path, place: &Path) -> Result<()> {
    drop(fs::remove_dir_all(place));
    let file = fs::File::open(tarball).with_context(|| tarball.display().to_string())?;
    let mut archive = tar::Archive::new(GzDecoder::new(file));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.strip_prefix("package")?.to_owned();
        let to = place.join(path);
        fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
        entry.unpack(&to)?;
    }
    Ok(())
}

/// What a user would stumble over at once.
fn check(staging: &Path, report: &Value) -> Result<()> {
    let manifest: Value = serde_json::from_slice(&fs::read(staging.join("package.json"))?)?;
    let version = manifest["version"].as_str().unwrap_or_default();
    ensure!(
        version == env!("CARGO_PKG_VERSION"),
        "pkg/package.json has version {version} and Cargo.toml {}",
        env!("CARGO_PKG_VERSION")
    );
    let packed: BTreeSet<&str> = files(report)
        .filter_map(|file| file["path"].as_str())
        .collect();
    let mut named = BTreeSet::new();
    for field in ["exports", "main", "module", "types"] {
        paths(&manifest[field], &mut named);
    }
    for path in named {
        ensure!(
            packed.contains(path.trim_start_matches("./")),
            "pkg/package.json names {path}, which is not in the tarball"
        );
    }
    for field in ["dependencies", "peerDependencies", "optionalDependencies"] {
        ensure!(manifest[field].is_null(), "pkg/package.json has {field}");
    }
    Ok(())
}

/// All the strings in a value.
fn paths<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(path) => drop(found.insert(path)),
        Value::Object(map) => map.values().for_each(|value| paths(value, found)),
        Value::Array(list) => list.iter().for_each(|value| paths(value, found)),
        _ => {}
    }
}

fn files(report: &Value) -> impl Iterator<Item = &Value> {
    report["files"].as_array().into_iter().flatten()
}

fn print(report: &Value) {
    println!(
        "{}: {} bytes, {} unpacked",
        report["filename"].as_str().unwrap_or_default(),
        report["size"],
        report["unpackedSize"]
    );
    for file in files(report) {
        let path = file["path"].as_str().unwrap_or_default();
        println!("{:>10}  {path}", file["size"].as_u64().unwrap_or_default());
    }
}

/// All but the scripts, which [`bundle`] writes. One of them is read as it is built.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("a file has a name")?);
        if path.is_dir() {
            copy(&path, &target)?;
        } else if path.extension() != Some("js".as_ref()) || path.ends_with(package::INLINE) {
            fs::copy(path, target)?;
        }
    }
    Ok(())
}

/// The entries and the chunks that they share, by Rollup.
fn bundle(workspace: &Workspace, staging: &Path) -> Result<()> {
    let xtask = workspace.root.join("xtask");
    let mut rollup = tools::node()?;
    rollup
        .arg(xtask.join("node_modules/rollup/dist/bin/rollup"))
        .args(["--silent", "--failAfterWarnings", "--config"])
        .arg(xtask.join("rollup.config.js"))
        .arg("--dir")
        .arg(staging);
    process::check(&mut rollup)?;
    Ok(())
}

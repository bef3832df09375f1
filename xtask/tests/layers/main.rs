//! The layers of the code: a file imports only from files that ARCHITECTURE.md lists before it.

mod javascript;
mod layers;
mod page;
mod rust;

use anyhow::{Context, Result};
use layers::Imports;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What must be listed, as far as it is there.
const TREES: [&str; 5] = ["core/src", "src", "pkg", "emulator/src", "xtask/src"];

/// The texts of files, by their paths in a tree: `json/reader.rs`.
type Sources = BTreeMap<String, String>;

#[test]
fn files_import_only_from_files_below() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = root.parent().context("xtask lies in the workspace")?;
    let lists = page::lists(&fs::read_to_string(root.join("ARCHITECTURE.md"))?)?;
    let mut wrong = Vec::new();
    for tree in TREES {
        if root.join(tree).is_dir() && !lists.iter().any(|list| list.tree == tree) {
            wrong.push(format!("{tree} is not listed"));
        }
    }
    for list in &lists {
        let imports = imports(root, &list.tree).with_context(|| list.tree.clone())?;
        let found = layers::check(list, &imports);
        wrong.extend(
            found
                .into_iter()
                .map(|what| format!("{}: {what}", list.tree)),
        );
    }
    assert!(
        wrong.is_empty(),
        "The section \"Layers\" of ARCHITECTURE.md and the code differ:\n{}",
        wrong.join("\n")
    );
    Ok(())
}

fn imports(root: &Path, tree: &str) -> Result<Imports> {
    let folder = root.join(tree);
    let mut sources = Sources::new();
    if tree == "pkg" {
        read(&folder, "js", "", &mut sources)?;
        return Ok(javascript::imports(&sources));
    }
    read(&folder, "rs", "", &mut sources)?;
    let manifest = folder.with_file_name("Cargo.toml");
    rust::imports(&sources, &crate_name(&fs::read_to_string(manifest)?)?)
}

/// Reads the files of a folder and of those in it.
fn read(folder: &Path, extension: &str, prefix: &str, sources: &mut Sources) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{prefix}{name}");
        // What is built has no layer: everything may import it.
        if path.is_dir() && name != "gen" {
            read(&path, extension, &format!("{name}/"), sources)?;
        } else if path.extension().is_some_and(|found| found == extension) {
            sources.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn crate_name(manifest: &str) -> Result<String> {
    let name = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .context("the manifest names no package")?;
    Ok(name.replace('-', "_"))
}

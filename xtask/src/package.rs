//! `cargo xtask build`: from Rust to `pkg/gen/`.

use crate::workspace::{Workspace, digest};
use crate::{closures, glue, inline, names, npm, panics, process, sizes, stack, tools};
use anyhow::{Context, Result, bail, ensure};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";
const GLUE: &str = "bedrock_chat_bg.js";
const MODULE: &str = "bedrock_chat.wasm";
pub const INLINE: &str = "inline.js";
/// The module with the names of its functions, for [`sizes`]. It stays in the staging folder.
const NAMED: &str = "named.wasm";
const OUTPUTS: [&str; 3] = [GLUE, MODULE, INLINE];

/// What wasm-bindgen binds without glue, for it takes references and numbers alone.
const HOST: &str = "../host.js";

/// What rustc enables for this target, and `simd128` of .cargo/config.toml; the module must need
/// no more than that.
const FEATURES: [&str; 9] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// Builds `pkg/gen/`, or leaves it alone if it is what these sources make.
pub fn build(workspace: &Workspace) -> Result<()> {
    let bindgen = bindgen_version(workspace)?;
    add_target()?;
    add_std_sources();
    let cdylib = compile(workspace)?;
    npm::ci(&workspace.root.join("xtask"))?;

    let gen_dir = workspace.pkg().join("gen");
    let inputs = inputs(workspace, &cdylib, &bindgen)?;
    let fingerprint = workspace.scratch().join("package.fingerprint");
    let found = fs::read_to_string(&fingerprint).unwrap_or_default();
    let staging = staging(workspace);
    // The outputs belong to the fingerprint: a damaged or foreign one is made anew.
    let current = outputs(&gen_dir).is_some_and(|outputs| found == format!("{inputs} {outputs}"));
    let named = || sizes::strip(&fs::read(staging.join(NAMED)).ok()?).ok();
    if current && named() == fs::read(gen_dir.join(MODULE)).ok() {
        println!("pkg/gen is up to date");
        return print_totals(&gen_dir);
    }
    drop(fs::remove_dir_all(&staging));
    fs::create_dir_all(&staging)?;
    bind(&cdylib, &staging)?;
    optimise(workspace, &staging)?;
    let module = sizes::strip(&fs::read(staging.join(NAMED))?)?;
    stack::check(&module)?;
    for path in registries()
        .iter()
        .chain([&workspace.root, &workspace.target, &sysroot()?])
    {
        let path = format!("{}{}", path.display(), std::path::MAIN_SEPARATOR);
        let named = module.windows(path.len()).any(|at| at == path.as_bytes());
        ensure!(!named, "the module names a path of this machine: {path}");
    }
    fs::write(staging.join(MODULE), &module)?;
    fs::write(staging.join(INLINE), inline::module(&module)?)?;

    fs::create_dir_all(&gen_dir)?;
    for name in OUTPUTS {
        replace(&staging.join(name), &gen_dir.join(name))?;
    }
    let outputs = outputs(&gen_dir).context("pkg/gen")?;
    fs::write(&fingerprint, format!("{inputs} {outputs}"))?;
    print_totals(&gen_dir)
}

/// Prints where the bytes of the built module are.
pub fn print_sizes(workspace: &Workspace, functions: bool) -> Result<()> {
    sizes::print(&fs::read(staging(workspace).join(NAMED))?, functions)
}

fn staging(workspace: &Workspace) -> PathBuf {
    workspace.scratch().join("gen")
}

/// The version of wasm-bindgen. The library writes what the tool reads, in a format that changes
/// with every version, so both must be the same.
fn bindgen_version(workspace: &Workspace) -> Result<String> {
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock"))?;
    let version = |package: &str| -> Result<String> {
        let start = format!("name = \"{package}\"\nversion = \"");
        let (_, rest) = lock
            .split_once(&start)
            .with_context(|| format!("Cargo.lock has no {package}"))?;
        let (version, _) = rest.split_once('"').context("Cargo.lock")?;
        Ok(version.to_owned())
    };
    let library = version("wasm-bindgen")?;
    let tool = version("wasm-bindgen-cli-support")?;
    ensure!(
        library == tool,
        "wasm-bindgen is {library} and wasm-bindgen-cli-support {tool}: \
         Cargo.toml and xtask/Cargo.toml must name one version"
    );
    Ok(tool)
}

fn sysroot() -> Result<PathBuf> {
    let sysroot = process::check(tools::rustc().args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(sysroot.trim()))
}

fn add_target() -> Result<()> {
    if sysroot()?.join("lib/rustlib").join(TARGET).is_dir() {
        return Ok(());
    }
    process::show(std::process::Command::new("rustup").args(["target", "add", TARGET])).context(
        "the target wasm32-unknown-unknown is missing: install it with rustup, or as your Rust came",
    )
}

/// Whether the standard library's sources are here: built with the module, and with panics that
/// abort at once, it weighs 3 KB gzip less. Without them everything works as well.
pub fn has_std_sources() -> bool {
    let manifest = "lib/rustlib/src/rust/library/Cargo.lock";
    sysroot().is_ok_and(|sysroot| sysroot.join(manifest).is_file())
}

fn add_std_sources() {
    if has_std_sources() {
        return;
    }
    let mut rustup = std::process::Command::new("rustup");
    if process::show(rustup.args(["component", "add", "rust-src"])).is_err() {
        println!("rust-src is missing: the module will be some 3 KB larger");
    }
}

fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = workspace.cargo(["rustc", "--package=bedrock-chat", "--lib"]);
    // An rlib beside the cdylib would switch LTO off.
    cargo.args(["--crate-type=cdylib", "--profile=wasm", "--target", TARGET]);
    // These would take the place of .cargo/config.toml's flags, and of ours.
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    ] {
        cargo.env_remove(name);
    }
    // Panics name source files: the module must be the same, whoever builds it.
    for registry in registries() {
        let flag = format!("--remap-path-prefix={}=registry", registry.display());
        cargo.args(["--config", &format!("target.{TARGET}.rustflags=[{flag:?}]")]);
    }
    if has_std_sources() {
        // Both flags are of nightly compilers alone, but for this variable.
        cargo
            .env("RUSTC_BOOTSTRAP", "1")
            .arg("-Zbuild-std=std,panic_abort");
        let flags = "[\"-Zunstable-options\", \"-Cpanic=immediate-abort\"]";
        cargo.args(["--config", &format!("target.{TARGET}.rustflags={flags}")]);
        let from = sysroot()?.join("lib/rustlib/src/rust");
        let flag = format!("--remap-path-prefix={}=std", from.display());
        cargo.args(["--config", &format!("target.{TARGET}.rustflags=[{flag:?}]")]);
    }
    process::show(&mut cargo)?;
    Ok(workspace.target.join(TARGET).join("wasm/bedrock_chat.wasm"))
}

/// Where cargo keeps the sources of packages, a folder per registry.
fn registries() -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    let folders = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let folders = folders.into_iter().flatten().flatten();
    let mut folders: Vec<_> = folders.map(|folder| folder.path()).collect();
    folders.sort();
    folders
}

/// Everything that decides about the outputs.
fn inputs(workspace: &Workspace, cdylib: &Path, bindgen: &str) -> Result<String> {
    let lock = workspace.root.join("xtask/package-lock.json");
    Ok(digest(&[
        &fs::read(cdylib)?,
        &fs::read(lock)?,
        bindgen.as_bytes(),
        include_bytes!("package.rs"),
        include_bytes!("names.rs"),
        include_bytes!("glue.rs"),
        include_bytes!("closures.rs"),
        include_bytes!("panics.rs"),
        include_bytes!("inline.rs"),
        include_bytes!("sizes.rs"),
        include_bytes!("stack.rs"),
    ]))
}

fn outputs(gen_dir: &Path) -> Option<String> {
    let files: Option<Vec<_>> = OUTPUTS
        .iter()
        .map(|name| fs::read(gen_dir.join(name)).ok())
        .collect();
    let files = files?;
    Some(digest(&files.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

/// wasm-bindgen, into the staging folder.
fn bind(cdylib: &Path, staging: &Path) -> Result<()> {
    let mut output = Bindgen::new()
        .input_path(cdylib)
        .out_name("bedrock_chat")
        .bundler(true)?
        // The declarations are written by hand, for people.
        .typescript(false)
        .remove_name_section(false)
        .remove_producers_section(true)
        .generate_output()?;
    // The entries link by hand and hand over one object.
    for import in output.wasm().imports.iter() {
        if ![names::NAMESPACE, HOST].contains(&import.module.as_str()) {
            bail!(
                "the module imports {} from {}, and not from the glue or {HOST}",
                import.name,
                import.module
            );
        }
    }
    // Every crate has an entry, mostly an empty one.
    let inline = output.snippets().values().any(|inline| !inline.is_empty());
    ensure!(
        !inline && output.local_modules().is_empty(),
        "JavaScript snippets are not packaged: put the code into pkg/ and bind it by `raw_module`"
    );
    closures::drop_shims(output.wasm_mut())?;
    panics::trap(output.wasm_mut())?;
    stack::export(output.wasm_mut())?;
    let names = names::shorten(output.wasm_mut())?;
    output.emit(staging)?;
    let path = staging.join(GLUE);
    let text = names.apply(&fs::read_to_string(&path)?);
    fs::write(&path, glue::per_instance(&text)?).with_context(|| path.display().to_string())
}

fn optimise(workspace: &Workspace, staging: &Path) -> Result<()> {
    let mut command = tools::node()?;
    command
        .arg(
            workspace
                .root
                .join("xtask/node_modules/binaryen/bin/wasm-opt"),
        )
        // The names stay for now: see `sizes`.
        .args([
            "-Oz",
            "--converge",
            "-g",
            "--strip-dwarf",
            "--strip-producers",
        ])
        // Found by trying: 0.8 KB gzip.
        .arg("--one-caller-inline-max-function-size=20")
        // Rust's stack begins at address 0: below 1,024 nothing lies that is ever reached.
        .arg("--low-memory-unused")
        // Blocks laid out anew, and cleared up twice: 0.7 KB gzip.
        .args(["--flatten", "--rereloop", "-Oz", "-Oz"])
        // What it makes shorter compresses worse: 0.2 KB gzip.
        .arg("--skip-pass=local-cse")
        .args(FEATURES)
        .arg(staging.join("bedrock_chat_bg.wasm"))
        .arg("--output")
        .arg(staging.join(NAMED));
    process::check(&mut command)?;
    Ok(())
}

/// At once, so that nobody reads half a file.
fn replace(from: &Path, to: &Path) -> Result<()> {
    // The target directory may lie on another disk, so: first a copy beside, then a rename.
    let beside = to.with_extension("new");
    fs::copy(from, &beside)?;
    fs::rename(&beside, to).with_context(|| to.display().to_string())
}

fn print_totals(gen_dir: &Path) -> Result<()> {
    println!(
        "{:<22}{:>10}{:>10}{:>10}",
        "pkg/gen, bytes", "raw", "gzip", "brotli"
    );
    for name in [MODULE, INLINE, GLUE] {
        let bytes = fs::read(gen_dir.join(name))?;
        let (gzip, brotli) = (sizes::gzip(&bytes)?, sizes::brotli(&bytes)?);
        println!("{name:<22}{:>10}{gzip:>10}{brotli:>10}", bytes.len());
    }
    Ok(())
}

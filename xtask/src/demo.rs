//! `cargo xtask demo`: the local Bedrock, or the real one, behind a page that streams.

use crate::process::{self, Server};
use crate::workspace::Workspace;
use crate::{emulator, package, tools};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::env;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// What the command line asks for.
#[derive(Debug)]
pub struct Options {
    pub port: Option<u16>,
    pub open: bool,
    pub once: bool,
}

/// About as fast as a model speaks.
const TOKEN_DELAY: Duration = Duration::from_millis(25);
const MODEL: &str = "openai.gpt-oss-20b-1:0";
const QUESTION: &str = "How does a stream reach this terminal?";

/// Serves until it is stopped, or shows one answer.
pub fn demo(workspace: &Workspace, options: &Options) -> Result<()> {
    let region = real_region();
    build(workspace, region.is_none())?;
    // Declared first, so that it ends last.
    let emulator = match region {
        Some(_) => None,
        None => Some(emulator::start(workspace, TOKEN_DELAY)?),
    };
    match region {
        Some(region) => {
            println!("\nYour credentials are set: this is the real service in {region}.")
        }
        None => println!(
            "\nNo AWS credentials and region are set: a local Bedrock answers, which is no model."
        ),
    }
    let scripts = workspace.root.join("xtask/demo");
    let config = json!({
        "www": workspace.root.join("www"),
        "pkg": workspace.pkg(),
        "port": options.port,
        "emulator": emulator.as_ref().map(|emulator| &emulator.address),
    });
    let mut node = tools::node()?;
    let server = Server::start(node.arg(scripts.join("server.js")).arg(config.to_string()))?;
    println!("The demo is at {}\n\n> {QUESTION}", server.address);

    let mut answer = tools::node()?;
    answer
        .arg(scripts.join("answer.js"))
        .arg(workspace.pkg().join("index.js"))
        .arg(format!("{}/openai/v1", server.address))
        .args([MODEL, QUESTION]);
    let answered = process::show(&mut answer);
    if options.once {
        return answered;
    }
    if let Err(error) = answered {
        // The page is worth a look all the same.
        eprintln!("{error:#}");
    }
    if options.open {
        open(&server.address);
    }
    println!("\n{} until ctrl-c", server.address);
    server.wait().context("the demo's server")
}

/// At the same time: the end of the module's build keeps one core busy only.
fn build(workspace: &Workspace, with_emulator: bool) -> Result<()> {
    thread::scope(|scope| {
        let emulator = scope.spawn(|| match with_emulator {
            true => emulator::build(workspace),
            false => Ok(()),
        });
        package::build(workspace)?;
        emulator
            .join()
            .unwrap_or_else(|_| bail!("building the emulator panicked"))
    })
}

/// The region, if there are credentials for the real service.
fn real_region() -> Option<String> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"))?;
    let has_key = set("AWS_BEARER_TOKEN_BEDROCK").is_some()
        || (set("AWS_ACCESS_KEY_ID").is_some() && set("AWS_SECRET_ACCESS_KEY").is_some());
    has_key.then_some(region)
}

/// Opens a browser, where there is a screen; the address is printed in any case.
fn open(address: &str) {
    let (program, arguments): (_, &[&str]) = match env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/c", "start"]),
        _ if env::var_os("DISPLAY").is_none() && env::var_os("WAYLAND_DISPLAY").is_none() => return,
        _ => ("xdg-open", &[]),
    };
    let mut command = Command::new(program);
    command.args(arguments).arg(address);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // The browser is the user's: it outlives us.
    drop(command.spawn());
}

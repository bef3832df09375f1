//! `cargo xtask test`: every check there is.

use crate::process::{self, Output, Server};
use crate::runtimes::{Origins, Runtime, without_credentials};
use crate::tally::Tally;
use crate::tools::{self, System};
use crate::workspace::Workspace;
use crate::{budget, consumers, emulator, failing, npm, pack};
use anyhow::{Context, Error, Result, anyhow, ensure};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What the command line asks for.
#[derive(Debug)]
pub struct Options {
    pub quick: bool,
    pub only: Vec<String>,
    pub filter: Option<String>,
}

/// One thing that can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Format,
    Lint,
    LintWasm,
    Host,
    Docs,
    Package,
    Size,
    Types,
    Runtime(Runtime),
    Consumers,
}

impl Step {
    fn all() -> Vec<Self> {
        let mut steps = vec![
            Self::Format,
            Self::Lint,
            Self::LintWasm,
            Self::Host,
            Self::Docs,
            Self::Package,
            Self::Size,
            Self::Types,
        ];
        steps.extend(Runtime::ALL.map(Self::Runtime));
        steps.push(Self::Consumers);
        steps
    }

    fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lint => "lint",
            Self::LintWasm => "lint-wasm",
            Self::Host => "host",
            Self::Docs => "docs",
            Self::Package => "package",
            Self::Size => "size",
            Self::Types => "types",
            Self::Runtime(runtime) => runtime.name(),
            Self::Consumers => "consumers",
        }
    }

    fn is_quick(self) -> bool {
        match self {
            Self::Runtime(runtime) => runtime.is_quick(),
            Self::Consumers => false,
            _ => true,
        }
    }

    fn needs_npm(self) -> bool {
        matches!(
            self,
            Self::Package | Self::Size | Self::Types | Self::Runtime(_) | Self::Consumers
        )
    }

    /// What it needs of the system.
    fn programs(self) -> &'static [System] {
        match self {
            Self::Runtime(runtime) => runtime.needs(),
            Self::Consumers => consumers::NEEDS,
            _ => &[],
        }
    }
}

/// Runs the steps that are asked for.
pub fn test(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let started = Instant::now();
    let steps = choose(options)?;
    let background = thread::spawn({
        let workspace = workspace.clone();
        let steps = steps.clone();
        move || prepare(&workspace, &steps)
    });
    let run = Run {
        workspace,
        filter: options.filter.as_deref(),
        tarball: OnceCell::new(),
        servers: OnceCell::new(),
    };
    let mut background = Some(background);
    let mut sum = Tally::default();
    let mut failures = Vec::new();
    for step in &steps {
        println!("== {}", step.name());
        let begun = Instant::now();
        if step.needs_npm()
            && let Some(background) = background.take()
        {
            let result = background
                .join()
                .unwrap_or_else(|_| Err(anyhow!("the installation panicked")));
            // What is missing is told by the step that needs it.
            if let Err(error) = result {
                println!("installing: {error:#}");
            }
        }
        let tally = run.step(*step).unwrap_or_else(|error| {
            println!("{}", indent(&format!("{error:#}")));
            Tally {
                passed: 0,
                failed: 1,
            }
        });
        sum.passed += tally.passed;
        sum.failed += tally.failed;
        let verdict = if tally.failed == 0 { "ok" } else { "FAILED" };
        if tally.failed > 0 {
            failures.push(step.name());
        }
        println!("   {verdict}, {:.1} s", begun.elapsed().as_secs_f64());
    }
    let left_out: Vec<_> = Step::all()
        .into_iter()
        .filter(|step| !steps.contains(step))
        .map(Step::name)
        .collect();
    println!("\n{:.0} s in all", started.elapsed().as_secs_f64());
    if !left_out.is_empty() {
        println!("left out, as asked: {}", left_out.join(", "));
    }
    if !failures.is_empty() {
        println!("failed: {}", failures.join(", "));
    }
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(ExitCode::from(u8::from(sum.failed > 0)))
}

fn choose(options: &Options) -> Result<Vec<Step>> {
    let all = Step::all();
    let names: Vec<_> = all.iter().map(|step| step.name()).collect();
    for name in &options.only {
        ensure!(
            names.contains(&name.as_str()),
            "there is no step `{name}`; there are {}",
            names.join(", ")
        );
    }
    let wanted = |step: &Step| {
        if options.only.is_empty() {
            // A filter is meant for the package tests: the consumers would have nothing to do.
            let filtered = options.filter.is_some() && *step == Step::Consumers;
            !filtered && (step.is_quick() || !options.quick)
        } else {
            options.only.iter().any(|name| name == step.name())
        }
    };
    Ok(all.into_iter().filter(wanted).collect())
}

/// Gets what the steps need, while cargo compiles.
fn prepare(workspace: &Workspace, steps: &[Step]) -> Result<()> {
    if !steps.iter().any(|step| step.needs_npm()) {
        return Ok(());
    }
    npm::ci(&workspace.tests())?;
    npm::ci(&workspace.root.join("xtask"))?;
    if steps.contains(&Step::Consumers) {
        consumers::install(workspace)?;
    }
    let programs: Vec<System> = steps
        .iter()
        .flat_map(|step| step.programs())
        .copied()
        .collect();
    tools::install(&programs)
}

/// What steps share: made once, by the first that needs it.
struct Run<'a> {
    workspace: &'a Workspace,
    filter: Option<&'a str>,
    tarball: OnceCell<std::result::Result<PathBuf, String>>,
    servers: OnceCell<std::result::Result<[Server; 2], String>>,
}

impl Run<'_> {
    fn step(&self, step: Step) -> Result<Tally> {
        let cargo = |arguments: &[&str]| {
            let mut command = self.workspace.cargo([]);
            command.args(arguments);
            command
        };
        match step {
            Step::Format => passes(&mut cargo(&["fmt", "--all", "--check"])),
            Step::Lint => {
                // Not in the workspace. libFuzzer itself is for whoever runs it.
                process::check(cargo(&["check", "--manifest-path=fuzz/Cargo.toml"]).env(
                    "CUSTOM_LIBFUZZER_PATH",
                    self.workspace.scratch().join("libfuzzer.a"),
                ))?;
                passes(&mut cargo(&[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--",
                    "--deny=warnings",
                ]))
            }
            Step::LintWasm => passes(&mut cargo(&[
                "clippy",
                "--package=bedrock-chat",
                "--lib",
                "--target=wasm32-unknown-unknown",
                "--",
                "--deny=warnings",
            ])),
            Step::Host => host(&mut cargo(&["test", "--workspace", "--no-fail-fast"])),
            Step::Docs => passes(
                cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny=warnings"),
            ),
            Step::Package => self.package().map(|_| Tally::ONE),
            Step::Size => {
                budget::check(self.workspace, self.package()?)?;
                Ok(Tally::ONE)
            }
            Step::Types => {
                self.package()?;
                // What users write; one program with openai's types and with ours; and our
                // declarations themselves: those of other packages in the first are not for us to
                // check.
                for project in [
                    "tsconfig.json",
                    "tsconfig.openai.json",
                    "tsconfig.swap.json",
                    "tsconfig.package.json",
                ] {
                    let mut tsc = tools::node()?;
                    tsc.current_dir(self.workspace.tests());
                    tsc.args(["node_modules/typescript/bin/tsc", "--project", project]);
                    process::check(&mut tsc)?;
                }
                Ok(Tally::ONE)
            }
            Step::Runtime(runtime) => {
                self.package()?;
                let [emulator, files] = self.servers()?;
                let origins = Origins {
                    emulator: &emulator.address,
                    files: &files.address,
                };
                runtime.run(self.workspace, &origins, self.filter)
            }
            Step::Consumers => {
                let tarball = self.package()?;
                let [emulator, _] = self.servers()?;
                consumers::run(self.workspace, tarball, &emulator.address, self.filter)
            }
        }
    }

    /// The package as users get it; it is also laid out where the tests find it.
    fn package(&self) -> Result<&Path> {
        let make = || {
            let tarball = pack::pack(self.workspace)?;
            let node_modules = self.workspace.tests().join("node_modules");
            pack::install(&tarball, &node_modules)?;
            failing::install(&tarball, &node_modules)?;
            Ok(tarball)
        };
        let tarball = once(&self.tarball, make).context("the package")?;
        Ok(tarball)
    }

    fn servers(&self) -> Result<&[Server; 2]> {
        let make = || {
            emulator::build(self.workspace)?;
            let emulator = emulator::start(self.workspace, Duration::ZERO)?;
            let mut files = tools::node()?;
            files
                .arg("runtimes/files.js")
                .current_dir(self.workspace.tests());
            Ok([emulator, Server::start(&mut files)?])
        };
        once(&self.servers, make).context("the servers of the tests")
    }
}

/// Tries once; an error is kept and told to each who asks.
fn once<T>(
    cell: &OnceCell<std::result::Result<T, String>>,
    make: impl FnOnce() -> Result<T>,
) -> Result<&T> {
    cell.get_or_init(|| make().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| Error::msg(error.clone()))
}

fn passes(command: &mut Command) -> Result<Tally> {
    process::check(command)?;
    Ok(Tally::ONE)
}

fn host(command: &mut Command) -> Result<Tally> {
    without_credentials(command);
    let finished = process::run(command.stdin(Stdio::null()), Output::Quiet)?;
    let mut tally = Tally::of_cargo(&finished.text);
    if finished.success() {
        println!("   host: {} passed, {} failed", tally.passed, tally.failed);
    } else {
        // It does not compile, or a test binary died.
        tally.failed = tally.failed.max(1);
        println!("{}", indent(&finished.text));
    }
    Ok(tally)
}

fn indent(text: &str) -> String {
    let lines: Vec<_> = text
        .trim_end()
        .lines()
        .map(|line| format!("   {line}"))
        .collect();
    lines.join("\n")
}

//! The project's commands. `cargo xtask help` lists them.
//!
//! The layers, lowest first; a file imports only from files that stand before it:
//!
//! | file | for |
//! |---|---|
//! | `process.rs` | running programs, and leaving none behind |
//! | `workspace.rs`, `tally.rs` | where things are; how many checks passed |
//! | `tools.rs`, `npm.rs` | Node, browsers, npm packages: found or installed |
//! | `inline.rs` | the module as a JavaScript string |
//! | `stack.rs`, `panics.rs`, `closures.rs` | the stack pointer for JavaScript; panics without a message; shims that nobody calls |
//! | `names.rs`, `glue.rs` | short names between the module and its glue; a glue for each instance |
//! | `sizes.rs` | where the module's bytes are |
//! | `package.rs` | `build`: from Rust to `pkg/gen/` |
//! | `pack.rs`, `../rollup.config.js` | `pack`: the npm tarball, and laying it out for the tests |
//! | `failing.rs` | the package for tests whose module fails on demand |
//! | `budget.rs` | what the bundle of a small program may weigh |
//! | `emulator.rs` | the local Bedrock |
//! | `runtimes.rs`, `consumers.rs` | the package in every runtime; in bundlers, and the examples |
//! | `test.rs` | `test`: every check |
//! | `mutants.rs` | `mutants`: whether the tests notice mistakes |
//! | `bench.rs` | `bench`: the package against others, and the budgets |
//! | `demo.rs` | `demo`: the local Bedrock and the demo page |

mod bench;
mod budget;
mod closures;
mod consumers;
mod demo;
mod emulator;
mod failing;
mod glue;
mod inline;
mod mutants;
mod names;
mod npm;
mod pack;
mod package;
mod panics;
mod process;
mod runtimes;
mod sizes;
mod stack;
mod tally;
mod test;
mod tools;
mod workspace;

use anyhow::{Result, bail};
use pico_args::Arguments;
use std::process::ExitCode;
use std::time::SystemTime;
use workspace::Workspace;

const HELP: &str = "\
cargo xtask <command>

  demo     builds, starts the local Bedrock and the demo page, streams one answer
             --port N     port of the page (default 8080, or a free one)
             --no-open    does not open a browser
             --once       ends after the answer
  test     every check there is
             --quick      leaves out the slow runtimes and consumers
             --only A,B   only these steps (a wrong name lists them)
             --filter T   only package tests with T in their file or name
  bench    compares with other packages, checks the budgets, writes BENCHMARKS.md
             --quick      measures less often and writes no page
  mutants  [N] [SEED]  runs the core's tests on N of its mutants (default 200)
  build    the npm package in pkg/; prints where the bytes of its module are
             --functions  and those of each function
  pack     the npm tarball in target/npm/
";

fn main() -> ExitCode {
    process::stop_all_on_signal();
    let result = run();
    process::stop_all();
    match result {
        Ok(code) => code,
        Err(error) => {
            // Not `{:?}`: a backtrace tells nobody that a package is missing.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    let mut args = Arguments::from_env();
    let command = args.subcommand()?;
    let workspace = Workspace::find()?;
    match command.as_deref() {
        Some("build") => {
            let functions = args.contains("--functions");
            finish(args)?;
            package::build(&workspace)?;
            package::print_sizes(&workspace, functions)?;
        }
        Some("pack") => {
            finish(args)?;
            pack::pack(&workspace)?;
        }
        Some("test") => {
            let options = test::Options {
                quick: args.contains("--quick"),
                only: list(args.values_from_str::<_, String>("--only")?),
                filter: args.opt_value_from_str("--filter")?,
            };
            finish(args)?;
            return test::test(&workspace, &options);
        }
        Some("mutants") => {
            let count = args.opt_free_from_str()?.unwrap_or(200);
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
            let seed = args.opt_free_from_str()?.unwrap_or(now.as_secs());
            finish(args)?;
            mutants::mutants(&workspace, count, seed)?;
        }
        Some("bench") => {
            let quick = args.contains("--quick");
            finish(args)?;
            bench::bench(&workspace, quick)?;
        }
        Some("demo") => {
            let options = demo::Options {
                port: args.opt_value_from_str("--port")?,
                open: !args.contains("--no-open"),
                once: args.contains("--once"),
            };
            finish(args)?;
            demo::demo(&workspace, &options)?;
        }
        None | Some("help") => print!("{HELP}"),
        Some(other) => bail!("there is no command `{other}`\n\n{HELP}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// `--only a,b --only c` as one list.
fn list(values: Vec<String>) -> Vec<String> {
    let parts = values.iter().flat_map(|value| value.split(','));
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(String::from)
        .collect()
}

/// A misspelt option must not be ignored.
fn finish(args: Arguments) -> Result<()> {
    let rest = args.finish();
    if !rest.is_empty() {
        bail!("not understood: {rest:?}\n\n{HELP}");
    }
    Ok(())
}

//! The emulator as a program.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use bedrock_emulator::Emulator;
use clap::Parser;

/// A local Amazon Bedrock for tests and demos.
#[derive(Parser)]
struct Options {
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on; 0 is any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The time between two tokens of a stream.
    #[arg(long, default_value_t = 0, value_name = "N")]
    token_delay_ms: u64,
    /// Exit when standard input ends: an emulator never outlives who started it.
    #[arg(long)]
    exit_with_stdin: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bedrock-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> io::Result<()> {
    let interrupted = interrupted()?;
    let token_delay = Duration::from_millis(options.token_delay_ms);
    let emulator = Emulator::bind((options.host.as_str(), options.port), token_delay).await?;
    let mut stdout = io::stdout();
    writeln!(stdout, "listening http://{}", emulator.address()?)?;
    stdout.flush()?;
    tokio::select! {
        () = emulator.serve() => {}
        () = stdin_closed(), if options.exit_with_stdin => {}
        () = interrupted => {}
    }
    // Not by return: the runtime would wait for the thread that reads from standard input.
    std::process::exit(0)
}

async fn stdin_closed() {
    let _ = tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await;
}

/// Ctrl-c or SIGTERM. It is caught from now on, not from the first poll.
#[cfg(unix)]
fn interrupted() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-c.
#[cfg(not(unix))]
fn interrupted() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

//! Running programs, and leaving none behind.
//!
//! A program that stays (a server, a test runner with its browser) gets a pipe as its standard
//! input and ends when that closes. The system closes it even if we are killed.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough for a runner to close its browser.
const GRACE: Duration = Duration::from_secs(5);
/// How often a running program is looked at.
const TICK: Duration = Duration::from_millis(10);

/// What runs now.
static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());

#[derive(Clone)]
struct Running {
    child: Arc<Mutex<Child>>,
    ends_with_stdin: bool,
}

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        let child = command
            .spawn()
            .with_context(|| format!("cannot run {}", describe(command)))?;
        let running = Self {
            ends_with_stdin: child.stdin.is_some(),
            child: Arc::new(Mutex::new(child)),
        };
        lock(&RUNNING).push(running.clone());
        Ok(running)
    }

    /// Waits for its end, or ends it when it is overdue.
    fn wait(&self, overdue: impl Fn() -> bool) -> Result<Option<ExitStatus>> {
        loop {
            // The lock is held for the look only, so that a signal can end the program.
            if let Some(status) = lock(&self.child).try_wait()? {
                return Ok(Some(status));
            }
            if overdue() {
                self.end();
                return Ok(None);
            }
            thread::sleep(TICK);
        }
    }

    fn end(&self) {
        let mut child = lock(&self.child);
        drop(child.stdin.take());
        let grace = if self.ends_with_stdin {
            GRACE
        } else {
            Duration::ZERO
        };
        let deadline = Instant::now() + grace;
        while let Ok(None) = child.try_wait() {
            if Instant::now() >= deadline {
                drop(child.kill());
                drop(child.wait());
                return;
            }
            thread::sleep(TICK);
        }
    }

    fn forget(&self) {
        lock(&RUNNING).retain(|other| !Arc::ptr_eq(&other.child, &self.child));
    }
}

/// Ends everything that runs when we are told to end.
pub fn stop_all_on_signal() {
    let handler = || {
        stop_all();
        // As shells count it: 128 and SIGINT.
        std::process::exit(130);
    };
    // Without a handler the closing pipes still do it, only less politely.
    drop(ctrlc::set_handler(handler));
}

/// Ends everything that runs.
pub fn stop_all() {
    let running = std::mem::take(&mut *lock(&RUNNING));
    // First all the pipes, then the waiting, so that the grace is spent once.
    for program in &running {
        drop(lock(&program.child).stdin.take());
    }
    for program in &running {
        program.end();
    }
}

/// What becomes of a program's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Kept for the error, if there is one.
    Quiet,
    /// Shown as it comes, and kept; lines that begin with `@` are only kept. A program that writes
    /// nothing for this long has hung and is ended.
    Live(Duration),
}

/// A program that has ended.
#[derive(Debug)]
pub struct Finished {
    /// None if it hung.
    pub status: Option<ExitStatus>,
    /// What it wrote to both of its outputs.
    pub text: String,
}

impl Finished {
    pub fn success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// Runs a program to its end.
pub fn run(command: &mut Command, output: Output) -> Result<Finished> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let program = Running::start(command)?;
    let written = Arc::new(Mutex::new(Written::default()));
    let readers = {
        let mut child = lock(&program.child);
        let out = child.stdout.take();
        let err = child.stderr.take();
        [
            out.map(|pipe| copy(pipe, output, written.clone())),
            err.map(|pipe| copy(pipe, output, written.clone())),
        ]
    };
    let started = Instant::now();
    let status = program.wait(|| match output {
        Output::Quiet => false,
        Output::Live(limit) => lock(&written).last.unwrap_or(started).elapsed() > limit,
    });
    program.forget();
    // A grandchild that holds the pipe open must not hold us up.
    let deadline = Instant::now() + GRACE;
    for reader in readers.into_iter().flatten() {
        while !reader.is_finished() && Instant::now() < deadline {
            thread::sleep(TICK);
        }
    }
    let text = String::from_utf8_lossy(&lock(&written).bytes).into_owned();
    Ok(Finished {
        status: status?,
        text,
    })
}

/// Runs a program that must succeed; its output is shown only if it does not.
pub fn check(command: &mut Command) -> Result<String> {
    let finished = run(command.stdin(Stdio::null()), Output::Quiet)?;
    if finished.success() {
        return Ok(finished.text);
    }
    bail!("{} failed\n{}", describe(command), finished.text.trim_end())
}

/// Runs a program that must succeed and speaks for itself.
pub fn show(command: &mut Command) -> Result<()> {
    let program = Running::start(command.stdin(Stdio::null()))?;
    let status = program.wait(|| false);
    program.forget();
    if !status?.is_some_and(|status| status.success()) {
        bail!("{} failed", describe(command));
    }
    Ok(())
}

/// A program that serves until it is dropped.
pub struct Server {
    program: Running,
    /// The address that it printed.
    pub address: String,
}

impl Server {
    /// Starts a program that prints `listening ADDRESS` when it is ready.
    pub fn start(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let program = Running::start(command)?;
        let pipe = lock(&program.child).stdout.take();
        let pipe = pipe.context("a server's standard output")?;
        let (ready, address) = mpsc::channel();
        // Read to the end: a full pipe would stop the server.
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                match line.strip_prefix("listening ") {
                    Some(address) => drop(ready.send(address.trim().to_owned())),
                    None => println!("{line}"),
                }
            }
        });
        let server = |address| Self {
            program: program.clone(),
            address,
        };
        match address.recv_timeout(Duration::from_secs(30)) {
            Ok(address) => Ok(server(address)),
            Err(_) => {
                drop(server(String::new()));
                bail!("{} does not listen", describe(command))
            }
        }
    }

    /// Waits until it ends by itself.
    pub fn wait(&self) -> Result<()> {
        self.program.wait(|| false).map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.program.end();
        self.program.forget();
    }
}

/// What a program wrote so far.
#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    last: Option<Instant>,
}

fn copy(
    pipe: impl Read + Send + 'static,
    output: Output,
    written: Arc<Mutex<Written>>,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if output != Output::Quiet && !line.starts_with(b"@") {
                print!("  {}", String::from_utf8_lossy(&line));
            }
            let mut written = lock(&written);
            written.bytes.append(&mut line);
            written.last = Some(Instant::now());
        }
    })
}

fn describe(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

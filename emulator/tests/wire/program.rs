//! The program: what it prints and when it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn spawn(arguments: &[&str]) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bedrock-emulator"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let address = line
        .strip_prefix("listening http://")
        .unwrap()
        .trim_end()
        .to_owned();
    (child, stdout, address)
}

fn health(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /_emulator/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn it_ends_with_its_standard_input_if_told_so() {
    let (mut child, mut stdout, address) = spawn(&["--exit-with-stdin"]);
    assert!(health(&address).starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line and no more");
}

#[cfg(unix)]
#[test]
fn it_ends_by_a_signal() {
    let (mut child, _stdout, address) = spawn(&["--token-delay-ms", "5"]);
    drop(child.stdin.take());
    assert!(
        health(&address).contains(r#"{"status":"ok"}"#),
        "the end of standard input is nothing to it"
    );
    assert!(
        Command::new("kill")
            .arg(child.id().to_string())
            .status()
            .unwrap()
            .success()
    );
    assert!(child.wait().unwrap().success());
}

//! An emulator per test, and a client that hides nothing of HTTP/1.1.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bedrock_emulator::Emulator;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub(crate) const RUNTIME: &str = "/openai/v1/chat/completions";
pub(crate) const MANTLE: &str = "/mantle/v1/chat/completions";
pub(crate) const KEY: (&str, &str) = ("authorization", "Bearer bedrock-api-key-emulator");

pub(crate) struct Server(SocketAddr);

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// How the body came: one part for each chunk, if it was chunked.
    pub(crate) chunks: Vec<Vec<u8>>,
    /// How it ended.
    pub(crate) end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// As HTTP wants it.
    Complete,
    /// By FIN, too early.
    Cut,
    /// By RST.
    Reset,
}

/// A response whose body is still to be read.
pub(crate) struct Open {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    reader: BufReader<TcpStream>,
}

pub(crate) async fn start() -> Server {
    let emulator = Emulator::bind("127.0.0.1:0", Duration::ZERO).await.unwrap();
    let address = emulator.address().unwrap();
    tokio::spawn(emulator.serve());
    Server(address)
}

pub(crate) fn chat(text: &str) -> Value {
    json!({ "model": "openai.gpt-oss-20b-1:0", "messages": [{ "role": "user", "content": text }] })
}

pub(crate) fn streamed(text: &str) -> Value {
    with(chat(text), json!({ "stream": true }))
}

pub(crate) fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    body
}

impl Server {
    pub(crate) fn host(&self) -> String {
        self.0.to_string()
    }

    /// Sends a request and reads nothing.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> TcpStream {
        let mut stream = TcpStream::connect(self.0).await.unwrap();
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\ncontent-length: {}\r\n",
            body.len()
        );
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            head += &format!("host: {}\r\n", self.0);
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        stream
            .write_all(&[head.as_bytes(), body].concat())
            .await
            .unwrap();
        stream
    }

    /// Sends a request and reads the head of the answer.
    pub(crate) async fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Open> {
        let mut reader = BufReader::new(self.send(method, path, headers, body).await);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let status = lines.remove(0).split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: String| {
            line.split_once(": ")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        Ok(Open {
            status,
            headers: lines.into_iter().filter_map(header).collect(),
            reader,
        })
    }

    pub(crate) async fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.open(method, path, headers, body)
            .await
            .unwrap()
            .finish()
            .await
    }

    /// A chat request with a key that is accepted.
    pub(crate) async fn chat(&self, path: &str, body: &Value) -> Answer {
        self.chat_with(path, &[], body).await
    }

    pub(crate) async fn chat_with(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let headers = [&[KEY, ("content-type", "application/json")], headers].concat();
        self.request("POST", path, &headers, body.to_string().as_bytes())
            .await
    }

    pub(crate) async fn space(&self, name: &str, setup: Value) {
        let answer = self
            .request(
                "POST",
                &format!("/_s/{name}"),
                &[],
                setup.to_string().as_bytes(),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub(crate) async fn patch(&self, name: &str, changes: Value) {
        let answer = self
            .request(
                "PATCH",
                &format!("/_s/{name}"),
                &[],
                changes.to_string().as_bytes(),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub(crate) async fn report(&self, name: &str) -> Value {
        self.request("GET", &format!("/_s/{name}"), &[], b"")
            .await
            .json()
    }

    /// The record of request `index` once it has come so far.
    pub(crate) async fn wait(&self, name: &str, milestone: &str, index: usize) -> Value {
        let path = format!("/_s/{name}?wait={milestone}&index={index}&timeoutMs=20000");
        self.request("GET", &path, &[], b"").await.json()["requests"][index].clone()
    }
}

impl Open {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// One chunk of a chunked body. Empty is its end.
    pub(crate) async fn chunk(&mut self) -> io::Result<Vec<u8>> {
        let mut size = String::new();
        if self.reader.read_line(&mut size).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut chunk = vec![0; usize::from_str_radix(size.trim(), 16).unwrap() + 2];
        self.reader.read_exact(&mut chunk).await?;
        chunk.truncate(chunk.len() - 2);
        Ok(chunk)
    }

    pub(crate) async fn finish(mut self) -> Answer {
        let mut chunks = Vec::new();
        let end = loop {
            let chunk = match self.header("content-length") {
                Some(length) => {
                    let mut body = Vec::new();
                    let limit = length.parse().unwrap();
                    let read = (&mut self.reader).take(limit).read_to_end(&mut body).await;
                    let complete = body.len() as u64 == limit;
                    chunks.push(body);
                    match read {
                        Ok(_) if complete => Ok(Vec::new()),
                        Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
                        Err(error) => Err(error),
                    }
                }
                None if self.header("transfer-encoding").is_some() => self.chunk().await,
                None => Ok(Vec::new()),
            };
            match chunk {
                Ok(chunk) if chunk.is_empty() => break End::Complete,
                Ok(chunk) => chunks.push(chunk),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break End::Reset,
                Err(_) => break End::Cut,
            }
        };
        Answer {
            status: self.status,
            headers: self.headers,
            body: chunks.concat(),
            chunks,
            end,
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The message of the one choice.
    pub(crate) fn content(&self) -> String {
        self.json()["choices"][0]["message"]["content"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The chunks of a stream that must end with `[DONE]`.
    pub(crate) fn events(&self) -> Vec<Value> {
        assert_eq!(
            self.header("content-type"),
            "text/event-stream",
            "{}",
            self.text()
        );
        let mut events: Vec<&str> = self.text().split_terminator("\n\n").collect();
        assert_eq!(events.pop(), Some("data: [DONE]"));
        events
            .iter()
            .map(|event| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap())
            .collect()
    }

    /// All text of a field of the deltas.
    pub(crate) fn deltas(&self, field: &str) -> String {
        self.events()
            .iter()
            .filter_map(|event| event["choices"][0]["delta"][field].as_str())
            .collect()
    }
}

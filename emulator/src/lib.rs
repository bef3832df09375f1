//! A local Amazon Bedrock for tests and demos: the OpenAI-compatible Chat Completions API of both
//! endpoint families, with authentication, guardrails, errors, streams and faults.
//!
//! How to use it stands in the README. A request goes through [`connection`] (hyper on a socket)
//! and [`routes`] (spaces, steps, records) to [`chat`] (read, answered by [`answers`], in the
//! envelope of [`completion`]), and comes back as a [`body`].

pub mod address;
pub mod answers;
pub mod api_key;
pub mod assessment;
pub mod authentication;
pub mod body;
pub mod chat;
pub mod chat_request;
pub mod completion;
pub mod connection;
pub mod cors;
pub mod credentials;
pub mod error;
pub mod guardrail;
pub mod model;
pub mod model_output;
pub mod models;
pub mod record;
pub mod recorder;
pub mod request;
pub mod routes;
pub mod settings;
pub mod sigv4;
pub mod space;
pub mod step;
pub mod tokenizer;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, ToSocketAddrs};

/// An emulator that has its port but does not serve yet.
pub struct Emulator {
    listener: TcpListener,
    router: Router,
}

impl Emulator {
    /// Takes a port; 0 is any that is free.
    ///
    /// # Errors
    /// What the system says if the port is not to be had.
    pub async fn bind(address: impl ToSocketAddrs, token_delay: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self {
            listener,
            router: routes::router(token_delay),
        })
    }

    /// The address it has taken.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the future is dropped.
    pub async fn serve(self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    drop(tokio::spawn(connection::serve(stream, self.router.clone())))
                }
                // Out of file descriptors, or a client that left at the door: neither is our end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

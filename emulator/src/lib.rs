//! A local Amazon Bedrock for tests and demos: the OpenAI-compatible Chat Completions API of both
//! endpoint families, with authentication, guardrails, errors, streams and faults.
//!
//! How to use it stands in the README. The layers, lowest first; a file imports only from files
//! that stand before it in this list:
//!
//! 1. [`http`]: requests and responses over a socket that can be cut. It knows nothing of Bedrock.
//!    [`request`](http::request), [`connection`](http::connection), [`body`](http::body),
//!    [`cors`](http::cors)
//! 2. [`api`]: Bedrock's endpoints and paths, and how it refuses.
//!    [`target`](api::target), [`error`](api::error)
//! 3. [`auth`]: who is calling.
//!    [`credentials`](auth::credentials), [`sigv4`](auth::sigv4), [`api_key`](auth::api_key),
//!    [`authentication`](auth::authentication)
//! 4. [`guardrails`]: what may be said. They judge texts, whoever says them.
//!    [`rule`](guardrails::rule), [`policy`](guardrails::policy),
//!    [`assessment`](guardrails::assessment), [`guardrail`](guardrails::guardrail)
//! 5. [`model`]: what is said, by a model that is none.
//!    [`tokenizer`](model::tokenizer), [`answers`](model::answers), [`catalog`](model::catalog),
//!    [`chat_request`](model::chat_request), [`output`](model::output),
//!    [`schema`](model::schema), [`schema_check`](model::schema_check),
//!    [`tools`](model::tools), [`structured`](model::structured),
//!    [`generation`](model::generation)
//! 6. [`operations`]: a request's body in, a response out. They know nothing of spaces.
//!    [`completion`](operations::completion), [`chat`](operations::chat),
//!    [`models`](operations::models), [`apply_guardrail`](operations::apply_guardrail),
//!    [`guardrail_checks`](operations::guardrail_checks)
//! 7. [`spaces`]: the settings, steps and records of one test, apart from all others.
//!    [`step`](spaces::step), [`settings`](spaces::settings), [`record`](spaces::record),
//!    [`space`](spaces::space), [`recorder`](spaces::recorder)
//! 8. [`service`]: a request to its space and its operation, and the answer back.
//!    [`bedrock`](service::bedrock), [`control`](service::control), [`router`](service::router)
//! 9. [`Emulator`], and the program in `main.rs`.

pub mod http {
    //! Requests and responses over a socket that can be cut.

    pub mod body;
    pub mod connection;
    pub mod cors;
    pub mod request;
}

pub mod api {
    //! Bedrock's endpoints and paths, and how it refuses.

    pub mod error;
    pub mod target;
}

pub mod auth {
    //! Who is calling.

    pub mod api_key;
    pub mod authentication;
    pub mod credentials;
    pub mod sigv4;
}

pub mod guardrails {
    //! What may be said.

    pub mod assessment;
    pub mod guardrail;
    pub mod policy;
    pub mod rule;
}

pub mod model {
    //! What is said, by a model that is none.

    pub mod answers;
    pub mod catalog;
    pub mod chat_request;
    pub mod generation;
    pub mod output;
    pub mod schema;
    pub mod schema_check;
    pub mod structured;
    pub mod tokenizer;
    pub mod tools;
}

pub mod operations {
    //! A request's body in, a response out.

    pub mod apply_guardrail;
    pub mod chat;
    pub mod completion;
    pub mod guardrail_checks;
    pub mod models;
}

pub mod spaces {
    //! The settings, steps and records of one test, apart from all others.

    pub mod record;
    pub mod recorder;
    pub mod settings;
    pub mod space;
    pub mod step;
}

pub mod service {
    //! A request to its space and its operation, and the answer back.

    pub mod bedrock;
    pub mod control;
    pub mod router;
}

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
            router: service::router::router(token_delay),
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
                Ok((stream, _)) => drop(tokio::spawn(http::connection::serve(
                    stream,
                    self.router.clone(),
                ))),
                // Out of file descriptors, or a client that left at the door: neither is our end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

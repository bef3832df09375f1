//! The emulator over real sockets.

mod answers;
mod auth;
mod client;
mod cors;
mod guardrail_operations;
mod guardrails;
mod models;
mod program;
mod spaces;
mod structured;
mod tools;

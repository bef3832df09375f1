//! Clients, as JavaScript holds them.

use core::cell::RefCell;
use std::rc::Rc;

use bedrock_chat_core::call::HEADERS;
use bedrock_chat_core::client::{Client, Surroundings};
use bedrock_chat_core::endpoint::UrlParts;
use bedrock_chat_core::error::{Report, Reported};
use bedrock_chat_core::operation::CHAT_COMPLETIONS;
use bedrock_chat_core::options::{Values, table};
use bedrock_chat_core::text;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::handles::Handles;

thread_local! {
    pub(crate) static CLIENTS: Handles<Client> = const { Handles::new() };
    /// The error of the export before: see [`error`].
    static ERROR: RefCell<Report> = RefCell::default();
}

/// Does something that may be refused: see [`error`].
pub(crate) fn reporting<T>(run: impl FnOnce(&mut Report) -> Result<T, Reported>) -> Option<T> {
    ERROR.with_borrow_mut(|report| run(report).ok())
}

/// The error that the export before has told of.
#[wasm_bindgen]
pub fn error() -> String {
    ERROR.with_borrow_mut(Report::take)
}

/// The table of options, and the headers that are read of an answer, each on a line behind it.
#[wasm_bindgen]
pub fn names() -> String {
    [table(), HEADERS].join("\n")
}

/// A client of these options, or 0: see [`error`]. `url`: the parts of `baseURL` as `URL` names
/// them, each on a line, a NUL, and those of `runtimeURL`; either is empty without one. `same`: a client with the same secret, or 0.
#[wasm_bindgen(js_name = newClient)]
pub fn new_client(options: String, url: &str, in_page: bool, same: u32) -> u32 {
    let (base_url, runtime_url) = text::split_once(url, 0).unwrap_or((url, ""));
    let surroundings = Surroundings {
        base_url: url_parts(base_url),
        runtime_url: url_parts(runtime_url),
        in_page,
    };
    let same = CLIENTS.with(|clients| clients.get(same));
    let client = reporting(|report| {
        let options = Values::read(options, report)?;
        let client = Client::new(options, &surroundings, same.as_deref(), report)?;
        Ok(Rc::new(client))
    });
    let handle = client.and_then(|it| CLIENTS.with(|clients| clients.insert(it)));
    handle.unwrap_or_default()
}

fn url_parts(url: &str) -> Option<UrlParts<'_>> {
    let mut lines = text::split(url, b'\n');
    let [
        protocol,
        hostname,
        port,
        pathname,
        search,
        hash,
        username,
        password,
    ] = core::array::from_fn(|_| lines.next().unwrap_or_default());
    let parts = UrlParts {
        protocol,
        hostname,
        port,
        pathname,
        search,
        hash,
        username,
        password,
    };
    (!url.is_empty()).then_some(parts)
}

/// What a client knows of a model, and would do, as JSON; `null` without a client.
#[wasm_bindgen]
pub fn explain(client: u32, model: &str) -> String {
    match CLIENTS.with(|clients| clients.get(client)) {
        Some(client) => client.explain(&CHAT_COMPLETIONS, model),
        None => String::from("null"),
    }
}

/// Forgets a client; its calls go on.
#[wasm_bindgen(js_name = freeClient)]
pub fn free_client(client: u32) {
    CLIENTS.with(|clients| drop(clients.remove(client)));
}

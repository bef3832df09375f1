//! What a caller gives, as the reader of another language writes it.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "helpers of tests, not all of them used by each"
)]

use std::rc::Rc;

use bedrock_chat_core::client::{Client, Surroundings};
use bedrock_chat_core::endpoint::UrlParts;
use bedrock_chat_core::error::Report;
use bedrock_chat_core::options::{Values, table};

/// A secret of a key's shape.
pub(crate) const KEY: (&str, &str) = ("apiKey", "sbedrock-api-key-x");
/// A base URL, as [`client`] reads it.
pub(crate) const URL: (&str, &str) = ("baseURL", "shttps://x.test/v1");
/// A region.
pub(crate) const REGION: (&str, &str) = ("region", "sus-west-2");

/// How an option is named in the text that crosses.
fn place(name: &str) -> char {
    let table = table();
    let place = table.split(' ').position(|row| row.get(2..) == Some(name));
    char::from(b'!' + u8::try_from(place.unwrap()).unwrap())
}

/// Options and their values, each a letter and what follows it, as one text.
pub(crate) fn text(given: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| format!("{}{value}\0", place(name));
    given.iter().map(one).collect()
}

/// The same, read; or the error.
pub(crate) fn read(given: &[(&str, &str)]) -> Result<Values, String> {
    let mut report = Report::default();
    Values::read(text(given), &mut report).map_err(|_| report.take())
}

/// The same, of which nothing is wrong.
pub(crate) fn values(given: &[(&str, &str)]) -> Values {
    read(given).unwrap()
}

/// Where [`URL`] points to.
pub(crate) fn url() -> UrlParts<'static> {
    UrlParts {
        protocol: "https:",
        hostname: "x.test",
        pathname: "/v1",
        ..UrlParts::default()
    }
}

/// A client with these options; or the error.
pub(crate) fn client(given: &[(&str, &str)], in_page: bool) -> Result<Rc<Client>, String> {
    let has_url = given
        .iter()
        .any(|(name, _)| matches!(*name, "baseURL" | "AWS_BEDROCK_BASE_URL"));
    let surroundings = Surroundings {
        base_url: has_url.then(url),
        runtime_url: None,
        in_page,
    };
    let mut report = Report::default();
    let client = Client::new(read(given)?, &surroundings, None, &mut report);
    client.map(Rc::new).map_err(|_| report.take())
}

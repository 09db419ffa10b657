//! OpenID Connect Dynamic Client Registration 1.0, RFC 7591: clients that nobody has looked at: their
//! secrets, initial access tokens, software statements and metadata documents. What they say is judged in
//! `client`.
//!
//! What no row there knows is left out (RFC 7591 §2), and so are entries of lists that are not offered, as
//! long as others remain (§3.2.1): the answer says what is in force, and the log what is missing there.

pub mod document;
pub(crate) mod secret;
mod sector;
pub(crate) mod software_statement;
#[cfg(test)]
mod tests;
pub mod ticket;
pub mod title;

use serde_json::Value;

use crate::client::members::MEMBERS;
use crate::client::{Judge, Metadata, Origin};
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::record::Client;
use crate::response_type::ResponseType;

pub(crate) use sector::{listed, sector};

/// Reads all that a client says about itself.
pub(crate) fn judge(
    env: &Env<'_>,
    metadata: &Metadata,
    origin: Origin,
    client: Client,
) -> Result<Client, Error> {
    Judge::of_strangers(env, origin).read(metadata, client).accept()
}

/// RFC 7591 §3.2.1: the answer tells the application what it has; its developer will ask why something is
/// missing there.
pub(crate) fn said_left_out(wish: &Metadata, shown: &Value) -> Option<(&'static str, Value)> {
    let missing = left_out(wish, shown);
    (!missing.is_empty()).then(|| ("left_out", missing.join(", ").into()))
}

/// What a client wished for and did not get, by name, for the log.
pub(crate) fn left_out(wish: &Metadata, shown: &Value) -> Vec<String> {
    const MOST: usize = 20;
    let words = |value: &Value| -> Vec<String> {
        match value {
            Value::String(text) => {
                text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
            }
            Value::Array(list) => list
                .iter()
                .filter_map(Value::as_str)
                // The words of a response type come in any order.
                .map(|word| ResponseType::find(word).map_or(word, |found| found.name).to_owned())
                .collect(),
            _ => Vec::new(),
        }
    };
    let mut missing: Vec<String> = Vec::new();
    for (name, wished) in wish.iter() {
        match (name, shown.get(registered_as(name))) {
            ("client_id" | "client_secret", _) => {}
            (_, Some(got)) if name == "scope" || wished.is_array() => {
                let got = words(got);
                let lost = words(wished).into_iter().filter(|word| !got.contains(word));
                missing.extend(lost.map(|word| format!("{name} {word}")));
            }
            (_, None) if *wished != Value::Bool(false) && wished.as_str() != Some("") => {
                missing.push(name.to_owned())
            }
            _ => {}
        }
    }
    missing.truncate(MOST);
    missing.iter().map(|name| name.chars().take(80).collect()).collect()
}

/// The member that a wish is read as: what comes in the singular is registered as a list.
fn registered_as(name: &str) -> &str {
    MEMBERS.iter().find(|member| member.singular == Some(name)).map_or(name, |member| member.name)
}

/// `invalid_client_metadata`, with what to change.
fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::InvalidClientMetadata, description)
}

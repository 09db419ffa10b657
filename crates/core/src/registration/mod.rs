//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 7591 §2: client metadata, one file per group of
//! members.
//!
//! Each rule reads its members into the record or refuses them with words on what to change. What no rule
//! knows is left out (RFC 7591 §2), and so are scopes and grant types that are not offered (§3.2.1): the
//! answer says what is in force, and the log what is missing there. What the client did not say is filled in
//! with the default in force, so that the record says what the client gets.

pub(crate) mod algorithms;
mod authentication;
pub mod document;
mod flows;
mod members;
mod presentation;
mod protection;
mod redirects;
mod request_objects;
pub(crate) mod secret;
mod sign_in;
mod software;
pub(crate) mod software_statement;
mod subjects;
#[cfg(test)]
mod tests;
pub mod ticket;

use serde_json::{Map, Value};

use crate::discovery;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::record::Client;
use crate::rule::Rule;
use crate::settings::registration::Policy;

pub use algorithms::computes_with_secret;
pub use authentication::{unusable_keys, wrong_key_set};
pub use members::{MAX_BODY, Members};
pub use protection::{NOT_ENFORCED, asks_nothing};
pub(crate) use subjects::{listed, sector};

/// Members that are judged together.
pub struct Group {
    /// Its file.
    pub name: &'static str,
    /// What is refused by it, and where the members are defined.
    pub rule: &'static Rule,
    /// The members, by the names of the record.
    pub members: &'static [&'static str],
    /// Members that may have a form per language (OpenID Connect Registration §2.1).
    pub localised: &'static [&'static str],
    read: fn(&Asked<'_>, &mut Client) -> Result<(), Error>,
}

/// Every group, in the order in which they are read: later ones look at what earlier ones have read.
pub static GROUPS: &[Group] = &[
    protection::GROUP,
    presentation::GROUP,
    flows::GROUP,
    redirects::GROUP,
    authentication::GROUP,
    algorithms::GROUP,
    request_objects::GROUP,
    subjects::GROUP,
    sign_in::GROUP,
    software::GROUP,
];

/// By which rules a client is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It registers, and may be given a secret.
    Registration,
    /// It publishes its metadata at its own address, where no secret can be kept.
    Document,
}

/// What rules look at.
struct Asked<'a> {
    env: &'a Env<'a>,
    members: &'a Members,
    origin: Origin,
    /// The provider's own metadata: what it does not offer cannot be registered, and what it offers can.
    provider: Value,
}

impl Asked<'_> {
    fn policy(&self) -> &Policy {
        &self.env.settings.registration
    }

    /// A list of the provider's metadata.
    fn offered(&self, list: &str) -> Vec<&str> {
        let values = self.provider.get(list).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// A member whose value must be on a list of the provider's metadata.
    fn choice(&self, member: &str, list: &str) -> Result<Option<String>, Error> {
        let Some(value) = self.members.text(member)? else { return Ok(None) };
        let offered = self.offered(list);
        if !offered.contains(&value) {
            return Err(not_offered(member, value, offered));
        }
        Ok(Some(value.to_owned()))
    }
}

/// Reads all that a client says about itself.
pub(crate) fn judge(
    env: &Env<'_>,
    members: &Members,
    origin: Origin,
    client: Client,
) -> Result<Client, Error> {
    let asked = Asked { env, members, origin, provider: discovery::metadata(env.settings, env.jose) };
    let mut client = client;
    for group in GROUPS {
        (group.read)(&asked, &mut client).map_err(|error| error.at(group.rule))?;
    }
    if (origin == Origin::Document || client.is_public()) && computes_with_secret(&client) {
        return Err(invalid(
            "an algorithm computes with a client secret, which this client cannot have; use key pairs",
        ));
    }
    bounded(&client)?;
    Ok(client)
}

/// What is kept of a client whom nobody has looked at, without its software statement, whose signer is known
/// and which has a bound of its own; the usual ones take less than two.
const MAX_RECORD: usize = 16 * 1024;

fn bounded(client: &Client) -> Result<(), Error> {
    // A record always can be written down.
    let record = serde_json::to_vec(client).map_or(0, |record| record.len());
    let statement = client.software_statement.as_ref().map_or(0, String::len);
    let size = record.saturating_sub(statement);
    if size > MAX_RECORD {
        return Err(invalid(
            "the metadata is longer than 16 KiB together; publish keys at jwks_uri, and name fewer addresses or languages",
        ));
    }
    Ok(())
}

/// RFC 7591 §3.2.1: all registered metadata with the values in force, as the record has them.
pub(crate) fn shown(client: &Client) -> Map<String, Value> {
    let Ok(Value::Object(record)) = serde_json::to_value(client) else { return Map::new() };
    let known = |name: &str| match name.split_once('#') {
        Some((name, _)) => GROUPS.iter().any(|group| group.localised.contains(&name)),
        None => GROUPS.iter().any(|group| group.members.contains(&name)),
    };
    record.into_iter().filter(|(name, _)| known(name)).collect()
}

/// RFC 7591 §3.2.1: what a client wished for and did not get, by name, for the log.
pub(crate) fn left_out(wish: &Members, shown: &Value) -> Vec<String> {
    const MOST: usize = 20;
    let words = |value: &Value| -> Vec<String> {
        match value {
            Value::String(text) => {
                text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
            }
            Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    };
    let mut missing: Vec<String> = Vec::new();
    for (name, wished) in wish.iter() {
        match (name, shown.get(name)) {
            ("client_id" | "client_secret", _) => {}
            ("scope" | "grant_types", Some(got)) => {
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

/// `invalid_client_metadata`, with what to change.
fn invalid(description: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::InvalidClientMetadata, description)
}

/// A value that is not among those offered.
fn not_offered(member: &str, value: &str, offered: Vec<&str>) -> Error {
    if offered.is_empty() {
        return invalid(format!("{member}: {value} is not offered here, nor is any other; leave it out"));
    }
    invalid(format!("{member}: {value} is not offered here; choose one of {}", offered.join(", ")))
}

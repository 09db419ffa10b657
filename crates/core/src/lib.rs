//! Signet's protocol core: pure functions from a request and the facts it asks for to a decision.
//!
//! Every protocol file has the same verbs: `parse` (text to types, once), `lookup` (what must be fetched),
//! `decide` (the rules, top to bottom in the order of the specification), and `NAME` and `SPEC`, its wire
//! name and citation. Nothing here knows of I/O, async, clocks or chance: see [`env::Env`].

pub mod acr;
pub mod alg;
mod assertion;
pub mod authorization;
pub mod change;
pub mod check;
pub mod claims;
pub mod client;
pub mod client_auth;
pub mod decision;
pub mod discovery;
pub mod endpoint;
pub mod env;
pub mod error;
pub mod event;
pub mod fault;
pub mod grant;
pub mod handle;
pub mod id;
pub mod incoming;
pub mod initiate_login;
pub mod issuer;
mod jwe;
pub mod jwt;
pub mod language;
pub mod localised;
pub mod login_hint;
pub mod logout;
pub mod lookup;
pub mod name;
pub mod near;
pub mod offer;
pub mod params;
pub mod pkce;
pub mod prompt;
pub mod reason;
pub mod record;
pub mod registration;
pub mod release;
pub mod reply;
pub mod request_object;
pub mod resource;
pub mod response_mode;
pub mod response_type;
pub mod rule;
pub mod scope;
pub mod secret;
pub mod settings;
pub mod subject;
#[cfg(test)]
pub(crate) mod testing;
pub mod time;
pub mod token;
pub mod uri;
pub mod visible;
pub mod waiting;

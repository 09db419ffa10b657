//! A black-box relying party and browser that check an OpenID Provider from outside.
//!
//! The crate speaks HTTP only through the [`Transport`] it is given and never depends on the provider's own types,
//! so that those cannot hide a mistake. From the bottom up:
//!
//! - [`wire`]: transport, clock and chance, and the [`Transcript`] of everything that was said;
//! - [`browser`]: cookies, redirects, forms and tabs, and [`Finding`]s about each page the provider sent;
//! - [`rp`]: the client's side of OpenID Connect, with every answer as a [`Reply`] that knows how to be judged;
//! - [`check`] and [`plan`]: named checks with their citations, and the table of their results;
//! - [`assert`]: the same judgements as panics, for tests.

pub mod assert;
pub mod browser;
pub mod check;
mod error;
#[cfg(test)]
mod fake;
mod finding;
pub mod html;
pub mod plan;
pub mod rp;
mod transcript;
mod transport;
pub mod wire;

pub use browser::{Browser, Landed, Page, Person};
pub use error::Error;
pub use finding::Finding;
pub use rp::{AuthorizationRequest, AuthorizationResponse, ClientAuth, Code, RelyingParty, Reply, Tokens};
pub use transcript::{Exchange, Transcript};
pub use transport::{Answer, Transport};
pub use wire::Wire;

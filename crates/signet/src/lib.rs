//! Signet, an OpenID Provider: the library that applications embed.

pub mod admin;
mod at_rest;
mod background;
pub mod clock;
#[cfg(doctest)]
mod documents;
mod engine;
mod journal;
pub mod keys;
mod known;
mod names;
mod network;
mod outbound;
mod outbox;
pub mod pages;
mod place;
mod pool;
mod provider;
mod rates;
mod routes;
mod secrets;
#[cfg(feature = "serve")]
pub mod serve;
mod turns;
pub mod web;

// Tests that the program has too name the library as it does.
#[cfg(test)]
extern crate self as signet;

pub use at_rest::{Kek, Keks};
pub use background::Background;
pub use network::Network;
pub use outbound::OutboundOptions;
pub use provider::{BuildError, Builder, Directory, DirectoryError, DirectoryUser, InUse, LoginOptions};
pub use provider::{Provider, StaticUser};
pub use signet_login::password::Given;
pub use web::routers;

/// What the program `signet` needs besides: not for embedders, and it may change at any time.
#[doc(hidden)]
pub mod program {
    pub use crate::outbound::{Outbound, never_fetched};
    pub use crate::provider::judged::person_faults;
    pub use crate::provider::owner;
    pub use crate::provider::{Twin, counted};
    pub use crate::routes::{overlap, path_fault};

    /// What clients can choose from.
    pub mod known {
        pub use crate::known::*;
    }

    /// Files: whether they can be read or created, and what to do where not.
    pub mod place {
        pub use crate::place::*;
    }

    /// Secrets that all servers on one store share.
    pub mod secrets {
        pub use crate::secrets::*;
    }
}

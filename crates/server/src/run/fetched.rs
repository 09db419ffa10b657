//! RFC 7517 §5: URLs of keys that Signet fetches; those that can never be fetched are reported when the file
//! is read, not at the first sign-in that needs them.

use signet_core::record::Client;

use crate::config::{Loaded, Place, Problem};
use signet::program::never_fetched;

/// The keys of clients, and of those who sign software statements.
pub(super) fn judge(config: &Loaded) -> Vec<Problem> {
    let of = |list: &'static str, owners: &[Client]| -> Vec<Problem> {
        let found = owners.iter().enumerate().filter_map(|(index, owner)| {
            let (what, instead) = never_fetched(owner.jwks_uri.as_ref()?, &config.outbound.options())?;
            let key = format!("{list}[{index}].jwks_uri");
            Some(config.places.problem(&key, what).instead(instead))
        });
        found.collect()
    };
    let clients = of("clients", &config.clients);
    clients.into_iter().chain(of("registration.software_statements", &config.statement_issuers)).collect()
}

/// The same of a client outside the configuration, which may allow the address later.
pub(crate) fn of_stored(client: &Client, config: &Loaded) -> Option<Problem> {
    let (what, instead) = never_fetched(client.jwks_uri.as_ref()?, &config.outbound.options())?;
    Some(Problem::error("jwks_uri", Place::Nowhere, what).instead(instead).warning())
}

//! RFC 7517 §5: URLs of keys that Signet fetches; those that can never be fetched are reported when the file
//! is read, not at the first sign-in that needs them.

use signet_core::record::Client;
use url::Url;

use crate::config::{Loaded, Problem};
use crate::outbound::never_fetched;

/// The keys of clients, and of those who sign software statements.
pub(super) fn judge(config: &Loaded) -> Vec<Problem> {
    let of = |list: &'static str, owners: &[Client]| -> Vec<Problem> {
        let found = owners.iter().enumerate().filter_map(|(index, owner)| {
            let uri = owner.jwks_uri.as_ref()?;
            let url = Url::parse(uri).ok()?;
            let why = never_fetched(&url, &config.outbound.options())?;
            let key = format!("{list}[{index}].jwks_uri");
            let host = url.host_str().unwrap_or_default();
            let advice =
                format!("write a public https address, or allow the host by outbound.allow = [{host:?}]");
            Some(config.places.problem(&key, format!("{uri:?} is never fetched: {why}")).instead(advice))
        });
        found.collect()
    };
    let clients = of("clients", &config.clients);
    clients.into_iter().chain(of("registration.software_statements", &config.statement_issuers)).collect()
}

//! Clients that the configuration of an API names and does not describe: those of the store.

use signet_core::id::ClientId;
use signet_core::lookup::ClientById;
use signet_core::registration::document;
use signet_core::settings::resources::{OpenTo, Resource};
use signet_store::{Store, StoreError};

use crate::config::{Loaded, Places, Problem};

/// A client that is named, and the resource and key where.
pub(super) struct Named {
    resource: usize,
    key: &'static str,
    id: ClientId,
}

/// Those that are neither written down nor known by their own address.
pub(super) fn elsewhere(config: &Loaded) -> Vec<Named> {
    let policy = &config.settings.registration;
    let is_elsewhere = |id: &ClientId| {
        let is_written = config.clients.iter().any(|client| client.client_id == *id);
        !is_written && document::address(policy, id).is_none()
    };
    let mut found = Vec::new();
    for (resource, of) in config.settings.resources.iter().enumerate() {
        let there = named(of).filter(|(_, id)| is_elsewhere(id));
        found.extend(there.map(|(key, id)| Named { resource, key, id: id.clone() }));
    }
    found
}

/// Doubts about those that are not in the store either, and about those that may not do what they are named
/// for. A store of an earlier version cannot be asked.
pub(super) async fn doubts(
    named: &[Named],
    places: &Places,
    store: &dyn Store,
) -> Result<Vec<Problem>, StoreError> {
    let mut doubts = Vec::new();
    for Named { resource, key, id } in named {
        let found = match store.ask(ClientById(id.clone())).await {
            Err(StoreError::Older { .. }) => return Ok(Vec::new()),
            found => found?.known(),
        };
        let name = id.as_str();
        let (what, advice) = match found {
            None => (
                format!("no client {name:?} is in this file or in the store"),
                "check the spelling, unless it is added later",
            ),
            Some(client) if *key == INTROSPECTED_BY && client.is_public() => {
                (format!("{name:?} has no secret, and so may not introspect"), "name a client that has one")
            }
            Some(_) => continue,
        };
        let key = format!("resources[{resource}].{key}");
        doubts.push(places.problem(&key, what).instead(advice).warning());
    }
    Ok(doubts)
}

const INTROSPECTED_BY: &str = "introspected_by";

fn named(resource: &Resource) -> impl Iterator<Item = (&'static str, &ClientId)> {
    let open: &[ClientId] = match &resource.open_to {
        OpenTo::Clients(clients) => clients,
        OpenTo::All | OpenTo::Registered => &[],
    };
    let open = open.iter().map(|id| ("open_to", id));
    open.chain(resource.introspected_by.iter().map(|id| (INTROSPECTED_BY, id)))
}

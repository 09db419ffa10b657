//! What the store has that a configuration leaves without effect: users and applications that are written
//! there too, and scopes that it does not offer any more.

use std::collections::BTreeMap;

use signet_core::settings::Settings;
use signet_store::{List, Listed, Store, StoreError};

use crate::config::{Loaded, Places, Problem};
use signet::Provider;

/// Who and what is written, in order.
pub(super) struct Names {
    clients: Vec<String>,
    users: Vec<String>,
}

impl Names {
    pub(super) fn of(config: &Loaded) -> Self {
        Self {
            clients: config.clients.iter().map(|client| client.client_id.0.clone()).collect(),
            users: config.users.iter().map(|user| user.username.clone()).collect(),
        }
    }

    /// A doubt about each entry whose name somebody or something stored has too.
    pub(super) fn doubts(&self, provider: &Provider, places: &Places) -> Vec<Problem> {
        let doubt = |twin: signet::program::Twin| {
            let (list, key, names) = match twin.is_user {
                true => ("users", "username", &self.users),
                false => ("clients", "client_id", &self.clients),
            };
            let index = names.iter().position(|name| *name == twin.name)?;
            let problem = places.problem(&format!("{list}[{index}].{key}"), twin.what());
            Some(problem.instead(twin.advice()).warning())
        };
        provider.twins().into_iter().filter_map(doubt).collect()
    }
}

/// A doubt about each scope that stored applications have and that is not offered.
pub(super) async fn without_scope(
    store: &dyn Store,
    settings: &Settings,
    places: &Places,
) -> Result<Vec<Problem>, StoreError> {
    let mut lost = BTreeMap::<String, Vec<String>>::new();
    let mut query = List::first(Listed::Clients, 500);
    loop {
        let page = store.list(query.clone()).await?;
        for client in &page.clients {
            let own = client.scopes_to_claims.as_ref();
            let is_known = |word: &str| {
                settings.scopes.contains_key(word) || own.is_some_and(|own| own.contains_key(word))
            };
            for word in client.scope.iter().flat_map(|scope| scope.iter()).filter(|word| !is_known(word)) {
                lost.entry(word.to_owned()).or_default().push(client.client_id.0.clone());
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    let doubt = |(scope, clients): (String, Vec<String>)| {
        const NAMED: usize = 5;
        let named = clients.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = match clients.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = format!(
            "{scope:?} is not offered, so these stored clients, which have it, never get it: {named}{more}"
        );
        let advice = "say in `scopes` what it means, or add them again without it";
        places.problem("scopes", what).instead(advice).warning()
    };
    Ok(lost.into_iter().map(doubt).collect())
}

//! RFC 7591 §3: initial access tokens, with which applications can register themselves.

use signet_core::change::Change;
use signet_core::error::Error;
use signet_core::event::kind;
use signet_core::registration::ticket::{PREFIX, Ticket, apart, together};
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_store::{CommitError, Listed, Store};

use super::{Act, AdminError, every};

/// A race is lost to one winner; after this many lost ones something else is wrong.
const ATTEMPTS: usize = 8;

/// Makes one; the text is shown this once. Ids are made from the instant and kept apart from those that are
/// there.
pub async fn create(
    store: &dyn Store,
    act: &Act<'_>,
    uses: Option<u32>,
    expires_at: Timestamp,
) -> Result<(Secret<String>, Ticket), AdminError> {
    let Act { rng, now, .. } = *act;
    for _ in 0..ATTEMPTS {
        let (live, dead): (Vec<_>, Vec<_>) =
            read(store).await?.into_iter().partition(|ticket| ticket.is_good(now));
        let first = i64::try_from(now.0).unwrap_or(i64::MAX);
        let id = live.iter().map(|ticket| ticket.id.saturating_add(1)).fold(first, i64::max);
        let (text, ticket, minted) = Ticket::mint(rng, id, now, uses, expires_at);
        // What is of no use any more makes room.
        let event = act.said(&kind::INITIAL_ACCESS_TOKEN_CREATED, [("token", id.to_string())]);
        let changes = dead.iter().map(Ticket::delete).chain([minted, event]).collect();
        if commit(store, changes).await? {
            return Ok((Secret::new(text), ticket));
        }
    }
    Err(AdminError::Conflict)
}

/// Those that are still good.
pub async fn list(store: &dyn Store, now: Timestamp) -> Result<Vec<Ticket>, AdminError> {
    let mut tickets = read(store).await?;
    tickets.retain(|ticket| ticket.is_good(now));
    Ok(tickets)
}

/// Makes one useless.
pub async fn revoke(store: &dyn Store, act: &Act<'_>, id: i64) -> Result<(), AdminError> {
    for _ in 0..ATTEMPTS {
        let found = list(store, act.now).await?.into_iter().find(|ticket| ticket.id == id);
        let unknown = || AdminError::NotFound { what: "initial access token", name: id.to_string() };
        let event = act.said(&kind::INITIAL_ACCESS_TOKEN_REVOKED, [("token", id.to_string())]);
        if commit(store, vec![found.ok_or_else(unknown)?.delete(), event]).await? {
            return Ok(());
        }
    }
    Err(AdminError::Conflict)
}

/// All of them, by id.
async fn read(store: &dyn Store) -> Result<Vec<Ticket>, AdminError> {
    if let Some(together) = store.ask(together()).await? {
        // The faster one did the same.
        commit(store, apart(&together).map_err(damaged)?).await?;
    }
    let mut documents = Vec::new();
    every(store, Listed::Documents(PREFIX.to_owned()), |page| documents.extend(page.documents)).await?;
    let tickets = documents.iter().map(|document| Ticket::read(document).map_err(damaged));
    let mut tickets = tickets.collect::<Result<Vec<_>, _>>()?;
    tickets.sort_by_key(|ticket| ticket.id);
    Ok(tickets)
}

fn damaged(error: Error) -> AdminError {
    AdminError::invalid("", error.detail.unwrap_or_default(), "restore the store from a backup")
}

/// `false` where somebody else was faster.
async fn commit(store: &dyn Store, changes: Vec<Change>) -> Result<bool, AdminError> {
    match store.commit(changes).await {
        Ok(()) => Ok(true),
        Err(CommitError::Conflict(_)) => Ok(false),
        Err(CommitError::Store(error)) => Err(error.into()),
    }
}

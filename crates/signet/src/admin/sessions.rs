//! Signed-in browsers.

use signet_core::change::Change;
use signet_core::id::{SessionId, UserId};
use signet_core::record::Session;
use signet_store::{Listed, Store};

use super::{AdminError, every};

/// All sessions, or those of one person, oldest first.
pub async fn list(store: &dyn Store, user: Option<&UserId>) -> Result<Vec<Session>, AdminError> {
    let mut sessions = Vec::new();
    every(store, Listed::Sessions(user.cloned()), |page| sessions.extend(page.sessions)).await?;
    Ok(sessions)
}

/// Ends one session, and revokes what was granted from it, except what may outlive it (`offline_access`).
pub async fn revoke(store: &dyn Store, id: SessionId) -> Result<Session, AdminError> {
    let session = list(store, None).await?.into_iter().find(|session| session.id == id);
    let session = session.ok_or_else(|| AdminError::NotFound { what: "session", name: id.to_string() })?;
    store.commit(ending(&session)).await?;
    Ok(session)
}

/// Ends every session, or every one of one person; how many there were.
pub async fn revoke_all(store: &dyn Store, user: Option<&UserId>) -> Result<usize, AdminError> {
    let sessions = list(store, user).await?;
    for some in sessions.chunks(100) {
        store.commit(some.iter().flat_map(ending).collect()).await?;
    }
    Ok(sessions.len())
}

/// What ends every session of a person.
pub(super) async fn endings(store: &dyn Store, user: &UserId) -> Result<Vec<Change>, AdminError> {
    Ok(list(store, Some(user)).await?.iter().flat_map(ending).collect())
}

fn ending(session: &Session) -> Vec<Change> {
    vec![Change::EndSession(session.id), Change::RevokeSessionGrants(session.user.clone(), session.root)]
}

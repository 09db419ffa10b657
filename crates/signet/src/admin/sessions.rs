//! Signed-in browsers.

use std::collections::BTreeSet;

use signet_core::event::{Who, kind};
use signet_core::id::{SessionId, UserId};
use signet_core::logout::{self, Ending};
use signet_core::record::Session;
use signet_store::{List, Listed, Store};

use super::{Act, AdminError, Part, TOGETHER, Window, every, part, users};

/// All sessions, or those of one person, oldest first.
pub async fn list(
    store: &dyn Store,
    user: Option<&UserId>,
    window: &Window,
) -> Result<Part<Session>, AdminError> {
    let key = |session: &Session| session.id.to_string();
    let what = Listed::Sessions(user.cloned());
    Ok(part(store, what, window, |page| page.sessions, |_| true, key).await?)
}

/// Ends one session, and revokes what was granted from it, except what may outlive it (`offline_access`).
pub async fn revoke(store: &dyn Store, act: &Act<'_>, id: SessionId) -> Result<(), AdminError> {
    let gone = || AdminError::NotFound { what: "session", name: id.to_string() };
    let session = find(store, id).await?.ok_or_else(gone)?;
    let who = Who { username: users::name_of(store, &session.user).await?, id: session.user.clone() };
    let mut changes = logout::end(Ending::Session(&session));
    changes.push(act.on_session(&kind::SESSION_ENDED, id, Some(who)));
    match store.commit(changes).await.map_err(AdminError::from) {
        Err(AdminError::Conflict) => Err(gone()),
        other => other,
    }
}

/// Ends every session, or every one of one person, and what was granted from them, except what may outlive
/// them; how many there were.
pub async fn revoke_all(
    store: &dyn Store,
    act: &Act<'_>,
    user: Option<&UserId>,
) -> Result<usize, AdminError> {
    let (mut count, mut signed_in) = (0, BTreeSet::new());
    every(store, Listed::Sessions(user.cloned()), |page| {
        count += page.sessions.len();
        signed_in.extend(page.sessions.into_iter().map(|session| session.user));
    })
    .await?;
    signed_in.extend(user.cloned());
    let signed_in: Vec<UserId> = signed_in.into_iter().collect();
    for some in signed_in.chunks(TOGETHER) {
        let mut ends = Vec::new();
        for user in some {
            let who = Who { id: user.clone(), username: users::name_of(store, user).await? };
            ends.extend(logout::end(Ending::Everywhere { user, keep_offline: true }));
            ends.push(act.on_person(&kind::USER_SIGNED_OUT, who));
        }
        store.commit(ends).await?;
    }
    Ok(count)
}

/// A session, found where sessions are listed: it is the first one from its id on.
async fn find(store: &dyn Store, id: SessionId) -> Result<Option<Session>, AdminError> {
    let before = id.0.checked_sub(1).map(|before| before.to_string());
    let query = List { what: Listed::Sessions(None), after: before, limit: 1 };
    Ok(store.list(query).await?.sessions.into_iter().find(|session| session.id == id))
}

#[cfg(test)]
mod tests {
    use signet_core::change::Change;
    use signet_core::id::GrantId;
    use signet_core::record::Grant;
    use signet_core::secret::TokenHash;
    use signet_core::time::Timestamp;
    use signet_store::MemoryStore;

    use super::super::users::{self, Person};
    use super::*;
    use crate::clock::SystemRng;

    const NOW: Timestamp = Timestamp(1_795_000_000);

    fn act() -> Act<'static> {
        Act::new("a test", NOW.0 * 1000, &SystemRng)
    }

    /// A store with a person, two sessions of theirs, and below the first a grant that ends with it and one
    /// that outlives it.
    async fn signed_in() -> (MemoryStore, UserId) {
        let store = MemoryStore::new();
        let person =
            Person { username: "diana".into(), password: None, claims: Default::default(), locked: None };
        let user = users::add(&store, &act(), person, false).await.unwrap();
        let session = |id: i64| {
            Change::InsertSession(Session {
                id: SessionId(id),
                hash: TokenHash::of(&id.to_be_bytes()),
                root: SessionId(id),
                user: user.id.clone(),
                proofs: Vec::new(),
                created_at: NOW,
                expires_at: NOW.plus(1000),
                agent: None,
                address: None,
            })
        };
        let grant = |id: i64, offline: bool| -> Change {
            let grant: Grant = serde_json::from_value(serde_json::json!({
                "id": id, "user": user.id, "client": "web", "session": 1, "sub": "s", "scope": "openid",
                "offline": offline, "issued_at": NOW, "expires_at": 0, "revoked": false,
            }))
            .unwrap();
            Change::InsertGrant(grant)
        };
        store.commit(vec![session(1), session(2), grant(3, false), grant(4, true)]).await.unwrap();
        let id = user.id.clone();
        (store, id)
    }

    async fn left(store: &MemoryStore, user: &UserId) -> (Vec<i64>, Vec<(GrantId, bool)>) {
        let sessions = list(store, Some(user), &Window::default()).await.unwrap();
        let sessions = sessions.entries.iter().map(|session| session.id.0).collect();
        let query = List::first(Listed::Grants(user.clone()), 10);
        let grants = store.list(query).await.unwrap().grants;
        (sessions, grants.iter().map(|grant| (grant.id, grant.revoked)).collect())
    }

    #[tokio::test]
    async fn a_revoked_session_takes_its_grants_along_but_not_the_offline_ones() {
        let (store, user) = signed_in().await;
        revoke(&store, &act(), SessionId(1)).await.unwrap();
        assert_eq!(left(&store, &user).await, (vec![2], vec![(GrantId(3), true), (GrantId(4), false)]));
        assert!(matches!(
            revoke(&store, &act(), SessionId(1)).await,
            Err(AdminError::NotFound { what: "session", .. })
        ));
    }

    #[tokio::test]
    async fn all_sessions_end_together() {
        let (store, user) = signed_in().await;
        assert_eq!(revoke_all(&store, &act(), Some(&UserId("nobody".into()))).await.unwrap(), 0);
        assert_eq!(revoke_all(&store, &act(), None).await.unwrap(), 2);
        assert!(left(&store, &user).await.0.is_empty());
    }

    #[tokio::test]
    async fn a_lock_and_a_new_password_sign_out() {
        let (store, user) = signed_in().await;
        users::set_locked(&store, &act(), "diana", false).await.unwrap();
        assert_eq!(left(&store, &user).await.0, [1, 2]);
        assert!(users::set_locked(&store, &act(), "diana", true).await.unwrap().locked);
        assert!(left(&store, &user).await.0.is_empty());
        let (store, user) = signed_in().await;
        users::set_password(
            &store,
            &Act::new("a test", NOW.plus(1).0 * 1000, &SystemRng),
            "diana",
            None,
            true,
        )
        .await
        .unwrap();
        assert!(left(&store, &user).await.0.is_empty());
        assert_eq!(users::get(&store, "diana").await.unwrap().updated_at, NOW.plus(1));
    }
}

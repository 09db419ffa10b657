//! What people have agreed to.

use signet_core::change::Change;
use signet_core::event::{Who, kind};
use signet_core::id::{ClientId, UserId};
use signet_core::record::Consent;
use signet_store::{Listed, Store, consent_key};

use super::{Act, AdminError, Part, TOGETHER, Window, every, part, users};

/// Consents by person and application: all, those of one person, those to one application, or one.
pub async fn list(
    store: &dyn Store,
    user: Option<&UserId>,
    client: Option<&ClientId>,
    window: &Window,
) -> Result<Part<Consent>, AdminError> {
    let what = Listed::Consents { user: user.cloned(), client: client.cloned() };
    Ok(part(store, what, window, |page| page.consents, |_| true, consent_key).await?)
}

/// Withdraws what a person agreed to give an application, or all applications: what these have by it ends. To
/// which applications it was.
pub async fn revoke(
    store: &dyn Store,
    act: &Act<'_>,
    user: &UserId,
    client: Option<&ClientId>,
) -> Result<Vec<ClientId>, AdminError> {
    let who = Who { id: user.clone(), username: users::name_of(store, user).await? };
    let mut agreed = Vec::new();
    every(store, Listed::Consents { user: Some(user.clone()), client: client.cloned() }, |page| {
        agreed.extend(page.consents.into_iter().map(|consent| consent.client));
    })
    .await?;
    if let (Some(client), true) = (client, agreed.is_empty()) {
        let name = format!("of {} to {client}", who.username);
        return Err(AdminError::NotFound { what: "consent", name });
    }
    for some in agreed.chunks(TOGETHER) {
        let ends = |client: &ClientId| {
            let end = Change::EndConsent(user.clone(), client.clone());
            [end, act.on_consent(&kind::CONSENT_REVOKED, who.clone(), client)]
        };
        store.commit(some.iter().flat_map(ends).collect()).await?;
    }
    Ok(agreed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use signet_core::claims::Names;
    use signet_core::record::Grant;
    use signet_core::scope::Scope;
    use signet_core::time::Timestamp;
    use signet_store::{EventFilter, List, MemoryStore};

    use super::*;
    use crate::clock::SystemRng;

    const NOW: Timestamp = Timestamp(1_795_000_000);

    fn act() -> Act<'static> {
        Act::new("a test", NOW.0 * 1000, &SystemRng)
    }

    fn agreed(user: &str, client: &str) -> Change {
        Change::PutConsent(Consent {
            user: user.into(),
            client: client.into(),
            scope: Scope::from_words(["openid"]),
            left_out: Scope::default(),
            claims: Names::default(),
            by_place: BTreeMap::new(),
            given_at: NOW,
            expires_at: Timestamp::NEVER,
        })
    }

    fn granted(id: i64, user: &str, client: &str) -> Change {
        let grant: Grant = serde_json::from_value(serde_json::json!({
            "id": id, "user": user, "client": client, "session": 1, "sub": "s", "scope": "openid",
            "offline": true, "issued_at": NOW, "expires_at": 0, "revoked": false,
        }))
        .unwrap();
        Change::InsertGrant(grant)
    }

    #[tokio::test]
    async fn a_withdrawn_consent_takes_its_grants_along_and_leaves_the_others() {
        let store = MemoryStore::new();
        let consents = [("diana", "web"), ("diana", "notes"), ("elvis", "web")];
        store.commit(consents.map(|(user, client)| agreed(user, client)).to_vec()).await.unwrap();
        let grants = [(1, "diana", "web"), (2, "diana", "notes"), (3, "elvis", "web")];
        store.commit(grants.map(|(id, user, client)| granted(id, user, client)).to_vec()).await.unwrap();
        let left = async || {
            let all = list(&store, None, None, &Window::default()).await.unwrap().entries;
            all.iter().map(|one| format!("{} {}", one.user, one.client)).collect::<Vec<_>>()
        };
        let diana = UserId("diana".into());
        assert_eq!(revoke(&store, &act(), &diana, Some(&"web".into())).await.unwrap(), ["web".into()]);
        assert_eq!(left().await, ["diana notes", "elvis web"]);
        let gone = revoke(&store, &act(), &diana, Some(&"web".into())).await.unwrap_err();
        assert_eq!(gone.to_string(), "there is no consent of diana to web");
        assert_eq!(revoke(&store, &act(), &diana, None).await.unwrap(), ["notes".into()]);
        assert_eq!(revoke(&store, &act(), &diana, None).await.unwrap(), []);
        assert_eq!(left().await, ["elvis web"]);
        for (user, revoked) in [("diana", &[true, true][..]), ("elvis", &[false])] {
            let query = List::first(Listed::Grants(user.into()), 10);
            let grants = store.list(query).await.unwrap().grants;
            assert_eq!(grants.iter().map(|grant| grant.revoked).collect::<Vec<_>>(), revoked, "{user}");
        }
        let kept = List::first(Listed::Events(EventFilter::default()), 10);
        let kept = store.list(kept).await.unwrap().events;
        let said =
            kept.iter().map(|event| (event.kind.as_str(), event.client.as_ref().map(|id| id.as_str())));
        let withdrawn = |client| ("consent.revoked", Some(client));
        let mut said: Vec<_> = said.collect();
        said.sort_unstable();
        assert_eq!(said, [withdrawn("notes"), withdrawn("web")]);
        assert!(kept.iter().all(|event| event.detail["by"] == "a test"), "{kept:?}");
    }
}

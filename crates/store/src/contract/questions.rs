//! Several questions of one kind in one read: each gets an answer of its own.

use signet_core::id::{SessionId, TokenId};
use signet_core::lookup::{
    AttemptsOf, ClientById, ConsentOf, DocumentNamed, Facts, JtiSeen, Lookup, SessionByCookie,
    SessionOfChain, TitlesTaken, TokenById, UserById, UserByName, UsersByKeys,
};
use signet_core::name;
use signet_core::record::TokenKind;

use super::commit;
use super::fixtures::*;
use super::joins::fill;
use crate::Store;

/// Two that are found, and one that is not, of each kind.
fn questions() -> Vec<Lookup> {
    let text = str::to_owned;
    let mut all: Vec<Lookup> = Vec::new();
    all.extend(["web", "other", "none"].map(|id| ClientById(id.into()).into()));
    all.extend(["u1", "u2", "none"].map(|id| UserById(id.into()).into()));
    all.extend(["diana", "elvis", "none"].map(|name| UserByName(text(name)).into()));
    all.extend(["diana", "elvis", "none"].map(|typed| UsersByKeys(name::to_sign_in(typed, false)).into()));
    all.extend(["web", "none"].map(|title| TitlesTaken(vec![text(title)]).into()));
    all.extend([1, 2, 77].map(|id| SessionOfChain(SessionId(id)).into()));
    all.extend(["u1", "u2", "none"].map(|user| agreed(user).into()));
    all.extend(["a", "b", "none"].map(|key| AttemptsOf(vec![text(key)]).into()));
    all.extend(["keys", "none"].map(|name| DocumentNamed(text(name)).into()));
    all.extend(["1", "2"].map(|jti| seen(jti).into()));
    for client in ["web", "other"] {
        all.extend([1, 2, 77].map(|id| cookie(id, client).into()));
    }
    for kind in [TokenKind::AuthorizationCode, TokenKind::AccessToken, TokenKind::RefreshToken] {
        all.extend([7, 8, 9].map(|id| TokenById { kind, id: TokenId(id), hash: None }.into()));
    }
    all
}

fn agreed(user: &str) -> ConsentOf {
    ConsentOf { user: user.into(), client: "web".into() }
}

fn seen(jti: &str) -> JtiSeen {
    JtiSeen { issuer: "a".to_owned(), jti: jti.to_owned() }
}

fn cookie(id: i64, client: &str) -> SessionByCookie {
    SessionByCookie { id: SessionId(id), hash: hash(id), client: Some(client.into()) }
}

pub(super) async fn each_answered(store: &dyn Store) {
    fill(store).await;
    commit(store, vec![see("a", "1"), put_client("other"), charge("a", 1000), charge("b", 2000)]).await;
    assert_eq!(store.find(&[]).await.unwrap().unanswered(questions()), questions());
    let mut lookups = questions();
    for _ in 0..2 {
        let facts = store.find(&lookups).await.unwrap();
        assert_eq!(facts.unanswered(lookups.clone()), []);
        owners(&facts);
        below(&facts);
        // Alone each has the same answer.
        let together = format!("{facts:?}");
        for lookup in &lookups {
            let alone = format!("{:?}", store.find(std::slice::from_ref(lookup)).await.unwrap());
            assert!(together.contains(alone.trim_start_matches('[').trim_end_matches(']')), "{alone}");
        }
        lookups.reverse();
    }
}

fn owners(facts: &Facts) {
    let client = |id: &str| facts.client(&id.into()).map(|client| client.client_id.0.clone());
    assert_eq!(["web", "other", "none"].map(client), [Some("web".into()), Some("other".into()), None]);
    let by_id = |id: &str| facts.found(&UserById(id.into())).map(|user| user.username.as_str());
    assert_eq!(["u1", "u2", "none"].map(by_id), [Some("diana"), Some("elvis"), None]);
    let by_name = |name: &str| facts.found(&UserByName(name.to_owned())).map(|user| user.id.as_str());
    assert_eq!(["diana", "elvis", "none"].map(by_name), [Some("u1"), Some("u2"), None]);
    let named = |typed: &str| facts.get(&UsersByKeys(name::to_sign_in(typed, false))).unwrap().len();
    assert_eq!(["diana", "elvis", "none"].map(named), [1, 1, 0]);
    assert_eq!(["1", "2"].map(|jti| facts.seen(&seen(jti))), [true, false]);
    let level =
        |key: &str| facts.get(&AttemptsOf(vec![key.to_owned()])).unwrap().first().map(|row| row.level);
    assert_eq!(["a", "b", "none"].map(level), [Some(1000), Some(2000), None]);
    let named = |name: &str| facts.found(&DocumentNamed(name.to_owned())).cloned();
    assert_eq!(["keys", "none"].map(named), [Some(document(1, b"one")), None]);
}

fn below(facts: &Facts) {
    let token = |kind, id| facts.found(&TokenById { kind, id: TokenId(id), hash: None });
    let of = |kind, id| {
        token(kind, id).map(|found| (found.token.id.0, found.grant.as_ref().map(|grant| grant.id.0)))
    };
    assert_eq!(
        [7, 8, 9].map(|id| of(TokenKind::AccessToken, id)),
        [None, Some((8, Some(1))), Some((9, Some(2)))]
    );
    assert_eq!([7, 8, 9].map(|id| of(TokenKind::AuthorizationCode, id)), [Some((7, Some(1))), None, None]);
    let user =
        |id| token(TokenKind::AccessToken, id).and_then(|found| Some(found.user.as_ref()?.id.as_str()));
    assert_eq!([8, 9].map(user), [Some("u2"), None]);
    let agreed = |id, client| facts.found(&cookie(id, client)).map(|found| found.consent.is_some());
    assert_eq!([1, 2, 77].map(|id| agreed(id, "web")), [Some(true), Some(false), None]);
    assert_eq!([1, 2, 77].map(|id| agreed(id, "other")), [Some(false), Some(false), None]);
    let chain = |id| facts.found(&SessionOfChain(SessionId(id))).map(|found| found.session.id.0);
    assert_eq!([1, 2, 77].map(chain), [Some(1), Some(2), None]);
}

//! Records to play with, and short ways to look at them.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};
use signet_core::change::Change;
use signet_core::claims::ClaimsRequest;
use signet_core::id::{ClientId, GrantId, SessionId, TokenId, UserId};
use signet_core::lookup::{SessionByCookie, SessionFound, TokenById, TokenFound};
use signet_core::pkce::Challenge;
use signet_core::record::{
    Agreed, Client, CodeBinding, Consent, Document, Fill, Grant, Proven, Session, Tally, Token, TokenKind,
    User,
};
use signet_core::scope::Scope;
use signet_core::secret::{Secret, TokenHash};
use signet_core::time::Timestamp;

use crate::Store;

pub(super) const NOW: Timestamp = Timestamp(1_800_000_000);
pub(super) const DAY: u64 = 86_400;

pub(super) fn hash(of: i64) -> TokenHash {
    TokenHash::of(&of.to_be_bytes())
}

pub(super) fn client(id: &str) -> Arc<Client> {
    let mut client = Client::new(id);
    client.client_secret = Some(Secret::new("a-secret".to_owned()));
    client.redirect_uris = vec!["https://rp.example/cb?x=1".to_owned()];
    client.extra.insert("client_name#de".to_owned(), json!("Anwendung"));
    Arc::new(client)
}

pub(super) fn put_client(id: &str) -> Change {
    Change::PutClient(client(id))
}

pub(super) fn user(id: &str, username: &str) -> Arc<User> {
    let claims = json!({ "name": "Diana Krall", "address": { "country": "CA" } });
    Arc::new(User {
        id: id.into(),
        username: username.to_owned(),
        password: Some(Secret::new("$argon2id$v=19$stored".to_owned())),
        claims: claims.as_object().cloned().unwrap_or_default(),
        locked: false,
        password_epoch: 0,
        imported: None,
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    })
}

pub(super) fn put_user(id: &str, username: &str) -> Change {
    Change::PutUser(user(id, username))
}

pub(super) fn session(id: i64, user: &str) -> Session {
    Session {
        id: SessionId(id),
        hash: hash(id),
        root: SessionId(id),
        user: user.into(),
        proofs: vec![proof("password", "pwd", NOW.minus(60)), proof("code", "otp", NOW)],
        created_at: NOW,
        expires_at: NOW.plus(DAY),
        agent: Some("a browser".to_owned()),
        address: None,
    }
}

fn proof(method: &str, amr: &str, at: Timestamp) -> Proven {
    Proven { method: method.to_owned(), amr: vec![amr.to_owned()], at }
}

pub(super) fn consent(user: &str, client: &str) -> Consent {
    let at_web = Agreed {
        scope: Scope::from_words(["openid"]),
        left_out: Scope::from_words(["offline_access"]),
        claims: ["email"].into_iter().collect(),
        given_at: NOW,
        expires_at: Timestamp::NEVER,
    };
    Consent {
        user: user.into(),
        client: client.into(),
        scope: Scope::from_words(["openid", "email"]),
        left_out: Scope::from_words(["offline_access"]),
        claims: ["nickname", "email"].into_iter().collect(),
        by_place: [("https://web.example".to_owned(), at_web)].into(),
        given_at: NOW,
        expires_at: Timestamp::NEVER,
    }
}

pub(super) fn grant(id: i64, user: Option<&str>) -> Grant {
    Grant {
        id: GrantId(id),
        user: user.map(UserId::from),
        client: "web".into(),
        session: None,
        sub: "subject".to_owned(),
        scope: Scope::from_words(["openid", "offline_access"]),
        claims: ClaimsRequest::parse(r#"{"userinfo":{"email":null}}"#).ok(),
        agreed: Some(["email"].into_iter().collect()),
        resources: vec!["https://api.example".to_owned()],
        nonce: Some("n-0".to_owned()),
        auth_time: NOW,
        acr: None,
        amr: vec!["pwd".to_owned()],
        offline: false,
        issued_at: NOW,
        expires_at: Timestamp::NEVER,
        revoked: false,
    }
}

pub(super) fn code(id: i64, grant: i64) -> Token {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let binding = CodeBinding {
        redirect_uri: "https://rp.example/cb?x=1".to_owned(),
        challenge: Challenge::parse(Some(challenge), Some("S256"), false).unwrap(),
    };
    Token {
        max_usage: 1,
        expires_at: NOW.plus(60),
        code: Some(binding),
        ..token(TokenKind::AuthorizationCode, id, grant)
    }
}

pub(super) fn access(id: i64, grant: i64) -> Token {
    let scope = Some(Scope::from_words(["openid"]));
    let audience = vec!["https://api.example".to_owned()];
    Token { scope, audience, ..token(TokenKind::AccessToken, id, grant) }
}

pub(super) fn refresh(id: i64, grant: i64) -> Token {
    Token { hash: None, expires_at: NOW.plus(30 * DAY), ..token(TokenKind::RefreshToken, id, grant) }
}

fn token(kind: TokenKind, id: i64, grant: i64) -> Token {
    Token {
        id: TokenId(id),
        kind,
        hash: Some(hash(id)),
        grant: GrantId(grant),
        based_on: Some(TokenId(id.saturating_sub(1))),
        issued_at: NOW,
        expires_at: NOW.plus(3600),
        revoked: false,
        used: 0,
        max_usage: 0,
        used_at: Timestamp::NEVER,
        scope: None,
        audience: Vec::new(),
        code: None,
    }
}

pub(super) fn document(version: u64, value: &[u8]) -> Document {
    Document { name: "keys".to_owned(), version, value: value.to_vec() }
}

pub(super) fn use_code(id: i64) -> Change {
    Change::UseToken(TokenKind::AuthorizationCode, TokenId(id), NOW.plus(1))
}

pub(super) fn rotate(id: i64, from: u32) -> Change {
    let at = NOW.plus(u64::from(from) + 1);
    Change::RotateRefresh { id: TokenId(id), from, at, expires_at: at.plus(30 * DAY) }
}

pub(super) fn see(issuer: &str, jti: &str) -> Change {
    Change::SeeJti { issuer: issuer.to_owned(), jti: jti.to_owned(), expires_at: NOW.plus(60) }
}

/// Records without `PartialEq` are compared as they are stored.
pub(super) fn same<T: Serialize + ?Sized>(record: Option<&T>) -> Option<Value> {
    record.map(|record| serde_json::to_value(record).unwrap())
}

pub(super) async fn the_token(store: &dyn Store, kind: TokenKind, id: i64) -> Option<Token> {
    token_found(store, kind, id).await.map(|found| found.token)
}

/// A grant is seen through a token below it.
pub(super) async fn grant_of(store: &dyn Store, kind: TokenKind, id: i64) -> Option<Grant> {
    token_found(store, kind, id).await?.grant
}

pub(super) async fn the_session(store: &dyn Store, id: i64) -> Option<Session> {
    session_found(store, id, None).await.map(|found| found.session)
}

pub(super) async fn the_consent(store: &dyn Store, session: i64, client: &str) -> Option<Consent> {
    session_found(store, session, Some(client)).await?.consent
}

async fn token_found(store: &dyn Store, kind: TokenKind, id: i64) -> Option<Box<TokenFound>> {
    store.ask(TokenById { kind, id: TokenId(id), hash: None }).await.unwrap()
}

async fn session_found(store: &dyn Store, id: i64, client: Option<&str>) -> Option<Box<SessionFound>> {
    store
        .ask(SessionByCookie { id: SessionId(id), hash: hash(id), client: client.map(ClientId::from) })
        .await
        .unwrap()
}

pub(super) fn fill(key: &str, cost: u64, limit: u64, at: Timestamp) -> Fill {
    Fill { key: key.to_owned(), cost, limit, at }
}

pub(super) fn charge(key: &str, cost: u64) -> Change {
    Change::Tally(Tally::Charge(fill(key, cost, u64::MAX, NOW)))
}

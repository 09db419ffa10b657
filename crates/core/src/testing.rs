//! Fixtures for unit tests: a world with a settable clock, counted chance and ids, and signatures that anybody could forge.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::endpoint::Incoming;
use crate::env::{Env, Jose, JoseError, OwnJws, Rng, Sequence};
use crate::id::{GrantId, SessionId, UserId};
use crate::params::Params;
use crate::record::{Client, Grant, User};
use crate::scope::Scope;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::subject;
use crate::time::Timestamp;

/// The instant at which every world begins.
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);
/// The secret of [`client`].
pub(crate) const SECRET: &str = "a-secret";
/// The redirect URI of [`client`].
pub(crate) const REDIRECT_URI: &str = "https://web.example/cb";

/// Everything an [`Env`] borrows; set `now` and `settings` as the test needs.
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) now: Timestamp,
    rng: SeededRng,
    ids: CountedIds,
    jose: MarkedJose,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            settings: settings(),
            now: NOW,
            rng: SeededRng(AtomicU64::new(1)),
            ids: CountedIds(AtomicI64::new(1000)),
            jose: MarkedJose { algs: vec!["RS256".into(), "ES256".into()] },
        }
    }

    pub(crate) fn env(&self) -> Env<'_> {
        Env { settings: &self.settings, now: self.now, rng: &self.rng, ids: &self.ids, jose: &self.jose }
    }

    /// A grant of this scope, from a sign-in a minute ago, that ends in a day.
    pub(crate) fn grant(&self, client: &Client, user: &User, scope: &str) -> Grant {
        Grant {
            id: GrantId(self.ids.next()),
            user: Some(user.id.clone()),
            client: client.client_id.clone(),
            session: Some(SessionId(77)),
            sub: subject::sub(&self.settings, &user.id, client),
            scope: Scope::parse(scope).unwrap(),
            claims: None,
            resources: Vec::new(),
            nonce: Some("n-1".into()),
            auth_time: self.now.minus(60),
            acr: Some("urn:signet:password".into()),
            amr: vec!["pwd".into()],
            offline: false,
            issued_at: self.now,
            expires_at: self.now.plus(86_400),
            revoked: false,
        }
    }
}

/// Settings of `https://op.example` with fixed secrets.
pub(crate) fn settings() -> Settings {
    Settings::new(
        "https://op.example",
        Secret::new(b"subject salt".to_vec()),
        Secret::new(b"handle key".to_vec()),
    )
}

/// A confidential web client (`client_secret_basic`, [`SECRET`], [`REDIRECT_URI`]).
pub(crate) fn client(id: &str) -> Client {
    let mut client = Client::new(id);
    client.client_secret = Some(Secret::new(SECRET.to_owned()));
    client.redirect_uris = vec![REDIRECT_URI.into()];
    client
}

/// A public client.
pub(crate) fn public_client(id: &str) -> Client {
    let mut client = Client::new(id);
    client.redirect_uris = vec![REDIRECT_URI.into()];
    client
}

/// A person with a name and a verified address.
pub(crate) fn user(username: &str) -> User {
    let claims =
        json!({"name": "Diana Krall", "email": format!("{username}@example.org"), "email_verified": true});
    User {
        id: UserId::from(format!("id-of-{username}").as_str()),
        username: username.into(),
        password: None,
        claims: claims.as_object().cloned().unwrap_or_default(),
        locked: false,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A direct request with these parameters and no `Authorization` header.
pub(crate) fn incoming(params: &[(&str, &str)]) -> Incoming {
    let pairs = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Incoming { params: Params::from_pairs(pairs.collect()), authorization: None }
}

/// The same with HTTP Basic credentials, sent as they are.
pub(crate) fn incoming_basic(id: &str, secret: &str, params: &[(&str, &str)]) -> Incoming {
    let mut incoming = incoming(params);
    incoming.authorization = Some(format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
    incoming
}

/// The header and payload of a JWS that [`World::env`] signed.
pub(crate) fn opened(jws: &str) -> (Value, Value) {
    let mut parts = jws.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

/// Shares a record as facts do.
pub(crate) fn shared<T>(record: T) -> Option<Arc<T>> {
    Some(Arc::new(record))
}

struct SeededRng(AtomicU64);

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = mixed.to_be_bytes()[0];
        }
    }
}

struct CountedIds(AtomicI64);

impl Sequence for CountedIds {
    fn next(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Its third part is the word `signed` instead of a signature.
struct MarkedJose {
    algs: Vec<String>,
}

impl Jose for MarkedJose {
    fn sign(&self, alg: &str, typ: &str, payload: &[u8]) -> Result<String, JoseError> {
        if !self.algs.iter().any(|a| a == alg) {
            return Err(JoseError(format!("no key for {alg}")));
        }
        let header = json!({"alg": alg, "typ": typ}).to_string();
        Ok(format!("{}.{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload), "c2lnbmVk"))
    }

    fn open_own(&self, token: &str) -> Result<OwnJws, JoseError> {
        let bad = || JoseError("not signed here".into());
        let signed = token.strip_suffix(".c2lnbmVk").ok_or_else(bad)?;
        let (header, payload) = signed.split_once('.').ok_or_else(bad)?;
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| bad())?;
        let header: Value = serde_json::from_slice(&header).map_err(|_| bad())?;
        let typ = header.get("typ").and_then(Value::as_str).map(str::to_owned);
        Ok(OwnJws { typ, payload: URL_SAFE_NO_PAD.decode(payload).map_err(|_| bad())? })
    }

    fn signing_algs(&self) -> &[String] {
        &self.algs
    }
}

//! Fixtures for unit tests: a world with a settable clock, counted chance and ids, and signatures that
//! anybody could forge.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::client_auth::ClientAuth;
use crate::discovery;
use crate::endpoint::{self, Door, Endpoint, Step};
use crate::env::{Env, Rng, Secrets, Sequence, SignInMethod, SignInMethods};
use crate::error::Error;
use crate::id::{GrantId, SessionId, UserId};
use crate::incoming::Incoming;
use crate::params::Params;
use crate::record::{Client, Grant, User};
use crate::scope::Scope;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::subject;
use crate::time::Timestamp;

mod asserting;
mod jose;
mod shelf;

pub(crate) use asserting::Asserting;
use jose::MarkedJose;
pub(crate) use jose::{NamedKey, header, keys, opened, sealed};
pub(crate) use shelf::{Shelf, exchange};

/// The instant at which every world begins.
pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);
/// The secret of [`client`].
pub(crate) const SECRET: &str = "a-secret";
/// The redirect URI of [`client`].
pub(crate) const REDIRECT_URI: &str = "https://web.example/cb";

/// Everything an [`Env`] borrows; set `now` and `settings` as the test needs.
pub(crate) struct World {
    pub(crate) settings: Settings,
    pub(crate) secrets: Secrets,
    pub(crate) now: Timestamp,
    rng: SeededRng,
    ids: CountedIds,
    jose: MarkedJose,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            settings: settings(),
            secrets: secrets(),
            now: NOW,
            rng: SeededRng(AtomicU64::new(1)),
            ids: CountedIds(AtomicI64::new(1000)),
            jose: MarkedJose { algs: vec!["RS256".into(), "ES256".into()] },
        }
    }

    pub(crate) fn env(&self) -> Env<'_> {
        let Self { settings, secrets, now, rng, ids, jose } = self;
        Env { settings, secrets, now: *now, rng, ids, jose, methods: &Methods, lists: discovery::possible }
    }

    /// A grant of this scope, from a sign-in a minute ago, that ends in a day.
    pub(crate) fn grant(&self, client: &Client, user: &User, scope: &str) -> Grant {
        Grant {
            id: GrantId(self.ids.next()),
            user: Some(user.id.clone()),
            client: client.client_id.clone(),
            session: Some(SessionId(77)),
            sub: subject::sub(&self.env(), client, user, SessionId(77)),
            scope: Scope::parse(scope).unwrap(),
            claims: None,
            agreed: None,
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

/// Settings of `https://op.example`.
pub(crate) fn settings() -> Settings {
    Settings::new("https://op.example", endpoint::paths())
}

/// Fixed secrets.
pub(crate) fn secrets() -> Secrets {
    Secrets::new(&Secret::new(b"subject salt".to_vec()), &Secret::new(b"handle key".to_vec()))
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
        password_epoch: 0,
        imported: None,
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    }
}

/// A direct request with these parameters and no `Authorization` header.
pub(crate) fn incoming(params: &[(&str, &str)]) -> Incoming {
    let pairs = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Incoming { params: Params::from_pairs(pairs.collect()), ..Incoming::default() }
}

/// The same with HTTP Basic credentials, sent as they are.
pub(crate) fn incoming_basic(id: &str, secret: &str, params: &[(&str, &str)]) -> Incoming {
    let credentials = STANDARD.encode(format!("{id}:{secret}"));
    with_header(incoming(params), "authorization", &format!("Basic {credentials}"))
}

/// The same with a header more.
pub(crate) fn with_header(mut incoming: Incoming, name: &'static str, value: &str) -> Incoming {
    incoming.headers.add(name, value.to_owned());
    incoming
}

/// What a client's own request is read to.
pub(crate) fn read(
    endpoint: &dyn Endpoint,
    env: &Env<'_>,
    incoming: &Incoming,
) -> Result<Box<dyn Step>, Error> {
    match endpoint.door() {
        Door::Client(of) => endpoint::read(of, env, incoming, ClientAuth::parse(incoming)),
        Door::Bearer(parse) => parse(env, incoming),
        Door::Own(own) => panic!("{own:?} is read elsewhere"),
    }
}

/// The files of a folder of this crate by their stems, without `mod`: what a table is held against.
pub(crate) fn files_of(folder: &str) -> Vec<String> {
    let folder = format!("{}/src/{folder}", env!("CARGO_MANIFEST_DIR"));
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut stems: Vec<String> =
        paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    stems.retain(|stem| stem != "mod" && stem != "tests");
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// Shares a record as facts do.
pub(crate) fn shared<T>(record: T) -> Option<Arc<T>> {
    Some(Arc::new(record))
}

/// Another value for a member; null takes it out.
pub(crate) fn set(members: &mut Value, name: &str, value: Value) {
    let members = members.as_object_mut().unwrap();
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
}

/// A password, and a code for those who have a telephone number.
struct Methods;

impl SignInMethods for Methods {
    fn offered(&self, person: Option<&User>) -> Vec<SignInMethod> {
        let password = SignInMethod { name: "password", amr: &["pwd"] };
        let code = SignInMethod { name: "code", amr: &["otp"] };
        let has_code = person.is_some_and(|person| person.claims.contains_key("phone_number"));
        std::iter::once(password).chain(has_code.then_some(code)).collect()
    }
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

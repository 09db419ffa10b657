//! Fixtures for unit tests: a world with a settable clock, counted chance and ids, and signatures that anybody could forge.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::assertion;
use crate::change::{Change, Conflict};
use crate::client_auth::{Authenticated, ClientAuth};
use crate::decision::{Decision, Reply};
use crate::endpoint::{Incoming, token};
use crate::env::{ClientKeys, Decrypted, Encryption, Env, Jose, JoseError, OwnJws, Rng, Sequence};
use crate::error::Error;
use crate::id::{ClientId, GrantId, SessionId, TokenId, UserId};
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::record::{Client, Grant, Token, TokenKind, User};
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
            sub: subject::sub(&self.settings, client, user, SessionId(77)),
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
    Incoming { params: Params::from_pairs(pairs.collect()), ..Incoming::default() }
}

/// The same with HTTP Basic credentials, sent as they are.
pub(crate) fn incoming_basic(id: &str, secret: &str, params: &[(&str, &str)]) -> Incoming {
    let mut incoming = incoming(params);
    incoming.authorization = Some(format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
    incoming
}

/// The header of a JWS or JWE.
pub(crate) fn header(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap()
}

/// The header and payload of a JWS that [`World::env`] signed.
pub(crate) fn opened(jws: &str) -> (Value, Value) {
    let mut parts = jws.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

/// A store in memory that keeps its promises: joined facts, and all changes of a commit or none.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    pub(crate) clients: BTreeMap<ClientId, Arc<Client>>,
    pub(crate) users: BTreeMap<UserId, Arc<User>>,
    pub(crate) grants: BTreeMap<GrantId, Grant>,
    pub(crate) tokens: BTreeMap<(TokenKind, TokenId), Token>,
    /// The only key of a client, by name.
    pub(crate) keys: BTreeMap<ClientId, &'static str>,
}

impl Shelf {
    pub(crate) fn with(clients: Vec<Client>, users: Vec<User>) -> Self {
        Self {
            clients: clients.into_iter().map(|client| (client.client_id.clone(), Arc::new(client))).collect(),
            users: users.into_iter().map(|user| (user.id.clone(), Arc::new(user))).collect(),
            ..Self::default()
        }
    }

    /// Changes a client's record.
    pub(crate) fn edit_client(&mut self, id: &str, edit: impl FnOnce(&mut Client)) {
        edit(Arc::get_mut(self.clients.get_mut(&ClientId::from(id)).unwrap()).unwrap());
    }

    /// Changes the record of [`user`]`(username)`.
    pub(crate) fn edit_user(&mut self, username: &str, edit: impl FnOnce(&mut User)) {
        let id = user(username).id;
        edit(Arc::get_mut(self.users.get_mut(&id).unwrap()).unwrap());
    }

    pub(crate) fn find(&self, lookups: &[Lookup]) -> Facts {
        let mut facts = Facts::default();
        for lookup in lookups {
            match lookup {
                Lookup::Client(id) => facts.client = self.clients.get(id).cloned(),
                Lookup::Holder(id) => facts.holder = self.clients.get(id).cloned(),
                Lookup::User(id) => facts.user = self.users.get(id).cloned(),
                Lookup::Token { kind, id, hash } => {
                    let token = self.tokens.get(&(*kind, *id)).filter(|token| token.hash == *hash);
                    facts.token = token.cloned();
                    facts.grant = token.and_then(|token| self.grants.get(&token.grant)).cloned();
                    let user = facts.grant.as_ref().and_then(|grant| grant.user.as_ref());
                    facts.user = user.and_then(|id| self.users.get(id)).cloned();
                }
                Lookup::ClientKeys { client, .. } => {
                    facts.client_keys = self.keys.get(client).and_then(|name| keys(name));
                }
                other => panic!("the shelf does not keep {other:?}"),
            }
        }
        facts
    }

    /// The same, and what the facts so far show to be missing.
    pub(crate) fn find_on(&self, lookups: &[Lookup], follow_up: impl Fn(&Facts) -> Vec<Lookup>) -> Facts {
        let mut facts = self.find(lookups);
        let mut asked = Vec::new();
        loop {
            let more = follow_up(&facts);
            if more.is_empty() || more == asked {
                return facts;
            }
            facts.absorb(self.find(&more));
            asked = more;
        }
    }

    pub(crate) fn commit(&mut self, changes: &[Change]) -> Result<(), Conflict> {
        let before = self.clone();
        for (index, change) in changes.iter().enumerate() {
            if self.apply(change).is_none() {
                *self = before;
                return Err(Conflict { index });
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: &Change) -> Option<()> {
        match change {
            Change::InsertGrant(grant) => self.grants.insert(grant.id, grant.clone()).is_none().then_some(()),
            Change::InsertToken(token) => {
                self.tokens.insert((token.kind, token.id), token.clone()).is_none().then_some(())
            }
            Change::RevokeGrant(id) => self.grants.get_mut(id).map(|grant| grant.revoked = true),
            Change::RevokeToken(kind, id) => {
                self.tokens.get_mut(&(*kind, *id)).map(|token| token.revoked = true)
            }
            Change::UseToken(kind, id, at) => {
                let token = self.tokens.get_mut(&(*kind, *id))?;
                let live = !token.revoked && !self.grants.get(&token.grant)?.revoked;
                (live && (token.max_usage == 0 || token.used < token.max_usage)).then_some(())?;
                (token.used, token.used_at) = (token.used + 1, *at);
                Some(())
            }
            Change::RotateRefresh { id, from, at, expires_at } => {
                let token = self.tokens.get_mut(&(TokenKind::RefreshToken, *id))?;
                let live = !token.revoked && !self.grants.get(&token.grant)?.revoked;
                (live && token.used == *from).then_some(())?;
                (token.used, token.used_at, token.expires_at) = (from + 1, *at, *expires_at);
                Some(())
            }
            other => panic!("the shelf does not keep {other:?}"),
        }
    }
}

/// What a shell does with a request to the token endpoint.
pub(crate) fn exchange(world: &World, shelf: &mut Shelf, incoming: &Incoming) -> Result<Value, Error> {
    let env = world.env();
    let request = token::Request::parse(&env, incoming)?;
    let facts = shelf.find_on(&request.lookup(), |facts| request.follow_up(facts));
    match request.decide(&env, facts) {
        Ok(Decision { changes, reply: Reply::Json(answer) }) => {
            shelf.commit(&changes).unwrap();
            Ok(answer)
        }
        Ok(other) => panic!("not a token response: {other:?}"),
        Err(error) => {
            shelf.commit(&error.changes).unwrap();
            Err(error)
        }
    }
}

/// The files of a folder of this crate by their stems, without `mod`: what a table is held against.
pub(crate) fn files_of(folder: &str) -> Vec<String> {
    let folder = format!("{}/src/{folder}", env!("CARGO_MANIFEST_DIR"));
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut stems: Vec<String> =
        paths.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    stems.retain(|stem| stem != "mod");
    stems.sort_unstable();
    stems
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

    fn verify_mac(&self, token: &str, secret: &[u8], alg: &str) -> Result<(), JoseError> {
        if !alg.starts_with("HS") || !ends_with(token, secret) {
            return Err(JoseError("not made with this secret".into()));
        }
        Ok(())
    }

    fn verifying_algs(&self) -> &[&'static str] {
        &["RS256", "ES256", "HS256"]
    }

    fn sign_mac(&self, secret: &[u8], alg: &str, typ: &str, payload: &[u8]) -> Result<String, JoseError> {
        let header = json!({"alg": alg, "typ": typ}).to_string();
        Ok([header.as_bytes(), payload, secret].map(|part| URL_SAFE_NO_PAD.encode(part)).join("."))
    }

    fn encrypt_to_secret(
        &self,
        secret: &[u8],
        how: Encryption<'_>,
        payload: &[u8],
    ) -> Result<String, JoseError> {
        Ok(sealed(how, payload, secret))
    }

    fn decrypt(&self, token: &str, secret: Option<&[u8]>) -> Result<Decrypted, JoseError> {
        let bad = || JoseError("not encrypted to us".into());
        let parts: Vec<Vec<u8>> =
            token.split('.').filter_map(|part| URL_SAFE_NO_PAD.decode(part).ok()).collect();
        let [header, _, _, payload, tag] = &parts[..] else { return Err(bad()) };
        if tag != b"op" && Some(&tag[..]) != secret {
            return Err(bad());
        }
        let header: Value = serde_json::from_slice(header).map_err(|_| bad())?;
        let named = |name: &str| header[name].as_str().map(str::to_owned).ok_or_else(bad);
        Ok(Decrypted { payload: payload.clone(), alg: named("alg")?, enc: named("enc")? })
    }

    fn encrypting_algs(&self) -> &[&'static str] {
        &["RSA-OAEP", "ECDH-ES", "A128KW", "dir"]
    }

    fn decrypting_algs(&self) -> &[String] {
        static ALGS: std::sync::LazyLock<Vec<String>> =
            std::sync::LazyLock::new(|| ["RSA-OAEP", "A128KW", "dir"].map(String::from).into());
        &ALGS
    }

    fn content_encryptions(&self) -> &[&'static str] {
        &["A128CBC-HS256", "A256GCM"]
    }
}

/// Five parts like a JWE, in clear: the fourth is what is inside, the fifth names whose it is (`op` for ours).
pub(crate) fn sealed(how: Encryption<'_>, payload: &[u8], holder: &[u8]) -> String {
    let mut header = json!({"alg": how.alg, "enc": how.enc});
    set(&mut header, "typ", how.typ.map_or(Value::Null, Value::from));
    set(&mut header, "cty", how.cty.map_or(Value::Null, Value::from));
    let header = header.to_string();
    [header.as_bytes(), b"", b"", payload, holder].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

/// A client's only key: what it signs has its name for a signature, and what is encrypted to it has it for a tag.
#[derive(Debug)]
pub(crate) struct NamedKey(pub(crate) &'static str);

impl ClientKeys for NamedKey {
    fn verify(&self, token: &str, _alg: &str) -> Result<(), JoseError> {
        if ends_with(token, self.0.as_bytes()) { Ok(()) } else { Err(JoseError("no key fits".into())) }
    }

    fn encrypt(&self, how: Encryption<'_>, payload: &[u8]) -> Result<String, JoseError> {
        Ok(sealed(how, payload, self.0.as_bytes()))
    }
}

/// A set of this one key, as facts hold it.
pub(crate) fn keys(name: &'static str) -> Option<Arc<dyn ClientKeys>> {
    Some(Arc::new(NamedKey(name)))
}

fn ends_with(token: &str, signature: &[u8]) -> bool {
    token.rsplit_once('.').is_some_and(|(_, last)| last == URL_SAFE_NO_PAD.encode(signature))
}

/// A client assertion of the client `web`, good unless told otherwise.
#[derive(Clone)]
pub(crate) struct Asserting {
    header: Value,
    claims: Value,
    signature: String,
    params: Vec<(&'static str, String)>,
    pub(crate) facts: Facts,
}

impl Asserting {
    fn new(header: Value, signature: &str) -> Self {
        let claims = json!({
            "iss": "web", "sub": "web", "aud": "https://op.example", "jti": "j-1", "exp": NOW.0 + 60, "iat": NOW.0,
        });
        let (params, facts) = (vec![("client_assertion_type", assertion::TYPE.to_owned())], Facts::default());
        Self { header, claims, signature: signature.into(), params, facts }
    }

    /// Protected by a secret.
    pub(crate) fn mac(secret: &str) -> Self {
        Self::new(json!({"alg": "HS256"}), secret)
    }

    /// Signed by the key of this name; the client's own is `k-1`.
    pub(crate) fn key(name: &str) -> Self {
        let mut this = Self::new(json!({"alg": "ES256", "kid": name}), name);
        this.facts.client_keys = Some(Arc::new(NamedKey("k-1")));
        this
    }

    /// Of a client without keys.
    pub(crate) fn keyless(mut self) -> Self {
        self.facts.client_keys = None;
        self
    }

    /// Another value for a claim; null takes it out.
    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// Another value for a header member; null takes it out.
    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }

    /// Another request parameter.
    pub(crate) fn param(mut self, name: &'static str, value: &str) -> Self {
        self.params.retain(|(known, _)| *known != name);
        self.params.push((name, value.to_owned()));
        self
    }

    pub(crate) fn incoming(&self) -> Incoming {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signature = URL_SAFE_NO_PAD.encode(&self.signature);
        let token = format!("{}.{}.{signature}", part(&self.header), part(&self.claims));
        let mut params: Vec<(&str, &str)> =
            self.params.iter().map(|(name, value)| (*name, value.as_str())).collect();
        if !params.iter().any(|(name, _)| *name == "client_assertion") {
            params.push(("client_assertion", &token));
        }
        incoming(&params)
    }

    /// Authenticates the client, or nobody.
    pub(crate) fn authenticate(&self, client: Option<Client>) -> Result<(Authenticated, Vec<Change>), Error> {
        let world = World::new();
        let auth = ClientAuth::parse(&self.incoming())?;
        auth.decide(&world.env(), &Facts { client: client.map(Arc::new), ..self.facts.clone() })
    }
}

fn set(members: &mut Value, name: &str, value: Value) {
    let members = members.as_object_mut().unwrap();
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
}

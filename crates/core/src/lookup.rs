//! Every read that a decision may ask for, and the facts that come back. Facts come joined: one read each.

use std::sync::Arc;

use crate::env::ClientKeys;
use crate::id::{ClientId, SessionId, TokenId, UserId};
use crate::record::{Attempts, Client, Consent, Document, Grant, Session, Token, TokenKind, User};
use crate::secret::TokenHash;

/// One read. Several are answered together from one snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// → `client`
    Client(ClientId),
    /// The client that a token was issued to, where somebody else asks about it → `holder`
    Holder(ClientId),
    /// By the exact username → `user`
    Username(String),
    /// By keys that `name` makes: everybody who has one of them, by username, at most eight people for each →
    /// `named`
    Named(Vec<String>),
    /// → `user`
    User(UserId),
    /// By the cookie → `session`, its `user`, and the `consent` of that user for a client. A wrong hash finds
    /// nothing.
    Session {
        /// From the handle.
        id: SessionId,
        /// From the handle.
        hash: TokenHash,
        /// Whose consent to join.
        client: Option<ClientId>,
    },
    /// The session that is alive in a chain (`Session::root`), and its `user` → `session`. For what proves
    /// the chain without a cookie.
    Chain(SessionId),
    /// What a person agreed to give a client → `consent`
    Consent(UserId, ClientId),
    /// → `token`, its `grant`, the grant's `user`. A wrong hash finds nothing.
    Token {
        /// Which table.
        kind: TokenKind,
        /// From the handle, or a JWT's `jti`.
        id: TokenId,
        /// From the handle; none for JWTs and refresh tokens, whose signature or MAC was checked before.
        hash: Option<TokenHash>,
    },
    /// → `attempts`, one per key that has a row
    Attempts(Vec<String>),
    /// → `documents`
    Document(String),
    /// Whether a JWT id was seen for an issuer → `jti_seen`
    Jti {
        /// Whose.
        issuer: String,
        /// Which.
        jti: String,
    },
    /// The public keys of a client, which it signs with or is encrypted to → `client_keys`. The shell answers
    /// this one, from the registration or by fetching `jwks_uri`; it may hold an older set as long as that
    /// has the key which `kid` names. A store finds nothing.
    ClientKeys {
        /// Whose.
        client: ClientId,
        /// The key that is needed.
        kid: Option<String>,
    },
    /// What is at an address that somebody registered → `fetched`. The shell answers this one, through its
    /// guarded client.
    Fetch {
        /// Where.
        url: String,
        /// What is expected there, which bounds its size and says how long it may be kept.
        what: Expected,
    },
    /// The public keys of an issuer of software statements → `issuer_keys`. The shell answers this one, from
    /// the configuration.
    IssuerKeys {
        /// Whose.
        issuer: String,
        /// The key that is needed.
        kid: Option<String>,
    },
}

/// What a [`Lookup::Fetch`] is to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// A request object (OpenID Connect Core §6.2): kept as long as its server allows when the fragment of
    /// its address is its hash, else not at all.
    RequestObject,
    /// A list of redirect URIs (OpenID Connect Core §8.1).
    SectorIdentifier,
    /// A client's metadata (OAuth Client ID Metadata Document).
    ClientMetadata,
}

/// What was found; a missing row is `None`. Expired and revoked rows are found like others: decisions judge
/// them.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The client.
    pub client: Option<Arc<Client>>,
    /// The client that a token was issued to.
    pub holder: Option<Arc<Client>>,
    /// The person.
    pub user: Option<Arc<User>>,
    /// The people who answer to a name.
    pub named: Vec<Arc<User>>,
    /// The signed-in browser.
    pub session: Option<Session>,
    /// What this person agreed to give this client.
    pub consent: Option<Consent>,
    /// The token.
    pub token: Option<Token>,
    /// What it was minted under.
    pub grant: Option<Grant>,
    /// How full the buckets are that bound the tries of strangers.
    pub attempts: Vec<Attempts>,
    /// Named values.
    pub documents: Vec<Document>,
    /// The JWT id was seen before.
    pub jti_seen: bool,
    /// The client's own keys; none when it registered none.
    pub client_keys: Option<Arc<dyn ClientKeys>>,
    /// What stood at an address, or why it could not be had.
    pub fetched: Option<Result<Arc<str>, String>>,
    /// The keys of an issuer of software statements; none when it is not trusted.
    pub issuer_keys: Option<Arc<dyn ClientKeys>>,
}

impl Facts {
    /// Adds what a later read found.
    pub fn absorb(&mut self, later: Facts) {
        fn take<T>(known: &mut Option<T>, later: Option<T>) {
            if later.is_some() {
                *known = later;
            }
        }
        take(&mut self.client, later.client);
        take(&mut self.holder, later.holder);
        take(&mut self.user, later.user);
        self.named.extend(later.named);
        take(&mut self.session, later.session);
        take(&mut self.consent, later.consent);
        take(&mut self.token, later.token);
        take(&mut self.grant, later.grant);
        self.attempts.extend(later.attempts);
        self.documents.extend(later.documents);
        self.jti_seen |= later.jti_seen;
        take(&mut self.client_keys, later.client_keys);
        take(&mut self.fetched, later.fetched);
        take(&mut self.issuer_keys, later.issuer_keys);
    }
}

//! RFC 6749 §2.3, OpenID Connect Core §9: client authentication. Exactly one method a request, and it is the
//! registered one.

mod client_secret_basic;
mod client_secret_jwt;
mod client_secret_post;
mod none;
mod private_key_jwt;
#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::change::Change;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::Error;
use crate::event::{Event, What, kind};
use crate::id::ClientId;
use crate::incoming::Incoming;
use crate::lookup::{ClientById, Facts, Lookup};
use crate::record::Client;
use crate::record::client::KeptSecret;
use crate::rule::{self, Rule};
use crate::secret::{Secret, constant_time_eq, constant_time_eq_of_any_length};
use crate::settings::Settings;

/// Every method, by the names of `token_endpoint_auth_method`.
pub static METHODS: &[&dyn Method] = &[
    &client_secret_basic::ClientSecretBasic,
    &client_secret_post::ClientSecretPost,
    &client_secret_jwt::ClientSecretJwt,
    &private_key_jwt::PrivateKeyJwt,
    &none::None,
];

/// Where the metadata lists those that are offered.
pub const OFFERED: &str = "token_endpoint_auth_methods_supported";
/// The operator's setting for it.
pub const OFFERED_BY: &str = "capabilities.token_endpoint_auth_methods_supported";

/// What a method proves the client by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The client only says who it is.
    Nothing,
    /// It sends its secret.
    Secret,
    /// It computes an assertion with its secret.
    SecretMac,
    /// It signs an assertion with its private key.
    Key,
}

impl Proof {
    /// By the name of the method, if there is one of that name.
    pub fn of(method: &str) -> Option<Self> {
        METHODS.iter().find(|row| row.name() == method).map(|row| row.proof())
    }

    /// Whether the client needs a secret for it.
    pub fn needs_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretMac)
    }

    /// Whether a wrong one may be a guess at something that this client has. What a public client is sent, by
    /// any page in any browser, is none.
    pub fn may_guess(self, client: &Client) -> bool {
        match self {
            Self::Nothing => false,
            Self::Secret => client.has_secret(),
            Self::SecretMac => client.client_secret.is_some(),
            // Nobody guesses a signature, but it takes work to find that out.
            Self::Key => client.jwks.is_some() || client.jwks_uri.is_some(),
        }
    }

    /// Whether it comes in a JWT, which has an algorithm.
    pub fn is_assertion(self) -> bool {
        matches!(self, Self::SecretMac | Self::Key)
    }
}

/// One way for a client to show who it is.
pub trait Method: Send + Sync {
    /// The wire name.
    fn name(&self) -> &'static str;
    /// What it proves the client by.
    fn proof(&self) -> Proof;
    /// What is refused by it, and where that is defined.
    fn rule(&self) -> &'static Rule;
    /// Reads what the method needs; `Ok(None)` when the request does not use it.
    fn parse(&self, incoming: &Incoming) -> Result<Option<Box<dyn Credentials>>, Error>;
}

/// What a client presented by one method.
pub trait Credentials: Send + Sync {
    /// Who it claims to be.
    fn client_id(&self) -> &ClientId;
    /// Who else it may claim to be: by another reading of the same bytes, where there is one.
    fn undecoded_id(&self) -> Option<&ClientId> {
        None
    }
    /// Facts needed besides the client.
    fn lookup(&self) -> Vec<Lookup> {
        Vec::new()
    }
    /// Judges the proof, with the same effort and the same [`refused`] when there is no such client.
    fn prove(&self, env: &Env<'_>, client: Option<&Client>, facts: &Facts) -> Result<Proved, Error>;
}

/// What comes of a proof that is good.
#[derive(Debug, Default)]
pub struct Proved {
    /// What must be written to use it up.
    pub changes: Vec<Change>,
    /// It was made with the secret that the client had before: not every instance has the new one yet.
    pub by_previous_secret: bool,
}

/// A client that has shown who it is: the proof that every grant asks for. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Authenticated(Arc<Client>);

impl Authenticated {
    /// The record, shared.
    pub fn client(&self) -> &Arc<Client> {
        &self.0
    }
}

impl Deref for Authenticated {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// The client authentication of one request.
pub struct ClientAuth {
    method: &'static dyn Method,
    credentials: Box<dyn Credentials>,
    by_undecoded: bool,
}

impl ClientAuth {
    /// Finds the one method that the request uses; none when it uses no known one.
    pub fn parse(incoming: &Incoming) -> Result<Option<Self>, Error> {
        let mut found = None;
        for method in METHODS {
            // What another method has read is no request of a client that only says who it is.
            if found.is_some() && method.proof() == Proof::Nothing {
                continue;
            }
            let parsed = method.parse(incoming).map_err(|error| error.at(method.rule()))?;
            let Some(credentials) = parsed else { continue };
            let this = Self { method: *method, credentials, by_undecoded: false };
            if let Some(Self { method: first, .. }) = found.replace(this) {
                return Err(Error::invalid_request(format!(
                    "the client authenticates by {} and by {} at once; use one of them",
                    first.name(),
                    method.name()
                ))
                .at(&rule::CLIENT_AUTHENTICATION));
            }
        }
        Ok(found)
    }

    /// Who a request says it is from, however wrong the rest of it is.
    pub fn claimed(incoming: &Incoming) -> Option<ClientId> {
        let presented = Self::parse(incoming).ok().flatten().map(|auth| auth.client_id().clone());
        presented.or_else(|| incoming.params.get("client_id").map(ClientId::from))
    }

    /// Who the client claims to be.
    pub fn client_id(&self) -> &ClientId {
        let undecoded = self.undecoded_id().filter(|_| self.by_undecoded);
        undecoded.unwrap_or_else(|| self.credentials.client_id())
    }

    /// Who else it may claim to be, if the id was not encoded as it should be.
    pub fn undecoded_id(&self) -> Option<&ClientId> {
        self.credentials.undecoded_id()
    }

    /// Nobody has the id that was read: the other one is meant.
    pub fn go_by_undecoded(&mut self) {
        self.by_undecoded = true;
    }

    /// What it claims to prove that by.
    pub fn proof(&self) -> Proof {
        self.method.proof()
    }

    /// The client, and what its method needs.
    pub fn lookup(&self) -> Vec<Lookup> {
        let mut lookups = vec![ClientById(self.client_id().clone()).into()];
        lookups.extend(self.credentials.lookup());
        lookups
    }

    /// Proves the client, and tells what must be written with whatever it does next.
    pub fn decide(&self, env: &Env<'_>, facts: &Facts) -> Result<(Authenticated, Proved), Error> {
        let client = facts.client(self.client_id());
        let at = |error: Error| error.at(self.method.rule());
        let named = |error: Error| Error {
            named: client.map(|client| Box::new(client.client_id.clone())),
            ..at(error)
        };
        let proven = self.credentials.prove(env, client.map(Arc::as_ref), facts).map_err(named)?;
        let client = client.ok_or_else(|| at(refused("unknown client")))?;
        if !accepted(client, env.settings).contains(&self.method.name()) {
            // Only somebody who has proved to be the client gets here, so this tells no stranger that the
            // client exists.
            return Err(unaccepted(client, env.settings, self.method.name()).about(client));
        }
        Ok((Authenticated(client.clone()), proven))
    }

    /// Proves the client and lets it do what it came for. What uses the proof up is written whatever comes of
    /// that: an assertion that brought a refusal must not be good a second time.
    pub fn then(
        &self,
        env: &Env<'_>,
        facts: Facts,
        next: impl FnOnce(&Authenticated, Facts) -> Result<Decision, Error>,
    ) -> Result<Decision, Error> {
        let (client, Proved { mut changes, by_previous_secret }) = self.decide(env, &facts)?;
        match next(&client, facts) {
            Ok(mut decision) => {
                changes.extend(decision.changes);
                let late = by_previous_secret
                    .then(|| Event::new(What::of(&kind::CLIENT_PREVIOUS_SECRET_USED, []), &client, None));
                decision.events.extend(late);
                Ok(Decision { changes, ..decision })
            }
            Err(mut error) => {
                changes.append(&mut error.changes);
                Err(error.with(changes).about(client.client()))
            }
        }
    }
}

/// The methods by which a client may authenticate: those that it is registered for, and where nobody chose
/// any, those of them that are offered.
pub fn accepted<'a>(client: &'a Client, settings: &Settings) -> Vec<&'a str> {
    let unsaid = client.token_endpoint_auth_method.is_none();
    let fits = |method: &&str| !unsaid || settings.offer.has(OFFERED, method);
    client.auth_methods().into_iter().filter(fits).collect()
}

fn unaccepted(client: &Client, settings: &Settings, method: &str) -> Error {
    let accepted = match accepted(client, settings).as_slice() {
        [] => "none of the methods that are offered".to_owned(),
        accepted => accepted.join(" or "),
    };
    let unoffered = client.takes_method(method).then(|| format!(", which {OFFERED_BY} does not have"));
    Error::invalid_client(format!(
        "this client accepts {accepted}, but authenticated by {method}{}",
        unoffered.unwrap_or_default()
    ))
    .at(&rule::CLIENT_AUTHENTICATION)
}

/// The refusal of a request without any method, which names those that would do.
pub(crate) fn missing(methods: &[&str]) -> Error {
    let what = "no usable client authentication in the request";
    Error::invalid_client(format!("{what}; use one of {}", methods.join(", ")))
        .at(&rule::CLIENT_AUTHENTICATION)
}

/// The one refusal for unknown clients and failed proofs; only the log knows which it was.
pub fn refused(detail: &'static str) -> Error {
    Error::invalid_client(
        "the client is unknown, its secret is wrong, or it is registered for another authentication method",
    )
    .because(detail)
}

/// What a client presents that sends its secret in clear, wherever the two are.
struct IdAndSecret {
    client_id: ClientId,
    /// The id by another reading of the same bytes, where there is one.
    undecoded_id: Option<ClientId>,
    secret: Secret<String>,
    /// The secret by another reading of the same bytes, where there is one.
    undecoded: Option<Secret<String>>,
}

impl Credentials for IdAndSecret {
    fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    fn undecoded_id(&self) -> Option<&ClientId> {
        self.undecoded_id.as_ref()
    }

    fn prove(&self, env: &Env<'_>, client: Option<&Client>, _facts: &Facts) -> Result<Proved, Error> {
        // How many hashes and comparisons there are follows from the request alone: an unknown client takes
        // as long as a wrong secret, and one with a previous secret as long as one without.
        let presented = Presented::of(self);
        let kept = client.map_or([KeptSecret::NONE; 2], Client::kept_secrets);
        let [by_current, by_previous] = kept.map(|secret| presented.is(&secret));
        let Some(client) = client.filter(|_| by_current | by_previous) else {
            return Err(refused(match client {
                Some(client) if client.is_public() => "this client is public and has no secret",
                Some(_) => "wrong client secret",
                None => "unknown client",
            }));
        };
        let by_previous_secret = in_force(env, client, !by_current)?;
        Ok(Proved { by_previous_secret, ..Proved::default() })
    }
}

/// What was presented, by each reading.
struct Presented<'a> {
    secret: Reading<'a>,
    undecoded: Option<Reading<'a>>,
}

impl<'a> Presented<'a> {
    fn of(credentials: &'a IdAndSecret) -> Self {
        let undecoded = credentials.undecoded.as_ref().map(Reading::of);
        Self { secret: Reading::of(&credentials.secret), undecoded }
    }

    /// Whether it is this secret.
    fn is(&self, kept: &KeptSecret<'_>) -> bool {
        self.secret.is(kept) | self.undecoded.as_ref().is_some_and(|undecoded| undecoded.is(kept))
    }
}

/// A text that may be the secret, and its hash.
struct Reading<'a> {
    clear: &'a [u8],
    digest: [u8; 32],
}

impl<'a> Reading<'a> {
    fn of(secret: &'a Secret<String>) -> Self {
        let clear = secret.expose().as_bytes();
        Self { clear, digest: Sha256::digest(clear).into() }
    }

    /// It is compared in both forms, whichever is kept. The hash of nothing may have been configured by
    /// mistake: nothing proves nothing.
    fn is(&self, kept: &KeptSecret<'_>) -> bool {
        let (clear, digest) = (kept.clear(), kept.kept_digest());
        let by_clear =
            constant_time_eq_of_any_length(self.clear, clear.unwrap_or_default()) & clear.is_some();
        let by_digest = constant_time_eq(&self.digest, &digest.unwrap_or_default()) & digest.is_some();
        (by_clear | by_digest) & !self.clear.is_empty()
    }
}

/// OpenID Connect Registration §3.2: a secret may have an end. Whether it is the previous one comes back.
fn in_force(env: &Env<'_>, client: &Client, is_previous: bool) -> Result<bool, Error> {
    let [current, previous] = client.kept_secrets().map(|secret| secret.expires_at.expired_at(env.now));
    match is_previous {
        false if current => Err(Error::invalid_client(
            "the client secret has expired; update the registration, or ask the operator for a new one",
        )),
        true if previous => Err(Error::invalid_client(
            "the client secret was replaced by a new one, and is no longer accepted; use the new one",
        )),
        _ => Ok(is_previous),
    }
}

//! RFC 7591 §3.2.1: the client secret: who needs one, in which form it is stored, and when it is renewed.

use sha2::{Digest, Sha256};

use crate::client::computes_with_secret;
use crate::client_auth::Proof;
use crate::env::Env;
use crate::handle::{Handle, Kind};
use crate::record::Client;
use crate::secret::{Secret, constant_time_eq};
use crate::time::Timestamp;

/// RFC 7518 §3.2: a secret for HS512 has 64 bytes at least.
const LONG_ENOUGH: usize = 64;

/// Gives the record the secret that it needs, or none: the one it had where that will do, else a new one.
/// `presented` is what the client itself says its secret is, found right before. What the client must be told
/// comes back.
pub(crate) fn settle(
    env: &Env<'_>,
    client: &mut Client,
    had: Option<&Client>,
    presented: Option<&str>,
) -> Option<Secret<String>> {
    let computes = computes_with_secret(client);
    if !computes && !Proof::of(client.auth_method()).is_some_and(Proof::needs_secret) {
        return None;
    }
    let had = had.filter(|had| had.has_secret() && !had.client_secret_expires_at.expired_at(env.now));
    let in_clear = had.and_then(|had| had.client_secret.as_ref()).map(|secret| secret.expose().as_str());
    let in_clear = in_clear.or(presented.filter(|_| had.is_some()));
    let usable = in_clear.filter(|secret| !computes || secret.len() >= LONG_ENOUGH);
    if let Some(had) = had.filter(|_| usable.is_some() || !computes) {
        keep_previous(client, had, computes);
    }
    if let (Some(had), false, None) = (had, computes, usable) {
        client.client_secret_hash.clone_from(&had.client_secret_hash);
        client.client_secret_expires_at = had.client_secret_expires_at;
        return None;
    }
    let (secret, expires_at) = match (usable, had) {
        (Some(secret), Some(had)) => (secret.to_owned(), had.client_secret_expires_at),
        _ => (fresh(env, computes), end(env)),
    };
    client.client_secret_expires_at = expires_at;
    let told = Secret::new(secret.clone());
    if computes {
        client.client_secret = Some(Secret::new(secret));
    } else {
        client.client_secret_hash = Some(hashed(&secret));
    }
    Some(told)
}

/// What an operator lets instances of the application go on with for a time outlasts an update that keeps the
/// secret after it.
fn keep_previous(client: &mut Client, had: &Client, in_clear: bool) {
    let previous = had.client_secret_previous.as_ref();
    client.client_secret_previous = previous.filter(|_| in_clear).map(Secret::duplicate);
    let hash = previous.filter(|_| !in_clear).map(|secret| hashed(secret.expose()));
    client.client_secret_previous_hash = hash.or_else(|| had.client_secret_previous_hash.clone());
    client.client_secret_previous_expires_at = had.client_secret_previous_expires_at;
}

/// Whether this is the client's secret, in whichever form that is kept.
pub(crate) fn is(client: &Client, presented: &str) -> bool {
    match (&client.client_secret, &client.client_secret_hash) {
        (Some(secret), _) => secret.matches(presented),
        (None, Some(hash)) => constant_time_eq(hash.as_bytes(), hashed(presented).as_bytes()),
        (None, None) => false,
    }
}

fn fresh(env: &Env<'_>, long: bool) -> String {
    let mut secret = Handle::mint(env, Kind::ClientSecret, 0).encode();
    if long {
        // A handle has 63 characters.
        secret.push_str(&format!("{:08x}", u32::from_be_bytes(env.random())));
    }
    secret
}

fn end(env: &Env<'_>) -> Timestamp {
    match env.settings.registration.secret_expires_in {
        0 => Timestamp::NEVER,
        seconds => env.now.plus(seconds),
    }
}

fn hashed(secret: &str) -> String {
    Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

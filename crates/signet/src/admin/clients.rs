//! Registered applications.

use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use signet_core::change::Change;
use signet_core::client::kind::Kind as Of;
use signet_core::client::members::MEMBERS;
use signet_core::client::{Judge, Judged, Metadata, computes_with_secret};
use signet_core::client_auth::Proof;
use signet_core::env::Rng;
use signet_core::event::kind;
use signet_core::fault::Severity;
use signet_core::handle::{Handle, Kind};
use signet_core::id::ClientId;
use signet_core::lookup::ClientById;
use signet_core::record::Client;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_store::{Held, Listed, Store};

use super::{Act, AdminError, Fault, Part, Window, has_text, part};
use crate::provider::{Before, twins};

/// A client that was just made or given a new secret.
#[derive(Debug)]
pub struct Made {
    /// As stored.
    pub client: Arc<Client>,
    /// Its secret, which is shown this once; none for a public client, and for one that brought its own.
    pub secret: Option<Secret<String>>,
    /// What may be meant so, but is doubtful.
    pub warnings: Vec<Fault>,
}

/// Registers a client from its metadata. Without `client_id` it gets one; without a secret it gets one where
/// its method needs one.
pub async fn add(
    store: &dyn Store,
    act: &Act<'_>,
    metadata: &Value,
    judge: &Judge<'_>,
) -> Result<Made, AdminError> {
    let Act { rng, now, .. } = *act;
    let mut members = metadata
        .as_object()
        .cloned()
        .ok_or_else(|| AdminError::invalid("", "client metadata is a JSON object", "write { … }"))?;
    if !members.contains_key("client_id") {
        let mut bytes = [0; 12];
        rng.fill(&mut bytes);
        members.insert("client_id".into(), hex(&bytes).into());
    }
    let by_secret = |method: &Value| method.as_str().is_some_and(needs_secret);
    let by_secret = match members.get("token_endpoint_auth_method") {
        Some(Value::Array(methods)) => methods.iter().any(by_secret),
        Some(method) => by_secret(method),
        None => true,
    };
    let brought = members.contains_key("client_secret") || members.contains_key("client_secret_hash");
    let long = members.values().any(|value| value.as_str() == Some("HS512"));
    let secret = (by_secret && !brought).then(|| fresh_secret(rng, long));
    if let Some(secret) = &secret {
        members.insert("client_secret".into(), secret.expose().as_str().into());
    }
    let Judged { mut client, mut faults } = judge.read(&Metadata::from(members), Client::new(""));
    let failed = faults.iter().any(|fault| fault.severity == Severity::Error);
    if failed {
        return Err(AdminError::Invalid(faults));
    }
    faults.extend(client.ended_secrets(now));
    client.client_id_issued_at = now;
    seal(&mut client);
    let client = Arc::new(client);
    let event = act.on_client(&kind::CLIENT_ADDED, &client.client_id);
    match store.commit(vec![Change::PutClient(client.clone()), event]).await.map_err(AdminError::from) {
        Err(AdminError::Conflict) => {
            Err(AdminError::AlreadyExists { what: "client", name: client.client_id.0.clone() })
        }
        other => other.map(|()| Made { client, secret, warnings: faults }),
    }
}

fn needs_secret(method: &str) -> bool {
    Proof::of(method).is_some_and(Proof::needs_secret)
}

/// The client of this id.
pub async fn get(store: &dyn Store, id: &str) -> Result<Arc<Client>, AdminError> {
    let found = store.ask(ClientById(ClientId(id.to_owned()))).await?;
    found.known().ok_or_else(|| AdminError::NotFound { what: "client", name: id.to_owned() })
}

/// Clients by id, perhaps only those that have a text in their id or name.
pub async fn list(
    store: &dyn Store,
    search: Option<&str>,
    window: &Window,
) -> Result<Part<Arc<Client>>, AdminError> {
    let keep = |client: &Arc<Client>| search.is_none_or(|text| is_named(client, text));
    let key = |client: &Arc<Client>| client.client_id.0.clone();
    Ok(part(store, Listed::Clients, window, |page| page.clients, keep, key).await?)
}

/// Whether a client has this text in its id or name.
pub fn is_named(client: &Client, text: &str) -> bool {
    has_text([client.client_id.as_str()].into_iter().chain(client.client_name.as_deref()), text)
}

/// Gives a client a new secret. The old one is accepted for so many seconds more, while the instances of the
/// application get the new one; with 0 it is of no use from then on. One that was replaced before ends now.
pub async fn rotate_secret(
    store: &dyn Store,
    act: &Act<'_>,
    id: &str,
    keep_old: u64,
) -> Result<Made, AdminError> {
    let old = get(store, id).await?;
    if !old.auth_methods().iter().any(|method| needs_secret(method)) {
        let what = format!("{id} has no secret: its method is {}", old.auth_method());
        return Err(AdminError::invalid("client_secret", what, "add it again with a method that has one"));
    }
    let secret = fresh_secret(act.rng, computes_with_secret(&old));
    let mut client = changeable(&old)?;
    let gone = old.client_secret_expires_at.expired_at(act.now);
    client.retire_secret(act.now.plus(keep_old));
    if keep_old == 0 || gone {
        client.forget_previous_secret();
    }
    client.client_secret = Some(secret.duplicate());
    seal(&mut client);
    let client = Arc::new(client);
    let event = act.on_client(&kind::CLIENT_SECRET_ROTATED, &client.client_id);
    store.commit(vec![Change::PutClient(client.clone()), event]).await?;
    Ok(Made { client, secret: Some(secret), warnings: Vec::new() })
}

/// Takes away the secret that a client had before, if it still has it.
pub async fn revoke_previous_secret(
    store: &dyn Store,
    act: &Act<'_>,
    id: &str,
) -> Result<Arc<Client>, AdminError> {
    let old = get(store, id).await?;
    if !old.has_previous_secret() {
        let what = format!("{id} has no old secret");
        return Err(AdminError::invalid("", what, "only `rotate-secret --keep-old` leaves one"));
    }
    let mut client = changeable(&old)?;
    client.forget_previous_secret();
    let client = Arc::new(client);
    let event = act.on_client(&kind::CLIENT_PREVIOUS_SECRET_REVOKED, &client.client_id);
    store.commit(vec![Change::PutClient(client.clone()), event]).await?;
    Ok(client)
}

fn changeable(client: &Client) -> Result<Client, AdminError> {
    let failed = |error: serde_json::Error| {
        AdminError::invalid("client", error.to_string(), "remove it and add it again")
    };
    client.duplicate().map_err(failed)
}

/// Removes a client; its grants are revoked and people's consents to it forgotten. What ended with it:
/// nothing where the configuration has one of the same name, to which all that there is was granted.
pub async fn remove(store: &dyn Store, act: &Act<'_>, id: &str) -> Result<Held, AdminError> {
    let client = ClientId(id.to_owned());
    let ends = match Before::read(store).await?.has_client(&client) {
        true => Held::default(),
        false => held(store, &client, act.now).await?,
    };
    let event = act.on_client(&kind::CLIENT_REMOVED, &client);
    match store.commit(vec![Change::DeleteClient(client), event]).await.map_err(AdminError::from) {
        Err(AdminError::Conflict) => Err(AdminError::NotFound { what: "client", name: id.to_owned() }),
        other => other.map(|()| ends),
    }
}

/// How much people have with a client, and it by itself.
pub async fn held(store: &dyn Store, client: &ClientId, now: Timestamp) -> Result<Held, AdminError> {
    Ok(twins::held(store, Listed::OfClient(client.clone(), now)).await?)
}

/// The metadata to show: all but the secrets.
pub fn shown(client: &Client) -> Value {
    let mut shown = serde_json::to_value(client).unwrap_or_default();
    if let Some(members) = shown.as_object_mut() {
        let secrets = MEMBERS.iter().filter(|member| matches!(member.kind, Of::Secret | Of::Hash));
        secrets.for_each(|secret| drop(members.remove(secret.name)));
        members.remove("registration_access_token_hash");
        if client.has_previous_secret() {
            // 0 says, as it does of the secret itself, that it has no end.
            let end = client.client_secret_previous_expires_at;
            members.insert("client_secret_previous_expires_at".into(), end.0.into());
        }
    }
    shown
}

/// Keeps the secret in clear only where something computes with it (OpenID Connect Core §9:
/// `client_secret_jwt`; §10.1: HMAC signatures; §10.2: symmetric encryption).
fn seal(client: &mut Client) {
    if computes_with_secret(client) {
        return;
    }
    let hash = |secret: Secret<String>| hex(&Sha256::digest(secret.expose().as_bytes()));
    if let Some(secret) = client.client_secret.take() {
        client.client_secret_hash = Some(hash(secret));
    }
    if let Some(secret) = client.client_secret_previous.take() {
        client.client_secret_previous_hash = Some(hash(secret));
    }
}

/// A handle has 63 characters, and HS512 takes 64 at least (RFC 7518 §3.2): a `long` one has a few more.
fn fresh_secret(rng: &dyn Rng, long: bool) -> Secret<String> {
    let mut secret = Handle::draw(rng, Kind::ClientSecret, 0).encode();
    if long {
        let mut more = [0; 4];
        rng.fill(&mut more);
        secret.push_str(&hex(&more));
    }
    Secret::new(secret)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

//! OpenID Connect Core §8: subject identifiers, and the session identifier that logout messages will name
//! (Front-Channel Logout §3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::Url;

use crate::change::Change;
use crate::env::{Env, Secrets};
use crate::id::{ClientId, SessionId};
use crate::lookup::JtiSeen;
use crate::name::canonical;
use crate::record::client::SubjectType;
use crate::record::{Client, User};
use crate::secret::constant_time_eq;
use crate::settings::subjects::Public;
use crate::time::Timestamp;
use crate::uri::is_loopback;

/// The subject types that discovery tells of and clients can register. `ephemeral` is a type of our own, for
/// operators to write down: applications that read metadata strictly fail on a type that OpenID Connect does
/// not define.
pub const PUBLISHED_TYPES: &[&str] = &["public", "pairwise"];

/// Whether the client can be given subjects of its type. One that has no redirect URI meets no people, unless
/// it says otherwise.
pub fn fits(default: SubjectType, client: &Client) -> Result<(), &'static str> {
    let meets_people = client.subject_type.is_some() || !client.redirect_uris.is_empty();
    match client.subject_type.unwrap_or(default) {
        SubjectType::Pairwise if meets_people => sector(client).map(drop),
        _ => Ok(()),
    }
}

/// Where usernames that were somebody's are remembered: among the values that are seen once, of which the
/// store keeps a hash.
const NAMES: &str = "signet username";

/// The same of people who are written in the configuration: there the operator says who is called so, but a
/// stranger must not be.
const CONFIGURED_NAMES: &str = "signet configured username";

/// The same of the form in which all spellings of a name are one: who has lost a name must not come back as
/// somebody else whose name is that one in capitals.
const SPELLINGS: &str = "signet username in any case";
const CONFIGURED_SPELLINGS: &str = "signet configured username in any case";

/// Whether a username is or was that of somebody in the configuration.
pub fn used_configured_name(username: &str) -> JtiSeen {
    JtiSeen { issuer: CONFIGURED_NAMES.to_owned(), jti: username.to_owned() }
}

/// Whether it is or was so in any case, width or Unicode form.
pub fn used_configured_spelling(username: &str) -> JtiSeen {
    JtiSeen { issuer: CONFIGURED_SPELLINGS.to_owned(), jti: canonical(username) }
}

/// Whether a username is or was somebody's.
pub fn used_name(username: &str) -> JtiSeen {
    JtiSeen { issuer: NAMES.to_owned(), jti: username.to_owned() }
}

/// Whether it is or was so in any case, width or Unicode form.
pub fn used_spelling(username: &str) -> JtiSeen {
    JtiSeen { issuer: SPELLINGS.to_owned(), jti: canonical(username) }
}

/// Remembers a username for ever; it must not be remembered yet.
pub fn remember(used: JtiSeen) -> Change {
    let JtiSeen { issuer, jti } = used;
    Change::SeeJti { issuer, jti, expires_at: Timestamp::NEVER }
}

/// The person's `sub` at this client. `root` is the sign-in chain (`Session::root`): an ephemeral subject is
/// as old as it.
pub fn sub(env: &Env<'_>, client: &Client, user: &User, root: SessionId) -> String {
    let (id, name) = (user.id.as_str().as_bytes(), user.username.as_bytes());
    let (subjects, secrets) = (&env.settings.subjects, env.secrets);
    match subjects.type_for(client) {
        SubjectType::Public => match &subjects.public {
            Public::Keyed => keyed::<20>(secrets, &[b"signet public sub", id]),
            Public::Salted(salt) => salted(&[name, salt.expose()]),
            Public::Raw => user.username.clone(),
        },
        SubjectType::Pairwise => {
            // A client that should have been refused is a sector by itself: nobody can put its subjects
            // together with another's.
            let sector = sector(client).unwrap_or_else(|_| alone(client));
            match &subjects.pairwise_salt {
                None => keyed::<20>(secrets, &[b"signet pairwise sub", sector.as_bytes(), id]),
                Some(salt) => salted(&[name, sector.as_bytes(), salt.expose()]),
            }
        }
        SubjectType::Ephemeral => {
            let (root, client) = (root.0.to_be_bytes(), client.client_id.as_str().as_bytes());
            keyed::<20>(secrets, &[b"signet ephemeral sub", &root, client, id])
        }
    }
}

/// The user name that a `sub` of this client is, where subjects are names: of no other subject can be told
/// whose it is.
pub fn username<'a>(env: &Env<'_>, client: &Client, sub: &'a str) -> Option<&'a str> {
    let subjects = &env.settings.subjects;
    let is_public = subjects.type_for(client) == SubjectType::Public;
    (is_public && matches!(subjects.public, Public::Raw)).then_some(sub)
}

/// OpenID Connect Core §8.1: the host that a client's pairwise subjects belong to. `Err` says why it has
/// none, for the one who registers it.
///
/// A host is a sector because it is somebody's. Loopback is everybody's: all applications that run on
/// people's own devices would be one sector, so there each client is one by itself.
pub fn sector(client: &Client) -> Result<String, &'static str> {
    // What follows a private scheme is nobody's name: `com.example.app://other.example/` must not join the
    // other's sector.
    let web = |uri: &str| Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    let host = |url: &Url| url.host_str().map(str::to_owned);
    if let Some(uri) = &client.sector_identifier_uri {
        return web(uri).as_ref().and_then(host).ok_or("sector_identifier_uri is not a web address");
    }
    let mut sector = None;
    for uri in &client.redirect_uris {
        let own = |url: &Url| if is_loopback(url) { Some(alone(client)) } else { host(url) };
        let host = web(uri).as_ref().and_then(own).ok_or(
            "a redirect URI without a host belongs to no sector; pairwise subjects need sector_identifier_uri",
        )?;
        if sector.get_or_insert_with(|| host.clone()) != &host {
            return Err(
                "the redirect URIs have several hosts; pairwise subjects need sector_identifier_uri then",
            );
        }
    }
    sector.ok_or("pairwise subjects need sector_identifier_uri where there is no redirect URI")
}

/// The host whose applications all know a person by the same pairwise subject; none where the client has its
/// subjects alone.
pub fn shared_sector(client: &Client) -> Option<String> {
    sector(client).ok().filter(|sector| *sector != alone(client))
}

/// The sector of a client that shares its subjects with nobody. No host is called so.
fn alone(client: &Client) -> String {
    format!("client {}", client.client_id)
}

/// `sid`: one per browser sign-in chain and client. Keyed, because session ids can be guessed and two clients
/// must not find out by guessing that they serve the same browser. It is made as RFC 5297 makes a synthetic
/// IV: a MAC, and the chain's first id under a mask that follows from the MAC. So we alone can tell which
/// chain it names.
pub fn sid(secrets: &Secrets, root: SessionId, client: &ClientId) -> String {
    let id = root.0.to_be_bytes();
    let mac: [u8; 16] = prefix(&digest(secrets, &[b"signet sid", &id, client.as_str().as_bytes()]));
    let masked = masked(secrets, &mac, client, id);
    URL_SAFE_NO_PAD.encode([&mac[..], &masked[..]].concat())
}

/// Which sign-in chain a `sid` of this client names; none unless we have made it.
pub fn root_of(secrets: &Secrets, text: &str, client: &ClientId) -> Option<SessionId> {
    let bytes: [u8; 24] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let (mac, rest) = bytes.split_first_chunk::<16>()?;
    let id = masked(secrets, mac, client, rest.try_into().ok()?);
    let root = SessionId(i64::from_be_bytes(id));
    constant_time_eq(sid(secrets, root, client).as_bytes(), text.as_bytes()).then_some(root)
}

fn masked(secrets: &Secrets, mac: &[u8; 16], client: &ClientId, mut id: [u8; 8]) -> [u8; 8] {
    let mask = digest(secrets, &[b"signet sid mask", mac, client.as_str().as_bytes()]);
    for (byte, mask) in id.iter_mut().zip(mask) {
        *byte ^= mask;
    }
    id
}

fn prefix<const N: usize>(digest: &[u8; 32]) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = *from;
    }
    bytes
}

fn keyed<const N: usize>(secrets: &Secrets, parts: &[&[u8]]) -> String {
    let digest = digest(secrets, parts);
    URL_SAFE_NO_PAD.encode(digest.get(..N).unwrap_or(&digest))
}

fn digest(secrets: &Secrets, parts: &[&[u8]]) -> [u8; 32] {
    secrets.subject_salt.mac_of_parts(parts.iter().copied())
}

/// One after the other, with nothing between: what oidc-op hashes.
fn salted(parts: &[&[u8]]) -> String {
    let digest = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;

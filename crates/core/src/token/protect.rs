//! OpenID Connect Core §10, §16.14, RFC 7519 §11.2: how data for a client is protected: signed, then
//! encrypted, as registered.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::alg::{self, is_mac, is_symmetric};
use crate::env::{ClientKeys, Encryption, Env, Jose, JoseError};
use crate::error::{Error, ErrorCode};
use crate::lookup::{Facts, KeysOfClient};
use crate::record::Client;
use crate::secret::Secret;

/// One kind of thing that is issued, and the members of a client's registration that say how it is protected.
pub struct Kind {
    /// As metadata spells it: `id_token` for `id_token_signed_response_alg` and
    /// `id_token_signing_alg_values_supported`.
    pub name: &'static str,
    /// Where the members are defined.
    pub spec: &'static str,
    /// `…_signed_response_alg`
    pub signed_alg: fn(&Client) -> Option<&str>,
    /// `…_encrypted_response_alg`
    pub encrypted_alg: fn(&Client) -> Option<&str>,
    /// `…_encrypted_response_enc`
    pub encrypted_enc: fn(&Client) -> Option<&str>,
    /// It is signed whether the client registered an algorithm or not.
    pub always_signed: bool,
    /// A client may register that it comes unsigned, by the token endpoint.
    pub may_be_unsigned: bool,
    plural: &'static str,
    typ: &'static str,
}

/// ID tokens.
pub static ID_TOKEN: Kind = Kind {
    name: "id_token",
    spec: "OpenID Connect Dynamic Client Registration 1.0 section 2",
    signed_alg: |client| client.id_token_signed_response_alg.as_deref(),
    encrypted_alg: |client| client.id_token_encrypted_response_alg.as_deref(),
    encrypted_enc: |client| client.id_token_encrypted_response_enc.as_deref(),
    always_signed: true,
    may_be_unsigned: true,
    plural: "ID tokens",
    typ: "JWT",
};

/// UserInfo answers.
pub static USERINFO: Kind = Kind {
    name: "userinfo",
    spec: "OpenID Connect Dynamic Client Registration 1.0 section 2",
    signed_alg: |client| client.userinfo_signed_response_alg.as_deref(),
    encrypted_alg: |client| client.userinfo_encrypted_response_alg.as_deref(),
    encrypted_enc: |client| client.userinfo_encrypted_response_enc.as_deref(),
    always_signed: false,
    may_be_unsigned: false,
    plural: "UserInfo answers",
    typ: "JWT",
};

/// Introspection answers.
pub static INTROSPECTION: Kind = Kind {
    name: "introspection",
    spec: "RFC 9701 section 6",
    signed_alg: |client| client.introspection_signed_response_alg.as_deref(),
    encrypted_alg: |client| client.introspection_encrypted_response_alg.as_deref(),
    encrypted_enc: |client| client.introspection_encrypted_response_enc.as_deref(),
    always_signed: true,
    may_be_unsigned: false,
    plural: "introspection answers",
    typ: "token-introspection+jwt",
};

/// Every kind, for metadata and for rules on registrations.
pub static KINDS: [&Kind; 3] = [&ID_TOKEN, &USERINFO, &INTROSPECTION];

/// The registered algorithm of ID tokens that nobody signs.
pub const NONE: &str = "none";
/// Content encryption where a client registered none (OpenID Connect Registration §2).
pub const DEFAULT_ENC: &str = "A128CBC-HS256";

/// Whom something is made for, and how it gets there.
#[derive(Clone, Copy, Debug)]
pub struct To<'a> {
    /// Whose registration counts.
    pub client: &'a Client,
    /// Its public keys, as far as they were asked for: see [`wanted_keys`].
    pub keys: Option<&'a dyn ClientKeys>,
    /// It answers the client's own request, over a connection that vouches for the sender; not by way of a
    /// browser.
    pub direct: bool,
}

impl Kind {
    /// Whether the client gets it as a JWT because it registered so.
    pub fn is_registered(&self, client: &Client) -> bool {
        (self.signed_alg)(client).is_some() || (self.encrypted_alg)(client).is_some()
    }

    /// The algorithm by which it is signed for this client; `None`: not at all.
    pub fn alg<'a>(&self, env: &Env<'a>, client: &'a Client) -> Option<&'a str> {
        let general = self.always_signed.then_some(env.settings.default_signing_alg.as_str());
        (self.signed_alg)(client).or(general)
    }

    /// The values that clients may register as `…_signed_response_alg`: those of our keys first.
    pub fn signing_algs<'a>(&self, jose: &'a dyn Jose) -> Vec<&'a str> {
        let own = jose.signing_algs().iter().map(String::as_str);
        let shared = jose.verifying_algs().iter().copied().filter(|alg| is_mac(alg));
        own.chain(shared).chain(self.may_be_unsigned.then_some(NONE)).collect()
    }

    fn registered(&self, member: &str, how: &str) -> String {
        format!("this client is registered for {} {how} ({}_{member})", self.plural, self.name)
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The read that is still due before this kind can be encrypted for the client; none unless it registered
/// encryption to its own keys.
pub fn wanted_keys(client: &Client, kind: &Kind, facts: &Facts) -> Option<KeysOfClient> {
    let alg = (kind.encrypted_alg)(client)?;
    let due = !is_symmetric(alg) && facts.keys_of(&client.client_id).is_none();
    due.then(|| KeysOfClient { client: client.client_id.clone(), kid: None })
}

/// The wire form of a payload: signed where that is due, then encrypted where the client registered it. Where
/// neither can be done as registered nothing is handed out: the refusal names the member to change.
pub fn protect(env: &Env<'_>, kind: &Kind, to: &To<'_>, payload: &[u8]) -> Result<String, Error> {
    let signed = match kind.alg(env, to.client) {
        Some(alg) => Some(sign(env, kind, to, alg, payload)?),
        None => None,
    };
    match ((kind.encrypted_alg)(to.client), signed) {
        (Some(alg), Some(jws)) => encrypt(env, kind, to, alg, Some("JWT"), jws.as_bytes()),
        // OpenID Connect Core §5.3.2: encrypted without being signed, so that the claims themselves are
        // inside.
        (Some(alg), None) => encrypt(env, kind, to, alg, None, payload),
        (None, Some(jws)) => Ok(jws),
        (None, None) => Err(Error::server(format!("{} are not protected for this client", kind.plural))),
    }
}

fn sign(env: &Env<'_>, kind: &Kind, to: &To<'_>, alg: &str, payload: &[u8]) -> Result<String, Error> {
    let registered = || kind.registered("signed_response_alg", &format!("signed by {alg}"));
    if alg == NONE && kind.may_be_unsigned {
        return unsecured(kind, to, payload);
    }
    if is_mac(alg) {
        let secret = secret(to.client, &registered)?;
        return env.jose.sign_mac(secret.expose().as_bytes(), alg, kind.typ, payload).map_err(
            |JoseError(why)| {
                let least = alg::least_secret(alg);
                let cure = format!("for which its client_secret is too short: it takes {least} bytes");
                unfit(format!("{}, {cure}", registered())).because(why)
            },
        );
    }
    env.jose.sign(alg, kind.typ, payload).map_err(|JoseError(why)| {
        let ours = env.jose.signing_algs();
        let registered_it = (kind.signed_alg)(to.client) == Some(alg);
        if ours.is_empty() || !registered_it || ours.iter().any(|known| known == alg) {
            // The client can do nothing about it.
            return Error::server(why);
        }
        // It was good once: the operator has taken the algorithm away since.
        unfit(format!("{}, for which there is no key here", registered())).because(why)
    })
}

/// RFC 7518 §3.6, OpenID Connect Registration §2: nothing but the connection to the token endpoint says who
/// made it.
fn unsecured(kind: &Kind, to: &To<'_>, payload: &[u8]) -> Result<String, Error> {
    if !to.direct {
        return Err(unfit(format!(
            "{}, which only the token endpoint gives: use response_type code, or register an algorithm",
            kind.registered("signed_response_alg", "that are not signed")
        )));
    }
    let header = format!(r#"{{"alg":"{NONE}","typ":"{}"}}"#, kind.typ);
    Ok(format!("{}.{}.", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload)))
}

fn encrypt(
    env: &Env<'_>,
    kind: &Kind,
    to: &To<'_>,
    alg: &str,
    cty: Option<&str>,
    inner: &[u8],
) -> Result<String, Error> {
    let registered = || kind.registered("encrypted_response_alg", &format!("encrypted by {alg}"));
    let enc = (kind.encrypted_enc)(to.client).unwrap_or(DEFAULT_ENC);
    let (algs, encs) = (env.jose.encrypting_algs(), env.jose.content_encryptions());
    if !algs.contains(&alg) {
        return Err(unfit(format!(
            "{}, which is not offered; register one of {}",
            registered(),
            algs.join(", ")
        )));
    }
    if !encs.contains(&enc) {
        let registered = kind.registered("encrypted_response_enc", &format!("encrypted by {enc}"));
        let cure = format!("which is not offered; register one of {}", encs.join(", "));
        return Err(unfit(format!("{registered}, {cure}")));
    }
    let how = Encryption { alg, enc, typ: Some(kind.typ), cty };
    if is_symmetric(alg) {
        let secret = secret(to.client, &registered)?;
        let made = env.jose.encrypt_to_secret(secret.expose().as_bytes(), how, inner);
        return made.map_err(|JoseError(why)| Error::server(why));
    }
    let Some(keys) = to.keys else {
        let cure = "but has no keys: register jwks or jwks_uri with a public key for it";
        return Err(unfit(format!("{}, {cure}", registered())));
    };
    keys.encrypt(how, inner).map_err(|JoseError(why)| {
        let cure = "but none of its keys can be used for it: publish one by jwks or jwks_uri";
        unfit(format!("{}, {cure}", registered())).because(why)
    })
}

/// OpenID Connect Core §10.1, §10.2: the octets of the secret count, which its hash does not tell.
fn secret<'a>(client: &'a Client, registered: &dyn Fn() -> String) -> Result<&'a Secret<String>, Error> {
    client.client_secret.as_ref().ok_or_else(|| {
        let cure = match client.client_secret_hash {
            Some(_) => "but only the hash of its client_secret is kept: register the secret itself",
            None => "but has no client_secret: register one",
        };
        unfit(format!("{}, {cure}, or another algorithm", registered()))
    })
}

fn unfit(description: String) -> Error {
    Error::new(ErrorCode::UnauthorizedClient, description)
}

#[cfg(test)]
mod tests;

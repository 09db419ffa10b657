//! RFC 9101 §6.1, §6.2: from the text of a request object to claims that verifiably come from the client.

use serde_json::{Map, Value};

use super::{invalid, is_strict};
use crate::alg;
use crate::alg::is_mac;
use crate::authorization::Source;
use crate::env::{ClientKeys, Env, JoseError};
use crate::error::Error;
use crate::jwe::{self, Closed};
use crate::jwt;
use crate::record::Client;

/// No request object is longer; one that comes by value has half of it at most.
const MAX_OBJECT: usize = 64 * 1024;
const PARTS: &str = "it must be a JWT of three parts, or of five if it is encrypted, of at most 64 KiB";

/// A request object in clear. Its signature is not checked.
#[derive(Debug)]
pub(super) struct Object {
    /// Without the encryption; empty where the claims alone were encrypted.
    token: String,
    /// The algorithm that its header names, or `none`.
    pub(super) alg: String,
    /// The key that its header names.
    pub(super) kid: Option<String>,
    /// Not believed yet.
    pub(super) claims: Map<String, Value>,
}

impl Object {
    /// Undoes the encryption if there is one, and takes the rest apart.
    pub(super) fn open(env: &Env<'_>, client: &Client, text: &str) -> Result<Self, Error> {
        let text = text.trim_ascii();
        match text.split('.').count() {
            _ if text.len() > MAX_OBJECT => Err(invalid(PARTS)),
            3 => Self::parse(text),
            5 => {
                let clear = decrypt(env, client, text)?;
                // OpenID Connect Core §6.1: it may be encrypted and not signed.
                if clear.starts_with('{') { Self::bare(&clear) } else { Self::parse(&clear) }
            }
            _ => Err(invalid(PARTS)),
        }
    }

    fn parse(token: &str) -> Result<Self, Error> {
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid("what is encrypted must be a signed JWT, or the claims themselves"));
        };
        let header =
            jwt::object(header).ok_or_else(|| invalid("its header is not base64url of a JSON object"))?;
        let claims =
            jwt::object(payload).ok_or_else(|| invalid("its payload is not base64url of a JSON object"))?;
        let alg = header.get("alg").and_then(Value::as_str).filter(|alg| !alg.is_empty());
        let alg = alg.ok_or_else(|| invalid("its header must name the algorithm (alg)"))?;
        let kid = header.get("kid").map(|kid| kid.as_str().ok_or_else(|| invalid("kid must be text")));
        // RFC 9101 §10.8.
        jwt::purpose(&header, "oauth-authz-req+jwt").map_err(invalid)?;
        let protected = alg != "none";
        if protected == signature.is_empty() {
            return Err(invalid("alg none goes with an empty signature, and nothing else does"));
        }
        // RFC 7515 §4.1.11: where there is a signature, its verifier knows what it understands.
        if !protected && (header.contains_key("crit") || header.contains_key("b64")) {
            return Err(invalid("its header holds an extension that is not known here (crit)"));
        }
        let kid = kid.transpose()?.map(str::to_owned);
        Ok(Self { token: token.to_owned(), alg: alg.to_owned(), kid, claims })
    }

    fn bare(text: &str) -> Result<Self, Error> {
        let claims = signet_json::object(text.as_bytes());
        let claims = claims.map_err(|why| invalid("what is encrypted is not a JSON object").because(why))?;
        Ok(Self { token: String::new(), alg: "none".into(), kid: None, claims })
    }

    /// Judges the algorithm. What a secret protects is verified at once; `None`: the client's keys are
    /// needed.
    pub(super) fn source(&self, env: &Env<'_>, client: &Client) -> Result<Option<Source>, Error> {
        let registered = client.request_object_signing_alg.as_deref();
        let other = client.request_object_signing_algs.contains(&self.alg);
        if let Some(registered) = registered.filter(|registered| *registered != self.alg && !other) {
            return Err(invalid(format_args!(
                "this client is registered to sign its request objects by {registered}"
            )));
        }
        let offered = env.settings.offer.has("request_object_signing_alg_values_supported", &self.alg);
        if self.alg == "none" {
            if is_strict(client) {
                return Err(invalid("this client must sign its request objects"));
            }
            if !offered || !env.settings.request_objects.unsigned {
                return Err(invalid("it must be signed; alg none is not taken here"));
            }
            return Ok(Some(Source::Unsigned));
        }
        if client.fapi && !alg::is_for_fapi(&self.alg) {
            return Err(invalid("alg must be PS256, ES256 or EdDSA, as this client is marked for FAPI"));
        }
        if !offered || !env.jose.verifying_algs().contains(&self.alg.as_str()) {
            return Err(invalid(
                "its alg is not supported; request_object_signing_alg_values_supported of the metadata lists what is",
            ));
        }
        if is_mac(&self.alg) {
            let mut secrets = client.computing_secrets(env.now);
            let signed = |secret: &[u8]| env.jose.verify_mac(&self.token, secret, &self.alg);
            let newest = secrets.next().ok_or_else(|| {
                invalid("it is protected by a client secret, but this client has none in force that is kept in clear")
            })?;
            let by_previous = |error: JoseError| match secrets.next() {
                Some(secret) => signed(secret).map_err(|_| error.nor_by_previous(secret, &self.alg)),
                None => Err(error),
            };
            signed(newest).or_else(by_previous).map_err(forged)?;
            return Ok(Some(Source::Signed));
        }
        if client.jwks.is_none() && client.jwks_uri.is_none() {
            return Err(invalid("this client has registered no keys (jwks or jwks_uri) to verify it with"));
        }
        Ok(None)
    }

    /// Whether one of the client's keys signed it.
    pub(super) fn verify_with(&self, keys: Option<&dyn ClientKeys>) -> Result<(), Error> {
        let keys = keys.ok_or_else(|| forged(JoseError("the client has no keys".into())))?;
        keys.verify(&self.token, &self.alg).map_err(forged)
    }
}

/// OpenID Connect Registration §2: whatever it registered, the client may encrypt otherwise, or not at all.
fn decrypt(env: &Env<'_>, client: &Client, text: &str) -> Result<String, Error> {
    let text = jwe::open(env, text, Some(client), "request_object").map_err(|closed| match closed {
        Closed::NotOffered(name, list) => {
            invalid(format_args!("its {name} is not taken here; {list} of the metadata lists what is"))
        }
        Closed::Locked(why) => invalid(
            "it cannot be decrypted; encrypt it for one of the keys at jwks_uri, by algorithms that the metadata lists",
        )
        .because(why),
        Closed::NoText => invalid("what is encrypted is not text"),
    })?;
    Ok(text.trim_ascii().to_owned())
}

fn forged(JoseError(why): JoseError) -> Error {
    invalid("none of the client's registered keys made this signature").because(why)
}

//! Signatures that anybody could forge, and envelopes that anybody could open.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::set;
use crate::env::{ClientKeys, Decrypted, Encryption, Jose, JoseError, KeyJudge, OwnJws};

/// Its third part is the word `signed` instead of a signature.
pub(super) struct MarkedJose {
    pub(super) algs: Vec<String>,
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

    fn decrypt(&self, token: &str, secrets: &[&[u8]]) -> Result<Decrypted, JoseError> {
        let bad = || JoseError("not encrypted to us".into());
        let parts: Vec<Vec<u8>> =
            token.split('.').filter_map(|part| URL_SAFE_NO_PAD.decode(part).ok()).collect();
        let [header, _, _, payload, tag] = &parts[..] else { return Err(bad()) };
        if tag != b"op" && !secrets.contains(&&tag[..]) {
            return Err(bad());
        }
        let header: Value = serde_json::from_slice(header).map_err(|_| bad())?;
        let named = |name: &str| header[name].as_str().map(str::to_owned).ok_or_else(bad);
        Ok(Decrypted { payload: payload.clone(), alg: named("alg")?, enc: named("enc")? })
    }

    fn seal(&self, secret: &[u8], payload: &[u8]) -> Result<String, JoseError> {
        Ok([payload, secret].map(|part| URL_SAFE_NO_PAD.encode(part)).join("."))
    }

    fn unseal(&self, secret: &[u8], text: &str) -> Result<Vec<u8>, JoseError> {
        let bad = || JoseError("not sealed here".into());
        let (payload, _) = text.split_once('.').filter(|_| ends_with(text, secret)).ok_or_else(bad)?;
        URL_SAFE_NO_PAD.decode(payload).map_err(|_| bad())
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

    fn key_judge(&self) -> KeyJudge {
        // Of what a key is for, its `use` is all that is known here.
        |key, alg| match (alg, key.get("use").and_then(Value::as_str)) {
            (Some(alg), Some("enc")) if crate::alg::is_signature(alg) => Err("it encrypts".into()),
            (Some(alg), Some("sig")) if !crate::alg::is_signature(alg) => Err("it signs".into()),
            _ => Ok(()),
        }
    }
}

/// Five parts like a JWE, in clear: the fourth is what is inside, the fifth names whose it is (`op` for
/// ours).
pub(crate) fn sealed(how: Encryption<'_>, payload: &[u8], holder: &[u8]) -> String {
    let mut header = json!({"alg": how.alg, "enc": how.enc});
    set(&mut header, "typ", how.typ.map_or(Value::Null, Value::from));
    set(&mut header, "cty", how.cty.map_or(Value::Null, Value::from));
    let header = header.to_string();
    [header.as_bytes(), b"", b"", payload, holder].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

/// A client's only key: what it signs has its name for a signature, and what is encrypted to it has it for a
/// tag.
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

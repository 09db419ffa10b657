//! RFC 7515 §5.1, §7.1: compact serialisation of a signed token.

use crate::b64;
use crate::error::Error;
use crate::jwk::{HmacKey, SigningKey};
use serde_json::Value;

/// Signs `payload`; the header has `alg`, `kid` and, where given, `typ`.
pub fn sign(key: &SigningKey, typ: Option<&str>, payload: &[u8]) -> Result<String, Error> {
    let header = header(key.alg().as_str(), Some(key.kid()), typ);
    let mut token = signing_input(&header, payload, key.signature_len());
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    b64::encode_onto(&mut token, signature);
    Ok(token)
}

/// Protects `payload` with a shared secret; the header has `alg`, `kid` where the key has one, and `typ`
/// where given.
#[must_use]
pub fn sign_hmac(key: &HmacKey, typ: Option<&str>, payload: &[u8]) -> String {
    let mut token =
        signing_input(&header(key.alg().as_str(), key.kid(), typ), payload, key.alg().hash().bits() / 8);
    let tag = key.mac().sign(token.as_bytes());
    token.push('.');
    b64::encode_onto(&mut token, tag);
    token
}

/// Writes the header without a map between: `alg` needs no escaping, the others might.
pub(super) fn header(alg: &str, kid: Option<&str>, typ: Option<&str>) -> String {
    let mut text = String::with_capacity(160);
    text.push_str(r#"{"alg":""#);
    text.push_str(alg);
    text.push('"');
    for (name, value) in [("kid", kid), ("typ", typ)] {
        if let Some(value) = value {
            text.push_str(r#",""#);
            text.push_str(name);
            text.push_str(r#"":"#);
            text.push_str(&Value::from(value).to_string());
        }
    }
    text.push('}');
    text
}

/// The first two parts, with room for the dot and a signature of so many bytes after them.
pub(super) fn signing_input(header: &str, payload: &[u8], signature_len: usize) -> String {
    let length: usize = [header.len(), payload.len(), signature_len].into_iter().map(b64::encoded_len).sum();
    let mut token = String::with_capacity(length + 2);
    b64::encode_onto(&mut token, header);
    token.push('.');
    b64::encode_onto(&mut token, payload);
    token
}

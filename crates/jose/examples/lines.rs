//! Signs, verifies, encrypts and decrypts what lines of JSON ask for, one answer a line: so that programs in
//! other languages can be tried against this crate (`interop/jose/`).
//!
//! A line has `op` and what it needs: `generate` a `kty` and `crv`; `encrypt` and `decrypt` a `jwk` or a
//! client `secret`; `sign` and `verify` a `jwk`. Answers hold `jwk` and `public`, `token` or `payload`; a
//! refusal holds `error`.

use serde_json::{Value, json};
use signet_jose::alg::{Curve, KeyType};
use signet_jose::jwe::{self, Extra};
use signet_jose::{
    DecryptionKey, EncryptionKey, Error, HmacKey, Jwk, SigningAlg, SigningKey, VerifyingKey, jws,
};
use std::io::{self, BufRead, Write};

const LIMIT: usize = 64 * 1024;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = serde_json::from_str(&line?).map_err(|error| error.to_string());
        let answer = answer.and_then(|asked| answer_to(&asked).map_err(|error| error.to_string()));
        let answer = answer.unwrap_or_else(|error| json!({ "error": error }));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer_to(asked: &Value) -> Result<Value, Error> {
    let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
    let jwk = || Jwk::from_json(asked.get("jwk").unwrap_or(&Value::Null).to_string().as_bytes());
    let secret = asked.get("secret").and_then(Value::as_str).map(str::as_bytes);
    let payload = text("payload").as_bytes();
    match text("op") {
        "generate" => {
            let key = DecryptionKey::generate(key_type(text("kty"), text("crv")))?;
            Ok(json!({ "jwk": key.to_jwk()?, "public": key.public_jwk()? }))
        }
        "generate-signing" => {
            let key = SigningKey::generate(text("alg").parse()?)?;
            Ok(json!({ "jwk": key.to_jwk()?, "public": key.public_jwk()? }))
        }
        "encrypt" => {
            let (alg, enc) = (text("alg").parse()?, text("enc").parse()?);
            let key = match secret {
                Some(secret) => EncryptionKey::from_client_secret(secret, alg, enc)?,
                None => EncryptionKey::from_jwk(&jwk()?)?,
            };
            Ok(json!({ "token": jwe::encrypt(&key, alg, enc, Extra::default(), payload)? }))
        }
        "decrypt" => {
            let token = jwe::decode(text("token"), LIMIT)?;
            shown(&match secret {
                Some(secret) => token.decrypt_with_client_secret(secret)?,
                None => token.decrypt(&DecryptionKey::from_jwk(&jwk()?)?)?,
            })
        }
        "sign" => {
            let alg: SigningAlg = text("alg").parse()?;
            let token = match alg.is_symmetric() {
                true => jws::sign_hmac(&HmacKey::from_jwk(&jwk()?, alg)?, None, payload),
                false => jws::sign(&SigningKey::from_jwk_as(&jwk()?, alg)?, None, payload)?,
            };
            Ok(json!({ "token": token }))
        }
        "verify" => {
            let alg: SigningAlg = text("alg").parse()?;
            let token = jws::decode(text("token"), LIMIT)?;
            match alg.is_symmetric() {
                true => shown(token.verify_hmac(&HmacKey::from_jwk(&jwk()?, alg)?)?.payload()),
                false => shown(token.verify(&VerifyingKey::from_jwk(&jwk()?, alg)?)?.payload()),
            }
        }
        _ => Err(Error::Malformed("op is none of those that are known")),
    }
}

fn key_type(kty: &str, crv: &str) -> KeyType {
    match (kty, crv) {
        ("RSA", _) => KeyType::Rsa,
        ("EC", "P-256") => KeyType::Ec(Curve::P256),
        ("EC", "P-384") => KeyType::Ec(Curve::P384),
        ("EC", _) => KeyType::Ec(Curve::P521),
        ("OKP", _) => KeyType::X25519,
        _ => KeyType::Oct,
    }
}

fn shown(payload: &[u8]) -> Result<Value, Error> {
    Ok(json!({ "payload": String::from_utf8_lossy(payload) }))
}

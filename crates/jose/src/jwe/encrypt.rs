//! RFC 7516 §5.1, §7.1: compact serialisation of an encrypted token.

use super::{ContentEncryption, KeyManagementAlg, Management, concat_kdf};
use crate::b64;
use crate::backend::{self, PrivateAgreement, PublicAgreement, Sealed};
use crate::error::Error;
use crate::jwk::{EncryptionKey, Jwk, Sender};
use crate::secret::SecretBytes;
use serde_json::{Map, Value};

/// Bytes of the initialization vector of AES GCM key wrap (RFC 7518 §4.7.1.1).
pub(super) const GCM_IV: usize = 12;

/// Header parameters that the caller chooses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extra<'a> {
    /// `typ`: what the token is.
    pub typ: Option<&'a str>,
    /// `cty`: what is inside; `JWT` where that is a signed token (RFC 7519 §5.2).
    pub cty: Option<&'a str>,
}

/// A content encryption key and what must travel for the recipient to have it.
struct Managed {
    key: SecretBytes,
    encrypted: Vec<u8>,
}

/// Encrypts `payload`; the header has `alg`, `enc`, `kid` where the key has one, what `extra` holds and what
/// `alg` needs.
pub fn encrypt(
    key: &EncryptionKey,
    alg: KeyManagementAlg,
    enc: ContentEncryption,
    extra: Extra<'_>,
    payload: &[u8],
) -> Result<String, Error> {
    if !key.allows(alg, enc) {
        return Err(Error::EncryptionKeyMismatch(alg));
    }
    let mut header = Map::new();
    for (name, value) in [
        ("alg", Some(alg.as_str())),
        ("enc", Some(enc.as_str())),
        ("kid", key.kid()),
        ("typ", extra.typ),
        ("cty", extra.cty),
    ] {
        if let Some(text) = value {
            header.insert(name.to_owned(), Value::from(text));
        }
    }
    let managed = manage(key, alg, enc, &mut header)?;
    let iv = backend::random(enc.iv_len())?;
    seal(&Value::Object(header).to_string(), enc, &managed, &iv, payload)
}

fn seal(
    header: &str,
    enc: ContentEncryption,
    managed: &Managed,
    iv: &[u8],
    payload: &[u8],
) -> Result<String, Error> {
    let mut token = b64::encode(header);
    let Sealed { ciphertext, tag } = backend::seal(enc, &managed.key, iv, token.as_bytes(), payload)?;
    let parts = [managed.encrypted.as_slice(), iv, &ciphertext, &tag];
    token.reserve_exact(parts.iter().map(|part| b64::encoded_len(part.len()) + 1).sum());
    for part in parts {
        token.push('.');
        b64::encode_onto(&mut token, part);
    }
    Ok(token)
}

/// RFC 7518 §4: chooses the content encryption key, and adds to the header what the algorithm needs there.
fn manage(
    key: &EncryptionKey,
    alg: KeyManagementAlg,
    enc: ContentEncryption,
    header: &mut Map<String, Value>,
) -> Result<Managed, Error> {
    let fresh = || backend::random(enc.key_len()).map(SecretBytes::new);
    match (alg.management(), key.sender()) {
        (Management::Rsa, Sender::Rsa(public)) => {
            let key = fresh()?;
            Ok(Managed { encrypted: public.encrypt(alg, &key)?, key })
        }
        (Management::Direct, Sender::Secret(secret)) => {
            Ok(Managed { key: SecretBytes::new(secret.expose().to_vec()), encrypted: Vec::new() })
        }
        (Management::Wrap(_), Sender::Secret(secret)) => {
            let key = fresh()?;
            Ok(Managed { encrypted: backend::wrap(secret, &key)?, key })
        }
        (Management::GcmWrap(_), Sender::Secret(secret)) => {
            let key = fresh()?;
            let iv = backend::random(GCM_IV)?;
            let Sealed { ciphertext, tag } = backend::gcm_seal(secret, &iv, b"", key.expose())?;
            header.insert("iv".to_owned(), Value::from(b64::encode(iv)));
            header.insert("tag".to_owned(), Value::from(b64::encode(tag)));
            Ok(Managed { key, encrypted: ciphertext })
        }
        (Management::Agree, Sender::Agreement(public)) => {
            let key = agree(public, enc.as_str(), enc.key_len(), header)?;
            Ok(Managed { key, encrypted: Vec::new() })
        }
        (Management::AgreeAndWrap(length), Sender::Agreement(public)) => {
            let wrapping = agree(public, alg.as_str(), length, header)?;
            let key = fresh()?;
            Ok(Managed { encrypted: backend::wrap(&wrapping, &key)?, key })
        }
        _ => Err(Error::EncryptionKeyMismatch(alg)),
    }
}

/// RFC 7518 §4.6: agrees on a key by means of a new key pair, whose public half goes into the header.
fn agree(
    public: &PublicAgreement,
    id: &str,
    length: usize,
    header: &mut Map<String, Value>,
) -> Result<SecretBytes, Error> {
    let ephemeral = PrivateAgreement::generate(public.group())?;
    let secret = ephemeral
        .agree(public)
        .map_err(|_| Error::InvalidKey("nothing can be agreed on with this public key"))?;
    let epk = serde_json::to_value(Jwk::bare(ephemeral.public()?)).map_err(|_| Error::Crypto)?;
    header.insert("epk".to_owned(), epk);
    Ok(concat_kdf::derive(&secret, id, b"", b"", length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the specification fixes every choice, the token comes out byte for byte.
    #[test]
    fn tokens_come_out_as_the_specifications_show_them() {
        let files = [
            include_str!("../../tests/vectors/rfc7516.json"),
            include_str!("../../tests/vectors/rfc7520.json"),
        ];
        let data = files.map(|file| serde_json::from_str::<Value>(file).unwrap());
        let nested = data.iter().filter_map(|data| data.get("nested")).map(|nested| &nested["encrypted"]);
        let examples = data.iter().flat_map(|data| data["encrypted"].as_array().unwrap()).chain(nested);
        let mut seen = 0;
        for example in examples.filter(|example| example.get("cek").is_some()) {
            let text = |name: &str| example[name].as_str().unwrap();
            let parts: Vec<&str> = text("compact").split('.').collect();
            let part = |at: usize| b64::decode(parts[at], "part").unwrap();
            let managed = Managed {
                key: SecretBytes::new(b64::decode(text("cek"), "cek").unwrap()),
                encrypted: part(1),
            };
            let header = String::from_utf8(part(0)).unwrap();
            let enc = text("enc").parse().unwrap();
            let made = seal(&header, enc, &managed, &part(2), text("plaintext").as_bytes()).unwrap();
            assert_eq!(made, text("compact"), "{}", text("section"));
            seen += 1;
        }
        assert_eq!(seen, 8);
    }

    /// The sender may seal with a key of another length than `enc` has, and all else be right.
    #[test]
    fn a_key_of_another_length_is_refused_though_it_opens_the_content() {
        use crate::alg::KeyType;
        use crate::jwk::{DecryptionKey, Material};
        let oct = Jwk::bare(Material::Oct(SecretBytes::new(vec![1; 16])));
        let rsa = DecryptionKey::generate(KeyType::Rsa).unwrap();
        for (alg, key) in [("A128KW", DecryptionKey::from_jwk(&oct).unwrap()), ("RSA-OAEP", rsa)] {
            for (named, used) in [
                ("A128GCM", 16),
                ("A256GCM", 16),
                ("A128GCM", 32),
                ("A128CBC-HS256", 32),
                ("A128CBC-HS256", 48),
            ] {
                let enc: ContentEncryption = named.parse().unwrap();
                let header = format!(r#"{{"alg":"{alg}","enc":"{named}"}}"#);
                let content = SecretBytes::new(vec![2; used]);
                let encrypted = match key.encryption_key().unwrap().sender() {
                    Sender::Rsa(public) => public.encrypt(alg.parse().unwrap(), &content).unwrap(),
                    Sender::Secret(secret) => backend::wrap(secret, &content).unwrap(),
                    Sender::Agreement(_) => Vec::new(),
                };
                let managed = Managed { key: content, encrypted };
                let token = seal(&header, enc, &managed, &vec![3; enc.iv_len()], b"content");
                // AES-CBC takes its key from a fixed place, so that a longer one cannot even be used.
                let Ok(token) = token else { continue };
                let opened = super::super::decode(&token, 8192).unwrap().decrypt(&key);
                match used == enc.key_len() {
                    true => assert_eq!(opened, Ok(b"content".to_vec()), "{alg} {named}"),
                    false => assert_eq!(opened, Err(Error::DecryptionFailed), "{alg} {named} {used}"),
                }
            }
        }
    }
}

//! OpenID Connect Core §10, §16.14, RFC 7519 §5.2, §11.2: opening what the provider made for this client
//! alone.

use signet_jose::jwe::{self, DecryptionKeys};
use signet_jose::{ContentEncryption, HmacKey, JwkSet, KeyManagementAlg, SigningAlg, jws};

use super::{ClientAuth, RelyingParty};

/// Largest token that is looked at.
const LARGEST: usize = 64 * 1024;

/// How the client registered that something be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// `…_encrypted_response_alg`
    pub alg: KeyManagementAlg,
    /// `…_encrypted_response_enc`
    pub enc: ContentEncryption,
}

/// What was inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// `typ` of the signed token.
    pub typ: Option<String>,
    /// The signed, or merely encrypted, bytes.
    pub payload: Vec<u8>,
}

impl RelyingParty {
    /// The same client, able to open what is encrypted to these keys.
    pub fn with_decryption_keys(mut self, keys: DecryptionKeys) -> Self {
        self.decryption_keys = keys;
        self
    }

    /// The same client, registered for ID tokens that are encrypted so.
    pub fn with_id_token_encryption(mut self, alg: KeyManagementAlg, enc: ContentEncryption) -> Self {
        self.id_token_encryption = Some(Encrypted { alg, enc });
        self
    }

    /// Opens a token that must be encrypted exactly so, or not at all, and below that signed by exactly this
    /// algorithm: with the provider's keys, the client's secret (`HS…`), or by nobody (`none`). Without an
    /// algorithm the encrypted bytes themselves are what counts.
    pub fn open(
        &self,
        token: &str,
        alg: Option<&str>,
        encrypted: Option<Encrypted>,
        keys: &JwkSet,
    ) -> Result<Opened, String> {
        let told = |cause: signet_jose::Error| cause.to_string();
        let inner;
        let token = match encrypted {
            None if jwe::is_encrypted(token) => return Err("it is encrypted, unasked".to_owned()),
            None => token,
            Some(how) => {
                let payload = self.decrypted(token, how, alg.is_some())?;
                if alg.is_none() {
                    return Ok(Opened { typ: None, payload });
                }
                inner = String::from_utf8(payload).map_err(|_| "inside is no token")?;
                &inner
            }
        };
        let alg = alg.ok_or("it is neither signed nor encrypted")?;
        if alg == "none" {
            let unsecured = jws::decode_unsecured(token, LARGEST).map_err(told)?;
            return Ok(Opened { typ: unsecured.header.typ().map(str::to_owned), payload: unsecured.payload });
        }
        let alg: SigningAlg = alg.parse().map_err(told)?;
        let decoded = jws::decode(token, LARGEST).map_err(told)?;
        let verified = if alg.is_symmetric() {
            decoded.verify_hmac(&HmacKey::new(alg, self.secret()?.as_bytes()).map_err(told)?)
        } else {
            decoded.verify_with(&keys.verifying_keys(), &[alg])
        };
        let verified = verified.map_err(told)?;
        let typ = verified.header().typ().map(str::to_owned);
        Ok(Opened { typ, payload: verified.payload().to_vec() })
    }

    fn decrypted(&self, token: &str, how: Encrypted, nested: bool) -> Result<Vec<u8>, String> {
        let decoded = jwe::decode(token, LARGEST).map_err(|cause| cause.to_string())?;
        let found = Encrypted { alg: decoded.alg(), enc: decoded.enc() };
        if found != how {
            return Err(format!("it is encrypted by {} and {}, not as registered", found.alg, found.enc));
        }
        if nested && !decoded.cty().is_some_and(|cty| cty.eq_ignore_ascii_case("JWT")) {
            return Err(format!("cty is {:?}, but a token is inside", decoded.cty()));
        }
        let opened = match how.alg.is_symmetric() {
            true => decoded.decrypt_with_client_secret(self.secret()?.as_bytes()),
            false => decoded.decrypt_with(&self.decryption_keys),
        };
        opened.map_err(|cause| cause.to_string())
    }

    fn secret(&self) -> Result<&str, String> {
        match &self.auth {
            ClientAuth::Basic(secret) | ClientAuth::Post(secret) | ClientAuth::SecretJwt(secret) => {
                Ok(secret)
            }
            ClientAuth::None | ClientAuth::PrivateKeyJwt(_) => Err("the client has no secret".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::wire;
    use signet_jose::alg::KeyType;
    use signet_jose::jwe::{DecryptionKey, EncryptionKey, Extra};

    const SECRET: &str = "a secret of thirty-two characters";
    const HOW: Encrypted = Encrypted { alg: KeyManagementAlg::A128Kw, enc: ContentEncryption::A128CbcHs256 };

    fn client() -> RelyingParty {
        let wire = wire(|_| panic!("nobody should ask"));
        RelyingParty::new(&wire, "https://op.test", "web", "https://web.test/cb")
            .with_auth(ClientAuth::Basic(SECRET.into()))
    }

    fn signed() -> String {
        let key = HmacKey::new(SigningAlg::Hs256, SECRET.as_bytes()).unwrap();
        jws::sign_hmac(&key, Some("JWT"), b"{}")
    }

    fn sealed(key: &EncryptionKey, how: Encrypted, cty: Option<&str>, inner: &str) -> String {
        jwe::encrypt(key, how.alg, how.enc, Extra { typ: None, cty }, inner.as_bytes()).unwrap()
    }

    fn by_secret(how: Encrypted, cty: Option<&str>, inner: &str) -> String {
        let key = EncryptionKey::from_client_secret(SECRET.as_bytes(), how.alg, how.enc).unwrap();
        sealed(&key, how, cty, inner)
    }

    fn open(token: &str, alg: Option<&str>, how: Option<Encrypted>) -> Result<Opened, String> {
        client().open(token, alg, how, &JwkSet::default())
    }

    #[test]
    fn each_layer_must_be_as_registered() {
        let jws = signed();
        let opened = Opened { typ: Some("JWT".into()), payload: b"{}".to_vec() };
        assert_eq!(open(&jws, Some("HS256"), None), Ok(opened.clone()));
        let jwe = by_secret(HOW, Some("JWT"), &jws);
        assert_eq!(open(&jwe, Some("HS256"), Some(HOW)), Ok(opened));
        assert_eq!(open(&by_secret(HOW, None, "{}"), None, Some(HOW)).unwrap().payload, b"{}");
        let other = Encrypted { enc: ContentEncryption::A256Gcm, ..HOW };
        for (token, alg, how) in [
            (&jws, Some("HS384"), None),
            (&jws, Some("none"), None),
            (&jws, Some("ES256"), None),
            (&jws, Some("HS256"), Some(HOW)),
            (&jws, None, None),
            (&jwe, Some("HS256"), None),
            (&jwe, Some("HS256"), Some(other)),
            (&by_secret(HOW, None, &jws), Some("HS256"), Some(HOW)),
        ] {
            assert!(open(token, alg, how).is_err(), "{alg:?} {how:?}");
        }
    }

    #[test]
    fn keys_open_what_is_encrypted_to_them() {
        let how = Encrypted { alg: KeyManagementAlg::EcdhEs, enc: ContentEncryption::A256Gcm };
        let key = DecryptionKey::generate(KeyType::X25519).unwrap();
        let jwe = sealed(&key.encryption_key().unwrap(), how, Some("JWT"), &signed());
        let open = |client: RelyingParty| client.open(&jwe, Some("HS256"), Some(how), &JwkSet::default());
        assert!(open(client().with_decryption_keys([key].into_iter().collect())).is_ok());
        let other = DecryptionKey::generate(KeyType::X25519).unwrap();
        assert!(open(client().with_decryption_keys([other].into_iter().collect())).is_err());
        assert!(open(client()).is_err());
    }

    #[test]
    fn what_nobody_signed_is_taken_only_where_that_is_registered() {
        let token = jws::encode_unsecured(Some("JWT"), b"{}");
        assert!(open(&token, Some("none"), None).is_ok());
        assert!(open(&token, Some("HS256"), None).is_err());
        assert!(open(&format!("{token}AA"), Some("none"), None).is_err());
    }
}

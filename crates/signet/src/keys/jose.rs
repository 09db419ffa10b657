//! OpenID Connect Core §10: the ring as the port through which the protocol signs, verifies, encrypts and
//! decrypts.

use std::sync::LazyLock;

use signet_core::env::{Decrypted, Encryption, Jose, JoseError, KeyJudge, OwnJws};
use signet_jose::{ContentEncryption, EncryptionKey, HmacKey, KeyManagementAlg, SigningAlg, jwe, jws};

use super::{KeyRing, judge};

/// Nothing we sign, and nothing we open, is longer.
const MAX_TOKEN: usize = 64 * 1024;

/// Every algorithm that `signet-jose` verifies.
static VERIFYING: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| SigningAlg::ALL.iter().map(|alg| alg.as_str()).collect());
static ENCRYPTING: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| KeyManagementAlg::ALL.iter().map(|alg| alg.as_str()).collect());
static CONTENT: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| ContentEncryption::ALL.iter().map(|enc| enc.as_str()).collect());

/// `{"alg":"dir","enc":"A128CBC-HS256"}` and the empty encrypted key, of which all that is sealed has the
/// same.
const SEALED_HEADER: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0..";

impl Jose for KeyRing {
    fn sign(&self, alg: &str, typ: &str, payload: &[u8]) -> Result<String, JoseError> {
        let key = self.signing_key(alg).ok_or_else(|| JoseError(format!("there is no key for {alg}")))?;
        jws::sign(key, Some(typ), payload).map_err(told)
    }

    fn open_own(&self, token: &str) -> Result<OwnJws, JoseError> {
        let decoded = jws::decode(token, MAX_TOKEN).map_err(told)?;
        let verified = decoded.verify_with(&self.verifying, &self.allowed).map_err(told)?;
        Ok(OwnJws { typ: verified.header().typ().map(str::to_owned), payload: verified.payload().to_vec() })
    }

    fn signing_algs(&self) -> &[String] {
        &self.algs
    }

    fn verify_mac(&self, token: &str, secret: &[u8], alg: &str) -> Result<(), JoseError> {
        let key = HmacKey::new(alg.parse().map_err(told)?, secret).map_err(told)?;
        jws::decode(token, MAX_TOKEN).map_err(told)?.verify_hmac(&key).map_err(told)?;
        Ok(())
    }

    fn verifying_algs(&self) -> &[&'static str] {
        &VERIFYING
    }

    fn sign_mac(&self, secret: &[u8], alg: &str, typ: &str, payload: &[u8]) -> Result<String, JoseError> {
        let key = HmacKey::new(alg.parse().map_err(told)?, secret).map_err(told)?;
        Ok(jws::sign_hmac(&key, Some(typ), payload))
    }

    fn encrypt_to_secret(
        &self,
        secret: &[u8],
        how: Encryption<'_>,
        payload: &[u8],
    ) -> Result<String, JoseError> {
        let (alg, enc) = (how.alg.parse().map_err(told)?, how.enc.parse().map_err(told)?);
        let key = EncryptionKey::from_client_secret(secret, alg, enc).map_err(told)?;
        let extra = jwe::Extra { typ: how.typ, cty: how.cty };
        jwe::encrypt(&key, alg, enc, extra, payload).map_err(told)
    }

    fn decrypt(&self, token: &str, secrets: &[&[u8]]) -> Result<Decrypted, JoseError> {
        let token = jwe::decode(token, MAX_TOKEN).map_err(told)?;
        let (alg, enc) = (token.alg(), token.enc());
        let payload = match alg.is_symmetric() {
            true => {
                let mut tried = secrets.iter().map(|secret| token.decrypt_with_client_secret(secret));
                let first = tried.next().ok_or_else(|| {
                    JoseError(format!("{alg} takes a client secret, and this client has none"))
                })?;
                first.or_else(|error| tried.find_map(Result::ok).ok_or(error))
            }
            false if !self.decrypting.iter().any(|known| known == alg.as_str()) => {
                return Err(JoseError(format!("there is no key for {alg}")));
            }
            false => token.decrypt_with(&self.decryption),
        };
        let payload = payload.map_err(told)?;
        Ok(Decrypted { payload, alg: alg.as_str().to_owned(), enc: enc.as_str().to_owned() })
    }

    fn seal(&self, secret: &[u8], payload: &[u8]) -> Result<String, JoseError> {
        // A random initialisation vector of 128 bits: however much strangers have sealed, none comes twice.
        let how = Encryption { alg: "dir", enc: "A128CBC-HS256", typ: None, cty: None };
        let token = self.encrypt_to_secret(secret, how, payload)?;
        let short = token.strip_prefix(SEALED_HEADER).ok_or_else(|| JoseError("another header".into()))?;
        Ok(short.to_owned())
    }

    fn unseal(&self, secret: &[u8], text: &str) -> Result<Vec<u8>, JoseError> {
        // The header is never sent, so that nobody can name another algorithm or one of our own keys.
        Ok(self.decrypt(&format!("{SEALED_HEADER}{text}"), &[secret])?.payload)
    }

    fn encrypting_algs(&self) -> &[&'static str] {
        &ENCRYPTING
    }

    fn decrypting_algs(&self) -> &[String] {
        &self.decrypting
    }

    fn content_encryptions(&self) -> &[&'static str] {
        &CONTENT
    }

    fn key_judge(&self) -> KeyJudge {
        judge
    }
}

fn told(error: signet_jose::Error) -> JoseError {
    JoseError(error.to_string())
}

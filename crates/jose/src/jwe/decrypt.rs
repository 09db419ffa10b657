//! RFC 7516 §5.2, steps 9–17, and §11.5: from parts to content, without revealing where a forgery failed.

use super::decode::Parameters;
use super::{Decoded, Management, concat_kdf};
use crate::backend::{self, Group, Protected};
use crate::error::Error;
use crate::jwk::{DecryptionKey, DecryptionKeys, Recipient};
use crate::secret::SecretBytes;

/// How many keys are tried for a token that names none of them: the one in use, and one that was before.
/// Anybody can make such a token, and each try takes a private key.
const MOST_TRIES: usize = 2;

impl Decoded<'_> {
    /// Decrypts with this key, if it serves the token's `alg` and `enc`. `kid` is not compared: the caller
    /// chose the key.
    ///
    /// Whatever goes wrong with the token itself is [`Error::DecryptionFailed`].
    pub fn decrypt(&self, key: &DecryptionKey) -> Result<Vec<u8>, Error> {
        if !key.allows(self.alg, self.enc) {
            return Err(Error::EncryptionKeyMismatch(self.alg));
        }
        let key = self.content_key(key)?;
        let Self { iv, ciphertext, tag, .. } = self;
        backend::open(self.enc, &key, Protected { iv, aad: self.aad.as_bytes(), ciphertext, tag })
    }

    /// Decrypts with the keys of the set that the token's `kid` names and that serve its `alg` and `enc`;
    /// where there is none, or no `kid`, with those that serve, up to a small number.
    pub fn decrypt_with(&self, keys: &DecryptionKeys) -> Result<Vec<u8>, Error> {
        let fitting = || keys.keys().iter().filter(|key| key.allows(self.alg, self.enc) && self.fits(key));
        let named = || fitting().filter(|key| self.kid().is_some() && key.kid() == self.kid());
        let chosen: Vec<&DecryptionKey> = match named().next() {
            Some(_) => named().take(MOST_TRIES).collect(),
            None => fitting().take(MOST_TRIES).collect(),
        };
        let mut outcome = Err(Error::NoMatchingKey);
        for key in chosen {
            outcome = self.decrypt(key);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    /// Whether the key lies in the group of the one that was made for the token.
    fn fits(&self, key: &DecryptionKey) -> bool {
        match &self.parameters {
            Parameters::Agreement { epk, .. } => Group::of(key.key_type()) == Some(epk.group()),
            Parameters::None | Parameters::Gcm { .. } => true,
        }
    }

    /// OpenID Connect Core §10.2: decrypts with the key that the token's `alg` and `enc` make of a client
    /// secret.
    pub fn decrypt_with_client_secret(&self, secret: &[u8]) -> Result<Vec<u8>, Error> {
        self.decrypt(&DecryptionKey::from_client_secret(secret, self.alg, self.enc)?)
    }

    fn content_key(&self, key: &DecryptionKey) -> Result<SecretBytes, Error> {
        let wrapped = &self.encrypted_key;
        let found = match (self.alg.management(), key.recipient(), &self.parameters) {
            (Management::Rsa, Recipient::Rsa(key), _) => {
                // RFC 7516 §11.5: after a failure all goes on as if there had been none, with a key that
                // opens nothing.
                let random = SecretBytes::new(backend::random(self.enc.key_len())?);
                match key.decrypt(self.alg, wrapped) {
                    Ok(found) if found.expose().len() == self.enc.key_len() => found,
                    _ => random,
                }
            }
            (Management::Direct, Recipient::Secret(secret), _) => SecretBytes::new(secret.expose().to_vec()),
            (Management::Wrap(_), Recipient::Secret(secret), _) => self.unwrap(secret)?,
            (Management::GcmWrap(_), Recipient::Secret(secret), Parameters::Gcm { iv, tag }) => {
                let protected = Protected { iv, aad: b"", ciphertext: wrapped, tag };
                backend::gcm_open(secret, protected).map(SecretBytes::new)?
            }
            (Management::Agree, Recipient::Agreement(key), Parameters::Agreement { epk, apu, apv }) => {
                let secret = key.agree(epk)?;
                concat_kdf::derive(&secret, self.enc.as_str(), apu, apv, self.enc.key_len())
            }
            (
                Management::AgreeAndWrap(length),
                Recipient::Agreement(key),
                Parameters::Agreement { epk, apu, apv },
            ) => {
                let secret = key.agree(epk)?;
                let wrapping = concat_kdf::derive(&secret, self.alg.as_str(), apu, apv, length);
                self.unwrap(&wrapping)?
            }
            _ => return Err(Error::EncryptionKeyMismatch(self.alg)),
        };
        match found.expose().len() == self.enc.key_len() {
            true => Ok(found),
            false => Err(Error::DecryptionFailed),
        }
    }

    /// A wrapped key of another length cannot be right, and the work grows with it.
    fn unwrap(&self, kek: &SecretBytes) -> Result<SecretBytes, Error> {
        match self.encrypted_key.len() == self.enc.key_len() + backend::WRAPPING {
            true => backend::unwrap(kek, &self.encrypted_key),
            false => Err(Error::DecryptionFailed),
        }
    }
}

//! RFC 7515 §5.2 step 8 and §10.7: from unverified to verified, with a key the caller chose to trust.

use super::{Header, Unverified};
use crate::alg::SigningAlg;
use crate::error::Error;
use crate::jwk::{HmacKey, KeySet, VerifyingKey};

/// How many keys are tried for a token without `kid`, or with a `kid` that several keys share.
const MOST_TRIES: usize = 8;

/// What a valid signature covers. Only the functions of [`Unverified`] make one.
#[derive(Debug, Clone, Copy)]
pub struct Verified<'a> {
    header: &'a Header,
    payload: &'a [u8],
    alg: SigningAlg,
}

impl Unverified<'_> {
    /// Verifies with this key, if the header names its algorithm. `kid` is not compared: the caller chose the
    /// key.
    pub fn verify(&self, key: &VerifyingKey) -> Result<Verified<'_>, Error> {
        self.agree(key.alg())?;
        key.verify(self.signing_input.as_bytes(), &self.signature)?;
        Ok(self.verified())
    }

    /// Verifies with this shared secret, if the header names its algorithm.
    pub fn verify_hmac(&self, key: &HmacKey) -> Result<Verified<'_>, Error> {
        self.agree(key.alg())?;
        key.mac().verify(self.signing_input.as_bytes(), &self.signature)?;
        Ok(self.verified())
    }

    /// Verifies with the key of the set that fits, if the algorithm is an allowed one.
    ///
    /// A token with `kid` is checked with the keys of that `kid` only, or, where no key has it, with those
    /// that have no `kid` at all; a token without, with every key for its algorithm. Either up to a small
    /// number.
    /// Keys and references to keys in the header play no part.
    pub fn verify_with(&self, keys: &KeySet, allowed: &[SigningAlg]) -> Result<Verified<'_>, Error> {
        self.verify_among(keys, allowed, MOST_TRIES)
    }

    /// The same with so many keys at most.
    pub fn verify_among(
        &self,
        keys: &KeySet,
        allowed: &[SigningAlg],
        tries: usize,
    ) -> Result<Verified<'_>, Error> {
        if !allowed.contains(&self.alg) {
            return Err(Error::AlgorithmNotAllowed(self.alg));
        }
        let kid = self.header.kid();
        let of_alg = || keys.keys().iter().filter(|key| key.alg() == self.alg);
        let wanted = kid.filter(|kid| of_alg().any(|key| key.kid() == Some(*kid)));
        let fits = |key: &&VerifyingKey| key.kid() == wanted || kid.is_none();
        let fitting = of_alg().filter(fits);
        let mut outcome = Err(Error::NoMatchingKey);
        for key in fitting.take(tries) {
            outcome = self.verify(key);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn agree(&self, alg: SigningAlg) -> Result<(), Error> {
        if self.alg == alg { Ok(()) } else { Err(Error::AlgorithmNotAllowed(self.alg)) }
    }

    fn verified(&self) -> Verified<'_> {
        Verified { header: &self.header, payload: &self.payload, alg: self.alg }
    }
}

impl<'a> Verified<'a> {
    /// The header that was signed.
    #[must_use]
    pub fn header(&self) -> &'a Header {
        self.header
    }

    /// The payload that was signed.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The algorithm that protected it.
    #[must_use]
    pub fn alg(&self) -> SigningAlg {
        self.alg
    }
}

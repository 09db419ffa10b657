//! RFC 6749 §10.10: bearer handles that cannot be guessed: codes, opaque access tokens, refresh tokens,
//! cookies, client secrets.
//!
//! A handle is `PREFIX_` and base64url of an 8-byte id, a 32-byte secret and a 4-byte checksum. The prefix
//! and the checksum let secret scanners find leaks and let us refuse a mistyped one without touching the
//! store; the id finds the row; only a hash of the secret is kept.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::env::{Env, Rng};
use crate::secret::{MacKey, TokenHash, constant_time_eq};

/// What a handle is for; its prefix on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Authorization code.
    Code,
    /// Opaque access token.
    Access,
    /// Refresh token.
    Refresh,
    /// Session cookie.
    Session,
    /// Client secret.
    ClientSecret,
    /// Initial access token (RFC 7591 §3).
    InitialAccess,
    /// Registration access token (RFC 7592 §3).
    Registration,
}

impl Kind {
    /// The prefix with its separator.
    pub fn prefix(self) -> &'static str {
        match self {
            Kind::Code => "sgc_",
            Kind::Access => "sga_",
            Kind::Refresh => "sgr_",
            Kind::Session => "sgs_",
            Kind::ClientSecret => "sgk_",
            Kind::InitialAccess => "sgn_",
            Kind::Registration => "sgm_",
        }
    }
}

/// A decoded handle.
pub struct Handle {
    /// Its kind.
    pub kind: Kind,
    /// The row it names.
    pub id: i64,
    secret: [u8; 32],
    /// SHA-256 of the secret.
    digest: [u8; 32],
}

const BYTES: usize = 8 + 32 + 4;

impl Handle {
    /// A fresh handle for a row.
    pub fn mint(env: &Env<'_>, kind: Kind, id: i64) -> Self {
        Self::draw(env.rng, kind, id)
    }

    /// The same where there is no request.
    pub fn draw(rng: &dyn Rng, kind: Kind, id: i64) -> Self {
        let mut secret = [0; 32];
        rng.fill(&mut secret);
        Self::of(kind, id, secret)
    }

    /// Its secret is hashed here, once, for the store and for the check alike.
    fn of(kind: Kind, id: i64, secret: [u8; 32]) -> Self {
        Self { kind, id, secret, digest: Sha256::digest(secret).into() }
    }

    /// A refresh token of a family and generation: derived with the server's key, so that the same generation
    /// can be sent again and nothing needs to be kept in clear.
    pub fn derive_refresh(key: &MacKey, id: i64, generation: u32) -> Self {
        let mut secret = [0; 32];
        let mac = refresh_mac(key, id, generation);
        let parts = generation.to_be_bytes();
        for (to, from) in secret.iter_mut().zip(parts.iter().chain(mac.iter())) {
            *to = *from;
        }
        Self::of(Kind::Refresh, id, secret)
    }

    /// The generation of a refresh handle, when the server's key made it.
    pub fn refresh_generation(&self, key: &MacKey) -> Option<u32> {
        let (head, tail) = self.secret.split_at_checked(4)?;
        let generation = u32::from_be_bytes(head.try_into().ok()?);
        let mac = refresh_mac(key, self.id, generation);
        constant_time_eq(mac.get(..28)?, tail).then_some(generation)
    }

    /// What the store keeps.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of_digest(&self.digest)
    }

    /// As sent to its holder.
    pub fn encode(&self) -> String {
        let mut bytes = [0; BYTES];
        let check = self.check();
        let parts = self.id.to_be_bytes();
        let all = parts.iter().chain(self.secret.iter()).chain(check.iter());
        for (to, from) in bytes.iter_mut().zip(all) {
            *to = *from;
        }
        let prefix = self.kind.prefix();
        let mut text = String::with_capacity(prefix.len() + 59);
        text.push_str(prefix);
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        bytes.zeroize();
        text
    }

    /// Reads a handle; `None` for anything that we cannot have made.
    pub fn decode(kind: Kind, text: &str) -> Option<Self> {
        let body = text.strip_prefix(kind.prefix())?;
        let mut bytes = [0; BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(body, &mut bytes).ok()?;
        if length != BYTES {
            return None;
        }
        let (id, rest) = bytes.split_at_checked(8)?;
        let (secret, check) = rest.split_at_checked(32)?;
        let handle = Self::of(kind, i64::from_be_bytes(id.try_into().ok()?), secret.try_into().ok()?);
        (handle.check() == check).then_some(handle)
    }

    /// What tells a handle that somebody has mistyped, or taken for one of another kind, from one of ours: of
    /// the digest what the store does not keep, over the id and the kind.
    fn check(&self) -> [u8; 4] {
        let [.., a, b, c, d] = self.digest;
        let [e, f, g, h, i, j, k, l] = self.id.to_be_bytes();
        let kind = self.kind.prefix().bytes().fold(0, |kind: u8, letter| kind ^ letter);
        [a ^ e ^ i ^ kind, b ^ f ^ j, c ^ g ^ k, d ^ h ^ l]
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.secret.zeroize();
        self.digest.zeroize();
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}…[redacted]", self.kind.prefix(), self.id)
    }
}

fn refresh_mac(key: &MacKey, id: i64, generation: u32) -> [u8; 32] {
    key.mac(&[b"signet refresh ", &id.to_be_bytes(), &generation.to_be_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(kind: Kind) -> Handle {
        Handle::of(kind, 7_000_000_000, [42; 32])
    }

    #[test]
    fn a_handle_survives_the_wire() {
        let text = handle(Kind::Code).encode();
        assert!(text.starts_with("sgc_"));
        assert_eq!(text.len(), 63);
        let back = Handle::decode(Kind::Code, &text).unwrap();
        assert_eq!(back.id, 7_000_000_000);
        assert_eq!(back.hash(), handle(Kind::Code).hash());
    }

    #[test]
    fn a_mistyped_or_foreign_handle_is_refused() {
        let text = handle(Kind::Access).encode();
        assert!(Handle::decode(Kind::Code, &text).is_none());
        assert!(Handle::decode(Kind::Code, &text.replace("sga_", "sgc_")).is_none());
        for at in 4..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
            assert!(Handle::decode(Kind::Access, std::str::from_utf8(&wrong).unwrap()).is_none(), "at {at}");
        }
        assert!(Handle::decode(Kind::Access, "").is_none());
        assert!(Handle::decode(Kind::Access, &text[..40]).is_none());
    }

    #[test]
    fn refresh_generations_are_derived_and_checked() {
        let (key, other) = (MacKey::new(b"key"), MacKey::new(b"other"));
        let first = Handle::derive_refresh(&key, 9, 1);
        assert_eq!(first.refresh_generation(&key), Some(1));
        assert_eq!(first.refresh_generation(&other), None);
        assert_eq!(first.encode(), Handle::derive_refresh(&key, 9, 1).encode());
        assert_ne!(first.encode(), Handle::derive_refresh(&key, 9, 2).encode());
        let back = Handle::decode(Kind::Refresh, &first.encode()).unwrap();
        assert_eq!(back.refresh_generation(&key), Some(1));
    }
}

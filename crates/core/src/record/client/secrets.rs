//! RFC 6749 §2.3.1, RFC 7591 §3.2.1: the secrets of a client: the one that it has, and for a time the one
//! before, so that its instances can be given the new one one after another.

use sha2::{Digest, Sha256};

use crate::fault::Fault;
use crate::record::Client;
use crate::secret::Secret;
use crate::time::Timestamp;

/// A secret of a client as it is kept: in clear, or as a hash.
#[derive(Clone, Copy, Debug)]
pub struct KeptSecret<'a> {
    /// The secret, where it is kept in clear.
    pub secret: Option<&'a Secret<String>>,
    /// Its hex SHA-256, where it is not.
    pub hash: Option<&'a str>,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl KeptSecret<'_> {
    /// Of no secret.
    pub const NONE: Self = Self { secret: None, hash: None, expires_at: Timestamp::NEVER };

    /// Its SHA-256, if there is a secret that proves anything.
    pub fn digest(&self) -> Option<[u8; 32]> {
        match self.clear() {
            Some(clear) => Some(Sha256::digest(clear).into()),
            None => self.kept_digest(),
        }
    }

    /// Itself, where it is kept in clear and proves anything.
    pub fn clear(&self) -> Option<&[u8]> {
        self.secret.map(|secret| secret.expose().as_bytes()).filter(|clear| !clear.is_empty())
    }

    /// Its SHA-256, where nothing else is kept.
    pub fn kept_digest(&self) -> Option<[u8; 32]> {
        self.hash.filter(|_| self.secret.is_none()).and_then(unhex)
    }
}

/// A SHA-256 as registered: 64 hexadecimal digits.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    if pairs.len() != bytes.len() {
        return None;
    }
    for (to, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *to = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
    }
    Some(bytes)
}

impl Client {
    /// Whether it has a secret in either form.
    pub fn has_secret(&self) -> bool {
        self.client_secret.is_some() || self.client_secret_hash.is_some()
    }

    /// The same of the secret before, whether its time has ended or not.
    pub fn has_previous_secret(&self) -> bool {
        self.client_secret_previous.is_some() || self.client_secret_previous_hash.is_some()
    }

    /// Its secret as it is kept, and the one before.
    pub fn kept_secrets(&self) -> [KeptSecret<'_>; 2] {
        [
            KeptSecret {
                secret: self.client_secret.as_ref(),
                hash: self.client_secret_hash.as_deref(),
                expires_at: self.client_secret_expires_at,
            },
            KeptSecret {
                secret: self.client_secret_previous.as_ref(),
                hash: self.client_secret_previous_hash.as_deref(),
                expires_at: self.client_secret_previous_expires_at,
            },
        ]
    }

    /// The secrets that something can be computed with, the newest first: those in clear, without any whose
    /// time has ended.
    pub fn computing_secrets(&self, now: Timestamp) -> impl Iterator<Item = &[u8]> {
        let in_force = self.kept_secrets().into_iter().filter(move |kept| !kept.expires_at.expired_at(now));
        let octets = in_force.filter_map(|kept| kept.secret).map(|secret| secret.expose().as_bytes());
        octets.filter(|secret| !secret.is_empty())
    }

    /// What is doubtful about secrets that are kept although their time has ended.
    pub fn ended_secrets(&self, now: Timestamp) -> Vec<Fault> {
        let [own, previous] = self.kept_secrets().map(|kept| kept.expires_at);
        let ended = |has: bool, at: Timestamp| has && at.expired_at(now);
        let own = ended(self.has_secret(), own).then(|| {
            let what = format!(
                "the secret has not been accepted since {}, and the client has no newer one",
                own.minute()
            );
            Fault::new("client_secret_expires_at", what)
                .instead("give it another secret, or leave this out if the secret does not expire")
        });
        let previous = ended(self.has_previous_secret(), previous).then(|| {
            let what = format!("the previous secret has not been accepted since {}", previous.minute());
            Fault::new("client_secret_previous_expires_at", what).instead("take the previous secret out")
        });
        own.into_iter().chain(previous).map(Fault::warning).collect()
    }

    /// Takes the previous secret away.
    pub fn forget_previous_secret(&mut self) {
        self.client_secret_previous = None;
        self.client_secret_previous_hash = None;
        self.client_secret_previous_expires_at = Timestamp::NEVER;
    }

    /// Makes the secret the previous one until this instant, or until it would have ended anyway; the one
    /// before that is gone.
    pub fn retire_secret(&mut self, until: Timestamp) {
        let own = self.client_secret_expires_at;
        let sooner = if own != Timestamp::NEVER && own < until { own } else { until };
        self.client_secret_previous = self.client_secret.take();
        self.client_secret_previous_hash = self.client_secret_hash.take();
        self.client_secret_previous_expires_at = sooner;
        self.client_secret_expires_at = Timestamp::NEVER;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_whose_time_has_ended_is_doubtful() {
        let mut client = Client::new("web");
        let now = Timestamp(1_795_000_000);
        client.client_secret_expires_at = now;
        assert_eq!(client.ended_secrets(now), [], "there is none");
        client.client_secret = Some(Secret::new("x".to_owned()));
        let said = |client: &Client, now| {
            client.ended_secrets(now).iter().map(|fault| fault.place.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(said(&client, now.minus(1)), Vec::<String>::new());
        assert_eq!(said(&client, now), ["client_secret_expires_at"]);
        client.retire_secret(now.plus(9));
        assert_eq!(said(&client, now), ["client_secret_previous_expires_at"]);
    }
}

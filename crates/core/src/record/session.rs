//! A signed-in browser. One session serves every application; each sign-in gets a new id, so a planted cookie
//! is worth nothing.

use serde::{Deserialize, Serialize};

use crate::id::{SessionId, UserId};
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// A proof that a person gave of who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// By which method.
    pub method: String,
    /// What that says of it (RFC 8176).
    pub amr: Vec<String>,
    /// When.
    pub at: Timestamp,
}

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, new at every sign-in.
    pub id: SessionId,
    /// Of the session cookie.
    pub hash: TokenHash,
    /// The first session of this chain: the same person in the same browser, however often they proved it
    /// again. `sid` comes from it.
    pub root: SessionId,
    /// Who.
    pub user: UserId,
    /// How the person proved who they are: the last proof by each method, oldest first.
    pub proofs: Vec<Proven>,
    /// When the chain began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The browser's name as it told it, for people's account page.
    #[serde(default)]
    pub agent: Option<String>,
    /// The address of the last sign-in.
    #[serde(default)]
    pub address: Option<String>,
}

impl Session {
    /// Whether it lasts.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.expires_at.expired_at(now)
    }

    /// OpenID Connect Core §2 `auth_time`: when the person last proved who they are.
    pub fn auth_time(&self) -> Timestamp {
        self.proofs.iter().map(|proof| proof.at).max().unwrap_or(self.created_at)
    }

    /// RFC 8176 `amr`: all that the proofs say, each value once.
    pub fn amr(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for value in self.proofs.iter().flat_map(|proof| &proof.amr) {
            if !all.contains(value) {
                all.push(value.clone());
            }
        }
        all
    }
}

/// The proofs of a session after one more: a method's new proof takes the place of its last one.
pub fn renewed(before: &[Proven], proof: Proven) -> Vec<Proven> {
    let others = before.iter().filter(|other| other.method != proof.method).cloned();
    others.chain([proof.clone()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::NOW;

    fn proof(method: &str, amr: &[&str], at: Timestamp) -> Proven {
        let amr = amr.iter().map(|value| (*value).to_owned()).collect();
        Proven { method: method.to_owned(), amr, at }
    }

    #[test]
    fn a_further_proof_renews_its_own_and_keeps_the_others() {
        let password = proof("password", &["pwd"], NOW);
        let code = proof("code", &["otp", "mfa"], NOW.plus(60));
        let both = renewed(std::slice::from_ref(&password), code.clone());
        assert_eq!(both, [password, code.clone()]);
        let again = proof("password", &["pwd"], NOW.plus(90));
        assert_eq!(renewed(&both, again.clone()), [code, again]);
    }

    #[test]
    fn auth_time_and_amr_come_from_the_proofs() {
        let session = Session {
            id: SessionId(1),
            hash: TokenHash::of(b"cookie"),
            root: SessionId(1),
            user: "d".into(),
            proofs: vec![
                proof("code", &["otp", "mfa"], NOW.plus(60)),
                proof("password", &["pwd", "mfa"], NOW.plus(90)),
            ],
            created_at: NOW,
            expires_at: NOW.plus(3600),
            agent: None,
            address: None,
        };
        assert_eq!(session.auth_time(), NOW.plus(90));
        assert_eq!(session.amr(), ["otp", "mfa", "pwd"]);
        assert_eq!(Session { proofs: Vec::new(), ..session }.auth_time(), NOW);
    }
}

//! OpenID Connect Core §8: the types of subjects.

use crate::record::Client;
use crate::record::client::SubjectType;
use crate::secret::Secret;

/// How people are named to applications.
#[derive(Debug, Default)]
pub struct Subjects {
    /// For clients whose registration names no `subject_type`.
    pub default_type: SubjectType,
    /// How a `public` subject is made.
    pub public: Public,
    /// `pairwise` subjects as oidc-op made them, hexadecimal SHA-256 of username, sector and this salt; none:
    /// Signet's own.
    pub pairwise_salt: Option<Secret<Vec<u8>>>,
}

/// How a `public` subject is made.
#[derive(Debug, Default)]
pub enum Public {
    /// A keyed hash of the person's id: it says nothing about the directory, and stays when they are renamed.
    #[default]
    Keyed,
    /// As oidc-op made it: hexadecimal SHA-256 of username and salt.
    Salted(Secret<Vec<u8>>),
    /// The username itself, which every application then knows.
    Raw,
}

impl Subjects {
    /// The type of a client's subjects.
    pub fn type_for(&self, client: &Client) -> SubjectType {
        client.subject_type.unwrap_or(self.default_type)
    }

    /// Whether some are made from usernames: then a name that ever was somebody's is never given to somebody
    /// else.
    pub fn come_from_names(&self) -> bool {
        !matches!(self.public, Public::Keyed) || self.pairwise_salt.is_some()
    }

    /// Whether subjects can be made: a salt that is empty is a file that was not read.
    pub fn check(&self) -> Result<(), &'static str> {
        let empty = |salt: &Secret<Vec<u8>>| salt.expose().is_empty();
        let public = matches!(&self.public, Public::Salted(salt) if empty(salt));
        if public || self.pairwise_salt.as_ref().is_some_and(empty) {
            return Err("the salt of subjects is empty, or its file is not there");
        }
        Ok(())
    }
}

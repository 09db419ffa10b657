//! A person in the user directory.

use serde::{Deserialize, Serialize};

use crate::claims::sources;
use crate::id::UserId;
use crate::secret::{self, Secret};
use crate::time::Timestamp;

/// A person who can sign in.
#[derive(Serialize, Deserialize)]
pub struct User {
    /// Never shown to clients; subjects are derived from it.
    pub id: UserId,
    /// As it is shown; `name` says by what the person is found.
    pub username: String,
    /// Password hash in PHC format; none means that the password method is closed to them.
    #[serde(default, with = "secret::stored")]
    pub password: Option<Secret<String>>,
    /// Claims about the person (OpenID Connect Core §5.1), without `sub`; distributed ones hold access
    /// tokens.
    #[serde(default)]
    pub claims: serde_json::Map<String, serde_json::Value>,
    /// Locked people can neither sign in nor refresh.
    #[serde(default)]
    pub locked: bool,
    /// When the record was made.
    #[serde(default)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[serde(default)]
    pub updated_at: Timestamp,
    /// How often the stored record was written; 0 while it is not in the store. Of a person who is written in
    /// the configuration: the version of [their document](crate::change::Change::configured_user) that they
    /// were read with.
    #[serde(default)]
    pub version: u64,
}

/// Whether a person can be called so.
pub fn is_username(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        Err("a username is never empty")
    } else if text.trim() != text {
        Err("a username neither begins nor ends with a space")
    } else if text.chars().count() > 255 || text.chars().any(char::is_control) {
        Err("a username has at most 255 characters and no control characters")
    } else {
        Ok(())
    }
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("username", &self.username)
            .field("password", &self.password)
            .field("claims", &sources::redacted(&self.claims))
            .field("locked", &self.locked)
            .field("created_at", &self.created_at)
            .field("updated_at", &self.updated_at)
            .field("version", &self.version)
            .finish()
    }
}

impl User {
    /// What to call the person on a page.
    pub fn display_name(&self) -> &str {
        self.claims
            .get("name")
            .and_then(|name| name.as_str())
            .filter(|n| !n.is_empty())
            .unwrap_or(&self.username)
    }

    /// A second copy, made on purpose to change it.
    pub fn duplicate(&self) -> Self {
        Self {
            id: self.id.clone(),
            username: self.username.clone(),
            password: self.password.as_ref().map(Secret::duplicate),
            claims: self.claims.clone(),
            locked: self.locked,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        }
    }
}

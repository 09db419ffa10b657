//! A person in the user directory.

use serde::{Deserialize, Serialize};

use crate::claims::sources;
use crate::id::UserId;
use crate::secret::{self, Secret};
use crate::time::Timestamp;
use crate::visible::is_seen;

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
    /// Raised by each other password, so that what was known by the former one is known no more. The same
    /// password under another hash leaves it as it is.
    #[serde(default)]
    pub password_epoch: u64,
    /// A hash of the password hash that came with the person and has been renewed since: by it the same
    /// import is known as the same. It is a slow one, because what it is made of may be the quick hash of a
    /// weak password.
    #[serde(default, with = "secret::stored")]
    pub imported: Option<Secret<String>>,
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
            .field("password_epoch", &self.password_epoch)
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
            .filter(|name| is_seen(name))
            .unwrap_or(&self.username)
    }

    /// Gives the person another password, or none: a browser that was known by the former one is a
    /// stranger's.
    pub fn set_password(&mut self, hash: Option<Secret<String>>) {
        self.password = hash;
        self.imported = None;
        self.password_epoch = self.password_epoch.saturating_add(1);
    }

    /// Keeps the same password under another hash; `replaced` is a hash of the one that it takes the place
    /// of.
    pub fn renew_hash(&mut self, hash: Secret<String>, replaced: Option<Secret<String>>) {
        self.password = Some(hash);
        // What came with the person is the first.
        self.imported = self.imported.take().or(replaced);
    }

    /// A second copy, made on purpose to change it.
    pub fn duplicate(&self) -> Self {
        Self {
            id: self.id.clone(),
            username: self.username.clone(),
            password: self.password.as_ref().map(Secret::duplicate),
            password_epoch: self.password_epoch,
            imported: self.imported.as_ref().map(Secret::duplicate),
            claims: self.claims.clone(),
            locked: self.locked,
            created_at: self.created_at,
            updated_at: self.updated_at,
            version: self.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing;

    #[test]
    fn who_has_no_name_that_can_be_seen_is_called_by_the_user_name() {
        let mut diana = testing::user("diana");
        for (name, shown) in
            [("Diana Krall", "Diana Krall"), ("", "diana"), ("  ", "diana"), ("\u{200b} ", "diana")]
        {
            diana.claims.insert("name".into(), name.into());
            assert_eq!(diana.display_name(), shown, "{name:?}");
        }
    }
}

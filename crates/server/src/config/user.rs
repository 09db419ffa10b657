//! Configured people.

use serde_json::{Map, Value};
use signet::program::person_faults;
use signet_core::claims::sources;
use signet_core::id::UserId;
use signet_core::record::User;
use signet_core::time::Timestamp;
pub use signet_login::password::Written as Password;

use super::Report;
use super::tree::Step;
use super::value::PasswordText;
use super::written::UserWritten;

/// A person as configured or imported, before their password is hashed.
pub struct NewUser {
    /// What the person types.
    pub username: String,
    /// None: the password sign-in is closed to them.
    pub password: Option<Password>,
    /// Claims about the person, without `sub`.
    pub claims: Map<String, Value>,
    /// Whether they are locked.
    pub locked: bool,
    /// Whether they are the person of this name who was in the store.
    pub was_stored: bool,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let claims = sources::redacted(&self.claims);
        f.debug_struct("NewUser")
            .field("username", &self.username)
            .field("password", &self.password)
            .field("claims", &claims)
            .field("locked", &self.locked)
            .finish()
    }
}

impl NewUser {
    /// The id of a configured person: it stays the same as long as the name does.
    pub fn configured_id(&self) -> UserId {
        UserId::configured(&self.username)
    }

    /// The record by which they are found; it has no password.
    pub fn found_by(&self) -> User {
        User {
            id: self.configured_id(),
            username: self.username.clone(),
            password: None,
            claims: self.claims.clone(),
            locked: self.locked,
            password_epoch: 0,
            imported: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
            version: 0,
        }
    }
}

pub(super) fn judge_all(written: Vec<UserWritten>, report: &mut Report) -> Vec<NewUser> {
    let mut users: Vec<NewUser> = Vec::new();
    let mut records: Vec<User> = Vec::new();
    for (index, user) in written.into_iter().enumerate() {
        let at = |name| [Step::Key("users"), Step::Index(index), Step::Key(name)];
        let password = user.password.map(PasswordText::into_given);
        let password = password.and_then(|given| match given.judge() {
            Ok(password) => Some(password),
            Err(refused) => {
                report.error(
                    &at("password"),
                    refused.to_string(),
                    refused.advice("write `{ plain = \"…\" }`"),
                );
                None
            }
        });
        let UserWritten { username, claims, locked, was_stored, .. } = user;
        let user = NewUser { username, password, claims, locked, was_stored };
        let record = user.found_by();
        report.found(&[Step::Key("users"), Step::Index(index)], person_faults(&record, &records));
        records.push(record);
        users.push(user);
    }
    users
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_debug_output_holds_a_secret() {
        let claims =
            json!({"_claim_names": {"a": "b"}, "_claim_sources": {"b": {"access_token": "ksj3n283dke"}}});
        let claims = claims.as_object().unwrap().clone();
        let user =
            NewUser { username: "diana".into(), password: None, claims, locked: false, was_stored: false };
        let shown = format!("{user:?}");
        assert!(shown.contains("diana") && !shown.contains("ksj3n283dke"), "{shown}");
    }
}

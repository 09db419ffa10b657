//! A person, as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::value::PasswordText;

/// A person who can sign in.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["username"]))]
pub struct UserWritten {
    /// What the person types; found in every case and Unicode form.
    #[schemars(extend("examples" = ["diana"]))]
    pub username: String,
    /// The password, or better its Argon2 hash (`$argon2id$…`); hashes of many other systems are verified
    /// too, and what looks like any other hash or digest is refused. `{ plain = "…" }` is the password
    /// itself, whatever it looks like, and `{ hash = "…" }` a hash. Without one the password sign-in is
    /// closed to them.
    #[schemars(extend("examples" = ["$argon2id$v=19$m=19456,t=2,p=1$…"]))]
    pub password: Option<PasswordText>,
    /// Claims about the person (OpenID Connect Core §5.1), without `sub`.
    #[schemars(extend("examples" = [{"name": "Diana Krall", "email": "diana@example.org", "email_verified": true}]))]
    pub claims: Map<String, Value>,
    /// Locked people can neither sign in nor refresh.
    pub locked: bool,
    /// Where subjects are made from usernames: this is the same person as the one of this name whom the store
    /// had. Otherwise the name of somebody who was there is refused, because applications would take the one
    /// for the other.
    pub was_stored: bool,
}

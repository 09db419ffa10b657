//! A person, as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::config::value::PasswordText;

/// A user who can sign in.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["username"]))]
pub struct UserWritten {
    /// The user name; matched regardless of case and Unicode form.
    #[schemars(extend("examples" = ["diana"]))]
    pub username: String,
    /// The password, or better its Argon2 hash (`$argon2id$…`): a password in clear costs about 20 ms at
    /// each check, start and reload. Hashes of many other systems are accepted
    /// too; anything that looks like another hash or digest is rejected. `{ plain = "…" }` is the password
    /// itself, whatever it looks like, and `{ hash = "…" }` a hash. Without a password the user cannot sign
    /// in with one.
    #[schemars(extend("examples" = ["$argon2id$v=19$m=19456,t=2,p=1$…"]))]
    pub password: Option<PasswordText>,
    /// Claims about the user (OpenID Connect Core §5.1), without `sub`. Those that the standard makes text
    /// (`birthdate`, `phone_number`, the parts of `address` and so on) need quotes.
    #[schemars(extend("x-kind" = "person", "examples" = [{"name": "Diana Krall", "email": "diana@example.org", "email_verified": true}]))]
    pub claims: Map<String, Value>,
    /// Locked users can neither sign in nor refresh tokens.
    pub locked: bool,
    /// If subjects are derived from usernames: confirms that this is the same person as the former user of
    /// this name in the store. Otherwise the name of a former user is rejected, because applications would
    /// mistake one for the other.
    pub was_stored: bool,
}

//! RFC 8265: who is meant by what somebody typed.

use std::sync::Arc;

use signet_core::error::Error;
use signet_core::lookup::Lookup;
use signet_core::name::{self, Answer};
use signet_core::record::User;

use crate::provider::{Configured, Provider};

impl Provider {
    /// The person who answers to a name, or where the operator says so to an address. One read, whatever was typed.
    pub(super) async fn person(&self, config: &Configured, typed: &str) -> Result<Option<Arc<User>>, Error> {
        let by_email = config.settings.sign_in_by_email;
        let lookup = Lookup::Named(name::to_sign_in(typed, by_email));
        let answer = Answer::of(&self.find(config, &[lookup]).await?.named, typed, by_email);
        if let Answer::Several(people) = &answer {
            let names: Vec<&str> = people.iter().map(|user| user.username.as_str()).collect();
            let names = names.join(", ");
            tracing::warn!(
                names,
                "several people answer to the name that was typed; each needs the exact one"
            );
        }
        Ok(answer.one())
    }

    /// Whether a name can be given to somebody new.
    pub(super) async fn is_taken(&self, config: &Configured, username: &str) -> Result<bool, Error> {
        let lookup = Lookup::Named(name::to_take(username));
        let reserved = name::is_reserved(username, &config.settings.reserved_names);
        Ok(!self.find(config, &[lookup]).await?.named.is_empty() || reserved)
    }
}

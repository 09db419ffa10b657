//! RFC 8265: who is meant by what somebody typed.

use std::sync::Arc;

use signet_core::error::Error;
use signet_core::lookup::Lookup;
use signet_core::name::{self, Answer};
use signet_core::record::User;
use signet_login::sign_up::{Fault, Wish};

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

    /// Why a name and an address cannot be given to somebody new.
    pub(super) async fn is_taken(&self, config: &Configured, wish: &Wish) -> Result<Option<Fault>, Error> {
        let by_name = self.find(config, &[Lookup::Named(name::to_take(&wish.username))]).await?.named;
        let crossed =
            self.find(config, &[Lookup::Named(name::crossed(&wish.username, Some(&wish.email)))]).await?;
        let reserved = name::is_reserved(&wish.username, &config.settings.reserved_names);
        Ok(match (by_name.is_empty(), reserved, crossed.named.is_empty()) {
            (false, ..) => Some(Fault::UsernameTaken),
            (_, true, _) => Some(Fault::UsernameReserved),
            (.., false) => Some(Fault::EmailTaken),
            _ => None,
        })
    }
}

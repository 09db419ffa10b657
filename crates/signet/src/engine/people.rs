//! RFC 8265: who is meant by what somebody typed.

use signet_core::error::Error;
use signet_core::lookup::Lookup;
use signet_core::name::{self, Answer};
use signet_login::sign_up::{Fault, Wish};

use crate::provider::{Before, Configured, Provider};

impl Provider {
    /// Who answers to a name, or where the operator says so to an address. One read, whatever was typed.
    pub(super) async fn person(&self, config: &Configured, typed: &str) -> Result<Answer, Error> {
        let by_email = config.settings.sign_in_by_email;
        let lookup = Lookup::Named(name::to_sign_in(typed, by_email));
        Ok(Answer::of(&self.find(config, &[lookup]).await?.named, typed, by_email))
    }

    /// Why a name and an address cannot be given to somebody new.
    pub(super) async fn is_taken(
        &self,
        config: &Configured,
        wish: &Wish,
        written: &Before,
    ) -> Result<Option<Fault>, Error> {
        let (to_take, crossed) =
            (name::to_take(&wish.username), name::crossed(&wish.username, Some(&wish.email)));
        // Another process may have read people into the configuration whom this one does not know yet.
        let in_file = (written.has(&to_take), written.has(&crossed));
        let by_name = self.find(config, &[Lookup::Named(to_take)]).await?.named;
        let crossed = self.find(config, &[Lookup::Named(crossed)]).await?.named;
        let reserved = name::is_reserved(&wish.username, &config.settings.reserved_names);
        let free = (by_name.is_empty() && !in_file.0, crossed.is_empty() && !in_file.1);
        Ok(match (free.0, reserved, free.1) {
            (false, ..) => Some(Fault::UsernameTaken),
            (_, true, _) => Some(Fault::UsernameReserved),
            (.., false) => Some(Fault::EmailTaken),
            _ => None,
        })
    }
}

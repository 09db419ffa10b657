//! RFC 8265: which user is meant by what was typed.

use signet_core::error::Error;
use signet_core::lookup::{Lookup, UsersByKeys};
use signet_core::name::{self, Answer};
use signet_core::subject;
use signet_login::sign_up::{Fault, Wish};

use super::Asking;
use crate::provider::{Before, directory};

impl Asking {
    /// Who answers to a name, or where the operator says so to an address. One read, whatever was typed.
    pub(super) async fn person(&self, typed: &str) -> Result<Answer, Error> {
        if let Some(directory) = &self.state.config.directory {
            let found = directory::by_name(&**directory, typed).await?;
            return Ok(found.map_or(Answer::Nobody, Answer::One));
        }
        let by_email = self.settings().sign_in_by_email;
        let keys = UsersByKeys(name::to_sign_in(typed, by_email));
        Ok(Answer::of(&self.ask(keys).await?, typed, by_email))
    }

    /// Why a name and an address cannot be given to somebody new; `alone` is what is wrong with them by
    /// themselves, so that nobody else has them.
    pub(super) async fn taken(
        &self,
        wish: &Wish,
        alone: &[Fault],
        written: &Before,
    ) -> Result<Vec<Fault>, Error> {
        let mut faults = Vec::new();
        // Another process may have read people into the configuration whom this one does not know yet.
        if !alone.contains(&Fault::UsernameMalformed) {
            let keys = name::to_take(&wish.username);
            let in_file = written.has(&keys);
            let is_free = self.ask(UsersByKeys(keys)).await?.is_empty();
            // Where subjects are made from names: whether this one was somebody's before.
            let once = self.settings().subjects.come_from_names();
            let used = [
                subject::used_name,
                subject::used_spelling,
                subject::used_configured_name,
                subject::used_configured_spelling,
            ];
            let used = used.map(|used| used(&wish.username));
            let was_used = once && {
                let facts = self.find(&used.clone().map(Lookup::from)).await?;
                used.iter().any(|used| facts.seen(used))
            };
            if !is_free || in_file || was_used {
                faults.push(Fault::UsernameTaken);
            } else if name::is_reserved(&wish.username, &self.settings().reserved_names) {
                faults.push(Fault::UsernameReserved);
            }
        }
        if !wish.email.is_empty() && !alone.contains(&Fault::EmailMalformed) {
            let keys = name::crossed("", Some(&wish.email));
            let in_file = written.has(&keys);
            if in_file || !self.ask(UsersByKeys(keys)).await?.is_empty() {
                faults.push(Fault::EmailTaken);
            }
        }
        Ok(faults)
    }
}

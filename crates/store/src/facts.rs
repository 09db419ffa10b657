//! Lookups given together fill one `Facts`; what an earlier one found is never replaced by a later one.

use std::sync::Arc;

use signet_core::lookup::Facts;
use signet_core::record::{Consent, Grant, Session, Token, User};

/// More people than these have no key that is worth knowing.
pub(crate) const MOST_NAMED: usize = 8;

/// Fills the gaps of some facts. Joined records come only with the record that they belong to.
pub(crate) trait Fill {
    fn fill_user(&mut self, user: Option<Arc<User>>);
    fn fill_session(&mut self, session: Session, user: Option<Arc<User>>, consent: Option<Consent>);
    fn fill_consent(&mut self, consent: Option<Consent>);
    fn fill_token(&mut self, token: Token, grant: Option<Grant>, user: Option<Arc<User>>);
}

impl Fill for Facts {
    fn fill_user(&mut self, user: Option<Arc<User>>) {
        fill(&mut self.user, user);
    }

    fn fill_session(&mut self, session: Session, user: Option<Arc<User>>, consent: Option<Consent>) {
        if self.session.is_none() {
            self.session = Some(session);
            fill(&mut self.user, user);
            fill(&mut self.consent, consent);
        }
    }

    fn fill_consent(&mut self, consent: Option<Consent>) {
        fill(&mut self.consent, consent);
    }

    fn fill_token(&mut self, token: Token, grant: Option<Grant>, user: Option<Arc<User>>) {
        if self.token.is_none() {
            self.token = Some(token);
            fill(&mut self.grant, grant);
            fill(&mut self.user, user);
        }
    }
}

fn fill<T>(slot: &mut Option<T>, found: Option<T>) {
    if slot.is_none() {
        *slot = found;
    }
}

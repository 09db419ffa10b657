//! What is said of a sign-in.

use std::sync::Arc;

use serde_json::Value;
use signet_core::event::{Event, Failure, What, Who, kind};
use signet_core::id::ClientId;
use signet_core::record::User;
use signet_core::secret::keyed;
use signet_login::sign_up::Fault;
use signet_login::throttle::Cause;

use crate::engine::{Asking, Visitor};
use crate::provider::State;

/// What is said of a sign-in: who, at which application, from where.
pub(super) struct Told<'a> {
    asking: &'a Asking,
    user: Option<Who>,
    /// People type their password into the wrong field: what is nobody's name is not written down.
    unknown_name: Option<String>,
    client: &'a ClientId,
    visitor: &'a Visitor,
}

impl<'a> Told<'a> {
    /// Of somebody, or of a name that nobody has.
    pub(super) fn new(
        asking: &'a Asking,
        visitor: &'a Visitor,
        client: &'a ClientId,
        typed: &str,
        user: Option<&User>,
    ) -> Self {
        let unknown_name = user.is_none().then(|| unknown(&asking.state, typed));
        Self { asking, user: user.map(Who::of), unknown_name, client, visitor }
    }

    /// They are not signed in, for this reason.
    pub(super) fn refused(&self, reason: Failure) {
        self.noted(What::SignInFailed { reason, unknown_name: self.unknown_name.clone() });
    }

    /// Their stored hash cannot be verified, for this reason.
    pub(super) fn unusable(&self, reason: &str) {
        let username = self.user.as_ref().map(|user| user.username.as_str());
        tracing::warn!(username, reason, "stored password hash unusable; set a new password for the user");
    }

    /// Their password was not looked at, for this reason.
    pub(super) fn not_looked_at(&self, reason: &'static str) {
        self.note(|name| What::of(&kind::SIGN_IN_BUSY, [("reason", reason.into())].into_iter().chain(name)));
    }

    /// Several people answer to what was typed, and none of them by their exact name.
    pub(super) fn ambiguous(&self, people: &[Arc<User>]) {
        let (client, address) = (self.client.as_str(), self.visitor.address.as_deref());
        let names = people.iter().map(|user| user.username.as_str()).collect::<Vec<_>>().join(", ");
        tracing::info!(
            names,
            client,
            address,
            "ambiguous user name: several accounts match; each user must type their exact one"
        );
    }

    /// They have to wait.
    pub(super) fn waits(&self, seconds: u64, cause: Cause) {
        let said = [
            ("throttled", cause.name().into()),
            ("reason", cause.words().into()),
            ("seconds", seconds.into()),
        ];
        self.note(|name| What::of(&kind::SIGN_IN_THROTTLED, said.into_iter().chain(name)));
    }

    /// What a row describes, which the name that nobody has is a member of.
    fn note(&self, what: impl FnOnce(Option<(&'static str, Value)>) -> What) {
        let unknown = self.unknown_name.as_deref();
        self.noted(what(unknown.map(|name| ("unknown_name", name.into()))));
    }

    fn noted(&self, what: What) {
        let (client, user) = (Some(self.client.clone()), self.user.clone());
        let event = Event { client, ..Event::of_person(what, user) };
        self.asking.note(&event, self.visitor.source());
    }
}

/// The same for the same name, and of no help to find it.
fn unknown(state: &State, typed: &str) -> String {
    let [a, b, c, d, ..] = keyed(&state.config.secrets.handle_key, "typed name", &[typed.as_bytes()]);
    format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
}

/// No account was made, for these reasons.
pub(in crate::engine) fn sign_up_refused(
    state: &State,
    client: &ClientId,
    typed: &str,
    faults: &[Fault],
) -> Event {
    let reason = faults.iter().map(|fault| fault.words()).collect::<Vec<_>>().join(", ");
    let said = [("reason", reason.into()), ("unknown_name", unknown(state, typed).into())];
    let what = What::of(&kind::SIGN_UP_REFUSED, said);
    Event { client: Some(client.clone()), ..Event::of_person(what, None) }
}

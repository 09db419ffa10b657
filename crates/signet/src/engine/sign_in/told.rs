//! What is said of a sign-in.

use std::sync::Arc;

use signet_core::event::{Event, Failure, What, Who};
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
        self.note(|unknown_name| What::SignInFailed { reason, unknown_name });
    }

    /// Their stored hash cannot be verified, for this reason.
    pub(super) fn unusable(&self, reason: &str) {
        let username = self.user.as_ref().map(|user| user.username.as_str());
        tracing::warn!(username, reason, "stored password hash unusable; set a new password for the user");
    }

    /// Their password was not looked at, for this reason.
    pub(super) fn not_looked_at(&self, reason: &'static str) {
        self.note(|unknown_name| What::SignInBusy { reason, unknown_name });
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
        let (reason, throttled) = (cause.words(), cause.name());
        self.note(|unknown_name| What::SignInThrottled { throttled, reason, seconds, unknown_name });
    }

    fn note(&self, what: impl FnOnce(Option<String>) -> What) {
        let (client, user) = (Some(self.client.clone()), self.user.clone());
        let event = Event { client, ..Event::of_person(what(self.unknown_name.clone()), user) };
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
    let what = What::SignUpRefused { reason, unknown_name: unknown(state, typed) };
    Event { client: Some(client.clone()), ..Event::of_person(what, None) }
}

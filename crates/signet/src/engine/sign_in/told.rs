//! What the log says of a sign-in.

use std::sync::Arc;

use signet_core::id::ClientId;
use signet_core::record::User;
use signet_core::secret::keyed;
use signet_login::sign_up::Fault;
use signet_login::throttle::Cause;

use crate::engine::Visitor;
use crate::provider::State;

/// What the log says of a sign-in: who, at which application, from where.
pub(super) struct Told<'a> {
    username: Option<&'a str>,
    /// People type their password into the wrong field: what is nobody's name is not written down.
    unknown_name: Option<String>,
    client: &'a str,
    address: Option<&'a str>,
}

impl<'a> Told<'a> {
    /// Of somebody, or of a name that nobody has.
    pub(super) fn new(
        state: &State,
        visitor: &'a Visitor,
        client: &'a ClientId,
        typed: &str,
        user: Option<&'a User>,
    ) -> Self {
        Self {
            username: user.map(|user| user.username.as_str()),
            unknown_name: user.is_none().then(|| unknown(state, typed)),
            client: client.as_str(),
            address: visitor.address.as_deref(),
        }
    }

    /// They are not signed in, for this reason.
    pub(super) fn refused(&self, reason: &str) {
        let Self { username, unknown_name, client, address } = self;
        tracing::info!(username, unknown_name, client, address, reason, "sign-in failed");
    }

    /// Their stored hash cannot be verified, for this reason.
    pub(super) fn unusable(&self, reason: &str) {
        let username = self.username;
        tracing::warn!(username, reason, "stored password hash unusable; give the person a new password");
    }

    /// Their password was not looked at, for this reason.
    pub(super) fn not_looked_at(&self, reason: &str) {
        let Self { username, unknown_name, client, address } = self;
        tracing::info!(username, unknown_name, client, address, reason, "sign-in refused: busy");
    }

    /// Several people answer to what was typed, and none of them by their exact name.
    pub(super) fn ambiguous(&self, people: &[Arc<User>]) {
        let Self { client, address, .. } = self;
        let names = people.iter().map(|user| user.username.as_str()).collect::<Vec<_>>().join(", ");
        tracing::info!(
            names,
            client,
            address,
            "ambiguous user name: several accounts match; each person must type the exact one"
        );
    }

    /// They have to wait.
    pub(super) fn waits(&self, seconds: u64, cause: Cause) {
        let Self { username, unknown_name, client, address } = self;
        let (reason, throttled) = (cause.words(), cause.name());
        tracing::info!(
            username,
            unknown_name,
            client,
            address,
            throttled,
            seconds,
            reason,
            "sign-in throttled"
        );
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
    visitor: &Visitor,
    client: &ClientId,
    typed: &str,
    faults: &[Fault],
) {
    let (unknown_name, client, address) =
        (unknown(state, typed), client.as_str(), visitor.address.as_deref());
    let reason = faults.iter().map(|fault| fault.words()).collect::<Vec<_>>().join(", ");
    tracing::info!(unknown_name, client, address, reason, "sign-up refused");
}

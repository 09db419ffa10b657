//! What the log says of a sign-in.

use signet_core::id::ClientId;
use signet_core::record::User;
use signet_core::secret::keyed;
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
        let unknown = || {
            let key = &state.config.settings.handle_key;
            let [a, b, c, d, ..] = keyed(key, "typed name", &[typed.as_bytes()]);
            format!("{:08x}", u32::from_be_bytes([a, b, c, d]))
        };
        Self {
            username: user.map(|user| user.username.as_str()),
            unknown_name: user.is_none().then(unknown),
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

//! Versions of clients and users: each write makes the next one.

use signet_core::record::{Client, User};

/// The record as it is stored: its version is one more than the one that it was made from.
pub(crate) fn next_client(client: &Client) -> Result<Client, serde_json::Error> {
    let version = client.version.saturating_add(1);
    Ok(Client { version, ..client.duplicate()? })
}

/// The same of a user.
pub(crate) fn next_user(user: &User) -> User {
    let version = user.version.saturating_add(1);
    User { version, ..user.duplicate() }
}

//! Public keys of others (RFC 7517 §5). The shell answers these questions, from a registration, the
//! configuration, or by fetching `jwks_uri`; it may hold an older set as long as that has the key which `kid`
//! names. A store does not answer them.

use super::Facts;
use crate::env::ClientKeys;
use crate::id::ClientId;

/// The public keys of a client, which it signs with or is encrypted to; none when it registered none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysOfClient {
    /// Whose.
    pub client: ClientId,
    /// The key that is needed.
    pub kid: Option<String>,
}

/// The public keys of an issuer of software statements; none when it is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysOfIssuer {
    /// Whose.
    pub issuer: String,
    /// The key that is needed.
    pub kid: Option<String>,
}

impl Facts {
    /// The keys of a client, whichever of them was needed.
    pub fn keys_of(&self, client: &ClientId) -> Option<&dyn ClientKeys> {
        let mut own = self.all::<KeysOfClient>().filter(|(asked, _)| asked.client == *client);
        own.find_map(|(_, found)| found.as_deref())
    }
}

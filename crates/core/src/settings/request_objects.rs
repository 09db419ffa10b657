//! OpenID Connect Core §6: which request objects are accepted.

/// Which request objects are taken at all; a client's registration may narrow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestObjects {
    /// `request`
    pub by_value: bool,
    /// `request_uri`
    pub by_reference: bool,
    /// `alg` `none`, which says no less than the same parameters in the address would; never from clients
    /// that are held to sign.
    pub unsigned: bool,
    /// Addresses that the client did not register are fetched too: strangers then choose what Signet fetches.
    pub unregistered_uris: bool,
}

impl Default for RequestObjects {
    fn default() -> Self {
        Self { by_value: true, by_reference: true, unsigned: true, unregistered_uris: false }
    }
}

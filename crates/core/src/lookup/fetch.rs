//! What is at an address that somebody registered.

/// What is at an address. The shell answers this one, through its guarded client; a store does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Where.
    pub url: String,
    /// What is expected there, which bounds its size and says how long it may be kept.
    pub what: Expected,
    /// Who chose the address, which says how many such requests there may be.
    pub chosen: Chosen,
}

/// Who chose the address of a [`Fetch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chosen {
    /// The operator, who wrote the client down.
    ByOperator,
    /// Anybody: in a registration or a metadata document, or with the request.
    ByStranger,
}

/// What a [`Fetch`] is to bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Expected {
    /// A request object (OpenID Connect Core §6.2): kept as long as its server allows when the fragment of
    /// its address is its hash, else not at all.
    RequestObject,
    /// A list of redirect URIs (OpenID Connect Core §8.1).
    SectorIdentifier,
    /// A client's metadata (OAuth Client ID Metadata Document).
    ClientMetadata,
}

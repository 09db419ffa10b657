//! RFC 8707 §2: protected resources (APIs), as the operator describes them.

use crate::id::ClientId;
use crate::localised::Localised;
use crate::record::Client;
use crate::record::client::AccessTokenFormat;

/// An API that access tokens are for, as the operator describes it for all clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// An absolute URI without a fragment: what clients ask for, and the `aud` of its tokens.
    pub identifier: String,
    /// Its name for people, by language.
    pub name: Localised,
    /// The scopes that mean something there. Only who may ask for the resource may ask for them.
    pub scopes: Vec<String>,
    /// How its tokens look, whatever the client's are; none: as the client's.
    pub format: Option<AccessTokenFormat>,
    /// What the header of its JWT access tokens says they are.
    pub typ: Typ,
    /// How its JWT access tokens are signed; none: as all others.
    pub signing_alg: Option<String>,
    /// Seconds that its tokens live; none: as the client's.
    pub access_token: Option<u64>,
    /// Who may ask for it.
    pub open_to: OpenTo,
    /// Clients (its own servers) that may introspect its tokens.
    pub introspected_by: Vec<ClientId>,
}

/// Who may ask for a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpenTo {
    /// Every client.
    #[default]
    All,
    /// Those that registered themselves, or are known by their metadata document.
    Registered,
    /// These.
    Clients(Vec<ClientId>),
}

/// `typ` of a JWT access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Typ {
    /// `at+jwt`: no other JWT of the issuer can be taken for it (RFC 9068 §2.1).
    #[default]
    AccessToken,
    /// `JWT`, for libraries that refuse all else. What they accept by it they have to tell from ID tokens by
    /// `aud`.
    Jwt,
}

impl Resource {
    /// Whether the client may ask for it.
    pub fn is_open_to(&self, client: &Client) -> bool {
        match &self.open_to {
            OpenTo::All => true,
            OpenTo::Registered => client.registered,
            OpenTo::Clients(clients) => clients.contains(&client.client_id),
        }
    }

    /// Whether the client may name it: it is open to the client, or on the client's own list.
    pub fn may_be_named_by(&self, client: &Client) -> bool {
        self.is_open_to(client) || client.resources.contains(&self.identifier)
    }
}

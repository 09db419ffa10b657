//! RFC 7591 §1.2: who can register clients, and what these clients can have.

use std::collections::BTreeSet;

/// Who may register, and what they may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Who may register.
    pub mode: Mode,
    /// Grant types that registered clients may have. Without `client_credentials` unless the operator says
    /// so: with it, anyone who registers acts without any person. Without `implicit` too: tokens that come
    /// through the browser can be stolen there (RFC 9700 §2.1.2).
    pub grant_types: Vec<String>,
    /// Answers of algorithm `none` may be had: nobody can tell then who made them.
    pub unsigned: bool,
    /// Scopes that registered clients may have; none: all that are offered.
    pub scopes: Option<Vec<String>>,
    /// Seconds after which a client secret ends; 0: never.
    pub secret_expires_in: u64,
    /// Each update of a registration gives a new registration access token.
    pub rotate_tokens: bool,
    /// Where anybody may register: registrations from one address before they have to wait; 0: they never
    /// wait.
    pub per_address: u32,
    /// Seconds after which a client goes that a stranger registered and nobody used; 0: it stays.
    pub unused_for: u64,
    /// Only with a software statement of a trusted issuer.
    pub require_software_statement: bool,
    /// Clients may name themselves by the address of their metadata.
    pub metadata_documents: bool,
    /// Hosts of such addresses; none: any.
    pub metadata_document_hosts: Option<Vec<String>>,
    /// What the names look like that no application may give itself: those of this provider and of the
    /// applications in its configuration ([`name::looks`](crate::name::looks)).
    pub taken_names: BTreeSet<String>,
    /// The same of the hosts of this provider, which no application may have in its name
    /// ([`Title::speaks_of`](crate::name::Title::speaks_of)).
    pub own_hosts: BTreeSet<String>,
}

/// Who may register.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Nobody: there is no registration endpoint.
    #[default]
    Off,
    /// Anyone who has an initial access token (RFC 7591 §3).
    Token,
    /// Anybody.
    Open,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::Off,
            grant_types: ["authorization_code", "refresh_token"].map(String::from).into(),
            unsigned: false,
            scopes: None,
            secret_expires_in: 0,
            rotate_tokens: true,
            per_address: 20,
            unused_for: 7 * 86_400,
            require_software_statement: false,
            metadata_documents: false,
            metadata_document_hosts: None,
            taken_names: BTreeSet::new(),
            own_hosts: BTreeSet::new(),
        }
    }
}

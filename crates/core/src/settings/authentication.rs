//! OpenID Connect Core §2: the authentication contexts (`acr`) that an operator offers.

use crate::localised::Localised;

/// A way to be signed in that applications can tell from others and ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// What the operator calls it.
    pub name: String,
    /// What applications call it: the `acr` value.
    pub acr: String,
    /// RFC 8176: what the person must have done, all of it.
    pub amr: Vec<String>,
    /// Only a sign-in within the request counts, never a session from before.
    pub fresh: bool,
    /// Seconds after which a sign-in does not count any more; none: as long as the session.
    pub lifetime: Option<u64>,
    /// For people, on the page that asks for it.
    pub label: Localised,
}

impl Context {
    /// A password, at any time within the session; the name is the one that oidc-op's default uses.
    pub fn password() -> Self {
        Self {
            name: "password".into(),
            acr: "urn:oasis:names:tc:SAML:2.0:ac:classes:InternetProtocolPassword".into(),
            amr: vec!["pwd".into()],
            fresh: false,
            lifetime: None,
            label: Localised::default(),
        }
    }
}

//! OpenID Connect Core §3.1.2.3, §3.1.2.4.

/// What a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// To prove who they are.
    Login,
    /// Which account to go on with.
    SelectAccount,
    /// Whether the client may have this.
    Consent,
}

//! OpenID Connect Dynamic Client Registration §2: what a client is, and the terms on which it gets its
//! tokens.

use serde::{Deserialize, Serialize};

/// `subject_type` (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// The same `sub` at every client.
    #[default]
    Public,
    /// Another `sub` for each sector, so that applications cannot put together what they know.
    Pairwise,
    /// Another `sub` for each sign-in session.
    Ephemeral,
}

/// How access tokens look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenFormat {
    /// RFC 9068.
    Jwt,
    /// A handle that only Signet understands.
    #[default]
    Opaque,
}

/// Seconds; what is missing comes from the general settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifetimes {
    /// Authorization codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u64>,
    /// Access tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<u64>,
    /// Refresh tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<u64>,
    /// ID tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<u64>,
}

impl Lifetimes {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

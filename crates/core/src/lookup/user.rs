//! Users.

use crate::id::UserId;

/// The person of this id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserById(pub UserId);

/// The person of exactly this username.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserByName(pub String);

/// Everybody who has one of these keys, which `name` makes: by username, at most [`Self::MOST`] people for
/// each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsersByKeys(pub Vec<String>);

impl UsersByKeys {
    /// More people than these have no key that is worth knowing.
    pub const MOST: usize = 8;
}

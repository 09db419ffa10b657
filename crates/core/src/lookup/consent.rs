//! What people agreed to.

use crate::id::{ClientId, UserId};

/// What a person agreed to give a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentOf {
    /// Who agreed.
    pub user: UserId,
    /// To whom it is given.
    pub client: ClientId,
}

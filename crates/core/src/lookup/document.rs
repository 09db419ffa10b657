//! Named values that all nodes share.

/// The document of this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentNamed(pub String);

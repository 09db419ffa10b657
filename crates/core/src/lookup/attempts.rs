//! How often something was tried.

/// How full the buckets of these keys are; those that have a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptsOf(pub Vec<String>);

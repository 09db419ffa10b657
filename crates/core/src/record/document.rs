//! Small named values that all nodes share: the key ring, salts. Each change names the version it was made
//! from.

/// A named value with its version.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// Its name, such as `keys`.
    pub name: String,
    /// 1 for the first; a write must name the version that it replaces.
    pub version: u64,
    /// The content; it may hold secrets, so it is never printed.
    pub value: Vec<u8>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({} v{})", self.name, self.version)
    }
}

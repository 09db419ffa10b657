use std::fmt;

/// Why an overridden template, translation or static file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file at fault.
    pub file: String,
    /// The line in it, counted from one, where that is known.
    pub line: Option<usize>,
    /// What is wrong there.
    pub reason: String,
}

impl Error {
    pub(super) fn new(file: impl Into<String>, line: Option<usize>, reason: impl Into<String>) -> Self {
        Self { file: file.into(), line, reason: reason.into() }
    }

    pub(super) fn unreadable(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new(path.display().to_string(), None, crate::place::unread(path, error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.reason),
            None => write!(f, "{}: {}", self.file, self.reason),
        }
    }
}

impl std::error::Error for Error {}

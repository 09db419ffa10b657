//! What went wrong on this side of the wire, or what the provider did that no relying party may accept.

use std::fmt;

/// A failure with, where known, the exchanges that led to it; it prints as a person would tell it.
#[derive(Clone)]
pub struct Error {
    message: String,
    tail: Option<String>,
}

impl Error {
    /// The provider (or the page, or the token) is not what it should be.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), tail: None }
    }

    /// No response came back.
    pub fn transport(cause: impl fmt::Display) -> Self {
        Self::new(format!("the request could not be carried: {cause}"))
    }

    /// One line that says what happened, without the exchanges.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Adds the exchanges that led here, unless some are attached already.
    pub(crate) fn after(mut self, tail: impl FnOnce() -> String) -> Self {
        if self.tail.is_none() {
            self.tail = Some(tail());
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The long form, so that `unwrap` in a test shows the last exchanges.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.tail {
            Some(tail) => write!(f, "\n{tail}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<url::ParseError> for Error {
    fn from(cause: url::ParseError) -> Self {
        Self::new(format!("not an absolute URL: {cause}"))
    }
}

impl From<http::Error> for Error {
    fn from(cause: http::Error) -> Self {
        Self::new(format!("the request cannot be written: {cause}"))
    }
}

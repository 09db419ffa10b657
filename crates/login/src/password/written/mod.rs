//! RFC 2307 §5.3 and the forms of many systems: whether a text from an operator is a password or a hash of
//! one.
//!
//! One judge for the configuration, the commands and the library. What looks like a hash and cannot be
//! verified is never taken for a password: its owner could not sign in, and everybody who has seen the file
//! could, by typing the hash.

use std::fmt;

use signet_core::secret::Secret;

use super::MAX_PASSWORD;
use super::is_typeable;
use super::scheme;

mod digest;
mod kind;

/// A password as an operator wrote it.
#[derive(Debug)]
pub enum Given {
    /// Without a word what it is: it is judged by its look.
    Unsaid(Secret<String>),
    /// As the password itself, whatever it looks like.
    Plain(Secret<String>),
    /// As a hash.
    Hash(Secret<String>),
    /// From a file of people of another system: a hash, for nobody there says what is a password in clear.
    Foreign(Secret<String>),
}

impl From<Secret<String>> for Given {
    fn from(text: Secret<String>) -> Self {
        Given::Unsaid(text)
    }
}

impl From<String> for Given {
    fn from(text: String) -> Self {
        Given::Unsaid(Secret::new(text))
    }
}

impl Given {
    /// What it is; the one judge of configuration, commands and library.
    pub fn judge(self) -> Result<Written, Refused> {
        match self {
            Given::Unsaid(text) => Written::judge(text),
            Given::Plain(text) => Written::plain(text),
            Given::Hash(text) => Written::hash(text, Refused::NoHash),
            Given::Foreign(text) => Written::hash(text, Refused::Bare),
        }
    }
}

/// A password that was judged.
#[derive(Debug)]
pub enum Written {
    /// The password itself, to be hashed.
    Plain(Secret<String>),
    /// A hash that is verified.
    Hash(Secret<String>),
}

/// Why a text is neither a password nor a hash that is verified. It never holds the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nothing is there.
    Empty,
    /// Longer than [`MAX_PASSWORD`].
    TooLong,
    /// With control characters, or characters that nobody sees (RFC 8264 §9.13).
    Control,
    /// A hash of a kind that is not verified.
    Unknown(String),
    /// What other systems write where nobody may sign in by a password.
    Closed,
    /// A hash of a scheme that is verified, but not this one.
    Unusable {
        /// Of which scheme.
        scheme: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It was said to be a hash, and does not look like one.
    NoHash,
    /// It comes from another system, and does not look like a hash.
    Bare,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Empty => f.write_str("the password is empty"),
            Refused::TooLong => write!(f, "the password is longer than {MAX_PASSWORD} bytes"),
            Refused::Control => f.write_str(
                "the password has control characters, or characters that nobody sees, which nobody can type",
            ),
            Refused::Unknown(scheme) => {
                write!(f, "this looks like a hash that cannot be verified: {scheme}")
            }
            Refused::Closed => f.write_str("this is what other systems write for a user without a password"),
            Refused::Unusable { scheme, why } => {
                write!(f, "this looks like a hash of the scheme {scheme}, but {why}")
            }
            Refused::NoHash => f.write_str("this is not a hash of any known scheme"),
            Refused::Bare => f.write_str(
                "this is not a hash of any known scheme, and a bare text is never taken as a password in clear here",
            ),
        }
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// What to do instead, with the way to say there that a text is the password itself: "write { plain = "…"
    /// }".
    pub fn advice(&self, plain: &str) -> String {
        match self {
            Refused::Empty => "leave it out to close the password sign-in".to_owned(),
            Refused::TooLong | Refused::Control => "choose another password".to_owned(),
            Refused::Closed => format!("leave it out; if it is the password itself, {plain}"),
            Refused::Unknown(_) | Refused::Unusable { .. } => {
                format!(
                    "leave it out and give the user a new password; if it is the password itself, {plain}"
                )
            }
            Refused::NoHash => format!("if it is the password itself, {plain}"),
            Refused::Bare => format!(
                "if it is the password itself, {plain}; else give a hash of a scheme that is verified"
            ),
        }
    }
}

impl Written {
    fn judge(text: Secret<String>) -> Result<Self, Refused> {
        match scheme::read(text.expose()) {
            Some(Ok(_)) => Ok(Written::Hash(text)),
            Some(Err((scheme, why))) => Err(Refused::Unusable { scheme, why }),
            None if kind::is_closed(text.expose()) => Err(Refused::Closed),
            None => match kind::seems(text.expose()) {
                Some(kind) => Err(Refused::Unknown(kind)),
                None => Self::plain(text),
            },
        }
    }

    fn plain(text: Secret<String>) -> Result<Self, Refused> {
        match text.expose().as_str() {
            "" => Err(Refused::Empty),
            plain if plain.len() > MAX_PASSWORD => Err(Refused::TooLong),
            plain if !is_typeable(plain) => Err(Refused::Control),
            _ => Ok(Written::Plain(text)),
        }
    }

    fn hash(text: Secret<String>, otherwise: Refused) -> Result<Self, Refused> {
        match Self::judge(text) {
            Ok(Written::Plain(_)) | Err(Refused::TooLong | Refused::Control) => Err(otherwise),
            judged => judged,
        }
    }
}

#[cfg(test)]
mod tests;

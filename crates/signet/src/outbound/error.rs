//! Why a request of Signet's own came to nothing: for the log, and for the one who registered the address.

use std::fmt;

/// A request that failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OutboundError {
    /// The address cannot be used; the words say why.
    Address(&'static str),
    /// The host is not on the public Internet.
    Private,
    /// The name is not known.
    Name(String),
    /// Nobody answers at any of its addresses.
    Unreachable(String),
    /// The TLS handshake failed.
    Tls(String),
    /// It took too long.
    Slow,
    /// It wants to send us elsewhere.
    Redirect(u16),
    /// It does not answer 200.
    Status(u16),
    /// It is longer than this many bytes.
    TooLarge(usize),
    /// The answer is no HTTP, or broke off.
    Broken(String),
}

impl fmt::Display for OutboundError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(why) => f.write_str(why),
            Self::Private => f.write_str("the host is not on the public Internet (see outbound.allow)"),
            Self::Name(why) => write!(f, "the host's name is not known: {why}"),
            Self::Unreachable(why) => write!(f, "the host cannot be reached: {why}"),
            Self::Tls(why) => write!(f, "TLS handshake failed: {why}"),
            Self::Slow => f.write_str("the host took too long"),
            Self::Redirect(status) => {
                write!(f, "the host answered with redirect {status}, which is not followed")
            }
            Self::Status(status) => write!(f, "the host answered with status {status}"),
            Self::TooLarge(limit) => write!(f, "the answer is longer than {limit} bytes"),
            Self::Broken(why) => write!(f, "the answer cannot be read: {why}"),
        }
    }
}

impl std::error::Error for OutboundError {}

//! RFC 7515: JSON Web Signature in compact serialisation. Encryption (RFC 7516) is in [`crate::jwe`].

mod decode;
mod header;
mod sign;
mod unsecured;
mod verify;

pub use decode::{Unverified, decode};
pub use header::Header;
pub use sign::{sign, sign_hmac};
pub use unsecured::{Unsecured, decode_unsecured, encode_unsecured};
pub use verify::Verified;

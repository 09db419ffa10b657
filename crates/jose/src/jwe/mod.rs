//! RFC 7516: JSON Web Encryption in compact serialisation.
//!
//! `alg` says how the recipient gets the content encryption key, `enc` what is done with it. Compression
//! (`zip`) is neither written nor read: it would let the length of a token tell about its content, and a
//! short one become a long one.

mod alg;
mod concat_kdf;
mod decode;
mod decrypt;
mod encrypt;

pub(crate) use alg::Management;
pub use alg::{ContentEncryption, KeyManagementAlg};
pub use decode::{Decoded, decode, is_encrypted};
pub use encrypt::{Extra, encrypt};

pub use crate::jwk::{DecryptionKey, DecryptionKeys, EncryptionKey};

//! RFC 7515–7519: signed and encrypted tokens and their keys, over one crypto back-end.
//!
//! - [`alg`]: the signature algorithms, one table.
//! - [`jwk`]: keys as JSON, the keys that sign and verify ([`SigningKey`], [`VerifyingKey`], [`HmacKey`]),
//!   those that encrypt and decrypt ([`EncryptionKey`], [`DecryptionKey`]), and sets of them ([`KeySet`],
//!   [`DecryptionKeys`]).
//! - [`jws`]: compact serialisation: sign, decode, verify.
//! - [`jwe`]: compact serialisation: encrypt, decode, decrypt.
//! - [`jwt`]: claims and the checks on them.
//! - [`hash`]: the half hashes of OpenID Connect (`at_hash`, `c_hash`).
//!
//! Nothing here reads a clock, a file or a socket: instants are parameters. Chance is used only inside the
//! back-end, for keys, for the signatures that need it and for whatever is encrypted.
//!
//! ```
//! use signet_jose::{SigningAlg, SigningKey, jws};
//!
//! let key = SigningKey::generate(SigningAlg::Es256)?;
//! let token = jws::sign(&key, Some("JWT"), br#"{"sub":"diana"}"#)?;
//! let decoded = jws::decode(&token, 8 * 1024)?;
//! assert_eq!(decoded.verify(&key.verifying_key()?)?.payload(), br#"{"sub":"diana"}"#);
//! # Ok::<(), signet_jose::Error>(())
//! ```

pub mod alg;
mod b64;
mod backend;
pub mod error;
pub mod hash;
pub mod jwe;
pub mod jwk;
pub mod jws;
pub mod jwt;
mod secret;

pub use alg::SigningAlg;
pub use error::Error;
pub use jwe::{ContentEncryption, KeyManagementAlg};
pub use jwk::{
    DecryptionKey, DecryptionKeys, EncryptionKey, HmacKey, Jwk, JwkSet, KeySet, SigningKey, VerifyingKey,
};

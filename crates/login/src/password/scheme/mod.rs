//! Ways in which passwords are hashed, here and by other systems: one file a scheme, and the table of them.
//!
//! Only Argon2id is ever made; the others are verified until their owner signs in, and are then replaced.

mod argon2;
#[cfg(feature = "other-hashes")]
mod bcrypt;
#[cfg(feature = "other-hashes")]
mod digest;
#[cfg(feature = "other-hashes")]
mod pbkdf2;
#[cfg(feature = "other-hashes")]
mod scrypt;
#[cfg(feature = "other-hashes")]
mod sha_crypt;

use ::base64::alphabet::STANDARD;
use ::base64::engine::general_purpose::GeneralPurpose;
use ::base64::engine::{DecodePaddingMode, Engine as _, GeneralPurposeConfig};
use subtle::ConstantTimeEq as _;

use super::{Error, Memory, Parameters};
pub(super) use argon2::Argon2;

/// A way in which passwords are hashed.
#[derive(Debug)]
pub struct Scheme {
    /// What operators call it.
    pub name: &'static str,
    /// How its hashes are written, as `docs/people-and-applications.md` lists them.
    pub forms: &'static [&'static str],
    read: fn(&str) -> Read,
}

/// Every scheme that is verified.
pub static SCHEMES: &[Scheme] = &[
    argon2::SCHEME,
    #[cfg(feature = "other-hashes")]
    bcrypt::SCHEME,
    #[cfg(feature = "other-hashes")]
    pbkdf2::SCHEME,
    #[cfg(feature = "other-hashes")]
    scrypt::SCHEME,
    #[cfg(feature = "other-hashes")]
    sha_crypt::SCHEME,
    #[cfg(feature = "other-hashes")]
    digest::SCHEME,
];

/// None: the text is not of this scheme. An error: it is, and cannot be verified.
type Read = Option<Result<Box<dyn Hash>, &'static str>>;

/// A hash that was read, and whose cost is within bounds.
pub(super) trait Hash: Send {
    /// Whether a password has this hash, compared in constant time.
    fn matches(&self, memory: &mut Memory, password: &[u8]) -> Result<bool, Error>;

    /// Whether a match says something of the whole password. Where it does not, another text with the same
    /// beginning matches too, and must not become the password.
    fn proves(&self, _password: &[u8]) -> bool {
        true
    }

    /// Whether it is what would be made today.
    fn is_current(&self, _parameters: Parameters) -> bool {
        false
    }

    /// Whether it takes so much memory or time that several at once would keep others waiting: much more than
    /// what new hashes commonly take.
    fn is_dear(&self) -> bool;

    /// Whether it takes the effort of Argon2; the effort of anything else says nothing about the effort of a
    /// decoy.
    fn is_argon2(&self) -> bool {
        false
    }
}

/// A hash, or the scheme that it is of and why it cannot be verified.
type Judged = Result<Box<dyn Hash>, (&'static str, &'static str)>;

/// What a text is under the schemes that are verified.
pub(super) fn read(text: &str) -> Option<Judged> {
    let bare = bare(text);
    SCHEMES.iter().find_map(|scheme| Some((scheme.read)(bare)?.map_err(|why| (scheme.name, why))))
}

/// Without what LDAP, Dovecot and Django write before a hash that says itself what it is.
fn bare(text: &str) -> &str {
    const OUTER: [&str; 9] = [
        "CRYPT",
        "BLF-CRYPT",
        "SHA256-CRYPT",
        "SHA512-CRYPT",
        "ARGON2",
        "ARGON2I",
        "ARGON2ID",
        "BCRYPT",
        "SCRYPT",
    ];
    if let Some((scheme, hash)) = braced(text)
        && hash.starts_with('$')
        && OUTER.iter().any(|outer| outer.eq_ignore_ascii_case(scheme))
    {
        return hash;
    }
    match text.strip_prefix("bcrypt$").or_else(|| text.strip_prefix("argon2")) {
        Some(hash) if hash.starts_with('$') => hash,
        _ => text,
    }
}

/// RFC 2307 §5.3: `{SCHEME}rest`.
pub(super) fn braced(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.strip_prefix('{')?.split_once('}')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    ((2..=24).contains(&scheme.len()) && scheme.chars().all(plain)).then_some((scheme, rest))
}

const MALFORMED: &str = "it is malformed";

/// Base64 with or without padding, and the alphabet of passlib and LDAP, which has `.` for `+`.
fn base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    LENIENT.decode(text.replace('.', "+")).ok()
}

#[cfg(feature = "other-hashes")]
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// `name=number`, in this order and nothing else.
fn numbers<const N: usize>(text: &str, names: [&str; N]) -> Option<[u32; N]> {
    let mut parts = text.split(',');
    let mut read = [0; N];
    for (slot, name) in read.iter_mut().zip(names) {
        *slot = parts.next()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok()?;
    }
    parts.next().is_none().then_some(read)
}

fn same(computed: &[u8], stored: &[u8]) -> bool {
    bool::from(computed.ct_eq(stored))
}

#[cfg(test)]
mod tests;

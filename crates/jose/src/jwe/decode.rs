//! RFC 7516 §5.2, steps 1–8: from text to parts, without trusting anything yet.

use super::encrypt::GCM_IV;
use super::{ContentEncryption, KeyManagementAlg, Management};
use crate::b64;
use crate::backend::PublicAgreement;
use crate::error::Error;
use crate::jwk::Jwk;
use crate::jws::Header;
use serde_json::Value;
use std::fmt;

/// An encrypted token whose parts are well formed and of which nothing is decrypted. What its header says may
/// be used to find the key and for nothing else.
pub struct Decoded<'a> {
    pub(super) header: Header,
    pub(super) alg: KeyManagementAlg,
    pub(super) enc: ContentEncryption,
    pub(super) parameters: Parameters,
    pub(super) encrypted_key: Vec<u8>,
    pub(super) iv: Vec<u8>,
    pub(super) ciphertext: Vec<u8>,
    pub(super) tag: Vec<u8>,
    /// The first part as it stands in the token: what is authenticated besides the content.
    pub(super) aad: &'a str,
}

/// What the header holds for the algorithm.
pub(super) enum Parameters {
    None,
    Gcm { iv: Vec<u8>, tag: Vec<u8> },
    Agreement { epk: Box<PublicAgreement>, apu: Vec<u8>, apv: Vec<u8> },
}

/// Whether this has the five parts of an encrypted token; a signed one has three. Nothing else is looked at.
#[must_use]
pub fn is_encrypted(compact: &str) -> bool {
    compact.bytes().filter(|byte| *byte == b'.').count() == 4
}

/// Takes a compact serialisation of at most `max_len` bytes apart.
///
/// Refuses all but five parts, base64url that is not canonical, duplicate header members, `crit`, `zip`,
/// absent or unsupported `alg` and `enc`, and parts or parameters that are not as long as these two demand.
pub fn decode(compact: &str, max_len: usize) -> Result<Decoded<'_>, Error> {
    if compact.len() > max_len {
        return Err(Error::TooLarge { limit: max_len });
    }
    let mut parts = compact.split('.');
    let mut part = || parts.next().ok_or(FIVE);
    let (aad, encrypted_key, iv, ciphertext, tag) = (part()?, part()?, part()?, part()?, part()?);
    if parts.next().is_some() {
        return Err(FIVE);
    }

    let header = Header::parse(aad)?;
    if header.member("zip").is_some() {
        return Err(Error::Malformed("compressed content (zip) is not accepted"));
    }
    let alg: KeyManagementAlg = header.alg()?.parse()?;
    let enc: ContentEncryption = match header.member("enc") {
        Some(Value::String(name)) => name.parse()?,
        _ => return Err(Error::Malformed("the header lacks enc")),
    };
    let parameters = match alg.management() {
        Management::Agree | Management::AgreeAndWrap(_) => agreement(&header)?,
        Management::GcmWrap(_) => gcm(&header)?,
        Management::Rsa | Management::Wrap(_) | Management::Direct => Parameters::None,
    };

    let decoded = |part| b64::decode(part, "a part of the token is not base64url without padding");
    let (encrypted_key, iv, ciphertext, tag) =
        (decoded(encrypted_key)?, decoded(iv)?, decoded(ciphertext)?, decoded(tag)?);
    let keyless = matches!(alg.management(), Management::Direct | Management::Agree);
    if encrypted_key.is_empty() != keyless {
        return Err(Error::Malformed("dir and ECDH-ES have an empty encrypted key, all others have one"));
    }
    if iv.len() != enc.iv_len() || tag.len() != enc.tag_len() {
        return Err(Error::Malformed("initialization vector or tag is not as long as enc demands"));
    }
    Ok(Decoded { header, alg, enc, parameters, encrypted_key, iv, ciphertext, tag, aad })
}

impl Decoded<'_> {
    /// The header, unbelieved until the token is decrypted.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How the key is managed.
    #[must_use]
    pub fn alg(&self) -> KeyManagementAlg {
        self.alg
    }

    /// How the content is encrypted.
    #[must_use]
    pub fn enc(&self) -> ContentEncryption {
        self.enc
    }

    /// `kid`: a hint at the key.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.kid()
    }

    /// `typ` as written.
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.header.typ()
    }

    /// `cty`: the type of the content.
    #[must_use]
    pub fn cty(&self) -> Option<&str> {
        self.header.cty()
    }
}

impl fmt::Debug for Decoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded").field("header", &self.header).finish_non_exhaustive()
    }
}

const FIVE: Error = Error::Malformed("an encrypted token has exactly five parts");

/// RFC 7518 §4.6.1. Other algorithms give these parameters no meaning, so that theirs are not looked at.
fn agreement(header: &Header) -> Result<Parameters, Error> {
    const EPK: Error = Error::Malformed("the header needs epk: the public key that was made for this token");
    let Some(Value::Object(members)) = header.member("epk") else { return Err(EPK) };
    let epk = Jwk::from_members(members.clone())?;
    if epk.is_private() {
        return Err(Error::Malformed("epk must be a public key"));
    }
    let party = |name| match header.member(name) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => b64::decode(text, PARTY),
        Some(_) => Err(Error::Malformed(PARTY)),
    };
    Ok(Parameters::Agreement {
        epk: Box::new(PublicAgreement::new(epk.material())?),
        apu: party("apu")?,
        apv: party("apv")?,
    })
}

const PARTY: &str = "apu and apv of the header must be base64url without padding";

/// RFC 7518 §4.7.1.
fn gcm(header: &Header) -> Result<Parameters, Error> {
    const GCM: &str = "the header needs iv and tag, of 96 and 128 bits, for AES GCM key wrap";
    let sized = |name, length| match header.member(name) {
        Some(Value::String(text)) => b64::decode(text, GCM).and_then(|bytes| match bytes.len() == length {
            true => Ok(bytes),
            false => Err(Error::Malformed(GCM)),
        }),
        _ => Err(Error::Malformed(GCM)),
    };
    Ok(Parameters::Gcm { iv: sized("iv", GCM_IV)?, tag: sized("tag", 16)? })
}

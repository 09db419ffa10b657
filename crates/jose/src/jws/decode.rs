//! RFC 7515 §5.2, steps 1–7: from text to parts, without trusting anything yet.

use super::Header;
use crate::alg::SigningAlg;
use crate::b64;
use crate::error::Error;
use std::fmt;

/// A token whose parts are well formed and whose signature is not checked. What it says may be used to find
/// the key and for nothing else.
#[derive(Clone)]
pub struct Unverified<'a> {
    pub(super) header: Header,
    pub(super) alg: SigningAlg,
    pub(super) payload: Vec<u8>,
    pub(super) signing_input: &'a str,
    pub(super) signature: Vec<u8>,
}

/// Takes a compact serialisation of at most `max_len` bytes apart.
///
/// Refuses all but three parts, base64url that is not canonical, duplicate header members, `crit`, `b64`, an
/// absent or unknown `alg`, and `alg` `none` (with [`Error::Unsecured`]).
pub fn decode(compact: &str, max_len: usize) -> Result<Unverified<'_>, Error> {
    let Parts { signing_input, header, payload, signature } = split(compact, max_len)?;
    let header = Header::parse(header)?;
    let alg = match header.alg()? {
        "none" => return Err(Error::Unsecured),
        name => name.parse()?,
    };
    let payload = b64::decode(payload, PAYLOAD)?;
    let signature = b64::decode(signature, "the signature is not base64url without padding")?;
    Ok(Unverified { header, alg, payload, signing_input, signature })
}

impl Unverified<'_> {
    /// The header, unbelieved.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The algorithm the header names.
    #[must_use]
    pub fn alg(&self) -> SigningAlg {
        self.alg
    }

    /// The payload, unbelieved: good for finding out whose key to fetch.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

impl fmt::Debug for Unverified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").field("header", &self.header).finish_non_exhaustive()
    }
}

pub(super) const PAYLOAD: &str = "the payload is not base64url without padding";

pub(super) struct Parts<'a> {
    pub(super) signing_input: &'a str,
    pub(super) header: &'a str,
    pub(super) payload: &'a str,
    pub(super) signature: &'a str,
}

pub(super) fn split(compact: &str, max_len: usize) -> Result<Parts<'_>, Error> {
    const THREE: Error = Error::Malformed("a signed token has exactly three parts");
    if compact.len() > max_len {
        return Err(Error::TooLarge { limit: max_len });
    }
    let (signing_input, signature) = compact.rsplit_once('.').ok_or(THREE)?;
    let (header, payload) = signing_input.split_once('.').ok_or(THREE)?;
    if payload.contains('.') {
        return Err(THREE);
    }
    Ok(Parts { signing_input, header, payload, signature })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(json: &str) -> String {
        b64::encode(json)
    }

    #[test]
    fn parts_are_taken_apart() {
        let text = format!("{}.e30.AA", header(r#"{"alg":"ES256","kid":"k"}"#));
        let token = decode(&text, 100).unwrap();
        assert_eq!((token.alg(), token.payload()), (SigningAlg::Es256, &b"{}"[..]));
        assert_eq!(token.header().kid(), Some("k"));
    }

    #[test]
    fn anything_but_three_parts_is_refused() {
        let header = header(r#"{"alg":"ES256"}"#);
        for text in ["", ".", "..", &header, &format!("{header}.e30"), &format!("{header}.e30.AA.AA.AA")] {
            assert!(matches!(decode(text, 100), Err(Error::Malformed(_))), "{text}");
        }
        // What developers meet: an encrypted token has five parts.
        let error = decode("a.b.c.d.e", 100).unwrap_err();
        assert_eq!(error.to_string(), "a signed token has exactly three parts");
    }

    #[test]
    fn other_spellings_of_base64url_are_refused() {
        let header = header(r#"{"alg":"ES256"}"#);
        assert!(decode(&format!("{header}.e30.AA"), 100).is_ok());
        for (payload, signature) in
            [("e30=", "AA"), ("e31", "AA"), ("e30", "AB"), ("e3 0", "AA"), ("e30", "+/8")]
        {
            assert!(matches!(
                decode(&format!("{header}.{payload}.{signature}"), 100),
                Err(Error::Malformed(_))
            ));
        }
    }

    #[test]
    fn the_size_is_capped_before_anything_else() {
        let text = format!("{}.e30.AA", header(r#"{"alg":"ES256"}"#));
        assert!(decode(&text, text.len()).is_ok());
        let limit = text.len() - 1;
        assert_eq!(decode(&text, limit).unwrap_err(), Error::TooLarge { limit });
    }

    #[test]
    fn the_algorithm_is_mandatory_and_known() {
        let decoded = |json: &str| decode(&format!("{}.e30.AA", header(json)), 200).map(|token| token.alg());
        assert_eq!(decoded("{}"), Err(Error::Malformed("the header lacks alg")));
        assert_eq!(decoded(r#"{"alg":"none"}"#), Err(Error::Unsecured));
        assert_eq!(decoded(r#"{"alg":"NONE"}"#), Err(Error::UnknownAlgorithm("NONE".to_owned())));
        assert_eq!(decoded(r#"{"alg":"RSA-OAEP"}"#), Err(Error::UnknownAlgorithm("RSA-OAEP".to_owned())));
        assert_eq!(decoded(r#"{"alg":"Ed25519"}"#), Ok(SigningAlg::Ed25519));
        assert!(matches!(decoded(r#"{"alg":"RS256","alg":"RS256"}"#), Err(Error::Malformed(_))));
    }
}

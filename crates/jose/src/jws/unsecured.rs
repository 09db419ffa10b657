//! RFC 7515 §6 and appendix A.5, RFC 7518 §3.6: `alg` `none`, separate from everything that is signed.

use super::decode::{PAYLOAD, Parts, split};
use super::{Header, sign};
use crate::b64;
use crate::error::Error;

/// A token that says of itself that nothing protects it. It proves nothing about its author.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsecured {
    /// The header, unbelieved.
    pub header: Header,
    /// The payload, unbelieved.
    pub payload: Vec<u8>,
}

/// Writes a token with `alg` `none`: for clients that registered it for ID tokens delivered from the token
/// endpoint.
#[must_use]
pub fn encode_unsecured(typ: Option<&str>, payload: &[u8]) -> String {
    let mut token = sign::signing_input(&sign::header("none", None, typ), payload, 0);
    token.push('.');
    token
}

/// Takes apart a token with `alg` `none`, where the caller's policy allows one; it must have an empty
/// signature, and every rule of [`super::decode`] holds for the rest.
pub fn decode_unsecured(compact: &str, max_len: usize) -> Result<Unsecured, Error> {
    let Parts { header, payload, signature, .. } = split(compact, max_len)?;
    let header = Header::parse(header)?;
    if header.alg()? != "none" {
        return Err(Error::Malformed("the token is not unsecured: its alg is not none"));
    }
    if !signature.is_empty() {
        return Err(Error::Malformed("an unsecured token must have an empty signature"));
    }
    Ok(Unsecured { header, payload: b64::decode(payload, PAYLOAD)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let token = encode_unsecured(Some("JWT"), b"{}");
        assert_eq!(token, format!("{}.e30.", b64::encode(r#"{"alg":"none","typ":"JWT"}"#)));
        let read = decode_unsecured(&token, token.len()).unwrap();
        assert_eq!((read.payload.as_slice(), read.header.typ()), (&b"{}"[..], Some("JWT")));
        assert!(decode_unsecured(&token, token.len() - 1).is_err());
    }

    #[test]
    fn a_signature_or_another_algorithm_is_refused() {
        let token = encode_unsecured(None, b"{}");
        assert!(decode_unsecured(&format!("{token}AA"), 100).is_err());
        for alg in ["RS256", "None", ""] {
            let token = format!("{}.e30.", b64::encode(format!(r#"{{"alg":"{alg}"}}"#)));
            assert!(decode_unsecured(&token, 100).is_err(), "{alg}");
        }
    }
}

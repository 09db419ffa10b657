//! RFC 7515 §2: base64url without padding, with exactly one spelling per value.

use crate::error::Error;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends without an allocation of its own.
pub(crate) fn encode_onto(text: &mut String, bytes: impl AsRef<[u8]>) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// How many characters `bytes` bytes become.
pub(crate) fn encoded_len(bytes: usize) -> usize {
    bytes.saturating_mul(4).div_ceil(3)
}

/// Refuses padding, other alphabets, whitespace and non-zero trailing bits: `what` is the text of the
/// refusal.
pub(crate) fn decode(text: &str, what: &'static str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Malformed(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_value() {
        assert_eq!(decode("-_8", "x"), Ok(vec![0xfb, 0xff]));
        for wrong in ["-_8=", "+/8", "-_9", "-", "-_ 8", "-_8\n", "ä"] {
            assert_eq!(decode(wrong, "x"), Err(Error::Malformed("x")), "{wrong:?}");
        }
    }

    #[test]
    fn the_length_is_exact() {
        for length in 0..20 {
            assert_eq!(encode(vec![7; length]).len(), encoded_len(length));
        }
    }
}

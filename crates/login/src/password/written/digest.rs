//! RFC 4648 §4, §5, §8: digests in hexadecimal and base64, which any text of the same length could be.
//! Whether one is by chance what a person would choose for a password is what decides here.

use base64::engine::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The sizes of MD5, SHA-1 and SHA-2; of SHA-384 (48 bytes) base64 has as many characters as a password of
/// 64.
const SIZES: [usize; 6] = [16, 20, 28, 32, 48, 64];

/// Hexadecimal of 128 bits or more: `5f4dcc3b…`, `0x5F4D…`, `5f:4d:cc:…`. One of digits or letters alone is a
/// number or a word.
pub(super) fn is_hexadecimal(text: &str) -> bool {
    let bare = ["0x", "0X", "\\x"].iter().find_map(|start| text.strip_prefix(start)).unwrap_or(text);
    is_hexadecimal_of(bare) || paired(bare).is_some_and(|joined| is_hexadecimal_of(&joined))
}

fn is_hexadecimal_of(text: &str) -> bool {
    text.len() >= 32
        && text.len().is_multiple_of(2)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.contains(|c: char| c.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_alphabetic())
}

/// Two digits, a sign, two digits, as fingerprints are written.
fn paired(text: &str) -> Option<String> {
    let sign = *text.as_bytes().get(2).filter(|sign| b":- ".contains(sign))?;
    let pairs: Vec<&str> = text.split(char::from(sign)).collect();
    pairs.iter().all(|pair| pair.len() == 2).then(|| pairs.concat())
}

/// Base64 of a digest's size, or with padding of any size from 128 bits on.
pub(super) fn is_base64(text: &str) -> bool {
    let bare = text.trim_end_matches('=');
    let has_padding = bare.len() != text.len();
    if text.len() - bare.len() > 2 || (has_padding && !text.len().is_multiple_of(4)) {
        return false;
    }
    let has = |class: fn(&char) -> bool| bare.chars().any(|c| class(&c));
    let mixed = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase);
    // What was padded, or is no round number of characters, has bits to spare, which are zero.
    let decoded = STANDARD_NO_PAD.decode(bare).or_else(|_| URL_SAFE_NO_PAD.decode(bare));
    let size = decoded.map_or(0, |bytes| bytes.len());
    mixed && if has_padding { size >= 16 } else { has(char::is_ascii_digit) && SIZES.contains(&size) }
}

/// A digest between signs that nothing but a file of hashes has there: `digest:salt`, `salt$digest`,
/// `name;digest;…`.
pub(super) fn is_salted(text: &str) -> bool {
    let mut parts = text.split([':', ';', '|', ',', '$', '.']);
    text.contains([':', ';', '|', ',', '$', '.'])
        && !text.contains(char::is_whitespace)
        && parts.any(|part| is_hexadecimal(part) || is_base64(part))
}

/// crypt(3) of DES: two characters of salt, and 64 bits in eleven, the last of which has two bits to spare.
pub(super) fn is_des_crypt(text: &str) -> bool {
    let spare = |c: char| ".26AEIMQUYcgkosw".contains(c);
    text.len() == 13
        && text.bytes().all(is_crypt)
        && text.ends_with(spare)
        && text.contains(|c: char| c.is_ascii_uppercase())
        && text.contains(|c: char| c.is_ascii_lowercase())
}

/// The alphabet of crypt(3).
pub(super) fn is_crypt(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"./".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_every_usual_length_are_known() {
        for size in [16_u8, 20, 28, 32, 48, 64] {
            let bytes: Vec<u8> = (0..size).map(|at| at.wrapping_mul(151).wrapping_add(77)).collect();
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            for text in
                [hex.clone(), hex.to_uppercase(), format!("0x{hex}"), pairs.join(":"), pairs.join("-")]
            {
                assert!(is_hexadecimal(&text), "{text}");
            }
            let (standard, url) = (STANDARD_NO_PAD.encode(&bytes), URL_SAFE_NO_PAD.encode(&bytes));
            let padding = "=".repeat((4 - standard.len() % 4) % 4);
            for text in
                [standard.clone(), url.clone(), format!("{standard}{padding}"), format!("{url}{padding}")]
            {
                assert!(is_base64(&text), "{text}");
            }
            for text in
                [format!("{hex}:salt"), format!("{hex}:"), format!("ab:{hex}"), format!("{standard}:x")]
            {
                assert!(is_salted(&text), "{text}");
            }
        }
    }

    #[test]
    fn what_people_choose_is_no_digest() {
        for text in [
            "",
            "krall",
            "correcthorsebatterystaple",
            "CorrectHorseBatteryStaple",
            "31415926535897932384626433832795",
            "correct horse battery staple",
            "aB3:xyz",
            "www.example.org:8443",
            "https://www.example.org/index.html?page=2",
            "12:34:56",
            "Passw0rdPassw0rdPassw0rd",
            "============",
        ] {
            assert!(!is_hexadecimal(text) && !is_base64(text) && !is_salted(text), "{text}");
        }
        for text in ["correcthorse1", "CorrectHorse1", "Tr0ub4dor&3xx", "CorrectHorses1"] {
            assert!(!is_des_crypt(text), "{text}");
        }
    }
}

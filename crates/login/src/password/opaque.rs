//! RFC 8265 §4.2.2: the OpaqueString form of passwords, so that the same input is the same password on every
//! system.

use std::borrow::Cow;

use signet_core::name::is_ignorable;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// The form in which a password is hashed: every space is U+0020, and the whole is composed (NFC). Nothing
/// else changes.
pub(crate) fn opaque(typed: &str) -> Cow<'_, str> {
    if !typed.contains(is_foreign_space) && is_nfc(typed) {
        return Cow::Borrowed(typed);
    }
    Cow::Owned(typed.chars().map(|c| if is_foreign_space(c) { ' ' } else { c }).nfc().collect())
}

/// RFC 8265 §4.2.1: whether a new password can be typed again. Control characters, and those that nobody sees
/// (a byte order mark, a soft hyphen), are not of the FreeformClass.
pub(crate) fn is_typeable(password: &str) -> bool {
    !password.chars().any(|c| c.is_control() || is_ignorable(c))
}

/// Unicode's category Zs but for U+0020.
fn is_foreign_space(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_in_no_new_password() {
        for typed in [
            "\u{feff}krall",
            "kr\u{feff}all",
            "krall\u{ad}",
            "\u{200b}krall",
            "krall\u{fe0f}",
            "kr\tall",
            "\u{2060}",
        ] {
            assert!(!is_typeable(typed), "{typed:?}");
        }
        for typed in [
            "krall",
            "Jack of \u{2666}s",
            "\u{1f468}\u{200d}\u{1f469}",
            "\u{646}\u{200c}\u{627}",
            " \u{3000}",
        ] {
            assert!(is_typeable(typed), "{typed:?}");
        }
    }

    /// RFC 8265 §4.3, table 3 and around it.
    #[test]
    fn spaces_are_mapped_and_characters_composed_and_nothing_else_changes() {
        for (typed, hashed) in [
            ("correct horse battery staple", "correct horse battery staple"),
            ("Correct Horse Battery Staple", "Correct Horse Battery Staple"),
            ("πßå", "πßå"),
            ("Jack of ♦s", "Jack of ♦s"),
            ("foo\u{1680}bar", "foo bar"),
            ("cre\u{300}me", "cr\u{e8}me"),
            ("\u{ff50}\u{fb01} \u{212b}", "\u{ff50}\u{fb01} \u{c5}"),
            ("\u{3000}\u{a0}x ", "  x "),
        ] {
            assert_eq!(opaque(typed), hashed, "{typed:?}");
        }
    }
}

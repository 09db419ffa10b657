//! RFC 8265 §4.2.2: the OpaqueString form of passwords, so that the same input is the same password on every
//! system.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};

/// The form in which a password is hashed: every space is U+0020, and the whole is composed (NFC). Nothing
/// else changes.
pub(crate) fn opaque(typed: &str) -> Cow<'_, str> {
    if !typed.contains(is_foreign_space) && is_nfc(typed) {
        return Cow::Borrowed(typed);
    }
    Cow::Owned(typed.chars().map(|c| if is_foreign_space(c) { ' ' } else { c }).nfc().collect())
}

/// Unicode's category Zs but for U+0020.
fn is_foreign_space(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

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

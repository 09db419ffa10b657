//! UAX #44, Default_Ignorable_Code_Point: whether people see anything of a text.

use icu_properties::CodePointSetData;
use icu_properties::props::DefaultIgnorableCodePoint;

/// Whether a text has a character that is neither a space nor one that nobody sees.
pub fn is_seen(text: &str) -> bool {
    const BLANK: char = '\u{2800}';
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().any(|c| !c.is_whitespace() && !c.is_control() && c != BLANK && !ignorable.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_seen_by_one_character() {
        for seen in ["a", " a ", "\u{200b}é", "名", "🙂", "-"] {
            assert!(is_seen(seen), "{seen:?}");
        }
        for unseen in
            ["", " ", "\u{200b} ", "\u{a0}\u{3000}", "\u{ad}\u{feff}", "\u{3164}", "\u{2800}", "\t\n"]
        {
            assert!(!is_seen(unseen), "{unseen:?}");
        }
    }
}

//! UAX #44, General_Category, Default_Ignorable_Code_Point: whether people see anything of a text.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory as Category};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Whether a text has a letter, a digit, a symbol or punctuation that people see. Spaces and marks are none,
/// nor is what has no meaning of its own (private use) or none yet.
pub fn is_seen(text: &str) -> bool {
    // Drawn as nothing: an empty Braille cell, what stands for an object, a note without its head.
    const BLANK: [char; 3] = ['\u{2800}', '\u{fffc}', '\u{1d159}'];
    const UNSEEN: [Category; 10] = [
        Category::Unassigned,
        Category::Control,
        Category::Format,
        Category::PrivateUse,
        Category::Surrogate,
        Category::NonspacingMark,
        Category::SpacingMark,
        Category::EnclosingMark,
        Category::LineSeparator,
        Category::ParagraphSeparator,
    ];
    let category = |c: char| CodePointMapData::<Category>::new().get(c);
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().any(|c| {
        !c.is_whitespace() && !BLANK.contains(&c) && !ignorable.contains(c) && !UNSEEN.contains(&category(c))
    })
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
        // Variation selectors, fillers, controls of music and shorthand, private use, not assigned.
        for unseen in [
            "\u{fe0f}",
            "\u{e0100}",
            "\u{34f}",
            "\u{17b4}",
            "\u{17b5}",
            "\u{16fe4}",
            "\u{1d159}",
            "\u{1d173}",
            "\u{1bca0}",
            "\u{13437}",
            "\u{e000}",
            "\u{f0000}",
            "\u{378}",
            "\u{301}",
            "\u{fffc}",
            "\u{200d}\u{fe0f}",
        ] {
            assert!(!is_seen(unseen), "{unseen:?}");
        }
    }
}

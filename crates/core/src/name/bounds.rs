//! UAX #15 §3, UTS 39 §5.4: how much there is in a title that anybody may send. What it is compared by grows
//! with its words, and a character can be as much as a sentence: `ﷺ` is four words in compatibility form.

use std::collections::BTreeSet;

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_normalization::UnicodeNormalization as _;

use super::letters::{is_part, unboxed};

/// Characters of its compatibility form, marks by themselves (NFKD).
const CHARACTERS: usize = 300;
/// The same of all titles of an application together.
const CHARACTERS_OF_ALL: usize = 1000;
/// So much can all of them be taken for, each of which stores look up.
pub const LOOKS_OF_ALL: usize = 1000;
/// Words of it.
const WORDS: usize = 24;
/// Marks on one letter: Tibetan has four, and Hebrew with its vowels.
const MARKS: usize = 4;

/// What of a title there is too much of, if it is not to be read at all. It takes no more work than that.
pub fn excess(title: &str) -> Option<String> {
    let (mut characters, mut words, mut marks, mut within) = (0, 0, 0, false);
    for c in title.chars().map(unboxed).nfkd() {
        characters += 1;
        words += usize::from(is_part(c) && !within);
        within = is_part(c);
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MARKS {
            return Some(format!("this has more than {MARKS} marks on one letter"));
        }
        if characters > CHARACTERS || words > WORDS {
            return Some(format!(
                "this has more than {WORDS} words, or {CHARACTERS} characters in compatibility form"
            ));
        }
    }
    None
}

/// Whether there is too much in all titles of an application, of which equal ones are read once.
pub fn is_too_much(titles: &BTreeSet<&str>) -> bool {
    let characters = titles.iter().flat_map(|title| title.chars().map(unboxed).nfkd());
    characters.take(CHARACTERS_OF_ALL + 1).count() > CHARACTERS_OF_ALL
}

fn is_mark(c: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

#[cfg(test)]
mod tests {
    use super::super::{Title, taken_for};
    use super::*;

    const MOST: usize = 100;

    #[test]
    fn what_takes_much_to_compare_is_not_compared() {
        for much in [
            "\u{fdfa}".repeat(98),
            "\u{fdfa}".repeat(9),
            format!("a{}", "\u{301}".repeat(98)),
            format!("a{}", "\u{301}".repeat(5)),
            "\u{37d}\u{20dd}".repeat(3) + &"\u{20dd}".repeat(4),
            "a ".repeat(50),
            "\u{1f1e6} ".repeat(50),
            "\u{3300}".repeat(70),
        ] {
            assert!(excess(&much).is_some(), "{much}");
        }
    }

    #[test]
    fn all_titles_together_have_a_bound_and_equal_ones_count_once() {
        let hangul = |from: u32| (from..).take(MOST).filter_map(char::from_u32).collect::<String>();
        let many: Vec<String> = (0..20).map(|at| hangul(0xac01 + at * 111)).collect();
        let first = |most: usize| many.iter().take(most).map(String::as_str).collect::<BTreeSet<_>>();
        assert!(is_too_much(&first(20)) && is_too_much(&first(4)) && !is_too_much(&first(3)));
        assert!(!is_too_much(&["Meadow Notes"; 20].into()));
        let named: Vec<String> =
            (10..30).map(|at| format!("Meadow Notes for the team of language {at}")).collect();
        assert!(!is_too_much(&named.iter().map(String::as_str).collect()));
    }

    #[test]
    fn what_names_have_is_not_too_much() {
        for name in [
            "Meadow Notes",
            "Visual Studio Code - the editor of your choice, with all that it takes to write what you like (preview)",
            "\u{202b}\u{fdfa}",
            "Vi\u{1ec7}t Nam",
            "\u{f56}\u{f66}\u{f92}\u{fb2}\u{f74}\u{f56}\u{f66}",
            "\u{5e9}\u{5b8}\u{5c1}\u{5dc}\u{5d5}\u{5b9}\u{5dd}",
            "\u{0939}\u{093f}\u{0928}\u{094d}\u{0926}\u{0940}",
            "\u{e40}\u{e02}\u{e49}\u{e32}\u{e2a}\u{e39}\u{e48}",
            "1\u{fe0f}\u{20e3} \u{2764}\u{fe0f}",
            &"\u{6587}".repeat(MOST),
            &"\u{ac01}".repeat(MOST),
        ] {
            assert_eq!(excess(name), None, "{name}");
        }
    }

    /// The most that a name can be taken for, by which stores look it up: it grows with the words, of which
    /// there is a bound.
    #[test]
    fn what_is_allowed_is_compared_by_few_looks() {
        let words =
            ["alpha", "\u{3b2}eta", "\u{1f1e6}x", "\u{24c2}e", "\u{fb03}", "Caf\u{e9}", "m\u{ae}", "VV"];
        let mut most = 0;
        for from in 0..words.len() {
            let mut name = String::new();
            for word in words.iter().cycle().skip(from) {
                let longer = format!("{name}{word} ");
                if longer.chars().count() > MOST || excess(&longer).is_some() {
                    break;
                }
                name = longer;
            }
            let title = Title::of(&name);
            assert!(!title.is_of_sign_in());
            most = most.max(taken_for(&name).len());
        }
        let short = "a ".repeat(WORDS);
        assert_eq!(excess(&short), None);
        most = most.max(taken_for(&short).len());
        assert!(most < 8 * WORDS * 16, "{most}");
    }
}

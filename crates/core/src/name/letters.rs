//! UTS 39 §4, §5.1: letters that people read as plain ones where they only look: compatibility forms, small
//! capitals, those in boxes, and look-alikes beyond the table of Unicode.

use std::collections::BTreeSet;

use icu_properties::props::{Alphabetic, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::appearance;

/// The ways to read a title: with its symbols and without them, as some look like letters, each also in
/// compatibility form (NFKC), as `Ⓜ` is an M, and all of them in lower case too.
pub(super) fn readings(title: &str) -> BTreeSet<String> {
    let bare: String = title.chars().filter(|c| is_part(*c) || c.is_whitespace()).collect();
    let plain = |text: &str| text.chars().map(unboxed).nfkc().collect::<String>();
    let texts = [plain(title), plain(&bare), title.to_owned(), bare];
    let lower = texts.iter().map(|text| text.to_lowercase()).collect::<Vec<_>>();
    texts.into_iter().chain(lower).collect()
}

/// Of a word, marks on its letters included.
pub(super) fn is_part(c: char) -> bool {
    is_letter_or_digit(c) || canonical_combining_class(c) != 0
}

/// The same as `char::is_alphanumeric`, which takes ten times as long for Hangul in parts: it walks through
/// the table up to there.
pub(super) fn is_letter_or_digit(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    let is_usual = GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Number).contains(category);
    let can_be = || GeneralCategoryGroup::Mark.contains(category) || category == GeneralCategory::OtherSymbol;
    is_usual || (can_be() && CodePointSetData::new::<Alphabetic>().contains(c))
}

/// What a text looks like, with plain letters for those that are drawn like them.
pub(super) fn seen(text: &str) -> String {
    appearance(&appearance(text).chars().map(drawn).collect::<String>())
}

/// Letters in dark circles and boxes, and those of flags, which Unicode does not decompose.
pub(super) fn unboxed(c: char) -> char {
    const FIRST: [u32; 3] = [0x1f150, 0x1f170, 0x1f1e6];
    let code = u32::from(c);
    let letter = FIRST.iter().find_map(|first| code.checked_sub(*first).filter(|at| *at < 26));
    letter.and_then(|at| char::from_u32(u32::from('A') + at)).unwrap_or(c)
}

/// Small capitals, and the prototypes of Unicode's table that are no plain letter but read as one. Cyrillic
/// `т` has the prototype `ᴛ`, and `є` has `ꞓ`.
fn drawn(c: char) -> char {
    match c {
        'ᴀ' => 'a',
        'ʙ' | 'ƅ' => 'b',
        'ᴄ' => 'c',
        'ᴅ' => 'd',
        'ᴇ' | 'ꞓ' | 'ǝ' | 'ə' | 'ɘ' | 'є' => 'e',
        'ꜰ' => 'f',
        'ɢ' => 'g',
        'ʜ' => 'h',
        'ɪ' => 'i',
        'ᴊ' => 'j',
        'ᴋ' | 'ĸ' | 'к' | 'κ' => 'k',
        'ʟ' => 'l',
        'ᴍ' | 'ʍ' => 'm',
        'ɴ' | 'ᴎ' => 'n',
        'ᴏ' | 'ʘ' => 'o',
        'ᴘ' => 'p',
        'ꞯ' => 'q',
        'ʀ' | 'ᴙ' => 'r',
        'ꜱ' => 's',
        'ᴛ' => 't',
        'ᴜ' => 'u',
        'ᴠ' => 'v',
        'ᴡ' | 'ω' | 'ɯ' => 'w',
        'χ' => 'x',
        'ʏ' => 'y',
        'ᴢ' => 'z',
        'ɜ' | 'ȝ' => '3',
        other => other,
    }
}

/// UTS 39 §5.1, §5.2: whether a word has letters of several alphabets, as `Mєadow` has. Those of East Asia go
/// with all others.
pub fn mixes_alphabets(title: &str) -> bool {
    title.split(|c: char| !is_part(c)).any(|word| {
        let alphabets: BTreeSet<Script> = word.chars().filter_map(alphabet).collect();
        alphabets.len() > 1
    })
}

fn alphabet(c: char) -> Option<Script> {
    const WITH_ALL: [Script; 8] = [
        Script::Common,
        Script::Inherited,
        Script::Unknown,
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
        Script::Hangul,
        Script::Bopomofo,
    ];
    let script = CodePointMapData::<Script>::new().get(c);
    (!WITH_ALL.contains(&script)).then_some(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_letters_of_one_alphabet() {
        for title in ["Mєadow Notes", "Meadoш", "MEΛDOW", "Ноtes", "ΔLab", "Ꭰapp", "Notes Mеadow"] {
            assert!(mixes_alphabets(title), "{title}");
        }
        for title in [
            "Meadow Notes",
            "Яндекс Maps",
            "IT-школа",
            "Toys Я Us",
            "µTorrent",
            "Zoë's Réservations",
            "iPhone版",
            "LINEノート",
            "카카오Talk",
            "日記帳 2",
            "𝐌𝐞𝐚𝐝𝐨𝐰",
            "Ⓜeadow",
            "",
        ] {
            assert!(!mixes_alphabets(title), "{title}");
        }
    }

    #[test]
    fn letters_are_read_as_what_they_are_drawn_like() {
        for drawn in ["ᴍᴇᴀᴅᴏᴡ", "Mєadow", "Mɛadow", "MEADOW", "meadow", "Mǝadow", "меаdоw"]
        {
            assert_eq!(seen(&drawn.to_lowercase()), seen("meadow"), "{drawn}");
        }
        for drawn in ["Ⓜⓔⓐⓓⓞⓦ", "ᴹᵉᵃᵈᵒʷ", "Ｍｅａｄｏｗ", "𝐌𝐞𝐚𝐝𝐨𝐰", "🅼🅴🅰🅳🅾🆆", "🅜🅔🅐🅓🅞🅦", "🇲🇪🇦🇩🇴🇼"]
        {
            let read: BTreeSet<String> = readings(drawn).iter().map(|text| seen(text)).collect();
            assert!(read.contains(&seen("meadow")), "{drawn}: {read:?}");
        }
    }
}

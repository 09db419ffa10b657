//! RFC 8264 §4.2, §8, §9; RFC 5892 appendix A; RFC 5893 §2; UTS 39 §3, §5: which names a new user can have.

use icu_properties::props::{BidiClass, DefaultIgnorableCodePoint, GeneralCategory, Script};
use icu_properties::script::ScriptWithExtensions;
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::general_security_profile::IdentifierType;
use unicode_security::{GeneralSecurityProfile as _, MixedScript as _};

/// Why a name is not given to a new person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objection {
    /// Characters that are no part of names (RFC 8265), or that read in both directions.
    Characters,
    /// Letters of several scripts, as a Cyrillic one among Latin ones.
    MixedScripts,
    /// Marks that make no other letter and that the script does not need, as a line below a Latin one.
    Marks,
    /// Letters that nobody writes names with, as small capitals.
    Uncommon,
}

impl std::fmt::Display for Objection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Objection::Characters => "it has characters that a user name cannot have",
            Objection::MixedScripts => "it mixes letters of several scripts",
            Objection::Marks => "it has marks that are part of no letter of its script",
            Objection::Uncommon => {
                "it has letters that names are not written with, such as small capitals or phonetic ones"
            }
        })
    }
}

/// What is wrong with a name by itself. Parts between spaces and `@` are judged one by one: an address may be
/// of two scripts.
pub fn objection(name: &str) -> Option<Objection> {
    let canonical = super::canonical(name);
    for part in canonical.split([' ', '@']) {
        if !part.chars().all(is_identifier) || !context(part) || !one_direction(part) {
            return Some(Objection::Characters);
        }
        if !part.is_single_script() {
            return Some(Objection::MixedScripts);
        }
        if !marks(part) {
            return Some(Objection::Marks);
        }
        if part.nfd().any(is_uncommon) {
            return Some(Objection::Uncommon);
        }
    }
    None
}

/// RFC 8264 §9.13: characters that nobody sees, which are in no class of text. Those that join letters depend
/// on what is around them (§9.8), and are taken as they are.
pub fn is_ignorable(c: char) -> bool {
    !matches!(c, '\u{200c}' | '\u{200d}') && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// RFC 8264 §8: the IdentifierClass, with the characters whose context [`context`] judges.
fn is_identifier(c: char) -> bool {
    use GeneralCategory as Category;
    const ALLOWED: &str = "\u{df}\u{3c2}\u{6fd}\u{6fe}\u{f0b}\u{3007}\u{b7}\u{5f3}\u{5f4}\u{30fb}";
    const REFUSED: &str = "\u{640}\u{7fa}\u{302e}\u{302f}\u{3031}\u{3032}\u{3033}\u{3034}\u{3035}\u{303b}";
    if ALLOWED.contains(c) || c.is_ascii_graphic() {
        return true;
    }
    let old_jamo = matches!(c, '\u{1100}'..='\u{11ff}' | '\u{a960}'..='\u{a97c}' | '\u{d7b0}'..='\u{d7fb}');
    let has_compatible = || !std::iter::once(c).nfkc().eq([c]);
    let letter_or_digit = || {
        matches!(
            CodePointMapData::<GeneralCategory>::new().get(c),
            Category::LowercaseLetter
                | Category::UppercaseLetter
                | Category::OtherLetter
                | Category::DecimalNumber
                | Category::ModifierLetter
                | Category::NonspacingMark
                | Category::SpacingMark
        )
    };
    !REFUSED.contains(c)
        && !old_jamo
        && !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        && !has_compatible()
        && letter_or_digit()
}

/// UTS 39 §3.1: letters that identifiers do not have (Restricted), of the scripts in which they are drawn
/// like others, and those of extinct scripts. `ᴅɪᴀɴᴀ` has such letters; `ɗ` is one of Hausa, and allowed.
/// Living scripts keep theirs, such as Syriac and the vowels of Hebrew. Letters with marks are judged without
/// the marks.
fn is_uncommon(c: char) -> bool {
    const CONFUSED: [Script; 4] = [Script::Latin, Script::Greek, Script::Cyrillic, Script::Common];
    let of_many = || CONFUSED.contains(&ScriptWithExtensions::new().get_script_val(c));
    let of_nobody = || c.identifier_type() == Some(IdentifierType::Exclusion);
    !c.is_ascii() && !c.identifier_allowed() && (of_many() || of_nobody())
}

/// UTS 39 §5.4: whether each mark is of the script of its letter. Latin, Greek and Cyrillic letters have none
/// left: NFC has made one letter of those that are in use, and others are drawn over the name of somebody
/// else.
fn marks(part: &str) -> bool {
    const COMPOSED: [Script; 3] = [Script::Latin, Script::Greek, Script::Cyrillic];
    let scripts = ScriptWithExtensions::new();
    let is_mark = |c: char| {
        let category = CodePointMapData::<GeneralCategory>::new().get(c);
        matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark)
    };
    let (mut letter, mut before) = (None, None);
    part.chars().all(|c| {
        let twice = before.replace(c) == Some(c);
        if !is_mark(c) {
            letter = Some(scripts.get_script_val(c));
            return true;
        }
        let own = letter.filter(|script| !COMPOSED.contains(script));
        !twice && own.is_some_and(|script| scripts.has_script(c, script))
    })
}

/// RFC 5892 appendix A.3 to A.9.
fn context(part: &str) -> bool {
    let characters: Vec<char> = part.chars().collect();
    let has = |first: char, last: char| characters.iter().any(|c| (first..=last).contains(c));
    let before = |at: usize| at.checked_sub(1).and_then(|at| characters.get(at)).copied();
    let each = characters.iter().enumerate().all(|(at, c)| match c {
        '\u{b7}' => before(at) == Some('l') && characters.get(at + 1) == Some(&'l'),
        '\u{5f3}' | '\u{5f4}' => before(at).is_some_and(|c| ('\u{591}'..='\u{5f2}').contains(&c)),
        '\u{30fb}' => has('\u{3041}', '\u{30fa}') || has('\u{4e00}', '\u{9fff}'),
        _ => true,
    });
    each && !(has('\u{660}', '\u{669}') && has('\u{6f0}', '\u{6f9}'))
}

/// RFC 5893 §2: what has letters that read from right to left has no others, begins with one, and ends with
/// one or a number.
fn one_direction(part: &str) -> bool {
    type Class = BidiClass;
    let class = |c: char| CodePointMapData::<BidiClass>::new().get(c);
    let classes: Vec<BidiClass> = part.chars().map(class).collect();
    let right = |class: &BidiClass| [Class::RightToLeft, Class::ArabicLetter].contains(class);
    let number = |class: &BidiClass| [Class::EuropeanNumber, Class::ArabicNumber].contains(class);
    if !classes.iter().any(|class| right(class) || *class == Class::ArabicNumber) {
        return true;
    }
    let last = classes.iter().rev().find(|class| **class != Class::NonspacingMark);
    let both = classes.contains(&Class::EuropeanNumber) && classes.contains(&Class::ArabicNumber);
    classes.first().is_some_and(right)
        && last.is_some_and(|class| right(class) || number(class))
        && !classes.contains(&Class::LeftToRight)
        && !both
}

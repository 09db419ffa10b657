//! BCP 47 (RFC 5646 §2.1), OpenID Connect Core §5.2: the tags of languages.

use std::borrow::Cow;

/// RFC 5646 §4.4.1: enough for every tag that is in use.
const LONGEST: usize = 35;

/// Whether it has the form of a language tag: `de`, `pt-BR`, `zh-Hant-TW`.
pub fn is_tag(tag: &str) -> bool {
    let (first, rest) = tag.split_once('-').map_or((tag, None), |(first, rest)| (first, Some(rest)));
    let grown = rest.is_some() && ["i", "x"].iter().any(|single| first.eq_ignore_ascii_case(single));
    let is_language = grown || (2..=8).contains(&first.len());
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    tag.len() <= LONGEST
        && is_language
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && rest.is_none_or(|rest| rest.split('-').all(part))
}

/// A language as many programs write it, after POSIX (`de_AT`, `de_AT.UTF-8@euro`), as a tag (`de-AT`); what
/// is a tag stays as it is.
pub fn tag(written: &str) -> Cow<'_, str> {
    let end = written.bytes().position(|byte| matches!(byte, b'.' | b'@')).unwrap_or(written.len());
    let language = written.get(..end).unwrap_or_default();
    if language.contains('_') { Cow::Owned(language.replace('_', "-")) } else { Cow::Borrowed(language) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_by_its_form() {
        for good in ["de", "deu", "DE-at", "zh-Hant-TW", "de-CH-1996", "x-klingon", "i-lux", "de-x-a"] {
            assert!(is_tag(good), "{good}");
        }
        for bad in ["", "d", "x", "de_AT", "de-", "-de", "de--AT", "d\u{e9}", "12", "de#AT", "de-123456789"] {
            assert!(!is_tag(bad), "{bad}");
        }
        assert!(!is_tag(&format!("de{}", "-abc".repeat(12))));
    }

    #[test]
    fn a_language_of_posix_is_a_tag_too() {
        for (written, expected) in [
            ("de_AT", "de-AT"),
            ("de_AT.UTF-8", "de-AT"),
            ("de@euro", "de"),
            ("zh_Hant_TW", "zh-Hant-TW"),
            ("pt-BR", "pt-BR"),
            ("", ""),
        ] {
            assert_eq!(tag(written), expected, "{written}");
        }
    }
}

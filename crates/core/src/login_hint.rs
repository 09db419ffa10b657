//! OpenID Connect Core §3.1.2.1: `login_hint`, whose scheme can say what kind of name it is: `tel:`, `mail:`,
//! `email:`.
//!
//! A hint is never looked up in the directory: anyone who knows somebody's address could otherwise read their
//! user name off the sign-in page.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is made of hints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoginHints {
    /// Scheme → the `acr` values that such a hint asks for, preferred first.
    pub acrs: BTreeMap<String, Vec<String>>,
    /// What takes the place of the leading 0 of a telephone number, such as `+32`.
    pub default_country_code: Option<String>,
}

impl LoginHints {
    /// The `acr` values that a hint asks for by its scheme.
    pub fn acrs_of(&self, hint: &str) -> &[String] {
        let fits = |scheme: &str| split(hint).is_some_and(|(found, _)| found.eq_ignore_ascii_case(scheme));
        self.acrs.iter().find(|(scheme, _)| fits(scheme)).map_or(&[], |(_, acrs)| acrs)
    }

    /// What the person would type: the hint without its scheme.
    pub fn typed<'a>(&self, hint: &'a str) -> Cow<'a, str> {
        let Some((scheme, rest)) = split(hint) else { return hint.into() };
        if scheme.eq_ignore_ascii_case("mail") || scheme.eq_ignore_ascii_case("email") {
            return rest.into();
        }
        if !scheme.eq_ignore_ascii_case("tel") {
            return hint.into();
        }
        match (rest.strip_prefix('0'), &self.default_country_code) {
            // 00 is how an international number begins, not a national one.
            (Some(national), Some(code)) if !national.starts_with('0') => format!("{code}{national}").into(),
            _ => rest.into(),
        }
    }
}

fn split(hint: &str) -> Option<(&str, &str)> {
    hint.split_once(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hints() -> LoginHints {
        LoginHints {
            acrs: BTreeMap::from([("eid".into(), vec!["urn:eid".into()])]),
            default_country_code: Some("+46".into()),
        }
    }

    #[test]
    fn a_known_scheme_is_not_part_of_the_name() {
        for (hint, typed) in [
            ("diana", "diana"),
            ("", ""),
            ("mail:diana@example.org", "diana@example.org"),
            ("EMAIL:diana@example.org", "diana@example.org"),
            ("tel:+32123456789", "+32123456789"),
            ("tel:0907865000", "+46907865000"),
            ("tel:0032123456789", "0032123456789"),
            ("eid:19121212", "eid:19121212"),
            ("acct:diana@example.org", "acct:diana@example.org"),
        ] {
            assert_eq!(hints().typed(hint), typed, "{hint}");
        }
        assert_eq!(LoginHints::default().typed("tel:0907865000"), "0907865000");
    }

    #[test]
    fn a_scheme_can_ask_for_contexts() {
        assert_eq!(hints().acrs_of("EID:19121212"), ["urn:eid"]);
        for hint in ["eid", "mail:eid:x", "", ":", "diana"] {
            assert!(hints().acrs_of(hint).is_empty(), "{hint}");
        }
    }
}

//! OpenID Connect Core §5.2, BCP 47: a text for users, in several languages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A text by language; under the empty tag it is for all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localised(BTreeMap<String, String>);

impl Localised {
    /// The members `name` and `name#TAG` of a table.
    pub fn of<'a>(name: &str, members: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let tagged = members.into_iter().filter_map(|(member, text)| {
            let tag = match member.strip_prefix(name)? {
                "" => "",
                tagged => tagged.strip_prefix('#')?,
            };
            Some((tag.to_ascii_lowercase(), text.to_owned()))
        });
        Self(tagged.collect())
    }

    /// RFC 4647 §3.4: the text in a language, else in a wider one, else the one for all others.
    pub fn in_language(&self, tag: &str) -> Option<&str> {
        let tag = tag.to_ascii_lowercase();
        let mut range = tag.as_str();
        loop {
            if let Some(text) = self.0.get(range) {
                return Some(text);
            }
            range = match range.rsplit_once('-') {
                Some((wider, _)) => wider,
                None if range.is_empty() => return None,
                None => "",
            };
        }
    }

    /// The text to show on a page in a language, and its own language where that is known to be another one:
    /// English, if there is no text for all.
    pub fn on_page(&self, tag: &str) -> Option<(&str, Option<&'static str>)> {
        const LAST: &str = "en";
        let english = || self.0.get(LAST).map(|text| (text.as_str(), Some(LAST)));
        self.in_language(tag).map(|text| (text, None)).or_else(english)
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_its_text_or_that_of_a_wider_one() {
        let members = [
            ("label", "Staff number"),
            ("label#de", "Personalnummer"),
            ("label#fr-CA", "Matricule"),
            ("labels", "x"),
        ];
        let text = Localised::of("label", members);
        for (tag, expected) in [
            ("de", "Personalnummer"),
            ("de-CH", "Personalnummer"),
            ("DE-ch-1996", "Personalnummer"),
            ("fr-ca", "Matricule"),
            ("fr", "Staff number"),
            ("", "Staff number"),
            ("d", "Staff number"),
        ] {
            assert_eq!(text.in_language(tag), Some(expected), "{tag}");
        }
        let german = Localised::of("label", [("label#de", "Personalnummer")]);
        assert_eq!((german.in_language("de"), german.in_language("en")), (Some("Personalnummer"), None));
        let english = Localised::of("label", [("label#de", "Personalnummer"), ("label#en", "Staff number")]);
        assert_eq!(english.on_page("de"), Some(("Personalnummer", None)));
        assert_eq!(english.on_page("en-GB"), Some(("Staff number", None)));
        assert_eq!(english.on_page("fr"), Some(("Staff number", Some("en"))));
        assert_eq!((text.on_page("fr"), german.on_page("fr")), (Some(("Staff number", None)), None));
        assert!(Localised::default().is_empty() && Localised::default().in_language("de").is_none());
    }
}

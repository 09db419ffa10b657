//! OpenID Connect Core §3.1.2.4, §5.2: the names of consented claims, each for all languages of the claim.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::stem;

/// Names of claims without their languages, sorted, none twice. They are kept as one text, because they are
/// read with every grant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names(String);

impl Names {
    /// Whether the claim is among them, in whatever language.
    pub fn has(&self, name: &str) -> bool {
        let wanted = escaped(stem(name));
        self.words().any(|word| word == wanted)
    }

    /// Whether every one of `other` is among them.
    pub fn cover(&self, other: &Self) -> bool {
        self == other || other.words().all(|wanted| self.words().any(|word| word == wanted))
    }

    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if self.cover(other) {
            return self.clone();
        }
        let mut words: Vec<&str> = self.words().chain(other.words()).collect();
        words.sort_unstable();
        words.dedup();
        Self(words.join(" "))
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.words().map(plain)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }
}

impl<'a> FromIterator<&'a str> for Names {
    fn from_iter<I: IntoIterator<Item = &'a str>>(names: I) -> Self {
        let mut words: Vec<Cow<'_, str>> = Vec::with_capacity(32);
        words.extend(names.into_iter().map(|name| escaped(stem(name))));
        words.sort_unstable();
        words.dedup();
        Self(words.join(" "))
    }
}

/// JSON knows no bounds for names: one may hold the separator, or nothing at all.
fn escaped(name: &str) -> Cow<'_, str> {
    if name.is_empty() {
        Cow::Borrowed("%")
    } else if name.bytes().any(|byte| byte == b' ' || byte == b'%') {
        Cow::Owned(name.replace('%', "%25").replace(' ', "%20"))
    } else {
        Cow::Borrowed(name)
    }
}

fn plain(word: &str) -> Cow<'_, str> {
    if word == "%" {
        Cow::Borrowed("")
    } else if word.contains('%') {
        Cow::Owned(word.replace("%20", " ").replace("%25", "%"))
    } else {
        Cow::Borrowed(word)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(list: &[&str]) -> Names {
        list.iter().copied().collect()
    }

    #[test]
    fn a_claim_is_agreed_to_in_all_its_languages() {
        let agreed = names(&["name#de", "email", "name"]);
        assert_eq!(agreed.iter().collect::<Vec<_>>(), ["email", "name"]);
        assert!(agreed.has("name") && agreed.has("name#fr-CA") && agreed.has("email"));
        assert!(!agreed.has("nam") && !agreed.has("names") && !agreed.has(""));
    }

    #[test]
    fn more_is_not_covered_by_less() {
        let (few, more) = (names(&["email"]), names(&["name", "email"]));
        assert!(more.cover(&few) && more.cover(&more) && more.cover(&Names::default()));
        assert!(!few.cover(&more) && !Names::default().cover(&few));
        assert_eq!(few.and(&names(&["name"])), more);
        assert_eq!(more.and(&few), more);
    }

    proptest! {
        #[test]
        fn whatever_a_claim_is_called_it_is_found_again(list in prop::collection::vec("[a-c %#]{0,4}", 0..8), other in "[a-c %]{0,4}") {
            let kept: Names = list.iter().map(String::as_str).collect();
            let stems: Vec<&str> = list.iter().map(|name| stem(name)).collect();
            prop_assert!(list.iter().all(|name| kept.has(name)));
            prop_assert_eq!(kept.has(&other), stems.contains(&other.as_str()));
            let back: Names = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
            prop_assert!(back.iter().all(|name| stems.contains(&&*name)));
            prop_assert_eq!(back, kept);
        }
    }
}

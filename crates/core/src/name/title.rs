//! UTS 39 §4, §5.4: titles of applications that people take for another's.
//!
//! Unlike the name of a user, a title is only looked at: symbols, spaces, marks and words that anybody may
//! add do not make another one of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::{appearance, forms};

/// Words that say of an application that it is the real one, that people sign in there, or nothing at all.
const EMPTY: &[&str] = &[
    "a",
    "account",
    "accounts",
    "an",
    "app",
    "application",
    "apps",
    "at",
    "authentic",
    "authorised",
    "authorized",
    "by",
    "c",
    "co",
    "copr",
    "copyright",
    "corp",
    "from",
    "genuine",
    "gmbh",
    "help",
    "helpdesk",
    "in",
    "inc",
    "legit",
    "llc",
    "log",
    "login",
    "logon",
    "ltd",
    "official",
    "officiel",
    "offiziell",
    "oficial",
    "online",
    "original",
    "portal",
    "r",
    "real",
    "safe",
    "secure",
    "secured",
    "service",
    "sign",
    "signin",
    "signon",
    "site",
    "support",
    "the",
    "tm",
    "to",
    "trusted",
    "ufficiale",
    "verified",
    "web",
    "website",
    "welcome",
    "with",
];
/// As they look in any case.
static EMPTY_LOOKS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let forms = EMPTY.iter().flat_map(|word| forms(word));
    forms.map(|form| folded(&form)).collect()
});
static YEARS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| (1990..=2099).map(|year| folded(&year.to_string())).collect());
/// So long a word is left out as well where it is written together with others.
const LONG: usize = 8;

/// All that a title looks like, in any case: what nobody else may be taken for.
pub fn looks(title: &str) -> BTreeSet<String> {
    forms(title)
        .iter()
        .flat_map(|form| [folded(form), folded(&letters(form))])
        .filter(|look| !look.is_empty())
        .collect()
}

/// What a new title is taken for: what it looks like as it is written, also without the words that say
/// nothing, and where it says one thing several times, said once.
pub fn taken_for(title: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for text in [title.to_owned(), letters(title)] {
        let whole = folded(&text);
        let words = text.split(|c: char| !is_part(c)).map(folded).filter(|word| !word.is_empty());
        let said: String = words.filter(|word| !says_nothing(word)).collect();
        all.extend([without_affixes(&whole), once(&whole), once(&said), said, whole]);
    }
    all.retain(|look| !look.is_empty());
    all
}

/// Whether a title has one of these in it, as [`looks`] has them, between other words: of the names of hosts,
/// in which no other application has a part.
pub fn speaks_of(title: &str, hosts: &BTreeSet<String>) -> bool {
    let longest = hosts.iter().map(String::len).max().unwrap_or_default();
    let words: Vec<&str> = title.split(|c: char| !is_part(c)).filter(|word| !word.is_empty()).collect();
    let begins_one = |from: usize| {
        let mut run = String::new();
        for word in words.iter().skip(from) {
            run.push_str(word);
            let look = folded(&run);
            if look.len() > longest || hosts.contains(&look) {
                return hosts.contains(&look);
            }
        }
        false
    };
    (0..words.len()).any(begins_one)
}

/// A word that makes no other title, or the year of a copyright.
fn says_nothing(look: &str) -> bool {
    EMPTY_LOOKS.contains(look) || YEARS.contains(look)
}

/// Letters and digits as they look, and nothing between or on them; what has none as it is written.
fn folded(text: &str) -> String {
    let looks = appearance(text);
    let bare: String =
        looks.nfd().filter(|c| canonical_combining_class(*c) == 0 && c.is_alphanumeric()).collect();
    let bare = bare.replace("vv", "w");
    if bare.is_empty() { looks.split_whitespace().collect() } else { bare }
}

/// Without symbols, some of which look like letters.
fn letters(text: &str) -> String {
    text.chars().filter(|c| is_part(*c) || c.is_whitespace()).collect()
}

/// Of a word, marks on its letters included.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || canonical_combining_class(c) != 0
}

fn without_affixes(look: &str) -> String {
    let mut rest = look;
    let long = || EMPTY_LOOKS.iter().filter(|word| word.len() >= LONG);
    let shorter = |text: &'_ str| -> Option<(usize, usize)> {
        long().find_map(|word| match (text.strip_prefix(word.as_str()), text.strip_suffix(word.as_str())) {
            (Some(_), _) => Some((word.len(), text.len())),
            (None, Some(rest)) => Some((0, rest.len())),
            (None, None) => None,
        })
    };
    while let Some((from, to)) = shorter(rest) {
        rest = rest.get(from..to).unwrap_or_default();
    }
    rest.to_owned()
}

fn once(look: &str) -> String {
    let characters: Vec<char> = look.chars().collect();
    let repeats = |length: &usize| {
        characters.len().is_multiple_of(*length)
            && characters.chunks(*length).all(|part| characters.starts_with(part))
    };
    let length = (1..=characters.len() / 2).find(repeats).unwrap_or(characters.len());
    characters.into_iter().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes_for(title: &str, other: &str) -> bool {
        !looks(other).is_disjoint(&taken_for(title))
    }

    #[test]
    fn a_title_is_taken_for_another_whatever_is_around_and_on_its_letters() {
        for title in [
            "Meadow Notes",
            "MEADOW NOTES",
            "Meadow-Notes",
            "MeadowNotes",
            "Meadow\u{a0}Notes",
            "Meadow Notes\u{ae}",
            "Meadow Notes\u{2122}",
            "\u{2714} Meadow Notes",
            "Meadow Notes \u{2705}\u{fe0f}",
            "Meadow Notes (official)",
            "The Official Meadow Notes App",
            "0fficial Meadow Notes",
            "OfficialMeadowNotes",
            "Meadow Notes, Inc.",
            "Meadow Notes - VERIFIED",
            "Sign in to Meadow Notes",
            "Sign in with Meadow Notes",
            "Welcome to Meadow Notes!",
            "Meadow Notes Log-in",
            "Meadow Notes | Account",
            "Meadow Notes Support",
            "Meadow Notes \u{a9} 2026",
            "\u{a9} 1999-2026 Meadow Notes",
            "Copyright (c) 2026 by Meadow Notes Inc.",
            "Meadow Notes \u{24c7}",
            "Meadow Notes Meadow Notes",
            "Meadow Notes. Meadow Notes. Meadow Notes.",
            "Meadovv Notes",
            "MEADOVV NOTES",
            "Meadow No\u{307}tes",
            "Me\u{301}adow N\u{f6}tes",
            "Meado\u{338}w Notes",
            "Me\u{430}dow Notes",
            "Meadow N0tes",
            "MEADOW N\u{39f}TES",
            "\u{ff2d}eadow Notes",
        ] {
            assert!(
                passes_for(title, "Meadow Notes"),
                "{title:?}: {:?} {:?}",
                taken_for(title),
                looks("Meadow Notes")
            );
        }
        assert!(passes_for("bern\u{ae}", "bem") && passes_for("m\u{ae}", "rn") && passes_for("w", "vv"));
        assert!(passes_for("Notes des pr\u{e9}s", "Notes des pres"));
        assert!(passes_for("\u{2603}", "\u{2603}") && passes_for("The App", "The App"));
    }

    #[test]
    fn a_title_has_no_host_of_ours_in_it_whatever_is_around() {
        let hosts: BTreeSet<String> =
            ["op.example", "127.0.0.1", "localhost:8080"].into_iter().flat_map(looks).collect();
        for title in [
            "Sign in at op.example",
            "Sign in at op.example:8443",
            "https://op.example/login",
            "op.example (secure)",
            "OP \u{2024} EXAMPLE accounts",
            "login.op.example",
            "the one and only 0p.ex\u{430}mple",
            "Sign in at 127.0.0.1:8080",
            "Notes (localhost:8080)",
        ] {
            assert!(speaks_of(title, &hosts), "{title}");
        }
        for title in [
            "Shop Example",
            "Example",
            "op",
            "For example",
            "Notes on localhost",
            "8080",
            "My localhost notes",
        ] {
            assert!(!speaks_of(title, &hosts), "{title}");
        }
        assert!(!speaks_of("Notes", &BTreeSet::new()));
    }

    /// What applications are called, beside an operator's usual ones.
    #[test]
    fn ordinary_titles_are_nobody_elses() {
        let operators = ["Meadow Notes", "web", "mobile", "api", "Grafana", "Wiki", "Mail", "Intranet"];
        let hosts: BTreeSet<String> =
            ["login.example.org", "id.example"].into_iter().flat_map(looks).collect();
        for title in [
            "Claude",
            "ChatGPT",
            "Visual Studio Code",
            "Cursor",
            "MCP Inspector",
            "GitHub Copilot",
            "Slack",
            "Nextcloud",
            "Gitea: Git with a cup of tea",
            "Jenkins",
            "Home Assistant",
            "Immich",
            "Paperless-ngx",
            "Vaultwarden",
            "Element",
            "Rocket.Chat",
            "Mattermost Desktop",
            "Thunderbird",
            "K-9 Mail",
            "Outlook for Android",
            "Photo Album",
            "Team Calendar",
            "My Notes",
            "Meadow",
            "Meadow Maps 2026",
            "Web Shop",
            "Mobile Banking",
            "API Explorer",
            "Web Mailer",
            "Wiki.js",
            "WikiPad",
            "Intranet Search",
            "Time Tracker 3",
            "Support Desk",
            "Account Manager",
            "Sign Language Trainer",
            "Example Organizer",
            "Kassenbuch",
            "R\u{e9}servations",
            "\u{65e5}\u{8a18}\u{5e33}",
            "\u{417}\u{430}\u{43c}\u{435}\u{442}\u{43a}\u{438}",
            "Login",
        ] {
            let taken = operators.iter().find(|operators| passes_for(title, operators));
            assert!(taken.is_none() && !speaks_of(title, &hosts), "{title}: {taken:?}");
        }
    }

    #[test]
    fn a_title_of_its_own_is_nobody_elses() {
        for title in
            ["Meadow Walks", "Notes", "Meadow", "Meadow Notes Reader", "Happy Meadow Notes", "\u{2603}"]
        {
            assert!(!passes_for(title, "Meadow Notes"), "{title}");
        }
        for (title, other) in
            [("The App", "Web"), ("\u{2603}", "\u{2604}"), ("app", "the"), ("bob", "bobbob")]
        {
            assert!(!passes_for(title, other), "{title} {other}");
        }
    }
}

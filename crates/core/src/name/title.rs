//! UTS 39 §4, §5.4: titles of applications that people take for another's.
//!
//! Unlike the name of a user, a title is only looked at: symbols, spaces, marks and words that anybody may
//! add do not make another one of it.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::forms;
use super::letters::{is_letter_or_digit, is_part, readings, seen};
use super::sign_in;
use super::words::{says_nothing, without_affixes};

/// So long a name is at least that is found between other words.
const LEAST: usize = 6;
/// So many words are read together at most.
const MOST: usize = 16;
/// Before a name in a set of looks that is found there.
const WITHIN: char = '~';

/// All that a title looks like, in any case: what nobody else may be taken for.
pub fn looks(title: &str) -> BTreeSet<String> {
    forms(title)
        .iter()
        .flat_map(|form| readings(form))
        .map(|text| folded(&text))
        .filter(|look| !look.is_empty())
        .collect()
}

/// What must not be in another title between other words: a name of two words and more that say something. A
/// single word is anybody's: `Mail` is in the names of many applications.
pub fn looks_within(title: &str) -> BTreeSet<String> {
    let mut seen = Seen::default();
    let mut telling =
        |text: &String| words(text, &mut seen).iter().filter(|word| !word.says_nothing).count() > 1;
    forms(title)
        .iter()
        .flat_map(|form| readings(form))
        .filter(|text| telling(text))
        .map(|text| folded(&text))
        .filter(|look| look.len() >= LEAST)
        .map(|look| format!("{WITHIN}{look}"))
        .collect()
}

/// What a new title is taken for; see [`Title::taken_for`].
pub fn taken_for(title: &str) -> BTreeSet<String> {
    Title::of(title).taken_for()
}

/// A new title, read in every way once, as that takes the most work.
#[derive(Debug)]
pub struct Title(Vec<Reading>);

#[derive(Debug, PartialEq)]
struct Reading {
    whole: String,
    words: Vec<Word>,
}

impl Title {
    /// Reads it.
    pub fn of(title: &str) -> Self {
        let (mut all, mut seen) = (Vec::new(), Seen::default());
        for text in readings(title) {
            let reading = Reading { whole: seen.folded(&text), words: words(&text, &mut seen) };
            if !all.contains(&reading) {
                all.push(reading);
            }
        }
        Self(all)
    }

    /// What it is taken for: what it looks like as it is written, also without the words that say nothing,
    /// and where it says one thing several times, said once; and what is in it between other words.
    pub fn taken_for(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for Reading { whole, words } in &self.0 {
            let telling = words.iter().filter(|word| !word.says_nothing);
            let said: String = telling.map(|word| word.look.as_str()).collect();
            runs(words, &mut all);
            all.extend([without_affixes(whole), once(whole), once(&said), said, whole.clone()]);
        }
        all.retain(|look| !look.is_empty());
        all
    }

    /// Whether it has only words that sign-in pages have, and speaks of signing in: those are the provider's
    /// own.
    pub fn is_of_sign_in(&self) -> bool {
        self.0.iter().any(|Reading { words, .. }| {
            let looks: Vec<&str> = words.iter().map(|word| word.look.as_str()).collect();
            let usual = |word: &Word| word.says_nothing || sign_in::is_usual(&word.look);
            words.iter().all(usual) && sign_in::speak_of_it(&looks)
        })
    }

    /// Whether it has one of these in it, as [`looks`] has them, between other words: of the names of hosts,
    /// in which no other application has a part.
    pub fn speaks_of(&self, hosts: &BTreeSet<String>) -> bool {
        let longest = hosts.iter().map(String::len).max().unwrap_or_default();
        let begins_one = |words: &[Word]| {
            let mut run = String::new();
            for word in words {
                run.push_str(&word.look);
                if run.len() > longest || hosts.contains(&run) {
                    return hosts.contains(&run);
                }
            }
            false
        };
        let words = self.0.iter().map(|reading| &reading.words);
        { words }.any(|words| (0..words.len()).filter_map(|from| words.get(from..)).any(begins_one))
    }
}

/// Of a title, as it looks.
#[derive(Debug, PartialEq)]
struct Word {
    look: String,
    says_nothing: bool,
}

fn words(text: &str, seen: &mut Seen) -> Vec<Word> {
    let parts = text.split(|c: char| !is_part(c)).filter(|part| !part.is_empty());
    let looks = parts.map(|part| seen.folded(part)).filter(|look| !look.is_empty());
    looks.map(|look| Word { says_nothing: says_nothing(&look), look }).collect()
}

/// What texts look like that were looked at: a title repeats its words, and often is one word.
#[derive(Default)]
struct Seen(BTreeMap<String, String>);

impl Seen {
    fn folded(&mut self, text: &str) -> String {
        if let Some(look) = self.0.get(text) {
            return look.clone();
        }
        let look = folded(text);
        self.0.insert(text.to_owned(), look.clone());
        look
    }
}

/// Each run of words that says something: as what may be a name between others, and, where all others say
/// nothing, as what the title is taken for.
fn runs(words: &[Word], all: &mut BTreeSet<String>) {
    let telling = |word: &Word| !word.says_nothing;
    let (Some(first), Some(last)) = (words.iter().position(telling), words.iter().rposition(telling)) else {
        return;
    };
    for from in 0..words.len() {
        let mut run = String::new();
        let mut tells = false;
        for (to, word) in words.iter().enumerate().skip(from).take(MOST) {
            run.push_str(&word.look);
            tells |= !word.says_nothing;
            if from <= first && last <= to {
                all.insert(run.clone());
            }
            if tells && run.len() >= LEAST {
                all.insert(format!("{WITHIN}{run}"));
            }
        }
    }
}

/// Letters and digits as they look, and nothing between or on them; what has none as it is written.
pub(super) fn folded(text: &str) -> String {
    let looks = seen(text);
    let bare: String =
        looks.nfd().filter(|c| canonical_combining_class(*c) == 0 && is_letter_or_digit(*c)).collect();
    let bare = bare.replace("vv", "w");
    if bare.is_empty() { looks.split_whitespace().collect() } else { bare }
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
        let of_operator: BTreeSet<String> = looks(other).into_iter().chain(looks_within(other)).collect();
        !of_operator.is_disjoint(&taken_for(title))
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
            "Meadow NOTES",
            "MEADOW N\u{39f}TES",
            "\u{ff2d}eadow Notes",
            // Compatibility forms, small capitals, and one letter of another alphabet.
            "\u{24c2}eadow Notes",
            "\u{24c2}\u{24d4}\u{24d0}\u{24d3}\u{24de}\u{24e6} Notes",
            "\u{1d39}\u{1d49}\u{1d43}\u{1d48}\u{1d52}\u{2b7} Notes",
            "\u{1d40c}\u{1d41e}\u{1d41a}\u{1d41d}\u{1d428}\u{1d430} Notes",
            "\u{1f17c}\u{1f174}\u{1f170}\u{1f173}\u{1f17e}\u{1f186} Notes",
            "\u{1d0d}\u{1d07}\u{1d00}\u{1d05}\u{1d0f}\u{1d21} \u{274}\u{1d0f}\u{1d1b}\u{1d07}s",
            "M\u{454}adow Notes",
            "M\u{25b}adow Notes",
            "Meadow No\u{442}es",
            // In the languages of the pages.
            "Anmelden bei Meadow Notes",
            "Meadow Notes Konto",
            "Ihr Meadow-Notes-Konto",
            "Your Meadow Notes account",
            "Sign in with your Meadow Notes account",
            "Se connecter \u{e0} Meadow Notes",
            "Votre compte Meadow Notes",
            "Inloggen bij Meadow Notes",
            "Mijn Meadow Notes-account",
            "Password reset for MeadowNotes accounts",
            // Among any words, as two words are nobody else's by chance.
            "Meadow Notes Reader",
            "Happy Meadow Notes",
            "The new mea dow notes for everybody",
        ] {
            assert!(
                passes_for(title, "Meadow Notes"),
                "{title:?}: {:?} {:?}",
                taken_for(title),
                looks("Meadow Notes")
            );
        }
        assert!(passes_for("bern\u{ae}", "bem") && passes_for("m\u{ae}", "rn") && passes_for("w", "vv"));
        for title in [
            "Anmelden bei Grafana",
            "Grafana Konto",
            "Your Grafana account",
            "Se connecter \u{e0} Grafana",
            "Mijn Grafana-account",
        ] {
            assert!(passes_for(title, "Grafana"), "{title}");
        }
        assert!(passes_for("Mein Meadow Account", "Meadow Account"));
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
            assert!(Title::of(title).speaks_of(&hosts), "{title}");
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
            assert!(!Title::of(title).speaks_of(&hosts), "{title}");
        }
        assert!(!Title::of("Notes").speaks_of(&BTreeSet::new()));
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
            "Meadowlark Journal",
            "Nextcloud Notes",
            "Grafana Exporter",
            "My App",
            "Test Client",
            "Web App",
            "Die Zeit",
            "Le Monde",
            "Logbook",
            "Accounting",
        ] {
            let taken = operators.iter().find(|operators| passes_for(title, operators));
            assert!(taken.is_none() && !Title::of(title).speaks_of(&hosts), "{title}: {taken:?}");
            assert!(!Title::of(title).is_of_sign_in(), "{title}");
        }
    }

    #[test]
    fn a_title_of_its_own_is_nobody_elses() {
        for title in [
            "Meadow Walks",
            "Notes",
            "Meadow",
            "Meadowlark Journal",
            "Meadowlark Notes",
            "Notes Meadow",
            "Meadow Notesbook",
            "Home adow notes",
            "\u{2603}",
        ] {
            assert!(!passes_for(title, "Meadow Notes"), "{title}");
        }
        for (title, other) in
            [("The App", "Web"), ("\u{2603}", "\u{2604}"), ("app", "the"), ("bob", "bobbob")]
        {
            assert!(!passes_for(title, other), "{title} {other}");
        }
    }
}

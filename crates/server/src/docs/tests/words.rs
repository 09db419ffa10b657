//! Words that pages, log lines, help and error descriptions do not use.

use signet_core::event::KINDS;
use signet_core::rule::RULES;

use super::{files, read};

/// Words over which readers stumble; each has a plainer one. "Holds" is for what contains something, not
/// for "is valid".
const STUMBLES: [&str; 23] = [
    "stands",
    "stand in",
    "stand at",
    "stand there",
    "whoever",
    "beside",
    "told",
    "of use",
    "goes before",
    "hold for",
    "holds for",
    "hold good",
    "holds good",
    "can hold",
    "things hold",
    "tokens hold",
    "secrets hold",
    "consent holds",
    "borne",
    "anew",
    "made up",
    "after each other",
    "whomever",
];

/// Words that nobody types who searches a log: "failed", "timed out", "throttled" and "in flight" say the
/// same.
const UNSEARCHED: [&str; 8] = [
    "came about",
    "broke off",
    "broken off",
    "too long",
    "has to wait",
    "looked after",
    "under way",
    "could not be had",
];

/// Who signs in is a user, in the help as in the documents.
const NOT_OF_HELP: [&str; 3] = ["person", "people", "somebody"];

fn has_words(text: &str, words: &str) -> bool {
    let spaced = |text: &str| {
        let apart = text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
        format!(" {} ", apart.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    spaced(text).contains(&spaced(words))
}

/// A page without names between backticks and without the targets of links; of examples only the
/// comments.
fn prose(page: &str) -> String {
    let mut prose = String::new();
    let mut is_example = false;
    for line in page.lines() {
        is_example ^= line.starts_with("```");
        if is_example {
            let comment = line.split_once("# ").or_else(|| line.split_once("// "));
            prose.push_str(comment.map_or("", |(_, comment)| comment));
        } else {
            let names_left_out = line.split('`').step_by(2).collect::<String>();
            let mut parts = names_left_out.split("](");
            prose.push_str(parts.next().unwrap_or_default());
            parts.for_each(|part| prose.push_str(part.split_once(')').map_or("", |(_, after)| after)));
        }
        prose.push(' ');
    }
    prose
}

#[test]
fn pages_have_no_words_to_stumble_over() {
    for page in ["README.md", "CHANGELOG.md"].map(str::to_owned).into_iter().chain(files("docs", ".md")) {
        let prose = prose(&read(&page));
        for words in STUMBLES {
            assert!(!has_words(&prose, words), "{page} says {words:?}");
        }
    }
}

#[test]
fn log_lines_have_words_that_people_search_for() {
    let mut found = 0;
    for path in ["core", "login", "store", "signet", "server"]
        .iter()
        .flat_map(|c| files(&format!("crates/{c}/src"), ".rs"))
    {
        let text = read(&path);
        let macros = ["error!(", "warn!(", "info!(", "debug!(", "trace!("];
        let lines =
            text.split("tracing::").skip(1).filter(|rest| macros.iter().any(|name| rest.starts_with(name)));
        for line in lines.filter_map(|rest| rest.split_once(");")).map(|(line, _)| line) {
            for said in line.split('"').skip(1).step_by(2) {
                let bad = STUMBLES.iter().chain(&UNSEARCHED).find(|words| has_words(said, words));
                assert_eq!(bad, None, "{path}: {said}");
                found += 1;
            }
        }
    }
    assert!(found > 40, "{found}");
    for kind in KINDS {
        let bad = STUMBLES.iter().chain(&UNSEARCHED).find(|words| has_words(kind.line(), words));
        assert_eq!(bad, None, "{}: {}", kind.name, kind.line());
    }
}

/// The snapshot has the help of every command.
#[test]
fn help_has_no_words_to_stumble_over() {
    let snapshots = files("crates/server/src/cli/tests/snapshots", ".snap");
    let help = snapshots.iter().find(|path| path.contains("every_command_explains_itself")).unwrap();
    for line in read(help).lines() {
        let bad = STUMBLES.iter().chain(&NOT_OF_HELP).find(|words| has_words(line, words));
        assert_eq!(bad, None, "{line}");
    }
}

#[test]
fn error_descriptions_have_no_words_to_stumble_over() {
    let mut found = 0;
    for rule in RULES {
        let bad = STUMBLES.iter().find(|words| has_words(rule.remedy, words));
        assert_eq!(bad, None, "{}: {}", rule.id, rule.remedy);
    }
    for path in files("crates/core/src", ".rs") {
        let text = read(&path);
        // What is said first in a call that makes an error.
        for call in text.split("Error::").skip(1).filter_map(|rest| rest.split_once('(')) {
            let said = call.1.trim_start().trim_start_matches("format!(").trim_start();
            if let Some(said) = said.strip_prefix('"').and_then(|said| said.split('"').next()) {
                let bad = STUMBLES.iter().chain(&NOT_OF_HELP).find(|words| has_words(said, words));
                assert_eq!(bad, None, "{path}: {said}");
                found += 1;
            }
        }
    }
    assert!(found > 60, "{found}");
}

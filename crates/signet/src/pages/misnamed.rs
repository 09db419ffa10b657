//! An operator's texts that no page uses: most often the key is misspelt, so that the page goes on with the
//! text that was to be replaced, and nothing says so.

use std::collections::BTreeMap;
use std::path::Path;

use signet_core::near::nearest;

use super::language::{OwnFile, variables_of_source};
use super::problem::Error;
use crate::place::{self, LONGEST};

/// The texts of these files whose keys are neither built in nor used by a template or text of the operator's.
pub(super) fn doubts<V>(
    files: &[OwnFile],
    known: &BTreeMap<String, V>,
    template_dir: Option<&Path>,
) -> Vec<Error> {
    let templates = templates(template_dir);
    let words: Vec<&str> = templates.split(['"', '\'']).collect();
    let mut doubts = Vec::new();
    for OwnFile { text, path, .. } in files {
        for key in variables_of_source(text).into_keys() {
            // A template may put keys together: t("claim-" ~ name).
            let in_template = |word: &&str| **word == key || word.ends_with('-') && key.starts_with(*word);
            let in_text = |file: &OwnFile| {
                let braces = ["{", "{ "].map(|brace| format!("{brace}{key}"));
                braces.iter().any(|reference| file.text.contains(reference))
            };
            let used = known.contains_key(&key) || words.iter().any(in_template) || files.iter().any(in_text);
            if !used {
                doubts.push(doubt(path, text, &key, known.keys().map(String::as_str)));
            }
        }
    }
    doubts
}

fn doubt<'a>(path: &str, text: &str, key: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let instead = match nearest(key, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("take it out, or use it in a template of your own: {{{{ t(\"{key}\") }}}}"),
    };
    Error::new(path, line_of(text, key), format!("no page has a text `{key}`; {instead}"))
}

/// The line of a message, counted from one.
pub(super) fn line_of(text: &str, key: &str) -> Option<usize> {
    let line = text.lines().position(|line| line.split(['=', ' ']).next() == Some(key));
    line.map(|line| line + 1)
}

/// The operator's templates as one text. They were read before: what cannot be read was said then.
fn templates(template_dir: Option<&Path>) -> String {
    let entries = template_dir.and_then(|folder| std::fs::read_dir(folder).ok());
    let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    let own = paths.filter(|path| path.extension().is_some_and(|extension| extension == "html"));
    own.filter_map(|path| place::text(&path, LONGEST).ok()).collect()
}

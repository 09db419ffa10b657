//! Secrets and passwords, which may be in files of their own.

use signet::program::place::{remedy, text};

use super::Check;
use crate::config::problem::Problem;
use crate::config::tree::{Entry, Node, Value};

/// More than any secret has.
const LONGEST_SECRET: u64 = 64 * 1024;

impl Check<'_> {
    /// A secret, or a table that says whether it is the password or a hash of it.
    pub(super) fn password(&mut self, node: &mut Node) -> bool {
        if let Value::Table(entries) = &mut node.value
            && let [Entry { name, node: said, .. }] = entries.as_mut_slice()
            && ["plain", "hash"].contains(&name.as_str())
        {
            return self.secret(said);
        }
        self.secret(node)
    }

    pub(super) fn secret(&mut self, node: &mut Node) -> bool {
        let advice = "write the text in quotes, or `{ file = \"PATH\" }`";
        if let Some(raw) = node.raw.take() {
            node.value = Value::Text(raw);
        }
        let name = match &node.value {
            Value::Text(text) => {
                self.secrets.written(&node.key, &node.place);
                self.blanks(node, text, "this");
                return true;
            }
            Value::Table(entries) => match entries.as_slice() {
                [Entry { name, node: Node { value: Value::Text(file), .. }, .. }] if name == "file" => file,
                _ => {
                    let what = "a secret's table has one key, `file`, with text";
                    return self.report(node, what, Some(advice.into()));
                }
            },
            other => {
                let what = format!("this must be text, but it is {}", other.kind());
                return self.report(node, what, Some(advice.into()));
            }
        };
        let path = self.base.join(name);
        match text(&path, LONGEST_SECRET) {
            Ok(text) => {
                let text = text.strip_suffix('\n').unwrap_or(&text);
                let text = text.strip_suffix('\r').unwrap_or(text);
                if text.is_empty() {
                    let what = format!("the file {} is empty", path.display());
                    return self.report(node, what, Some("write the secret into it".into()));
                }
                self.blanks(node, text, &format!("the file {}", path.display()));
                node.value = Value::Text(text.to_owned());
                self.secrets.files.push((node.key.clone(), path));
                true
            }
            Err(error) => {
                let what = format!("the file {} cannot be read: {error}", path.display());
                let advice = remedy(&path, &error)
                    .unwrap_or_else(|| "paths are relative to the configuration file".into());
                self.report(node, what, Some(advice))
            }
        }
    }

    /// A blank at the end counts, and nobody sees it.
    fn blanks(&mut self, node: &Node, text: &str, holder: &str) {
        if text.ends_with(char::is_whitespace) {
            let what = format!("{holder} ends in white space, which is part of the secret");
            let advice =
                "leave it out, unless it is meant; of a file one line break at the end does not count";
            let problem =
                Problem::error(node.key.as_str(), node.place.clone(), what).instead(advice).warning();
            self.problems.push(problem);
        }
    }
}

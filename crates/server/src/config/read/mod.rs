//! Text in one of three formats → a tree with places.

mod json;
mod spelled;
mod toml;
mod yaml;

use std::collections::BTreeMap;
use std::path::Path;

pub(super) use self::toml::scalar;
use super::problem::{Place, Problem};
use super::tree::Node;

/// Which format a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.toml`, and every other extension.
    Toml,
    /// `.yaml`, `.yml`.
    Yaml,
    /// `.json`.
    Json,
}

impl Format {
    /// By the extension.
    pub fn of(path: &Path) -> Self {
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("yaml" | "yml") => Format::Yaml,
            Some("json") => Format::Json,
            _ => Format::Toml,
        }
    }

    /// Reads the text; with problems the tree holds what could be read.
    pub(super) fn read(self, text: &str, problems: &mut Vec<Problem>) -> Node {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match self {
            Format::Toml => toml::read(text, problems),
            Format::Yaml => yaml::read(text, problems),
            Format::Json => json::read(text, problems),
        }
    }
}

/// On which line each member of a JSON object is.
pub(crate) fn lines(json: &str) -> BTreeMap<String, usize> {
    let tree = Format::Json.read(json, &mut Vec::new());
    let line = |place: &Place| match place {
        Place::File { line, .. } => Some(*line),
        _ => None,
    };
    tree.entries().iter().filter_map(|entry| Some((entry.name.clone(), line(&entry.place)?))).collect()
}

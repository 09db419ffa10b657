//! Where each key of a configuration was written, for what shows only when the configuration is put to use.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use super::problem::{Place, Problem};
use super::tree::{Node, Step, Value, below};

/// Where each key was written.
#[derive(Clone, Default)]
pub struct Places {
    file: Option<PathBuf>,
    /// A key as Signet reads it → as it was written, and where.
    keys: BTreeMap<String, Written>,
}

#[derive(Clone)]
struct Written {
    key: String,
    place: Place,
    /// Tells one value from another without keeping it; tables and lists that have something in them have none.
    mark: Option<u64>,
}

impl Places {
    /// Of a tree in which everything is where Signet reads it.
    pub(super) fn of(tree: &Node, file: Option<&Path>) -> Self {
        let mut places = Self { file: file.map(Path::to_path_buf), keys: BTreeMap::new() };
        places.walk(tree, String::new());
        places
    }

    /// Keys whose values differ, by their names there.
    pub fn changed(&self, new: &Self) -> Vec<String> {
        let all: BTreeSet<&String> = self.keys.keys().chain(new.keys.keys()).collect();
        let mark = |places: &Self, key: &String| places.keys.get(key).and_then(|written| written.mark);
        all.into_iter().filter(|key| mark(self, key) != mark(new, key)).cloned().collect()
    }

    fn walk(&mut self, node: &Node, key: String) {
        let mut mark = None;
        match &node.value {
            Value::Table(entries) if !entries.is_empty() => {
                for entry in entries {
                    self.walk(&entry.node, below(&key, Step::Key(&entry.name)));
                }
            }
            Value::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, below(&key, Step::Index(index)));
                }
            }
            _ => {
                let mut hasher = DefaultHasher::new();
                node.to_json().to_string().hash(&mut hasher);
                mark = Some(hasher.finish());
            }
        }
        self.keys.insert(key, Written { key: node.key.clone(), place: node.place.clone(), mark });
    }

    /// Something that keeps Signet from starting, at the place where its key was written.
    pub fn problem(&self, key: &str, what: impl Into<String>) -> Problem {
        let (written, place) = match self.keys.get(key) {
            Some(Written { key, place, .. }) => (key.as_str(), place.clone()),
            None => (key, Place::Nowhere),
        };
        let mut problem = Problem::error(written, place, what);
        problem.file.clone_from(&self.file);
        problem
    }
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Places")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Format, Loaded, Source};
    use super::*;

    #[test]
    fn what_changed_is_known_by_its_key() {
        let load = |more: &str| -> Loaded {
            let text = format!("issuer = 'https://op.example'\nproxy.trusted = []\n{more}");
            let source = Source { text: &text, format: Format::Toml, base: Path::new(""), file: None };
            Config::load_text(source, &BTreeMap::new()).unwrap()
        };
        let one = load(
            "listen = '127.0.0.1:1'\n[[clients]]\nclient_id = 'a'\ngrant_types = []\nclient_secret = '0123456789abcdef'",
        );
        let two = load(
            "listen = '127.0.0.1:2'\n[[clients]]\nclient_id = 'a'\ngrant_types = []\nclient_secret = '0123456789abcdeg'\nfapi = false",
        );
        let changed = one.places.changed(&two.places);
        assert_eq!(changed, ["clients[0].client_secret", "clients[0].fapi", "listen"]);
        assert!(one.places.changed(&one.places).is_empty());
        assert_eq!(format!("{:?}", one.places), "Places");
    }
}

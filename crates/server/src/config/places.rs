//! Where each key of a configuration was written, for what shows only when the configuration is put to use.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use super::Format;
use super::problem::{Place, Problem};
use super::tree::{Node, Step, Value, below};

/// Where each key was written.
#[derive(Clone, Default)]
pub struct Places {
    file: Option<PathBuf>,
    /// A key as Signet reads it → as it was written, and where.
    keys: BTreeMap<String, Written>,
    /// Clients and people by their names → a mark of all that is said about them.
    named: BTreeMap<&'static str, BTreeMap<String, u64>>,
}

/// What is different about the clients, or the people, of two configurations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Those that were not there before.
    pub added: Vec<String>,
    /// Those of which something else is said.
    pub changed: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
}

/// Lists whose entries have names, by which they are known wherever they are in the list.
const NAMED: [(&str, &str); 2] = [("clients", "client_id"), ("users", "username")];

#[derive(Clone)]
struct Written {
    key: String,
    place: Place,
    /// Tells one value from another without keeping it; tables and lists that have something in them have
    /// none.
    mark: Option<u64>,
}

impl Places {
    /// Of a tree in which everything is where Signet reads it.
    pub(super) fn of(tree: &Node, file: Option<&Path>) -> Self {
        let mut places =
            Self { file: file.map(Path::to_path_buf), keys: BTreeMap::new(), named: BTreeMap::new() };
        places.walk(tree, String::new());
        for (list, name) in NAMED {
            let Some(Value::List(items)) = tree.get(list).map(|list| &list.value) else { continue };
            let named =
                items.iter().filter_map(|item| Some((item.get(name)?.text()?.to_owned(), mark(item))));
            places.named.insert(list, named.collect());
        }
        places
    }

    /// What is different about `clients` or `users`.
    pub fn difference(&self, new: &Self, list: &str) -> Difference {
        let none = BTreeMap::new();
        let [old, new] = [self, new].map(|places| places.named.get(list).unwrap_or(&none));
        let names = |these: &BTreeMap<String, u64>, keep: &dyn Fn(&String, &u64) -> bool| {
            these.iter().filter(|(name, mark)| keep(name, mark)).map(|(name, _)| name.clone()).collect()
        };
        Difference {
            added: names(new, &|name, _| !old.contains_key(name)),
            changed: names(new, &|name, mark| old.get(name).is_some_and(|before| before != mark)),
            removed: names(old, &|name, _| !new.contains_key(name)),
        }
    }

    /// Keys whose values differ, by their names there; for what clients and people have see
    /// [`Places::difference`].
    pub fn changed(&self, new: &Self) -> Vec<String> {
        let named = |key: &String| {
            NAMED.iter().any(|(list, _)| {
                key.strip_prefix(list).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
            })
        };
        let all = self.keys.keys().chain(new.keys.keys()).filter(|key| !named(key));
        let all: BTreeSet<&String> = all.collect();
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
            _ => mark = Some(self::mark(node)),
        }
        self.keys.insert(key, Written { key: node.key.clone(), place: node.place.clone(), mark });
    }

    /// Advice in the format of the file, with every assignment between backquotes.
    pub fn spelled(&self, advice: &str) -> String {
        let format = self.file.as_deref().map_or(Format::Toml, Format::of);
        format.spelled(advice)
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

/// Tells one value from another without keeping it.
fn mark(node: &Node) -> u64 {
    let mut hasher = DefaultHasher::new();
    node.to_json().to_string().hash(&mut hasher);
    hasher.finish()
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
            "listen = '127.0.0.1:1'\n[[clients]]\nclient_id = 'a'\ngrant_types = []\nclient_secret = '0123456789abcdef'\n\
             [[clients]]\nclient_id = 'b'\ngrant_types = []\nclient_secret = '0123456789abcdef'",
        );
        let two = load(
            "listen = '127.0.0.1:2'\n[[clients]]\nclient_id = 'c'\ngrant_types = []\nclient_secret = '0123456789abcdef'\n\
             [[clients]]\nclient_id = 'a'\ngrant_types = []\nclient_secret = '0123456789abcdeg'\nfapi = false",
        );
        assert_eq!(one.places.changed(&two.places), ["listen"]);
        assert!(one.places.changed(&one.places).is_empty());
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let difference = Difference { added: list(&["c"]), changed: list(&["a"]), removed: list(&["b"]) };
        assert_eq!(one.places.difference(&two.places, "clients"), difference);
        assert_eq!(one.places.difference(&two.places, "users"), Difference::default());
        assert_eq!(two.places.difference(&two.places, "clients"), Difference::default());
        assert_eq!(format!("{:?}", one.places), "Places");
    }
}

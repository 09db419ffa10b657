//! Where each key of a configuration was written, for what shows only when the configuration is put to use.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::problem::{Place, Problem};
use super::tree::{Node, Step, Value, below};

/// Where each key was written.
#[derive(Clone, Default)]
pub struct Places {
    file: Option<PathBuf>,
    /// A key as Signet reads it → as it was written, and where.
    keys: BTreeMap<String, (String, Place)>,
}

impl Places {
    /// Of a tree in which everything is where Signet reads it.
    pub(super) fn of(tree: &Node, file: Option<&Path>) -> Self {
        let mut places = Self { file: file.map(Path::to_path_buf), keys: BTreeMap::new() };
        places.walk(tree, String::new());
        places
    }

    fn walk(&mut self, node: &Node, key: String) {
        match &node.value {
            Value::Table(entries) => {
                for entry in entries {
                    self.walk(&entry.node, below(&key, Step::Key(&entry.name)));
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.walk(item, below(&key, Step::Index(index)));
                }
            }
            _ => {}
        }
        self.keys.insert(key, (node.key.clone(), node.place.clone()));
    }

    /// Something that keeps Signet from starting, at the place where its key was written.
    pub fn problem(&self, key: &str, what: impl Into<String>) -> Problem {
        let (written, place) = match self.keys.get(key) {
            Some((written, place)) => (written.as_str(), place.clone()),
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

//! Which files of `template_dir` changed, for the log: by what their folder says of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Length and time of each file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Templates(BTreeMap<String, (u64, Option<SystemTime>)>);

impl Templates {
    /// Those of a folder.
    pub(super) fn of(folder: Option<&Path>) -> Self {
        const DEEPEST: usize = 4;
        let mut found = BTreeMap::new();
        let Some(root) = folder else { return Self(found) };
        let mut folders: Vec<(PathBuf, usize)> = vec![(root.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                // What a link leads to counts.
                let Ok(facts) = std::fs::metadata(&path) else { continue };
                if facts.is_dir() && depth < DEEPEST {
                    folders.push((path, depth + 1));
                } else if facts.is_file() {
                    let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                    found.insert(name, (facts.len(), facts.modified().ok()));
                }
            }
        }
        Self(found)
    }

    /// Those that are new, others, or gone.
    pub(super) fn changed(&self, new: &Self) -> Vec<String> {
        let mut names: Vec<&String> = self.0.keys().chain(new.0.keys()).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| self.0.get(*name) != new.0.get(*name));
        names.into_iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_that_are_new_others_or_gone_are_named() {
        let root = std::env::temp_dir().join(format!("signet-templates-{}", std::process::id()));
        std::fs::create_dir_all(root.join("locales")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
        write("login.html", "a");
        write("locales/de.ftl", "a");
        write("frame.html", "a");
        let before = Templates::of(Some(&root));
        assert_eq!(before.changed(&Templates::of(Some(&root))), [""; 0]);
        write("login.html", "other");
        write("locales/sv.ftl", "new");
        std::fs::remove_file(root.join("frame.html")).unwrap();
        let after = Templates::of(Some(&root));
        assert_eq!(before.changed(&after), ["frame.html", "locales/sv.ftl", "login.html"]);
        assert_eq!(after.changed(&Templates::of(None)), ["locales/de.ftl", "locales/sv.ftl", "login.html"]);
        std::fs::remove_dir_all(&root).unwrap();
    }
}

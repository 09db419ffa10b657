//! Holds `docs/security.md` to the tests: what it names is there, and what is here it names.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The tests of a file: functions right below a test attribute, by other attributes at most.
fn tests(path: &str) -> BTreeSet<String> {
    let text = read(path);
    let mut found = BTreeSet::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, name)) = line.split_once("fn ").filter(|_| is_test) {
            found.extend(name.split('(').next().map(str::to_owned));
            is_test = false;
        }
    }
    found
}

/// What the page names: `` [`test`](../path/of/its/file.rs) ``.
fn named() -> Vec<(String, String)> {
    let page = read("docs/security.md");
    let links = page.split("[`").skip(1).filter_map(|rest| rest.split_once("`](../"));
    links
        .filter_map(|(name, rest)| Some((name.to_owned(), rest.split(')').next()?.to_owned())))
        .filter(|(_, path)| path.ends_with(".rs"))
        .collect()
}

#[test]
fn every_test_that_the_page_names_exists() {
    let named = named();
    assert!(named.len() > 60, "the page names {} tests", named.len());
    for (name, path) in named {
        assert!(tests(&path).contains(&name), "docs/security.md names {name}, which is no test of {path}");
    }
}

#[test]
fn every_attack_that_is_tried_here_stands_on_the_page() {
    let named: BTreeSet<String> = named().into_iter().map(|(name, _)| name).collect();
    for file in std::fs::read_dir(root().join("crates/signet/tests/it/rfc9700")).unwrap() {
        let path = format!("crates/signet/tests/it/rfc9700/{}", file.unwrap().file_name().to_str().unwrap());
        let untold: Vec<String> = tests(&path).difference(&named).cloned().collect();
        assert!(
            untold.is_empty() || path.ends_with("/page.rs"),
            "docs/security.md does not name {untold:?} of {path}"
        );
    }
}

#[test]
fn no_section_of_the_specification_is_left_out() {
    let page = read("docs/security.md");
    let sections = ["2.1", "2.1.1", "2.1.2", "2.2.1", "2.2.2", "2.3", "2.4", "2.5", "2.6"].map(str::to_owned);
    for section in sections.into_iter().chain((1..=17).map(|n| format!("4.{n}"))) {
        assert!(page.contains(&format!("\n| §{section} ")), "docs/security.md says nothing of §{section}");
    }
}

//! What pages list and name is what there is.

mod generated;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use signet_core::error::ErrorCode;

use crate::config::{Config, Format, Source};
use crate::run::tests::without_proxy;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Files below a folder of the repository, as paths from its root.
fn files(folder: &str, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path, extension));
        } else if path.ends_with(extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The cells of a page's table rows.
fn rows(page: &str) -> Vec<Vec<String>> {
    let lines = page.lines().filter(|line| line.starts_with('|'));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn every_error_code_is_explained_with_its_status() {
    let page = read("docs/errors.md");
    let explained: BTreeSet<(String, String)> = rows(&page)
        .into_iter()
        .filter(|cells| cells.len() == 4 && cells[0].starts_with('`'))
        .map(|cells| (cells[0].trim_matches('`').to_owned(), cells[1].clone()))
        .collect();
    let there: BTreeSet<(String, String)> =
        ErrorCode::all().map(|code| (code.as_str().to_owned(), code.status().to_string())).collect();
    assert_eq!(explained, there);
}

#[test]
fn every_dependency_has_its_reason() {
    let architecture = read("ARCHITECTURE.md");
    let section = architecture.split("\n## 9.").nth(1).unwrap();
    let reasoned: BTreeSet<String> = rows(section)
        .into_iter()
        .flat_map(|cells| cells[0].split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .filter(|name| name != "crate")
        .collect();
    let mut used = BTreeSet::new();
    for krate in ["core", "jose", "store", "login", "certify", "signet", "server"] {
        let manifest = read(&format!("crates/{krate}/Cargo.toml"));
        let sections = manifest.split("\n[").filter(|section| section.contains("dependencies]"));
        let lines =
            sections.flat_map(|section| section.lines().skip(1)).filter(|line| !line.starts_with('#'));
        let names =
            lines.filter_map(|line| line.split([' ', '.', '=']).next()).filter(|name| !name.is_empty());
        used.extend(names.filter(|name| !name.starts_with("signet")).map(str::to_owned));
    }
    let unreasoned: Vec<_> = used.difference(&reasoned).collect();
    assert!(unreasoned.is_empty(), "ARCHITECTURE.md §9 does not say why there is {unreasoned:?}");
    let unused: Vec<_> = reasoned.difference(&used).collect();
    assert!(unused.is_empty(), "ARCHITECTURE.md §9 gives reasons for {unused:?}, which no Cargo.toml names");
}

/// Pages that people read.
fn pages() -> Vec<String> {
    let at_root = ["README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG"];
    at_root.iter().map(|name| format!("{name}.md")).chain(files("docs", ".md")).collect()
}

#[test]
fn links_between_pages_and_files_lead_somewhere() {
    for page in pages() {
        let text = read(&page);
        let folder = root().join(&page).parent().unwrap().to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let outside = target.is_empty() || target.contains("://");
            assert!(outside || folder.join(target).exists(), "{page} links to {target}");
        }
    }
}

/// Files that examples name hold what a key-encryption key or a secret may be.
#[test]
fn examples_of_configurations_load() {
    let folder = std::env::temp_dir().join(format!("signet-docs-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut tried = 0;
    for page in pages() {
        for example in read(&page).split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()) {
            let has_issuer = example.lines().any(|line| line.starts_with("issuer"));
            let text = if has_issuer { String::new() } else { "issuer = 'https://op.example'\n".to_owned() };
            let text = text + example;
            for file in text.split("{ file = \"").skip(1).filter_map(|rest| rest.split('"').next()) {
                std::fs::write(folder.join(file), "0123456789abcdef".repeat(4)).unwrap();
            }
            let source = Source { text: &text, format: Format::Toml, base: &folder, file: None };
            let variables = if has_issuer { BTreeMap::new() } else { without_proxy(&text) };
            if let Err(problems) = Config::load_text(source, &variables) {
                panic!("{page}: {}\n{text}", problems[0]);
            }
            tried += 1;
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(tried > 8, "{tried}");
}

#[test]
fn the_proxy_in_the_book_has_room_for_the_longest_address() {
    let page = read("docs/serving.md");
    let after = |word: &str| -> usize {
        let number = page.split_once(word).unwrap().1;
        number.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    let longest = after("URLs contain the pending request: up to ");
    assert_eq!(longest * 1024, signet_core::params::LONGEST_QUERY);
    // Room for the rest of the address, and for the other headers.
    for buffer in ["large_client_header_buffers 4 ", "proxy_buffer_size ", "proxy_buffers 8 "] {
        assert!(after(buffer) >= longest + 4, "{buffer}");
    }
}

#[test]
fn the_book_lists_all_its_pages() {
    let summary = read("docs/SUMMARY.md");
    for page in files("docs", ".md") {
        let name = page.trim_start_matches("docs/");
        assert!(name == "SUMMARY.md" || summary.contains(&format!("]({name})")), "SUMMARY.md lacks {name}");
    }
}

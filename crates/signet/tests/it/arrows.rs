//! ARCHITECTURE, "Crates": which way things may depend; and house rule 8: time and chance are parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Each crate of ours and those of ours that it may use.
const CRATES: &[(&str, &[&str])] = &[
    ("signet-json", &[]),
    ("signet-core", &["signet-json"]),
    ("signet-jose", &["signet-json"]),
    ("signet-store", &["signet-core"]),
    ("signet-login", &["signet-core"]),
    ("signet-certify", &["signet-jose"]),
    (
        "signet",
        &["signet-json", "signet-core", "signet-jose", "signet-store", "signet-login", "signet-certify"],
    ),
    (
        "signet-server",
        &[
            "signet",
            "signet-json",
            "signet-core",
            "signet-jose",
            "signet-store",
            "signet-login",
            "signet-certify",
        ],
    ),
];

/// Modules, each with those that it may use.
type Modules = &'static [(&'static str, &'static [&'static str])];

/// The library: `web, admin → engine → ports`; `pages` is for `web`, and loaded by `provider`; `web` is for
/// those who serve it. `web::metrics` counts as a module of its own: a port that the engine counts by and the
/// server shows.
const LIBRARY: Modules = &[
    ("clock", &[]),
    ("rates", &[]),
    ("journal", &["rates"]),
    ("turns", &[]),
    ("pool", &["rates"]),
    ("at_rest", &[]),
    ("place", &[]),
    ("network", &[]),
    ("known", &[]),
    ("names", &[]),
    ("routes", &["pages"]),
    ("keys", &["at_rest", "place"]),
    ("secrets", &["at_rest", "keys"]),
    ("pages", &["place"]),
    ("metrics", &["clock", "routes"]),
    ("outbound", &["clock", "network", "place", "rates"]),
    ("outbox", &["outbound"]),
    (
        "provider",
        &[
            "at_rest", "clock", "journal", "keys", "known", "metrics", "names", "outbound", "outbox",
            "pages", "pool", "rates", "routes", "secrets", "turns",
        ],
    ),
    ("engine", &["metrics", "pool", "provider", "rates", "turns"]),
    ("web", &["at_rest", "clock", "engine", "metrics", "network", "pages", "provider", "routes"]),
    ("admin", &["at_rest", "engine", "keys", "names", "provider", "secrets"]),
    ("background", &["engine", "provider"]),
    ("serve", &["background", "clock", "engine", "metrics", "network", "place", "provider", "routes", "web"]),
];

/// The program around it.
const PROGRAM: Modules = &[
    ("config", &[]),
    ("log", &["config"]),
    ("run", &["config", "log"]),
    ("demo", &["config", "log"]),
    ("cli", &["config", "demo", "log", "run"]),
];

const METRICS: &str = "web/metrics.rs";

fn metadata() -> Value {
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output =
        Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn crates_depend_inwards_only() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<&str> = CRATES.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = packages.iter().map(|package| package["name"].as_str().unwrap()).collect();
    assert_eq!(found, ours);
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let allowed = CRATES.iter().find(|(known, _)| *known == name).unwrap().1;
        for dependency in package["dependencies"].as_array().unwrap() {
            let dependency = dependency["name"].as_str().unwrap();
            assert!(!ours.contains(dependency) || allowed.contains(&dependency), "{name} → {dependency}");
        }
    }
}

/// An application that embeds the library compiles no more than this, ours among them.
#[test]
fn the_library_alone_has_few_dependencies() {
    const MOST: usize = 140;
    let arguments =
        ["tree", "-p", "signet", "--no-default-features", "-e", "normal", "--prefix", "none", "--offline"];
    let output =
        Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(" (").next()).collect();
    assert!((100..=MOST).contains(&crates.len()), "{}", crates.len());
}

/// The core cannot wait, listen, look at the clock or draw lots: it has nothing to do that with.
#[test]
fn the_core_has_no_way_out() {
    const WAYS_OUT: &[&str] = &[
        "tokio",
        "axum",
        "hyper",
        "reqwest",
        "rusqlite",
        "rand",
        "getrandom",
        "chrono",
        "time",
        "aws-lc-rs",
    ];
    let metadata = metadata();
    let core = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|package| package["name"] == "signet-core")
        .unwrap();
    for dependency in core["dependencies"].as_array().unwrap() {
        let is_test = dependency["kind"] == "dev";
        assert!(
            is_test || !WAYS_OUT.contains(&dependency["name"].as_str().unwrap()),
            "{}",
            dependency["name"]
        );
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // What tests name is theirs.
            let tests = path.ends_with("tests");
            found.extend(if tests { Vec::new() } else { sources(&path) });
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A file's code: no tests, no comments.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The modules of this crate's root that a file names, by `crate::` or by enough `super::`.
fn named(code: &str, depth: usize) -> BTreeSet<String> {
    let mut starts = vec!["crate::".to_owned()];
    // In `a/b.rs` two steps up are the root.
    starts.push("super::".repeat(depth));
    let mut found = BTreeSet::new();
    for start in starts {
        for (at, _) in code.match_indices(&start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let rest = &code[at + start.len()..];
            let names = match rest.strip_prefix('{') {
                Some(group) => group.split('}').next().unwrap().split(',').map(str::trim).collect(),
                None => vec![rest],
            };
            for name in names {
                let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn modules_of_the_shell_depend_inwards_only() {
    for (folder, modules) in [("signet", LIBRARY), ("server", PROGRAM)] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src");
        let mut wrong = Vec::new();
        for ((from, to), file) in arrows(&root) {
            let Some((_, allowed)) = modules.iter().find(|(known, _)| *known == from) else {
                panic!("{file}: the module {from} is not in the table of this test");
            };
            if !allowed.contains(&to.as_str()) {
                wrong.push(format!("{from} → {to} in {file}"));
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
        // A module that is gone is taken out of the table.
        let exists = |from: &str| {
            from == "metrics" || root.join(from).is_dir() || root.join(format!("{from}.rs")).is_file()
        };
        for (from, _) in modules {
            assert!(exists(from), "{from}");
        }
    }
}

/// Every file is a module: what is empty, or named by none, would be read and searched for nothing.
#[test]
fn every_file_of_the_sources_is_a_module() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seen = 0;
    for entry in std::fs::read_dir(&crates).unwrap() {
        let root = entry.unwrap().path().join("src");
        for path in every(&root) {
            seen += 1;
            assert!(std::fs::metadata(&path).unwrap().len() > 0, "{} is empty", path.display());
            let is_root = ["lib.rs", "main.rs"].iter().any(|name| path == root.join(name));
            assert!(is_root || is_named(&root, &path), "{} is no module", path.display());
        }
    }
    assert!(seen > 400, "{seen}");
}

/// The files of a folder and of those in it, tests and all.
fn every(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let own = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    own.chain(folders.iter().flat_map(|folder| every(folder))).collect()
}

/// Whether the module above has a `mod` for a file, or a table of which a macro makes them.
fn is_named(root: &Path, path: &Path) -> bool {
    let is_folder = path.ends_with("mod.rs");
    let module = if is_folder { path.parent().unwrap().to_owned() } else { path.with_extension("") };
    let (name, above) = (module.file_name().unwrap().to_str().unwrap(), module.parent().unwrap());
    let above = if above == root {
        vec![root.join("lib.rs"), root.join("main.rs")]
    } else {
        vec![above.join("mod.rs"), above.with_extension("rs")]
    };
    above.iter().filter_map(|above| std::fs::read_to_string(above).ok()).any(|text| {
        let words =
            |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
        text.contains(&format!("mod {name};")) || text.contains("mod $") && text.lines().any(words)
    })
}

/// Which module of a crate uses which, and in which file.
fn arrows(root: &Path) -> BTreeMap<(String, String), String> {
    let roots_of_lib = ["Provider", "Builder", "BuildError", "LoginOptions", "StaticUser", "OutboundOptions"];
    let mut arrows = BTreeMap::new();
    for path in sources(root) {
        let inside = path.strip_prefix(root).unwrap();
        let parts: Vec<&str> = inside.iter().map(|part| part.to_str().unwrap()).collect();
        let module = if inside == Path::new(METRICS) { "metrics" } else { parts[0].trim_end_matches(".rs") }
            .to_owned();
        if ["lib", "main", "docs", "documents"].contains(&module.as_str()) {
            continue;
        }
        let depth = if parts.last() == Some(&"mod.rs") { parts.len() - 1 } else { parts.len() };
        for target in named(&code(&path).replace("crate::web::metrics", "crate::metrics"), depth) {
            let target = if roots_of_lib.contains(&target.as_str()) { "provider".to_owned() } else { target };
            if target != module {
                arrows.insert((module.clone(), target), inside.display().to_string());
            }
        }
    }
    arrows
}

/// The rooms of the core are its folders and the files next to them. Whatever a room uses lies below it, so
/// that each can be read, and changed, without what is above.
#[test]
fn the_rooms_of_the_core_have_no_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src");
    let room = |path: &Path| {
        let first = path.strip_prefix(&root).unwrap().iter().next().unwrap().to_str().unwrap().to_owned();
        first.trim_end_matches(".rs").to_owned()
    };
    let files: Vec<PathBuf> = sources(&root).into_iter().filter(|path| !path.ends_with("lib.rs")).collect();
    let mut uses: BTreeMap<String, BTreeSet<String>> =
        files.iter().map(|path| (room(path), BTreeSet::new())).collect();
    uses.remove("testing");
    let rooms: BTreeSet<String> = uses.keys().cloned().collect();
    for path in &files {
        let depth = path.strip_prefix(&root).unwrap().iter().count();
        let depth = if path.ends_with("mod.rs") { depth - 1 } else { depth };
        if let Some(found) = uses.get_mut(&room(path)) {
            found.extend(named(&code(path), depth).intersection(&rooms).cloned());
        }
    }
    for (room, used) in &mut uses {
        used.remove(room);
    }
    assert!(uses["endpoint"].contains("grant") && uses["grant"].contains("token"), "the test sees nothing");
    // From the ground up: each round takes away the rooms that need none of the rest.
    loop {
        let free: BTreeSet<String> =
            uses.iter().filter(|(_, used)| used.is_empty()).map(|(room, _)| room.clone()).collect();
        if free.is_empty() {
            break;
        }
        uses.retain(|room, _| !free.contains(room));
        for used in uses.values_mut() {
            used.retain(|room| !free.contains(room));
        }
    }
    assert_eq!(uses, BTreeMap::new(), "these rooms lean on each other");
}

#[test]
fn only_one_file_reads_the_clock_and_one_folder_draws_lots() {
    const SIGNS: &[&str] = &[
        "SystemTime::now",
        "getrandom::",
        "OsRng",
        "thread_rng",
        "rand::",
        "SystemRandom",
        "UNIX_EPOCH",
        "RandomState",
    ];
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let allowed = [crates.join("signet/src/clock.rs"), crates.join("jose/src/backend")];
    let mut seen = 0;
    for name in ["core", "jose", "store", "login", "certify", "signet", "server"] {
        for path in sources(&crates.join(name).join("src")) {
            let text = code(&path);
            let found: Vec<&&str> = SIGNS.iter().filter(|sign| text.contains(**sign)).collect();
            if allowed.iter().any(|allowed| path.starts_with(allowed)) {
                seen += found.len();
            } else {
                assert!(found.is_empty(), "{}: {found:?}", path.display());
            }
        }
    }
    assert!(seen >= 2, "the test does not see what it looks for");
}

/// What has to happen when a sign-in ends happens in one place; and whether it lasts, or what a person agreed
/// to does, is judged by its record.
#[test]
fn sign_ins_end_in_one_file_and_records_judge_themselves() {
    const ENDS: &[&str] = &["Change::EndSession(", "Change::EndUser {", "Change::DeleteUser("];
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut ends, mut judges) = (BTreeSet::new(), BTreeSet::new());
    for name in ["core", "login", "signet", "server"] {
        for path in sources(&crates.join(name).join("src")) {
            let text = code(&path);
            let file = path.strip_prefix(&crates).unwrap().display().to_string();
            let is_judge = |line: &str| {
                let judged = ["session.", "consent."].map(|of| format!("{of}expires_at.expired_at"));
                judged.iter().any(|judged| line.contains(judged.as_str()))
            };
            if ENDS.iter().any(|end| text.contains(end)) {
                ends.insert(file.clone());
            }
            if text.lines().any(is_judge) {
                judges.insert(file);
            }
        }
    }
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["core/src/logout.rs"]);
    assert_eq!(judges.into_iter().collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn names_are_read_from_code() {
    let found = |code: &str, depth| named(code, depth).into_iter().collect::<Vec<_>>();
    assert_eq!(found("use crate::web::cors; crate::keys::x()", 2), ["keys", "web"]);
    assert_eq!(found("use crate::{engine, pages::Pages};", 2), ["engine", "pages"]);
    assert_eq!(found("use super::super::web::x; use super::own;", 2), ["web"]);
    assert_eq!(found("use super::web;", 1), ["web"]);
    assert_eq!(found("pub(crate) fn x() -> signet_core::claims::Y {}", 2), Vec::<String>::new());
}

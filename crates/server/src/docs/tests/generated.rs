//! `docs/specs.md`, `docs/rules.md` and the table of `docs/events.md`, made of the tables.

use std::fmt::Write as _;

use signet_core::check::CHECKS;
use signet_core::client_auth::METHODS;
use signet_core::endpoint::{ENDPOINTS, webfinger};
use signet_core::event::{self, Holds, Kept};
use signet_core::grant::GRANTS;
use signet_core::prompt::PROMPTS;
use signet_core::response_mode::RESPONSE_MODES;
use signet_core::response_type::RESPONSE_TYPES;
use signet_core::rule::RULES;
use signet_core::token::protect::KINDS;

use super::{files, read, root};

const INTRODUCTION: &str = "\
# Specifications

This page is generated from tables in the code (`UPDATE_DOCS=1 cargo test -p signet-server docs`), and so is the metadata. Anything that is not
listed here is not implemented.
";

/// The file of a table's entry: named after it, or saying its name; or the table's own file.
fn file_of(folder: &str, name: &str) -> String {
    let folder = format!("crates/core/src/{folder}");
    for file in [format!("{folder}/{name}.rs"), format!("{folder}.rs")] {
        if root().join(&file).exists() {
            return file;
        }
    }
    let says = |path: &&String| read(path).contains(&format!("\"{name}\""));
    files(&folder, ".rs")
        .iter()
        .find(says)
        .unwrap_or_else(|| panic!("{name} has no file in {folder}"))
        .clone()
}

/// The citation with which a file begins, and the rest of that sentence.
fn citation(path: &str) -> Option<(String, String)> {
    let text = read(path);
    let paragraph: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//! ")).collect();
    let paragraph = paragraph.join(" ");
    let (cited, meaning) = paragraph.split(". ").next()?.split_once(": ")?;
    let is_citation = cited.contains('§') || cited.starts_with("RFC ");
    is_citation.then(|| (cited.to_owned(), meaning.trim_end_matches(['.', ':']).to_owned()))
}

fn link(path: &str) -> String {
    let short = path.trim_start_matches("crates/").replace("/src/", "/").replace("core/", "");
    format!("[{short}](../{path})")
}

fn table<'a>(
    out: &mut String,
    title: &str,
    folder: &str,
    rows: impl IntoIterator<Item = (&'a str, &'a str)>,
) {
    let _ = write!(out, "\n## {title}\n\n| name | specification | file |\n|---|---|---|\n");
    for (name, spec) in rows {
        let _ = writeln!(out, "| `{name}` | {spec} | {} |", link(&file_of(folder, name)));
    }
}

fn specs() -> String {
    let mut out = String::from(INTRODUCTION);
    out.push_str("\n## Endpoints\n\n| name | default path | specification | file |\n|---|---|---|---|\n");
    for endpoint in ENDPOINTS {
        let (name, path, file) = (endpoint.name(), endpoint.path(), file_of("endpoint", endpoint.name()));
        let _ = writeln!(out, "| {name} | `{path}` | {} | {} |", endpoint.spec(), link(&file));
    }
    const DISCOVERY: &str = "OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3";
    for (name, path, spec, file) in [
        ("webfinger", webfinger::PATH, webfinger::SPEC, "crates/core/src/endpoint/webfinger.rs"),
        ("discovery", "/.well-known/openid-configuration", DISCOVERY, "crates/core/src/discovery.rs"),
        ("discovery", "/.well-known/oauth-authorization-server", DISCOVERY, "crates/core/src/discovery.rs"),
    ] {
        let _ = writeln!(out, "| {name} | `{path}` | {spec} | {} |", link(file));
    }
    table(&mut out, "Grant types", "grant", GRANTS.iter().map(|g| (g.name(), g.rule().spec)));
    table(
        &mut out,
        "Client authentication",
        "client_auth",
        METHODS.iter().map(|m| (m.name(), m.rule().spec)),
    );
    table(&mut out, "Response types", "response_type", RESPONSE_TYPES.iter().map(|t| (t.name, t.spec)));
    table(&mut out, "Response modes", "response_mode", RESPONSE_MODES.iter().map(|m| (m.name, m.spec)));
    table(
        &mut out,
        "Checks of an authorization request, in their order",
        "check",
        CHECKS.iter().map(|check| (check.name, check.rule.spec)),
    );
    let kinds = KINDS.iter().map(|kind| (kind.name, kind.spec));
    table(&mut out, "Signed and encrypted responses", "token", kinds);
    let prompts = PROMPTS.iter().map(|(name, prompt)| (*name, prompt.spec()));
    table(&mut out, "Values of `prompt`", "prompt", prompts);
    out.push_str(
        "\n## Every citation\n\nThe first line of each protocol file cites the specification that it implements.\n\n| specification | what | file |\n|---|---|---|\n",
    );
    for path in ["core", "jose", "login", "signet", "server"]
        .iter()
        .flat_map(|c| files(&format!("crates/{c}/src"), ".rs"))
    {
        if let Some((cited, meaning)) = citation(&path) {
            let _ = writeln!(out, "| {cited} | {} | {} |", meaning.replace('|', "\\|"), link(&path));
        }
    }
    out
}

#[test]
fn specs_are_current() {
    let path = root().join("docs/specs.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, specs()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == specs(), "docs/specs.md is behind: UPDATE_DOCS=1 cargo test -p signet-server docs");
}

const RULES_PAGE: &str = "\
# Rules

Every rejected request is rejected by a rule. The log names it as `rule`, and an error page as `data-rule` on `<main>`. The error's
description says what was wrong with the request; this page says what to change in general. The table is generated from the code
(`UPDATE_DOCS=1 cargo test -p signet-server docs`).

| rule | specification | what to change |
|---|---|---|
";

#[test]
fn rules_are_current() {
    let rows = RULES.iter().map(|rule| format!("| `{}` | {} | {} |\n", rule.id, rule.spec, rule.remedy));
    let page: String = std::iter::once(RULES_PAGE.to_owned()).chain(rows).collect();
    let path = root().join("docs/rules.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "docs/rules.md is behind: UPDATE_DOCS=1 cargo test -p signet-server docs");
}

/// The head of the table in `docs/events.md`.
const EVENTS: &str = "| kind | severity | kept | what happened | `detail` |\n|---|---|---|---|---|\n";

#[test]
fn kinds_of_events_are_current() {
    let kept = |kept| match kept {
        Kept::Always => "",
        Kept::Ordinary => "ordinary",
        Kept::Bounded => "bounded",
        Kept::Routine => "routine",
        Kept::Never => "log only",
    };
    let member = |member: &event::Member| {
        let holds = match member.holds {
            Holds::Text => "text",
            Holds::Ids => "ids",
            Holds::Number => "number",
            Holds::Flag => "true or false",
        };
        format!("`{}` ({holds}): {}", member.name, member.doc)
    };
    let row = |kind: &event::Kind| {
        let severity = kind.severity.as_str();
        let members = kind.members.iter().filter(|member| !member.log_only);
        let members: Vec<String> = members.map(member).collect();
        let members = members.join("<br>");
        format!("| `{}` | {severity} | {} | {} | {members} |\n", kind.name, kept(kind.kept), kind.doc)
    };
    let path = root().join("docs/events.md");
    let committed = std::fs::read_to_string(&path).unwrap();
    let (prose, _) = committed.split_once(EVENTS).unwrap();
    let page: String = [prose.to_owned(), EVENTS.to_owned()]
        .into_iter()
        .chain(event::KINDS.iter().map(|kind| row(kind)))
        .collect();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(committed == page, "docs/events.md is behind: UPDATE_DOCS=1 cargo test -p signet-server docs");
}

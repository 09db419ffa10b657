//! Holds the documents to the code: `docs/specs.md` is made here, and what other pages list is compared with
//! what there is. `UPDATE_DOCS=1 cargo test -p signet docs` writes the generated pages anew.

/// The examples of README and the book are compiled and run as tests.
#[cfg(doctest)]
mod examples {
    #[doc = include_str!("../../../README.md")]
    mod readme {}
    #[doc = include_str!("../../../docs/embedding.md")]
    mod embedding {}
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fmt::Write as _;
    use std::path::{Path, PathBuf};

    use signet_core::check::CHECKS;
    use signet_core::client_auth::METHODS;
    use signet_core::error::ErrorCode;
    use signet_core::grant::GRANTS;
    use signet_core::prompt::PROMPTS;
    use signet_core::response_mode::RESPONSE_MODES;
    use signet_core::response_type::RESPONSE_TYPES;
    use signet_core::rule::RULES;
    use signet_core::settings::Paths;
    use signet_core::token::protect::KINDS;

    use crate::config::{Config, Format, Source};
    use crate::run::tests::without_proxy;

    const INTRODUCTION: &str = "\
# Specifications

This page is generated from tables in the code (`UPDATE_DOCS=1 cargo test -p signet docs`), and so is the metadata. Anything that is not
listed here is not implemented.
";

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
        let Paths {
            authorization,
            token,
            userinfo,
            introspection,
            revocation,
            end_session,
            jwks,
            registration,
        } = Paths::default();
        let endpoints = [
            ("authorization", authorization.as_str()),
            ("token", &token),
            ("userinfo", &userinfo),
            ("introspection", &introspection),
            ("revocation", &revocation),
            ("end_session", &end_session),
            ("jwks", &jwks),
            ("registration", &registration),
            ("discovery", "/.well-known/openid-configuration"),
            ("discovery", "/.well-known/oauth-authorization-server"),
        ];
        out.push_str("\n## Endpoints\n\n| name | default path | specification | file |\n|---|---|---|---|\n");
        for (name, path) in endpoints {
            let file = match name {
                "jwks" => "crates/signet/src/web/well_known.rs".to_owned(),
                "discovery" => "crates/core/src/discovery.rs".to_owned(),
                name => file_of("endpoint", name),
            };
            let (cited, _) = citation(&file).unwrap_or_else(|| panic!("{file} cites nothing"));
            let _ = writeln!(out, "| {name} | `{path}` | {cited} | {} |", link(&file));
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
        for path in
            ["core", "jose", "login", "signet"].iter().flat_map(|c| files(&format!("crates/{c}/src"), ".rs"))
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
        assert!(committed == specs(), "docs/specs.md is behind: UPDATE_DOCS=1 cargo test -p signet docs");
    }

    const RULES_PAGE: &str = "\
# Rules

Every rejected request is rejected by a rule. The log names it as `rule`, and an error page as `data-rule` on `<main>`. The error's
description says what was wrong with the request; this page says what to change in general. The table is generated from the code
(`UPDATE_DOCS=1 cargo test -p signet docs`).

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
        assert!(committed == page, "docs/rules.md is behind: UPDATE_DOCS=1 cargo test -p signet docs");
    }

    /// The cells of a page's table rows.
    fn rows(page: &str) -> Vec<Vec<String>> {
        let lines = page.lines().filter(|line| line.starts_with('|'));
        lines
            .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
            .collect()
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
        for krate in ["core", "jose", "store", "login", "certify", "signet"] {
            let manifest = read(&format!("crates/{krate}/Cargo.toml"));
            let sections = manifest.split("\n[").filter(|section| section.contains("dependencies]"));
            let lines =
                sections.flat_map(|section| section.lines().skip(1)).filter(|line| !line.starts_with('#'));
            let names =
                lines.filter_map(|line| line.split([' ', '.', '=']).next()).filter(|name| !name.is_empty());
            used.extend(names.filter(|name| !name.starts_with("signet-")).map(str::to_owned));
        }
        let unreasoned: Vec<_> = used.difference(&reasoned).collect();
        assert!(unreasoned.is_empty(), "ARCHITECTURE.md §9 does not say why there is {unreasoned:?}");
        let unused: Vec<_> = reasoned.difference(&used).collect();
        assert!(
            unused.is_empty(),
            "ARCHITECTURE.md §9 gives reasons for {unused:?}, which no Cargo.toml names"
        );
    }

    /// Pages that people read.
    fn pages() -> Vec<String> {
        let at_root = ["README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG"];
        at_root.iter().map(|name| format!("{name}.md")).chain(files("docs", ".md")).collect()
    }

    /// Words over which readers stumble; each has a plainer one. "Holds" is for what contains something, not
    /// for "is valid".
    const STUMBLES: [&str; 19] = [
        "stands",
        "stand in",
        "stand at",
        "stand there",
        "whoever",
        "beside",
        "told",
        "of use",
        "goes before",
        "hold for",
        "holds for",
        "hold good",
        "holds good",
        "can hold",
        "things hold",
        "tokens hold",
        "secrets hold",
        "consent holds",
        "borne",
    ];

    /// Words that nobody types who searches a log: "failed", "timed out", "throttled" and "in flight" say the
    /// same.
    const UNSEARCHED: [&str; 8] = [
        "came about",
        "broke off",
        "broken off",
        "too long",
        "has to wait",
        "looked after",
        "under way",
        "could not be had",
    ];

    fn has_words(text: &str, words: &str) -> bool {
        let spaced = |text: &str| {
            let apart = text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ");
            format!(" {} ", apart.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        spaced(text).contains(&spaced(words))
    }

    /// A page without names between backticks and without the targets of links; of examples only the
    /// comments.
    fn prose(page: &str) -> String {
        let mut prose = String::new();
        let mut is_example = false;
        for line in page.lines() {
            is_example ^= line.starts_with("```");
            if is_example {
                let comment = line.split_once("# ").or_else(|| line.split_once("// "));
                prose.push_str(comment.map_or("", |(_, comment)| comment));
            } else {
                let names_left_out = line.split('`').step_by(2).collect::<String>();
                let mut parts = names_left_out.split("](");
                prose.push_str(parts.next().unwrap_or_default());
                parts.for_each(|part| prose.push_str(part.split_once(')').map_or("", |(_, after)| after)));
            }
            prose.push(' ');
        }
        prose
    }

    #[test]
    fn pages_have_no_words_to_stumble_over() {
        for page in ["README.md", "CHANGELOG.md"].map(str::to_owned).into_iter().chain(files("docs", ".md")) {
            let prose = prose(&read(&page));
            for words in STUMBLES {
                assert!(!has_words(&prose, words), "{page} says {words:?}");
            }
        }
    }

    #[test]
    fn log_lines_have_words_that_people_search_for() {
        let mut found = 0;
        for path in
            ["core", "login", "store", "signet"].iter().flat_map(|c| files(&format!("crates/{c}/src"), ".rs"))
        {
            let text = read(&path);
            let macros = ["error!(", "warn!(", "info!(", "debug!(", "trace!("];
            let lines = text
                .split("tracing::")
                .skip(1)
                .filter(|rest| macros.iter().any(|name| rest.starts_with(name)));
            for line in lines.filter_map(|rest| rest.split_once(");")).map(|(line, _)| line) {
                for said in line.split('"').skip(1).step_by(2) {
                    let bad = STUMBLES.iter().chain(&UNSEARCHED).find(|words| has_words(said, words));
                    assert_eq!(bad, None, "{path}: {said}");
                    found += 1;
                }
            }
        }
        assert!(found > 40, "{found}");
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
            for example in read(&page).split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next())
            {
                let has_issuer = example.lines().any(|line| line.starts_with("issuer"));
                let text =
                    if has_issuer { String::new() } else { "issuer = 'https://op.example'\n".to_owned() };
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
    fn the_book_lists_all_its_pages() {
        let summary = read("docs/SUMMARY.md");
        for page in files("docs", ".md") {
            let name = page.trim_start_matches("docs/");
            assert!(
                name == "SUMMARY.md" || summary.contains(&format!("]({name})")),
                "SUMMARY.md lacks {name}"
            );
        }
    }
}

//! House rules 1 and 5: every file of a protocol folder is named after its wire value, cites its
//! specification, and stands in the folder's table; what is advertised is what the tables hold.

use std::path::{Path, PathBuf};

use signet_core::alg;
use signet_core::check::CHECKS;
use signet_core::client_auth::METHODS;
use signet_core::grant::GRANTS;
use signet_core::prompt::PROMPTS;
use signet_core::response_mode::RESPONSE_MODES;
use signet_core::response_type::RESPONSE_TYPES;
use signet_core::rule::RULES;

use signet_jose::{KeyManagementAlg, SigningAlg};

use crate::op::{Op, World, client};

fn core(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src").join(folder)
}

/// The files of a folder but for `mod.rs` and `tests.rs`, without `.rs`.
fn files(folder: &Path) -> Vec<String> {
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| !["mod", "tests"].contains(&name.as_str()))
        .collect();
    names.sort_unstable();
    names
}

fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().map(|name| name.replace(' ', "_")).collect();
    names.sort_unstable();
    names
}

#[test]
fn files_are_named_after_the_wire_values_of_their_table() {
    assert_eq!(files(&core("client_auth")), sorted(METHODS.iter().map(|method| method.name())));
    assert_eq!(files(&core("grant")), sorted(GRANTS.iter().map(|grant| grant.name())));
    // A hybrid response type is composed of its words, each a file.
    let mut words: Vec<&str> = RESPONSE_TYPES.iter().flat_map(|kind| kind.name.split(' ')).collect();
    words.sort_unstable();
    words.dedup();
    assert_eq!(files(&core("response_type")), sorted(words));
    assert_eq!(files(&core("response_mode")), sorted(RESPONSE_MODES.iter().map(|mode| mode.name)));
    // `none` is the absence of a question.
    let asked = PROMPTS.iter().map(|(name, _)| *name).filter(|name| *name != "none");
    assert_eq!(files(&core("reason")), sorted(asked));
}

#[test]
fn every_check_stands_in_the_matrix() {
    let files = files(&core("check"));
    assert_eq!(files.len(), CHECKS.len());
    let text = std::fs::read_to_string(core("check/mod.rs")).unwrap();
    let table = text.split("static CHECKS").nth(1).unwrap().split("];").next().unwrap();
    for file in files {
        assert!(table.contains(&format!("{file}::CHECK")), "{file}");
    }
}

#[test]
fn every_row_names_its_specification() {
    let mut rows: Vec<(&str, &str)> =
        METHODS.iter().map(|method| (method.name(), method.rule().spec)).collect();
    rows.extend(GRANTS.iter().map(|grant| (grant.name(), grant.rule().spec)));
    rows.extend(RESPONSE_TYPES.iter().map(|kind| (kind.name, kind.spec)));
    rows.extend(RESPONSE_MODES.iter().map(|mode| (mode.name, mode.spec)));
    rows.extend(PROMPTS.iter().map(|(name, prompt)| (*name, prompt.spec())));
    rows.extend(CHECKS.iter().map(|check| (check.name, check.rule.spec)));
    for (name, spec) in rows {
        assert!(cites(spec) && spec.contains(" section"), "{name}: {spec}");
    }
}

#[test]
fn every_rule_has_one_name_a_specification_and_a_remedy() {
    let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(cites(rule.spec), "{}: {}", rule.id, rule.spec);
        assert!(rule.remedy.ends_with('.') && rule.remedy.len() > 20, "{}: {}", rule.id, rule.remedy);
    }
}

fn cites(text: &str) -> bool {
    ["RFC ", "OpenID Connect ", "OAuth "].iter().any(|start| text.contains(start))
}

#[test]
fn every_protocol_file_cites_its_specification_first() {
    for folder in
        ["client_auth", "grant", "response_type", "response_mode", "check", "reason", "endpoint", "token"]
    {
        for file in files(&core(folder)) {
            let text = std::fs::read_to_string(core(folder).join(format!("{file}.rs"))).unwrap();
            let first = text.lines().next().unwrap_or_default();
            assert!(first.starts_with("//! ") && cites(first), "{folder}/{file}.rs: {first}");
        }
    }
}

#[tokio::test]
async fn discovery_lists_what_the_tables_hold() {
    let op = Op::with(World::of([client("web")]).settings(|settings| settings.sign_up = true)).await;
    let found = op.rp("web").discover().await.unwrap();
    let list = |name: &str| -> Vec<String> {
        found[name].as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let names = |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let methods: Vec<&str> = METHODS.iter().map(|method| method.name()).collect();
    assert_eq!(list("token_endpoint_auth_methods_supported"), names(&methods));
    assert_eq!(list("revocation_endpoint_auth_methods_supported"), names(&methods));
    let confidential: Vec<&str> = methods.iter().copied().filter(|method| *method != "none").collect();
    assert_eq!(list("introspection_endpoint_auth_methods_supported"), names(&confidential));
    let at_token_endpoint = GRANTS.iter().map(|grant| grant.name());
    assert_eq!(
        list("grant_types_supported"),
        names(&at_token_endpoint.chain(["implicit"]).collect::<Vec<_>>())
    );
    assert_eq!(
        list("response_types_supported"),
        names(&RESPONSE_TYPES.iter().map(|kind| kind.name).collect::<Vec<_>>())
    );
    assert_eq!(
        list("response_modes_supported"),
        names(&RESPONSE_MODES.iter().map(|mode| mode.name).collect::<Vec<_>>())
    );
    assert_eq!(
        list("prompt_values_supported"),
        names(&PROMPTS.iter().map(|(name, _)| *name).collect::<Vec<_>>())
    );
}

/// Two crates know algorithms by their names: what one computes, the other has a row for.
#[test]
fn every_algorithm_that_can_be_computed_has_its_row() {
    for known in SigningAlg::ALL {
        assert!(alg::is_signature(known.as_str()), "{known}");
        assert_eq!(alg::is_mac(known.as_str()), known.is_symmetric(), "{known}");
    }
    for known in KeyManagementAlg::ALL {
        assert_eq!(alg::is_symmetric(known.as_str()), known.is_symmetric(), "{known}");
    }
}

/// `defences/run` takes minutes; that its table still fits the code can be seen at once.
#[test]
fn each_defence_is_where_its_table_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut seen = 0;
    for entry in std::fs::read_dir(root.join("defences")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let table = toml::de::DeTable::parse(&text).unwrap();
        for (name, defence) in table.get_ref() {
            let said = |key| defence.get_ref().as_table().unwrap()[key].get_ref().as_str().unwrap();
            let code = std::fs::read_to_string(root.join(said("file"))).unwrap_or_default();
            let (name, file) = (name.get_ref(), said("file"));
            assert_eq!(code.matches(said("find")).count(), 1, "{name} in {file}");
            seen += 1;
        }
    }
    assert!(seen > 100, "the test does not see what it looks for");
}

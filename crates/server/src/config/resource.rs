//! RFC 8707 §2: rules for configured APIs.

use std::collections::BTreeMap;

use signet_core::id::ClientId;
use signet_core::localised::Localised;
use signet_core::near::one_of;
use signet_core::record::Client;
use signet_core::record::client::Lifetimes;
use signet_core::resource::{self, Among};
use signet_core::settings::ScopeMeaning;
use signet_core::settings::resources::{OpenTo, Resource, Typ};
use url::Url;

use super::Report;
use super::settings::is_scope;
use super::tree::{Node, Step, Value as Written};
use super::written::{ResourceWritten, TypWritten};

const TABLE: Step<'static> = Step::Key("resources");

/// The configured resources. Scopes that only a resource names become known.
pub(super) fn judge_all(
    written: Vec<ResourceWritten>,
    signing: &[String],
    scopes: &mut BTreeMap<String, ScopeMeaning>,
    report: &mut Report,
) -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    for (index, written) in written.into_iter().enumerate() {
        let at = |key| [TABLE, Step::Index(index), Step::Key(key)];
        let resource = convert(written, index, report);
        for (place, word) in resource.scopes.iter().enumerate() {
            let [table, entry, key] = at("scopes");
            is_scope(word, &[table, entry, key, Step::Index(place)], report);
            scopes.entry(word.clone()).or_default();
        }
        if let Some(alg) = resource.signing_alg.as_ref().filter(|alg| !signing.contains(alg)) {
            let known: Vec<&str> = signing.iter().map(String::as_str).collect();
            report.error(&at("signing_alg"), format!("no key signs by {alg:?}"), one_of(alg, &known));
        }
        if let OpenTo::Clients(ids) = &resource.open_to
            && let Some(word) = ids.iter().map(ClientId::as_str).find(|id| ["all", "registered"].contains(id))
        {
            let what = format!("{word:?} is for everybody of that kind, and in a list would be a client_id");
            report.error(
                &at("open_to"),
                what,
                format!("write `open_to = {word:?}` alone, or client_ids alone"),
            );
        }
        if resource.access_token == Some(0) {
            report.error(
                &at("lifetimes"),
                "access tokens must have an end",
                "write a length of time such as \"10m\"",
            );
        }
        resources.push(resource);
    }
    resources
}

/// What would break sign-ins without a word.
pub(super) fn faults(resources: &[Resource], among: &Among<'_>, report: &mut Report) {
    report.found(&[TABLE], resource::faults(resources, among));
}

/// What is said about clients, held against those that are written down. Others can be in the store, where
/// `run` looks for them.
pub(super) fn clients(resources: &[Resource], clients: &[Client], report: &mut Report) {
    for (index, resource) in resources.iter().enumerate() {
        let open: &[ClientId] = match &resource.open_to {
            OpenTo::Clients(clients) => clients,
            OpenTo::All | OpenTo::Registered => &[],
        };
        let lists_it = |client: &Client| client.resources.contains(&resource.identifier);
        if matches!(resource.open_to, OpenTo::Clients(_)) && open.is_empty() && !clients.iter().any(lists_it)
        {
            let at = [TABLE, Step::Index(index), Step::Key("open_to")];
            let what = "it is open to nobody, and no client in this file lists it in its `resources`";
            report.warn(&at, what, "write \"all\", \"registered\" or client_ids");
        }
        for (key, ids) in [("open_to", open), ("introspected_by", &resource.introspected_by)] {
            for id in ids {
                let at = [TABLE, Step::Index(index), Step::Key(key)];
                if id.as_str().trim().is_empty() {
                    report.error(&at, "an empty text names no client", "write a client_id, or take it out");
                    continue;
                }
                let known = clients.iter().find(|client| client.client_id == *id);
                if key == "introspected_by" && known.is_some_and(Client::is_public) {
                    let what = format!("{:?} has no secret, and so may not introspect", id.as_str());
                    report.error(&at, what, "give it a `client_secret`");
                }
            }
        }
    }
}

/// Lists of resources by name, of clients and of all: `aud`, scopes and terms are found to the letter there.
pub(super) fn spellings(resources: &[Resource], clients: &[Client], of_all: &[String], report: &mut Report) {
    const AUDIENCE: &str = "access_token_audience";
    let mut lists: Vec<(Vec<Step<'_>>, &str, &[String])> = vec![(Vec::new(), AUDIENCE, of_all)];
    for (index, client) in clients.iter().enumerate() {
        for (key, list) in [("resources", &client.resources), (AUDIENCE, &client.access_token_audience)] {
            lists.push((vec![Step::Key("clients"), Step::Index(index)], key, list));
        }
    }
    for (table, key, list) in lists {
        for (place, text) in list.iter().enumerate() {
            let at: Vec<_> = table.iter().copied().chain([Step::Key(key), Step::Index(place)]).collect();
            let meant =
                |other: &&Resource| other.identifier != *text && resource::same(&other.identifier, text);
            if let Some(Resource { identifier, .. }) = resources.iter().find(meant) {
                let what = format!(
                    "{text:?} is the resource {identifier:?} in another spelling, whose scopes its tokens would lose"
                );
                report.error(&at, what, format!("write {identifier:?}"));
            } else if key == "resources" && Url::parse(text).is_err() {
                let what = format!("{text:?} is not an absolute URI, so no request can name it");
                report.warn(&at, what, "write \"https://api.example.org\"");
            }
        }
    }
}

/// How long keys have to be kept for its tokens.
pub(super) fn lifetimes(resource: &Resource) -> Lifetimes {
    Lifetimes { access_token: resource.access_token, ..Lifetimes::default() }
}

fn convert(written: ResourceWritten, index: usize, report: &Report) -> Resource {
    let ids = |ids: Vec<String>| ids.into_iter().map(ClientId).collect();
    Resource {
        identifier: written.identifier,
        name: name(written.name.as_deref(), index, report),
        scopes: written.scopes,
        format: written.access_token_format,
        typ: match written.typ {
            TypWritten::AccessToken => Typ::AccessToken,
            TypWritten::Jwt => Typ::Jwt,
        },
        signing_alg: written.signing_alg,
        access_token: written.lifetimes.access_token.map(|seconds| seconds.0),
        open_to: match written.open_to.0.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["all"] => OpenTo::All,
            ["registered"] => OpenTo::Registered,
            _ => OpenTo::Clients(ids(written.open_to.0)),
        },
        introspected_by: ids(written.introspected_by),
    }
}

/// With its `name#fr`.
fn name(plain: Option<&str>, index: usize, report: &Report) -> Localised {
    let entries = match report.tree.get("resources").map(|resources| &resources.value) {
        Some(Written::List(resources)) => resources.get(index).map(Node::entries).unwrap_or_default(),
        _ => &[],
    };
    let localised = entries.iter().filter_map(|entry| Some((entry.name.as_str(), entry.node.text()?)));
    let plain = plain.map(|text| ("name", text));
    Localised::of("name", localised.filter(|(name, _)| name.starts_with("name#")).chain(plain))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Config, Format, Loaded, Problem, Source};
    use super::*;

    fn load(text: &str) -> Result<Loaded, String> {
        let text = format!("issuer = 'https://op.example'\n{text}");
        let source = Source { text: &text, format: Format::Toml, base: Path::new(""), file: None };
        let said =
            |problems: Vec<Problem>| problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n");
        Config::load_text(source, &crate::run::tests::without_proxy(&text)).map_err(said)
    }

    #[test]
    fn a_resource_that_nobody_can_name_is_reported() {
        let errors = |open_to: &str| match load(&format!(
            "[[resources]]\nidentifier = 'urn:x'\nopen_to = {open_to}"
        )) {
            Ok(loaded) => format!("{:?}", loaded.warnings),
            Err(problems) => format!("{problems:?}"),
        };
        assert!(errors("''").contains("this is empty"), "{}", errors("''"));
        assert!(errors("[' ']").contains("names no client"), "{}", errors("[' ']"));
        assert!(errors("[]").contains("open to nobody"), "{}", errors("[]"));
    }

    #[test]
    fn an_api_is_written_once_for_all_applications() {
        let loaded = load(
            "[[resources]]\nidentifier = 'https://api.example'\nname = 'API'\n'name#fr' = 'Interface'\n\
             scopes = ['read']\nopen_to = ['web']\ntoken_format = 'jwt'\ntyp = 'JWT'\nintrospected_by = ['api']\n\
             lifetimes = { access_token = '5m' }\n[[resources]]\nidentifier = 'urn:x'\nopen_to = 'registered'\n\
             [[resources]]\nidentifier = 'urn:y'",
        )
        .unwrap();
        let [api, registered, all] = &loaded.settings.resources[..] else { panic!() };
        assert_eq!(
            (api.name.in_language("en"), api.name.in_language("fr"), api.access_token),
            (Some("API"), Some("Interface"), Some(300))
        );
        assert_eq!((api.typ, &api.open_to), (Typ::Jwt, &OpenTo::Clients(vec![ClientId::from("web")])));
        assert_eq!((&registered.open_to, &all.open_to), (&OpenTo::Registered, &OpenTo::All));
        assert!(loaded.settings.scopes.contains_key("read"), "its scopes are offered");
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for (text, what) in [
            ("identifier = 'api'", "is not an absolute URI"),
            ("identifier = 'https://api.example/#x'", "without a fragment"),
            (
                "identifier = 'https://api.example/a b'",
                "encode it, as the application has to: \"https://api.example/a%20b\"",
            ),
            ("identifier = 'https://m\u{fc}ller.example/'", "\"https://xn--mller-kva.example/\""),
            ("identifier = 'urn:x'\nopen_to = 7", "open_to"),
            ("identifier = 'urn:x'\nsigning_alg = 'ES512'", "no key signs by"),
            ("identifier = 'urn:x'\nscopes = ['a b']", "is not a scope"),
            ("identifier = 'urn:x'\ntyp = 'at'", "typ"),
            ("identifier = 'urn:x'\nlifetimes = { access_token = 0 }", "must have an end"),
            ("identifier = 'urn:x'\n[[resources]]\nidentifier = 'urn:x'", "another resource"),
            ("identifier = 'urn:x'\nopen_to = ['all', 'web']", "write `open_to = \"all\"` alone"),
            ("scopes = ['a']", "identifier"),
            ("identifier = 'urn:x'\nscope = ['a']", "scopes"),
        ] {
            let said = load(&format!("[[resources]]\n{text}")).err().unwrap_or_default();
            assert!(said.contains(what), "{text}: {said}");
        }
    }

    fn refused(text: &str) -> String {
        crate::config::tests::errors(text).join("\n")
    }

    /// Such a file used to load, and nobody could sign in.
    #[test]
    fn scopes_of_sign_in_are_no_scopes_of_an_api() {
        for word in ["openid", "profile", "email", "address", "phone", "offline_access"] {
            let said = refused(&format!("[[resources]]\nidentifier = 'urn:x'\nscopes = ['read', '{word}']"));
            let key = "line 4, column 19: `resources[0].scopes[1]`: ";
            assert!(said.contains(key), "{word}: {said}");
            assert!(said.contains("list scopes of the API's own"), "{word}: {said}");
        }
        for (more, fine) in [
            ("[scopes_to_claims]\nread = ['department']", false),
            ("[scopes.read]\nclaims = ['department']", false),
            (
                "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\nredirect_uris = ['https://a.example/']\n\
              scopes_to_claims = { openid = [], read = ['department'] }",
                false,
            ),
            ("[scopes.read]\ndescription = 'Read'", true),
            (
                "[scopes.read]\nclaims = ['department']\n[release.access_token]\nadd_claims_by_scope = true",
                true,
            ),
        ] {
            let said = refused(&format!("[[resources]]\nidentifier = 'urn:x'\nscopes = ['read']\n{more}"));
            assert_eq!(
                !said.contains("releases claims, which UserInfo would not give any more"),
                fine,
                "{more}: {said}"
            );
        }
    }

    #[test]
    fn a_list_names_a_resource_as_it_is_written() {
        let api = "[[resources]]\nidentifier = 'https://api.example'\n";
        let client = "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\nredirect_uris = ['https://a.example/']\n";
        for list in ["resources", "access_token_audience"] {
            let said = refused(&format!("{api}{client}{list} = ['urn:x', 'https://API.example/']"));
            let words = format!(
                "`clients[0].{list}[1]`: \"https://API.example/\" is the resource \"https://api.example\""
            );
            assert!(said.contains(&words), "{said}");
            assert_eq!(refused(&format!("{api}{client}{list} = ['https://api.example']")), "");
        }
        let said = refused(&format!("access_token_audience = ['https://api.example/']\n{api}"));
        assert!(said.contains("`access_token_audience[0]`"), "{said}");
    }

    #[test]
    fn each_resource_has_an_address_that_is_no_other_ones() {
        for (one, other) in [
            ("https://api.example", "https://api.example/"),
            ("https://api.example/v1", "https://API.example:443/v1/"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
        ] {
            let said = refused(&format!(
                "[[resources]]\nidentifier = '{one}'\n[[resources]]\nidentifier = '{other}'"
            ));
            assert!(
                said.contains("`resources[1].identifier`: another resource has"),
                "{one} {other}: {said}"
            );
        }
        for ours in [
            "https://op.example",
            "https://OP.example:443/",
            "https://op.example/userinfo",
            "https://op.example/token",
        ] {
            let said = refused(&format!("[[resources]]\nidentifier = '{ours}'"));
            assert!(said.contains("is Signet itself"), "{ours}: {said}");
        }
        let said = refused(
            "[endpoint.userinfo]\npath = '/me'\n[[resources]]\nidentifier = 'https://op.example/me/'",
        );
        assert!(said.contains("https://op.example/me is Signet itself"), "{said}");
    }
}

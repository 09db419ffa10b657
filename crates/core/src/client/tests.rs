//! The table and the record, and whom a fault stops.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::members::{MEMBERS, Who};
use super::*;
use crate::discovery;
use crate::endpoint::Step as _;
use crate::endpoint::registration::Register;
use crate::id::ClientId;
use crate::incoming::Incoming;
use crate::lookup::Facts;
use crate::registration::document;
use crate::settings::registration::Mode;
use crate::testing::World;

/// A judge of what operators write, who can have all that there is.
fn judge(world: &World, origin: Origin) -> Judge<'_> {
    Judge {
        origin,
        lists: Cow::Owned(discovery::metadata(&world.settings, world.env().jose)),
        scopes: Scopes::Known(&world.settings.scopes, Others::Offered),
        subject_type: SubjectType::Public,
        remedy: Remedy::None,
        key: |_, _| Ok(()),
    }
}

fn read(world: &World, origin: Origin, members: Value) -> Judged {
    let mut metadata = json!({"client_id": "web", "client_secret": "0123456789abcdef", "redirect_uris": ["https://app.example/cb"]});
    for (name, value) in members.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    let Value::Object(metadata) = metadata else { panic!() };
    judge(world, origin).read(&Metadata::from(metadata), Client::new("web"))
}

#[test]
fn each_field_of_the_record_that_can_be_written_has_a_row() {
    // What the server itself writes, and what comes of a list in the singular.
    const MADE: &[&str] =
        &["registered", "registration_access_token_hash", "token_endpoint_auth_methods", "version", "extra"];
    let shown = format!("{:#?}", Client::new("x"));
    let own = shown.lines().filter_map(|line| line.strip_prefix("    "));
    let fields = own.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    for field in fields.filter_map(|line| line.split_once(':').map(|(name, _)| name)) {
        assert!(MADE.contains(&field) || members::find(field).is_some(), "{field} has no row");
    }
}

#[test]
fn names_are_found_once_and_lists_are_those_of_the_metadata() {
    let mut names = BTreeMap::new();
    for member in MEMBERS {
        for name in member.aliases.iter().chain(&member.singular).chain([&member.name]) {
            assert_eq!(names.insert(*name, member.name), None, "{name}");
        }
        let example = member.example;
        assert!(example.is_empty() || serde_json::from_str::<Value>(example).is_ok(), "{}", member.name);
    }
    let world = World::new();
    let metadata = discovery::metadata(&world.settings, world.env().jose);
    for list in MEMBERS.iter().filter_map(|member| member.kind.list()) {
        assert!(metadata[list].is_array(), "{list}");
    }
}

#[test]
fn what_only_operators_may_set_is_not_taken_from_strangers() {
    let world = World::new();
    let all: Map<String, Value> = MEMBERS
        .iter()
        .filter(|member| member.who == Who::Operator && member.kind == kind::Kind::Flag)
        .map(|member| (member.name.to_owned(), Value::Bool(true)))
        .collect();
    let mut wish = all.clone();
    wish.insert("redirect_uris".into(), json!(["https://app.example/cb"]));
    let env = world.env();
    let judge = Judge::of_strangers(&env, Origin::Registration);
    let client = judge.read(&Metadata::from(wish), Client::new("x")).accept().unwrap();
    let record = serde_json::to_value(&client).unwrap();
    for name in all.keys() {
        assert_ne!(record[name], true, "{name}");
    }
    assert!(client.add_claims.is_empty());
}

#[test]
fn a_fault_matters_by_who_asks() {
    let world = World::new();
    let stop = |origin, members: &Value| {
        let faults = read(&world, origin, members.clone()).faults;
        faults.iter().any(|fault| fault.severity == Severity::Error)
    };
    for (members, stopped) in [
        (json!({"contacts": "x"}), [true, true, true]),
        (json!({"client_secret": "password"}), [true, false, false]),
        (json!({"redirect_uris": ["http://app.example/cb"]}), [false, false, true]),
        (json!({"request_object_signing_alg": "ES256"}), [true, true, false]),
        (
            json!({"jwks_uri": "http://app.example/jwks", "token_endpoint_auth_method": "private_key_jwt"}),
            [false, false, true],
        ),
        (json!({"colour": "red"}), [true, true, false]),
    ] {
        for (origin, stopped) in [Origin::Operator, Origin::Import, Origin::Registration].iter().zip(stopped)
        {
            assert_eq!(stop(*origin, &members), stopped, "{origin:?} {members}");
        }
    }
}

#[test]
fn a_client_that_is_stored_is_judged_as_it_was_written() {
    let world = World::new();
    let methods = json!(["client_secret_post", "client_secret_basic"]);
    let metadata = json!({"token_endpoint_auth_method": methods, "client_name#de": "Wiese"});
    let Judged { client, faults } = read(&world, Origin::Operator, metadata);
    assert_eq!(faults, []);
    assert_eq!(client.auth_methods(), ["client_secret_post", "client_secret_basic"]);
    assert_eq!(judge(&world, Origin::Stored).review(&client), []);
    let (broken, wrong) = (client.duplicate().unwrap(), "is not offered here");
    let broken = Client { token_endpoint_auth_methods: vec!["magic".into()], ..broken };
    let found = judge(&world, Origin::Stored).review(&broken);
    assert!(found.iter().any(|fault| fault.to_string().contains(wrong)), "{found:?}");
}

#[test]
fn a_hash_of_another_system_is_no_secret() {
    let world = World::new();
    let stops = |origin: Origin, members: Value| -> Vec<String> {
        let Value::Object(mut metadata) = members else { panic!() };
        metadata.insert("redirect_uris".into(), json!(["https://app.example/cb"]));
        let faults = judge(&world, origin).read(&Metadata::from(metadata), Client::new("web")).faults;
        let stops = faults.iter().filter(|fault| fault.severity == Severity::Error);
        stops.map(ToString::to_string).collect()
    };
    let hash = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
    let digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for origin in [Origin::Operator, Origin::Import, Origin::Stored] {
        let found = stops(origin, json!({"client_secret": hash}));
        assert!(found.len() == 1 && found[0].contains("`client_secret`: this is a hash ($2b$)"), "{found:?}");
        assert!(found[0].contains("as `client_secret_hash`") && !found[0].contains("N9qo8"), "{found:?}");
        let previous = json!({"client_secret": digest, "client_secret_previous": hash});
        let found = stops(origin, previous);
        assert!(found.len() == 1 && found[0].contains("`client_secret_previous`"), "{found:?}");
        // What looks like any digest may be a secret that was made by chance.
        assert_eq!(stops(origin, json!({"client_secret": digest})), Vec::<String>::new());
        assert_eq!(stops(origin, json!({"client_secret_hash": digest})), Vec::<String>::new());
    }
}

/// RFC 7518 §3.2, OpenID Connect Core §16.19.
#[test]
fn a_secret_is_as_long_as_all_that_is_computed_with_it_needs() {
    let world = World::new();
    let judged = |members: Value| {
        let mut metadata = json!({"client_id": "web", "redirect_uris": ["https://app.example/cb"]});
        metadata.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let mut judge = judge(&world, Origin::Operator);
        for (name, list) in judge.lists.to_mut().as_object_mut().unwrap() {
            let more: &[&str] = match name.as_str() {
                name if name.ends_with("_signing_alg_values_supported") => &["HS256", "HS384", "HS512"],
                name if name.ends_with("_encryption_alg_values_supported") => &["A128KW", "A192KW", "A256KW"],
                _ => continue,
            };
            list.as_array_mut().unwrap().extend(more.iter().map(|alg| json!(alg)));
        }
        let Value::Object(metadata) = metadata else { panic!() };
        judge.read(&Metadata::from(metadata), Client::new("web")).faults
    };
    let jwt = |alg: &str| json!({"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": alg});
    let public = json!({"token_endpoint_auth_method": "none", "id_token_signed_response_alg": "HS384"});
    let several = json!({"request_object_signing_alg": "HS256", "request_object_signing_algs": ["HS512"]});
    for (members, least) in [
        (json!({"id_token_signed_response_alg": "HS256"}), 32),
        (json!({"userinfo_signed_response_alg": "HS384"}), 48),
        (json!({"introspection_signed_response_alg": "HS512"}), 64),
        (json!({"request_object_signing_alg": "HS256"}), 32),
        (json!({"request_object_signing_alg": "HS512"}), 64),
        (several, 64),
        (json!({"token_endpoint_auth_method": "client_secret_jwt"}), 32),
        (jwt("HS384"), 48),
        (jwt("HS512"), 64),
        (public, 48),
    ] {
        for (length, fits) in [(least - 1, false), (least, true)] {
            let secret: String = "0123456789abcdef".chars().cycle().take(length).collect();
            let mut members = members.clone();
            members["client_secret"] = secret.into();
            let faults = judged(members.clone());
            let said = format!("needs a secret of {least} bytes at least");
            let stops =
                faults.iter().any(|fault| fault.severity == Severity::Error && fault.what.contains(&said));
            assert_eq!(stops, !fits, "{members}: {faults:?}");
        }
    }
    let secret = "0123456789abcdef01234567";
    for (alg, weak) in [("A128KW", false), ("A192KW", false), ("A256KW", true), ("dir", false)] {
        for member in ["id_token_encrypted_response_alg", "request_object_encryption_alg"] {
            let faults = judged(json!({"client_secret": secret, member: alg}));
            let said = faults.iter().any(|fault| fault.what.contains("is as strong as the secret is long"));
            assert_eq!(said, weak, "{member} {alg}: {faults:?}");
        }
    }
}

#[test]
fn an_operator_may_send_responses_where_strangers_may_not() {
    let world = World::new();
    for (uri, native, verdict) in [
        ("https://app.example.org/cb?x=1", false, "good"),
        ("http://127.0.0.1:9999/cb", false, "good"),
        ("http://127.0.0.1:80/cb", false, "bad"),
        ("http://127.0.0.1:80/cb", true, "good"),
        ("http://localhost/cb", true, "good"),
        ("http://[::1]/cb", true, "good"),
        ("org.example.app:/cb", true, "good"),
        ("HTTPS://app.example.org/cb", false, "bad"),
        ("https://app.example.org:443/cb", false, "bad"),
        ("https://app.example.org/a%0d%0ab", false, "bad"),
        ("https://app.example.org/..;/cb", false, "bad"),
        ("https://app.example.org:0/cb", false, "bad"),
        ("https://a..b/cb", false, "bad"),
        ("http://app.example.org/cb", false, "doubtful"),
        ("https://*.example.org/cb", false, "bad"),
        ("https://app.example.org/*", false, "bad"),
        ("https://app.example.org/%2A", false, "good"),
        ("org.example.app:/*", true, "bad"),
        ("myapp:/cb", true, "doubtful"),
        ("https://app.example.org/cb?state=x", false, "doubtful"),
        ("https://app.example.org/{id}", false, "bad"),
        ("http://app.example.org/cb", true, "bad"),
        ("org.example.app:/cb", false, "bad"),
        ("https://app.example.org/cb#", false, "bad"),
        ("https://app.example.org/cb#x", false, "bad"),
        ("https://user@app.example.org/cb", false, "bad"),
        ("https:app.example.org/cb", false, "bad"),
        ("javascript:alert(1)", true, "bad"),
        ("data:text/html,x", true, "bad"),
        ("/cb", false, "bad"),
        ("https://app.example.org/a/../cb", false, "bad"),
        ("https://app.example.org/%2e%2E/cb", false, "bad"),
        ("app.example.org/cb", false, "bad"),
        ("https://app.example.org/a b", false, "bad"),
        ("https://app.example.org\\@evil.example/", false, "bad"),
        ("", false, "bad"),
    ] {
        let kind = if native { "native" } else { "web" };
        let faults =
            read(&world, Origin::Operator, json!({"redirect_uris": [uri], "application_type": kind})).faults;
        let judged = match faults.first().map(|fault| fault.severity) {
            None => "good",
            Some(Severity::Warning) => "doubtful",
            Some(Severity::Error) => "bad",
        };
        assert_eq!(judged, verdict, "{uri} native={native}: {faults:?}");
    }
}

/// OpenID Connect Registration §2.
#[test]
fn tokens_through_the_browser_are_not_for_web_applications_on_this_machine() {
    let world = World::new();
    for uri in ["http://localhost/cb", "http://127.0.0.1:9999/cb", "http://[::1]/cb", "https://localhost/cb"]
    {
        let found = |kind: &str| {
            let members =
                json!({"redirect_uris": [uri], "application_type": kind, "response_types": ["id_token"]});
            let faults = read(&world, Origin::Operator, members).faults;
            faults.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(matches!(found("web").as_slice(), [one] if one.contains("native")), "{:?}", found("web"));
        assert_eq!(found("native"), [""; 0], "{uri}");
    }
}

/// The configuration and `signet client add` are held to the same table where they are.
#[test]
fn what_is_wrong_is_wrong_for_all_in_the_same_words() {
    const ID: &str = "https://app.example/client.json";
    let mut world = World::new();
    let policy = &mut world.settings.registration;
    (policy.mode, policy.metadata_documents) = (Mode::Open, true);
    policy.grant_types.push("implicit".into());
    let env = world.env();
    let table: Vec<(Map<String, Value>, String)> = serde_json::from_str(include_str!("faulty.json")).unwrap();
    for (members, words) in table {
        let mut metadata = json!({"redirect_uris": ["https://app.example/cb"]});
        metadata.as_object_mut().unwrap().extend(members.clone());
        let text = metadata.to_string();
        let written = Register::parse(&env, &Incoming::default(), text.as_bytes());
        let registered = written.and_then(|request| request.decide(&env, Facts::default())).map(drop);
        metadata["client_id"] = ID.into();
        let described = document::read(&env, &ClientId::from(ID), &metadata.to_string()).map(drop);
        let judged = read(&world, Origin::Operator, Value::Object(members)).accept().map(drop);
        for (road, verdict) in [("registration", registered), ("document", described), ("operator", judged)] {
            // What only a registration may name is refused in a document before it is judged, and an address
            // that nobody needs is left out there.
            let apart = ["sector_identifier_uri", "post_logout_redirect_uris"];
            if road == "document" && apart.iter().any(|name| metadata.get(name).is_some()) {
                continue;
            }
            assert_eq!(verdict.unwrap_err().description, words, "{road}: {metadata}");
        }
    }
}

/// An unset variable writes an empty text: taken as absent, it made clients public and lifted demands.
#[test]
fn an_empty_text_of_an_operator_is_an_error_and_of_a_stranger_nothing() {
    let world = World::new();
    for member in MEMBERS {
        for name in member.aliases.iter().chain([&member.name]) {
            let mut members = Map::new();
            if *name != member.name {
                // In the member's place.
                members.insert(member.name.to_owned(), Value::Null);
            }
            members.insert((*name).to_owned(), json!(""));
            for origin in [Origin::Operator, Origin::Import] {
                let faults = read(&world, origin, Value::Object(members.clone())).faults;
                let said = |fault: &Fault| {
                    fault.severity == Severity::Error
                        && fault.to_string().starts_with(&format!("`{}`: this is empty", member.name))
                };
                assert!(faults.iter().any(said), "{origin:?} {name}: {faults:?}");
            }
        }
    }
    // In lists and tables too.
    for (members, place) in [
        (json!({"contacts": ["a@example.org", ""]}), "contacts[1]"),
        (json!({"purpose": {"email": ""}}), "purpose.email"),
        (json!({"scopes_to_claims": {"openid": ["name", ""]}}), "scopes_to_claims.openid[1]"),
        (
            json!({"add_claims": {"always": {"userinfo": {"name": {"value": ""}}}}}),
            "add_claims.always.userinfo.name.value",
        ),
        (json!({"lifetimes": {"code": ""}}), "lifetimes.code"),
        (json!({"federation_type": [""]}), "federation_type[0]"),
    ] {
        let faults = read(&world, Origin::Operator, members).faults;
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.starts_with(&format!("`{place}`: "))), "{place}: {said:?}");
        assert!(faults.iter().any(|fault| fault.severity == Severity::Error), "{place}");
    }
    // None at all is said by an empty list.
    let none = read(&world, Origin::Operator, json!({"scope": []}));
    assert!(none.client.scope.is_some_and(|scope| scope.is_empty()), "{:?}", none.faults);
    let strange = MEMBERS.iter().filter(|member| member.who == Who::Anybody);
    let text = |kind| {
        use kind::Kind::*;
        matches!(kind, Text | Name | Page | Fetched | OneOf(_) | Choice(_) | Several(..) | Scope | NotGiven)
    };
    for member in strange.filter(|member| text(member.kind)) {
        let wish = json!({ member.name: "" });
        let faults = read(&world, Origin::Registration, wish).faults;
        assert!(faults.iter().all(|fault| !fault.to_string().contains(member.name)), "{faults:?}");
    }
}

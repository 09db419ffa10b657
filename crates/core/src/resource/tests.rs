//! The table of resources, and what requests make of it.

use super::requested::MOST_RESOURCES;
use super::*;
use crate::params::Params;
use crate::record::Token;
use crate::testing::{self, World};
use crate::token::refresh_token;

const API: &str = "https://api.example/v1";

fn asked(query: &str) -> Result<Vec<String>, Error> {
    let world = World::new();
    let mut client = testing::client("web");
    client.resources = vec![API.into(), "https://files.example/#part".into(), "files".into()];
    requested(&world.env(), &client, &Params::parse(query).unwrap())
}

fn resource(identifier: &str) -> Resource {
    Resource { identifier: identifier.into(), ..Resource::default() }
}

fn asked_of(resources: Vec<Resource>, client: &Client, query: &str) -> Result<Vec<String>, Error> {
    let mut world = World::new();
    world.settings.resources = resources;
    requested(&world.env(), client, &Params::parse(query).unwrap())
}

#[test]
fn a_resource_is_open_to_whom_the_operator_says() {
    let (configured, mut registered) = (testing::client("web"), testing::client("mcp"));
    registered.registered = true;
    for (open_to, to_configured, to_registered) in [
        (OpenTo::All, true, true),
        (OpenTo::Registered, false, true),
        (OpenTo::Clients(vec!["web".into()]), true, false),
        (OpenTo::Clients(Vec::new()), false, false),
    ] {
        for (client, open) in [(&configured, to_configured), (&registered, to_registered)] {
            let resources = vec![Resource { open_to: open_to.clone(), ..resource(API) }];
            let found = asked_of(resources, client, "resource=https://api.example/v1");
            assert_eq!(found.is_ok(), open, "{open_to:?} {}", client.client_id);
        }
    }
}

#[test]
fn a_request_names_a_bounded_number_of_resources() {
    let query = |resources: usize| {
        let written = |number| format!("resource=https://api.example/v1{}", "/".repeat(number));
        (0..resources).map(written).collect::<Vec<_>>().join("&")
    };
    assert_eq!(asked(&["resource=https://api.example/v1"; 100].join("&")).unwrap(), [API]);
    assert_eq!(
        asked(&query(MOST_RESOURCES + 1)).unwrap_err().description,
        "at most 20 resources may be named"
    );
}

#[test]
fn a_refusal_says_what_the_client_may_name() {
    let mut web = testing::client("web");
    let none = asked_of(Vec::new(), &web, "resource=https://evil.example/").unwrap_err();
    assert!(none.description.contains("may name none"), "{none}");
    web.resources = vec!["urn:own".into()];
    let closed = Resource { open_to: OpenTo::Clients(Vec::new()), ..resource("https://closed.example/") };
    let error = asked_of(vec![resource(API), closed], &web, "resource=https://evil.example/").unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidTarget);
    assert_eq!(
        error.description,
        "resource is none that this client may name, which are urn:own https://api.example/v1"
    );
}

#[test]
fn a_resource_is_found_as_url_parsers_write_it_and_kept_as_it_is_written_here() {
    let web = testing::client("web");
    let found = |known: &[&str], asked: &str| {
        let resources = known.iter().map(|known| resource(known)).collect();
        asked_of(resources, &web, &format!("resource={asked}")).ok().map(|mut found| found.remove(0))
    };
    for (known, asked) in [
        ("https://mcp.example", "https://mcp.example/"),
        ("https://mcp.example/", "https://mcp.example"),
        ("https://mcp.example/mcp", "HTTPS://MCP.example:443/mcp"),
        ("https://b\u{fc}cher.example/api", "https://xn--bcher-kva.example/api"),
        ("urn:api", "urn:api"),
    ] {
        assert_eq!(found(&[known], asked).as_deref(), Some(known), "{asked}");
    }
    let both = ["https://mcp.example/mcp", "https://mcp.example/mcp/"];
    for exact in both {
        assert_eq!(found(&both, exact).as_deref(), Some(exact));
    }
    for (known, asked) in [
        ("https://mcp.example/mcp", "https://mcp.example/MCP"),
        ("https://mcp.example/mcp", "http://mcp.example/mcp"),
        ("https://mcp.example/mcp", "https://mcp.example/mcp?x=1"),
        ("https://mcp.example/mcp", "https://mcp.example/mcp/x"),
        // A slash may differ where the path is empty, and nowhere else.
        ("https://mcp.example/mcp", "https://mcp.example/mcp/"),
        ("https://mcp.example/mcp/", "https://mcp.example/mcp"),
        ("https://mcp.example", "https://mcp.example//"),
        ("https://mcp.example/", "https://mcp.example//"),
        ("https://mcp.example//", "https://mcp.example"),
        ("https://mcp.example/mcp", "https://mcp.example//mcp"),
        ("https://mcp.example/mcp", "https://mcp.example/./mcp"),
        ("https://mcp.example/mcp", "https://mcp.example/x/../mcp"),
        ("https://mcp.example/mcp", "https://mcp.example/%256dcp"),
        ("https://mcp.example/mcp", "https:mcp.example/mcp"),
        ("https://mcp.example/mcp", "https:\\\\mcp.example\\mcp"),
        ("https://mcp.example/mcp", "https://mcp.exa%09mple/mcp"),
        ("https://mcp.example/mcp", "https://someone@mcp.example/mcp"),
        ("urn:api", "urn:api/"),
    ] {
        assert_eq!(found(&[known], asked), None, "{asked}");
    }
}

#[test]
fn tokens_follow_the_terms_of_their_resources() {
    let mut settings = testing::settings();
    let (short, opaque) = ("https://short.example".to_owned(), "https://opaque.example".to_owned());
    settings.resources = vec![
        Resource {
            format: Some(AccessTokenFormat::Jwt),
            typ: Typ::Jwt,
            signing_alg: Some("ES256".into()),
            access_token: Some(60),
            ..resource(&short)
        },
        Resource { format: Some(AccessTokenFormat::Opaque), access_token: Some(600), ..resource(&opaque) },
    ];
    let one = terms(&settings, std::slice::from_ref(&short));
    assert_eq!(
        (one.format, one.typ, one.signing_alg, one.access_token),
        (Some(AccessTokenFormat::Jwt), Typ::Jwt, Some("ES256"), Some(60))
    );
    let both = terms(&settings, &[opaque.clone(), short.clone()]);
    assert_eq!(
        (both.format, both.typ, both.access_token),
        (Some(AccessTokenFormat::Opaque), Typ::AccessToken, Some(60))
    );
    assert_eq!(terms(&settings, &["https://op.example".into()]), Terms::default());
    let mut client = testing::client("web");
    assert_eq!(access_token_lifetime(&settings, &client, &[]), 3600);
    assert_eq!(access_token_lifetime(&settings, &client, std::slice::from_ref(&opaque)), 600);
    client.lifetimes.access_token = Some(300);
    assert_eq!(access_token_lifetime(&settings, &client, std::slice::from_ref(&opaque)), 300);
    assert_eq!(access_token_lifetime(&settings, &client, &[short]), 60);
}

#[test]
fn registered_and_own_resources_may_be_named_once_or_more() {
    assert_eq!(asked("scope=openid").unwrap(), Vec::<String>::new());
    assert_eq!(asked("resource=https://api.example/v1&resource=https://api.example/v1").unwrap(), [API]);
    let both = asked("resource=https://op.example&resource=https://op.example/userinfo").unwrap();
    assert_eq!(both, ["https://op.example", "https://op.example/userinfo"]);
}

#[test]
fn other_resources_are_an_invalid_target() {
    for bad in ["https://evil.example/", "https://files.example/%23part", "files", "https://api.example/v1/x"]
    {
        let error = asked(&format!("resource={bad}")).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidTarget, "{bad}");
    }
}

#[test]
fn a_token_has_the_scopes_of_its_resources_and_of_no_other() {
    let mut settings = testing::settings();
    let with = |identifier: &str, scopes: &[&str]| Resource {
        scopes: scopes.iter().map(|word| (*word).to_owned()).collect(),
        ..resource(identifier)
    };
    settings.resources =
        vec![with("https://a.example", &["a", "both"]), with("https://b.example", &["b", "both"])];
    let scope = Scope::from_words(["openid", "a", "b", "both", "other"]);
    for (audience, left) in [
        (vec!["https://op.example"], "openid other"),
        (vec!["https://a.example"], "openid a both other"),
        (vec!["https://b.example", "https://op.example"], "openid b both other"),
        (vec!["https://a.example", "https://b.example"], "openid a b both other"),
    ] {
        let audience: Vec<String> = audience.into_iter().map(str::to_owned).collect();
        assert_eq!(narrowed(&settings, &audience, &scope).to_string(), left, "{audience:?}");
    }
}

#[test]
fn a_token_request_never_goes_beyond_the_grant() {
    within(&[], &[API.into()]).unwrap();
    let granted = [API.to_owned()];
    within(&granted, &[API.into()]).unwrap();
    within(&granted, &[]).unwrap();
    let error = within(&granted, &[API.into(), "https://op.example".into()]).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidTarget);
}

#[test]
fn of_a_grant_what_was_taken_from_the_client_counts_no_more() {
    let mut world = World::new();
    let mut client = testing::client("web");
    let mut grant = world.grant(&client, &testing::user("diana"), "openid");
    assert_eq!(left(&world.settings, &client, &grant).unwrap(), Vec::<String>::new());
    grant.resources = vec![API.into(), "https://b.example".into()];
    let error = left(&world.settings, &client, &grant).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidTarget);
    assert!(error.description.contains("no longer ask for any resource that was granted"), "{error}");
    let closed = Resource { open_to: OpenTo::Clients(vec!["other".into()]), ..resource(API) };
    // Another spelling of the same address.
    world.settings.resources = vec![closed, resource("https://b.example/")];
    assert_eq!(left(&world.settings, &client, &grant).unwrap(), ["https://b.example/"]);
    client.resources = vec![API.into()];
    assert_eq!(left(&world.settings, &client, &grant).unwrap(), [API, "https://b.example/"]);
    (grant.resources, client.resources) = (vec![API.into(), "https://op.example".into()], Vec::new());
    assert_eq!(left(&world.settings, &client, &grant).unwrap(), ["https://op.example"]);
}

#[test]
fn a_token_is_worth_what_its_client_would_be_given_today() {
    let world = World::new();
    let mut client = testing::client("web");
    let grant = world.grant(&client, &testing::user("diana"), "openid email notes");
    let us = || "https://op.example".to_owned();
    let token = |audience: Vec<String>, scope: &str| {
        let minted = refresh_token::mint(&world.env(), &grant, &testing::client("web"), None).record;
        Token { audience, scope: Some(Scope::parse(scope).unwrap()), ..minted }
    };
    let both = token(vec![API.into(), us()], "openid email notes");
    let alone = token(vec![API.into()], "notes");
    let usual = token(vec!["files".into()], "email");
    let of = |scopes: &[&str], open_to: OpenTo| Resource {
        scopes: scopes.iter().map(|&scope| scope.into()).collect(),
        open_to,
        ..resource(API)
    };
    let is = |settings: &Settings, client: &Client, token: &Token| {
        worth(settings, client, &grant, token).map(|worth| (worth.audience, worth.scope.to_string()))
    };
    let settings = &mut testing::settings();
    settings.scopes.insert("notes".into(), Default::default());
    settings.resources = vec![of(&["notes"], OpenTo::All)];
    let all = (vec![API.to_owned(), us()], "openid email notes".to_owned());
    assert_eq!(is(settings, &client, &both), Some(all));
    assert!(is(settings, &client, &alone).is_some());
    // Its entry is gone, it is open to others, or it has the scope no more.
    let closed = of(&["notes"], OpenTo::Clients(Vec::new()));
    for resources in [
        vec![closed],
        vec![of(&[], OpenTo::All), Resource { scopes: vec!["notes".into()], ..resource("urn:b") }],
    ] {
        settings.resources = resources;
        assert_eq!(is(settings, &client, &both).unwrap().1, "openid email");
        assert_eq!(is(settings, &client, &alone), None);
    }
    settings.resources = Vec::new();
    assert_eq!(is(settings, &client, &both).unwrap().0, [us()]);
    assert_eq!(is(settings, &client, &alone), None);
    // The usual audience needs no entry.
    assert_eq!(is(settings, &client, &usual), None);
    client.access_token_audience = vec!["files".into()];
    assert_eq!(is(settings, &client, &usual), Some((vec!["files".into()], "email".into())));
    client.scope = Some(Scope::from_words(["openid"]));
    assert_eq!(is(settings, &client, &usual), None);
}

#[test]
fn what_is_left_of_the_scope_says_which_resources_a_refresh_is_for() {
    let mut settings = testing::settings();
    let with =
        |identifier: &str, scope: &str| Resource { scopes: vec![scope.into()], ..resource(identifier) };
    settings.resources = vec![with(API, "a"), with("https://b.example", "b"), resource("https://c.example")];
    let of = |granted: &[&str], all: &str, scope: &str| {
        let granted = granted.iter().map(|one| (*one).to_owned()).collect();
        meant_by(&settings, granted, &Scope::parse(all).unwrap(), &Scope::parse(scope).unwrap())
    };
    let both = [API, "https://b.example"];
    assert_eq!(of(&both, "openid a b", "openid a b"), both);
    assert_eq!(of(&both, "openid a b", "openid a"), [API]);
    assert_eq!(of(&both, "openid a b", "openid"), ["https://op.example"]);
    // One whose scopes were never asked for, and one that has none, stay.
    assert_eq!(of(&both, "openid a", "openid"), ["https://b.example"]);
    assert_eq!(of(&["https://c.example"], "openid a", "openid"), ["https://c.example"]);
    // Nothing else takes their place where UserInfo is not meant.
    assert_eq!(of(&[API], "email a", "email"), [API]);
    assert!(of(&[], "openid a", "openid").is_empty());
}

#[test]
fn the_audience_is_what_was_asked_else_granted_else_registered_else_the_issuer() {
    let settings = testing::settings();
    let mut client = testing::client("web");
    let (openid, api) = (Scope::from_words(["openid"]), Scope::from_words(["api"]));
    let granted = [API.to_owned()];
    let of = |settings: &Settings, client: &Client, granted: &[String], scope: &Scope, asked: &[String]| {
        audience(settings, client, granted, scope, asked).unwrap()
    };
    assert_eq!(of(&settings, &client, &[], &api, &[]), ["https://op.example"]);
    assert_eq!(of(&settings, &client, &granted, &api, &[]), [API]);
    assert_eq!(of(&settings, &client, &granted, &openid, &[]), [API, "https://op.example"]);
    assert_eq!(of(&settings, &client, &granted, &openid, &granted), [API]);
    client.access_token_audience = vec!["urn:x".into()];
    assert_eq!(of(&settings, &client, &[], &api, &[]), ["urn:x"]);
    assert_eq!(of(&settings, &client, &granted, &api, &[]), [API]);
    let userinfo = ["https://op.example/userinfo".to_owned()];
    assert_eq!(of(&settings, &client, &userinfo, &openid, &[]), userinfo);
}

/// RFC 8707 §2: the server may choose the resource by the scope; it does not choose between two.
#[test]
fn without_a_resource_the_scopes_say_which_is_meant() {
    let mut settings = testing::settings();
    let with = |identifier: &str, scopes: &[&str], open_to| Resource {
        scopes: scopes.iter().map(|word| (*word).to_owned()).collect(),
        open_to,
        ..resource(identifier)
    };
    settings.resources = vec![
        with("https://a.example", &["a.read", "a.write", "both"], OpenTo::All),
        with("https://b.example", &["b", "both"], OpenTo::All),
        with("https://closed.example", &["b", "closed"], OpenTo::Clients(Vec::new())),
    ];
    let mut client = testing::client("web");
    let of = |client: &Client, scope: &str, asked: &[&str]| {
        let asked: Vec<String> = asked.iter().map(|one| (*one).to_owned()).collect();
        audience(&settings, client, &[], &Scope::parse(scope).unwrap(), &asked)
    };
    for (scope, meant) in [
        ("a.read", vec!["https://a.example"]),
        ("a.read both other", vec!["https://a.example"]),
        ("openid a.read a.write", vec!["https://a.example", "https://op.example"]),
        ("b", vec!["https://b.example"]),
        ("other", vec!["https://op.example"]),
    ] {
        assert_eq!(of(&client, scope, &[]).unwrap(), meant, "{scope}");
    }
    for (scope, says) in [
        ("a.read b", "a.read is of https://a.example, b is of https://b.example"),
        ("openid both", "both is of https://a.example and of https://b.example"),
    ] {
        let error = of(&client, scope, &[]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidTarget);
        assert!(
            error.description.starts_with("add the parameter resource") && error.description.contains(says)
        );
        of(&client, scope, &["https://a.example", "https://b.example"]).unwrap();
    }
    // What is named takes some of the scopes, but a token without any is no answer.
    of(&client, "a.read b", &["https://a.example"]).unwrap();
    let error = of(&client, "a.read", &["https://b.example"]).unwrap_err();
    assert!(error.description.contains("no scope of this request is one of https://b.example"), "{error}");
    of(&client, "", &["https://b.example"]).unwrap();
    // A default goes first, as far as it has the scopes.
    client.access_token_audience = vec!["https://a.example".into(), "https://b.example".into()];
    assert_eq!(of(&client, "a.read b", &[]).unwrap(), client.access_token_audience);
    client.access_token_audience = vec!["https://a.example".into()];
    assert_eq!(of(&client, "b", &[]).unwrap(), ["https://b.example"]);
    assert_eq!(of(&client, "a.read b", &[]).unwrap_err().code, ErrorCode::InvalidTarget);
}

#[test]
fn a_client_may_ask_for_what_it_is_registered_for() {
    let settings = testing::settings();
    let allowed = |client: &Client| {
        let words = ["openid", "email", "phone", "team", "unheard-of"];
        words.into_iter().filter(|word| is_scope_allowed(&settings, client, word)).collect::<Vec<_>>()
    };
    let mut client = testing::client("web");
    assert_eq!(allowed(&client), ["openid", "email", "phone"]);
    let own = [("openid", vec![]), ("team", vec!["groups".to_owned()]), ("email", vec!["mail".to_owned()])];
    client.scopes_to_claims = Some(own.map(|(word, claims)| (word.to_owned(), claims)).into());
    assert_eq!(allowed(&client), ["openid", "email", "team"], "the words of its own map");
    client.scope = Some(Scope::from_words(["openid", "phone", "team", "unheard-of"]));
    assert_eq!(allowed(&client), ["openid", "phone", "team"], "its own words go first");
    client.scopes_to_claims = None;
    assert_eq!(allowed(&client), ["openid", "phone"]);
}

#[test]
fn words_of_a_resource_are_for_those_to_whom_it_is_open() {
    let mut settings = testing::settings();
    settings.scopes.insert("read".into(), crate::settings::ScopeMeaning::default());
    settings.resources = vec![Resource {
        identifier: "https://api.example".into(),
        scopes: vec!["read".into()],
        open_to: OpenTo::Clients(vec!["web".into()]),
        ..Resource::default()
    }];
    assert!(is_scope_allowed(&settings, &testing::client("web"), "read"));
    assert!(!is_scope_allowed(&settings, &testing::client("other"), "read"));
    let mut named = testing::client("other");
    named.resources = vec!["https://api.example".into()];
    assert!(is_scope_allowed(&settings, &named, "read"));
    assert!(is_scope_allowed(&settings, &testing::client("other"), "email"));
}

//! OpenID Connect Core §3.1.2.4: a person's yes and no, and what is remembered of it.

use std::sync::Arc;

use serde_json::json;
use signet_certify::Page;
use signet_certify::assert::{Answered as _, Arrived as _, Judged as _};
use signet_core::change::Change;
use signet_core::localised::Localised;
use signet_core::record::Client;
use signet_core::settings::ScopeMeaning;
use signet_core::settings::resources::Resource;

use crate::op::{Op, World, client};

#[tokio::test]
async fn a_yes_is_remembered_per_application() {
    let op = Op::with([client("web"), client("other")]).await;
    op.rp("web").signed_in("diana", "openid email").await;
    op.rp("web").authorize("openid email").code().await;
    op.rp("web").authorize("openid").code().await;
    op.rp("other").authorize("openid").consent().code().await;
    // Another person is asked on their own.
    op.rp("web").at(&op.another_browser()).authorize("openid").login("ella").consent_page().await;
    // The same person in another browser is not asked again.
    op.rp("web").at(&op.another_browser()).authorize("openid").login("diana").code().await;
}

/// RFC 8252 §8.6: without a secret any program on the device can ask in the name of a client that is answered
/// there, whether or not it calls itself native.
#[tokio::test]
async fn who_is_answered_on_the_device_is_shown_each_time() {
    let op = Op::with([
        client("spa").public().redirect_uri("http://localhost:3000/cb"),
        client("tls").public().redirect_uri("https://app.localhost:3000/cb"),
        client("v6").public().redirect_uri("http://[::1]:3000/cb"),
        client("tool").native().redirect_uri("http://127.0.0.1/cb"),
        client("app").native().redirect_uri("com.example.app:/cb"),
        client("both")
            .public()
            .set("redirect_uris", json!(["https://both.example/cb", "http://localhost:3000/cb"])),
        client("own").public().redirect_uri("http://localhost:3000/cb").set("skip_consent", true),
        client("secret").redirect_uri("http://localhost:3000/cb"),
        client("site").public(),
    ])
    .await;
    op.rp("secret").signed_in("diana", "openid").await;
    for id in ["spa", "tls", "v6", "tool", "app"] {
        op.rp(id).authorize("openid").consent().code().await;
        op.rp(id).authorize("openid").prompt("none").refused("consent_required").await;
        op.rp(id).authorize("openid").consent().code().await;
    }
    // What counts is where this request is answered.
    op.rp("both").authorize("openid").consent().code().await;
    op.rp("both").authorize("openid").prompt("none").code().await;
    let local = op.rp("both").answered_at("http://localhost:3000/cb");
    local.authorize("openid").prompt("none").refused("consent_required").await;
    op.rp("site").authorize("openid").consent().code().await;
    for id in ["secret", "site", "own"] {
        op.rp(id).authorize("openid").prompt("none").code().await;
    }
}

#[tokio::test]
async fn more_is_asked_for_and_added() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    // What nobody was asked about before is not called new.
    let first =
        web.clone().at(&op.another_browser()).authorize("openid phone").login("ella").consent_page().await;
    assert!(!first.has("more"), "{}", first.text());
    let page = web.authorize("openid email phone").consent_page().await;
    assert!(
        page.has("more") && page.text().contains("asks for more than you allowed before"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Phone number new"), "{}", page.text());
    for word in ["diana@example.org", "+46 90 123 456", "Diana Krall", "The web application"] {
        assert!(page.text().contains(word), "{word}: {}", page.text());
    }
    web.authorize("openid email").consent().code().await;
    web.authorize("openid phone").consent().code().await;
    web.authorize("openid email phone").code().await;
    web.authorize("openid profile").prompt("none").refused("consent_required").await;
}

/// What was allowed before may go on, whatever this page asks, and when the yes itself has ended too.
#[tokio::test]
async fn what_was_given_before_is_not_said_to_be_withheld() {
    let world = World::of([client("web")]).settings(|settings| settings.lifetimes.consent = 1000);
    let op = Op::with(world).await;
    let web = op.rp("web");
    let withheld = async || {
        let page = web.authorize("openid").prompt("consent").consent_page().await;
        page.text().split("does not give").nth(1).unwrap().to_owned()
    };
    web.signed_in("diana", "openid").await;
    assert!(withheld().await.contains("mail address"));
    web.authorize("openid email offline_access").consent().signed_in().await;
    for _ in 0..2 {
        let withheld = withheld().await;
        assert!(!withheld.contains("mail address") && withheld.contains("Phone number"), "{withheld}");
        op.advance(1000);
    }
}

#[tokio::test]
async fn a_no_is_told_and_not_remembered() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let flow = web.authorize("openid email").login("diana").deny();
    let response = flow.refused("access_denied").await;
    assert!(response.get("error_description").unwrap().contains("denied the request"));
    for mode in ["fragment", "form_post"] {
        web.authorize("openid").set("response_mode", mode).deny().refused("access_denied").await;
    }
    web.authorize("openid").consent().code().await;
    // A no to more leaves the earlier yes.
    web.authorize("openid email").deny().refused("access_denied").await;
    web.authorize("openid").code().await;
}

#[tokio::test]
async fn a_no_ends_the_request() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid").login("diana");
    let page = flow.consent_page().await;
    assert_eq!(flow.read(page.submit("consent-deny").await).await.error(), Some("access_denied"));
    // Pressing "allow" on the page that the back button shows starts the request again; it does not grant.
    let again = page.submit("consent-allow").await.on_page();
    assert!(again.has("consent-allow") && again.url != page.url);
}

#[tokio::test]
async fn a_page_left_open_does_not_speak_for_who_signed_in_since() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid email").login("diana");
    let page = flow.consent_page().await;
    // In another tab somebody else signs in.
    op.rp("web").authorize("openid").prompt("login").login("ella").consent().code().await;
    let shown = page.submit("consent-allow").await.on_page();
    assert!(shown.has("consent-allow") && shown.text().contains("Ella"), "{}", shown.text());
    shown.submit("consent-allow").await.sent_away();
}

#[tokio::test]
async fn offline_access_can_be_left_out() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let flow = web.authorize("openid offline_access").login("diana");
    let page = flow.consent_page().await;
    let landed = page.tick("optional-1", false).submit("consent-allow").await;
    let code = Ok(flow.read(landed).await).code();
    let tokens = web.redeem(&code).await.tokens();
    assert_eq!((tokens.scope.as_deref(), tokens.refresh_token), (Some("openid"), None));
}

#[tokio::test]
async fn what_was_left_out_is_not_asked_for_again_and_shown_as_it_was_chosen() {
    const OFFLINE: &str = "openid offline_access";
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let page = web.authorize(OFFLINE).login("diana").consent_page().await;
    page.tick("optional", false).submit("consent-allow").await.sent_away();
    // The same request is answered, silently too, by as much as was allowed.
    for prompt in ["", "none"] {
        let code = web.authorize(OFFLINE).set("prompt", prompt).code().await;
        let tokens = web.redeem(&code).await.tokens();
        assert_eq!((tokens.scope.as_deref(), tokens.refresh_token), (Some("openid"), None));
    }
    // A page about something else shows the choice, which can be another now.
    let is_ticked = |page: &Page| page.control("optional").unwrap().checked;
    let more = web.authorize("openid email offline_access").consent_page().await;
    assert!(!is_ticked(&more));
    more.submit("consent-allow").await.sent_away();
    let asked = web.authorize(OFFLINE).prompt("consent").consent_page().await;
    assert!(!is_ticked(&asked));
    asked.tick("optional", true).submit("consent-allow").await.sent_away();
    web.authorize(OFFLINE).signed_in().await.refresh_token();
    // The last choice counts, whatever was allowed before it.
    let asked = web.authorize(OFFLINE).prompt("consent").consent_page().await;
    assert!(is_ticked(&asked));
    asked.tick("optional", false).submit("consent-allow").await.sent_away();
    assert_eq!(web.authorize(OFFLINE).signed_in().await.tokens.scope.as_deref(), Some("openid"));
}

#[tokio::test]
async fn a_box_that_is_ticked_anew_stays_ticked_on_the_page_that_is_shown_again() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    let page = web.authorize("openid offline_access").login("diana").consent_page().await;
    page.tick("optional", false).submit("consent-allow").await.sent_away();
    let page = web.authorize("openid offline_access").prompt("consent").consent_page().await;
    let csrf = page.control("csrf").unwrap().value.clone();
    let form = [("csrf", csrf.as_str()), ("optional", "offline_access"), ("ui_locales", "de")];
    let german = op.browser().post_form(page.url.as_str(), &form).await.on_page();
    assert!(german.lang() == Some("de") && german.control("optional").unwrap().checked);
}

/// The first button of the form is there for the Enter key, and has no decision.
#[tokio::test]
async fn a_client_that_sends_every_button_has_decided() {
    let op = Op::with(client("web")).await;
    let page = op.rp("web").authorize("openid offline_access").login("diana").consent_page().await;
    let csrf = page.control("csrf").unwrap().value.clone();
    let sent = async |decision: &str| {
        let form = [("csrf", csrf.as_str()), ("ui_locales", "en"), ("decision", decision)];
        op.browser().post_form(page.url.as_str(), &form).await.sent_away()
    };
    let answer = sent("allow").await;
    assert!(answer.as_str().contains("code="), "{answer}");
}

#[tokio::test]
async fn where_nobody_is_asked_nothing_is_left_out() {
    let op = Op::with(client("web")).await;
    let put = async |skip_consent: bool| {
        let spec = client("stored").set("skip_consent", skip_consent);
        let record = Client { version: u64::from(skip_consent), ..spec.record() };
        op.store().commit(vec![Change::PutClient(Arc::new(record))]).await.unwrap();
        op.party(&spec)
    };
    let page = put(false).await.authorize("openid offline_access").login("diana").consent_page().await;
    page.tick("optional", false).submit("consent-allow").await.sent_away();
    put(true).await.authorize("openid offline_access").signed_in().await.refresh_token();
}

#[tokio::test]
async fn a_form_cannot_take_away_what_is_not_optional_nor_add() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid email").login("diana");
    let page = flow.consent_page().await;
    let csrf = page.control("csrf").unwrap().value.clone();
    let form = [
        ("csrf", csrf.as_str()),
        ("decision", "allow"),
        ("optional", "phone"),
        ("optional", "offline_access"),
    ];
    let landed = op.browser().post_form(page.url.as_str(), &form).await;
    let code = Ok(flow.read(landed).await).code();
    assert_eq!(op.rp("web").redeem(&code).await.tokens().scope.as_deref(), Some("openid email"));
}

#[tokio::test]
async fn the_operators_own_applications_do_not_ask() {
    let op = Op::with(client("own").set("skip_consent", true)).await;
    let own = op.rp("own");
    own.authorize("openid email offline_access").login("diana").signed_in().await.refresh_token();
    own.authorize("openid profile").prompt("none").code().await;
    own.authorize("openid").prompt("consent").code().await;
}

/// RFC 8252 §8.6: anything on the device can pretend to be a native application.
#[tokio::test]
async fn native_applications_are_always_shown() {
    let trusted = client("trusted").native().set("skip_consent", true);
    let op =
        Op::with([client("app").native(), trusted, client("kept").set("application_type", "native")]).await;
    op.rp("app").signed_in("diana", "openid").await;
    op.rp("app").authorize("openid").consent().code().await;
    op.rp("app").authorize("openid").consent().code().await;
    // A sign-in within the request is seen as well.
    op.rp("app").authorize("openid").prompt("login").login("diana").code().await;
    op.rp("trusted").authorize("openid").code().await;
    op.rp("kept").authorize("openid").consent().code().await;
    op.rp("kept").authorize("openid").code().await;
}

#[tokio::test]
async fn a_yes_can_end() {
    let world = World::of([client("web")]).settings(|settings| settings.lifetimes.consent = 1000);
    let op = Op::with(world).await;
    op.rp("web").signed_in("diana", "openid").await;
    op.advance(999);
    op.rp("web").authorize("openid").code().await;
    op.advance(1);
    op.rp("web").authorize("openid").consent().code().await;
    op.rp("web").authorize("openid").code().await;
}

#[tokio::test]
async fn not_you_leads_to_the_sign_in_page_and_back() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid").login("diana");
    let page = flow.consent_page().await;
    let switched = op.browser().get(page.url.join("?switch=1").unwrap().as_str()).await.on_page();
    assert!(switched.has("sign-in"));
    let consent =
        switched.fill("username", "ella").fill("password", "fitzgerald").submit("sign-in").await.on_page();
    assert!(consent.text().contains("Ella Fitzgerald"), "{}", consent.text());
    let code = Ok(flow.read(consent.submit("consent-allow").await).await).code();
    let tokens = op.rp("web").redeem(&code).await.tokens();
    let info = op.rp("web").userinfo(&tokens).await.succeeded().json;
    let ella = op.rp("web").at(&op.another_browser()).authorize("openid").login("ella").signed_in().await;
    assert_eq!(info["sub"], ella.claims().await["sub"]);
    assert_eq!(info, json!({"sub": info["sub"]}));
}

/// A permission is for an API: the page says for which, in the person's language.
#[tokio::test]
async fn the_page_names_the_api_that_a_scope_is_of() {
    let op = Op::with(World::of([client("web")]).settings(|settings| {
        let api = |identifier: &str, name: &[(&str, &str)], scopes: &[&str]| Resource {
            identifier: identifier.into(),
            name: Localised::of("name", name.iter().copied()),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..Resource::default()
        };
        let invoices = [("name", "Invoices API"), ("name#de", "Rechnungs-API")];
        settings.resources = vec![
            api("https://invoices.example/v1", &invoices, &["invoices.read", "both"]),
            api("https://notes.example", &[], &["notes", "both"]),
        ];
        for (scope, description) in [
            ("invoices.read", "Read your invoices"),
            ("notes", "Read your notes"),
            ("both", "Search"),
            ("other", "Wave"),
        ] {
            let meaning = ScopeMeaning {
                description: Localised::of("description", [("description", description)]),
                ..ScopeMeaning::default()
            };
            settings.scopes.insert(scope.into(), meaning);
        }
    }))
    .await;
    let asked = "openid notes invoices.read both other";
    let text = op.rp("web").authorize(asked).login("diana").consent_page().await.text().to_owned();
    let order = [
        "Wave",
        "Invoices API",
        "Read your invoices",
        "Invoices API, notes.example",
        "Search",
        "notes.example",
        "Read your notes",
    ];
    let mut rest = text.as_str();
    for words in order {
        let at = rest.find(words).unwrap_or_else(|| panic!("{words} in {rest} of {text}"));
        rest = &rest[at + words.len()..];
    }
    let german = op.rp("web").authorize(asked).set("ui_locales", "de").consent_page().await.text().to_owned();
    assert!(german.contains("Rechnungs-API") && !german.contains("Invoices API"), "{german}");
}

/// One heading is one API: who allows writing at one must not seem to allow it at another.
#[tokio::test]
async fn two_apis_of_one_host_or_name_are_two_on_the_page() {
    let op = Op::with(World::of([client("web")]).settings(|settings| {
        let api = |identifier: &str, name: &[(&str, &str)], scope: &str| Resource {
            identifier: identifier.into(),
            name: Localised::of("name", name.iter().copied()),
            scopes: vec![scope.to_owned()],
            ..Resource::default()
        };
        settings.resources = vec![
            api("https://api.example/billing", &[], "billing"),
            api("https://api.example/notes/", &[], "notes"),
            api("https://notes.example/one", &[("name", "Archive")], "one"),
            api("https://notes.example/two", &[("name", "Archive")], "two"),
            api("urn:example:a", &[], "urn-a"),
            api("https://own.example/v1", &[], "own"),
            api("https://same.example/?tenant=1", &[], "t1"),
            api("https://same.example/?tenant=2", &[], "t2"),
        ];
        for scope in ["billing", "notes", "one", "two", "urn-a", "own", "t1", "t2"] {
            settings.scopes.insert(scope.into(), ScopeMeaning::default());
        }
    }))
    .await;
    let asked = op.rp("web").authorize("openid billing notes one two urn-a own t1 t2").login("diana");
    let html = String::from_utf8(asked.consent_page().await.body.to_vec()).unwrap();
    for heading in [
        "api.example/billing",
        "api.example/notes",
        "Archive (notes.example/one)",
        "Archive (notes.example/two)",
        "urn:example:a",
        "own.example",
        "https://same.example/?tenant=1",
        "https://same.example/?tenant=2",
    ] {
        let heading = format!("<b>{heading}</b>");
        assert_eq!(html.matches(&heading).count(), 1, "{heading} in {html}");
    }
}

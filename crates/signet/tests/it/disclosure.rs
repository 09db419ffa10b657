//! OpenID Connect Core §3.1.2.4, §5.4, §5.5: the consent page says what is released, whatever the
//! configuration and the request.

mod case;

use std::cell::Cell;

use proptest::test_runner::{Config, TestRunner};
use serde_json::json;
use signet_certify::assert::{Answered as _, Arrived as _, Judged as _};
use signet_core::claims::Selection;
use signet_core::localised::Localised;
use signet_core::record::client::SubjectType;
use signet_core::settings::ScopeMeaning;
use signet_core::settings::subjects::Public;

use crate::claims::put_claims;
use crate::op::{Op, World, client};
use case::cases;

#[test]
fn whatever_is_released_was_on_the_page_with_its_value() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let released = Cell::new(0);
    let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&cases(), |case| {
        released.set(released.get() + runtime.block_on(case.judge()));
        Ok(())
    });
    outcome.unwrap();
    // The property is worth something only if there is something to see.
    assert!(released.get() > 300, "{released:?}");
}

#[tokio::test]
async fn a_claim_that_is_not_known_is_not_said_to_be_given() {
    let op = Op::with(client("web")).await;
    put_claims(
        &op,
        "ella",
        json!({"name": "Ella Fitzgerald", "email": "ella@example.org", "email_verified": false}),
    )
    .await;
    let page = op.rp("web").authorize("openid profile email").login("ella").consent_page().await;
    let text = page.text();
    let (given, absent) = text.split_once("not on file:").unwrap();
    for part in ["Name", "Ella Fitzgerald", "ella@example.org", "not confirmed"] {
        assert!(given.contains(part), "{part}: {text}");
    }
    for part in ["Given name", "Nickname", "Picture"] {
        assert!(absent.contains(part) && !given.contains(part), "{part}: {text}");
    }
}

/// OpenID Connect Core §5.5: anybody can write anything into the address of a request.
#[tokio::test]
async fn a_claim_that_has_another_value_is_not_said_to_be_unknown() {
    let op = Op::with(client("web")).await;
    let asked = json!({"userinfo": {
        "email": {"value": "x@example.org"}, "preferred_username": {"value": "x"}, "nickname": null,
    }});
    let page = op.rp("web").authorize("openid").claims(&asked).login("diana").consent_page().await;
    let text = page.text();
    assert!(text.contains("another value than yours: User name, E‑mail address"), "{text}");
    assert!(text.contains("not on file: Nickname"), "{text}");
}

#[tokio::test]
async fn a_claim_that_nobody_knows_is_not_on_the_page() {
    let op = Op::with(client("web")).await;
    let words = "Your session expired. Sign in again at https://evil.example";
    let asked = json!({"userinfo": {words: null, "": null, "x".repeat(300): null, "website": null}});
    let flow = op.rp("web").authorize("openid email").claims(&asked).login("ella");
    let page = flow.consent_page().await;
    let text = page.text();
    assert!(text.contains("Website"), "{text}");
    for part in ["evil.example", "expired", "xxx", "\u{201c}\u{201d}"] {
        assert!(!text.contains(part), "{part}: {text}");
    }
    page.submit("consent-allow").await.sent_away();
    // Nor is it a reason to ask again.
    op.rp("web").authorize("openid email").claims(&asked).prompt("none").code().await;
}

/// Nothing was confirmed, or not, of what there is not.
#[tokio::test]
async fn of_an_address_that_nobody_has_nothing_is_said() {
    let op = Op::with(client("web")).await;
    put_claims(&op, "ella", json!({"email_verified": false, "name#de": "Die Ella", "locale": "de-AT"})).await;
    let asked = json!({"userinfo": {"name#de": null}});
    let flow = op.rp("web").authorize("openid email profile").claims(&asked);
    let page = flow.clone().login("ella").consent_page().await;
    assert!(!page.text().contains("confirmed"), "{}", page.text());
    for part in ["Name (German)", "Language", "German (AT)"] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let signed_in = flow.consent().signed_in().await;
    let told = op.rp("web").userinfo(&signed_in.tokens).await.succeeded().json;
    assert_eq!(told.get("email_verified"), None);
}

#[tokio::test]
async fn the_page_says_by_what_kind_of_identifier_the_application_knows_people() {
    for (kind, raw, said) in [
        (SubjectType::Public, false, "at every application"),
        (SubjectType::Pairwise, false, "only applications of web.example get"),
        (SubjectType::Ephemeral, false, "for this sign-in only"),
        (SubjectType::Public, true, "your user name, diana"),
    ] {
        let world = World::of([client("web")]).settings(move |settings| {
            settings.subjects.default_type = kind;
            if raw {
                settings.subjects.public = Public::Raw;
            }
        });
        let page = Op::with(world).await.rp("web").authorize("openid").login("diana").consent_page().await;
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
}

/// All applications of a host share it; on loopback each application has its own.
#[tokio::test]
async fn a_shared_identifier_is_said_to_be_its_hosts() {
    let loopback = client("app").native().set("redirect_uris", json!(["http://127.0.0.1/cb"]));
    let clients = [client("web"), loopback].map(|app| app.set("subject_type", "pairwise"));
    let op = Op::with(clients).await;
    for (id, said) in [("web", "only applications of web.example get"), ("app", "only this application gets")]
    {
        let browser = op.another_browser();
        let flow = op.rp(id).at(&browser).authorize("openid");
        let flow = if id == "app" { flow.set("redirect_uri", "http://127.0.0.1/cb") } else { flow };
        let page = flow.login("diana").consent_page().await;
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
}

#[tokio::test]
async fn descriptions_labels_and_purposes_are_in_the_persons_language() {
    let purpose = json!({"email": "To send the minutes", "email#de": "Um das Protokoll zu schicken"});
    let world = World::of([client("web").set("purpose", purpose)]).settings(|settings| {
        let description = Localised::of("", [("", "Read your calendar"), ("#de", "Ihren Kalender lesen")]);
        let calendar = ScopeMeaning { description, ..ScopeMeaning::default() };
        settings.scopes.insert("calendar.read".to_owned(), calendar);
        settings.scopes.insert("bare".to_owned(), ScopeMeaning::default());
        settings.release.userinfo.base_claims = Selection::of(["department"]);
        let label = Localised::of("", [("", "Department"), ("#de", "Abteilung")]);
        settings.claim_labels.insert("department".to_owned(), label);
    });
    let op = Op::with(world).await;
    let her = json!({"email": "ella@example.org", "department": "jazz"});
    put_claims(&op, "ella", her).await;
    for (language, said) in [
        (
            "en",
            [
                "To send the minutes",
                "Read your calendar",
                "the permission bare",
                "Department",
                "E‑mail address",
            ],
        ),
        (
            "de-CH",
            [
                "Um das Protokoll zu schicken",
                "Ihren Kalender lesen",
                "Die Berechtigung bare",
                "Abteilung",
                "E‑Mail-Adresse",
            ],
        ),
    ] {
        let flow = op.rp("web").at(&op.another_browser()).authorize("openid email calendar.read bare");
        let page = flow.set("ui_locales", language).login("ella").consent_page().await;
        for part in said {
            assert!(page.text().contains(part), "{part}: {}", page.text());
        }
    }
}

#[tokio::test]
async fn claims_of_others_are_named_with_their_source() {
    let op = Op::with(client("web")).await;
    let her = json!({
        "_claim_names": {"credit_score": "bank", "degree": "school"},
        "_claim_sources": {"bank": {"endpoint": "https://bank.example/c", "access_token": "hidden"}, "school": {"JWT": "a.b.c"}},
    });
    put_claims(&op, "ella", her).await;
    let asked = json!({"userinfo": {"credit_score": null, "degree": null}});
    let page = op.rp("web").authorize("openid").claims(&asked).login("ella").consent_page().await;
    for part in ["credit_score", "from bank.example", "degree", "from school"] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(!page.text().contains("hidden"));
}

/// The operator widens what scopes release: earlier grants give no more than their page said, and the next
/// request asks.
#[tokio::test]
async fn what_was_not_on_the_page_is_not_released_by_grants_made_before() {
    let clients = [
        client("web").set("access_token_format", "jwt"),
        client("own").set("access_token_format", "jwt").set("skip_consent", true),
    ];
    let mut op = Op::with(clients).await;
    let scope = "openid email offline_access";
    let before = op.rp("web").signed_in("diana", scope).await;
    let unasked = op.rp("own").authorize(scope).signed_in().await;
    op.restart_with(|world| {
        world.settings(|settings| {
            settings.scopes.get_mut("email").unwrap().claims.push("phone_number".to_owned());
            settings.release.introspection.add_claims_by_scope = true;
            settings.release.access_token.add_claims_by_scope = true;
            settings.release.id_token.base_claims = Selection::of(["address"]);
        })
    })
    .await;
    for (earlier, wider) in [(before, false), (unasked, true)] {
        let rp = earlier.rp.clone();
        let refreshed = rp.refresh(earlier.refresh_token()).await.unwrap().tokens();
        for tokens in [&earlier.tokens, &refreshed] {
            let about =
                [rp.userinfo(tokens).await.succeeded().json, rp.introspect(tokens).await.succeeded().json];
            for claims in about {
                assert_eq!(claims["email"], "diana@example.org");
                assert_eq!(claims.get("phone_number").is_some(), wider, "{claims}");
            }
        }
    }
    op.rp("web").authorize(scope).prompt("none").refused("consent_required").await;
    let page = op.rp("web").authorize(scope).consent_page().await;
    assert!(page.text().contains("+46 90 123 456") && page.text().contains("Umeå"), "{}", page.text());
    page.submit("consent-allow").await.sent_away();
    let after = op.rp("web").authorize(scope).prompt("none").signed_in().await;
    let info = op.rp("web").userinfo(&after.tokens).await.succeeded().json;
    assert_eq!(info["phone_number"], "+46 90 123 456");
}

/// A page that was shown before the operator widened what is released, or before a value changed, speaks for
/// neither.
#[tokio::test]
async fn a_yes_is_to_what_the_page_said() {
    let mut op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid email").login("ella");
    let page = flow.consent_page().await;
    op.restart_with(|world| {
        world.settings(|settings| settings.release.id_token.base_claims = Selection::of(["phone_number"]))
    })
    .await;
    let again = page.submit("consent-allow").await.on_page();
    assert!(again.has("consent-allow") && again.text().contains("+46 90 123 456"), "{}", again.text());
    put_claims(&op, "ella", json!({"email": "other@example.org", "phone_number": "+46 90 123 456"})).await;
    let again = again.submit("consent-allow").await.on_page();
    assert!(again.has("consent-allow") && again.text().contains("other@example.org"), "{}", again.text());
    let code = Ok(flow.read(again.submit("consent-allow").await).await).code();
    op.rp("web").redeem(&code).await.tokens();
}

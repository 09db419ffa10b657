//! OpenID Connect Core §5.5.1.1, Unmet Authentication Requirements 1.0, RFC 9470: authentication contexts,
//! asked for, reached and told.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::localised::Localised;
use signet_core::settings::authentication::Context;

use crate::flow::Flow;
use crate::op::{ClientSpec, Op, World, client};

const KNOWN: &str = "urn:example:known";
const NOW: &str = "urn:example:now";

/// A password at some time, and a password within the request.
fn contexts() -> Vec<Context> {
    let known = Context { name: "known".into(), acr: KNOWN.into(), ..Context::password() };
    let now = Context {
        name: "now".into(),
        acr: NOW.into(),
        fresh: true,
        label: Localised::of(
            "label",
            [("label", "a password typed now"), ("label#de", "ein Passwort von jetzt")],
        ),
        ..known.clone()
    };
    vec![known, now]
}

fn world(clients: impl IntoIterator<Item = ClientSpec>) -> World {
    World::of(clients).settings(|settings| settings.authentication = contexts())
}

fn essential(values: &[&str]) -> Value {
    json!({"id_token": {"acr": {"essential": true, "values": values}}})
}

async fn acr(flow: Flow) -> Value {
    flow.signed_in().await.claims().await["acr"].clone()
}

#[tokio::test]
async fn without_a_wish_the_token_says_what_was_reached() {
    let op = Op::with(world([client("web"), client("other")])).await;
    let offered = op.rp("web").discover().await.unwrap()["acr_values_supported"].clone();
    assert_eq!(offered, json!([KNOWN, NOW]));
    assert_eq!(acr(op.rp("web").authorize("openid").login("diana").consent()).await, NOW);
    // By the session it is less, in this application as in the next.
    assert_eq!(acr(op.rp("web").authorize("openid")).await, KNOWN);
    assert_eq!(acr(op.rp("other").authorize("openid").consent()).await, KNOWN);
}

#[tokio::test]
async fn a_resource_steps_up() {
    let jwt = client("jwt").set("access_token_format", "jwt").set("skip_consent", true);
    let op = Op::with(world([client("web").set("skip_consent", true), jwt])).await;
    let (web, jwt) = (op.rp("web"), op.rp("jwt"));
    let asked = |id: &str, acr: &str| op.rp(id).authorize("openid").set("acr_values", acr);

    let before = asked("web", KNOWN).login("diana").signed_in().await;
    let about = web.introspect(&before.tokens).await.succeeded().json;
    assert_eq!(about["acr"], KNOWN, "a stronger sign-in stands for the weaker context that was asked for");
    op.advance(30);

    // The API says insufficient_user_authentication with acr_values; the application asks for them.
    asked("web", NOW).prompt("none").refused("login_required").await;
    let page = asked("web", NOW).login_page().await;
    assert!(page.text().contains("This step needs more: a password typed now"), "{}", page.text());
    assert_eq!(page.control("username").unwrap().value, "diana");
    let german = asked("web", NOW).set("ui_locales", "de").login_page().await;
    assert!(german.text().contains("ein Passwort von jetzt"), "{}", german.text());
    let after = asked("web", NOW).login("diana").signed_in().await;
    let about = web.introspect(&after.tokens).await.succeeded().json;
    let (old, new) = (before.claims().await, after.claims().await);
    assert_eq!((&new["acr"], &about["acr"]), (&json!(NOW), &json!(NOW)));
    assert_eq!(new["auth_time"].as_u64().unwrap(), old["auth_time"].as_u64().unwrap() + 30);
    assert_eq!(about["auth_time"], new["auth_time"]);
    assert_eq!(new["sid"], old["sid"], "it is the same sign-in chain");
    // The token from before is none the stronger for it.
    assert_eq!(web.introspect(&before.tokens).await.succeeded().json["acr"], KNOWN);

    let stepped = asked("jwt", NOW).login("diana").signed_in().await;
    let payload = stepped.tokens.access_token.split('.').nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!((&payload["acr"], &payload["auth_time"]), (&json!(NOW), &stepped.claims().await["auth_time"]));
    assert_eq!(jwt.introspect(&stepped.tokens).await.succeeded().json["acr"], NOW);
}

#[tokio::test]
async fn one_of_several_is_enough() {
    let op = Op::with(world([client("web").set("skip_consent", true)])).await;
    let asked = |values: &str| op.rp("web").authorize("openid").set("acr_values", values);
    assert_eq!(acr(asked(&format!("{KNOWN} {NOW}")).login("diana")).await, NOW);
    for values in [format!("{KNOWN} {NOW}"), format!("{NOW} {KNOWN}"), format!("urn:unheard-of {KNOWN}")] {
        assert_eq!(acr(asked(&values)).await, KNOWN, "{values}");
        assert_eq!(acr(asked(&values).prompt("none")).await, KNOWN, "{values}");
    }
    assert_eq!(acr(asked("urn:unheard-of").prompt("none")).await, KNOWN);
    assert_eq!(acr(asked(&format!("urn:unheard-of {NOW}")).login("diana")).await, NOW);
}

#[tokio::test]
async fn what_is_essential_is_met_or_refused() {
    let op = Op::with(world([client("web").set("skip_consent", true)])).await;
    let asked = |values: &[&str]| op.rp("web").authorize("openid").claims(&essential(values));
    // Before anybody is asked anything, signed in or not.
    for flow in [asked(&["urn:unheard-of"]), asked(&["urn:unheard-of"]).prompt("none")] {
        let refusal = flow.refused("unmet_authentication_requirements").await;
        let told = refusal.get("error_description").unwrap();
        assert!(told.contains(NOW), "{told}");
    }
    assert_eq!(acr(asked(&[NOW, KNOWN]).login("diana")).await, NOW);
    asked(&["urn:unheard-of"]).refused("unmet_authentication_requirements").await;
    asked(&[NOW]).prompt("none").refused("login_required").await;
    assert_eq!(acr(asked(&["urn:unheard-of", NOW]).login("diana")).await, NOW);
    assert_eq!(acr(asked(&[KNOWN]).prompt("none")).await, KNOWN);
    // That the claim must be there, whatever it says, is no wish for a value.
    let any = json!({"id_token": {"acr": {"essential": true}}});
    assert_eq!(acr(op.rp("web").authorize("openid").claims(&any).prompt("none")).await, KNOWN);
}

#[tokio::test]
async fn wishes_come_from_several_places_in_order() {
    let careful = client("careful").set("skip_consent", true).set("default_acr_values", json!([NOW]));
    let op = Op::with(world([client("web").set("skip_consent", true), careful]).settings(|settings| {
        settings.login_hints.acrs.insert("eid".into(), vec![NOW.into()]);
    }))
    .await;
    let quiet = |id: &str| op.rp(id).authorize("openid").prompt("none");
    let wished = |values: &[&str]| json!({"id_token": {"acr": {"values": values}}});
    let first = op.rp("web").authorize("openid").login("diana").signed_in().await;
    assert_eq!(first.claims().await["acr"], NOW);

    // claims, voluntary: passed over where acr_values says otherwise, or where nothing of it is known.
    quiet("web").claims(&wished(&[NOW])).refused("login_required").await;
    quiet("web").claims(&wished(&[NOW])).set("acr_values", KNOWN).code().await;
    quiet("web").claims(&wished(&["urn:unheard-of"])).code().await;
    // claims, essential: before acr_values.
    quiet("web").claims(&essential(&[NOW])).set("acr_values", KNOWN).refused("login_required").await;
    // The client's default, unless the request says something.
    quiet("careful").refused("login_required").await;
    quiet("careful").set("acr_values", KNOWN).code().await;
    quiet("careful").claims(&wished(&[KNOWN])).code().await;
    assert_eq!(acr(op.rp("careful").authorize("openid").login("diana")).await, NOW);
    // A hint of the login_hint's scheme.
    quiet("web").set("login_hint", "EID:19121212").refused("login_required").await;
    quiet("web").set("login_hint", "eid:19121212").set("acr_values", KNOWN).code().await;
    quiet("web").set("login_hint", "diana").code().await;
    // An ID token that is shown back: silent renewal does not end because the first sign-in was fresh.
    let renewed = quiet("web").set("id_token_hint", first.id_token()).signed_in().await;
    assert_eq!(renewed.claims().await["acr"], KNOWN);
    let hinted = op.rp("web").authorize("openid").prompt("login").set("id_token_hint", renewed.id_token());
    assert_eq!(acr(hinted.login("diana")).await, KNOWN);
}

#[tokio::test]
async fn a_sign_in_of_another_tab_is_none_within_this_request() {
    let op = Op::with(world([client("web").set("skip_consent", true)])).await;
    let web = op.rp("web");
    let asked = web.authorize("openid").set("acr_values", NOW);
    let waiting = asked.login_page().await;
    web.authorize("openid").login("diana").code().await;
    let page = waiting.reload().await.on_page();
    assert!(page.has("sign-in"), "{}", page.text());
    let landed = page.fill("username", "diana").fill("password", "krall").submit("sign-in").await;
    let code = asked.read(landed).await.code().unwrap();
    web.redeem(&code).await.tokens();
}

#[tokio::test]
async fn a_sign_in_counts_for_as_long_as_its_context_lets_it() {
    let hour = || Context { lifetime: Some(3600), ..Context::password() };
    let world = World::of([client("web").set("skip_consent", true)]);
    let op = Op::with(world.settings(move |settings| settings.authentication = vec![hour()])).await;
    let web = op.rp("web");
    let first = web.signed_in_quietly("diana").await;
    op.advance(3599);
    web.authorize("openid").prompt("none").code().await;
    op.advance(1);
    web.authorize("openid").prompt("none").refused("login_required").await;
    let second = web.authorize("openid").login("diana").signed_in().await.claims().await;
    assert_eq!(second["sid"], first.claims().await["sid"]);
    web.authorize("openid").prompt("none").code().await;
}

#[tokio::test]
async fn a_stronger_context_may_end_before_a_weaker_one() {
    let world = World::of([client("web").set("skip_consent", true)]).settings(|settings| {
        let [known, now] = contexts().try_into().unwrap();
        settings.authentication = vec![known, Context { fresh: false, lifetime: Some(600), ..now }];
    });
    let op = Op::with(world).await;
    let web = op.rp("web");
    let first = web.signed_in_quietly("diana").await;
    assert_eq!(acr(web.authorize("openid").prompt("none")).await, NOW);
    op.advance(600);
    assert_eq!(acr(web.authorize("openid").prompt("none")).await, KNOWN);
    web.authorize("openid").set("acr_values", NOW).prompt("none").refused("login_required").await;
    // What was given out goes on: the token says how old its sign-in is, and anyone who takes it decides.
    web.userinfo(&first.tokens).await.succeeded();
    let about = web.introspect(&first.tokens).await.succeeded().json;
    assert_eq!((&about["acr"], &about["auth_time"]), (&json!(NOW), &first.claims().await["auth_time"]));
}

#[tokio::test]
async fn without_a_context_for_sessions_everybody_signs_in_every_time() {
    let world = World::of([client("web").set("skip_consent", true), client("other")]);
    let only_now = || contexts().split_off(1);
    let op = Op::with(world.settings(move |settings| settings.authentication = only_now())).await;
    for _ in 0..2 {
        assert_eq!(acr(op.rp("web").authorize("openid").login("diana")).await, NOW);
        op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
    }
    assert_eq!(acr(op.rp("other").authorize("openid").login("diana").consent()).await, NOW);
}

#[tokio::test]
async fn a_refreshed_token_tells_of_the_same_sign_in() {
    let op = Op::with(world([client("web").set("skip_consent", true)])).await;
    let web = op.rp("web");
    let first =
        web.authorize("openid offline_access").set("acr_values", NOW).login("diana").signed_in().await;
    op.advance(1000);
    let next = web.refresh(first.refresh_token()).await.tokens();
    let about = web.introspect(&next).await.succeeded().json;
    assert_eq!((&about["acr"], &about["auth_time"]), (&json!(NOW), &first.claims().await["auth_time"]));
}

#[tokio::test]
async fn one_sign_in_answers_every_reason_to_ask_for_one() {
    let op = Op::with(world([client("web").set("skip_consent", true)])).await;
    op.rp("web").signed_in_quietly("diana").await;
    op.advance(10);
    let all = op.rp("web").authorize("openid").prompt("login").max_age(0).claims(&essential(&[NOW]));
    assert_eq!(acr(all.login("diana")).await, NOW);
}

#[tokio::test]
async fn who_steps_up_may_be_somebody_else_and_is_offered_no_new_account() {
    let op = Op::with(
        world([client("web").set("skip_consent", true)]).settings(|settings| settings.sign_up = true),
    )
    .await;
    let web = op.rp("web");
    let diana = web.signed_in_quietly("diana").await.claims().await;
    let page = web.authorize("openid").set("acr_values", NOW).login_page().await;
    assert!(!page.has("sign-up"));
    let ella = web.authorize("openid").set("acr_values", NOW).login("ella").signed_in().await.claims().await;
    assert_eq!(ella["acr"], NOW);
    assert_ne!(ella["sub"], diana["sub"]);
}

#[tokio::test]
async fn a_hint_is_filled_in_as_the_person_would_type_it_and_never_looked_up() {
    let op = Op::with(world([client("web")]).settings(|settings| {
        settings.login_hints.default_country_code = Some("+46".into());
    }))
    .await;
    for (hint, typed) in [
        ("mail:ella@example.org", "ella@example.org"),
        ("tel:0907865000", "+46907865000"),
        ("ella", "ella"),
        ("urn:x:y", "urn:x:y"),
    ] {
        let page = op.rp("web").authorize("openid").set("login_hint", hint).login_page().await;
        assert_eq!(page.control("username").unwrap().value, typed);
    }
}

#[tokio::test]
async fn a_context_that_nobody_could_reach_keeps_the_provider_from_starting() {
    let built = |contexts: Vec<Context>| async {
        let builder = signet::Provider::builder("https://op.example");
        builder.settings(move |settings| settings.authentication = contexts).build().await.err()
    };
    let with = |change: fn(&mut Context)| {
        let mut context = Context { acr: "urn:other".into(), ..Context::password() };
        change(&mut context);
        vec![Context::password(), context]
    };
    for (contexts, said) in [
        (Vec::new(), "nobody could sign in"),
        (with(|context| context.amr.push("otp".into())), "no method does otp"),
        (with(|context| context.amr.clear()), "needs a method"),
        (with(|context| context.lifetime = Some(0)), "no sign-in would ever count"),
    ] {
        let error = built(contexts).await.unwrap().to_string();
        assert!(error.contains(said), "{error}");
    }
    assert!(built(contexts()).await.is_none());
}

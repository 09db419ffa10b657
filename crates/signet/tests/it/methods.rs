//! OpenID Connect Core §2 (`acr`, `amr`), RFC 8176, RFC 9470: several ways to sign in, one after the other
//! in one request, or as a step up from an earlier one.

#[path = "../../examples/sign_in_method/mailed_code.rs"]
mod mailed_code;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use signet::Provider;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_certify::{Error, Landed, Page};
use signet_core::record::User;
use signet_core::settings::authentication::Context;
use signet_login::throttle::Limits;
use signet_login::{Answer, Login, Method, Sent, Whom};

use crate::flow::Flow;
use crate::op::{Op, World, client, password};
use mailed_code::MailedCode;

const LOW: &str = "urn:example:password";
const TOP: &str = "urn:example:two-factors";

/// A second factor: everybody's is the same, and people without a telephone have none.
struct Pin(Option<&'static str>);

const PIN_PAGE: &str = r#"{% extends "layout.html" %}{% block title %}Pin{% endblock %}{% block content %}
<h1>Pin</h1>{% if notice %}<p id="notice" role="alert">{{ notice.kind }}</p>{% endif %}
<form id="typed" method="post"><input type="hidden" name="csrf" value="{{ frame.csrf }}">
<input type="hidden" name="method" value="{{ method }}"><input id="one-time-code" name="code">
<button id="continue" type="submit">Continue</button></form>{% endblock %}"#;

impl Method for Pin {
    fn name(&self) -> &'static str {
        "pin"
    }

    fn template(&self) -> Option<&'static str> {
        self.0
    }

    fn amr(&self) -> &'static [&'static str] {
        &["pin"]
    }

    fn identifies(&self) -> bool {
        false
    }

    fn offered(&self, person: &User) -> bool {
        person.claims.contains_key("phone_number")
    }

    fn whom<'a>(&self, sent: &Sent<'a>) -> Option<Whom<'a>> {
        sent.fields.get("code").map(|_| Whom::Present)
    }

    fn answer(&self, sent: &Sent<'_>, _person: Option<&User>) -> Answer {
        match sent.fields.text("code") {
            "1234" => Answer::Proof(Login::vouched_by(self), None),
            _ => Answer::Retry("wrong pin"),
        }
    }
}

fn context(acr: &str, amr: &[&str]) -> Context {
    let amr = amr.iter().map(|value| (*value).to_owned()).collect();
    Context { name: acr.into(), acr: acr.into(), amr, ..Context::password() }
}

fn world() -> World {
    World::of([client("web").set("skip_consent", true)]).method(|| Arc::new(Pin(Some(PIN_PAGE)))).settings(
        |settings| settings.authentication = vec![context(LOW, &["pwd"]), context(TOP, &["pwd", "pin"])],
    )
}

async fn type_password(page: Page) -> Result<Landed, Error> {
    page.fill("username", "diana").fill("password", password("diana")).submit("sign-in").await
}

async fn type_pin(page: Page, pin: &str) -> Result<Landed, Error> {
    page.fill("one-time-code", pin).submit("continue").await
}

async fn claims(op: &Op, flow: &Flow, landed: Result<Landed, Error>) -> Value {
    let code = flow.read(landed).await.code().unwrap();
    let tokens = op.rp("web").redeem(&code).await.tokens();
    op.rp("web").claims(flow.request(), &tokens).await.unwrap()
}

#[tokio::test]
async fn a_second_factor_follows_the_first_in_one_request() {
    let op = Op::with(world()).await;
    let flow = op.rp("web").authorize("openid").set("acr_values", TOP);
    let page = flow.login_page().await;
    assert!(page.has("password") && !page.has("one-time-code"));
    let page = type_password(page).await.on_page();
    assert!(page.has("one-time-code") && !page.has("password"), "{}", page.text());
    let claims = claims(&op, &flow, type_pin(page, "1234").await).await;
    assert_eq!((&claims["acr"], &claims["amr"]), (&json!(TOP), &json!(["pwd", "pin"])));
}

#[tokio::test]
async fn a_step_up_asks_for_what_is_missing_and_forgets_nothing() {
    let op = Op::with(world()).await;
    let web = op.rp("web");
    let asked = |acr: &str| web.authorize("openid").set("acr_values", acr);
    let before = asked(LOW).login("diana").signed_in().await.claims().await;
    assert_eq!((&before["acr"], &before["amr"]), (&json!(LOW), &json!(["pwd"])));
    op.advance(30);
    asked(TOP).prompt("none").refused("login_required").await;
    let flow = asked(TOP);
    let page = flow.page_with("one-time-code").await;
    assert!(!page.has("password"));
    let after = claims(&op, &flow, type_pin(page, "1234").await).await;
    assert_eq!((&after["acr"], &after["amr"]), (&json!(TOP), &json!(["pwd", "pin"])));
    assert_eq!(after["auth_time"].as_u64().unwrap(), before["auth_time"].as_u64().unwrap() + 30);
    assert_eq!((&after["sid"], &after["sub"]), (&before["sid"], &before["sub"]));
    // From now on the session has both.
    asked(TOP).prompt("none").code().await;
    // Whoever signs in by password again keeps the second factor.
    op.advance(30);
    let again = asked(TOP).prompt("login").login("diana").signed_in().await.claims().await;
    assert_eq!((&again["acr"], &again["amr"]), (&json!(TOP), &json!(["pin", "pwd"])));
    op.advance(30);
    let again = asked(TOP).max_age(10).login("diana").signed_in().await.claims().await;
    assert_eq!(again["acr"], TOP);
    // But somebody else does not inherit it.
    let flow = asked(TOP).prompt("login").login("ella");
    assert!(flow.page_with("one-time-code").await.has("continue"));
}

#[tokio::test]
async fn a_second_factor_grows_old_by_itself() {
    let op = Op::with(world().settings(|settings| settings.authentication[1].lifetime = Some(600))).await;
    let asked = || op.rp("web").authorize("openid").set("acr_values", TOP);
    let flow = asked();
    let page = type_password(flow.login_page().await).await.on_page();
    op.advance(300);
    claims(&op, &flow, type_pin(page, "1234").await).await;
    op.advance(299);
    asked().prompt("none").code().await;
    op.advance(1);
    // The password is ten minutes old, the pin is not.
    let flow = asked();
    let page = flow.login_page().await;
    assert!(page.has("password"));
    assert_eq!(claims(&op, &flow, type_password(page).await).await["acr"], TOP);
    op.advance(300);
    assert!(asked().page_with("one-time-code").await.has("continue"));
}

#[tokio::test]
async fn a_pin_is_of_the_person_who_is_signed_in_and_each_try_counts() {
    let limits = Limits { account: 3, account_refill: 10, ..Limits::default() };
    let op = Op::with(world().login(|login| login.limits = limits)).await;
    let flow = op.rp("web").authorize("openid").set("acr_values", TOP);
    // Nobody is signed in: there is nobody of whom more could be proved.
    let page = flow.login_page().await;
    let csrf = page.control("csrf").unwrap().value.clone();
    let form = [("csrf", csrf.as_str()), ("method", "pin"), ("code", "1234")];
    let page = op.browser().post_form(page.url.as_str(), &form).await.on_page();
    assert!(page.has("password") && crate::op::session_of(op.browser()).is_none());
    let page = type_password(page).await.on_page();
    let wrong = type_pin(page.clone(), "0000").await.on_page();
    assert!(wrong.document.alert.contains("wrong_credentials"), "{}", wrong.text());
    // A browser in which they signed in has a budget of its own; after it comes that of strangers.
    for _ in 1..6 {
        type_pin(page.clone(), "0000").await.on_page();
    }
    let waits = type_pin(page.clone(), "1234").await.on_page();
    assert!(waits.document.alert.contains("wait"), "{}", waits.text());
    op.advance(10);
    claims(&op, &flow, type_pin(page, "1234").await).await;
}

/// A second factor that takes the name of a person from its form.
struct Careless;

impl Method for Careless {
    fn name(&self) -> &'static str {
        "careless"
    }

    fn template(&self) -> Option<&'static str> {
        Some(PIN_PAGE)
    }

    fn amr(&self) -> &'static [&'static str] {
        &["pin"]
    }

    fn identifies(&self) -> bool {
        false
    }

    fn offered(&self, _person: &User) -> bool {
        true
    }

    fn whom<'a>(&self, sent: &Sent<'a>) -> Option<Whom<'a>> {
        Some(Whom::Named(sent.fields.text("username").into()))
    }

    fn answer(&self, _sent: &Sent<'_>, _person: Option<&User>) -> Answer {
        Answer::Proof(Login::vouched_by(self), None)
    }
}

#[tokio::test]
async fn a_named_person_is_not_let_in_by_a_second_factor() {
    let op = Op::with(World::of([client("web")]).method(|| Arc::new(Careless))).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    let csrf = page.control("csrf").unwrap().value.clone();
    let form = [("csrf", csrf.as_str()), ("method", "careless"), ("username", "diana")];
    let page = op.browser().post_form(page.url.as_str(), &form).await.on_page();
    assert!(page.has("password") && crate::op::session_of(op.browser()).is_none(), "{}", page.text());
}

#[tokio::test]
async fn where_one_factor_is_never_enough_nobody_passes_with_one() {
    let both = || vec![context(TOP, &["pwd", "pin"])];
    let op = Op::with(world().settings(move |settings| settings.authentication = both())).await;
    let flow = op.rp("web").authorize("openid");
    let page = type_password(flow.login_page().await).await.on_page();
    assert!(page.has("one-time-code"), "{}", page.text());
    op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
    assert_eq!(claims(&op, &flow, type_pin(page, "1234").await).await["acr"], TOP);
}

#[tokio::test]
async fn a_method_of_two_steps_signs_people_in() {
    let sent: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let outbox = sent.clone();
    let method = move || {
        let outbox = outbox.clone();
        let send =
            move |address: &str, code: &str| outbox.lock().unwrap().push((address.into(), code.into()));
        Arc::new(MailedCode { send }) as Arc<dyn Method>
    };
    let world = World::of([client("web").set("skip_consent", true)]).method(method).settings(|settings| {
        settings.authentication = vec![context(LOW, &["pwd"]), context("urn:example:mail", &["otp"])];
    });
    let op = Op::with(world).await;
    // The password's page links to it, and back.
    let flow = op.rp("web").authorize("openid");
    let login = flow.login_page().await;
    let page = op.browser().get(login.url.join("?method=mailed_code").unwrap().as_str()).await.on_page();
    assert!(
        page.has("continue") && !page.has("password") && page.text().contains("password"),
        "{}",
        page.text()
    );
    // The next page is the same for somebody who is unknown, and nothing gets in there.
    let unknown = page.clone().fill("username", "nobody").submit("continue").await.on_page();
    assert!(unknown.has("one-time-code") && sent.lock().unwrap().is_empty());
    assert!(type_pin(unknown, "000000").await.on_page().document.alert.contains("did not work"));
    let page = page.fill("username", "diana").submit("continue").await.on_page();
    let (address, code) = sent.lock().unwrap().pop().unwrap();
    assert_eq!(address, "diana@example.org");
    assert!(!page.url.as_str().contains(&code) && !page.text().contains(&code));
    let wrong = type_pin(page, "x").await.on_page();
    assert!(wrong.document.alert.contains("did not work") && wrong.has("one-time-code"), "{}", wrong.text());
    let claims = claims(&op, &flow, type_pin(wrong, &code).await).await;
    assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["otp"]), &json!("urn:example:mail")));
    // Whoever asks by the context gets its page at once; a code lives for ten minutes.
    let flow =
        op.rp("web").at(&op.another_browser()).authorize("openid").set("acr_values", "urn:example:mail");
    let page = flow.page_with("continue").await.fill("username", "ella").submit("continue").await.on_page();
    let (_, code) = sent.lock().unwrap().pop().unwrap();
    op.advance(600);
    assert!(type_pin(page, &code).await.on_page().has("one-time-code"));
}

#[tokio::test]
async fn a_page_that_could_not_work_keeps_the_provider_from_starting() {
    let built = |page: Option<&'static str>| async move {
        let builder = Provider::builder("https://op.example").sign_in_method(Arc::new(Pin(page)));
        builder.build().await.err().map(|error| error.to_string())
    };
    assert_eq!(built(Some(PIN_PAGE)).await, None);
    assert!(built(None).await.unwrap().contains("the sign-in method pin has no template"));
    let error = built(Some("<form></form>")).await.unwrap();
    assert!(error.contains("csrf and method"), "{error}");
    let pin = || Arc::new(Pin(Some(PIN_PAGE)));
    let twice = Provider::builder("https://op.example").sign_in_method(pin()).sign_in_method(pin());
    let error = twice.build().await.err().unwrap().to_string();
    assert!(error.contains("two sign-in methods called pin"), "{error}");
    let error = built(Some("{{ unheard_of }}")).await.unwrap();
    assert!(error.contains("sign_in_pin.html"), "{error}");
}

//! OpenID Connect Core §5.5.1.1, RFC 9470: contexts and consents of other tabs, accounts and times.

use super::*;

const KNOWN: &str = "urn:example:known";
const NOW: &str = "urn:example:now";

/// A password at some time, and one within the request, or of the last ten minutes.
fn contexts(fresh: bool) -> Vec<Context> {
    let known = Context { name: "known".into(), acr: KNOWN.into(), ..Context::password() };
    let lifetime = (!fresh).then_some(600);
    let now = Context { name: "now".into(), acr: NOW.into(), fresh, lifetime, ..known.clone() };
    vec![known, now]
}

fn essential(flow: Flow) -> Flow {
    flow.claims(&json!({"id_token": {"acr": {"essential": true, "values": [NOW]}}}))
}

async fn of_code(rp: &Rp, flow: &Flow, landed: Landed) -> Value {
    let code = flow.read(Ok(landed)).await.code().unwrap();
    rp.claims(flow.request(), &rp.redeem(&code).await.tokens()).await.unwrap()
}

#[tokio::test]
async fn no_tab_and_no_account_lends_another_its_context() {
    let op = Op::with(
        World::of([client("web"), client("quiet").set("skip_consent", true)])
            .settings(|settings| settings.authentication = contexts(true)),
    )
    .await;
    let (web, quiet) = (op.rp("web"), op.rp("quiet"));
    let wanted = essential(quiet.authorize("openid"));
    let waiting = wanted.login_page().await;
    // A sign-in of another tab, before and after this request began.
    let known = quiet.signed_in_quietly("diana").await;
    assert_eq!(known.claims().await["acr"], NOW);
    for _ in 0..2 {
        assert!(waiting.reload().await.on_page().has("sign-in"));
        essential(quiet.authorize("openid")).login_page().await;
        essential(quiet.authorize("openid")).login("diana").code().await;
    }
    for hint in [None, Some(known.id_token())] {
        let flow = essential(quiet.authorize("openid")).prompt("none");
        let flow = hint.into_iter().fold(flow, |flow, hint| flow.set("id_token_hint", hint));
        flow.refused("login_required").await;
        flow.clone().set("acr_values", KNOWN).refused("login_required").await;
    }
    // To go on with the account that is there is no sign-in.
    essential(quiet.authorize("openid")).prompt("select_account").page_with("sign-in").await;
    let flow = essential(quiet.authorize("openid")).prompt("consent");
    assert!(flow.page().await.has("sign-in"));

    // One tab has signed Diana in and asks for her consent; in the other, Ella signs in for less.
    let flow = essential(web.authorize("openid"));
    let consent = flow.clone().login("diana").consent_page().await;
    let ella = quiet.authorize("openid").prompt("login").login("ella").signed_in().await.claims().await;
    let diana = known.claims().await;
    assert_ne!(ella["sub"], diana["sub"]);
    let page = consent.submit("consent-allow").await.on_page();
    assert!(page.has("sign-in"), "Ella has signed in for less, and in another tab: {}", page.text());
    let claims = of_code(&web, &flow, consented(sign_in(&page, "ella").await.unwrap()).await).await;
    assert_eq!((&claims["sub"], &claims["acr"]), (&ella["sub"], &json!(NOW)));
    // Whoever Diana's hint names, Ella's sign-in does not do for.
    let hinted = essential(quiet.authorize("openid")).set("id_token_hint", known.id_token());
    hinted.clone().prompt("none").refused("login_required").await;
    assert!(hinted.login("ella").page().await.has("sign-in"));
}

/// The back button lets people choose again: who signed in counts, and who was shown is who agrees.
#[tokio::test]
async fn what_one_person_was_shown_is_not_agreed_to_by_another() {
    let op = Op::with(
        World::of([client("web"), client("quiet").set("skip_consent", true)])
            .settings(|settings| settings.authentication = contexts(false)),
    )
    .await;
    let (web, quiet) = (op.rp("web"), op.rp("quiet"));
    let diana = quiet.signed_in_quietly("diana").await.claims().await;
    let flow = essential(web.authorize("openid")).prompt("select_account");
    let choice = flow.page_with("account-continue").await;
    let dianas = choice.submit("account-continue").await.on_page();
    assert!(dianas.text().contains("Diana Krall"), "{}", dianas.text());
    let login = choice.submit("account-other").await.on_page();
    let ellas = sign_in(&login, "ella").await.on_page();
    assert!(ellas.text().contains("Ella Fitzgerald"), "{}", ellas.text());
    // Pages from before, pressed once more, lead to Ella, and to nothing that she was not asked.
    for (page, button) in [(&choice, "account-continue"), (&dianas, "consent-allow")] {
        let landed = page.submit(button).await.on_page();
        assert!(
            !landed.has("consent-allow") || landed.text().contains("Ella"),
            "{button}: {}",
            landed.text()
        );
        assert!(!landed.text().contains("Diana"), "{button}: {}", landed.text());
    }
    let claims = of_code(&web, &flow, ellas.submit("consent-allow").await.unwrap()).await;
    assert_ne!(claims["sub"], diana["sub"]);
    assert_eq!(claims["acr"], NOW);
}

/// What was done for a request counts for it however long its pages are read, and for no other.
#[tokio::test]
async fn a_context_that_ends_at_the_consent_page_ends_for_the_next_request() {
    let op =
        Op::with(World::of([client("web")]).settings(|settings| settings.authentication = contexts(false)))
            .await;
    let web = op.rp("web");
    let flow = essential(web.authorize("openid"));
    let consent = flow.clone().login("diana").consent_page().await;
    op.advance(600);
    let landed = consent.submit("consent-allow").await.unwrap();
    assert_eq!(of_code(&web, &flow, landed).await["acr"], NOW);
    essential(web.authorize("openid")).prompt("none").refused("login_required").await;
    let consent = essential(web.authorize("openid")).prompt("consent");
    consent.page_with("sign-in").await;
}

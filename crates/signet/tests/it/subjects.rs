//! OpenID Connect Core §8: one name for a person at all applications, in a sector, or for as long as a
//! sign-in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use signet::Provider;
use signet_certify::assert::{Arrived as _, Judged as _};
use signet_core::record::client::SubjectType;
use signet_core::secret::Secret;
use signet_core::settings::subjects::{Public, Subjects};

use crate::flow::{Rp, SignedIn};
use crate::op::{ClientSpec, Op, World, client};
use crate::outside::StoreKind;

/// A client of this type at this host.
fn at(id: &str, subject_type: &str, host: &str) -> ClientSpec {
    client(id).set("subject_type", subject_type).redirect_uri(&format!("https://{host}/{id}"))
}

/// The subject in everything that names one, after seeing that they agree.
async fn sub(signed_in: &SignedIn) -> String {
    let rp = &signed_in.rp;
    let claims = signed_in.claims().await;
    let info = rp.userinfo(&signed_in.tokens).await.succeeded().json;
    let about = rp.introspect(&signed_in.tokens).await.succeeded().json;
    for other in [&info["sub"], &about["sub"]] {
        assert_eq!(&claims["sub"], other);
    }
    let token = &signed_in.tokens.access_token;
    if let Some(payload) = token.split('.').nth(1) {
        let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        assert_eq!(claims["sub"], payload["sub"], "a JWT access token names the same");
    }
    claims["sub"].as_str().unwrap().to_owned()
}

async fn signed_in(rp: &Rp) -> SignedIn {
    let browser = rp.authorize("openid").page().await;
    let flow = rp.authorize("openid");
    let flow = if browser.has("sign-in") { flow.login("diana") } else { flow };
    flow.consent().signed_in().await
}

#[tokio::test]
async fn each_type_reaches_as_far_as_it_should() {
    let op = Op::with([
        at("public-a", "public", "a.example"),
        at("public-b", "public", "b.example").set("access_token_format", "jwt"),
        at("pair-a", "pairwise", "a.example").set("access_token_format", "jwt"),
        at("pair-a2", "pairwise", "a.example"),
        at("pair-b", "pairwise", "b.example"),
        at("pair-c", "pairwise", "c.example")
            .set("sector_identifier_uri", "https://a.example/redirect-uris.json"),
        at("short", "ephemeral", "a.example").set("access_token_format", "jwt"),
    ])
    .await;
    let name = async |id: &str| sub(&signed_in(&op.rp(id)).await).await;
    let public = name("public-a").await;
    assert_eq!(name("public-b").await, public);
    let pair = name("pair-a").await;
    assert_ne!(pair, public);
    assert_eq!(name("pair-a2").await, pair, "one sector");
    assert_eq!(name("pair-c").await, pair, "a sector may have several hosts");
    let other = name("pair-b").await;
    assert!(other != pair && other != public, "another sector");
    let short = name("short").await;
    assert!(short != pair && short != public);
}

#[tokio::test]
async fn an_ephemeral_subject_ends_with_the_session() {
    let op = Op::with(client("web").set("subject_type", "ephemeral")).await;
    let web = op.rp("web");
    let first = sub(&web.signed_in("diana", "openid").await).await;
    assert_eq!(sub(&web.authorize("openid").signed_in().await).await, first);
    let again = web.authorize("openid").prompt("login").login("diana").signed_in().await;
    assert_eq!(sub(&again).await, first, "signing in again is the same session");
    let elsewhere = web.at(&op.another_browser());
    assert_ne!(sub(&elsewhere.authorize("openid").login("diana").signed_in().await).await, first);
}

#[tokio::test]
async fn subjects_outlive_a_restart() {
    for kind in StoreKind::BOTH {
        let clients = [client("web"), client("pair").set("subject_type", "pairwise")];
        let mut op = Op::with(World::of(clients).on(kind)).await;
        let mut before = Vec::new();
        for id in ["web", "pair"] {
            before.push(sub(&signed_in(&op.rp(id)).await).await);
        }
        op.restart().await;
        for (id, before) in ["web", "pair"].into_iter().zip(before) {
            let again =
                op.rp(id).at(&op.another_browser()).authorize("openid").login("diana").signed_in().await;
            assert_eq!(sub(&again).await, before, "{kind:?} {id}");
        }
    }
}

#[tokio::test]
async fn a_hint_names_a_person_as_its_own_client_knows_them() {
    for subject_type in ["pairwise", "ephemeral"] {
        let op = Op::with([
            client("web").set("subject_type", subject_type),
            client("other").set("subject_type", subject_type),
        ])
        .await;
        let web = op.rp("web").signed_in("diana", "openid").await;
        let other = op.rp("other").authorize("openid").consent().signed_in().await;
        let quiet = || op.rp("web").authorize("openid").prompt("none");
        let known = sub(&web).await;
        quiet().set("id_token_hint", web.id_token()).code().await;
        quiet().claims(&json!({"id_token": {"sub": {"value": known}}})).code().await;
        let foreign = sub(&other).await;
        quiet().claims(&json!({"userinfo": {"sub": {"value": foreign}}})).refused("login_required").await;
        quiet().set("id_token_hint", other.id_token()).refused("invalid_request").await;
    }
}

#[tokio::test]
async fn a_hint_of_an_ended_session_does_not_ask_for_ever() {
    let op = Op::with(client("web").set("subject_type", "ephemeral")).await;
    let old = op.rp("web").signed_in("diana", "openid").await;
    let elsewhere = op.rp("web").at(&op.another_browser());
    elsewhere.authorize("openid").login("diana").code().await;
    let hinted = || elsewhere.authorize("openid").set("id_token_hint", old.id_token());
    hinted().prompt("none").refused("login_required").await;
    let again = hinted().login("diana").signed_in().await;
    assert_ne!(sub(&again).await, sub(&old).await);
}

#[tokio::test]
async fn a_hint_signs_out_without_a_question() {
    for subject_type in ["pairwise", "ephemeral"] {
        let op = Op::with([client("web").set("subject_type", subject_type), client("public")]).await;
        let web = op.rp("web").signed_in("diana", "openid").await;
        let elsewhere = op.rp("web").at(&op.another_browser()).authorize("openid").login("diana");
        let elsewhere = elsewhere.signed_in().await;
        let end = async |hint: &str| {
            op.browser().get(&op.url(&format!("/end_session?id_token_hint={hint}"))).await.on_page()
        };
        assert!(end(elsewhere.id_token()).await.has("sign-out-confirm"), "that was another session");
        assert!(!end(web.id_token()).await.has("sign-out-confirm"));
        op.rp("web").authorize("openid").prompt("none").refused("login_required").await;
    }
}

#[tokio::test]
async fn the_general_type_holds_for_clients_that_say_nothing() {
    let pairwise =
        |world: World| world.settings(|settings| settings.subjects.default_type = SubjectType::Pairwise);
    let op = Op::with(pairwise(World::of([client("one"), client("two")]))).await;
    let one = sub(&signed_in(&op.rp("one")).await).await;
    assert_ne!(sub(&signed_in(&op.rp("two")).await).await, one);
}

#[tokio::test]
async fn people_of_oidc_op_keep_their_subjects() {
    let salted = |subjects: &mut Subjects| {
        let salt = || Secret::new(b"sdfsdfdsf".to_vec());
        subjects.public = Public::Salted(salt());
        subjects.pairwise_salt = Some(salt());
    };
    let clients = [client("web"), at("pair", "pairwise", "rp.example")];
    let op = Op::with(World::of(clients).settings(move |settings| salted(&mut settings.subjects))).await;
    // As oidc-op 2.4.3 makes them.
    let public = "98df9351ce3cd546038c8e6e20ce92e4780265913d1689f24c18b523170ae9a0";
    let pair = "58b275d2477c60fb77486a72c34060b91384e9e105f01bd4a120223fd7a28aa1";
    assert_eq!(sub(&signed_in(&op.rp("web")).await).await, public);
    assert_eq!(sub(&signed_in(&op.rp("pair")).await).await, pair);
    // Anyone who is named so at the application is still found.
    let named = json!({"id_token": {"sub": {"value": public}}});
    op.rp("web").authorize("openid").prompt("none").claims(&named).code().await;
}

#[tokio::test]
async fn a_pairwise_client_without_a_sector_is_refused_at_the_start() {
    let uris = json!(["https://a.example/cb", "https://b.example/cb"]);
    let spec = client("web").set("subject_type", "pairwise").set("redirect_uris", uris);
    let build = async |spec: &ClientSpec| {
        Provider::builder("https://op.example")
            .clients([spec.record()])
            .signing_algs(vec!["ES256".into()])
            .build()
            .await
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let refused = build(&spec).await.unwrap_err();
    assert!(refused.starts_with("client web: ") && refused.contains("sector_identifier_uri"), "{refused}");
    build(&spec.set("sector_identifier_uri", "https://a.example/uris.json")).await.unwrap();
}

#[tokio::test]
async fn discovery_tells_the_types_that_the_standard_knows() {
    let op = Op::with(client("web")).await;
    let metadata = op.rp("web").discover().await.unwrap();
    assert_eq!(metadata["subject_types_supported"], json!(["public", "pairwise"]));
}

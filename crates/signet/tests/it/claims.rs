//! OpenID Connect Core §5: claims by scope, by request and by the operator's rules, where each is released;
//! and claims of others.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use signet_certify::assert::Judged as _;
use signet_core::change::Change;
use signet_core::claims::Selection;
use signet_core::id::UserId;
use signet_core::lookup::{UserById, UserByName};

use crate::flow::SignedIn;
use crate::op::{Op, World, client};
use crate::outside::StoreKind;

/// The claims inside a JWT access token.
fn inside(signed_in: &SignedIn) -> Value {
    let payload = signed_in.tokens.access_token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// What each release point tells, by oidc-op's names.
pub(crate) async fn told(signed_in: &SignedIn) -> [(&'static str, Value); 4] {
    let rp = &signed_in.rp;
    [
        ("userinfo", rp.userinfo(&signed_in.tokens).await.succeeded().json),
        ("id_token", signed_in.claims().await),
        ("introspection", rp.introspect(&signed_in.tokens).await.succeeded().json),
        ("access_token", inside(signed_in)),
    ]
}

/// Gives a stored person other claims.
pub(crate) async fn put_claims(op: &Op, username: &str, claims: Value) {
    let asked = UserById(UserId::from(format!("id-of-{username}").as_str()));
    let mut user = op.store().ask(asked).await.unwrap().unwrap().duplicate();
    user.claims = claims.as_object().unwrap().clone();
    op.store().commit(vec![Change::PutUser(Arc::new(user))]).await.unwrap();
}

#[tokio::test]
async fn by_default_scopes_count_at_userinfo_alone() {
    let op = Op::with(client("web").set("access_token_format", "jwt")).await;
    let signed_in = op.rp("web").signed_in("diana", "openid email").await;
    for (point, claims) in told(&signed_in).await {
        assert_eq!(claims.get("email").is_some(), point == "userinfo", "{point}");
        assert!(claims.get("nickname").is_none(), "{point} tells what is null");
    }
}

#[tokio::test]
async fn each_point_has_rules_of_its_own() {
    let points = ["userinfo", "id_token", "introspection", "access_token"];
    let always = json!({
        "userinfo": ["phone_number"], "id_token": {"address": null},
        "introspection": {"name": {"value": "Diana Krall"}}, "access_token": {"name": {"value": "Elvis"}},
    });
    let web = client("web").set("access_token_format", "jwt");
    let other = client("other").set("access_token_format", "jwt");
    let by_scope = json!({"userinfo": false, "id_token": true, "introspection": true, "access_token": true});
    let world = World::of([web.set("add_claims", json!({"always": always, "by_scope": by_scope})), other]);
    let op = Op::with(world.settings(|settings| {
        settings.release.id_token.base_claims = Selection::of(["phone_number", "sub", "iss"]);
    }))
    .await;
    let web = op.rp("web").signed_in("diana", "openid email").await;
    let names = ["email", "phone_number", "address", "name"];
    let expected =
        [&["phone_number"][..], &["email", "phone_number", "address"], &["email", "name"], &["email"]];
    let sub = web.claims().await["sub"].clone();
    for ((point, claims), expected) in told(&web).await.into_iter().zip(expected) {
        let found: Vec<&str> = names.into_iter().filter(|name| claims.get(*name).is_some()).collect();
        assert_eq!(found, expected, "{point}");
        assert_eq!(claims["sub"], sub, "{point}");
    }
    let other = op.rp("other").authorize("openid email").consent().signed_in().await;
    for (point, claims) in points.into_iter().zip(told(&other).await.map(|(_, claims)| claims)) {
        let found: Vec<&str> = names.into_iter().filter(|name| claims.get(*name).is_some()).collect();
        let expected: &[&str] = match point {
            "userinfo" => &["email"],
            "id_token" => &["phone_number"],
            _ => &[],
        };
        assert_eq!(found, expected, "{point}: what one client gets is not another's");
    }
}

#[tokio::test]
async fn whoever_introspects_learns_what_the_tokens_client_is_to_release() {
    for kind in StoreKind::BOTH {
        let add = json!({"always": {"introspection": ["username"], "access_token": ["name"]}});
        let clients = [client("web").set("add_claims", add), client("gateway").set("may_introspect", true)];
        let op = Op::with(World::of(clients).on(kind)).await;
        let signed_in = op.rp("web").signed_in("diana", "openid").await;
        for asker in ["web", "gateway"] {
            let about = op.rp(asker).introspect(&signed_in.tokens).await.succeeded().json;
            assert_eq!(
                (&about["username"], &about["name"]),
                (&json!("diana"), &json!("Diana Krall")),
                "{asker}"
            );
        }
    }
}

#[tokio::test]
async fn people_see_what_the_operator_adds_and_are_asked_again_when_that_grows() {
    let add = json!({"always": {"id_token": ["phone_number"]}});
    let mut op = Op::with(client("web").set("add_claims", add)).await;
    let page = op.rp("web").authorize("openid").login("diana").consent_page().await;
    assert!(page.text().contains("+46 90 123 456"), "{}", page.text());
    op.rp("web").authorize("openid").consent().code().await;
    op.rp("web").authorize("openid").prompt("none").code().await;
    op.restart_with(|world| {
        world.settings(|settings| settings.release.userinfo.base_claims = Selection::of(["address"]))
    })
    .await;
    op.rp("web").authorize("openid").prompt("none").refused("consent_required").await;
}

#[tokio::test]
async fn a_client_asks_for_what_it_is_registered_for_and_gets_no_more() {
    let op = Op::with([
        client("open"),
        client("narrow").set("scope", "openid email"),
        client("own")
            .set("scopes_to_claims", json!({"openid": [], "email": ["phone_number"], "team": ["name"]})),
        client("both")
            .set("scopes_to_claims", json!({"openid": [], "email": ["phone_number"], "team": ["name"]}))
            .set("scope", "openid team phone"),
    ])
    .await;
    for (id, scope, names) in [
        ("open", "openid email phone", &["email", "email_verified", "phone_number"][..]),
        ("narrow", "openid email", &["email", "email_verified"]),
        ("own", "openid email team", &["name", "phone_number"]),
        // Its map says nothing of `phone`, so that releases nothing.
        ("both", "openid phone team", &["name"]),
    ] {
        let rp = op.rp(id).at(&op.another_browser());
        let signed_in = rp.signed_in("diana", "openid email phone team unheard-of").await;
        let granted = rp.introspect(&signed_in.tokens).await.succeeded().json["scope"].clone();
        assert_eq!(granted, scope, "{id}");
        let info = rp.userinfo(&signed_in.tokens).await.succeeded().json;
        let mut found: Vec<&str> = info.as_object().unwrap().keys().map(String::as_str).collect();
        found.retain(|name| *name != "sub");
        found.sort_unstable();
        assert_eq!(found, names, "{id}");
    }
}

#[tokio::test]
async fn the_token_response_names_the_scope_that_was_granted() {
    let op = Op::with(client("narrow").set("scope", "openid email")).await;
    let flow = op.rp("narrow").authorize("openid phone email team").login("diana").consent();
    let reply = op.rp("narrow").redeem(&flow.code().await).await.succeeded();
    assert_eq!(reply.json["scope"], "openid email");
}

#[tokio::test]
async fn a_narrower_scope_takes_claims_away_everywhere() {
    let points = json!({"userinfo": true, "id_token": true, "introspection": true, "access_token": true});
    let web = client("web").set("access_token_format", "jwt");
    let op = Op::with(web.set("add_claims", json!({"by_scope": points}))).await;
    let mut signed_in = op.rp("web").signed_in("diana", "openid email offline_access").await;
    for (point, claims) in told(&signed_in).await {
        assert_eq!(claims["email"], "diana@example.org", "{point}");
    }
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", signed_in.refresh_token()), ("scope", "openid")];
    let before = signed_in.claims().await;
    signed_in.tokens = op.rp("web").token_request(&form).await.tokens();
    let id_token = op.rp("web").refreshed_claims(&before, &signed_in.tokens).await.unwrap();
    let info = op.rp("web").userinfo(&signed_in.tokens).await.succeeded().json;
    let about = op.rp("web").introspect(&signed_in.tokens).await.succeeded().json;
    for claims in [id_token, info, about, inside(&signed_in)] {
        assert!(claims.get("email").is_none() && claims["sub"] == before["sub"], "{claims}");
    }
}

#[tokio::test]
async fn unknown_scopes_can_be_refused() {
    let clients = [
        client("web").set("scope", "openid email"),
        client("own").set("scopes_to_claims", json!({"openid": [], "team": []})),
    ];
    let op = Op::with(World::of(clients).settings(|settings| settings.deny_unknown_scopes = true)).await;
    op.rp("web").authorize("openid phone").refused("invalid_scope").await;
    op.rp("own").authorize("openid email").refused("invalid_scope").await;
    op.rp("own").authorize("openid team").login("diana").consent().code().await;
}

#[tokio::test]
async fn a_request_says_where_how_and_in_which_language() {
    let op = Op::with(client("web")).await;
    put_claims(
        &op,
        "ella",
        json!({
            "name": "Ella", "name#de": "Ella auf Deutsch", "name#fr": "Ella en français", "nickname#de": "Elli",
            "email": "ella@example.org", "website": null, "gender": "",
        }),
    )
    .await;
    let asked = json!({
        "userinfo": {"name": {"essential": true}, "nickname": null, "website": null, "email": {"value": "x@example.org"}},
        "id_token": {"name#fr": null, "email": {"values": ["a", "ella@example.org"]}, "gender": {"essential": true}},
        "unheard_of": 1,
    });
    let flow = || op.rp("web").authorize("openid").claims(&asked);
    let signed_in = flow().login("ella").consent().signed_in().await;
    let info = op.rp("web").userinfo(&signed_in.tokens).await.succeeded().json;
    let id_token = signed_in.claims().await;
    assert_eq!(info, json!({"sub": id_token["sub"], "name": "Ella"}));
    assert_eq!(
        (&id_token["name#fr"], &id_token["email"]),
        (&json!("Ella en français"), &json!("ella@example.org"))
    );
    assert!(id_token.get("gender").is_none() && id_token.get("name").is_none());

    let german = flow().set("claims_locales", "de-CH").signed_in().await;
    let info = op.rp("web").userinfo(&german.tokens).await.succeeded().json;
    assert_eq!((&info["name"], &info["nickname"]), (&json!("Ella auf Deutsch"), &json!("Elli")));
    let both = flow().set("claims_locales", "fr de ja").signed_in().await;
    let info = op.rp("web").userinfo(&both.tokens).await.succeeded().json;
    assert_eq!(
        info,
        json!({
            "sub": id_token["sub"], "name": "Ella", "name#de": "Ella auf Deutsch", "name#fr": "Ella en français",
            "nickname#de": "Elli",
        })
    );
}

#[tokio::test]
async fn claims_of_others_are_told_where_they_are() {
    let token = "ksj3n283dke";
    let op =
        Op::with(client("web").set("scopes_to_claims", json!({"openid": [], "home": ["address", "name"]})))
            .await;
    let bank = json!({"endpoint": "https://bank.example/claims", "access_token": token});
    put_claims(
        &op,
        "ella",
        json!({
            "name": "Ella",
            "_claim_names": {"address": "town", "credit_score": "bank"},
            "_claim_sources": {"town": {"JWT": "a.b.c"}, "bank": bank},
        }),
    )
    .await;
    let web = op.rp("web");
    let by_scope = web.authorize("openid home").login("ella").consent().signed_in().await;
    let info = web.userinfo(&by_scope.tokens).await.succeeded().json;
    let told = json!({
        "sub": info["sub"], "name": "Ella",
        "_claim_names": {"address": "town"}, "_claim_sources": {"town": {"JWT": "a.b.c"}},
    });
    assert_eq!(info, told);

    let asked = json!({"id_token": {"credit_score": {"essential": true}}});
    let requested = web.authorize("openid").claims(&asked).consent().signed_in().await;
    let claims = requested.claims().await;
    assert_eq!(claims["_claim_names"], json!({"credit_score": "bank"}));
    assert_eq!(claims["_claim_sources"], json!({"bank": bank}));
    let info = web.userinfo(&requested.tokens).await.succeeded().json;
    assert!(info.get("_claim_names").is_none(), "they were not asked for there");
    assert!(!op.log().contains(token));
    let ella = op.store().ask(UserByName("ella".into())).await.unwrap();
    assert!(!format!("{ella:?}").contains(token), "no output for people holds the token");
}

#[tokio::test]
async fn discovery_follows_the_rules() {
    let world = World::of([client("web")]).settings(|settings| {
        settings.release.introspection.base_claims = Selection::of(["department"]);
    });
    let op = Op::with(world).await;
    let metadata = op.rp("web").discover().await.unwrap();
    assert_eq!(metadata["claim_types_supported"], json!(["normal", "aggregated", "distributed"]));
    let claims = metadata["claims_supported"].as_array().unwrap();
    for name in ["department", "email", "sub"] {
        assert!(claims.contains(&name.into()), "{name}");
    }
}

/// OpenID Connect Core §5.5: also what Signet itself knows of the sign-in.
#[tokio::test]
async fn userinfo_tells_of_the_sign_in_where_that_is_asked_for() {
    let op = Op::with(client("web").set("skip_consent", true)).await;
    let ask = async |wanted: Value| {
        let rp = op.rp("web").at(&op.another_browser());
        let flow = rp.authorize("openid").claims(&json!({"userinfo": wanted}));
        let signed_in = flow.login("diana").signed_in().await;
        (signed_in.claims().await, op.rp("web").userinfo(&signed_in.tokens).await.succeeded().json)
    };
    let (id_token, info) =
        ask(json!({"acr": null, "auth_time": {"essential": true}, "amr": null, "nonce": null})).await;
    let expected = json!({
        "sub": id_token["sub"], "acr": id_token["acr"], "auth_time": id_token["auth_time"], "amr": id_token["amr"],
    });
    assert_eq!(info, expected);
    let (_, info) = ask(json!({"acr": {"value": "urn:another"}, "amr": {"values": [["otp"]]}})).await;
    assert_eq!(info, json!({"sub": id_token["sub"]}));
}

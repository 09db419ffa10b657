//! OpenID Connect Dynamic Client Registration 1.0, RFC 7591, RFC 7592: applications that register themselves, and look after it.

use ::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use signet::admin::tickets;
use signet::clock::Clock as _;
use signet_certify::assert::Judged as _;
use signet_certify::{ClientAuth, Reply};
use signet_core::registration::Mode;
use signet_core::settings::Settings;
use signet_jose::{SigningAlg, SigningKey, jws};

use crate::elsewhere::Elsewhere;
use crate::op::{ClientSpec, Op, World, client};
use crate::outside::{SeededRng, StoreKind};

fn open() -> World {
    World::of([client("web")]).settings(|settings| settings.registration.mode = Mode::Open)
}

/// The metadata of an application that says no more than it must.
fn least() -> Value {
    json!({"redirect_uris": ["https://app.example/cb"]})
}

fn with(member: &str, value: impl Into<Value>) -> Value {
    let mut metadata = least();
    metadata[member] = value.into();
    metadata
}

async fn send(op: &Op, method: Method, place: &str, token: Option<&str>, body: Option<&Value>) -> Reply {
    let mut request = Request::builder().method(method).uri(place);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    op.send(request.body(body.map(Value::to_string).unwrap_or_default()).unwrap()).await
}

async fn register(op: &Op, metadata: &Value) -> Reply {
    send(op, Method::POST, &op.url("/register"), None, Some(metadata)).await
}

/// A registration that succeeds.
async fn registered(op: &Op, metadata: &Value) -> App {
    let reply = register(op, metadata).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.json);
    App { told: reply.json }
}

/// What an application was told about itself.
#[derive(Clone, Debug)]
struct App {
    told: Value,
}

impl App {
    fn text(&self, member: &str) -> &str {
        self.told[member].as_str().unwrap_or_else(|| panic!("{member} is missing: {}", self.told))
    }

    fn id(&self) -> &str {
        self.text("client_id")
    }

    fn spec(&self) -> ClientSpec {
        let members = self.told.as_object().unwrap().iter();
        members.fold(client(self.id()), |spec, (name, value)| spec.set(name, value.clone()))
    }

    /// What an update sends: all that was told but what only the server says.
    fn update(&self, member: &str, value: impl Into<Value>) -> Value {
        let mut body = self.told.clone();
        for name in [
            "registration_access_token",
            "registration_client_uri",
            "client_secret_expires_at",
            "client_id_issued_at",
        ] {
            body.as_object_mut().unwrap().remove(name);
        }
        body[member] = value.into();
        body
    }

    async fn ask(&self, op: &Op, method: Method, body: Option<&Value>) -> Reply {
        let token = self.text("registration_access_token");
        send(op, method, self.text("registration_client_uri"), Some(token), body).await
    }

    async fn read(&self, op: &Op) -> Reply {
        self.ask(op, Method::GET, None).await
    }
}

#[tokio::test]
async fn an_application_registers_signs_in_changes_and_goes() {
    for kind in StoreKind::BOTH {
        let mut op = Op::with(open().on(kind)).await;
        let metadata = json!({
            "client_name": "Meadow Notes",
            "client_name#de": "Wiesennotizen",
            "redirect_uris": ["https://app.example/cb"],
            "grant_types": ["authorization_code", "refresh_token"],
            "contacts": ["team@app.example"],
            "client_uri": "https://app.example/",
            "unknown": true,
            "skip_consent": true,
            "may_introspect": true,
            "logo_uri": null,
        });
        let reply = register(&op, &metadata).await;
        assert_eq!((reply.status, &*reply.header(header::CACHE_CONTROL)), (StatusCode::CREATED, "no-store"));
        let app = App { told: reply.json };
        for (member, value) in [
            ("client_name", json!("Meadow Notes")),
            ("client_name#de", json!("Wiesennotizen")),
            ("response_types", json!(["code"])),
            ("grant_types", json!(["authorization_code", "refresh_token"])),
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("application_type", json!("web")),
            ("id_token_signed_response_alg", json!("RS256")),
            ("client_secret_expires_at", json!(0)),
            ("client_id_issued_at", json!(op.clock.now().0)),
            ("contacts", json!(["team@app.example"])),
        ] {
            assert_eq!(app.told[member], value, "{member}");
        }
        for member in
            ["unknown", "skip_consent", "may_introspect", "logo_uri", "registered", "client_secret_hash"]
        {
            assert_eq!(app.told.get(member), None, "{member}");
        }
        assert!(app.text("client_secret").starts_with("sgk_"));
        assert_eq!(app.text("registration_client_uri"), op.url(&format!("/register/{}", app.id())));

        // It survives a restart, and people are asked although it wished they were not.
        if kind == StoreKind::Sqlite {
            op.restart().await;
        }
        let flow = op.party(&app.spec()).authorize("openid offline_access");
        assert!(flow.clone().login("diana").consent_page().await.text().contains("Meadow Notes"));
        let signed_in = flow.consent().signed_in().await;
        op.party(&app.spec()).refresh(signed_in.refresh_token()).await.tokens();
        op.party(&app.spec()).introspect(&signed_in.tokens).await.succeeded();

        let found = app.read(&op).await;
        assert_eq!(found.status, StatusCode::OK);
        assert_eq!(found.json["client_name"], "Meadow Notes");
        assert_eq!(found.json["registration_access_token"], app.told["registration_access_token"]);

        let changed = app.ask(&op, Method::PUT, Some(&app.update("client_name", "Meadow"))).await;
        assert_eq!((changed.status, &changed.json["client_name"]), (StatusCode::OK, &json!("Meadow")));
        let after = App { told: changed.json };
        assert_ne!(after.text("registration_access_token"), app.text("registration_access_token"));
        assert_eq!(after.text("client_secret"), app.text("client_secret"));
        app.read(&op).await.refused("invalid_token");
        op.party(&app.spec()).refresh(signed_in.refresh_token()).await.tokens();

        let gone = after.ask(&op, Method::DELETE, None).await;
        assert_eq!((gone.status, gone.body.len()), (StatusCode::NO_CONTENT, 0));
        after.read(&op).await.refused("invalid_token");
        op.party(&app.spec()).userinfo(&signed_in.tokens).await.refused("invalid_token");
        op.party(&app.spec()).refresh(signed_in.refresh_token()).await.refused("invalid_client");
    }
}

#[tokio::test]
async fn registration_is_off_unless_switched_on() {
    let mut op = Op::with(client("web")).await;
    assert_eq!(register(&op, &least()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(op.rp("web").discover().await.unwrap().get("registration_endpoint"), None);
    op.restart_with(|world| world.settings(|settings| settings.registration.mode = Mode::Open)).await;
    assert_eq!(op.rp("web").discover().await.unwrap()["registration_endpoint"], op.url("/register"));
    let app = registered(&op, &least()).await;
    op.restart_with(|world| world.settings(|settings| settings.registration.mode = Mode::Off)).await;
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(app.ask(&op, method, None).await.status, StatusCode::NOT_FOUND);
    }
    // What was registered goes on.
    op.party(&app.spec()).authorize("openid").login("diana").consent().signed_in().await;
}

/// With an initial access token each.
fn closed() -> World {
    World::of([client("web")]).settings(|settings| settings.registration.mode = Mode::Token)
}

async fn ticket(op: &Op, uses: Option<u32>, seconds: u64) -> (String, i64) {
    let (rng, now) = (SeededRng::new(9), op.clock.now());
    let made = tickets::create(&**op.store(), &rng, uses, now.plus(seconds), now).await.unwrap();
    (made.0.expose().clone(), made.1.id)
}

async fn register_by(op: &Op, token: Option<&str>) -> Reply {
    send(op, Method::POST, &op.url("/register"), token, Some(&least())).await
}

#[tokio::test]
async fn an_initial_access_token_is_good_for_so_many_registrations() {
    for kind in StoreKind::BOTH {
        let mut op = Op::with(closed().on(kind)).await;
        let none = register_by(&op, None).await;
        assert_eq!((none.status, none.body.len()), (StatusCode::UNAUTHORIZED, 0));
        assert_eq!(none.header(header::WWW_AUTHENTICATE), "Bearer realm=\"https://op.example\"");
        let (twice, _) = ticket(&op, Some(2), 60).await;
        let (any, _) = ticket(&op, None, 60).await;
        let (revoked, id) = ticket(&op, None, 60).await;
        tickets::revoke(&**op.store(), id, op.clock.now()).await.unwrap();
        register_by(&op, Some(&revoked)).await.refused("invalid_token");
        // A wish that is refused costs nothing.
        let refused = send(&op, Method::POST, &op.url("/register"), Some(&twice), Some(&json!({}))).await;
        assert_eq!(
            (refused.status, &refused.json["error"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_redirect_uri"))
        );
        assert_eq!(register_by(&op, Some(&twice)).await.status, StatusCode::CREATED);
        if kind == StoreKind::Sqlite {
            op.restart().await;
        }
        assert_eq!(register_by(&op, Some(&twice)).await.status, StatusCode::CREATED);
        let refused = register_by(&op, Some(&twice)).await;
        refused.refused("invalid_token");
        assert!(refused.header(header::WWW_AUTHENTICATE).contains("error=\"invalid_token\""));
        for _ in 0..4 {
            assert_eq!(register_by(&op, Some(&any)).await.status, StatusCode::CREATED);
        }
        op.advance(60);
        register_by(&op, Some(&any)).await.refused("invalid_token");
        assert_eq!(tickets::list(&**op.store(), op.clock.now()).await.unwrap().len(), 0);
        register_by(&op, Some("sgn_garbage")).await.refused("invalid_token");
    }
}

#[tokio::test]
async fn of_many_that_show_a_token_for_two_at_once_two_register() {
    for kind in StoreKind::BOTH {
        let op = Op::with(closed().on(kind)).await;
        let (token, _) = ticket(&op, Some(2), 60).await;
        let by = || register_by(&op, Some(&token));
        let replies = tokio::join!(by(), by(), by(), by());
        let statuses = [replies.0.status, replies.1.status, replies.2.status, replies.3.status];
        assert_eq!(
            statuses.iter().filter(|status| **status == StatusCode::CREATED).count(),
            2,
            "{statuses:?}"
        );
        assert_eq!(
            statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count(),
            2,
            "{statuses:?}"
        );
    }
}

#[tokio::test]
async fn of_updates_at_once_one_is_made_and_the_token_is_replaced_once() {
    for kind in StoreKind::BOTH {
        let op = Op::with(open().on(kind)).await;
        let app = registered(&op, &least()).await;
        let (one, two) = (app.update("client_name", "One"), app.update("client_name", "Two"));
        let (one, two) =
            tokio::join!(app.ask(&op, Method::PUT, Some(&one)), app.ask(&op, Method::PUT, Some(&two)));
        let (won, lost) = if one.status == StatusCode::OK { (one, two) } else { (two, one) };
        lost.refused("invalid_token");
        let after = App { told: won.json };
        assert_eq!(after.read(&op).await.json["client_name"], after.told["client_name"]);
        app.read(&op).await.refused("invalid_token");
        // An update and a farewell at once: whichever came first, nothing is left half done.
        let update = after.update("client_name", "Three");
        let (updated, gone) =
            tokio::join!(after.ask(&op, Method::PUT, Some(&update)), after.ask(&op, Method::DELETE, None));
        assert_ne!(updated.status == StatusCode::OK, gone.status == StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn tokens_stay_where_the_operator_wants_it_so() {
    let op = Op::with(open().settings(|settings| settings.registration.rotate_tokens = false)).await;
    let app = registered(&op, &least()).await;
    let changed = app.ask(&op, Method::PUT, Some(&app.update("client_name", "Again"))).await;
    assert_eq!(changed.json["registration_access_token"], app.told["registration_access_token"]);
    assert_eq!(app.read(&op).await.json["client_name"], "Again");
}

#[tokio::test]
async fn an_update_replaces_everything() {
    let op = Op::with(open()).await;
    let app = registered(&op, &with("policy_uri", "https://app.example/policy")).await;
    let body = json!({"client_id": app.id(), "redirect_uris": ["https://app.example/new"]});
    let told = app.ask(&op, Method::PUT, Some(&body)).await.json;
    assert_eq!((told.get("policy_uri"), &told["redirect_uris"]), (None, &json!(["https://app.example/new"])));
    assert_eq!(told["client_id_issued_at"], app.told["client_id_issued_at"]);
    // The secret is a hash here, so that only the client can say it; it is the same as before.
    assert_eq!(told.get("client_secret"), None);
    let spec = app.spec().set("redirect_uris", told["redirect_uris"].clone());
    op.party(&spec).authorize("openid").login("diana").consent().signed_in().await;
    op.party(&app.spec()).authorize("openid").error_page("invalid_request").await;
}

#[tokio::test]
async fn a_faulty_update_changes_nothing() {
    let op = Op::with(open()).await;
    let app = registered(&op, &least()).await;
    for (member, value, code, words) in [
        ("client_id", json!("another"), "invalid_request", "client_id"),
        ("client_id", Value::Null, "invalid_request", "client_id"),
        ("client_secret", json!("chosen by myself"), "invalid_request", "client_secret"),
        ("client_secret_expires_at", json!(0), "invalid_request", "set by the server"),
        ("client_id_issued_at", json!(1), "invalid_request", "set by the server"),
        ("registration_access_token", json!("x"), "invalid_request", "set by the server"),
        ("registration_client_uri", json!("x"), "invalid_request", "set by the server"),
        ("redirect_uris", json!(["https://app.example/#"]), "invalid_redirect_uri", "fragment"),
        ("subject_type", json!("magic"), "invalid_client_metadata", "subject_type"),
    ] {
        let refused = app.ask(&op, Method::PUT, Some(&app.update(member, value))).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{member}");
        assert_eq!(refused.json["error"], code, "{member}");
        assert!(refused.json["error_description"].as_str().unwrap().contains(words), "{}", refused.json);
    }
    let mut found = app.read(&op).await.json;
    found["client_secret"] = app.told["client_secret"].clone();
    assert_eq!(found, app.told);
}

#[tokio::test]
async fn a_secret_is_made_and_dropped_as_the_method_needs_it() {
    let op = Op::with(open()).await;
    let app = registered(&op, &with("token_endpoint_auth_method", "none")).await;
    assert_eq!((app.told.get("client_secret"), app.told.get("client_secret_expires_at")), (None, None));
    let post = app
        .ask(&op, Method::PUT, Some(&app.update("token_endpoint_auth_method", "client_secret_post")))
        .await;
    let post = App { told: post.json };
    op.party(&post.spec()).authorize("openid").login("diana").consent().signed_in().await;
    // A method that computes with the secret wants it in clear, and long: there is a new one.
    let jwt = post
        .ask(&op, Method::PUT, Some(&post.update("token_endpoint_auth_method", "client_secret_jwt")))
        .await;
    let jwt = App { told: jwt.json };
    assert_ne!(jwt.text("client_secret"), post.text("client_secret"));
    assert_eq!(jwt.read(&op).await.json["client_secret"], jwt.told["client_secret"]);
    let mut party = op.party(&jwt.spec());
    party.party = party.party.with_auth(ClientAuth::SecretJwt(jwt.text("client_secret").to_owned()));
    party.authorize("openid").signed_in().await;
}

#[tokio::test]
async fn only_whoever_registered_looks_after_a_registration() {
    let op = Op::with(open()).await;
    let (app, other) = (registered(&op, &least()).await, registered(&op, &least()).await);
    let place = app.text("registration_client_uri");
    let unknown = send(
        &op,
        Method::GET,
        &op.url("/register/nobody"),
        Some(app.text("registration_access_token")),
        None,
    )
    .await;
    let wrong = send(&op, Method::GET, place, Some(other.text("registration_access_token")), None).await;
    let operators =
        send(&op, Method::GET, &op.url("/register/web"), Some(app.text("registration_access_token")), None)
            .await;
    let garbage = send(&op, Method::DELETE, place, Some("garbage"), None).await;
    for reply in [&unknown, &wrong, &operators, &garbage] {
        assert_eq!((reply.status, &reply.json), (StatusCode::UNAUTHORIZED, &unknown.json));
        assert_eq!(reply.json["error"], "invalid_token");
    }
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let none = send(&op, method, place, None, Some(&least())).await;
        assert_eq!((none.status, none.body.len()), (StatusCode::UNAUTHORIZED, 0));
    }
    assert_eq!(app.read(&op).await.status, StatusCode::OK);
}

#[tokio::test]
async fn bodies_are_json() {
    let op = Op::with(open()).await;
    for (content_type, body) in [
        ("application/x-www-form-urlencoded", least().to_string()),
        ("text/plain", least().to_string()),
        ("application/json", "x".repeat(70_000)),
    ] {
        let request =
            Request::post(op.url("/register")).header(header::CONTENT_TYPE, content_type).body(body).unwrap();
        let reply = op.send(request).await;
        assert_eq!(
            (reply.status, &reply.json["error"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_request"))
        );
    }
    let request =
        Request::post(op.url("/register")).header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    assert_eq!(op.send(request.body(least().to_string()).unwrap()).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn registrations_from_one_address_wait() {
    let op = Op::with(open().settings(|settings| settings.registration.per_address = 3)).await;
    op.come_from("192.0.2.7");
    // Those that are refused count as well.
    assert_eq!(register(&op, &json!({})).await.json["error"], "invalid_redirect_uri");
    for _ in 0..2 {
        registered(&op, &least()).await;
    }
    let waits = register(&op, &least()).await;
    assert_eq!((waits.status, &*waits.header(header::RETRY_AFTER)), (StatusCode::TOO_MANY_REQUESTS, "15"));
    assert_eq!(waits.json["error"], "temporarily_unavailable");
    op.come_from("192.0.2.8");
    registered(&op, &least()).await;
    op.come_from("192.0.2.7");
    op.advance(15);
    registered(&op, &least()).await;
}

#[tokio::test]
async fn secrets_end_as_configured() {
    let op = Op::with(open().settings(|settings| settings.registration.secret_expires_in = 600)).await;
    let app = registered(&op, &least()).await;
    assert_eq!(app.told["client_secret_expires_at"], op.clock.now().0 + 600);
    let signed_in = op.party(&app.spec()).authorize("openid").login("diana").consent().signed_in().await;
    op.advance(600);
    let late = op.party(&app.spec()).introspect(&signed_in.tokens).await.unwrap();
    late.refused("invalid_client");
    assert!(late.json["error_description"].as_str().unwrap().contains("expired"));
    let mut body = app.update("client_name", "Renewed");
    body.as_object_mut().unwrap().remove("client_secret");
    let renewed = App { told: app.ask(&op, Method::PUT, Some(&body)).await.json };
    assert_ne!(renewed.text("client_secret"), app.text("client_secret"));
    op.party(&renewed.spec()).introspect(&signed_in.tokens).await.succeeded();
}

#[tokio::test]
async fn people_are_told_that_nobody_has_checked_the_application() {
    let op = Op::with(open()).await;
    let mut metadata = with("client_uri", "https://bank.example/");
    metadata["redirect_uris"] = json!(["https://bank.example/cb", "https://evil.example/cb"]);
    metadata["client_name"] = "Your Bank".into();
    let app = registered(&op, &metadata).await;
    let spec = app.spec().redirect_uri("https://evil.example/cb");
    let page = op.party(&spec).authorize("openid").login("diana").consent_page().await;
    assert!(page.has("unchecked") && page.text().contains("evil.example"), "{}", page.text());
    // What it says of itself is no proof of where it lives.
    assert!(!page.text().contains("bank.example"), "{}", page.text());
    let known =
        op.rp("web").at(&op.another_browser()).authorize("openid").login("diana").consent_page().await;
    assert!(!known.has("unchecked"));
}

/// RFC 9700 §4.11.2: whoever registers must not make of Signet a way to send people anywhere.
#[tokio::test]
async fn a_request_that_is_wrong_on_purpose_sends_nobody_away() {
    let op = Op::with(open()).await;
    let app = registered(&op, &least()).await;
    let party = op.party(&app.spec());
    for (name, value, code) in [
        ("response_type", "token", "unauthorized_client"),
        ("scope", "nothing", "invalid_scope"),
        ("max_age", "x", "invalid_request"),
    ] {
        party.authorize("openid").set(name, value).error_page(code).await;
    }
    // What is asked for in silence is answered in silence.
    party.authorize("openid").prompt("none").refused("login_required").await;
    // Whoever has seen a page of ours, or has agreed before, knows whom they deal with.
    party.authorize("openid").login("diana").press("consent-deny").refused("access_denied").await;
    party.authorize("openid").consent().signed_in().await;
    party.authorize("openid").set("max_age", "x").refused("invalid_request").await;
    // What the operator has written down is trusted.
    op.rp("web")
        .at(&op.another_browser())
        .authorize("openid")
        .set("max_age", "x")
        .refused("invalid_request")
        .await;
}

#[tokio::test]
async fn the_list_of_a_sector_is_fetched_and_holds() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(open().trusting(elsewhere.authority.clone())).await;
    let metadata = json!({
        "redirect_uris": ["https://one.example/cb", "https://two.example/cb"],
        "subject_type": "pairwise",
        "sector_identifier_uri": elsewhere.at("/sector.json"),
    });
    elsewhere.put("/sector.json", &json!(["https://one.example/cb"]));
    let refused = register(&op, &metadata).await;
    assert_eq!(
        (refused.status, &refused.json["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_client_metadata"))
    );
    elsewhere.put("/sector.json", &json!(["https://two.example/cb", "https://one.example/cb"]));
    op.advance(60);
    let (one, two) = (registered(&op, &metadata).await, registered(&op, &metadata).await);
    assert_eq!(one.told["subject_type"], "pairwise");
    let mut subs = Vec::new();
    for app in [&one, &two] {
        let flow = op.party(&app.spec()).at(&op.another_browser()).authorize("openid");
        subs.push(flow.login("diana").consent().signed_in().await.claims().await["sub"].clone());
    }
    let web = op.rp("web").at(&op.another_browser()).signed_in("diana", "openid").await.claims().await;
    // One person is one and the same within the sector, and somebody else outside of it.
    assert_eq!(subs[0], subs[1]);
    assert_ne!(subs[0], web["sub"]);
    // An update is held to the list as well.
    let moved = one.update("redirect_uris", json!(["https://three.example/cb"]));
    let refused = one.ask(&op, Method::PUT, Some(&moved)).await;
    assert!(
        refused.json["error_description"].as_str().unwrap().contains("three.example"),
        "{}",
        refused.json
    );
    let nowhere = with("sector_identifier_uri", elsewhere.at("/nothing.json"));
    let refused = register(&op, &nowhere).await;
    assert_eq!(refused.json["error"], "invalid_client_metadata");
    assert!(refused.json["error_description"].as_str().unwrap().contains("cannot be fetched"));
}

/// Clients whose name is the address of their metadata.
fn described(elsewhere: &Elsewhere) -> World {
    World::of([client("web")])
        .settings(|settings| settings.registration.metadata_documents = true)
        .trusting(elsewhere.authority.clone())
}

#[tokio::test]
async fn an_application_is_known_by_the_address_of_its_metadata() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(described(&elsewhere)).await;
    let id = elsewhere.at("/client.json");
    elsewhere.put(
        "/client.json",
        &json!({
            "client_id": id,
            "client_name": "Far Away",
            "redirect_uris": ["https://app.example/cb"],
            "grant_types": ["authorization_code", "refresh_token"],
        }),
    );
    assert_eq!(op.rp("web").discover().await.unwrap()["client_id_metadata_document_supported"], true);
    let spec = client(&id).public().redirect_uri("https://app.example/cb");
    let flow = op.party(&spec).authorize("openid offline_access");
    let page = flow.clone().login("diana").consent_page().await;
    assert!(page.has("unchecked"));
    assert!(page.text().contains("Far Away") && page.text().contains(&elsewhere.host()), "{}", page.text());
    let signed_in = flow.consent().signed_in().await;
    op.party(&spec).refresh(signed_in.refresh_token()).await.tokens();
    op.party(&spec).userinfo(&signed_in.tokens).await.succeeded();
    assert_eq!(elsewhere.asked(), 1, "it is kept for a while");
    // Nothing can be looked after that was never registered.
    let place = op.url("/register/x");
    assert_eq!(send(&op, Method::GET, &place, Some("sgm_x"), None).await.status, StatusCode::NOT_FOUND);
    // What it says is what counts, whenever it is looked up again.
    elsewhere.put(
        "/client.json",
        &json!({"client_id": elsewhere.at("/other.json"), "redirect_uris": ["https://app.example/cb"]}),
    );
    op.advance(86_400);
    let page = op.party(&spec).authorize("openid").error_page("invalid_client").await;
    assert!(page.text().contains("to the letter"), "{}", page.text());
}

#[tokio::test]
async fn such_an_application_signs_with_its_own_key() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(described(&elsewhere)).await;
    let (id, key) = (elsewhere.at("/client.json"), SigningKey::generate(SigningAlg::Es256).unwrap());
    elsewhere.put(
        "/client.json",
        &json!({
            "client_id": id,
            "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks_uri": elsewhere.at("/jwks.json"),
        }),
    );
    elsewhere.put("/jwks.json", &json!({"keys": [key.public_jwk().unwrap()]}));
    let spec = client(&id).public().redirect_uri("https://app.example/cb");
    let mut rp = op.party(&spec);
    rp.party = rp.party.with_auth(ClientAuth::PrivateKeyJwt(key));
    let code = rp.authorize("openid").login("diana").consent().code().await;
    rp.redeem(&code).await.tokens();
    // Nobody else has the key.
    let code = rp.authorize("openid").code().await;
    op.party(&spec).redeem(&code).await.refused("invalid_client");
}

#[tokio::test]
async fn addresses_are_no_names_unless_the_operator_says_so() {
    let elsewhere = Elsewhere::start().await;
    let id = elsewhere.at("/client.json");
    elsewhere.put("/client.json", &json!({"client_id": id, "redirect_uris": ["https://app.example/cb"]}));
    let spec = client(&id).public().redirect_uri("https://app.example/cb");
    let narrow = |settings: &mut Settings| {
        settings.registration.metadata_document_hosts = Some(vec!["apps.example.org".into()]);
    };
    for world in [open().trusting(elsewhere.authority.clone()), described(&elsewhere).settings(narrow)] {
        let op = Op::with(world).await;
        op.party(&spec).authorize("openid").error_page("invalid_client").await;
    }
    assert_eq!(elsewhere.asked(), 0, "nothing is fetched");
}

#[tokio::test]
async fn whoever_is_trusted_vouches_for_an_application() {
    let key = SigningKey::generate(SigningAlg::Es256).unwrap();
    let issuer =
        client("https://registrar.example").set("jwks", json!({"keys": [key.public_jwk().unwrap()]}));
    let op = Op::with(open().statement_issuer(issuer)).await;
    let statement =
        |key: &SigningKey, claims: Value| jws::sign(key, None, claims.to_string().as_bytes()).unwrap();
    let claims = json!({"iss": "https://registrar.example", "client_name": "Vouched", "software_id": "s-1"});
    let good = with("software_statement", statement(&key, claims.clone()));
    let app = registered(&op, &good).await;
    assert_eq!((app.text("client_name"), app.text("software_id")), ("Vouched", "s-1"));
    assert_eq!(app.read(&op).await.json["software_statement"], good["software_statement"]);
    let another = SigningKey::generate(SigningAlg::Es256).unwrap();
    for (statement, code) in [
        (statement(&another, claims), "invalid_software_statement"),
        (statement(&key, json!({"iss": "https://nobody.example"})), "unapproved_software_statement"),
    ] {
        let refused = register(&op, &with("software_statement", statement)).await;
        assert_eq!((refused.status, &refused.json["error"]), (StatusCode::BAD_REQUEST, &json!(code)));
    }
}

#[tokio::test]
async fn browser_applications_of_any_origin_may_register() {
    let op = Op::with(open()).await;
    for path in ["/register", "/register/x"] {
        let preflight = Request::builder().method(Method::OPTIONS).uri(op.url(path));
        let preflight = preflight.header(header::ORIGIN, "https://app.example");
        let preflight = preflight.header(header::ACCESS_CONTROL_REQUEST_METHOD, "PUT").body("").unwrap();
        let reply = op.send(preflight).await;
        assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_METHODS), "GET, POST, PUT, DELETE", "{path}");
        assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*", "{path}");
    }
}

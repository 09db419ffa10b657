//! OpenID Connect Dynamic Client Registration 1.0, RFC 7591, RFC 7592: applications that register themselves,
//! and look after it.

mod bodies;
mod destinations;
mod documents;
mod endless;
mod management;
mod named;
mod narrowed;
mod strangers;
mod tickets;
mod unsaid;

use ::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use signet::clock::Clock as _;
use signet_certify::Reply;
use signet_certify::assert::Judged as _;
use signet_core::settings::registration::Mode;
use signet_jose::{SigningAlg, SigningKey, jws};

use crate::elsewhere::Elsewhere;
use crate::op::{ClientSpec, Op, World, client};
use crate::outside::StoreKind;

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

/// Where answers go is all that people can go by where nobody has checked the application.
#[tokio::test]
async fn an_application_that_moves_is_agreed_to_anew() {
    let op = Op::with(open()).await;
    let app = registered(&op, &json!({"redirect_uris": ["https://app.example/cb"]})).await;
    op.party(&app.spec()).authorize("openid").login("diana").consent().code().await;
    let moved_to = async |app: &App, place: &str| {
        op.advance(60);
        let changed = app.ask(&op, Method::PUT, Some(&app.update("redirect_uris", json!([place])))).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.json);
        op.advance(60);
        App { told: changed.json }
    };
    let app = moved_to(&app, "https://app.example/another").await;
    op.party(&app.spec()).authorize("openid").prompt("none").code().await;
    let app = moved_to(&app, "https://elsewhere.example/cb").await;
    op.party(&app.spec()).authorize("openid").prompt("none").refused("consent_required").await;
    op.party(&app.spec()).authorize("openid").consent().code().await;
    op.party(&app.spec()).authorize("openid").prompt("none").code().await;
    // Where it was agreed to is not asked again because there is another place now.
    let both = json!(["https://third.example/cb", "https://elsewhere.example/cb"]);
    let changed = app.ask(&op, Method::PUT, Some(&app.update("redirect_uris", both))).await;
    let app = App { told: changed.json };
    let old = app.spec().redirect_uri("https://elsewhere.example/cb");
    op.party(&old).authorize("openid").prompt("none").code().await;
    op.party(&app.spec()).authorize("openid").prompt("none").refused("consent_required").await;
    op.party(&app.spec()).authorize("openid").consent().code().await;
    for spec in [old, app.spec()] {
        op.party(&spec).authorize("openid").prompt("none").code().await;
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
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        assert_eq!(app.ask(&op, method.clone(), None).await.status, StatusCode::NOT_FOUND);
        let reply = send(&op, method, &op.url("/register"), None, None).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }
    // What was registered goes on.
    op.party(&app.spec()).authorize("openid").login("diana").consent().signed_in().await;
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
    assert_eq!((waits.status, &*waits.header(header::RETRY_AFTER)), (StatusCode::TOO_MANY_REQUESTS, "60"));
    assert_eq!(waits.json["error"], "temporarily_unavailable");
    op.come_from("192.0.2.8");
    registered(&op, &least()).await;
    op.come_from("192.0.2.7");
    op.advance(60);
    registered(&op, &least()).await;
}

#[tokio::test]
async fn people_are_told_that_nobody_has_checked_the_application() {
    let op = Op::with(open().settings(|settings| settings.sign_up = true)).await;
    let mut metadata = with("client_uri", "https://bank.example/");
    metadata["redirect_uris"] = json!(["https://bank.example/cb", "https://evil.example/cb"]);
    metadata["client_name"] = "Your Bank".into();
    metadata["purpose"] =
        json!({"openid": "Because the operator wants it", "openid#en": "Because the operator wants it"});
    let app = registered(&op, &metadata).await;
    let spec = app.spec().redirect_uri("https://evil.example/cb");
    // From the first page on.
    let flow = op.party(&spec).at(&op.another_browser()).authorize("openid");
    let early = [flow.login_page().await, flow.clone().prompt("create").page_with("sign-up").await];
    let flow = op.party(&spec).authorize("openid");
    let page = flow.clone().login("diana").consent_page().await;
    let select = flow.prompt("select_account").page_with("account-continue").await;
    for page in early.iter().chain([&page, &select]) {
        assert!(page.has("unchecked") && page.text().contains("evil.example"), "{}", page.text());
    }
    assert!(!page.text().contains("the operator wants"), "what a stranger says is never said as ours");
    // What it says of itself is no proof of where it lives.
    assert!(!page.text().contains("bank.example"), "{}", page.text());
    let known =
        op.rp("web").at(&op.another_browser()).authorize("openid").login("diana").consent_page().await;
    assert!(!known.has("unchecked"));
}

/// RFC 9700 §4.11.2: anyone who registers must not make of Signet a way to send people anywhere.
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
    // Anyone who has seen a page of ours, or has agreed before, knows whom they deal with.
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
        assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "https://app.example", "{path}");
        assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "true", "{path}");
    }
}

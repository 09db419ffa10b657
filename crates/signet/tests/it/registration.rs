//! OpenID Connect Dynamic Client Registration 1.0, RFC 7591, RFC 7592: applications that register themselves, and look after it.

use ::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use signet::clock::Clock as _;
use signet_certify::Reply;
use signet_certify::assert::Judged as _;
use signet_core::registration::Mode;

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

//! RFC 7591 §5: metadata without end, wherever it comes from. It is refused, and little is kept of what is
//! not.

use serde_json::Map;
use signet_core::lookup::ClientById;

use super::*;

/// Bodies that are longer, deeper or wider than anybody needs, with the least metadata in them.
fn endless(least: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let with = |name: &str, value: Value| {
        let mut metadata = least.clone();
        metadata[name] = value;
        metadata.to_string().into_bytes()
    };
    let deep = |depth: usize| {
        let (open, close) = (r#"{"a":["#.repeat(depth), "]}".repeat(depth));
        let text = least.to_string();
        format!("{},\"deep\":{open}{close}}}", text.strip_suffix('}').unwrap()).into_bytes()
    };
    let address = |number: usize| format!("https://app.example/{number}");
    let key = SigningKey::generate(SigningAlg::Es256).unwrap().public_jwk().unwrap();
    let languages: Map<String, Value> =
        (0..700).map(|n| (format!("client_name#x-{n:05}"), "n".repeat(60).into())).collect();
    let many = least.as_object().unwrap().clone().into_iter().chain(languages).collect::<Map<_, _>>();
    vec![
        ("a megabyte", with("junk", "j".repeat(1 << 20).into())),
        ("deep", deep(5000)),
        ("a little deep", deep(200)),
        ("10,000 addresses", with("redirect_uris", (0..10_000).map(address).collect::<Vec<_>>().into())),
        ("2,000 addresses", with("redirect_uris", (0..2_000).map(address).collect::<Vec<_>>().into())),
        (
            "long addresses",
            with("redirect_uris", json!([format!("https://app.example/{}", "p".repeat(60_000))])),
        ),
        ("300 keys", with("jwks", json!({"keys": vec![json!(key); 300]}))),
        ("many languages", Value::Object(many).to_string().into_bytes()),
        (
            "100 long addresses",
            with(
                "redirect_uris",
                (0..30)
                    .map(|n| format!("https://app.example/{n}/{}", "p".repeat(1900)))
                    .collect::<Vec<_>>()
                    .into(),
            ),
        ),
    ]
}

async fn sent(op: &Op, method: Method, place: &str, token: Option<&str>, body: Vec<u8>) -> Reply {
    let request =
        Request::builder().method(method).uri(place).header(header::CONTENT_TYPE, "application/json");
    let token = token.map(|token| format!("Bearer {token}")).unwrap_or_default();
    op.send(request.header(header::AUTHORIZATION, token).body(body).unwrap()).await
}

#[tokio::test]
async fn endless_metadata_is_refused_when_it_is_registered_and_when_it_is_replaced() {
    let op = Op::with(open().settings(|settings| settings.registration.per_address = 0)).await;
    let app = registered(&op, &least()).await;
    let id = app.id();
    let mut updated = least();
    updated["client_id"] = id.into();
    let kept = async || {
        let found = op.store().ask(ClientById(id.into())).await.unwrap().known().unwrap();
        serde_json::to_vec(&*found).unwrap()
    };
    let before = kept().await;
    for (name, body) in endless(&least()) {
        let reply = sent(&op, Method::POST, &op.url("/register"), None, body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{name}: {}", reply.json);
    }
    for (name, body) in endless(&updated) {
        let (place, token) = (app.text("registration_client_uri"), app.text("registration_access_token"));
        let reply = sent(&op, Method::PUT, place, Some(token), body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{name}: {}", reply.json);
        assert!(reply.body.len() < 1000, "{name}");
    }
    assert_eq!(kept().await, before);
    // What nobody reads is not kept, however long it is.
    let mut junk = least();
    junk["junk"] = "j".repeat(60_000).into();
    let with_junk = registered(&op, &junk).await;
    let found = op.store().ask(ClientById(with_junk.id().into())).await.unwrap().known().unwrap();
    assert!(serde_json::to_vec(&*found).unwrap().len() < 4000);
}

#[tokio::test]
async fn an_endless_metadata_document_describes_nobody() {
    let elsewhere = Elsewhere::start().await;
    let world = World::of([client("web")]).settings(|s| s.registration.metadata_documents = true);
    let op = Op::with(world.trusting(elsewhere.authority.clone())).await;
    for (number, (name, _)) in endless(&least()).into_iter().enumerate() {
        let path = format!("/{number}.json");
        let id = elsewhere.at(&path);
        let document = json!({"client_id": id, "redirect_uris": ["https://app.example/cb"]});
        let (_, body) = endless(&document).swap_remove(number);
        elsewhere.put_text(&path, &String::from_utf8(body).unwrap());
        let spec = client(&id).public().redirect_uri("https://app.example/cb");
        let page = op.party(&spec).authorize("openid").error_page("invalid_client").await;
        assert!(page.text().len() < 2000, "{name}");
    }
}

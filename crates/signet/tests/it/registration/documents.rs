//! draft-ietf-oauth-client-id-metadata-document §3, §4: applications that are known by the address of their
//! metadata.

use std::sync::Arc;

use ::http::{Method, StatusCode};
use serde_json::json;
use signet_certify::ClientAuth;
use signet_certify::assert::Judged as _;
use signet_core::change::Change;
use signet_core::record::Client;
use signet_core::settings::Settings;
use signet_jose::{SigningAlg, SigningKey};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{open, send};
use crate::elsewhere::Elsewhere;
use crate::op::{Op, World, client};

/// Clients whose name is the address of their metadata.
pub(super) fn described(elsewhere: &Elsewhere) -> World {
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
async fn a_document_cannot_have_the_name_of_an_application_of_the_store() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(described(&elsewhere)).await;
    let notes = Client { client_name: Some("Meadow Notes".into()), ..Client::new("notes") };
    op.store().commit(vec![Change::PutClient(Arc::new(notes))]).await.unwrap();
    let id = elsewhere.at("/client.json");
    let named = |name: &str| json!({"client_id": id, "client_name": name, "redirect_uris": ["https://app.example/cb"]});
    elsewhere.put("/client.json", &named("meadow-notes"));
    let spec = client(&id).public().redirect_uri("https://app.example/cb");
    let page = op.party(&spec).authorize("openid").error_page("invalid_client").await;
    assert!(page.text().contains("choose another"), "{}", page.text());
    elsewhere.put("/client.json", &named("Meadow Walks"));
    op.advance(60);
    op.party(&spec).authorize("openid").login("diana").consent().code().await;
}

/// To judge a document is work that anybody can ask for: it is done once in a while, not for each request.
#[tokio::test]
async fn a_document_is_judged_once_in_a_minute() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(described(&elsewhere)).await;
    let id = elsewhere.at("/client.json");
    elsewhere.put(
        "/client.json",
        &json!({"client_id": id, "client_name": "Meadow Notes", "redirect_uris": ["https://app.example/cb"]}),
    );
    let spec = client(&id).public().redirect_uri("https://app.example/cb");
    op.party(&spec).authorize("openid").login_page().await;
    let notes = Client { client_name: Some("Meadow Notes".into()), ..Client::new("notes") };
    op.store().commit(vec![Change::PutClient(Arc::new(notes))]).await.unwrap();
    op.advance(59);
    op.party(&spec).authorize("openid").login_page().await;
    op.advance(1);
    let page = op.party(&spec).authorize("openid").error_page("invalid_client").await;
    assert!(page.text().contains("choose another"), "{}", page.text());
    assert_eq!(elsewhere.asked(), 1, "it is still the same document");
}

#[tokio::test]
async fn a_faulty_document_is_not_kept_when_it_is_mended() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(described(&elsewhere)).await;
    let id = elsewhere.at("/client.json");
    let spec = client(&id).public().redirect_uri("https://app.example/cb");
    for faulty in [
        json!({"client_id": "x"}),
        json!({"client_id": id, "redirect_uris": ["http://app.example/cb"]}),
        json!([]),
    ] {
        elsewhere.put("/client.json", &faulty);
        for _ in 0..3 {
            op.party(&spec).authorize("openid").error_page("invalid_client").await;
        }
        op.advance(10);
    }
    assert_eq!(elsewhere.asked(), 3, "once in a while");
    elsewhere.put("/client.json", &json!({"client_id": id, "redirect_uris": ["https://app.example/cb"]}));
    op.party(&spec).authorize("openid").login_page().await;
}

/// RFC 9700 §4.11.2: anyone who comes by the document, as the address's next owner does, has not come by what
/// people agreed to.
#[tokio::test]
async fn a_document_that_moves_its_application_is_agreed_to_anew() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(described(&elsewhere)).await;
    let id = elsewhere.at("/client.json");
    let at = |place: &str| {
        op.advance(86_400);
        elsewhere.put("/client.json", &json!({"client_id": id, "redirect_uris": [place]}));
        op.party(&client(&id).public().redirect_uri(place))
    };
    let rp = at("https://app.example/cb");
    rp.authorize("openid").login("diana").consent().code().await;
    at("https://app.example/another").authorize("openid").prompt("none").code().await;
    let moved = at("https://elsewhere.example/cb");
    moved.authorize("openid").prompt("none").refused("consent_required").await;
    // A stranger again, so that a request which is wrong on purpose leads nowhere.
    moved.authorize("openid").set("max_age", "x").error_page("invalid_request").await;
    moved.authorize("openid").consent().code().await;
    moved.authorize("openid").prompt("none").code().await;
    at("https://app.example/cb").authorize("openid").prompt("none").refused("consent_required").await;
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
async fn whoever_misses_the_form_of_such_an_address_is_told() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(described(&elsewhere)).await;
    for id in [
        elsewhere.at("/client.json").replace("https:", "http:"),
        elsewhere.at(""),
        elsewhere.at("/client.json#app"),
    ] {
        let spec = client(&id).public().redirect_uri("https://app.example/cb");
        let page = op.party(&spec).authorize("openid").error_page("invalid_client").await;
        assert!(page.text().contains("must be https, with a path"), "{id}: {}", page.text());
    }
    let page = op.party(&client("app").public()).authorize("openid").error_page("invalid_client").await;
    assert!(page.text().contains("client_id is unknown"), "{}", page.text());
    assert_eq!(elsewhere.asked(), 0, "nothing is fetched");
}

#[tokio::test]
async fn a_document_that_cannot_be_fetched_is_said_to_be_what_it_must() {
    let elsewhere = Elsewhere::start().await;
    let id = elsewhere.at("/missing.json");
    let spec = client(&id).public().redirect_uri("https://app.example/cb");
    // Nothing tells a stranger whether the address answers or is one of ours.
    for world in
        [described(&elsewhere), open().settings(|settings| settings.registration.metadata_documents = true)]
    {
        let page = Op::with(world).await.party(&spec).authorize("openid").error_page("invalid_client").await;
        assert!(page.text().contains("at a public address, by TLS, without redirects"), "{}", page.text());
    }
}

/// Of nine addresses that never answer, each with its four places, one stranger would have had all there are.
#[tokio::test]
async fn one_stranger_with_many_silent_addresses_keeps_no_application_from_being_known() {
    let elsewhere = Elsewhere::start().await;
    let op = Op::with(described(&elsewhere)).await;
    let silent = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let at = |host: &str, number: u32| format!("https://{host}:{port}/{number}.json");
    let ask = |id: String| {
        let (wire, url) = (op.wire.clone(), format!("{}?client_id={id}", op.url("/authorize")));
        let request = ::http::Request::get(url).body(bytes::Bytes::new()).unwrap();
        async move { wire.send("stranger", request).await.unwrap().status() }
    };
    let (mut asking, mut held) = (JoinSet::new(), Vec::new());
    op.come_from("198.51.100.1");
    // Addresses of one network are one host.
    for number in 0..4 {
        asking.spawn(ask(at(&format!("127.0.1.{}", number + 1), number)));
        held.push(silent.accept().await.unwrap());
    }
    assert_eq!(ask(at("127.0.1.9", 9)).await, StatusCode::TOO_MANY_REQUESTS);
    // And who asks has a quarter of all places, to whatever hosts.
    for number in 4..8 {
        asking.spawn(ask(at(&format!("127.0.{number}.1"), number)));
        held.push(silent.accept().await.unwrap());
    }
    assert_eq!(ask(at("127.0.9.1", 9)).await, StatusCode::TOO_MANY_REQUESTS);
    let id = elsewhere.at("/client.json");
    elsewhere.put("/client.json", &json!({"client_id": id, "redirect_uris": ["https://app.example/cb"]}));
    let spec = client(&id).public().redirect_uri("https://app.example/cb");
    let page = op.party(&spec).authorize("openid").error_page("temporarily_unavailable").await;
    assert!(page.text().contains("under way for your network"), "{}", page.text());
    op.come_from("203.0.113.9");
    op.party(&spec).authorize("openid").login("diana").consent().code().await;
}

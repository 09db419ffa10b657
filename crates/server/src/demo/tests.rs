use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use signet_certify::{Answer, Browser, Page, Person, Transport, Wire};
use signet_core::env::Rng as _;
use signet_core::secret::Secret;
use signet_store::{MemoryStore, Store};
use tower::ServiceExt as _;

use super::data::{Demo, PASSWORD, USERNAME};
use super::{Error, Options, app};
use signet::clock::{Clock as _, SystemClock, SystemRng};
use signet::serve;

/// Both servers without sockets, told apart by their port.
struct Ports {
    provider: Router,
    application: Router,
}

impl Transport for Ports {
    fn send(&self, request: http::Request<Bytes>) -> Answer<'_> {
        let router = match request.uri().port_u16() {
            Some(8080) => self.provider.clone(),
            _ => self.application.clone(),
        };
        Box::pin(async move {
            let (parts, body) = router.oneshot(request.map(Body::from)).await.unwrap().into_parts();
            Ok(http::Response::from_parts(parts, body.collect().await.unwrap().to_bytes()))
        })
    }
}

/// Otherwise the demo begins with a warning that its requests have no address.
#[tokio::test]
async fn what_the_application_asks_its_provider_comes_from_an_address() {
    let told = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| {
        let issuer = if peer.ip().is_loopback() { "http://localhost:8080" } else { "" };
        serde_json::json!({
            "issuer": issuer, "authorization_endpoint": "", "end_session_endpoint": "", "token_endpoint": "",
            "userinfo_endpoint": "", "jwks_uri": "",
        })
        .to_string()
    };
    let router = Router::new().fallback(told);
    let secret = Secret::new("a secret".to_owned());
    let found = super::provider::Upstream::discover(router, "http://localhost:8080", secret).await;
    assert_eq!(found.map(drop), Ok(()));
}

async fn open(store: &Arc<dyn Store>) -> Demo {
    Demo::with(store.clone(), 8080, 8081, PathBuf::new()).await.unwrap()
}

async fn browser(demo: &Demo) -> Browser {
    let options = serve::Options::local(Vec::new());
    let application = app::router(demo).await.unwrap();
    let provider = serve::observer(&demo.provider, &options).over(serve::routes(&demo.provider, &options));
    let ports = Ports { provider, application };
    let wire = Wire::new(ports, || SystemClock.now().0, |bytes: &mut [u8]| SystemRng.fill(bytes));
    Browser::new(&wire, "http://localhost:8080").also(HOME)
}

const HOME: &str = "http://localhost:8081/";

async fn fresh() -> Browser {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    browser(&open(&store).await).await
}

async fn home(browser: &Browser) -> Page {
    browser.get(HOME).await.unwrap().page().unwrap()
}

async fn signed_in(browser: &Browser) -> Page {
    let begun = home(browser).await.submit("sign-in").await.unwrap();
    Person::new(USERNAME, PASSWORD).walk(begun).await.unwrap().page().unwrap()
}

fn well_behaved(browser: &Browser) {
    assert!(browser.findings().is_empty(), "{:#?}", browser.findings());
}

#[tokio::test]
async fn sign_in_see_the_claims_refresh_sign_out() {
    let browser = fresh().await;
    let page = signed_in(&browser).await;
    assert_eq!(page.url.as_str(), HOME);
    for shown in ["Diana Krall", "diana@example.org", "Nanaimo", "\"nonce\"", "\"RS256\"", "\"kid\""] {
        assert!(page.text().contains(shown), "{shown}: {}", page.text());
    }

    let page = page.submit("refresh").await.unwrap().page().unwrap();
    assert_eq!(page.url.as_str(), HOME);
    let page = page.submit("refresh").await.unwrap().page().unwrap();
    assert!(page.has("refresh") && page.text().contains('2'), "{}", page.text());

    let page = page.submit("sign-out").await.unwrap().page().unwrap();
    assert_eq!(page.url.as_str(), HOME);
    assert!(!page.has("refresh"), "{}", page.text());
    let page = page.submit("sign-in").await.unwrap().page().unwrap();
    assert!(page.has("password"), "signed out at the provider too: {}", page.text());
    well_behaved(&browser);
}

#[tokio::test]
async fn a_refusal_is_shown_and_can_be_tried_again() {
    let browser = fresh().await;
    let page = home(&browser).await.submit("sign-in").await.unwrap().page().unwrap();
    let page = Person::new(USERNAME, PASSWORD).sign_in(page).await.unwrap().page().unwrap();
    let page = page.submit("consent-deny").await.unwrap().page().unwrap();
    assert_eq!(page.error(), Some("access_denied"));
    let page = page.submit("sign-in").await.unwrap().page().unwrap();
    assert!(page.has("consent-allow"), "{}", page.text());
    well_behaved(&browser);
}

#[tokio::test]
async fn answers_that_nobody_asked_for_are_refused() {
    let browser = fresh().await;
    home(&browser).await;
    for query in
        ["", "?code=c&state=s", "?code=c&state=s&iss=http://localhost:8080", "?error=e", "?state=s&state=t"]
    {
        let page = browser.get(&format!("{HOME}callback{query}")).await.unwrap().page().unwrap();
        assert!(
            matches!(page.error(), Some("wrong_state" | "malformed_answer")),
            "{query}: {:?}",
            page.error()
        );
        assert!(page.submit("sign-in").await.unwrap().page().unwrap().has("password"), "{query}");
    }
}

#[tokio::test]
async fn an_answer_must_name_the_provider() {
    let browser = fresh().await;
    let page = home(&browser).await.submit("sign-in").await.unwrap().page().unwrap();
    let asked = browser.transcript();
    let asked = asked.exchanges().iter().find(|exchange| exchange.url.path() == "/authorize").unwrap();
    let state = asked.url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    assert!(page.has("password"));
    let forged = format!("{HOME}callback?code=c&state={state}&iss=https%3A%2F%2Fevil.example");
    assert_eq!(browser.get(&forged).await.unwrap().page().unwrap().error(), Some("wrong_issuer"));
    // The state has been used up by it.
    assert_eq!(browser.get(&forged).await.unwrap().page().unwrap().error(), Some("wrong_state"));
}

#[tokio::test]
async fn going_back_strands_nobody() {
    let browser = fresh().await;
    let before = home(&browser).await;
    let page = signed_in(&browser).await;
    let transcript = browser.transcript();
    let answer = transcript.exchanges().iter().find(|exchange| exchange.url.path() == "/callback").unwrap();
    let again = browser.get(answer.url.as_str()).await.unwrap().page().unwrap();
    assert_eq!((again.url.as_str(), again.has("refresh")), (HOME, true));
    // The page of before the sign-in has a form that counts no more; it leads to what is.
    let stale = before.submit("sign-in").await.unwrap().page().unwrap();
    assert_eq!((stale.url.as_str(), stale.has("refresh")), (HOME, true));
    page.submit("sign-out").await.unwrap();
    let gone = page.submit("refresh").await.unwrap().page().unwrap();
    assert_eq!((gone.url.as_str(), gone.has("sign-in")), (HOME, true));
}

#[tokio::test]
async fn a_form_of_another_site_does_nothing() {
    let browser = fresh().await;
    signed_in(&browser).await;
    for path in ["logout", "refresh", "login"] {
        let address = format!("{HOME}{path}");
        let fields = [("csrf", "guessed")];
        let page = browser.post_form(&address, &fields).await.unwrap().page().unwrap();
        assert!(page.has("refresh"), "{path}");
        assert!(!page.text().contains("refreshed"), "{path}: {}", page.text());
    }
}

#[tokio::test]
async fn the_language_that_was_chosen_stays() {
    let browser = fresh().await;
    let page = browser.get(&format!("{HOME}?ui_locales=de")).await.unwrap().page().unwrap();
    assert_eq!(page.lang(), Some("de"));
    assert!(page.text().contains("Demo-Anwendung"), "{}", page.text());
    let page = page.submit("sign-in").await.unwrap().page().unwrap();
    assert_eq!((page.lang(), page.has("password")), (Some("de"), true));
}

#[tokio::test]
async fn a_second_start_finds_what_the_first_one_made() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let first = open(&store).await;
    let browser_of_first = browser(&first).await;
    signed_in(&browser_of_first).await;
    let second = open(&store).await;
    assert_eq!(first.client_secret.expose(), second.client_secret.expose());
    assert!(signed_in(&browser(&second).await).await.text().contains("Diana Krall"));
}

#[tokio::test]
async fn the_last_port_has_none_after_it() {
    let options = Options { port: u16::MAX, ..Options::default() };
    assert!(matches!(super::run(options).await, Err(Error::LastPort(u16::MAX))));
}

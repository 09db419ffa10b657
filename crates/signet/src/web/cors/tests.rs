//! WHATWG Fetch, "HTTP-CORS protocol": who may read which answer.

use super::*;
use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower::ServiceExt as _;

async fn provider(origins: Option<&[&str]>) -> Provider {
    let builder = Provider::builder("https://op.example").signing_algs(vec!["ES256".to_owned()]);
    let origins = origins.unwrap_or(&["*"]).iter().map(|origin| (*origin).to_owned()).collect();
    builder.settings(|settings| settings.allowed_origins = origins).build().await.unwrap()
}

async fn ask(method: &str, path: &str, origin: &str, origins: Option<&[&str]>) -> Response {
    let provider = provider(origins).await;
    let opened = |opening| from_fn_with_state(Opened::new(&provider, opening), open);
    let router = Router::new()
        .route("/jwks", get(async || "{}"))
        .layer(opened(Opening::Document))
        .merge(
            Router::new()
                .route("/token", post(async || StatusCode::UNAUTHORIZED))
                .route("/cookies", get(async |headers: HeaderMap| format!("{:?}", headers.get(COOKIE))))
                .layer(opened(Opening::Call)),
        )
        .route("/authorize", get(async || "page"));
    let mut request =
        http::Request::builder().method(method).uri(path.replace(['{', '}'], "")).header(COOKIE, "a=b");
    if !origin.is_empty() {
        request = request.header(ORIGIN, origin);
    }
    if method == "OPTIONS" {
        request = request.header(ACCESS_CONTROL_REQUEST_METHOD, "POST");
    }
    router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn documents_are_for_everybody() {
    let response = ask("GET", "/jwks", "https://app.example", None).await;
    assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
    assert_eq!(header(&response, "access-control-allow-credentials"), None);
    assert_eq!(header(&response, "vary"), None);
}

#[tokio::test]
async fn a_preflight_is_answered_without_the_handler() {
    let response = ask("OPTIONS", "/token", "https://app.example", None).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(&response, "access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(header(&response, "access-control-allow-credentials"), Some("true"));
    assert_eq!(header(&response, "access-control-allow-methods"), Some("GET, POST"));
    assert_eq!(header(&response, "access-control-allow-headers"), Some("Authorization, Content-Type, DPoP"));
    assert!(header(&response, "access-control-max-age").is_some());
}

#[test]
fn a_preflight_may_ask_for_headers_of_its_own() {
    let asked = |lines: &[&str]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(ACCESS_CONTROL_REQUEST_HEADERS, line.parse().unwrap());
        }
        wanted(&headers, "Authorization, Content-Type").to_str().unwrap().to_owned()
    };
    assert_eq!(asked(&[]), "Authorization, Content-Type");
    assert_eq!(
        asked(&["content-type,traceparent, tracestate", "baggage,traceparent"]),
        "Authorization, Content-Type, traceparent, tracestate, baggage"
    );
    // What is no name is left out; what is too much is not repeated.
    assert_eq!(asked(&["a b, <x>,, ok"]), "Authorization, Content-Type, ok");
    assert_eq!(asked(&[&vec!["x"; 65].join(",")]), "Authorization, Content-Type");
    assert_eq!(asked(&[&"x".repeat(5000)]), "Authorization, Content-Type");
}

#[tokio::test]
async fn refusals_can_be_read_too() {
    let response = ask("POST", "/token", "https://app.example", None).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(header(&response, "access-control-allow-origin"), Some("https://app.example"));
    assert!(header(&response, "access-control-expose-headers").unwrap().contains("WWW-Authenticate"));
}

/// Fetch, "CORS check": `*` is not for requests that are made with credentials, as some libraries make all.
#[tokio::test]
async fn calls_may_be_made_with_credentials_and_no_cookie_comes_with_them() {
    for origins in [None, Some(["https://app.example"].as_slice())] {
        let response = ask("GET", "/cookies", "https://app.example", origins).await;
        assert_eq!(header(&response, "access-control-allow-origin"), Some("https://app.example"));
        assert_eq!(header(&response, "access-control-allow-credentials"), Some("true"));
        assert_eq!(header(&response, "vary"), Some("Origin"));
        let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(body, "None");
    }
    // Documents are the same for all; and `null` is every sandbox, to which nobody gave anything.
    for (path, origin) in [("/jwks", "https://app.example"), ("/cookies", "null"), ("/cookies", "")] {
        let response = ask("GET", path, origin, None).await;
        assert_eq!(header(&response, "access-control-allow-origin"), Some("*"), "{path} {origin}");
        assert_eq!(header(&response, "access-control-allow-credentials"), None, "{path} {origin}");
    }
    let named = ask("GET", "/jwks", "https://app.example", Some(&["https://app.example"])).await;
    assert_eq!(header(&named, "access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(header(&named, "access-control-allow-credentials"), None);
}

#[tokio::test]
async fn pages_are_never_opened() {
    for method in ["GET", "OPTIONS"] {
        let response = ask(method, "/authorize", "https://app.example", None).await;
        assert_eq!(header(&response, "access-control-allow-origin"), None, "{method}");
    }
}

#[tokio::test]
async fn a_list_lets_in_its_own_only() {
    let list = Some(["https://app.example"].as_slice());
    let response = ask("OPTIONS", "/token", "https://app.example", list).await;
    assert_eq!(header(&response, "access-control-allow-origin"), Some("https://app.example"));
    assert_eq!(header(&response, "vary"), Some("Origin"));
    for stranger in ["https://app.example.evil", "https://other.example", "null"] {
        let response = ask("OPTIONS", "/token", stranger, list).await;
        assert_eq!(header(&response, "access-control-allow-origin"), None, "{stranger}");
        assert_eq!(header(&response, "access-control-allow-methods"), None, "{stranger}");
        assert_eq!(header(&response, "vary"), Some("Origin"), "{stranger}");
    }
}

#[tokio::test]
async fn the_provider_opens_what_applications_call_and_nothing_else() {
    let provider = provider(None).await;
    let router = provider.site();
    for (path, opened) in [
        ("/.well-known/openid-configuration", Some("*")),
        ("/.well-known/oauth-authorization-server", Some("*")),
        ("/.well-known/webfinger", Some("*")),
        ("/jwks.json", Some("*")),
        ("/token", Some("https://app.example")),
        ("/userinfo", Some("https://app.example")),
        ("/revoke", Some("https://app.example")),
        ("/register", Some("https://app.example")),
        ("/register/{client}", Some("https://app.example")),
        ("/introspect", None),
        ("/authorize", None),
        ("/end_session", None),
        ("/interaction/{handle}", None),
        ("/nothing", None),
    ] {
        for method in ["OPTIONS", "DELETE", "GET"] {
            let request = http::Request::builder()
                .method(method)
                .uri(path.replace(['{', '}'], ""))
                .header(ORIGIN, "https://app.example");
            let request = request.header(ACCESS_CONTROL_REQUEST_METHOD, "POST").body(Body::empty()).unwrap();
            let response = router.clone().oneshot(request).await.unwrap();
            let allowed = header(&response, "access-control-allow-origin");
            assert_eq!(allowed, opened, "{method} {path}");
            if method == "OPTIONS" && opened.is_some() {
                assert_eq!(response.status(), StatusCode::NO_CONTENT, "{path}");
            }
        }
        // What is refused before the routes see it is opened as they are.
        let mut headers = HeaderMap::new();
        if let Some(allowed) = before(&provider, path, Some(&HeaderValue::from_static("https://app.example")))
        {
            allowed.tell(&mut headers);
        }
        let allowed = headers.get(ACCESS_CONTROL_ALLOW_ORIGIN).map(|value| value.to_str().unwrap());
        assert_eq!(allowed, opened, "{path}");
    }
}

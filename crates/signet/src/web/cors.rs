//! WHATWG Fetch, "HTTP-CORS protocol": browser applications of other origins call discovery, JWKS, token,
//! userinfo, revocation and registration.
//!
//! These never read a cookie, so `*` gives away nothing that the caller did not bring along. Pages
//! (authorization, interaction, sign-out) are never opened to other origins.

use std::sync::Arc;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

/// Origins that may call; a request extension that the server sets. Without it any may.
#[derive(Clone, Debug)]
pub struct AllowedOrigins(Arc<[String]>);

impl AllowedOrigins {
    /// From the configuration; `*` among them is any.
    pub fn new(origins: &[String]) -> Self {
        Self(origins.into())
    }

    fn is_any(&self) -> bool {
        self.0.iter().any(|origin| origin == "*")
    }
}

/// For documents that everybody may read: discovery and keys.
pub async fn public(request: Request, next: Next) -> Response {
    answer(request, next, "GET", "Content-Type").await
}

/// For endpoints whose caller brings its own credentials: token, userinfo, revocation.
pub async fn bearer(request: Request, next: Next) -> Response {
    answer(request, next, "GET, POST", "Authorization, Content-Type, DPoP").await
}

/// For registration, whose caller brings its own credentials too, or needs none.
pub async fn registration(request: Request, next: Next) -> Response {
    answer(request, next, "GET, POST, PUT, DELETE", "Authorization, Content-Type").await
}

async fn answer(request: Request, next: Next, methods: &'static str, headers: &'static str) -> Response {
    let allowed = allowed(&request);
    let wanted = wanted(request.headers(), headers);
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if is_preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    let to = response.headers_mut();
    let opened = allowed.origin.is_some();
    allowed.tell(to);
    if is_preflight && opened {
        to.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        to.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted);
        to.append(VARY, HeaderValue::from(ACCESS_CONTROL_REQUEST_HEADERS));
        to.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
    }
    response
}

/// Names that a preflight may ask for at one time, and their length together.
const MOST_NAMES: usize = 64;
const LONGEST_NAMES: usize = 4096;

/// The headers that a request may have: ours, and those that it asks for. Tracing and error reporting add
/// headers of their own to every request of an application; these endpoints read none of them, and no cookie,
/// so that allowing them gives nothing away.
fn wanted(headers: &HeaderMap, ours: &'static str) -> HeaderValue {
    let asked = headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter().map(|value| value.to_str().ok());
    let asked: Vec<&str> = asked.flatten().flat_map(|value| value.split(',')).map(str::trim).collect();
    let bounded =
        asked.len() <= MOST_NAMES && asked.iter().map(|name| name.len()).sum::<usize>() <= LONGEST_NAMES;
    let mut all = ours.to_owned();
    for name in asked.into_iter().filter(|_| bounded).filter_map(|name| HeaderName::try_from(name).ok()) {
        if !all.split(", ").any(|known| known.eq_ignore_ascii_case(name.as_str())) {
            all.push_str(", ");
            all.push_str(name.as_str());
        }
    }
    HeaderValue::try_from(all).unwrap_or_else(|_| HeaderValue::from_static(ours))
}

/// Who may read the answer.
struct Allowed {
    origin: Option<HeaderValue>,
    /// The answer differs between origins.
    varies: bool,
}

fn allowed(request: &Request) -> Allowed {
    match request.extensions().get::<AllowedOrigins>() {
        Some(origins) if !origins.is_any() => {
            let asked = request.headers().get(ORIGIN);
            let known =
                |asked: &&HeaderValue| origins.0.iter().any(|origin| origin.as_bytes() == asked.as_bytes());
            Allowed { origin: asked.filter(known).cloned(), varies: true }
        }
        _ => Allowed { origin: Some(HeaderValue::from_static("*")), varies: false },
    }
}

impl Allowed {
    fn tell(self, headers: &mut HeaderMap) {
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        if let Some(origin) = self.origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            // What applications cannot read otherwise: why a token was refused, and the nonce to try again
            // with (RFC 9449 §8).
            headers.insert(
                ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static("WWW-Authenticate, DPoP-Nonce, X-Request-Id"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Provider;
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::{get, post};
    use tower::ServiceExt as _;

    async fn ask(method: &str, path: &str, origin: &str, origins: Option<&[&str]>) -> Response {
        let router = Router::new()
            .route("/jwks", get(async || "{}"))
            .layer(from_fn(public))
            .merge(
                Router::new().route("/token", post(async || StatusCode::UNAUTHORIZED)).layer(from_fn(bearer)),
            )
            .route("/authorize", get(async || "page"));
        let mut request = http::Request::builder().method(method).uri(path).header(ORIGIN, origin);
        if method == "OPTIONS" {
            request = request.header(ACCESS_CONTROL_REQUEST_METHOD, "POST");
        }
        if let Some(origins) = origins {
            let origins: Vec<String> = origins.iter().map(|o| (*o).to_owned()).collect();
            request = request.extension(AllowedOrigins::new(&origins));
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
        assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
        assert_eq!(header(&response, "access-control-allow-methods"), Some("GET, POST"));
        assert_eq!(
            header(&response, "access-control-allow-headers"),
            Some("Authorization, Content-Type, DPoP")
        );
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
        assert_eq!(header(&response, "access-control-allow-origin"), Some("*"));
        assert!(header(&response, "access-control-expose-headers").unwrap().contains("WWW-Authenticate"));
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
        let provider = Provider::builder("https://op.example").signing_algs(vec!["ES256".to_owned()]);
        let router = provider.build().await.unwrap().site();
        for (path, opened) in [
            ("/.well-known/openid-configuration", true),
            ("/.well-known/oauth-authorization-server", true),
            ("/jwks.json", true),
            ("/token", true),
            ("/userinfo", true),
            ("/revoke", true),
            ("/introspect", false),
            ("/authorize", false),
            ("/end_session", false),
            ("/interaction/x", false),
            ("/nothing", false),
        ] {
            for method in ["OPTIONS", "DELETE", "GET"] {
                let request =
                    http::Request::builder().method(method).uri(path).header(ORIGIN, "https://app.example");
                let request =
                    request.header(ACCESS_CONTROL_REQUEST_METHOD, "POST").body(Body::empty()).unwrap();
                let response = router.clone().oneshot(request).await.unwrap();
                let allowed = header(&response, "access-control-allow-origin");
                assert_eq!(allowed, opened.then_some("*"), "{method} {path}");
                if method == "OPTIONS" && opened {
                    assert_eq!(response.status(), StatusCode::NO_CONTENT, "{path}");
                }
            }
        }
    }
}

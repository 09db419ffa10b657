//! WHATWG Fetch, "HTTP-CORS protocol": what browser applications of other origins may call, and what they may
//! not.

use http::{Method, Request, header};
use signet_certify::Reply;

use crate::op::{Op, client};

async fn ask(op: &Op, method: Method, path: &str) -> Reply {
    let mut request =
        Request::builder().method(&method).uri(op.url(path)).header(header::ORIGIN, "https://spa.example");
    if method == Method::OPTIONS {
        request = request
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization");
    }
    op.send(request.body("").unwrap()).await
}

#[tokio::test]
async fn applications_may_call_what_needs_no_cookie() {
    let op = Op::with(client("spa").public()).await;
    let documents =
        ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/jwks.json"];
    for path in documents.into_iter().chain(["/token", "/userinfo", "/revoke"]) {
        let preflight = ask(&op, Method::OPTIONS, path).await;
        assert_eq!(preflight.status, 204, "{path}");
        assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*", "{path}");
        assert!(!preflight.header(header::ACCESS_CONTROL_MAX_AGE).is_empty(), "{path}");
        let method =
            if path.starts_with('/') && documents.contains(&path) { Method::GET } else { Method::POST };
        let reply = ask(&op, method, path).await;
        // Refusals too: the application must be able to read them.
        assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "*", "{path}");
        assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), "", "{path}");
    }
    let preflight = ask(&op, Method::OPTIONS, "/token").await;
    assert!(preflight.header(header::ACCESS_CONTROL_ALLOW_HEADERS).contains("Authorization"));
    assert!(preflight.header(header::ACCESS_CONTROL_ALLOW_METHODS).contains("POST"));
    let refused = ask(&op, Method::GET, "/userinfo").await;
    assert!(refused.header(header::ACCESS_CONTROL_EXPOSE_HEADERS).contains("WWW-Authenticate"));
}

#[tokio::test]
async fn pages_are_nobody_elses() {
    let op = Op::with(client("spa").public()).await;
    for path in ["/authorize", "/end_session", "/interaction/x", "/introspect", "/nothing"] {
        for method in [Method::OPTIONS, Method::GET, Method::POST] {
            let reply = ask(&op, method.clone(), path).await;
            assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "", "{method} {path}");
        }
    }
}

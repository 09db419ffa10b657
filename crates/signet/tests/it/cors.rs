//! WHATWG Fetch, "HTTP-CORS protocol": what browser applications of other origins may call, and what they may
//! not.

use http::{Method, Request, header};
use signet_certify::Reply;

use signet_core::settings::registration::Mode;

use crate::op::{Op, World, client, session_of};

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
        let document = documents.contains(&path);
        let (origin, credentials) = if document { ("*", "") } else { ("https://spa.example", "true") };
        assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), origin, "{path}");
        assert_eq!(preflight.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), credentials, "{path}");
        assert!(!preflight.header(header::ACCESS_CONTROL_MAX_AGE).is_empty(), "{path}");
        let method = if document { Method::GET } else { Method::POST };
        let reply = ask(&op, method, path).await;
        // Refusals too: the application must be able to read them.
        assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), origin, "{path}");
        assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), credentials, "{path}");
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

/// Applications that are pages in a WebView, and extensions, have origins of their own schemes.
#[tokio::test]
async fn origins_that_are_not_of_the_web_are_listed_like_others() {
    let listed = ["capacitor://localhost", "chrome-extension://abcdefghijklmnopabcdefghijklmnop"];
    let world = World::of([client("spa").public()])
        .settings(move |settings| settings.allowed_origins = listed.map(str::to_owned).into());
    let op = Op::with(world).await;
    for (origin, opened) in
        [(listed[0], true), (listed[1], true), ("capacitor://other", false), ("ionic://localhost", false)]
    {
        let request = Request::post(op.url("/token")).header(header::ORIGIN, origin).body("").unwrap();
        let allowed = op.send(request).await.header(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(allowed, if opened { origin } else { "" });
    }
}

/// A script of any origin may send our cookies along; so nothing that it can read may depend on them.
#[tokio::test]
async fn who_is_signed_in_changes_no_answer_that_a_script_can_read() {
    let world = World::of([client("spa").public()]).settings(|settings| {
        settings.registration.mode = Mode::Open;
        settings.allowed_origins = vec!["https://spa.example".to_owned()];
    });
    let op = Op::with(world).await;
    let signed_in = op.rp("spa").signed_in("diana", "openid email").await;
    let session = session_of(op.browser()).unwrap();
    let cookie = format!("{}={}", session.name, session.value);
    let bearer = format!("Bearer {}", signed_in.tokens.access_token);
    let form = "application/x-www-form-urlencoded";
    let register = "{\"redirect_uris\":[\"ftp:\"]}";
    for (method, path, kind, body, token) in [
        (Method::POST, "/token", form, "grant_type=authorization_code&code=x&client_id=spa", ""),
        (Method::POST, "/token", form, "", ""),
        (Method::GET, "/userinfo", form, "", ""),
        (Method::GET, "/userinfo", form, "", bearer.as_str()),
        (Method::POST, "/revoke", form, "token=x&client_id=spa", ""),
        (Method::POST, "/register", "application/json", register, ""),
        (Method::GET, "/register/spa", form, "", ""),
        (Method::PUT, "/register/spa", "application/json", register, "Bearer x"),
        (Method::DELETE, "/token", form, "", ""),
        (Method::OPTIONS, "/token", form, "", ""),
        (Method::GET, "/jwks.json", form, "", ""),
    ] {
        let ask = async |cookie: Option<&str>| {
            let mut request = Request::builder().method(&method).uri(op.url(path));
            request = request.header(header::ORIGIN, "https://spa.example");
            request = request.header(header::CONTENT_TYPE, kind);
            for (name, value) in [(header::AUTHORIZATION, token), (header::COOKIE, cookie.unwrap_or(""))] {
                if !value.is_empty() {
                    request = request.header(name, value);
                }
            }
            let reply = op.send(request.body(body).unwrap()).await;
            assert_eq!(reply.header(header::ACCESS_CONTROL_ALLOW_ORIGIN), "https://spa.example", "{path}");
            assert_eq!(reply.header(header::SET_COOKIE), "", "{path}");
            let mut headers = reply.headers.clone();
            for of_each_request in ["x-request-id", "date"] {
                headers.remove(of_each_request);
            }
            (reply.status, headers, reply.body.clone())
        };
        assert_eq!(ask(None).await, ask(Some(&cookie)).await, "{method} {path} {body}");
    }
}

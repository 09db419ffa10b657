//! RFC 9110, RFC 9700 §4.16: methods, types, sizes, and the headers that keep pages safe.

use ::http::{Method, Request, StatusCode, header};
use serde_json::json;
use signet_certify::assert::Arrived as _;
use signet_core::settings::Settings;
use signet_core::settings::registration::Mode;

use crate::op::{Op, World, client, path as issuer_path, session_of};

#[tokio::test]
async fn every_endpoint_takes_its_methods_only() {
    let open = |settings: &mut Settings| settings.registration.mode = Mode::Open;
    let op = Op::with(World::of([client("web")]).settings(open)).await;
    for (path, allowed) in [
        ("/.well-known/openid-configuration", "GET,HEAD"),
        ("/.well-known/oauth-authorization-server", "GET,HEAD"),
        ("/jwks.json", "GET,HEAD"),
        ("/authorize", "GET,HEAD,POST"),
        ("/token", "POST"),
        ("/userinfo", "GET,HEAD,POST"),
        ("/introspect", "POST"),
        ("/revoke", "POST"),
        ("/register", "POST"),
        ("/register/x", "GET,HEAD,PUT,DELETE"),
        ("/end_session", "GET,HEAD,POST"),
        ("/interaction/x", "GET,HEAD,POST"),
        ("/answer/sealed", "GET,HEAD"),
    ] {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            if allowed.split(',').any(|known| known == method.as_str()) {
                continue;
            }
            let request = Request::builder().method(&method).uri(op.url(path)).body("").unwrap();
            let reply = op.send(request).await;
            assert_eq!(reply.status, 405, "{method} {path}");
            assert_eq!(reply.json["error"], "invalid_request", "{method} {path}");
            assert_eq!(reply.header(header::ALLOW), allowed, "{method} {path}");
        }
    }
    let log = op.log();
    let line = log.lines().find(|line| line.contains("method not allowed")).unwrap_or_default();
    let path = format!("path=\"{}/token\"", crate::op::path());
    for said in ["rule=\"method\"", "method=\"GET\"", &path] {
        assert!(
            log.lines().any(|line| line.contains("method not allowed") && line.contains(said)),
            "{said}: {line}"
        );
    }
    assert!(log.contains("/answer/{sealed}") && !log.contains("/answer/sealed"), "an answer is in no log");
}

#[tokio::test]
async fn an_unknown_address_is_a_page() {
    let op = Op::with(client("web")).await;
    for path in ["/", "/nothing", "/authorize/", "/assets/../authorize", "/interaction"] {
        let page = op.browser().get(&op.url(path)).await.on_page();
        if !page.url.path().ends_with("/authorize") {
            assert_eq!((page.status.as_u16(), page.error()), (404, Some("not_found")), "{path}");
        }
    }
    let asset = op.send(Request::get(op.url("/assets/none.css")).body("").unwrap()).await;
    assert_eq!(asset.status, 404);
    assert!(asset.body.is_empty());
}

#[tokio::test]
async fn pages_are_guarded() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid");
    let login = flow.login_page().await;
    let consent = flow.clone().login("diana").consent_page().await;
    let error = op.rp("web").authorize("openid").without("client_id").error_page("invalid_request").await;
    let form = flow.clone().consent().set("response_mode", "form_post").page().await;
    for page in [&login, &consent, &error, &form] {
        let get = |name: &str| page.headers.get(name).unwrap().to_str().unwrap().to_owned();
        let policy = get("content-security-policy");
        for part in ["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{policy}");
        }
        // Browsers hold the hops behind an application's callback to the policy of the page whose form led
        // there.
        assert_eq!(policy.contains("form-action 'self';"), !page.has("form-post"), "{policy}");
        assert_eq!(policy.contains("form-action"), !page.has("form-post"), "{policy}");
        assert_eq!(policy.contains("script-src 'self'"), page.has("form-post"), "{policy}");
        // Applications open these pages in a popup.
        assert!(page.headers.get("cross-origin-opener-policy").is_none());
        assert!(get("permissions-policy").contains("camera=()"));
        assert_eq!(get("x-frame-options"), "DENY");
        assert_eq!(get("x-content-type-options"), "nosniff");
        // A post to another origin says where it comes from, and no more.
        let referrer = if page.has("form-post") { "origin" } else { "same-origin" };
        assert_eq!(get("referrer-policy"), referrer);
        assert_eq!(get("cache-control"), "no-store");
        assert_eq!(get("content-type"), "text/html; charset=utf-8");
        assert!(page.headers.get("server").is_none());
        let html = String::from_utf8_lossy(&page.body).to_lowercase();
        for inline in ["<script>", "style=", "onclick", "onload", "javascript:"] {
            assert!(!html.contains(inline), "{inline}");
        }
    }
}

#[tokio::test]
async fn every_answer_says_what_it_is_and_is_embedded_nowhere() {
    let op = Op::with(client("web")).await;
    for path in [
        "/.well-known/openid-configuration",
        "/jwks.json",
        "/userinfo",
        "/token",
        "/authorize",
        "/nothing",
        "/assets/none.css",
    ] {
        let reply = op.send(Request::get(op.url(path)).body("").unwrap()).await;
        assert_eq!(reply.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        let embedded = header::HeaderName::from_static("cross-origin-resource-policy");
        assert_eq!(reply.header(embedded), "same-origin", "{path}");
    }
}

/// CSP Level 3 §6.4.1: Chromium and WebKit hold every hop after a post to the page's `form-action`.
#[tokio::test]
async fn an_answer_after_a_form_leaves_by_a_navigation_of_its_own() {
    let op = Op::with([client("web"), client("app").native().redirect_uri("com.example.app:/cb")]).await;
    let login = op.rp("web").authorize("openid").set("state", "<&\"'>").login_page().await;
    let post = |accept: &str| {
        let fields = "decision=deny".to_owned();
        let cookies: Vec<_> =
            op.browser().cookies().iter().map(|c| format!("{}={}", c.name, c.value)).collect();
        let csrf = login.control("csrf").unwrap().value.clone();
        Request::post(login.url.as_str())
            .header(header::ACCEPT, accept)
            .header(header::COOKIE, cookies.join("; "))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("{fields}&csrf={csrf}"))
            .unwrap()
    };
    let sent = op.send(post("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let address = login.url.join(&sent.header(header::LOCATION)).unwrap();
    let cookies: Vec<_> = op.browser().cookies().iter().map(|c| format!("{}={}", c.name, c.value)).collect();
    let get = Request::get(address.as_str()).header(header::ACCEPT, "text/html");
    let page = op.send(get.header(header::COOKIE, cookies.join("; ")).body("").unwrap()).await.ok();
    let refresh = page.header(header::REFRESH);
    let to = refresh.strip_prefix("0; url=").unwrap();
    assert!(to.starts_with("https://web.example/cb?error=access_denied&"), "{to}");
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let link = html.split(" id=\"continue\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(link.replace("&amp;", "&").replace("&#x2f;", "/"), to, "{html}");
    assert!(!html.contains("<script") && !html.contains("http-equiv"), "{html}");
    assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer");
    assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
    assert!(page.header(header::CONTENT_SECURITY_POLICY).contains("form-action 'self';"));
    assert!(page.headers.get(header::LOCATION).is_none());

    // What asks for no page is a program: it follows redirects.
    let again = op.rp("web").authorize("openid").login_page().await;
    assert!(again.has("sign-in"));

    // A private scheme opens an application only in the course of what the person has just done, and has no
    // hops behind it.
    let native = op.rp("app").authorize("openid").login_page().await;
    let policy = native.headers.get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
    assert!(policy.contains("form-action 'self' com.example.app:;"), "{policy}");
}

#[tokio::test]
async fn a_silent_answer_is_a_plain_redirect() {
    let op = Op::with(client("web")).await;
    op.rp("web").authorize("openid").login("diana").consent().code().await;
    let reply = op.wire.transcript();
    let last = reply.exchanges().last().unwrap();
    assert!(last.headers.get(header::REFRESH).is_some(), "{last}");
    op.rp("web").authorize("openid").prompt("none").code().await;
    let reply = op.wire.transcript();
    let last = reply.exchanges().last().unwrap();
    assert_eq!(last.status, 303);
    assert!(last.headers.get(header::REFRESH).is_none() && last.headers.get(header::LOCATION).is_some());
}

/// OpenID Connect Core §3.1.2.1 `prompt=none`: applications ask in a frame that nobody sees. What answers
/// there by a page may be in a frame of that application, and of nobody else.
#[tokio::test]
async fn a_silent_answer_by_form_may_be_framed_by_its_application_alone() {
    let places = ["https://web.example/cb", "https://web.example/silent", "https://www.web.example:8443/cb"];
    let web = client("web").set("redirect_uris", json!(places));
    let app = client("app").native().set("redirect_uris", json!(["com.example.app:/cb"]));
    let op = Op::with([web, app]).await;
    let silent = |id: &str| op.rp(id).authorize("openid").prompt("none").set("response_mode", "form_post");
    let framed_by = |page: &signet_certify::Page| {
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        let rule = policy.split("; ").find_map(|rule| rule.strip_prefix("frame-ancestors ")).unwrap();
        (rule.to_owned(), page.headers.contains_key(header::X_FRAME_OPTIONS))
    };
    let origins = ("https://web.example https://www.web.example:8443".to_owned(), false);
    let nobody = ("'none'".to_owned(), true);
    // An error, and a success.
    assert_eq!(framed_by(&silent("web").page_with("form-post").await), origins);
    op.rp("web").signed_in("diana", "openid").await;
    let page = silent("web").page_with("form-post").await;
    assert!(page.posts_away().unwrap().1.iter().any(|(name, _)| name == "code"));
    assert_eq!(framed_by(&page), origins);
    // Where a person may be asked, and where the error is theirs to read, nothing is framed.
    let page =
        op.rp("web").authorize("openid").set("response_mode", "form_post").page_with("form-post").await;
    assert_eq!(framed_by(&page), nobody);
    let wrong =
        silent("web").set("redirect_uri", "https://evil.example/").error_page("invalid_request").await;
    assert_eq!(framed_by(&wrong), nobody);
    // A private scheme has no pages.
    assert_eq!(framed_by(&silent("app").page_with("form-post").await), nobody);
}

/// The page of an answer speaks the language of the sign-in.
#[tokio::test]
async fn the_page_of_an_answer_speaks_as_the_sign_in_did() {
    let op = Op::with(client("web")).await;
    let asked = op.rp("web").authorize("openid").set("ui_locales", "fr").set("response_mode", "form_post");
    let page = asked.login("diana").consent().page().await;
    assert!(page.has("form-post") && page.lang() == Some("fr"), "{}", page.text());
    let silent = op.rp("web").authorize("openid").set("ui_locales", "nl").set("response_mode", "form_post");
    assert_eq!(silent.page_with("form-post").await.lang(), Some("nl"));
}

#[tokio::test]
async fn what_pages_load_is_there_and_kept() {
    let op = Op::with(client("web")).await;
    let login = op.rp("web").authorize("openid").login_page().await;
    let form = op.rp("web").authorize("openid").prompt("none").set("response_mode", "form_post").page().await;
    let html = [&login, &form].map(|page| String::from_utf8_lossy(&page.body).into_owned()).concat();
    let mut assets: Vec<&str> =
        html.split('"').filter(|text| text.starts_with(&format!("{}/assets/", issuer_path()))).collect();
    assets.sort_unstable();
    assets.dedup();
    assert_eq!(assets.len(), 3, "{assets:?}");
    for asset in assets {
        let reply = op.send(Request::get(at_host(asset)).body("").unwrap()).await.ok();
        assert!(reply.header(header::CACHE_CONTROL).contains("immutable"), "{asset}");
        assert!(!reply.header(header::ETAG).is_empty() && !reply.body.is_empty(), "{asset}");
        let expected = if asset.ends_with("css") {
            "text/css"
        } else if asset.ends_with("js") {
            "text/javascript"
        } else {
            "image/svg+xml"
        };
        assert!(reply.header(header::CONTENT_TYPE).starts_with(expected), "{asset}");
        assert_eq!(reply.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    }
}

#[tokio::test]
async fn a_header_that_is_no_text_is_refused() {
    let op = Op::with(client("web")).await;
    let value = ::http::HeaderValue::from_bytes(b"Basic \xff\xfe").unwrap();
    let request = Request::post(op.url("/token"))
        .header(header::AUTHORIZATION, value)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body("grant_type=refresh_token&refresh_token=x")
        .unwrap();
    let reply = op.send(request).await;
    assert_eq!((reply.status.as_u16(), &reply.json["error"]), (400, &"invalid_request".into()));
    // A cookie that is no text is nobody's.
    let login = op.rp("web").authorize("openid").login("diana").consent_page().await;
    let name = session_of(op.browser()).unwrap().name;
    assert!(login.has("consent-allow"));
    let value = [name.as_bytes(), b"=\xff"].concat();
    let value = ::http::HeaderValue::from_bytes(&value).unwrap();
    let request =
        Request::get(op.url("/authorize?client_id=web")).header(header::COOKIE, value).body("").unwrap();
    assert_eq!(op.send(request).await.status, 400);
}

#[tokio::test]
async fn health_is_told_to_whoever_asks() {
    let op = Op::with(client("web")).await;
    for path in ["/health/live", "/health/ready"] {
        let reply = op.send(Request::get(at_host(path)).body("").unwrap()).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header(header::X_CONTENT_TYPE_OPTIONS)),
            (200, "nosniff".to_owned()),
            "{path}"
        );
        let posted = op.send(Request::post(at_host(path)).body("").unwrap()).await;
        assert_eq!((posted.status.as_u16(), &*posted.body), (405, &b"use GET\n"[..]), "{path}");
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_names_nothing() {
    let open = |settings: &mut Settings| settings.registration.mode = Mode::Open;
    let op = Op::with(World::of([client("web")]).settings(open)).await;
    for (path, status) in [("/interaction/%ff", 410), ("/register/%ff", 401), ("/assets/%ff", 404)] {
        let request =
            Request::get(op.url(path)).header(header::AUTHORIZATION, "Bearer sgm_x").body("").unwrap();
        let reply = op.send(request).await;
        assert_eq!(reply.status, status, "{path}");
        let text = String::from_utf8_lossy(&reply.body);
        assert!(!text.contains("UTF-8"), "{path}: {text}");
    }
    let request = Request::put(op.url("/register/%ff")).header(header::AUTHORIZATION, "Bearer sgm_x");
    let request = request.header(header::CONTENT_TYPE, "application/json").body("{}").unwrap();
    assert_eq!(op.send(request).await.json["error"], "invalid_token");
}

/// An address of the issuer's host, whatever the issuer's path is.
fn at_host(path: &str) -> String {
    format!("https://op.example{path}")
}

/// RFC 9110 §12.5.1: a refusal is a page for whom a page is for, and JSON for everything else, by one rule at
/// every address.
#[tokio::test]
async fn refusals_are_pages_for_browsers_and_json_for_programs() {
    let op = Op::with(client("web")).await;
    let ask = async |path: &str, method: &str, accept: Option<&str>| {
        let request = Request::builder().method(method).uri(op.url(path));
        let request =
            accept.into_iter().fold(request, |request, accept| request.header(header::ACCEPT, accept));
        op.send(request.body("").unwrap()).await
    };
    for (path, method, status) in [
        ("/authorize", "GET", 400),
        ("/authorize?client_id=nobody", "GET", 400),
        ("/authorize?client_id=web&redirect_uri=https://evil.example/", "GET", 400),
        ("/interaction/sgi_x", "GET", 410),
        ("/end_session?state=1&state=2", "GET", 400),
        ("/end_session?client_id=web&post_logout_redirect_uri=https://evil.example/", "GET", 400),
        ("/nothing", "GET", 404),
        ("/token", "GET", 405),
        ("/jwks.json", "DELETE", 405),
        ("/end_session", "PUT", 405),
    ] {
        for accept in ["text/html", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"] {
            let page = ask(path, method, Some(accept)).await;
            assert_eq!(page.status, status, "{method} {path}");
            assert_eq!(page.header(header::CONTENT_TYPE), "text/html; charset=utf-8", "{method} {path}");
            let page = String::from_utf8_lossy(&page.body).into_owned();
            assert!(page.contains("<main data-error="), "{method} {path}");
            assert_eq!(page.contains("This address is not a page"), status == 405, "{method} {path}");
        }
        for accept in [None, Some("*/*"), Some("application/json"), Some("text/html;q=0, */*")] {
            let answer = ask(path, method, accept).await;
            assert_eq!(answer.status, status, "{method} {path} {accept:?}");
            assert_eq!(answer.header(header::CONTENT_TYPE), "application/json", "{method} {path} {accept:?}");
            assert!(answer.json["error"].is_string(), "{method} {path} {accept:?}: {}", answer.json);
            assert_eq!(answer.header(header::CACHE_CONTROL), "no-store", "{method} {path}");
        }
    }
}

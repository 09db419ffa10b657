//! RFC 9700 §4.11 and the secrets of a provider: whatever is sent, nobody is sent where they must not be, and
//! nothing leaks.

use bytes::Bytes;
use http::{Request, header};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use signet_certify::Reply;
use url::Url;

use crate::op::{Op, client, cookie_of, issuer, path, session_of};

const WEB: &str = "https://web.example/cb?tenant=1";
const APP: &str = "http://127.0.0.1/cb";

const NAMES: &[&str] = &[
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "nonce",
    "prompt",
    "max_age",
    "code_challenge",
    "code_challenge_method",
    "claims",
    "id_token_hint",
    "login_hint",
    "ui_locales",
    "acr_values",
    "display",
    "resource",
    "request",
    "request_uri",
    "registration",
    "iss",
    "error",
    "",
];

const VALUES: &[&str] = &[
    "web",
    "app",
    "stranger",
    "code",
    "token",
    "id_token",
    "openid",
    "openid email",
    "none",
    "login",
    "consent",
    "query",
    "fragment",
    "form_post",
    "jwt",
    "S256",
    "plain",
    "0",
    "-1",
    "{}",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "https://web.example/cb?tenant=1",
    "https://web.example/cb",
    "https://web.example/cb?tenant=1&x=2",
    "https://web.example.evil.example/cb?tenant=1",
    "https://web.example@evil.example/cb?tenant=1",
    "https://evil.example/cb",
    "https://evil.example/?https://web.example/cb?tenant=1",
    "//evil.example/cb",
    "/\\evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:4711/cb",
    "http://127.0.0.1:80@evil.example/cb",
    "http://127.0.0.1:1/cb\r\nLocation: https://evil.example/",
    "http://localhost:1/cb",
    "http://127.0.0.1.evil.example/cb",
    "\r\nSet-Cookie: x=y",
    "é\u{202e}\u{0}",
    "%00",
    "\"><script>",
    // Request objects that nothing protects: one leads astray, one has expired besides, one is good.
    "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZS9jYiJ9.",
    "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2V2aWwuZXhhbXBsZS9jYiIsImV4cCI6MX0.",
    "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL3dlYi5leGFtcGxlL2NiP3RlbmFudD0xIiwicHJvbXB0Ijoibm9uZSJ9.",
];

const SPLICES: &[&str] = &[
    "",
    "/",
    ".",
    "x",
    "%2e",
    "@evil.example",
    ".evil.example",
    ":80",
    "&x=2",
    "?x=2",
    "#",
    "\\",
    "//evil.example/",
    " ",
    "\t",
];

fn pair() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![9 => prop::sample::select(NAMES).prop_map(str::to_owned), 1 => "[a-z_]{0,12}"];
    let value = prop_oneof![8 => prop::sample::select(VALUES).prop_map(str::to_owned), 2 => ".{0,40}"];
    (name, value)
}

/// A good request of either client with a few things changed, or anything at all.
fn requests() -> impl Strategy<Value = Vec<(String, String)>> {
    let base = prop_oneof![Just(("web", WEB)), Just(("app", APP)), Just(("app", "http://127.0.0.1:5000/cb"))];
    let good = base.prop_map(|(id, uri)| {
        let pairs = [
            ("client_id", id),
            ("redirect_uri", uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    });
    let changed = (good.clone(), prop::collection::vec(pair(), 0..4), any::<bool>()).prop_map(
        |(mut good, changes, add)| {
            for (name, value) in changes {
                if !add {
                    good.retain(|(known, _)| *known != name);
                }
                good.push((name, value));
            }
            good
        },
    );
    // The address itself with something put into it, or something else before or after it.
    let spliced = (good, any::<prop::sample::Index>(), prop::sample::select(SPLICES)).prop_map(
        |(mut good, at, splice)| {
            let uri = &mut good[1].1;
            let at = at.index(uri.len() + 1);
            uri.insert_str(at, splice);
            good
        },
    );
    prop_oneof![4 => changed, 2 => spliced, 1 => prop::collection::vec(pair(), 0..10)]
}

/// Whether a redirect goes to a registered address, to the letter, with nothing but a response added.
fn is_answer(target: &str) -> bool {
    let begins = |rest: &str, starts: &[char]| {
        let response = rest.strip_prefix(starts).unwrap_or_default();
        response.starts_with("code=") || response.starts_with("error=")
    };
    let app = target.strip_prefix("http://127.0.0.1").and_then(|rest| {
        let port =
            rest.strip_prefix(':').map_or(rest, |port| port.trim_start_matches(|c: char| c.is_ascii_digit()));
        port.strip_prefix("/cb")
    });
    target.strip_prefix(WEB).is_some_and(|rest| begins(rest, &['&', '#']))
        || app.is_some_and(|rest| begins(rest, &['?', '#']))
}

fn judge(reply: &Reply) {
    let text = String::from_utf8_lossy(&reply.body);
    assert!(!reply.status.is_server_error(), "{}: {text}", reply.status);
    let cookies = reply.header(header::SET_COOKIE);
    assert!(!cookies.contains("x=y"), "{cookies}");
    if let Some(location) = reply.headers.get(header::LOCATION) {
        let location = location.to_str().unwrap();
        let home = Url::parse(&format!("{}/authorize", issuer())).unwrap();
        let target = home.join(location).unwrap();
        let at_home = target.origin() == home.origin();
        let interaction =
            at_home && (below(&target).starts_with("/interaction/sgi_") || below(&target) == "/authorize");
        assert!(interaction || is_answer(location), "sent to {location}");
    } else if text.contains("id=\"form-post\"") {
        let action = text.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
        let action = action.replace("&amp;", "&").replace("&#x2f;", "/").replace("&#x3a;", ":");
        let joint = if action.contains('?') { '&' } else { '?' };
        assert!(is_answer(&format!("{action}{joint}code=")), "posts to {action}");
    } else {
        assert!(reply.status == 200 || reply.status.is_client_error(), "{}", reply.status);
        assert!(!text.contains("<script>"), "{text}");
    }
}

#[test]
fn no_parameters_whatever_lead_outside_the_registered_addresses() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let op = runtime.block_on(Op::with([
        client("web").redirect_uri(WEB).set("skip_consent", true),
        client("app").native().redirect_uri(APP).set("skip_consent", true),
    ]));
    runtime.block_on(op.rp("web").authorize("openid").login("diana").code());
    let cookies: Vec<String> =
        op.browser().cookies().iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    let mut reached = std::collections::BTreeMap::<&str, usize>::new();
    let counted = std::cell::RefCell::new(&mut reached);
    let config = Config { cases: 600, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(
        &(requests(), any::<bool>(), any::<bool>()),
        |(pairs, signed_in, by_post)| {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let request = if by_post {
                Request::post(op.url("/authorize"))
                    .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            } else {
                Request::get(op.url(&format!("/authorize?{query}")))
            };
            let request =
                if signed_in { request.header(header::COOKIE, cookies.join("; ")) } else { request };
            let body = if by_post { Bytes::from(query) } else { Bytes::new() };
            let reply = runtime.block_on(op.send(request.body(body).unwrap()));
            judge(&reply);
            let location = reply.header(header::LOCATION);
            let kind = if location.contains("code=") {
                "code"
            } else if location.contains("error=") {
                "error"
            } else {
                "page"
            };
            *counted.borrow_mut().entry(kind).or_default() += 1;
            Ok(())
        },
    );
    outcome.unwrap();
    // The property is worth something only if the requests get this far.
    for kind in ["code", "error", "page"] {
        assert!(reached.get(kind).is_some_and(|count| *count > 30), "{reached:?}");
    }
}

/// Codes, tokens, passwords and secrets of a whole life with a provider: the log names none of them.
#[tokio::test]
async fn the_log_tells_what_happened_and_no_secret() {
    let op = Op::with([client("web"), client("post").client_secret_post()]).await;
    let web = op.rp("web");
    let page = web.authorize("openid").login_page().await;
    page.fill("username", "diana").fill("password", "wrong-password").submit("sign-in").await.unwrap();
    let signed_in = web.signed_in("diana", "openid offline_access").await;
    let next = web.refresh(signed_in.refresh_token()).await.unwrap().tokens();
    op.advance(20);
    let secrets = [
        "wrong-password",
        signed_in.code.value.as_str(),
        signed_in.code.verifier.as_deref().unwrap(),
        signed_in.refresh_token(),
        signed_in.id_token(),
        &signed_in.tokens.access_token,
        next.refresh().unwrap(),
        &session_of(op.browser()).unwrap().value,
        &cookie_of(op.browser(), "__Host-signet-browser-").unwrap().value,
    ]
    .map(str::to_owned);
    web.redeem(&signed_in.code).await.unwrap().refused("invalid_grant");
    web.refresh(signed_in.refresh_token()).await.unwrap().refused("invalid_grant");
    web.userinfo(&signed_in.tokens).await.unwrap().refused("invalid_token");
    web.authorize("openid")
        .set("redirect_uri", "https://evil.example/?secret")
        .error_page("invalid_request")
        .await;
    web.authorize("openid")
        .set("id_token_hint", signed_in.id_token())
        .set("claims", "{")
        .refused("invalid_request")
        .await;
    let mut wrong = op.rp("post").party.clone();
    wrong.auth = signet_certify::ClientAuth::Post("a-wrong-secret".into());
    wrong.refresh("sgr_x").await.unwrap().refused("invalid_client");
    let log = op.log();
    for secret in secrets.iter().map(String::as_str).chain(["a-wrong-secret"]) {
        assert!(!log.contains(secret), "{log}");
    }
    for told in ["sign-in failed", "the code was used before", "wrong client secret", "invalid_token"] {
        assert!(log.contains(told), "{told}: {log}");
    }
}

/// An address's path below that of the issuer.
fn below(target: &Url) -> &str {
    target.path().strip_prefix(path()).unwrap_or_default()
}

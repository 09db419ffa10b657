use http::{Method, Request, Response};

use super::*;
use crate::fake::{now, page, param, redirect, wire};

const OP: &str = "https://op.test";

fn browser(answer: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static) -> Browser {
    Browser::new(&wire(answer), OP)
}

fn header(request: &Request<Bytes>, name: &str) -> String {
    request.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or("-".into())
}

/// Answers with a page that tells method, cookies and origin headers of the request.
fn echo(request: &Request<Bytes>) -> Response<Bytes> {
    let names = ["cookie", "origin", "referer", "sec-fetch-site", "accept-language"];
    let told: Vec<String> = names.iter().map(|name| format!("[{name} {}]", header(request, name))).collect();
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    page(&format!("<main>{} {} {body} {}</main>", request.method(), request.uri(), told.join(" ")))
}

fn with_cookie(mut response: Response<Bytes>, cookie: &str) -> Response<Bytes> {
    response.headers_mut().append(header::SET_COOKIE, cookie.parse().unwrap());
    response
}

fn text(landed: Result<Landed, Error>) -> String {
    landed.unwrap().page().unwrap().text().to_owned()
}

#[test]
fn a_form_is_filled_in_and_sent_with_its_hidden_fields_and_cookies() {
    let browser = browser(|request| match request.uri().path() {
        "/login" if request.method() == Method::GET => with_cookie(
            page(
                "<form method=post action='/login?tab=1'><input type=hidden name=csrf value=t><input id=username name=user>\
                  <input id=password type=password name=pass><button id=sign-in name=go value=1>Go</button></form>",
            ),
            "__Host-s=abc; Secure; HttpOnly; Path=/; SameSite=Lax",
        ),
        _ => echo(&request),
    });
    let login = now(browser.get("https://op.test/login")).unwrap().page().unwrap();
    let filled = login.fill("username", "diana").fill("password", "krall");
    let told = text(now(filled.submit("sign-in")));
    assert!(told.starts_with("POST https://op.test/login?tab=1 csrf=t&user=diana&pass=krall&go=1"), "{told}");
    assert!(told.contains("[cookie __Host-s=abc] [origin https://op.test] [referer https://op.test/login] [sec-fetch-site same-origin]"), "{told}");
    assert_eq!(browser.findings(), []);
    let cookie = browser.cookie("__Host-s").unwrap();
    assert!(cookie.http_only && cookie.secure && cookie.same_site == Some(SameSite::Lax));
}

#[test]
fn missing_controls_are_told_with_the_page() {
    let browser =
        browser(|_| page("<main data-error=expired><form><button id=other>x</button></form>Too late</main>"));
    let found = now(browser.get("https://op.test/")).unwrap().page().unwrap();
    let error = now(found.clone().fill("username", "diana").submit("other")).unwrap_err();
    assert!(
        error.message().contains("a field \"username\"") && error.message().contains("(error expired)"),
        "{error}"
    );
    assert!(format!("{error:?}").contains("browser: GET https://op.test/"), "{error:?}");
    let error = now(found.submit("sign-in")).unwrap_err();
    assert!(error.message().contains("a button \"sign-in\""), "{error}");
    let error = Landed::Page(Box::new(found)).callback().unwrap_err();
    assert!(error.message().contains("a redirect to another origin"), "{error}");
}

#[test]
fn redirects_stay_at_home_and_end_at_the_door() {
    let browser = browser(|request| match request.uri().path() {
        "/a" => redirect(302, "b?x=1#frag"),
        "/b" => redirect(303, "https://rp.test/cb?code=1"),
        "/repeat" => redirect(307, "/echo"),
        "/post-away" => redirect(307, "https://rp.test/in"),
        "/see-other" => redirect(303, "/echo"),
        "/loop" => redirect(302, "/loop"),
        _ => echo(&request),
    });
    let landed = now(browser.get("https://op.test/a")).unwrap();
    assert_eq!(landed.callback().unwrap().as_str(), "https://rp.test/cb?code=1#frag");
    assert_eq!(browser.transcript().exchanges().len(), 2);
    assert_eq!(browser.findings(), []);
    let told = text(now(browser.post_form("https://op.test/see-other", &[("a", "1")])));
    assert!(told.starts_with("GET https://op.test/echo"), "{told}");
    let told = text(now(browser.post_form("https://op.test/repeat", &[("a", "1")])));
    assert!(told.starts_with("POST https://op.test/echo a=1"), "{told}");
    assert_eq!(browser.findings()[0].rule, "redirect-repeats-form");
    match now(browser.post_form("https://op.test/post-away", &[("a", "1")])).unwrap() {
        Landed::Posted(url, fields) => assert_eq!((url.as_str(), fields.len()), ("https://rp.test/in", 1)),
        other => panic!("{other:?}"),
    }
    let error = now(browser.get("https://op.test/loop")).unwrap_err();
    assert!(error.message().contains("more than 20 redirects"), "{error}");
}

#[test]
fn another_origin_is_entered_only_when_told() {
    let app = |request: Request<Bytes>| match request.uri().host() {
        Some("app.test") => echo(&request),
        _ => redirect(302, "https://app.test/in"),
    };
    let stranger = browser(app);
    assert!(matches!(now(stranger.get("https://op.test/")).unwrap(), Landed::Callback(_)));
    let friend = browser(app).also("https://app.test/");
    assert!(text(now(friend.get("https://op.test/"))).starts_with("GET https://app.test/in"));
}

#[test]
fn other_sites_cannot_post_with_lax_cookies() {
    let browser =
        browser(|request| with_cookie(echo(&request), "s=12345678; Path=/; Secure; HttpOnly; SameSite=Lax"));
    now(browser.get("https://op.test/")).unwrap();
    let told = text(now(browser.follow("https://rp.test/", "https://op.test/x")));
    assert!(
        told.contains(
            "[cookie s=12345678] [origin -] [referer https://rp.test/] [sec-fetch-site cross-site]"
        ),
        "{told}"
    );
    let told = text(now(browser.post_form_from("https://rp.test/", "https://op.test/x", &[("a", "1")])));
    assert!(told.contains("[cookie -] [origin https://rp.test]"), "{told}");
    let told = text(now(browser.get("https://op.test/x")));
    assert!(told.contains("[origin -] [referer -] [sec-fetch-site none]"), "{told}");
}

#[test]
fn a_page_without_referrer_posts_with_a_null_origin() {
    let browser = browser(|request| match request.uri().path() {
        "/form" => {
            let mut response = page("<form method=post action=/in><button id=go>Go</button></form>");
            response.headers_mut().insert(header::REFERRER_POLICY, "no-referrer".parse().unwrap());
            response
        }
        _ => echo(&request),
    });
    let form = now(browser.get("https://op.test/form")).unwrap().page().unwrap();
    let told = text(now(form.submit("go")));
    assert!(told.contains("[origin null] [referer -] [sec-fetch-site same-origin]"), "{told}");
}

#[test]
fn a_form_action_policy_that_blocks_the_way_back_is_found() {
    let browser = |action: &'static str| {
        browser(move |request| {
            if request.method() == Method::POST {
                return redirect(303, "https://rp.test/cb?code=1");
            }
            let mut response = page("<form method=post><button id=go>Go</button></form>");
            let policy = format!("default-src 'none'; frame-ancestors 'none'; form-action {action}");
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.parse().unwrap());
            response
        })
    };
    for (action, found) in
        [("'self'", true), ("'none'", true), ("'self' https://rp.test", false), ("'self' https:", false)]
    {
        let browser = browser(action);
        let form = now(browser.get("https://op.test/form")).unwrap().page().unwrap();
        assert!(matches!(now(form.submit("go")).unwrap(), Landed::Callback(_)));
        let rules: Vec<&str> = browser.findings().iter().map(|finding| finding.rule).collect();
        assert_eq!(rules.contains(&"form-action-blocks-redirect"), found, "{action}: {rules:?}");
    }
}

#[test]
fn a_page_that_moves_on_by_itself_is_held_to_no_forms_policy() {
    let browser = browser(|request| {
        let mut response = page("<form method=post><button id=go>Go</button></form>");
        let policy = "default-src 'none'; frame-ancestors 'none'; form-action 'self'";
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.parse().unwrap());
        if request.method() == Method::POST {
            let to = "0; url=https://rp.test/cb?code=1";
            response.headers_mut().insert(header::REFRESH, to.parse().unwrap());
        }
        response
    });
    let form = now(browser.get("https://op.test/form")).unwrap().page().unwrap();
    let landed = now(form.submit("go")).unwrap().callback().unwrap();
    assert_eq!(landed.as_str(), "https://rp.test/cb?code=1");
    let rules: Vec<&str> = browser.findings().iter().map(|finding| finding.rule).collect();
    assert!(!rules.contains(&"form-action-blocks-redirect"), "{rules:?}");
}

#[test]
fn bad_cookies_are_findings() {
    let browser = browser(|request| match request.uri().path() {
        "/host" => with_cookie(page("x"), "__Host-s=1; Path=/; SameSite=Lax"),
        "/insecure" => with_cookie(page("x"), "s=1; SameSite=Lax"),
        _ => with_cookie(page("x"), "s=1; Secure"),
    });
    for path in ["/host", "/insecure", "/site", "/site"] {
        now(browser.get(&format!("{OP}{path}"))).unwrap();
    }
    let rules: Vec<&str> = browser.findings().iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["cookie-refused", "cookie-not-secure", "cookie-without-same-site"]);
    assert!(browser.cookie("__Host-s").is_none());
}

#[test]
fn tabs_share_cookies_and_keep_their_pages() {
    let browser = browser(|request| {
        let tab = param(request.uri().query().unwrap_or_default().as_bytes(), "tab").unwrap_or_default();
        match request.method() {
            &Method::POST => echo(&request),
            _ => page(&format!("<form method=post action=/in><input type=hidden name=tab value={tab}><button id=go>Go</button></form><a id=next href='/n?tab=9'>n</a>")),
        }
    })
    .speaking("de, en;q=0.5");
    let one = now(browser.get("https://op.test/?tab=1")).unwrap().page().unwrap();
    let two = now(browser.clone().get("https://op.test/?tab=2")).unwrap().page().unwrap();
    assert!(text(now(two.submit("go"))).contains("tab=2"));
    let told = text(now(one.submit("go")));
    assert!(told.contains("tab=1") && told.contains("[accept-language de, en;q=0.5]"), "{told}");
    assert_eq!(now(one.click("next")).unwrap().page().unwrap().url.as_str(), "https://op.test/n?tab=9");
    assert_eq!(now(one.reload()).unwrap().page().unwrap().url, one.url);
}

#[test]
fn a_self_sending_form_is_recognised() {
    let browser = browser(|_| {
        page(
            "<form method=post action='https://rp.test/cb'><input type=hidden name=code value=1><button id=go>Go</button></form>",
        )
    });
    let found = now(browser.get("https://op.test/")).unwrap().page().unwrap();
    let (url, fields) = found.posts_away().unwrap();
    assert_eq!((url.as_str(), fields), ("https://rp.test/cb", vec![("code".to_owned(), "1".to_owned())]));
    assert!(
        matches!(now(found.submit("go")).unwrap(), Landed::Posted(url, _) if url.as_str() == "https://rp.test/cb")
    );
}

#[test]
fn cookies_are_copied_forgotten_and_lost_with_the_window() {
    let browser = |cookie: &'static str| browser(move |request| with_cookie(echo(&request), cookie));
    let attacker = browser("s=12345678; Path=/; Secure; SameSite=Lax");
    now(attacker.get("https://op.test/")).unwrap();
    let victim = browser("t=1; Path=/; Secure; SameSite=Lax; Max-Age=60");
    victim.plant_cookie(attacker.cookie("s").unwrap());
    assert!(text(now(victim.get("https://op.test/"))).contains("[cookie s=12345678]"));
    assert_eq!(victim.cookies().len(), 2);
    victim.restart();
    assert!(text(now(victim.get("https://op.test/"))).contains("[cookie t=1]"));
    victim.forget_cookie("t");
    assert!(text(now(victim.get("https://op.test/"))).contains("[cookie -]"));
    assert_eq!(victim.findings(), []);
}

#[test]
fn one_radio_button_is_on_at_a_time() {
    let browser = browser(|request| match request.method() {
        &Method::POST => echo(&request),
        _ => page(
            "<form method=post><input type=radio name=who id=diana value=1 checked><input type=radio name=who id=elvis value=2>\
                   <input type=checkbox name=stay id=stay><button id=go>Go</button></form>",
        ),
    });
    let form = now(browser.get("https://op.test/")).unwrap().page().unwrap();
    assert!(
        text(now(form.clone().tick("elvis", true).tick("stay", true).submit("go")))
            .contains(" who=2&stay=on ")
    );
    assert!(text(now(form.submit("go"))).contains(" who=1 "));
}

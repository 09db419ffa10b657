//! What arrives and goes on in an address: redirects, links of pages, answers. None of it is longer than what
//! is read, and nothing that is secret is legible there.

use signet_core::params::LONGEST_QUERY;

use super::*;

/// More than any address of ours carries.
const LONG: usize = 16 * 1024 + 512;

async fn posted(op: &Op, place: &str, fields: &[(&str, &str)]) -> Reply {
    let form: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(op.url(place))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "text/html");
    op.send(request.body(form).unwrap()).await
}

#[tokio::test]
async fn a_posted_request_goes_on_with_what_is_read_and_no_longer_than_addresses_are() {
    let op = Op::with(client("web")).await;
    let request = op.rp("web").authorize("openid");
    let known: Vec<(String, String)> = request.request().params().to_vec();
    let junk = "j".repeat(30_000);
    let sent = async |more: &[(&str, &str)]| {
        let known = known.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = known.chain(more.iter().copied()).collect();
        posted(&op, "/authorize", &fields).await
    };
    let location = sent(&[("junk", &junk), ("more", &junk)]).await.header(header::LOCATION);
    assert!(location.contains("client_id=web") && location.len() < 1000, "{location}");
    assert!(!location.contains("junk") && !location.contains("more"), "{location}");
    // What is read but too long is answered at once, to the client where the answer is not too long itself.
    let refused = sent(&[("claims", &format!("{{{}}}", " ".repeat(30_000)))]).await.header(header::LOCATION);
    assert!(refused.starts_with("https://web.example/") && refused.contains("8+KiB"), "{refused}");
    assert!(refused.len() < 1000, "{refused}");
    let known = known.iter().filter(|(name, _)| name != "state");
    let mut fields: Vec<(&str, &str)> = known.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("state", &junk));
    let page = posted(&op, "/authorize", &fields).await;
    let page = (page.status, String::from_utf8(page.body.to_vec()).unwrap());
    assert!(page.0 == StatusCode::BAD_REQUEST && page.1.contains("state is longer than 8 KiB"), "{page:?}");
    assert!(page.1.len() < 10_000);
}

/// The book tells operators how long addresses get.
#[tokio::test]
async fn no_redirect_is_longer_than_its_bound() {
    let op = Op::with(client("web")).await;
    let known = op.rp("web").authorize("openid");
    let known: Vec<(String, String)> = known.request().params().to_vec();
    let mut longest = 0;
    for size in (1000..16_000).step_by(500).chain([7700, 7800, 8900]) {
        for (name, letter) in [("login_hint", "h"), ("login_hint", "é"), ("nonce", "n"), ("ui_locales", "é")]
        {
            let value = letter.repeat(size / letter.len());
            let others = known.iter().filter(|(known, _)| known != name);
            let mut fields: Vec<(&str, &str)> =
                others.map(|(name, value)| (name.as_str(), value.as_str())).collect();
            fields.push((name, &value));
            let mut reply = posted(&op, "/authorize", &fields).await;
            for _ in 0..2 {
                let location = reply.header(header::LOCATION);
                let (address, query) = location.split_once('?').unwrap_or((&location, ""));
                assert!(query.len() <= LONGEST_QUERY && address.len() <= LONGEST_QUERY, "{name} {size}");
                longest = longest.max(location.len());
                if !location.starts_with(&op.url("/authorize")) {
                    break;
                }
                reply = op.send(Request::get(location).body(String::new()).unwrap()).await;
            }
        }
    }
    assert!(longest > LONGEST_QUERY - 1024, "the bound is not far from what happens: {longest}");
}

#[tokio::test]
async fn a_posted_request_names_nobody_in_an_address() {
    let op = Op::with(client("web")).await;
    let diana = op.rp("web").signed_in("diana", "openid").await;
    let hint = diana.id_token().to_owned();
    let claims = json!({"id_token": {"sub": {"value": "diana@example.org"}}}).to_string();
    let request = op.rp("web").authorize("openid");
    let known = request.request().params().iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let hints =
        [("id_token_hint", &*hint), ("login_hint", "ella"), ("claims", &*claims), ("request", "e.y.j")];
    let fields: Vec<_> = known.chain(hints).collect();
    let location = posted(&op, "/authorize", &fields).await.header(header::LOCATION);
    for name in ["client_id=web", "id_token_hint=", "login_hint=", "claims=", "request="] {
        assert!(location.contains(name), "{name} {location}");
    }
    for (_, value) in hints {
        assert!(!location.contains(value), "{location}");
    }
    assert!(!location.contains("diana"), "{location}");
    // They are understood where it goes on.
    let quiet = |rp: Rp| rp.authorize("openid").prompt("none").set("id_token_hint", &hint).by_post();
    quiet(op.rp("web")).code().await;
    let other = op.another_browser();
    op.rp("web").at(&other).signed_in("ella", "openid").await;
    quiet(op.rp("web").at(&other)).refused("login_required").await;
    let login = op.rp("web").at(&op.another_browser()).authorize("openid");
    let login = login.set("login_hint", "ella").by_post().login_page().await;
    assert_eq!(login.control("username").unwrap().value, "ella");
}

#[tokio::test]
async fn a_state_goes_back_with_no_answer_if_it_is_endless() {
    let op = Op::with(client("web")).await;
    let endless = "s".repeat(9000);
    // A good request, and ones that are wrong before and after it is known to be too long.
    for (name, value) in [("scope", "openid"), ("scope", "\u{1}"), ("response_type", "none of ours")] {
        let flow = op.rp("web").authorize("openid").set(name, value).set("state", &endless);
        flow.error_page("invalid_request").await;
    }
}

/// Three characters of an address for one of a `state`.
#[tokio::test]
async fn a_state_is_as_long_as_it_is_in_an_address() {
    let op =
        Op::with(client("web").set("post_logout_redirect_uris", json!(["https://web.example/bye"]))).await;
    op.rp("web").signed_in("diana", "openid").await;
    for (state, fits) in [("<".repeat(2700), true), ("<".repeat(2750), false), ("é".repeat(1400), false)] {
        let flow = op.rp("web").authorize("openid").set("state", &state);
        let request = Request::get(flow.request().url(&op.url("/authorize")).unwrap().as_str());
        let cookies = op.browser().cookies();
        let cookies: Vec<String> =
            cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let request = request.header(header::ACCEPT, "text/html").header(header::COOKIE, cookies.join("; "));
        let reply = op.send(request.body("").unwrap()).await;
        assert_eq!(reply.status.is_redirection(), fits, "{}", reply.status);
        assert!(!fits || reply.header(header::LOCATION).len() < LONG);
        let bye = [
            ("client_id", "web"),
            ("post_logout_redirect_uri", "https://web.example/bye"),
            ("state", &state),
        ];
        let on = posted(&op, "/end_session", &bye).await;
        assert_eq!(on.status.is_redirection(), fits, "{}", on.status);
    }
}

#[tokio::test]
async fn the_links_of_pages_repeat_what_is_read_and_no_more() {
    let op = Op::with(client("web")).await;
    let junk = "j".repeat(2000);
    let links = |reply: &Reply| -> Vec<String> {
        let html = String::from_utf8(reply.body.to_vec()).unwrap();
        html.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let fetched = async |address: &str, cookies: &str| {
        let request =
            Request::get(address).header(header::ACCEPT, "text/html").header(header::COOKIE, cookies);
        op.send(request.body("").unwrap()).await
    };
    for place in ["/authorize", "/end_session", "/nowhere", "/interaction/sgi_none"] {
        let address = op.url(&format!("{place}?client_id=nobody&post_logout_redirect_uri=x&junk={junk}"));
        let links = links(&fetched(&address, "").await);
        assert!(links.iter().any(|link| link.contains("ui_locales=de")), "{place}: {links:?}");
        assert!(links.iter().all(|link| !link.contains("junk")), "{place}: {links:?}");
    }
    // A wish for languages is as long as such wishes are.
    let page = op.rp("web").authorize("openid").login_page().await;
    let wish = format!("{}?ui_locales={junk}", page.url);
    let cookies = op.browser().cookies();
    let cookies: Vec<String> =
        cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
    let links = links(&fetched(&wish, &cookies.join("; ")).await);
    assert!(!links.is_empty() && links.iter().all(|link| link.len() < 1000), "{links:?}");
    let page = op.browser().get(&wish).await.on_page();
    let wrong = page.fill("username", "diana").fill("password", "wrong").submit("sign-in").await.on_page();
    assert!(wrong.url.as_str().len() < 2000, "{}", wrong.url);
}

#[tokio::test]
async fn a_posted_sign_out_leaves_its_id_token_in_no_address() {
    let web = || client("web").set("post_logout_redirect_uris", json!(["https://web.example/bye"]));
    let by_secret = client("by-secret")
        .set("client_secret", "0123456789abcdef0123456789abcdef")
        .set("id_token_signed_response_alg", "HS256")
        .set("post_logout_redirect_uris", json!(["https://web.example/bye"]));
    let op = Op::with([web(), by_secret]).await;
    let form = |id_token: &str| {
        [
            ("id_token_hint".to_owned(), id_token.to_owned()),
            ("post_logout_redirect_uri".to_owned(), "https://web.example/bye".to_owned()),
            ("state".to_owned(), "s".to_owned()),
            ("ui_locales".to_owned(), "de".to_owned()),
        ]
    };
    for id in ["web", "by-secret"] {
        let signed_in = op.rp(id).authorize("openid").login("diana").consent().signed_in().await;
        let id_token = signed_in.id_token().to_owned();
        let mut fields = form(&id_token).to_vec();
        fields.push(("client_id".to_owned(), id.to_owned()));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let on = posted(&op, "/end_session", &fields).await.header(header::LOCATION);
        for part in id_token.split('.') {
            assert!(!on.contains(part), "{on}");
        }
        assert!(on.contains("ui_locales=de") && !on.contains("bye"), "{on}");
        // In another browser it proves nothing of who is signed in there.
        let ella = op.another_browser();
        op.rp(id).at(&ella).authorize("openid").login("ella").consent().signed_in().await;
        assert!(ella.get(&on).await.on_page().has("sign-out-confirm"));
        let away = op.browser().get(&on).await.sent_away();
        assert_eq!(away.as_str(), "https://web.example/bye?state=s");
        op.rp(id).authorize("openid").prompt("none").refused("login_required").await;
        // Changed, or late, it is a request that vouches for nothing: the person is asked, and goes where the
        // client registered.
        op.rp(id).authorize("openid").login("diana").code().await;
        let (start, end) = on.split_at(on.find("&ui_locales").unwrap());
        let asked = op.browser().get(&format!("{}{end}", &start[..start.len() - 2])).await.on_page();
        assert!(asked.has("sign-out-confirm"));
        op.advance(3601);
        let asked = op.browser().get(&on).await.on_page();
        assert!(asked.has("sign-out-confirm"));
        let away = asked.submit("sign-out-confirm").await.sent_away();
        assert_eq!(away.as_str(), "https://web.example/bye?state=s");
    }
}

#[tokio::test]
async fn a_sign_out_request_is_as_long_as_an_address_may_be() {
    let op =
        Op::with(client("web").set("post_logout_redirect_uris", json!(["https://web.example/bye"]))).await;
    op.rp("web").signed_in("diana", "openid").await;
    for state in ["s".repeat(9000), "\u{1}".repeat(8000), "s".repeat(LONG)] {
        let fields = [("client_id", "web"), ("post_logout_redirect_uri", "https://web.example/bye")];
        let fields = [fields[0], fields[1], ("state", state.as_str())];
        op.browser().post_form(&op.url("/end_session"), &fields).await.on_error("invalid_request");
    }
    op.rp("web").authorize("openid").prompt("none").code().await;
}

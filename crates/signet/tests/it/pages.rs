//! Languages, the client's own words and links, and what an operator may replace.

use std::path::PathBuf;

use signet_certify::assert::Arrived as _;
use signet_certify::browser::Page;
use signet_core::localised::Localised;

use crate::op::{Op, World, client, issuer};

#[tokio::test]
async fn the_language_is_the_requests_then_the_browsers() {
    let op = Op::with(client("web")).await;
    for (accepted, asked, lang) in [
        ("", "", "en"),
        ("de-AT,de;q=0.9,en;q=0.5", "", "de"),
        ("fr;q=0.5,nl", "", "nl"),
        ("de", "fr-CA nl", "fr"),
        ("de", "se", "de"),
        ("xx, *;q=0.1", "yy", "en"),
        ("de;q=0, nl;q=0.1", "", "nl"),
    ] {
        let browser = op.another_browser().speaking(accepted);
        let page = op.rp("web").at(&browser).authorize("openid").set("ui_locales", asked).login_page().await;
        assert_eq!(page.lang(), Some(lang), "{accepted:?} {asked:?}");
        let error =
            op.rp("web").at(&browser).authorize("openid").set("ui_locales", asked).without("redirect_uri");
        assert_eq!(error.error_page("invalid_request").await.lang(), Some(lang), "{accepted:?} {asked:?}");
    }
}

#[tokio::test]
async fn every_page_of_a_sign_in_keeps_the_language() {
    let op = Op::with(client("web")).await;
    let flow = op.rp("web").authorize("openid").set("ui_locales", "nl");
    let login = flow.login_page().await;
    let wrong =
        login.clone().fill("username", "diana").fill("password", "wrong").submit("sign-in").await.on_page();
    let consent = login.fill("username", "diana").fill("password", "krall").submit("sign-in").await.on_page();
    assert_eq!((wrong.lang(), consent.lang()), (Some("nl"), Some("nl")));
    let german = op.browser().get(consent.url.join("?ui_locales=de").unwrap().as_str()).await.on_page();
    assert_eq!(german.lang(), Some("de"));
    german.submit("consent-allow").await.sent_away();
    let bye = op.browser().get(&op.url("/end_session?ui_locales=fr")).await.on_page();
    assert_eq!(bye.lang(), Some("fr"));
    assert_eq!(bye.submit("sign-out-confirm").await.on_page().lang(), Some("fr"));
}

#[tokio::test]
async fn people_see_who_asks() {
    let named = client("web")
        .set("client_name", "Jazz & Blues <Club>")
        .set("client_name#de", "Der Klub")
        .set("client_uri", "https://club.example/")
        .set("logo_uri", "https://cdn.example/logo.png")
        .set("policy_uri", "https://club.example/privacy")
        .set("tos_uri", "https://club.example/terms")
        .set("policy_uri#de", "https://club.example/datenschutz");
    let op = Op::with(named).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    assert!(page.text().contains("Jazz & Blues <Club>") && page.text().contains("web.example"));
    let links: Vec<&str> = page.document.links.iter().map(|link| link.href.as_str()).collect();
    for link in ["https://club.example/", "https://club.example/privacy", "https://club.example/terms"] {
        assert!(links.contains(&link), "{link}: {links:?}");
    }
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("img-src 'self';"), "{policy}");
    let german = op.rp("web").authorize("openid").set("ui_locales", "de").login_page().await;
    assert!(german.text().contains("Der Klub"));
    assert!(german.document.links.iter().any(|link| link.href == "https://club.example/datenschutz"));
}

/// An account is made here, and with it everything that the operator has to say of it.
#[tokio::test]
async fn the_operators_links_are_on_every_page() {
    let own = client("web")
        .set("policy_uri", "https://web.example/privacy")
        .set("tos_uri", "https://web.example/terms");
    let op = Op::with(World::of([own, client("plain")]).settings(|settings| {
        settings.sign_up = true;
        settings.op_policy_uri = Some("https://id.example/privacy".into());
        settings.op_tos_uri = Some("https://id.example/terms".into());
        settings.help_uri = Some("https://id.example/help".into());
        // What is for developers helps nobody who signs in.
        settings.service_documentation = Some("https://id.example/developers".into());
    }))
    .await;
    let operators = ["https://id.example/privacy", "https://id.example/terms", "https://id.example/help"];
    let clients = ["https://web.example/privacy", "https://web.example/terms"];
    for (id, theirs) in [("web", &clients[..]), ("plain", &[])] {
        let asked = || op.rp(id).authorize("openid");
        let pages = [
            asked().login_page().await,
            asked().prompt("create").page_with("email").await,
            asked().login("diana").consent_page().await,
        ];
        for page in pages {
            let links: Vec<&str> = page.document.links.iter().map(|link| link.href.as_str()).collect();
            for link in theirs.iter().chain(&operators) {
                assert!(links.contains(link), "{link}: {links:?}");
            }
            assert!(!links.contains(&"https://id.example/developers"), "{links:?}");
        }
        op.browser().get(&op.url("/end_session")).await.on_page().submit("sign-out-confirm").await.unwrap();
    }
}

/// One client may answer at several sites; the page names the one to which this answer goes.
#[tokio::test]
async fn people_see_where_the_answer_goes() {
    let sites =
        serde_json::json!(["https://first.example/cb", "https://second.example/cb", "com.example.app:/cb"]);
    let two = client("web").set("redirect_uris", sites).set("client_uri", "https://home.example/");
    let op = Op::with(two).await;
    for (redirect_uri, site) in [
        ("https://second.example/cb", "second.example"),
        ("https://first.example/cb", "first.example"),
        ("com.example.app:/cb", "com.example.app"),
    ] {
        let flow = op.rp("web").authorize("openid").set("redirect_uri", redirect_uri);
        let login = flow.set("prompt", "login consent").login_page().await;
        let signed_in =
            login.clone().fill("username", "diana").fill("password", crate::op::password("diana"));
        let consent = signed_in.submit("sign-in").await.on_page();
        assert!(consent.has("consent-allow"));
        for page in [&login, &consent] {
            let shown =
                ["first.example", "second.example", "com.example.app"].map(|one| page.text().contains(one));
            let expected = ["first.example", "second.example", "com.example.app"].map(|one| one == site);
            assert_eq!(shown, expected, "{}", page.text());
        }
    }
}

/// The page that takes an answer to its application says to which, and where that is.
#[tokio::test]
async fn the_page_on_which_an_answer_leaves_names_its_application() {
    let web = client("web").set("client_name", "Meadow Notes");
    let web = web.set("logo_uri", "https://web.example/logo.png").set("client_uri", "https://web.example/");
    let op = Op::with(web).await;
    let names = |page: &str| {
        assert!(page.contains("Back to Meadow Notes") && page.contains("web.example"), "{page}");
        assert!(!page.contains("<img"), "nothing is fetched for a page that is there for an instant");
        assert!(!page.contains("href=\"https://web.example/\""), "no link leads away from the answer");
    };
    op.rp("web").authorize("openid").login("diana").consent().code().await;
    let transcript = op.wire.transcript();
    let mut moving =
        transcript.exchanges().iter().filter(|exchange| exchange.headers.contains_key("refresh"));
    names(&String::from_utf8_lossy(&moving.next().unwrap().body));
    let posted =
        op.rp("web").authorize("openid").set("response_mode", "form_post").page_with("form-post").await;
    names(&String::from_utf8_lossy(&posted.body));
}

/// What is in another language than its page is marked, so that a screen reader says it as it is written.
#[tokio::test]
async fn what_is_known_to_be_in_another_language_is_marked() {
    let web = client("web")
        .set("client_name", serde_json::Value::Null)
        .set("client_name#en", "The Club")
        .set("client_name#de", "Der Klub");
    let op = Op::with(World::of([web]).settings(|settings| {
        let label = [("label#en", "Phone"), ("label#de", "Fernsprecher")];
        settings.claim_labels.insert("phone_number".to_owned(), Localised::of("label", label));
    }))
    .await;
    let html = |page: &Page| String::from_utf8_lossy(&page.body).into_owned();
    for (tag, marks) in [("en", false), ("de", false), ("fr", true)] {
        let browser = op.another_browser();
        let flow = op.rp("web").at(&browser).authorize("openid phone").set("ui_locales", tag).login("diana");
        let consent = html(&flow.consent_page().await);
        let name = if tag == "de" { "Der Klub" } else { "The Club" };
        assert!(consent.contains(name), "{tag}: {consent}");
        assert_eq!(consent.contains("<b lang=\"en\">The Club</b>"), marks, "{tag}: {consent}");
        assert_eq!(consent.contains("<span lang=\"en\">Phone</span>"), marks, "{tag}: {consent}");
        // What is for the application's makers is English.
        let wrong = op.rp("web").at(&browser).authorize("openid").set("ui_locales", tag);
        let error = wrong.without("redirect_uri").error_page("invalid_request").await;
        assert!(html(&error).contains("<dd lang=\"en\">"), "{}", html(&error));
    }
}

/// Presses the button of a language in the footer, which belongs to the form.
async fn speak(op: &Op, page: &Page, tag: &str, typed: &[(&str, &str)]) -> Page {
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(html.contains(&format!(r#"form="typed" name="ui_locales" value="{tag}""#)), "{html}");
    let csrf = page.control("csrf").unwrap().value.clone();
    let form: Vec<_> =
        [("ui_locales", tag), ("csrf", &*csrf)].into_iter().chain(typed.iter().copied()).collect();
    op.browser().post_form(page.url.as_str(), &form).await.on_page()
}

/// Another language is chosen by a button of the form: what was typed is there again, and nothing of it is in
/// the address.
#[tokio::test]
async fn another_language_keeps_what_was_typed() {
    let op = Op::with(World::of([client("web")]).settings(|settings| settings.sign_up = true)).await;
    let flow = op.rp("web").authorize("openid");
    let german =
        speak(&op, &flow.login_page().await, "de", &[("username", "ella"), ("password", "fitz")]).await;
    assert_eq!(german.lang(), Some("de"));
    assert_eq!(german.control("username").unwrap().value, "ella");
    assert_eq!(german.control("password").unwrap().value, "");
    assert!(!german.url.as_str().contains("ella"));
    // What was said of the form stays with it.
    let wrong = german.fill("password", "wrong").submit("sign-in").await.on_page();
    assert_eq!(wrong.lang(), Some("de"));
    let french = speak(&op, &wrong, "fr", &[("username", "ella"), ("password", "")]).await;
    assert!(french.text().contains("ne correspondent pas"), "{}", french.text());
    assert_eq!(french.control("username").unwrap().value, "ella");

    let sign_up = french.click("sign-up").await.on_page();
    let typed =
        [("username", "nina"), ("name", "Nina Simone"), ("email", "nina@example.org"), ("password", "x")];
    let dutch = speak(&op, &sign_up, "nl", &typed).await;
    assert_eq!(dutch.lang(), Some("nl"));
    for (id, value) in typed.into_iter().take(3) {
        assert_eq!(dutch.control(id).unwrap().value, value, "{id}");
    }
    // A form of another site chooses nothing.
    let form = [("ui_locales", "de"), ("csrf", "guess"), ("username", "mallory")];
    let shown =
        op.browser().post_form_from("https://evil.example/", dutch.url.as_str(), &form).await.on_page();
    assert_ne!(shown.control("username").map(|control| control.value.as_str()), Some("mallory"));
}

#[tokio::test]
async fn a_person_who_is_asked_to_sign_out_may_stay() {
    let start = client("start").set("initiate_login_uri", "https://start.example/begin");
    let op = Op::with([client("web"), start]).await;
    op.rp("web").signed_in("diana", "openid").await;
    let asked = op.browser().get(&op.url("/end_session?ui_locales=de")).await.on_page();
    let stayed = asked.click("stay-signed-in").await.on_page();
    assert_eq!(stayed.lang(), Some("de"));
    assert!(stayed.status == 200 && stayed.error().is_none() && !stayed.has("sign-out-confirm"));
    op.rp("web").authorize("openid").prompt("none").code().await;
    // Of the application that asked, the page says so, and leads back where it says how.
    let asked = op.browser().get(&op.url("/end_session?client_id=start")).await.on_page();
    let stayed = asked.click("stay-signed-in").await.on_page();
    assert!(stayed.text().contains("The start application"), "{}", stayed.text());
    let back = stayed.document.links.iter().find(|link| link.id.as_deref() == Some("back-to-application"));
    assert!(back.unwrap().href.starts_with("https://start.example/begin"), "{back:?}");
}

/// A registration may hold anything; a page links to the web only.
#[tokio::test]
async fn links_that_would_run_are_left_out() {
    let hostile = client("web")
        .set("client_uri", "javascript:alert(1)")
        .set("policy_uri", "data:text/html,x")
        .set("tos_uri", "JaVaScRiPt:alert(1)")
        .set("logo_uri", "https://cdn.example/x.png'; script-src *; x='");
    let op = Op::with(hostile).await;
    let page = op.rp("web").authorize("openid").login_page().await;
    let html = String::from_utf8_lossy(&page.body).to_lowercase();
    assert!(!html.contains("javascript:") && !html.contains("data:text"), "{html}");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(!policy.contains('*') && policy.contains("script-src 'none'"), "{policy}");
}

fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("templates-{name}-{}", std::process::id()));
    for (file, text) in files {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[tokio::test]
async fn an_operators_files_go_before_the_built_in_ones() {
    let folder = folder(
        "own",
        &[
            (
                "signed_out.html",
                "{% extends \"layout.html\" %}{% block content %}<h1>So long from {{ frame.operator.name }}</h1>{% endblock %}",
            ),
            ("locales/en.ftl", "login-title = Who are you?\n"),
            ("assets/theme.css", ":root { color: red }"),
        ],
    );
    let op = Op::with(World::of([client("web")]).templates(folder.clone())).await;
    let login = op.rp("web").authorize("openid").login_page().await;
    assert!(login.text().contains("Who are you?"), "{}", login.text());
    let html = String::from_utf8_lossy(&login.body).into_owned();
    let theme = html.split('"').find(|text| text.contains("theme")).unwrap();
    let css = op.send(http::Request::get(format!("https://op.example{theme}")).body("").unwrap()).await.ok();
    assert_eq!(css.body, ":root { color: red }");
    let bye = op.browser().get(&op.url("/end_session")).await.on_page();
    assert!(bye.text().contains("So long from op.example"), "{}", bye.text());
    op.rp("web").signed_in("diana", "openid").await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_broken_template_keeps_the_server_from_starting() {
    let folder = folder(
        "broken",
        &[("login.html", "{% extends \"layout.html\" %}{% block content %}{{ nonsense }}{% endblock %}")],
    );
    let built =
        signet::Provider::builder("https://op.example").template_dir(Some(folder.clone())).build().await;
    let problem = built.err().unwrap().to_string();
    assert!(problem.contains("login.html"), "{problem}");
    std::fs::remove_dir_all(folder).unwrap();
}

/// OpenID Connect Core §4: the application can start the sign-in anew, so the person need not find their own
/// way back.
#[tokio::test]
async fn an_error_page_leads_to_where_the_application_starts_a_sign_in() {
    let web = client("web")
        .set("client_uri", "https://web.example/")
        .set("initiate_login_uri", "https://web.example/login");
    let op = Op::with([web, client("plain").set("client_uri", "https://plain.example/")]).await;
    let stray = |id: &str| op.rp(id).authorize("openid").set("redirect_uri", "https://elsewhere.example/");
    for (id, place) in [
        (
            "web",
            format!("https://web.example/login?iss={}", issuer().replace(':', "%3A").replace('/', "%2F")),
        ),
        ("plain", "https://plain.example/".to_owned()),
    ] {
        let page = stray(id).error_page("invalid_request").await;
        assert!(page.has("back-to-application"));
        assert!(page.document.links.iter().any(|link| link.href == place), "{id}: {:?}", page.document.links);
    }
}

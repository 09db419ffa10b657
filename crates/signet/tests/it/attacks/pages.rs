//! RFC 9700 §4.11.2, RFC 7591 §5: what strangers register or send, on pages and in answers.

use super::*;

/// Markup that we did not write is not markup.
fn is_text(page: &Page, hostile: &str) {
    let body = String::from_utf8_lossy(&page.body).to_lowercase();
    assert!(!body.contains("<script>") && !body.contains("</form><"), "{hostile:?}: {body}");
    assert!(!body.contains("' onfocus") && !body.contains("\" onfocus"), "{hostile:?}: {body}");
}

/// OpenID Connect Core §3.1.2.6, OAuth 2.0 Form Post Response Mode §4: what the client sent comes back by the
/// form, and is text all the same.
#[tokio::test]
async fn what_is_reflected_comes_back_whole_and_never_as_markup() {
    let op = Op::with(client("web")).await;
    let web = op.rp("web");
    web.signed_in("diana", "openid").await;
    for hostile in [
        "\"><script>alert(1)</script>",
        "'\"` onfocus=alert(1) autofocus='",
        "one\r\ntwo\r\n\r\n<script>alert(1)</script>",
        "\u{2028}\u{2029}</form><script>alert(1)</script>",
        "&quot;&gt;&lt;script&gt;&#x3c;script&#x3e;&amp;",
        "{{state}}{% raw %}${7*7}<!--",
        "\u{FEFF}\u{202E}\t \u{1F600}",
    ] {
        let flow = web.authorize("openid").set("response_mode", "form_post").set("state", hostile);
        // Control characters in `state` are refused; what a form can send of them comes back.
        let refused = hostile.contains(|c: char| c.is_ascii_control()).then_some("invalid_request");
        for (flow, error) in
            [(flow.clone(), refused), (flow.clone().set("max_age", "x"), Some("invalid_request"))]
        {
            let page = flow.page_with("form-post").await;
            is_text(&page, hostile);
            let (target, mut fields) = page.posts_away().unwrap();
            // HTML §4.10.21.8: a browser posts every line break as CR LF.
            fields.iter_mut().for_each(|(_, value)| *value = value.replace('\n', "\r\n"));
            assert_eq!(target.as_str(), "https://web.example/cb");
            assert!(fields.contains(&("state".to_owned(), hostile.to_owned())), "{hostile:?}: {fields:?}");
            let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names.iter().filter(|name| **name == "state").count(), 1);
            let told = fields.iter().find(|(name, _)| name == "error").map(|(_, value)| value.as_str());
            assert_eq!((names.contains(&"code"), told), (error.is_none(), error));
        }
        for name in
            ["client_id", "redirect_uri", "request", "request_uri", "registration", "dpop_jkt", hostile]
        {
            for mode in ["query", "form_post"] {
                let flow = web.authorize("openid").set("response_mode", mode).set("state", hostile);
                if let Landed::Page(page) = flow.set(name, hostile).go().await.unwrap() {
                    is_text(&page, hostile);
                }
            }
        }
        // On the pages between.
        let state = hostile.replace(|c: char| c.is_ascii_control(), " ");
        let flow = web.authorize("openid").prompt("login").set("login_hint", hostile).set("state", &state);
        is_text(&flow.login_page().await, hostile);
        is_text(&flow.login_as(hostile, hostile).page().await, hostile);
    }
}

/// RFC 7591 §5: what an application says of itself is shown to people who do not know it.
#[tokio::test]
async fn metadata_of_a_stranger_is_no_link_to_a_script() {
    let op = Op::with(open()).await;
    let metadata = |member: &str, value: &Value| {
        let mut metadata = least();
        metadata["client_name"] = "App".into();
        metadata[member] = value.clone();
        metadata
    };
    for evil in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://app.example/x",
        "https://app.example/\"><script>alert(1)</script>",
        "https://op.example@evil.example/",
    ] {
        for member in ["redirect_uris", "post_logout_redirect_uris"] {
            for kind in ["web", "native"] {
                let mut metadata = metadata(member, &json!([evil]));
                metadata["application_type"] = kind.into();
                if kind == "native" {
                    metadata["token_endpoint_auth_method"] = "none".into();
                }
                let reply = op.send(asking(Method::POST, &op.url("/register"), None, &metadata)).await;
                let status = StatusCode::BAD_REQUEST;
                assert_eq!(reply.status, status, "{kind} {member} {evil:?}: {}", reply.json);
            }
        }
        for member in ["client_uri", "policy_uri", "tos_uri", "logo_uri", "client_uri#de", "policy_uri#en"] {
            op.advance(60);
            let metadata = metadata(member, &evil.into());
            let reply = op.send(asking(Method::POST, &op.url("/register"), None, &metadata)).await;
            if reply.status == StatusCode::CREATED {
                shown_as_text(&op, &reply.json, evil).await;
            }
        }
    }
    for evil in ["\"><script>alert(1)</script>", "</title><script>alert(1)</script>", "' onfocus=alert(1) '"]
    {
        op.advance(60);
        let reply = op
            .send(asking(Method::POST, &op.url("/register"), None, &metadata("client_name", &evil.into())))
            .await;
        if reply.status == StatusCode::CREATED {
            shown_as_text(&op, &reply.json, evil).await;
        }
    }
}

/// RFC 3986 §2, RFC 6749 §3.1: what no address holds, and what an answer would say twice, is refused.
#[tokio::test]
async fn an_odd_redirect_uri_is_not_registered() {
    let op = Op::with(open()).await;
    for odd in [
        "https://app.example/c\r\nx-evil: 1",
        "https://app.example/c\nb",
        "https://app.example/c\tb",
        " https://app.example/cb",
        "https://app.example/c b",
        "https://app.example/\u{0}",
        "https://app.example/ä",
        "https://app.example\\@evil.example/",
        "https:\\\\evil.example/",
        "https:evil.example/cb",
        "https:///evil.example/cb",
        "https://app.example/'; script-src 'unsafe-inline'",
        "https://app.example/\"><script>alert(1)</script>",
        "https://app.example/cb?code=stolen&x=1",
        "https://app.example/cb?x=1&st%61te=stolen",
        "https://app.example/cb?iss=https://evil.example",
    ] {
        op.advance(60);
        let metadata = json!({"redirect_uris": [odd]});
        let reply = op.send(asking(Method::POST, &op.url("/register"), None, &metadata)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{odd:?}");
        assert_eq!(reply.json["error"], "invalid_redirect_uri", "{odd:?}");
    }
}

/// RFC 6749 §3.1.2: an address of good characters is an address all the same, whatever they mean elsewhere.
#[tokio::test]
async fn the_characters_of_an_address_mean_nothing_in_pages_and_policies() {
    let op = Op::with(open()).await;
    for odd in [
        "https://app.example/cb?x='onfocus=alert(1)'&amp;&lt;script&gt;",
        "https://app.example/;script-src'unsafe-inline'/cb?a=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "https://app.example/cb?dummy1=lorem&dummy2=ipsum",
    ] {
        op.advance(60);
        let mut metadata = least();
        metadata["redirect_uris"] = json!([odd]);
        answers_as_text(&op, &registered(&op, &metadata).await, odd).await;
    }
}

/// Every page that a person may see of this application.
async fn shown_as_text(op: &Op, app: &Value, evil: &str) {
    let rp = op.party(&spec(app)).at(&op.another_browser());
    let flow = rp.authorize("openid");
    for page in [flow.login_page().await, flow.login("diana").consent_page().await] {
        is_text(&page, evil);
        for link in &page.document.links {
            let href = link.href.to_lowercase();
            assert!(href.starts_with("https:") || href.starts_with(['/', '?']), "{app}: {href}");
            assert!(!href.contains('@'), "{app}: {href}");
        }
    }
}

/// Answers go to the address as it was registered, and pages show it as text.
async fn answers_as_text(op: &Op, app: &Value, evil: &str) {
    let rp = op.party(&spec(app)).at(&op.another_browser());
    for mode in ["query", "fragment", "form_post"] {
        let flow = rp.authorize("openid").prompt("login consent").set("response_mode", mode);
        let landed = flow.clone().login("diana").consent().go().await.unwrap();
        if mode == "form_post" {
            let page = landed.page().unwrap();
            assert!(page.has("form-post"), "{}", page.text());
            is_text(&page, evil);
            let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(!policy.contains("alert") && !policy.contains('<'), "{policy}");
        } else {
            let host = landed.callback().unwrap().host_str().unwrap().to_owned();
            let shown = flow.login("diana").consent_page().await;
            assert!(shown.text().contains(&host), "{host}: {}", shown.text());
        }
    }
}

/// RFC 9700 §4.11.2: signing out must not become a way to send strangers anywhere, for anyone who registers.
#[tokio::test]
async fn signing_out_sends_no_stranger_to_a_stranger() {
    let op = Op::with(open()).await;
    let mut metadata = least();
    let bye = "https://evil.example/bye";
    metadata["post_logout_redirect_uris"] = json!([bye]);
    let app = registered(&op, &metadata).await;
    let rp = op.party(&spec(&app)).at(&op.another_browser());
    // The attacker signs in as Ella, and has an ID token.
    let ella = rp.signed_in("ella", "openid").await;
    let (victim, nobody) = (op.another_browser(), op.another_browser());
    op.rp("web").at(&victim).signed_in("diana", "openid").await;
    for (browser, is_asked) in [(&victim, true), (&nobody, false)] {
        for hint in [None, Some(ella.id_token())] {
            let mut params = vec![("client_id", text(&app, "client_id")), ("post_logout_redirect_uri", bye)];
            params.extend(hint.map(|hint| ("id_token_hint", hint)));
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
            let asked = browser.get(&op.url(&format!("/end_session?{query}"))).await.on_page();
            assert_eq!(asked.has("sign-out-confirm"), is_asked, "{}", asked.text());
        }
    }
    op.rp("web").at(&victim).authorize("openid").prompt("none").code().await;
    // The person whom its token is about knows it, and goes there at once.
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("id_token_hint", ella.id_token()), ("post_logout_redirect_uri", bye)])
        .finish();
    assert_eq!(rp.browser.get(&op.url(&format!("/end_session?{query}"))).await.sent_away().as_str(), bye);
}

//! RFC 9101 §10, OpenID Connect Core §3.1.2.1: request objects and hints of others, and old ones.

use super::*;

/// RFC 9101 §10.2: what an object said counts until it expires, on every way by which it could be read again.
#[tokio::test]
async fn an_expired_request_object_stays_expired() {
    let key = key();
    let op = Op::with(strict("web", &key)).await;
    let web = op.rp("web");
    signed(&web, web.authorize("openid"), &key).login("diana").consent().signed_in().await;
    let flow = signed(&web, web.authorize("openid").prompt("login"), &key);
    let page = flow.login_page().await;
    // While it is good it may be sent again: it is the state that the client accepts once.
    let again = flow.clone().login("diana").code().await;
    web.redeem(&again).await.tokens();
    op.advance(3601);
    // By the page, by its address, by the request itself, by GET and POST, as often as you like.
    for _ in 0..2 {
        assert_eq!(refusal(sign_in(&page, "diana").await.unwrap()), "invalid_request_object");
        if let Ok(Landed::Page(reloaded)) = page.reload().await {
            assert!(!reloaded.has("consent-allow") && !reloaded.has("sign-in"), "{}", reloaded.text());
        }
        flow.refused("invalid_request_object").await;
        flow.clone().by_post().refused("invalid_request_object").await;
    }
    // What is outside does not make up for it.
    let bare = flow.clone().with(|request| {
        let inside = request.params().to_vec();
        inside.iter().fold(request, |request, (name, value)| request.send_also(name, value))
    });
    bare.refused("invalid_request_object").await;
    let elsewhere = web.clone().at(&op.another_browser());
    let stranger = elsewhere.authorize("openid").with(|_| flow.request().clone());
    stranger.refused("invalid_request_object").await;
}

#[tokio::test]
async fn an_object_speaks_for_the_client_that_made_it() {
    let key = key();
    // B has put the public key of A into its registration.
    let both = [strict("a", &key), strict("b", &key), client("plain")];
    let op = Op::with(World::of(both)).await;
    let a = op.rp("a");
    signed(&a, a.authorize("openid"), &key).login("diana").consent().signed_in().await;
    let object = a.request_object(&a.party.request("openid"), Protection::Key(&key), &json!({})).unwrap();
    for id in ["b", "plain"] {
        let rp = op.rp(id);
        let stolen = rp.authorize("openid").with(|request| {
            let plain = request.params().to_vec();
            let request = request.by_value(&object);
            plain.iter().fold(request, |request, (name, value)| request.send_also(name, value))
        });
        let bare = rp.authorize("openid").with(|request| request.by_value(&object));
        for flow in [stolen, bare] {
            assert!(refusal(flow.go().await.unwrap()).starts_with("invalid_request"));
        }
    }
    // B's object, in the name of A, to be answered at A.
    let b = op.rp("b");
    let named = json!({"client_id": "a", "redirect_uri": "https://a.example/cb"});
    let object = b.request_object(&b.party.request("openid"), Protection::Key(&key), &named).unwrap();
    for rp in [&a, &b] {
        let landed = rp.authorize("openid").with(|request| request.by_value(&object)).go().await.unwrap();
        assert!(refusal(landed).starts_with("invalid_request"));
    }
    let url = signed(&a, a.authorize("openid"), &key).request().url(&op.url("/authorize")).unwrap();
    let one = url.query_pairs().find(|(name, _)| name == "request").unwrap().1.into_owned();
    for (two, error) in [(&one, "invalid_request"), (&object, "invalid_request")] {
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("request", two);
        a.browser.get(url.as_str()).await.on_error(error);
    }
}

/// OpenID Connect Core §3.1.2.1: who was signed in is told by a token that we signed for this client, and by
/// nothing else.
#[tokio::test]
async fn a_hint_that_we_did_not_sign_for_this_client_is_none() {
    let secretive = |id: &str, secret: &str| {
        client(id)
            .client_secret_post()
            .set("client_secret", secret)
            .set("id_token_signed_response_alg", "HS256")
            .set("skip_consent", true)
            .set("post_logout_redirect_uris", json!([format!("https://{id}.example/bye")]))
    };
    let of = |letter: &str| letter.repeat(64);
    let op = Op::with([
        secretive("a", &of("a")),
        secretive("b", &of("b")),
        client("es")
            .set("client_secret", of("es"))
            .set("skip_consent", true)
            .set("id_token_signed_response_alg", "ES256"),
    ])
    .await;
    let (a, es) = (op.rp("a"), op.rp("es"));
    let signed_in = a.authorize("openid").login("diana").signed_in().await;
    let token = es.authorize("openid").signed_in().await;
    let published = JwkSet::from_json(&a.jwks().await.unwrap().body).unwrap();
    let claims = |id: &str| {
        let mut claims = decoded(token.id_token());
        claims["aud"] = id.into();
        claims["azp"] = id.into();
        // If it were read, it would ask for somebody else than who is there.
        claims["sub"] = "somebody-else".into();
        claims.to_string()
    };
    let by_secret = |secret: &str, id: &str| {
        let key = HmacKey::new(SigningAlg::Hs256, secret.as_bytes()).unwrap();
        jws::sign_hmac(&key, Some("JWT"), claims(id).as_bytes())
    };
    let (alg, enc) = (KeyManagementAlg::A128Kw, ContentEncryption::A128CbcHs256);
    let under = |secret: &str, inner: &str| {
        let key = EncryptionKey::from_client_secret(secret.as_bytes(), alg, enc).unwrap();
        jwe::encrypt(&key, alg, enc, Extra { typ: None, cty: Some("JWT") }, inner.as_bytes()).unwrap()
    };
    let to_us = |inner: &str, cty: Option<&str>| -> Vec<String> {
        let algs = KeyManagementAlg::ALL.into_iter().filter(|alg| !alg.is_symmetric());
        let sealed = algs.filter_map(|alg| {
            let mut keys = published.keys.iter().filter_map(|jwk| EncryptionKey::from_jwk(jwk).ok());
            let key = keys.find(|key| key.allows(alg, enc))?;
            jwe::encrypt(&key, alg, enc, Extra { typ: None, cty }, inner.as_bytes()).ok()
        });
        sealed.collect()
    };
    let foreign = SigningKey::generate(SigningAlg::Es256).unwrap();

    // What these are made of is read where it belongs, or what follows says nothing.
    let quiet =
        |id: &str, hint: &str| op.rp(id).authorize("openid").prompt("none").set("id_token_hint", hint);
    quiet("a", signed_in.id_token()).code().await;
    quiet("a", &under(&of("a"), signed_in.id_token())).code().await;
    quiet("a", &by_secret(&of("a"), "a")).refused("login_required").await;
    quiet("es", &to_us(token.id_token(), Some("JWT"))[0]).code().await;

    for id in ["a", "b", "es"] {
        // So that each is looked at, although so many cannot be read.
        op.advance(60);
        let unsigned = jws::encode_unsecured(Some("JWT"), claims(id).as_bytes());
        let mut hints = vec![
            by_secret(&"x".repeat(64), id),
            jws::sign(&foreign, Some("JWT"), claims(id).as_bytes()).unwrap(),
            under(&of(id), &unsigned),
            under(&of(id), &claims(id)),
            claims(id),
        ];
        // Secrets that anybody knows: our own public keys.
        hints.extend(published.keys.iter().map(|jwk| by_secret(&serde_json::to_string(jwk).unwrap(), id)));
        for inner in [&unsigned, &claims(id), &by_secret(&"x".repeat(64), id)] {
            for cty in [None, Some("JWT")] {
                hints.extend(to_us(inner, cty));
            }
        }
        // A good one, under more wraps than one.
        hints.push(to_us(&to_us(token.id_token(), Some("JWT"))[0], Some("JWT")).remove(0));
        hints.push(unsigned);
        match id {
            "a" => hints.push(token.id_token().to_owned()),
            // By the secret of A, in the name of anyone who shows it; and what A was given.
            _ => hints.extend([by_secret(&of("a"), id), signed_in.id_token().to_owned()]),
        }
        if id == "b" {
            hints.extend([token.id_token().to_owned(), under(&of("b"), signed_in.id_token())]);
        }
        if id == "es" {
            // Its own secret signs nothing for a client whose tokens we sign.
            hints.push(by_secret(&of(id), id));
        }
        for hint in &hints {
            // One that we did sign, for another client, contradicts the request; all others name nobody.
            let of_another = hint == token.id_token();
            match of_another {
                true => drop(quiet(id, hint).refused("invalid_request").await),
                false => drop(quiet(id, hint).code().await),
            }
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("id_token_hint", hint.as_str()), ("client_id", id)])
                .finish();
            let page = op.browser().get(&op.url(&format!("/end_session?{query}"))).await;
            match of_another {
                true => drop(page.on_error("invalid_request")),
                false => assert!(page.on_page().has("sign-out-confirm"), "{id}: {hint}"),
            }
        }
    }
    // Nobody was signed out by any of it.
    quiet("a", signed_in.id_token()).code().await;
}

fn decoded(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// What an object holds beyond what is read costs its reading, and goes nowhere.
#[tokio::test]
async fn an_endless_request_object_is_refused_or_left_out() {
    let key = key();
    let op = Op::with(strict("web", &key)).await;
    let web = op.rp("web");
    let deep = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let with = |instead: Value| {
        let flow = web.authorize("openid");
        let flow = flow.with(|request| {
            let object = web.request_object(&request, Protection::Key(&key), &instead).unwrap();
            request.by_value(&object)
        });
        flow.by_post()
    };
    let page = with(json!({"junk": "j".repeat(20_000), "more": deep(20)})).login_page().await;
    assert!(page.url.as_str().len() < 1500, "{}", page.url);
    for instead in [
        json!({"junk": "j".repeat(60_000)}),
        json!({"resource": vec!["https://op.example"; 2000]}),
        json!({"resource": (0..500).map(|n| format!("https://op.example/{n}")).collect::<Vec<_>>()}),
        json!({"claims": {"userinfo": deep(100)}}),
        json!({"claims": {"userinfo": {"a": {"values": vec!["v"; 5000]}}}}),
        json!({"state": "s".repeat(20_000)}),
        json!({"nonce": "n".repeat(20_000)}),
        json!({"more": deep(200)}),
    ] {
        let landed = with(instead.clone()).go().await;
        let said = instead.to_string();
        match landed.unwrap() {
            Landed::Page(page) => {
                let address = page.url.as_str().len();
                assert!(page.error().is_some() && address < 17_000, "{}: {}", &said[..40], page.url);
            }
            Landed::Callback(url) => {
                let error = url.query_pairs().any(|(name, _)| name == "error");
                assert!(error && url.as_str().len() < 9000, "{}: {url}", &said[..40]);
            }
            Landed::Posted(..) => panic!("{}", &said[..40]),
        }
    }
}

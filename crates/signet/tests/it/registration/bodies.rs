//! RFC 7591 §3.1: what a registration request contains.

use super::*;

#[tokio::test]
async fn bodies_are_json() {
    let op = Op::with(open()).await;
    for (content_type, body) in [
        ("application/x-www-form-urlencoded", least().to_string()),
        ("text/plain", least().to_string()),
        ("application/json", "x".repeat(70_000)),
    ] {
        let request =
            Request::post(op.url("/register")).header(header::CONTENT_TYPE, content_type).body(body).unwrap();
        let reply = op.send(request).await;
        assert_eq!(
            (reply.status, &reply.json["error"]),
            (StatusCode::BAD_REQUEST, &json!("invalid_request"))
        );
    }
    let request =
        Request::post(op.url("/register")).header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    assert_eq!(op.send(request.body(least().to_string()).unwrap()).await.status, StatusCode::CREATED);
    // RFC 8259 §8.1: what some editors write before a text.
    let marked = format!("\u{feff}{}", least());
    let request = Request::post(op.url("/register")).header(header::CONTENT_TYPE, "application/json");
    assert_eq!(op.send(request.body(marked).unwrap()).await.status, 201);
}

/// RFC 9700 §2.1: what looks like a pattern would match itself alone, and everybody would wonder.
#[tokio::test]
async fn a_wildcard_is_refused_where_it_is_registered() {
    let op = Op::with(open()).await;
    for (member, uri, code) in [
        ("redirect_uris", "https://app.example/*", "invalid_redirect_uri"),
        ("post_logout_redirect_uris", "https://app.example/*/bye", "invalid_client_metadata"),
        ("request_uris", "https://app.example/r?*", "invalid_client_metadata"),
    ] {
        let refused = register(&op, &with(member, json!([uri]))).await;
        let said = refused.json["error_description"].as_str().unwrap().to_owned();
        assert_eq!(
            (refused.status, &refused.json["error"]),
            (StatusCode::BAD_REQUEST, &json!(code)),
            "{said}"
        );
        assert!(said.contains(uri) && said.contains("no wildcards in OpenID Connect"), "{said}");
        let encoded = uri.replace('*', "%2A");
        assert_eq!(register(&op, &with(member, json!([encoded]))).await.status, 201, "{encoded}");
    }
}

//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 8252 §7: URLs, and what is wrong with them.

use serde_json::json;

use super::{open, refused, register, with};
use crate::error::ErrorCode;

#[test]
fn faulty_addresses_are_refused_with_what_to_change() {
    const METADATA: ErrorCode = ErrorCode::InvalidClientMetadata;
    const REDIRECT: ErrorCode = ErrorCode::InvalidRedirectUri;
    let implicit = |uri: &str| json!({"response_types": ["id_token"], "grant_types": ["implicit"], "redirect_uris": [uri]});
    for (members, code, words) in [
        (json!({"redirect_uris": null}), REDIRECT, "`redirect_uris`: this is missing"),
        (json!({"redirect_uris": []}), REDIRECT, "`redirect_uris`: this is missing"),
        (json!({"redirect_uris": "https://app.example/cb"}), REDIRECT, "must be a list of texts"),
        (json!({"redirect_uris": [7]}), REDIRECT, "`redirect_uris[0]`: this must be text"),
        (json!({"redirect_uris": ["/cb"]}), REDIRECT, "absolute"),
        (json!({"redirect_uris": ["https://app.example/cb#x"]}), REDIRECT, "fragment"),
        (json!({"redirect_uris": ["https://app.example/cb#"]}), REDIRECT, "fragment"),
        (json!({"redirect_uris": ["https://u:p@app.example/cb"]}), REDIRECT, "password"),
        (json!({"redirect_uris": ["https://*.app.example/cb"]}), REDIRECT, "has a * in its host"),
        (json!({"redirect_uris": ["https:app.example/cb"]}), REDIRECT, "has no // and host"),
        (json!({"redirect_uris": ["https:///app.example/cb"]}), REDIRECT, "has no // and host"),
        (
            json!({"redirect_uris": ["https://app.example\\@evil.example/"]}),
            REDIRECT,
            "character that no URI has",
        ),
        (json!({"redirect_uris": ["https://app.example/a b"]}), REDIRECT, "character that no URI has"),
        (json!({"redirect_uris": ["javascript:alert(1)"], "application_type": "native"}), REDIRECT, "scheme"),
        (json!({"redirect_uris": ["http://app.example/cb"]}), REDIRECT, "over the network in clear"),
        (
            json!({"redirect_uris": ["com.example.app:/cb"], "application_type": "web"}),
            REDIRECT,
            "register it with application_type native",
        ),
        (
            json!({"redirect_uris": ["cursor://anysphere.cursor-retrieval/oauth/callback"]}),
            REDIRECT,
            "register with application_type native http://127.0.0.1/PATH",
        ),
        (
            json!({"redirect_uris": ["vscode://editor.extension/cb"], "application_type": "native"}),
            REDIRECT,
            "or ask the operator for a client of the configuration",
        ),
        (
            json!({"redirect_uris": ["myapp:/cb"], "application_type": "native"}),
            REDIRECT,
            "reversed domain name",
        ),
        (
            json!({"redirect_uris": ["http://app.example/cb"], "application_type": "native"}),
            REDIRECT,
            "loopback",
        ),
        (implicit("https://localhost/cb"), REDIRECT, "this very machine"),
        (implicit("https://app.localhost/cb"), REDIRECT, "this very machine"),
        (json!({"redirect_uris": ["https://app.example/<b>"]}), REDIRECT, "character that no URI has"),
        (json!({"redirect_uris": ["https://app.example/\"x"]}), REDIRECT, "character that no URI has"),
        (json!({"redirect_uris": ["https://app.example/%zz"]}), REDIRECT, "character that no URI has"),
        (json!({"redirect_uris": ["https://app.example/a\nb"]}), REDIRECT, "character that no URI has"),
        (json!({"redirect_uris": ["https://app.example/cb?a=1&code=x"]}), REDIRECT, "has code in its query"),
        (json!({"redirect_uris": ["https://app.example/cb?st%61te"]}), REDIRECT, "has state in its query"),
        (
            json!({"post_logout_redirect_uris": ["https://app.example/?state=x"]}),
            METADATA,
            "has state in its query",
        ),
        (
            json!({"post_logout_redirect_uris": ["https://app.example/{x}"]}),
            METADATA,
            "character that no URI has",
        ),
        (
            json!({"post_logout_redirect_uris": ["https://app.example/#x"]}),
            METADATA,
            "`post_logout_redirect_uris[0]`: ",
        ),
        (
            json!({"post_logout_redirect_uris": ["http://app.example/"]}),
            METADATA,
            "over the network in clear",
        ),
        (json!({"initiate_login_uri": "http://app.example/login"}), METADATA, "in clear"),
        (json!({"initiate_login_uri": "https://app.example/login?iss=x"}), METADATA, "has iss in its query"),
        (json!({"initiate_login_uri": "http://localhost/login"}), METADATA, "absolute https"),
        (json!({"initiate_login_uri": "https://a;b/login"}), METADATA, "no host has"),
        (json!({"jwks_uri": "https://app.example/\"x"}), METADATA, "character that no URI has"),
        (json!({"policy_uri": "https://app.example/<x>"}), METADATA, "character that no URI has"),
        (json!({"logo_uri": "http://app.example/logo.png"}), METADATA, "in clear"),
        (json!({"tos_uri": "https://a..b/"}), METADATA, "no host has"),
        (json!({"redirect_uris": ["HTTPS://app.example/cb"]}), REDIRECT, "write https://app.example/cb"),
        (json!({"redirect_uris": ["https://App.example:443/cb"]}), REDIRECT, "write https://app.example/cb"),
        (json!({"redirect_uris": ["https://app.example/%0d%0a"]}), REDIRECT, "%0d"),
        (json!({"redirect_uris": ["https://app.example/a/..;/b"]}), REDIRECT, "browsers take out"),
        (json!({"redirect_uris": ["https://app.example:0/cb"]}), REDIRECT, "port 0"),
        (json!({"redirect_uris": ["https://-a.example/cb"]}), REDIRECT, "no host has"),
        (json!({"post_logout_redirect_uris": ["https://app.example/%5c"]}), METADATA, "%5c"),
        (json!({"jwks_uri": "https://a..b/jwks"}), METADATA, "no host has"),
        (
            json!({"jwks": {"keys": [{"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}]}}),
            METADATA,
            "no key that can be used",
        ),
        (
            json!({"jwks": {"keys": [{"kty": "RSA", "n": "_".repeat(1364), "e": "AQAB"}]}}),
            METADATA,
            "more than 4096 bits",
        ),
        (
            json!({"jwks": {"keys": [{"kty": "RSA", "n": "_".repeat(344), "e": "AQAAAAE"}]}}),
            METADATA,
            "an exponent of more than 32",
        ),
    ] {
        refused(&members, code, words);
    }
}

/// RFC 8252 §7.1: no web application has a private scheme, and few programs say what they are.
#[test]
fn who_has_a_private_scheme_and_no_site_is_native_without_saying_so() {
    let agent =
        json!(["http://localhost:4242", "http://localhost:8080", "edu.kit.data.oidc-agent:/redirect"]);
    let site = json!(["https://app.example/cb", "com.example.app:/cb"]);
    for (uris, kind) in [
        (&agent, "native"),
        (&json!(["com.example.app:/cb"]), "native"),
        (&json!(["http://localhost:4242"]), "web"),
        (&json!(["https://app.example/cb"]), "web"),
    ] {
        for unsaid in [json!(null), json!("")] {
            let metadata = json!({"redirect_uris": uris, "application_type": unsaid});
            let (told, client) = register(&open(), &metadata).unwrap();
            assert_eq!((&told["application_type"], &told["redirect_uris"]), (&json!(kind), uris));
            assert!(!client.is_public(), "{uris}");
        }
    }
    // What is said counts, and so does an address of a site, which native applications have too.
    for metadata in [
        json!({"redirect_uris": agent, "application_type": "web"}),
        json!({"redirect_uris": site}),
        json!({"redirect_uris": ["http://localhost:4242", "agent:/redirect"]}),
    ] {
        refused(&metadata, ErrorCode::InvalidRedirectUri, "application_type native");
    }
    register(&open(), &json!({"redirect_uris": site, "application_type": "native"})).unwrap();
}

#[test]
fn a_registered_query_stays_as_it_is() {
    let uris = json!([
        "https://app.example/cb",
        "https://app.example/cb?dummy1=lorem&dummy2=ipsum",
        "https://app.example/?x=%22"
    ]);
    let (told, _) = register(&open(), &with(json!({"redirect_uris": uris}))).unwrap();
    assert_eq!(told["redirect_uris"], uris);
}

#[test]
fn addresses_of_programs_on_the_device_are_taken() {
    for (uri, kind) in [
        ("com.example.app:/cb", "native"),
        ("http://127.0.0.1/cb", "native"),
        ("http://[::1]:80/cb", "native"),
        ("http://localhost/cb", "native"),
        ("https://app.example/claimed", "native"),
        ("http://localhost:3000/cb", "web"),
        ("http://app.localhost:3000/cb", "web"),
        ("https://app.example/cb?x=1", "web"),
    ] {
        let metadata =
            json!({"redirect_uris": [uri], "application_type": kind, "token_endpoint_auth_method": "none"});
        let (told, client) = register(&open(), &metadata).unwrap();
        assert_eq!(told["redirect_uris"], json!([uri]));
        assert!(
            client.is_public()
                && told.get("client_secret").is_none()
                && told.get("client_secret_expires_at").is_none()
        );
    }
}

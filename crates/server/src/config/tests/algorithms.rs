//! OpenID Connect Registration §2, OpenID Connect Core §10, RFC 9701 §6: how responses to a configured client
//! are signed and encrypted.

use serde_json::{Value, json};

use super::client::judged;

const SECRET: &str = "a secret of exactly 48 characters, as HS384 wants";

/// What is wrong with a client of this metadata.
fn problems(more: &Value) -> Vec<String> {
    let mut metadata =
        json!({"client_id": "web", "client_secret": SECRET, "redirect_uris": ["https://web.example/cb"]});
    for (name, value) in more.as_object().unwrap() {
        metadata[name] = value.clone();
    }
    metadata.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    match judged(&metadata, &["ES256"]) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

/// The one problem that there is.
fn problem(more: &Value) -> String {
    let problems = problems(more);
    assert_eq!(problems.len(), 1, "{more}: {problems:?}");
    problems.concat()
}

#[test]
fn keys_and_secrets_sign() {
    for what in ["id_token", "userinfo", "introspection"] {
        let with = |alg: &str, more: Value| {
            let mut metadata = more;
            metadata[format!("{what}_signed_response_alg")] = alg.into();
            metadata
        };
        for good in ["ES256", "HS256", "HS384"] {
            assert_eq!(problems(&with(good, json!({}))), [""; 0], "{what} {good}");
        }
        assert!(problem(&with("HS512", json!({}))).contains("HS512 needs a secret of 64 bytes"));
        assert!(problem(&with("RS256", json!({}))).contains("keys.signing"));
        assert!(problem(&with("HS265", json!({}))).contains("did you mean \"HS256\""));
        let hashed = json!({"client_secret": null, "client_secret_hash": "00".repeat(32)});
        assert!(problem(&with("HS256", hashed)).contains("`client_secret_hash`"));
        let public = json!({"client_secret": null});
        assert!(problem(&with("HS256", public)).contains(&format!("`{what}_signed_response_alg`")));
    }
}

#[test]
fn id_tokens_may_come_unsigned_but_not_through_the_browser() {
    let with = |types: Value, grants: Value| json!({"id_token_signed_response_alg": "none", "response_types": types, "grant_types": grants});
    assert_eq!(problems(&json!({"id_token_signed_response_alg": "none"})), [""; 0]);
    let both = json!(["authorization_code", "implicit"]);
    assert_eq!(problems(&with(json!(["code", "none"]), json!(["authorization_code"]))), [""; 0]);
    assert!(problem(&with(json!(["code", "code id_token"]), both)).contains("those of code id_token"));
    for what in ["userinfo", "introspection"] {
        let member = format!("{what}_signed_response_alg");
        assert!(problem(&json!({member: "none"})).contains("none is not offered here"));
    }
}

#[test]
fn encryption_has_what_it_needs() {
    // RFC 7517 appendix A.1
    let keys = json!({"keys": [{"kty": "RSA", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}]});
    for what in ["id_token", "userinfo", "introspection"] {
        let (alg, enc) = (format!("{what}_encrypted_response_alg"), format!("{what}_encrypted_response_enc"));
        for good in [
            json!({&alg: "RSA-OAEP", "jwks": keys}),
            json!({&alg: "ECDH-ES+A256KW", &enc: "A256GCM", "jwks_uri": "https://web.example/jwks"}),
            json!({&alg: "dir", &enc: "A256CBC-HS512"}),
            json!({&alg: "A192GCMKW"}),
        ] {
            assert_eq!(problems(&good), [""; 0], "{good}");
        }
        assert!(problem(&json!({&alg: "RSA-OAEP"})).contains("add jwks or jwks_uri"));
        let unfit = format!(
            "`{alg}`: ECDH-ES needs one of the client's public keys, and none of those in jwks can be"
        );
        assert!(problem(&json!({&alg: "ECDH-ES", "jwks": keys})).contains(&unfit));
        assert!(problem(&json!({&alg: "RSA-OAPE", "jwks": keys})).contains("did you mean \"RSA-OAEP\""));
        assert!(problem(&json!({&alg: "dir", &enc: "A256CGM"})).contains("did you mean \"A256GCM\""));
        assert!(problem(&json!({&enc: "A256GCM"})).contains(&format!("this needs {alg}")));
        let hashed = json!({&alg: "A128KW", "client_secret": null, "client_secret_hash": "00".repeat(32)});
        assert!(problem(&hashed).contains("not its hash"));
        assert!(
            problem(&json!({&alg: "A128KW", "client_secret": null})).contains("A128KW needs a client secret")
        );
    }
}

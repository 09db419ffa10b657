//! Applications, as they are written and as they are stored.

use serde_json::Value as Json;
use signet::admin::Fault;
use signet::program::known;
use signet_core::client::members::MEMBERS;
use signet_core::client::{Judge, Judged, Metadata, Origin, Remedy};
use signet_core::offer::Offer;
use signet_core::settings::{ScopeMeaning, standard_scopes};

use super::*;

fn judge<'a>(origin: Origin, signing: &[&str], scopes: &'a BTreeMap<String, ScopeMeaning>) -> Judge<'a> {
    let signing: Vec<String> = signing.iter().map(ToString::to_string).collect();
    let lists = known::lists(&Offer::default(), &signing, &["urn:pw"]);
    Judge {
        remedy: Remedy::Write(known::remedy),
        ..Judge::of_operators(origin, lists, scopes, signet::keys::judge)
    }
}

/// What comes of a client's metadata at the command line.
pub(super) fn judged(metadata: &Json, signing: &[&str]) -> Result<(Client, Vec<Fault>), Vec<Fault>> {
    let (metadata, mut found) = client_metadata(metadata.as_object().unwrap().clone())?;
    let scopes = standard_scopes();
    let judge = judge(Origin::Operator, signing, &scopes);
    let Judged { client, faults } =
        judge.read(&Metadata::from(metadata.as_object().unwrap().clone()), Client::new(""));
    let failed = faults.iter().any(|fault| fault.severity == Severity::Error);
    found.extend(faults);
    if failed { Err(found) } else { Ok((client, found)) }
}

#[test]
fn every_member_that_is_written_arrives() {
    // More members than the macro for JSON can take.
    let metadata = r#"{
        "client_id": "a", "client_secret": "0123456789abcdef", "client_secret_expires_at": 7, "client_id_issued_at": 8,
        "client_secret_previous": "fedcba9876543210", "client_secret_previous_expires_at": 9,
        "software_id": "i", "software_version": "v", "software_statement": "s",
        "client_name": "n", "client_uri": "https://a.example/u", "logo_uri": "https://a.example/l",
        "policy_uri": "https://a.example/p", "tos_uri": "https://a.example/t", "contacts": ["c"],
        "application_type": "native", "redirect_uris": ["https://a.example/"],
        "post_logout_redirect_uris": ["https://a.example/o"], "response_types": ["code"],
        "grant_types": ["authorization_code"], "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256", "id_token_signed_response_alg": "RS256",
        "userinfo_signed_response_alg": "RS256", "introspection_signed_response_alg": "RS256", "default_max_age": 9,
        "id_token_encrypted_response_alg": "RSA-OAEP-256", "id_token_encrypted_response_enc": "A256GCM",
        "userinfo_encrypted_response_alg": "RSA-OAEP", "userinfo_encrypted_response_enc": "A128GCM",
        "introspection_encrypted_response_alg": "ECDH-ES", "introspection_encrypted_response_enc": "A192GCM",
        "request_object_signing_alg": "ES256", "request_object_signing_algs": ["PS256"], "request_object_encryption_alg": "ECDH-ES+A128KW",
        "request_object_encryption_enc": "A128CBC-HS256", "request_uris": ["https://a.example/r"],
        "require_signed_request_object": true, "subject_type": "pairwise",
        "sector_identifier_uri": "https://a.example/s",
        "require_auth_time": true, "default_acr_values": ["x"], "initiate_login_uri": "https://a.example/i",
        "scopes_to_claims": {"openid": ["sub"]},
        "add_claims": {
            "always": {"userinfo": {"email": {"essential": true}}, "id_token": {}, "introspection": {}, "access_token": {}},
            "by_scope": {"userinfo": false, "id_token": true, "introspection": null, "access_token": true}
        },
        "jwks": {"keys": [
            {"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
            {"kty": "RSA", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}
        ]},
        "scope": "openid", "purpose": {"openid": "p", "openid#de": "z"}, "skip_consent": true, "require_pkce": true,
        "access_token_format": "jwt", "access_token_audience": ["y"], "resources": ["z"],
        "refresh_without_offline_access": true, "may_introspect": true, "fapi": true,
        "lifetimes": {"code": 1, "access_token": 2, "refresh_token": 3, "id_token": 4}
    }"#;
    let mut metadata: Json = serde_json::from_str(metadata).unwrap();
    // Short for a member of `add_claims`, and what cannot be written together with other members.
    let elsewhere = ["client_secret_hash", "client_secret_previous_hash", "jwks_uri", "claims_in_id_token"];
    // What is not written here is tried by the example of its row.
    let written = metadata.as_object_mut().unwrap();
    for member in MEMBERS.iter().filter(|member| !elsewhere.contains(&member.name)) {
        if !written.contains_key(member.name) && !member.example.is_empty() {
            written.insert(member.name.to_owned(), serde_json::from_str(member.example).unwrap());
        }
    }
    let (client, _) = judged(&metadata, &["RS256"]).unwrap();
    let arrived = serde_json::to_value(&client).unwrap();
    for (name, value) in metadata.as_object().unwrap() {
        assert_eq!(&arrived[name], value, "{name}");
    }
    let schema = Config::schema();
    for (name, property) in schema["$defs"]["ClientWritten"]["properties"].as_object().unwrap() {
        assert!(
            elsewhere.contains(&name.as_str())
                || property.get("x-kept").is_some()
                || metadata.get(name).is_some(),
            "{name} is not tried here, and its row has no example"
        );
    }
}

#[test]
fn metadata_of_a_stored_client_is_judged_by_the_same_rules() {
    let good = serde_json::json!({"client_id": "a", "client_secret": "0123456789abcdef", "redirect_uris": ["https://a.example/"]});
    let (client, warnings) = judged(&good, &["RS256"]).unwrap();
    assert_eq!(client.client_id.as_str(), "a");
    assert!(warnings.is_empty());
    assert_eq!(judge(Origin::Stored, &["RS256"], &standard_scopes()).review(&client), []);
    let bad = serde_json::json!({"client_id": "a", "redirect_uri": "https://a.example/"});
    assert_eq!(
        judged(&bad, &["RS256"]).unwrap_err()[0].to_string(),
        "`redirect_uri`: this key is not known; did you mean `redirect_uris`?"
    );
}

#[test]
fn a_service_has_no_redirect_and_a_browser_application_needs_one() {
    let client =
        |more: &str| errors(&format!("[[clients]]\nclient_id='a'\nclient_secret='0123456789abcdef'\n{more}"));
    assert_eq!(client("grant_types=['client_credentials']\nresponse_types=[]\nscope='read'"), [""; 0]);
    assert_eq!(client("grant_types=['client_credentials']"), [""; 0]);
    assert!(client("")[0].contains("`clients[0].redirect_uris`: this is missing"));
    let found = client("grant_types=['client_credentials']\nresponse_types=['code']").join("\n");
    assert!(found.contains("code needs authorization_code"), "{found}");
    assert!(
        client("grant_types=['client_credentials']\ntoken_endpoint_auth_method='none'")[0]
            .contains("for clients that authenticate")
    );
}

#[test]
fn a_client_that_signs_assertions_has_keys_instead_of_a_secret() {
    let client = |more: &str| {
        errors(&format!(
            "[[clients]]\nclient_id='a'\ngrant_types=['client_credentials']\ntoken_endpoint_auth_method='private_key_jwt'\n{more}"
        ))
    };
    assert!(client("")[0].contains("private_key_jwt needs the client's public keys"));
    assert_eq!(client("jwks_uri='https://a.example/jwks'"), [""; 0]);
    assert_eq!(
        client("jwks={keys=[{kty='OKP', crv='Ed25519', x='11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}]}"),
        [""; 0]
    );
    assert!(client("jwks={}")[0].contains("an object with a list of keys"));
    assert!(client("jwks={keys=[{kty='EC', d='x'}]}")[0].contains("public keys only"));
    assert!(
        client("jwks={keys=[{kty='OKP', crv='Ed25519', x='11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}]}\njwks_uri='https://a.example/jwks'")[0].contains("must not come together")
    );
}

/// FAPI 2.0 Security Profile §5.3.2.1, §5.4.
#[test]
fn a_client_held_to_fapi_proves_itself_by_a_key() {
    let client = |more: &str| {
        errors(&format!(
            "[[clients]]\nclient_id='a'\nfapi=true\nredirect_uris=['https://a.example/cb']\n{more}"
        ))
        .join("\n")
    };
    let keys = "token_endpoint_auth_method='private_key_jwt'\njwks_uri='https://a.example/jwks'\n";
    assert_eq!(client(keys), "");
    assert_eq!(client(&format!("{keys}token_endpoint_auth_signing_alg='ES256'")), "");
    for (more, says) in [
        ("client_secret='0123456789abcdef'", "authenticates by client_secret_basic"),
        (
            "client_secret='0123456789abcdef'\ntoken_endpoint_auth_method='client_secret_post'",
            "client_secret_post",
        ),
        ("token_endpoint_auth_method='none'", "authenticates by none"),
        (
            &format!("{keys}token_endpoint_auth_signing_alg='RS256'"),
            "what is signed by RS256 is then refused",
        ),
        (
            &format!("{keys}request_object_signing_alg='RS256'"),
            "`clients[0].request_object_signing_alg`: `fapi` is set",
        ),
    ] {
        let said = client(more);
        assert!(said.contains(says), "{more}: {said}");
    }
}

/// Every sign-in that needs the keys would fail, and only the log of that sign-in would say why.
#[test]
fn keys_are_at_an_address_that_can_be_fetched() {
    let client = |uri: &str, more: &str| {
        errors(&format!(
            "{more}[[clients]]\nclient_id='a'\ntoken_endpoint_auth_method='private_key_jwt'\njwks_uri='{uri}'\n\
             redirect_uris=['https://a.example/cb']\n"
        ))
        .join("\n")
    };
    let (all, hosts) = ("outbound.allow_private_addresses=true\n", "outbound.allow=['keys.internal']\n");
    for (uri, more) in [
        ("https://a.example/jwks", ""),
        ("http://127.0.0.1:9000/jwks", all),
        ("http://keys.internal/jwks", hosts),
        ("https://10.0.0.7/jwks", "outbound.allow=['10.0.0.0/8']\n"),
    ] {
        assert_eq!(client(uri, more), "", "{uri}");
    }
    for (uri, more, says) in [
        ("http://a.example/jwks", "", "only https addresses are fetched"),
        ("http://a.example/jwks", hosts, "only https addresses are fetched"),
        ("http://127.0.0.1:9000/jwks", "", "only https addresses are fetched"),
        ("https://10.0.0.7/jwks", "", "the host is not on the public Internet"),
        ("https://keys.internal/jwks", "", "outbound.allow = [\"keys.internal\"]"),
    ] {
        let said = client(uri, more);
        assert!(said.contains("`clients[0].jwks_uri`") && said.contains(says), "{uri}: {said}");
    }
    let statement = errors(
        "registration.mode = 'open'\n[[registration.software_statements]]\nissuer = 'a'\njwks_uri = 'http://a.example/jwks'",
    );
    assert!(statement.join("\n").contains("`registration.software_statements[0].jwks_uri`"), "{statement:?}");
}

#[test]
fn a_previous_secret_is_one_next_to_another() {
    let client = |more: &str| {
        let text =
            format!("issuer = 'https://op.example'\n[[clients]]\nclient_id = 'a'\ngrant_types = []\n{more}");
        let lines =
            |problems: &[Problem]| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        toml(&text).map_or_else(|found| lines(&found), |loaded| lines(&loaded.warnings))
    };
    let new = "client_secret = '0123456789abcdef'\n";
    let hash = |digit: &str| digit.repeat(64);
    for good in [
        "client_secret_previous = 'fedcba9876543210'",
        "client_secret_previous = 'fedcba9876543210'\nclient_secret_previous_expires_at = 1795262400",
        &format!("client_secret_previous_hash = '{}'", hash("7")),
    ] {
        assert_eq!(client(&format!("{new}{good}")), "", "{good}");
    }
    assert_eq!(
        client(&format!(
            "client_secret_hash = '{}'\nclient_secret_previous_hash = '{}'",
            hash("7"),
            hash("8")
        )),
        ""
    );
    let jwt = "token_endpoint_auth_method = 'client_secret_jwt'\nclient_secret = '0123456789abcdef0123456789abcdef'\n";
    for (bad, says) in [
        ("client_secret_previous = 'fedcba9876543210'", "there is no `client_secret` that replaces this one"),
        (&format!("{new}client_secret_previous = ''"), "this is empty"),
        (&format!("{new}client_secret_previous = 'changeme'"), "is guessed at once"),
        (
            &format!("{new}client_secret_previous_hash = 'x'"),
            "`clients[0].client_secret_previous_hash`: this is not a SHA-256",
        ),
        (
            &format!(
                "{new}client_secret_previous = 'fedcba9876543210'\nclient_secret_previous_hash = '{}'",
                hash("7")
            ),
            "the secret is given in two forms",
        ),
        (
            &format!("{new}client_secret_previous = '0123456789abcdef'"),
            "this is the same as the secret itself",
        ),
        (&format!("{jwt}client_secret_previous_hash = '{}'", hash("7")), "needs the secret, not its hash"),
        (
            &format!("{jwt}client_secret_previous = 'fedcba9876543210'"),
            "`clients[0].client_secret_previous`: HS256 needs a secret of 32 bytes at least: what the application signs with this one",
        ),
        (
            &format!(
                "client_secret = '{}'\nclient_secret_previous = '{}'\nrequest_object_signing_alg = 'HS384'",
                "0123456789abcdef".repeat(3),
                "fedcba9876543210".repeat(2)
            ),
            "`clients[0].client_secret_previous`: HS384 needs a secret of 48 bytes",
        ),
    ] {
        let said = client(bad);
        assert!(said.contains(says), "{bad}: {said}");
    }
}

#[test]
fn a_client_that_signs_with_its_secret_has_a_long_one_in_clear() {
    let client = |more: &str| {
        errors(&format!(
            "[[clients]]\nclient_id='a'\ngrant_types=['client_credentials']\ntoken_endpoint_auth_method='client_secret_jwt'\n{more}"
        ))
    };
    let secret = |length: usize, alg: &str| {
        client(&format!("client_secret='{}'\n{alg}", &"a-b-c-d-".repeat(8)[..length]))
    };
    let alg = |alg: &str| format!("token_endpoint_auth_signing_alg='{alg}'");
    assert!(client(&format!("client_secret_hash='{}'", "0".repeat(64)))[0].contains("not its hash"));
    for (length, name) in [(32, "HS256"), (48, "HS384"), (64, "HS512")] {
        assert_eq!(secret(length, &alg(name)), [""; 0]);
        assert!(
            secret(length - 1, &alg(name))[0].contains(&format!("{name} needs a secret of {length} bytes"))
        );
    }
    assert!(secret(31, "")[0].contains("HS256 needs"));
    assert!(secret(32, &alg("ES256"))[0].contains("ES256 is not offered here for client_secret_jwt"));
    let keys = "[[clients]]\nclient_id='a'\ngrant_types=['client_credentials']\ntoken_endpoint_auth_method='private_key_jwt'\njwks={keys=[{kty='OKP', crv='Ed25519', x='11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}]}\n";
    assert_eq!(errors(&format!("{keys}{}", alg("EdDSA"))), [""; 0]);
    assert!(errors(&format!("{keys}{}", alg("PS256")))[0].contains("private_key_jwt by PS256 needs one of"));
    assert!(
        errors(&format!("{keys}{}", alg("HS256")))[0]
            .contains("HS256 is not offered here for private_key_jwt")
    );
}

#[test]
fn what_a_client_says_of_its_request_objects_fits_together() {
    let client = |more: &str| {
        errors(&format!("[[clients]]\nclient_id='a'\nredirect_uris=['https://a.example/cb']\n{more}"))
    };
    let hash = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";
    for good in [
        "request_object_signing_alg='none'",
        "request_object_signing_alg='EdDSA'\njwks={keys=[{kty='OKP', crv='Ed25519', x='11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}]}\nrequire_signed_request_object=true",
        "request_object_signing_alg='HS256'\nclient_secret='0123456789abcdef0123456789abcdef'",
        "request_object_encryption_alg='RSA-OAEP-256'\nrequest_object_encryption_enc='A256GCM'",
        &format!("request_uris=['https://a.example/r', 'https://a.example/r#{hash}']"),
    ] {
        assert_eq!(client(good), [""; 0], "{good}");
    }
    for (bad, why) in [
        ("request_object_signing_alg='ES255'", "did you mean \"ES256\"?"),
        (
            "request_object_signing_alg='ES256'\njwks={keys=[{kty='OKP', crv='Ed25519', x='11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}]}",
            "ES256 needs one of the client's public keys",
        ),
        (
            "request_object_signing_alg='none'\nrequire_signed_request_object=true",
            "contradicts require_signed_request_object",
        ),
        ("request_object_signing_alg='none'\nfapi=true", "contradicts fapi"),
        ("request_object_signing_alg='ES256'", "ES256 needs the client's public keys"),
        (
            "request_object_signing_alg='HS256'\njwks={keys=[{kty='OKP', crv='Ed25519', x='11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}]}",
            "HS256 needs a client secret",
        ),
        ("require_signed_request_object=true", "there is no key to verify"),
        ("request_object_encryption_alg='RSA1_5'", "RSA1_5 is not offered here"),
        ("request_object_encryption_alg='dir'\nrequest_object_encryption_enc='A1'", "A1 is not offered here"),
        ("request_object_encryption_enc='A256GCM'", "this needs request_object_encryption_alg"),
        ("request_uris=['a.example/r']", "not a web address"),
        ("request_uris=['ftp://a.example/r']", "not a web address"),
        ("request_uris=['https://u:p@a.example/r']", "user name or password"),
        ("request_uris=['https://a.example/*']", "no wildcards"),
        ("request_uris=['https://a.example:443/r']", "write https://a.example/r"),
        ("request_uris=['https://a.example/r#v1']", "cannot be the hash"),
        ("request_uris=['https://a.example/r#']", "cannot be the hash"),
        (&format!("request_uris=['https://a.example/{}']", "r".repeat(500)), "longer than 512"),
    ] {
        let told = client(bad);
        assert!(told.iter().any(|line| line.contains(why)), "{bad}: {told:?}");
    }
}

#[test]
fn a_purpose_is_for_a_scope_that_the_client_may_ask_for() {
    let client = |more: &str| {
        let text = format!(
            "issuer = 'https://op.example'\n[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\n\
             redirect_uris = ['https://a.example/']\n[clients.purpose]\n{more}"
        );
        toml(&text).unwrap().warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(client("email = 'x'\n'email#de' = 'y'"), "");
    assert!(client("mail = 'x'").contains("did you mean \"email\"?"), "{}", client("mail = 'x'"));
}

#[test]
fn texts_for_the_consent_page_come_by_language() {
    let loaded = toml(
        "issuer = 'https://op.example'\n[scopes.'calendar.read']\ndescription = 'Read'\n'description#de' = 'Lesen'\n\
         [claims.department]\nlabel = 'Department'\n'label#fr' = 'Service'",
    )
    .unwrap();
    let calendar = &loaded.settings.scopes["calendar.read"].description;
    assert_eq!((calendar.in_language("de-AT"), calendar.in_language("nl")), (Some("Lesen"), Some("Read")));
    let department = &loaded.settings.claim_labels["department"];
    assert_eq!(
        (department.in_language("fr"), department.in_language("de")),
        (Some("Service"), Some("Department"))
    );
    for wrong in [
        "[scopes.a]\n'descripton#de' = 'x'",
        "[claims.a]\n'label#' = 'x'",
        "[claims.a]\n'label#de' = 7",
        "[authentication.a]\nacr = 'urn:a'\n'lable#de' = 'x'",
        "[authentication.a]\nacr = 'urn:a'\n'label#de' = 7",
        "[authentication.a]\nacr = 'urn:a'\nlables = 'x'",
    ] {
        assert!(toml(&format!("issuer = 'https://op.example'\n{wrong}")).is_err(), "{wrong}");
    }
}

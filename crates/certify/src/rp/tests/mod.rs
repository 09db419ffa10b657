mod provider;

use serde_json::json;
use signet_jose::{JwkSet, SigningAlg, SigningKey, hash::half_hash, jws};

use super::*;
use crate::assert::{Answered as _, Arrived as _, Judged as _};
use crate::check::{Outcome, Subject};
use crate::fake::{NOW, json as json_reply, now, wire};
use crate::{Browser, Landed, Person, plan};
use provider::{Flaws, metadata, provider};

const OP: &str = "https://op.test";
const CB: &str = "https://rp.test/cb";

fn client(wire: &Wire) -> RelyingParty {
    RelyingParty::new(wire, OP, "web app", CB)
        .with_auth(ClientAuth::Basic("s:1%".into()))
        .with_id_token_alg("ES256")
}

fn subject(flaws: Flaws) -> Subject {
    Subject { rp: client(&provider(flaws)), person: Person::new("diana", "krall") }
}

#[test]
fn the_code_flow_from_start_to_claims() {
    let wire = provider(Flaws::default());
    let (rp, browser) = (client(&wire), Browser::new(&wire, OP));
    let request = rp.request("openid").max_age(60);
    let login = now(rp.authorize(&browser, &request)).on_page();
    let consent = now(login.fill("username", "diana").fill("password", "krall").submit("sign-in")).on_page();
    let landed = now(consent.submit("consent-allow")).unwrap();
    let code = now(rp.response(&request, &landed)).code();
    let tokens = now(rp.redeem(&code)).tokens();
    let claims = now(rp.claims(&request, &tokens)).unwrap();
    assert_eq!(claims["sub"], "diana-1");
    assert_eq!(now(rp.userinfo(&tokens)).succeeded().json["sub"], "diana-1");
    now(rp.redeem(&code)).refused("invalid_grant");
    now(rp.userinfo(&tokens)).refused("invalid_token");
    assert_eq!(browser.findings(), []);
    assert!(!browser.transcript().to_string().contains("krall"));
}

#[test]
fn every_delivery_is_read_and_only_the_asked_one_accepted() {
    for mode in ["query", "fragment", "form_post"] {
        let subject = subject(Flaws::default());
        let browser = Browser::new(subject.wire(), OP);
        let request = subject.rp.request("openid").response_mode(mode);
        assert_eq!(now(subject.sign_in(&browser, &request)).code().value, "c1", "{mode}");
        let wrong = request.clone().response_mode(if mode == "query" { "fragment" } else { "query" });
        let landed = now(subject.rp.authorize(&browser, &request)).unwrap();
        let landed = now(subject.person.walk(landed)).unwrap();
        let error = now(subject.rp.response(&wrong, &landed)).unwrap_err();
        assert!(error.message().contains(&format!("it travelled by {mode}")), "{error}");
    }
}

#[test]
fn a_foreign_state_issuer_or_doubled_parameter_is_refused() {
    let told = |flaws| {
        let subject = subject(flaws);
        let browser = Browser::new(subject.wire(), OP);
        now(subject.sign_in(&browser, &subject.rp.request("openid"))).unwrap_err().message().to_owned()
    };
    assert!(told(Flaws { state: true, ..Flaws::default() }).contains("state is Some(\"another\")"));
    assert!(told(Flaws { iss: true, ..Flaws::default() }).contains("iss is \"https://evil.test\""));
    let rp = client(&provider(Flaws::default()));
    let request = rp.request("openid").set("state", "s");
    let read = |query: &str| {
        now(rp.response(&request, &Landed::Callback(Url::parse(&format!("{CB}?{query}")).unwrap())))
    };
    assert!(read("code=1&state=s").unwrap_err().message().contains("iss is missing"));
    assert!(
        read("code=1&code=2&state=s&iss=https://op.test").unwrap_err().message().contains("code comes twice")
    );
    read("error=access_denied&error_description=no&state=s&iss=https://op.test").refused("access_denied");
    let leaky = read("error=access_denied&error_description=no&code=1&state=s&iss=https://op.test").unwrap();
    assert!(leaky.refusal("access_denied").unwrap_err().message().contains("code was issued as well"));
}

#[test]
fn the_person_gives_up_when_the_password_is_wrong() {
    let mut subject = subject(Flaws::default());
    subject.person = Person::new("diana", "wrong");
    let browser = Browser::new(subject.wire(), OP);
    let error = now(subject.sign_in(&browser, &subject.rp.request("openid"))).unwrap_err();
    assert!(
        error.message().contains("expected the password to be accepted")
            && error.message().contains("No match"),
        "{error}"
    );
}

#[test]
fn the_issuer_is_compared_exactly() {
    let rp = client(&provider(Flaws { issuer: Some("https://op.test/"), ..Flaws::default() }));
    let error = now(rp.discover()).unwrap_err();
    assert!(error.message().contains("expected exactly \"https://op.test\""), "{error}");
}

#[test]
fn a_refused_client_is_challenged_in_its_own_scheme() {
    let rp = client(&provider(Flaws::default())).with_auth(ClientAuth::Basic("wrong".into()));
    now(rp.client_credentials("")).refused("invalid_client");
    let transcript = rp.wire().transcript();
    assert!(transcript.to_string().contains("authorization: Basic [hidden]"));
}

/// A client whose provider publishes the key that signs what `sign` is given.
fn signer() -> (RelyingParty, impl Fn(&Value) -> String) {
    let key = SigningKey::generate(SigningAlg::Es256).unwrap();
    let set = serde_json::to_value(JwkSet::new(vec![key.public_jwk().unwrap()])).unwrap();
    let rp = client(&wire(move |request| match request.uri().path() {
        "/jwks" => json_reply(200, &set),
        _ => json_reply(200, &metadata(Flaws::default())),
    }));
    (rp, move |claims| jws::sign(&key, None, claims.to_string().as_bytes()).unwrap())
}

fn good_claims() -> Value {
    json!({ "iss": OP, "sub": "diana-1", "aud": "web app", "iat": NOW, "exp": NOW + 300, "nonce": "n" })
}

/// What the verification says about a token with these claims changed.
fn verdict(
    change: impl Fn(&mut serde_json::Map<String, Value>),
    expected: Expected<'_>,
) -> Result<Value, String> {
    let (rp, sign) = signer();
    let mut claims = good_claims();
    change(claims.as_object_mut().unwrap());
    now(rp.verify_id_token(&sign(&claims), expected)).map_err(|error| error.message().to_owned())
}

#[test]
fn a_refreshed_id_token_continues_the_one_before() {
    let (rp, sign) = signer();
    let mut before = good_claims();
    before["auth_time"] = json!(NOW - 100);
    let verdict = |change: fn(&mut Value)| {
        let mut claims = before.clone();
        change(&mut claims);
        let json = json!({ "access_token": "at", "token_type": "Bearer", "id_token": sign(&claims) });
        let tokens = Tokens {
            access_token: "at".into(),
            token_type: "Bearer".into(),
            expires_in: None,
            refresh_token: None,
            id_token: json["id_token"].as_str().map(str::to_owned),
            scope: None,
            json,
        };
        now(rp.refreshed_claims(&before, &tokens)).map_err(|error| error.message().to_owned())
    };
    assert!(verdict(|_| {}).is_ok());
    assert!(verdict(|claims| drop(claims.as_object_mut().unwrap().remove("nonce"))).is_ok());
    assert!(verdict(|claims| claims["nonce"] = json!("m")).unwrap_err().contains("nonce is"));
    assert!(verdict(|claims| claims["sub"] = json!("elvis")).unwrap_err().contains("sub changed"));
    assert!(verdict(|claims| claims["auth_time"] = json!(NOW)).unwrap_err().contains("auth_time changed"));
}

#[test]
fn id_tokens_are_believed_only_when_everything_fits() {
    let nonce = Expected { nonce: Some("n"), ..Expected::default() };
    assert!(verdict(|_| {}, nonce).is_ok());
    let set = |name: &'static str, value: Value| {
        move |claims: &mut serde_json::Map<String, Value>| {
            claims.insert(name.to_owned(), value.clone());
        }
    };
    for (name, value, told) in [
        ("iss", json!("https://op.test/"), "iss is"),
        ("aud", json!("other"), "aud is"),
        ("aud", json!(["web app", "other"]), "azp is missing"),
        ("azp", json!("other"), "azp is"),
        ("sub", json!(""), "sub is"),
        ("sub", json!("x".repeat(256)), "sub is"),
        ("exp", json!(NOW - 5), "has passed"),
        ("exp", json!("soon"), "exp is missing or no integer"),
        ("iat", json!(NOW + 6), "lies ahead"),
        ("nonce", json!("m"), "nonce is"),
        ("name", Value::Null, "name is null"),
        ("auth_time", json!(NOW + 60), "auth_time"),
    ] {
        let error = verdict(set(name, value.clone()), nonce).unwrap_err();
        assert!(error.contains(told), "{name} {value}: {error}");
    }
    assert!(verdict(set("aud", json!(["web app"])), nonce).is_ok());
    assert!(verdict(|_| {}, Expected::default()).unwrap_err().contains("expected None"));
    let other = Expected { nonce: Some("m"), ..nonce };
    let without = |claims: &mut serde_json::Map<String, Value>| {
        claims.remove("nonce");
    };
    assert!(
        verdict(without, nonce).is_err() && verdict(without, Expected { refreshed: true, ..nonce }).is_ok()
    );
    assert!(verdict(|_| {}, Expected { refreshed: true, ..other }).unwrap_err().contains("nonce is"));
}

#[test]
fn id_tokens_fit_what_came_with_them() {
    let base = Expected { nonce: Some("n"), ..Expected::default() };
    let with = |name: &'static str, value: Value| {
        move |claims: &mut serde_json::Map<String, Value>| {
            claims.insert(name.to_owned(), value.clone());
        }
    };
    let fresh = Expected { max_age: Some(60), ..base };
    assert!(verdict(|_| {}, fresh).unwrap_err().contains("auth_time is missing"));
    assert!(verdict(with("auth_time", json!(NOW - 66)), fresh).unwrap_err().contains("older"));
    assert!(verdict(with("auth_time", json!(NOW - 65)), fresh).is_ok());
    let token = Expected { access_token: Some("at"), ..base };
    let good = half_hash(SigningAlg::Es256, "at");
    assert!(verdict(with("at_hash", json!(good)), token).is_ok());
    assert!(verdict(with("at_hash", json!("x")), token).unwrap_err().contains("at_hash does not fit"));
    assert!(verdict(|_| {}, token).is_ok());
    assert!(
        verdict(|_| {}, Expected { front_channel: true, ..token })
            .unwrap_err()
            .contains("at_hash is missing")
    );
    let hybrid = Expected { code: Some("c"), front_channel: true, ..base };
    assert!(verdict(with("c_hash", json!("x")), hybrid).unwrap_err().contains("c_hash does not fit"));
    assert!(verdict(with("c_hash", json!(half_hash(SigningAlg::Es256, "c"))), hybrid).is_ok());
}

#[test]
fn id_tokens_need_the_registered_algorithm_and_a_published_key() {
    let subject = subject(Flaws::default());
    let browser = Browser::new(subject.wire(), OP);
    let request = subject.rp.request("openid");
    let tokens = now(subject.tokens(&browser, &request)).unwrap();
    let rs256 = subject.rp.clone().with_id_token_alg("RS256");
    assert!(now(rs256.claims(&request, &tokens)).is_err());
    let stranger = client(&provider(Flaws::default()));
    assert!(now(stranger.claims(&request, &tokens)).is_err());
    let token = tokens.id_token.clone().unwrap();
    let (start, end) = token.split_at(token.len() - 20);
    let other = if end.starts_with('A') { "B" } else { "A" };
    let bent = Tokens { id_token: Some(format!("{start}{other}{}", &end[1..])), ..tokens };
    let error = now(subject.rp.claims(&request, &bent)).unwrap_err();
    assert!(error.message().contains("signature"), "{error}");
}

#[test]
fn the_basic_plan_passes_a_good_provider_and_names_each_flaw() {
    let failed = |flaws| -> Vec<&'static str> {
        let report = now(plan::BASIC.run(&subject(flaws)));
        let failed =
            report.rows.iter().filter(|row| row.outcome != Outcome::Passed || !row.findings.is_empty());
        failed.map(|row| row.id).collect()
    };
    let none = Flaws::default();
    assert_eq!(failed(none), Vec::<&str>::new());
    assert_eq!(failed(Flaws { private_key: true, ..none }), ["jwks-public-and-distinct"]);
    assert_eq!(failed(Flaws { repeated_kid: true, ..none }), ["jwks-public-and-distinct"]);
    assert_eq!(failed(Flaws { code_again: true, ..none }), ["code-once"]);
    assert_eq!(failed(Flaws { tokens_live: true, ..none }), ["code-once"]);
    assert_eq!(failed(Flaws { any_verifier: true, ..none }), ["code-bound-to-verifier"]);
    assert_eq!(failed(Flaws { open_redirect: true, ..none }), ["redirect-uri-exact"]);
    assert_eq!(failed(Flaws { cached: true, ..none }), ["code-flow", "code-once"]);
    assert_eq!(
        failed(Flaws { bare_page: true, ..none }),
        ["code-flow", "code-once", "code-bound-to-verifier"]
    );
    let flow = ["code-flow", "code-once", "code-bound-to-verifier", "errors-return-state"];
    assert_eq!(failed(Flaws { state: true, ..none }), flow);
    assert_eq!(failed(Flaws { unchallenged: true, ..none }), ["userinfo-needs-token"]);
    let issuer = failed(Flaws { issuer: Some("https://other.test"), ..none });
    assert_eq!(issuer.first(), Some(&"discovery-exact-issuer"));
}

#[test]
fn a_report_reads_as_a_table_and_as_json() {
    let report = now(plan::BASIC.run(&subject(Flaws { any_verifier: true, ..Flaws::default() })));
    let table = report.to_string();
    assert!(table.contains("  passed  code-flow                 OpenID Connect Core §3.1\n"), "{table}");
    assert!(table.contains("  FAILED  code-bound-to-verifier    RFC 7636 §4.6\n"), "{table}");
    assert!(table.ends_with("7 of 8 passed, 0 findings"), "{table}");
    assert!(!report.clean());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["rows"][0]["outcome"], "passed");
    assert_eq!(json["rows"][4]["outcome"], "failed");
    assert!(json["rows"][4]["why"].as_str().unwrap().contains("invalid_grant"), "{json}");
}

#[test]
fn a_client_signs_a_fresh_assertion_for_each_request() {
    let key = SigningKey::generate(SigningAlg::Es256).unwrap();
    let secret = "s".repeat(32);
    let wire = provider(Flaws::default());
    let sent = |auth: ClientAuth| {
        let rp = client(&wire).with_auth(auth);
        for _ in 0..2 {
            now(rp.client_credentials("")).unwrap();
        }
        let transcript = wire.transcript();
        let bodies: Vec<_> =
            transcript.exchanges().iter().rev().take(2).map(|e| e.sent_body.clone()).collect();
        bodies.into_iter().map(move |body| {
            let param = |name: &str| crate::fake::param(&body, name).unwrap();
            assert_eq!(param("client_assertion_type"), ASSERTION_TYPE);
            param("client_assertion")
        })
    };
    let mut seen = Vec::new();
    let mut judge = |payload: &[u8]| {
        let mut claims: Value = serde_json::from_slice(payload).unwrap();
        seen.push(claims["jti"].take().as_str().unwrap().to_owned());
        let expected = json!({
            "iss": "web app", "sub": "web app", "aud": OP, "jti": null, "iat": NOW, "exp": NOW + 60,
        });
        assert_eq!(claims, expected);
    };
    for token in sent(ClientAuth::PrivateKeyJwt(key.clone())) {
        judge(jws::decode(&token, 4096).unwrap().verify(&key.verifying_key().unwrap()).unwrap().payload());
    }
    let mac = signet_jose::HmacKey::new(SigningAlg::Hs256, secret.as_bytes()).unwrap();
    for token in sent(ClientAuth::SecretJwt(secret.clone())) {
        judge(jws::decode(&token, 4096).unwrap().verify_hmac(&mac).unwrap().payload());
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 4, "each has a jti of its own");
}

#[test]
fn an_assertion_can_be_made_wrong_on_purpose() {
    let key = SigningKey::generate(SigningAlg::Es256).unwrap();
    let rp = client(&provider(Flaws::default()));
    assert!(
        rp.assertion(&json!({})).unwrap_err().message().contains("client_secret_basic signs no assertions")
    );
    let short = rp.clone().with_auth(ClientAuth::SecretJwt("short".into()));
    assert!(short.assertion(&json!({})).unwrap_err().message().contains("needs at least 256"));
    let rp = rp.with_auth(ClientAuth::PrivateKeyJwt(key.clone()));
    let token = rp.assertion(&json!({"aud": ["x"], "exp": null, "new": 1})).unwrap();
    let claims: Value = serde_json::from_slice(jws::decode(&token, 4096).unwrap().payload()).unwrap();
    assert_eq!((&claims["aud"], claims.get("exp"), &claims["new"]), (&json!(["x"]), None, &json!(1)));
    let shown = format!("{:?} {:?}", rp.auth, ClientAuth::SecretJwt("s3cret".into()));
    assert_eq!(shown, "private_key_jwt client_secret_jwt");
}

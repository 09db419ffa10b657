use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Next, Source};
use crate::change::Change;
use crate::decision::Reply;
use crate::endpoint::authorization::{Parsed, Request};
use crate::env::Encryption;
use crate::error::{Error, ErrorCode};
use crate::interaction::{self, Stale, Waiting};
use crate::lookup::{Expected, Facts, Lookup};
use crate::params::Params;
use crate::record::{Client, Interaction};
use crate::secret::TokenHash;
use crate::testing::{self, NOW, REDIRECT_URI, SECRET, World};

const ISSUER: &str = "https://op.example";
const OTHER_URI: &str = "https://web.example/other";
const OBJECT_URI: &str = "https://web.example/request.jwt";

/// A request of the client `web` with a request object, signed by its key and good unless told otherwise.
struct Sent {
    world: World,
    client: Client,
    header: Value,
    claims: Value,
    signature: String,
    sealed: Option<Encryption<'static>>,
    outer: Vec<(String, String)>,
    /// What stands at `request_uri`; `None`: it cannot be had.
    there: Option<String>,
}

/// Where a refusal went.
#[derive(Debug, PartialEq)]
enum Told {
    Client(String),
    Nobody,
}

fn sent() -> Sent {
    let mut client = testing::client("web");
    client.redirect_uris.push(OTHER_URI.into());
    client.jwks = Some(json!({"keys": []}));
    client.request_uris = vec![OBJECT_URI.into()];
    let outer = [("client_id", "web"), ("response_type", "code"), ("scope", "openid")];
    Sent {
        world: World::new(),
        client,
        header: json!({"alg": "ES256", "kid": "k-1"}),
        claims: json!({
            "iss": "web", "aud": ISSUER, "client_id": "web", "response_type": "code", "redirect_uri": REDIRECT_URI,
            "scope": "openid email", "state": "inner", "exp": NOW.0 + 60,
        }),
        signature: "k-1".into(),
        sealed: None,
        outer: outer.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        there: None,
    }
}

fn set(members: &mut Value, name: &str, value: Value) {
    let members = members.as_object_mut().unwrap();
    match value {
        Value::Null => drop(members.remove(name)),
        value => drop(members.insert(name.to_owned(), value)),
    }
}

impl Sent {
    /// Another claim; null takes it out.
    fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.claims, name, value.into());
        self
    }

    /// Another member of the header; null takes it out.
    fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.header, name, value.into());
        self
    }

    /// Another parameter outside.
    fn outer(mut self, name: &str, value: &str) -> Self {
        self.outer.retain(|(known, _)| known != name);
        self.outer.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.outer.retain(|(known, _)| known != name);
        self
    }

    fn client(mut self, edit: impl FnOnce(&mut Client)) -> Self {
        edit(&mut self.client);
        self
    }

    fn world(mut self, edit: impl FnOnce(&mut World)) -> Self {
        edit(&mut self.world);
        self
    }

    fn signed_by(mut self, alg: &str, key: &str) -> Self {
        key.clone_into(&mut self.signature);
        self.header("alg", alg)
    }

    fn unsigned(self) -> Self {
        self.signed_by("none", "")
    }

    fn encrypted(mut self, alg: &'static str, enc: &'static str) -> Self {
        self.sealed = Some(Encryption { alg, enc, typ: None, cty: Some("JWT") });
        self
    }

    fn strict(self) -> Self {
        self.client(|client| client.require_signed_request_object = true)
    }

    fn token(&self) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let (header, claims) = (part(&self.header.to_string()), part(&self.claims.to_string()));
        let token = format!("{header}.{claims}.{}", part(&self.signature));
        match self.sealed {
            Some(how) => testing::sealed(how, token.as_bytes(), b"op"),
            None => token,
        }
    }

    fn by_value(self) -> Self {
        let token = self.token();
        self.outer("request", &token)
    }

    fn by_reference(mut self, uri: &str) -> Self {
        self.there = Some(self.token());
        self.outer("request_uri", uri)
    }

    /// What a shell does: finds what is asked for, until there is a request or a refusal.
    fn resolve(&self) -> Result<(Request, Facts), (Error, Told)> {
        let env = self.world.env();
        let mut facts = Facts::default();
        let Parsed::Object(mut object) = Request::parse(Params::from_pairs(self.outer.clone())).unwrap()
        else {
            panic!("no request object")
        };
        let mut lookups = object.lookup(None);
        loop {
            for lookup in &lookups {
                match lookup {
                    Lookup::Client(id) => {
                        let client = Some(self.copy_of_client()).filter(|client| client.client_id == *id);
                        facts.client = client.map(Arc::new);
                    }
                    Lookup::Fetch { url, what: Expected::RequestObject } => {
                        assert!(url.starts_with("https://web.example/"), "{url}");
                        facts.fetched =
                            Some(self.there.as_deref().map(Arc::from).ok_or_else(|| "no route".into()));
                    }
                    Lookup::ClientKeys { client, kid } => {
                        assert_eq!((client.as_str(), kid.as_deref()), ("web", self.header["kid"].as_str()));
                        facts.client_keys = testing::keys("k-1");
                    }
                    other => panic!("{other:?}"),
                }
            }
            match object.resolve(&env, &facts) {
                Next::Ready(request) => return Ok((request, facts)),
                Next::Find(next, more) => (object, lookups) = (next, more),
                Next::Refused(request, error) => {
                    let again = Error::new(error.code, error.description.clone());
                    return Err((error, told(request.abort(&env, &facts, None, again).map(|d| d.reply))));
                }
            }
        }
    }

    fn copy_of_client(&self) -> Client {
        serde_json::from_value(serde_json::to_value(&self.client).unwrap()).unwrap()
    }

    /// What waits for the person.
    #[track_caller]
    fn accepted(&self) -> Interaction {
        let (request, facts) = self.resolve().map_err(|(error, _)| error).unwrap();
        let decision = request.decide(&self.world.env(), &facts, browser(), None).unwrap();
        match decision.changes.into_iter().next() {
            Some(Change::InsertInteraction(interaction)) => interaction,
            other => panic!("{other:?}: {:?}", decision.reply),
        }
    }

    /// The refusal, and where it went.
    #[track_caller]
    fn refused(&self) -> (ErrorCode, String, Told) {
        match self.resolve() {
            Err((error, told)) => (error.code, error.description.into_owned(), told),
            Ok((request, _)) => panic!("it was taken: {request:?}"),
        }
    }

    /// Its words, when it is `invalid_request_object`.
    #[track_caller]
    fn invalid(&self) -> String {
        let (code, why, _) = self.refused();
        assert_eq!(code, ErrorCode::InvalidRequestObject, "{why}");
        why
    }
}

fn browser() -> TokenHash {
    TokenHash::of(b"browser")
}

fn told(reply: Result<Reply, Error>) -> Told {
    match reply {
        Ok(Reply::Redirect(url)) => Told::Client(url),
        Err(_) => Told::Nobody,
        other => panic!("{other:?}"),
    }
}

fn value<'a>(interaction: &'a Interaction, name: &str) -> Vec<&'a str> {
    let named = interaction.params.iter().filter(|(known, _)| known == name);
    named.map(|(_, value)| value.as_str()).collect()
}

#[test]
fn its_parameters_are_the_request() {
    for way in [Sent::by_value as fn(Sent) -> Sent, |sent| sent.by_reference(OBJECT_URI)] {
        let request = way(sent().outer("state", "outer").outer("nonce", "outer"));
        let interaction = request.accepted();
        assert_eq!(interaction.source, Source::Signed);
        assert_eq!(value(&interaction, "scope"), ["openid email"], "inner values win");
        assert_eq!(value(&interaction, "state"), ["inner"]);
        assert_eq!(value(&interaction, "nonce"), ["outer"], "outer ones still count");
        for gone in ["request", "request_uri", "iss", "aud", "exp"] {
            assert_eq!(value(&interaction, gone), [""; 0], "{gone}");
        }
        assert_eq!(value(&interaction, "client_id"), ["web"]);
    }
}

#[test]
fn of_strict_clients_nothing_outside_counts() {
    let request = sent().strict().outer("nonce", "outer").outer("redirect_uri", OTHER_URI).by_value();
    let interaction = request.accepted();
    assert_eq!(value(&interaction, "nonce"), [""; 0]);
    assert_eq!(value(&interaction, "redirect_uri"), [REDIRECT_URI]);
    // RFC 9101 §5: all but the client may be left out.
    let bare = sent().strict().without("response_type").without("scope").by_value();
    assert_eq!(value(&bare.accepted(), "response_type"), ["code"]);
}

#[test]
fn json_values_become_parameters() {
    let claims = json!({"userinfo": {"email": {"essential": true}}});
    let request = sent()
        .client(|client| client.resources = vec!["https://a.example/".into(), "https://b.example/".into()])
        .claim("max_age", 60)
        .claim("claims", claims.clone())
        .claim("resource", json!(["https://a.example/", "https://b.example/"]))
        .outer("resource", "https://c.example/")
        .by_value();
    let interaction = request.accepted();
    assert_eq!(value(&interaction, "max_age"), ["60"]);
    assert_eq!(serde_json::from_str::<Value>(value(&interaction, "claims")[0]).unwrap(), claims);
    assert_eq!(value(&interaction, "resource"), ["https://a.example/", "https://b.example/"]);
    // What is null is not there, so that the outer one counts.
    let mut request = sent().outer("state", "outer");
    request.claims["state"] = Value::Null;
    assert_eq!(value(&request.by_value().accepted(), "state"), ["outer"]);
}

#[test]
fn the_bounds_of_parameters_hold_inside_too() {
    let many = (0..130).fold(sent(), |sent, n| sent.claim(&format!("p{n}"), "x"));
    assert!(many.by_value().invalid().contains("128"));
    assert!(
        sent().claim("state", "s".repeat(33 * 1024)).by_reference(OBJECT_URI).invalid().contains("32 KiB")
    );
    assert!(sent().claim("state", "a\0b").by_value().invalid().contains("text"));
    assert!(sent().claim("resource", json!([1])).by_value().invalid().contains("list of texts"));
}

#[test]
fn an_unsigned_one_is_taken_where_nothing_speaks_against_it() {
    assert_eq!(sent().unsigned().by_value().accepted().source, Source::Unsigned);
    let named = sent().unsigned().client(|client| client.request_object_signing_alg = Some("none".into()));
    assert_eq!(named.by_value().accepted().source, Source::Unsigned);
    for (why, request) in [
        ("must sign", sent().unsigned().strict()),
        ("must sign", sent().unsigned().client(|client| client.fapi = true)),
        ("alg none", sent().unsigned().world(|world| world.settings.request_objects.unsigned = false)),
        (
            "by ES256",
            sent().unsigned().client(|client| client.request_object_signing_alg = Some("ES256".into())),
        ),
        ("empty signature", sent().signed_by("none", "k-1")),
        ("empty signature", sent().signed_by("ES256", "")),
        ("extension", sent().unsigned().header("crit", json!(["exp"]))),
        ("extension", sent().unsigned().header("b64", false)),
    ] {
        let told = request.by_value().invalid();
        assert!(told.contains(why), "{why}: {told}");
    }
}

#[test]
fn the_signature_is_the_clients() {
    assert_eq!(sent().signed_by("HS256", SECRET).by_value().accepted().source, Source::Signed);
    let registered = |alg: &'static str| {
        move |client: &mut Client| client.request_object_signing_alg = Some(alg.to_owned())
    };
    assert_eq!(sent().client(registered("ES256")).by_value().accepted().source, Source::Signed);
    for (why, request) in [
        ("none of the client's", sent().signed_by("ES256", "k-2")),
        ("none of the client's", sent().signed_by("HS256", "another")),
        ("no keys", sent().client(|client| client.jwks = None)),
        ("none in force", sent().signed_by("HS256", SECRET).client(|client| client.client_secret = None)),
        (
            "none in force",
            sent().signed_by("HS256", "").client(|client| client.client_secret_expires_at = NOW),
        ),
        ("by RS256", sent().client(registered("RS256"))),
        ("by none", sent().client(registered("none"))),
        ("not supported", sent().signed_by("ES999", "k-1")),
        ("FAPI", sent().signed_by("RS256", "k-1").client(|client| client.fapi = true)),
        ("FAPI", sent().signed_by("HS256", SECRET).client(|client| client.fapi = true)),
        ("another purpose", sent().header("typ", "client-authentication+jwt")),
        ("another purpose", sent().header("typ", "application/at+JWT")),
        ("typ must be text", sent().header("typ", 1)),
        ("kid must be text", sent().header("kid", 1)),
        ("alg", sent().header("alg", Value::Null)),
    ] {
        let told = match request.signature.as_str() {
            "" => request.signed_by("HS256", SECRET).by_value().invalid(),
            _ => request.by_value().invalid(),
        };
        assert!(told.contains(why), "{why}: {told}");
    }
    for typ in ["JWT", "oauth-authz-req+jwt", "application/OAUTH-AUTHZ-REQ+JWT"] {
        sent().header("typ", typ).by_value().accepted();
    }
}

#[test]
fn what_is_no_jwt_is_refused() {
    for token in [
        "x",
        "a.b",
        "a.b.c.d",
        "e30.e30.x",
        "e30.e30.e30.e30.e30.e30",
        "=.e30.x",
        "W10.e30.x",
        "e30.W10.x",
        "{}",
    ] {
        sent().outer("request", token).invalid();
    }
    let mut long = sent().outer("request_uri", OBJECT_URI);
    long.there = Some(format!("e30.{}.x", "A".repeat(64 * 1024)));
    assert!(long.invalid().contains("64 KiB"));
    let mut twice = sent().outer("request_uri", OBJECT_URI);
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    twice.there = Some(format!("{}.{}.", part(r#"{"alg":"none"}"#), part(r#"{"state":"a","state":"b"}"#)));
    assert!(twice.invalid().contains("payload"), "a claim that comes twice");
}

#[test]
fn an_encrypted_one_is_opened_once() {
    assert_eq!(sent().encrypted("RSA-OAEP", "A256GCM").by_value().accepted().source, Source::Signed);
    assert_eq!(sent().unsigned().encrypted("dir", "A256GCM").by_value().accepted().source, Source::Unsigned);
    let how = Encryption { alg: "A128KW", enc: "A256GCM", typ: None, cty: None };
    let with_secret = testing::sealed(how, sent().token().as_bytes(), SECRET.as_bytes());
    sent().outer("request", &with_secret).accepted();
    // OpenID Connect Core §6.1: encrypted and not signed.
    let bare = |sent: Sent| {
        let token = testing::sealed(how, sent.claims.to_string().as_bytes(), b"op");
        sent.outer("request", &token)
    };
    assert_eq!(bare(sent()).accepted().source, Source::Unsigned);
    assert!(bare(sent().strict()).invalid().contains("must sign"));
    let foreign = testing::sealed(how, sent().token().as_bytes(), b"another provider");
    assert!(sent().outer("request", &foreign).invalid().contains("cannot be decrypted"));
    let twice = testing::sealed(how, sent().encrypted("dir", "A256GCM").token().as_bytes(), b"op");
    assert!(sent().outer("request", &twice).invalid().contains("encrypted must be"));
    let binary = testing::sealed(how, &[0xff], b"op");
    assert!(sent().outer("request", &binary).invalid().contains("not text"));
    let narrow = |client: &mut Client| {
        client.request_object_encryption_alg = Some("RSA-OAEP".into());
        client.request_object_encryption_enc = Some("A256GCM".into());
    };
    sent().client(narrow).encrypted("RSA-OAEP", "A256GCM").by_value().accepted();
    sent().client(narrow).by_value().accepted();
    assert!(sent().client(narrow).encrypted("dir", "A256GCM").by_value().invalid().contains("alg RSA-OAEP"));
    assert!(
        sent()
            .client(narrow)
            .encrypted("RSA-OAEP", "A128CBC-HS256")
            .by_value()
            .invalid()
            .contains("enc A256GCM")
    );
}

#[test]
fn its_claims_are_about_this_client_and_this_server() {
    for (name, good) in [
        ("iss", Value::Null),
        ("client_id", Value::Null),
        ("aud", Value::Null),
        ("aud", json!(["https://other.example", ISSUER])),
        ("sub", json!("diana")),
        ("response_type", Value::Null),
        ("jti", json!("j-1")),
        ("exp", Value::Null),
    ] {
        sent().claim(name, good).by_value().accepted();
    }
    for (name, wrong, why) in [
        ("iss", json!("other"), "iss"),
        ("iss", json!(["web"]), "iss"),
        ("client_id", json!("other"), "client_id"),
        ("aud", json!("https://other.example"), "aud"),
        ("aud", json!("https://op.example/"), "aud"),
        ("aud", json!("https://op.example/authorize"), "aud"),
        ("aud", json!([]), "aud"),
        ("aud", json!(1), "aud"),
        ("sub", json!("web"), "sub"),
        ("request", json!("e30.e30."), "inside"),
        ("request_uri", json!(OBJECT_URI), "inside"),
        ("response_type", json!("id_token"), "response_type"),
    ] {
        for request in [sent().claim(name, wrong.clone()), sent().unsigned().claim(name, wrong.clone())] {
            let told = request.by_value().invalid();
            assert!(told.contains(why), "{name}: {told}");
        }
    }
    for name in ["iss", "aud", "client_id"] {
        assert!(sent().strict().claim(name, Value::Null).by_value().invalid().contains(name));
    }
    let words = sent().client(|c| c.response_types = Some(vec!["code id_token".into()]));
    let words = words.client(|c| c.grant_types = Some(vec!["authorization_code".into(), "implicit".into()]));
    let words = words.outer("response_type", "code id_token").claim("response_type", "id_token code");
    words.claim("nonce", "n").by_value().accepted();
}

#[test]
fn instants_bear_half_a_minute_of_skew() {
    let at = |name: &str, seconds: i64| sent().claim(name, NOW.0.cast_signed() + seconds).by_value();
    for (name, seconds) in [("exp", -29), ("exp", 900_000), ("nbf", 30), ("nbf", -90_000), ("iat", 30)] {
        at(name, seconds).accepted();
    }
    for (name, seconds) in [("exp", -30), ("nbf", 31), ("iat", 31)] {
        assert!(at(name, seconds).invalid().contains(name), "{name} {seconds}");
    }
    assert!(sent().claim("exp", "soon").by_value().invalid().contains("exp must be"));
}

#[test]
fn for_fapi_it_is_short_lived() {
    let fapi = |begin: i64, end: i64| {
        let now = NOW.0.cast_signed();
        let sent = sent().client(|client| client.fapi = true);
        sent.claim("nbf", now + begin).claim("exp", now + end).by_value()
    };
    fapi(0, 3600).accepted();
    fapi(-3600, -10).accepted();
    fapi(8, 300).accepted();
    for (begin, end) in [(0, 3601), (-3700, 60), (-7200, -10)] {
        assert!(fapi(begin, end).invalid().contains("an hour"), "{begin} {end}");
    }
    for missing in ["exp", "nbf"] {
        let sent = sent().client(|client| client.fapi = true).claim("nbf", NOW.0);
        assert!(sent.claim(missing, Value::Null).by_value().invalid().contains("exp and nbf"), "{missing}");
    }
}

#[test]
fn only_registered_addresses_are_fetched() {
    for good in [OBJECT_URI.to_owned(), format!("{OBJECT_URI}#version-2")] {
        sent().by_reference(&good).accepted();
    }
    let versioned = |client: &mut Client| client.request_uris = vec![format!("{OBJECT_URI}#version-1")];
    sent().client(versioned).by_reference(OBJECT_URI).accepted();
    let anywhere = |world: &mut World| world.settings.request_objects.unregistered_uris = true;
    sent().world(anywhere).by_reference("https://web.example/unregistered").accepted();
    let long = format!("https://web.example/{}", "x".repeat(512));
    for (uri, why) in [
        ("https://web.example/request.jwt?more=1", "not registered"),
        ("https://web.example/request", "not registered"),
        ("https://evil.example/request.jwt", "not registered"),
        ("HTTPS://web.example/request.jwt", "not registered"),
        ("file:///etc/passwd", "https"),
        ("data:application/jwt,e30.e30.", "https"),
        ("request.jwt", "https"),
        ("urn:ietf:params:oauth:request_uri:abc", "pushed"),
        (&long, "512"),
    ] {
        let (code, told, _) = sent().by_reference(uri).refused();
        assert_eq!(code, ErrorCode::InvalidRequestUri, "{uri}");
        assert!(told.contains(why), "{uri}: {told}");
    }
    let (code, told, _) = sent().outer("request_uri", OBJECT_URI).refused();
    assert_eq!(code, ErrorCode::InvalidRequestUri);
    assert!(told.contains("cannot be fetched") && !told.contains("no route"), "{told}");
}

#[test]
fn what_is_not_offered_is_refused() {
    let by_value = sent().world(|world| world.settings.request_objects.by_value = false).by_value();
    assert_eq!(by_value.refused().0, ErrorCode::RequestNotSupported);
    let by_reference = sent().world(|world| world.settings.request_objects.by_reference = false);
    assert_eq!(by_reference.by_reference(OBJECT_URI).refused().0, ErrorCode::RequestUriNotSupported);
    let both = sent().by_value().by_reference(OBJECT_URI);
    assert_eq!(both.refused().0, ErrorCode::InvalidRequest);
    let mut twice = sent().by_value();
    twice.outer.push(("request".into(), "e30.e30.".into()));
    assert_eq!(twice.refused().0, ErrorCode::InvalidRequest);
    assert_eq!(sent().outer("client_id", "stranger").by_value().refused().0, ErrorCode::InvalidClient);
}

#[test]
fn who_must_sign_cannot_send_plain_parameters() {
    let request = sent().strict().outer("redirect_uri", REDIRECT_URI);
    let Parsed::Request(plain) = Request::parse(Params::from_pairs(request.outer.clone())).unwrap() else {
        panic!("there is no request object")
    };
    let facts = Facts { client: Some(Arc::new(request.copy_of_client())), ..Facts::default() };
    let decision = plain.decide(&request.world.env(), &facts, browser(), None).unwrap();
    let Reply::Redirect(url) = decision.reply else { panic!("{:?}", decision.reply) };
    assert!(url.starts_with(REDIRECT_URI) && url.contains("error=invalid_request&"), "{url}");
}

#[test]
fn a_refusal_goes_to_a_registered_address_or_nowhere() {
    let evil = "https://evil.example/cb";
    let goes = |request: Sent| request.by_value().refused().2;
    let to = |told: Told, uri: &str, state: &str| {
        let Told::Client(url) = told else { panic!("nobody was told") };
        assert!(url.starts_with(&format!("{uri}?error=invalid_request_object&")), "{url}");
        assert!(url.contains(state), "{url}");
    };
    // Before the signature is known to be good, what stands outside says where.
    let forged = || sent().signed_by("ES256", "k-2");
    assert_eq!(goes(forged()), Told::Nobody);
    to(goes(forged().outer("redirect_uri", OTHER_URI).outer("state", "s")), OTHER_URI, "&state=s&");
    assert_eq!(goes(forged().outer("redirect_uri", evil)), Told::Nobody);
    // After that, what stands inside.
    let late = || sent().claim("exp", NOW.0 - 60);
    to(goes(late()), REDIRECT_URI, "&state=inner&");
    to(goes(late().outer("redirect_uri", OTHER_URI).outer("state", "s")), REDIRECT_URI, "&state=inner&");
    to(goes(late().outer("redirect_uri", evil)), REDIRECT_URI, "&state=inner&");
    assert_eq!(goes(late().claim("redirect_uri", evil).outer("redirect_uri", REDIRECT_URI)), Told::Nobody);
    assert_eq!(goes(late().unsigned().claim("redirect_uri", evil)), Told::Nobody);
}

/// RFC 9700 §4.11.2: who registers itself sends nobody anywhere by requests that are wrong on purpose.
#[test]
fn of_a_client_that_registered_itself_the_person_is_told() {
    let late = sent().claim("exp", NOW.0 - 60).client(|client| client.registered = true);
    assert_eq!(late.by_value().refused().2, Told::Nobody);
    let silent =
        sent().claim("exp", NOW.0 - 60).claim("prompt", "none").client(|client| client.registered = true);
    assert!(matches!(silent.by_value().refused().2, Told::Client(_)));
}

#[test]
fn a_waiting_page_needs_the_object_no_more_and_a_new_start_judges_it_anew() {
    let mut request = sent().strict().by_value();
    let (resolved, mut facts) = request.resolve().map_err(|(error, _)| error).unwrap();
    let decision = resolved.decide(&request.world.env(), &facts, browser(), None).unwrap();
    let (Some(Change::InsertInteraction(record)), Reply::Interact(interact)) =
        (decision.changes.first(), &decision.reply)
    else {
        panic!("{decision:?}")
    };
    facts.interaction = Some(record.clone());
    // The object has expired meanwhile; the page goes on all the same, and the client's wish counts as met.
    request.world.now = NOW.plus(600);
    let env = request.world.env();
    let (handle, _) = interaction::lookup(&interact.handle).unwrap();
    let waiting = Waiting::open(&env, &handle, &facts, Some(browser())).unwrap();
    let again = Request::resume(&waiting).decide(&env, &facts, browser(), Some(&waiting)).unwrap();
    assert!(matches!(again.reply, Reply::Interact(_)), "{:?}", again.reply);
    // Another browser starts anew, with what was sent and not with what was made of it.
    let Err(Stale::Restart(params)) = Waiting::open(&env, &handle, &facts, None) else {
        panic!("it goes on")
    };
    assert_eq!(params.pairs(), &request.outer[..]);
    assert!(request.invalid().contains("expired"));
}

proptest! {
    /// Whatever it holds, nobody is sent where the client is not.
    #[test]
    fn no_object_leads_anywhere_else(
        claims in prop::collection::btree_map(
            prop::sample::select(vec!["redirect_uri", "response_mode", "state", "exp", "aud", "client_id", "iss", "scope", "prompt", "response_type"]),
            prop::sample::select(vec![
                json!("https://evil.example/cb"), json!(["https://evil.example/cb"]), json!(REDIRECT_URI), json!("fragment"),
                json!("none"), json!(1), json!({}), json!("web"), json!("code"), json!("https://web.example@evil.example/cb"),
            ]),
            0..8,
        ),
        outer in prop::sample::select(vec!["", "https://evil.example/cb", REDIRECT_URI, "https://web.example.evil.example/cb"]),
        alg in prop::sample::select(vec![("none", ""), ("ES256", "k-1"), ("ES256", "k-2"), ("HS256", SECRET)]),
    ) {
        let mut request = sent().signed_by(alg.0, alg.1).outer("redirect_uri", outer);
        for (name, value) in claims {
            request = request.claim(name, value);
        }
        let request = request.by_value();
        let reply = match request.resolve() {
            Err((_, told)) => Some(told),
            Ok((ready, facts)) => match ready.decide(&request.world.env(), &facts, browser(), None) {
                Ok(decision) => match decision.reply {
                    Reply::Redirect(url) => Some(Told::Client(url)),
                    Reply::Interact(interact) => Some(Told::Client(interact.redirect_uri)),
                    other => panic!("{other:?}"),
                },
                Err(_) => None,
            },
        };
        if let Some(Told::Client(url)) = reply {
            let safe = [REDIRECT_URI, OTHER_URI].iter().any(|uri| {
                url.strip_prefix(uri).is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#']))
            });
            prop_assert!(safe, "{url}");
        }
    }
}

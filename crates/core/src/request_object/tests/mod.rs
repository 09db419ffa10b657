//! Requests that are in a JWT, from what is sent to what becomes of it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Next, Source};
use crate::authorization::Request;
use crate::decision::Decision;
use crate::endpoint::authorization::{Browser, Parsed, Turn};
use crate::env::{Encryption, Env};
use crate::error::{Error, ErrorCode};
use crate::lookup::{Expected, Facts, KeysOfClient, Lookup};
use crate::params::Params;
use crate::record::Client;
use crate::reply::{Contents, Reply};
use crate::secret::TokenHash;
use crate::testing::{self, NOW, REDIRECT_URI, World, set};
use crate::waiting::{self, Interaction, Stale, Waiting};

mod claims;
mod reference;
mod refusal;
mod token;

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
    /// What is at `request_uri`; `None`: it cannot be had.
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
    fn resolve(&self) -> Result<(Request, Facts), Box<(Error, Told)>> {
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
                    Lookup::Client(asked) => {
                        let client = Some(self.copy_of_client()).filter(|client| client.client_id == asked.0);
                        facts.answer(asked.clone(), client.map(Arc::new).into());
                    }
                    Lookup::Fetch(asked) => {
                        assert_eq!(asked.what, Expected::RequestObject);
                        assert!(asked.url.starts_with("https://web.example/"), "{}", asked.url);
                        let there = self.there.as_deref().map(Arc::from);
                        facts.answer(asked.clone(), there.ok_or_else(|| "no route".into()));
                    }
                    Lookup::ClientKeys(asked) => {
                        let KeysOfClient { client, kid } = asked;
                        assert_eq!((client.as_str(), kid.as_deref()), ("web", self.header["kid"].as_str()));
                        facts.answer(asked.clone(), testing::keys("k-1"));
                    }
                    other => panic!("{other:?}"),
                }
            }
            match object.resolve(&env, &facts) {
                Next::Ready(request) => return Ok((request, facts)),
                Next::Find(next, more) => (object, lookups) = (next, more),
                Next::Refused(request, error) => {
                    let again = Error::new(error.code, error.description.clone());
                    let destination = request.destination(&env, &facts).ok();
                    let turn = Turn { env: &env, facts: &facts, browser: Browser::New(&browser) };
                    let outcome = request.abort(destination.as_deref(), &turn, again);
                    let told = told(outcome.map(|decision| decision.reply));
                    return Err(Box::new((error, told)));
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
        let (request, facts) = self.resolve().map_err(|refused| refused.0).unwrap();
        let decision = decided(&self.world.env(), &request, &facts).unwrap();
        let Contents::Interact(interact) = decision.reply.body else { panic!("{:?}", decision.reply.body) };
        assert!(decision.changes.is_empty(), "strangers write nothing");
        self.waiting(&interact.address, Some(browser())).unwrap().record
    }

    fn waiting(&self, address: &str, browser: Option<TokenHash>) -> Result<Waiting, Stale> {
        let env = self.world.env();
        Waiting::open(&env, &waiting::unseal(&env, address).unwrap(), &Facts::default(), browser)
    }

    /// The refusal, and where it went.
    #[track_caller]
    fn refused(&self) -> (ErrorCode, String, Told) {
        match self.resolve() {
            Err(refused) => {
                let (error, told) = *refused;
                (error.code, error.description.into_owned(), told)
            }
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

/// The same as a shell does with a request that has just come.
fn decided(env: &Env<'_>, request: &Request, facts: &Facts) -> Result<Decision, Error> {
    let destination = request.destination(env, facts)?;
    request.decide(&*destination, &Turn { env, facts, browser: Browser::New(&browser) })
}

fn told(reply: Result<Reply, Error>) -> Told {
    match reply.map(|reply| reply.body) {
        Ok(Contents::Redirect(url)) => Told::Client(url),
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
fn who_must_sign_cannot_send_plain_parameters() {
    let request = sent().strict().outer("redirect_uri", REDIRECT_URI);
    let Parsed::Request(plain) = Request::parse(Params::from_pairs(request.outer.clone())).unwrap() else {
        panic!("there is no request object")
    };
    let facts = Facts::default().with_client(Arc::new(request.copy_of_client()));
    let decision = decided(&request.world.env(), &plain, &facts).unwrap();
    let Contents::Redirect(url) = decision.reply.body else { panic!("{:?}", decision.reply.body) };
    assert!(url.starts_with(REDIRECT_URI) && url.contains("error=invalid_request&"), "{url}");
}

#[test]
fn a_waiting_page_needs_the_object_no_more_and_starts_again_while_it_lasts() {
    let mut request = sent().strict().by_value();
    let (resolved, facts) = request.resolve().map_err(|refused| refused.0).unwrap();
    let decision = decided(&request.world.env(), &resolved, &facts).unwrap();
    let Contents::Interact(interact) = decision.reply.body else { panic!("{:?}", decision.reply.body) };
    // Another browser starts anew with what was made of the object, which is not looked at again.
    let Err(Stale::Restart(record, _)) = request.waiting(&interact.address, None) else {
        panic!("it goes on")
    };
    assert_eq!((record.source, value(&record, "redirect_uri")), (Source::Signed, vec![REDIRECT_URI]));
    // The object has expired meanwhile; the page goes on all the same, and the client's wish counts as met.
    request.world.now = NOW.plus(600);
    let waiting = request.waiting(&interact.address, Some(browser())).unwrap();
    let (env, resumed) = (request.world.env(), Request::resume(&waiting.record));
    let turn = Turn { env: &env, facts: &facts, browser: Browser::Waiting(&waiting) };
    let again = resumed.decide(&*resumed.destination(&env, &facts).unwrap(), &turn);
    assert!(matches!(again.unwrap().reply.body, Contents::Interact(_)));
    // Nobody starts it anew any more.
    let again = decided(&env, &Request::resume(&record), &facts).unwrap();
    let Contents::Redirect(url) = again.reply.body else { panic!("{:?}", again.reply.body) };
    assert!(url.contains("error=invalid_request_object") && url.contains("expired"), "{url}");
    assert!(request.invalid().contains("expired"));
}

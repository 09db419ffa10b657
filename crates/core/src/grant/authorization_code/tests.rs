//! Codes at the token endpoint: what they give, to whom, and how often.

use super::*;
use crate::endpoint::token;
use crate::error::ErrorCode;
use crate::incoming::Incoming;
use crate::lookup::{ClientById, KeysOfClient};
use crate::pkce::Challenge;
use crate::record::client::AccessTokenFormat;
use crate::record::{Grant, Token};
use crate::testing::{self, REDIRECT_URI, SECRET, Shelf, World, exchange, incoming_basic, opened};
use serde_json::Value;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Scene {
    world: World,
    shelf: Shelf,
    code: String,
}

impl Scene {
    fn new(scope: &str) -> Self {
        Self::with(scope, |_| {}, None)
    }

    fn with(scope: &str, edit: impl FnOnce(&mut Grant), challenge: Option<&str>) -> Self {
        let world = World::new();
        let clients = vec![testing::client("web"), testing::client("other")];
        let mut shelf = Shelf::with(clients, vec![testing::user("diana")]);
        let (client, diana) = (testing::client("web"), testing::user("diana"));
        let mut grant = world.grant(&client, &diana, scope);
        edit(&mut grant);
        let challenge = Challenge::parse(challenge, challenge.map(|_| "S256"), false).unwrap();
        let binding = CodeBinding { redirect_uri: REDIRECT_URI.into(), challenge };
        let minted = code::mint(&world.env(), &grant, &client, binding);
        shelf.commit(&[Change::InsertGrant(grant), Change::InsertToken(minted.record)]).unwrap();
        Self { world, shelf, code: minted.wire }
    }

    fn request(&self, id: &str, more: &[(&str, &str)]) -> Incoming {
        let mut params = vec![("grant_type", "authorization_code"), ("code", &self.code)];
        params.extend_from_slice(more);
        incoming_basic(id, SECRET, &params)
    }

    fn redeem_with(&mut self, id: &str, more: &[(&str, &str)]) -> Result<Value, Error> {
        let request = self.request(id, more);
        exchange(&self.world, &mut self.shelf, &request)
    }

    fn redeem(&mut self) -> Result<Value, Error> {
        self.redeem_with("web", &[("redirect_uri", REDIRECT_URI)])
    }

    fn refused(&mut self) -> Error {
        let error = self.redeem().unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidGrant, "{error}");
        error
    }

    fn issued(&self, kind: TokenKind) -> Vec<&Token> {
        self.shelf.tokens.values().filter(|token| token.kind == kind).collect()
    }
}

#[test]
fn a_code_gives_access_and_id_token() {
    let mut scene = Scene::new("openid email");
    let answer = scene.redeem().unwrap();
    assert_eq!((&answer["token_type"], &answer["scope"]), (&"Bearer".into(), &"openid email".into()));
    assert_eq!(answer["expires_in"], 3600);
    assert!(answer.get("refresh_token").is_none());
    let (_, id_token) = opened(answer["id_token"].as_str().unwrap());
    assert_eq!((&id_token["nonce"], &id_token["aud"]), (&"n-1".into(), &"web".into()));
    let at_hash = crate::token::id_token::half_hash("RS256", answer["access_token"].as_str().unwrap());
    assert_eq!(id_token["at_hash"], at_hash);
    let access = scene.issued(TokenKind::AccessToken);
    let code = scene.issued(TokenKind::AuthorizationCode);
    assert_eq!((code[0].used, code[0].used_at), (1, scene.world.now));
    assert_eq!(access[0].based_on, Some(code[0].id));
    assert_eq!(access[0].audience, ["https://op.example"]);
}

#[test]
fn the_id_token_is_protected_as_the_client_registered() {
    let mut scene = Scene::new("openid");
    scene.shelf.edit_client("web", |client| {
        client.id_token_signed_response_alg = Some("none".into());
        client.id_token_encrypted_response_alg = Some("RSA-OAEP".into());
    });
    // Nothing is used up by what the registration lacks.
    let error = scene.redeem().unwrap_err();
    assert_eq!(error.code, ErrorCode::UnauthorizedClient);
    assert!(error.description.contains("register jwks or jwks_uri"), "{error}");
    assert!(error.changes.is_empty());
    scene.shelf.keys.insert("web".into(), "op");
    let answer = scene.redeem().unwrap();
    let inside = scene.world.env().jose.decrypt(answer["id_token"].as_str().unwrap(), &[]).unwrap();
    let inside = String::from_utf8(inside.payload).unwrap();
    let (header, claims) = opened(inside.strip_suffix('.').unwrap());
    assert_eq!((&header["alg"], &claims["aud"]), (&"none".into(), &"web".into()));
    let at_hash = crate::token::id_token::half_hash("none", answer["access_token"].as_str().unwrap());
    assert_eq!(claims["at_hash"], at_hash);
}

#[test]
fn keys_are_read_where_an_encrypted_id_token_is_due() {
    let reads = |scope: &str, client: &str, alg: Option<&str>| {
        let mut scene = Scene::new(scope);
        for id in ["web", "other"] {
            scene.shelf.edit_client(id, |client| {
                client.id_token_encrypted_response_alg = alg.map(str::to_owned);
            });
        }
        let incoming = scene.request(client, &[("redirect_uri", REDIRECT_URI)]);
        let request = testing::read(&token::Token, &scene.world.env(), &incoming).unwrap();
        request.follow_up(&scene.world.env(), &scene.shelf.find(&request.lookup()))
    };
    let due = [Lookup::from(KeysOfClient { client: "web".into(), kid: None })];
    assert_eq!(reads("openid", "web", Some("ECDH-ES")), due);
    for (scope, client, alg) in [
        ("openid", "web", None),
        ("openid", "web", Some("A128KW")),
        ("email", "web", Some("ECDH-ES")),
        ("openid", "other", Some("ECDH-ES")),
    ] {
        assert_eq!(reads(scope, client, alg), [], "{scope} {client} {alg:?}");
    }
}

#[test]
fn without_openid_there_is_no_id_token() {
    let answer = Scene::new("email").redeem().unwrap();
    assert!(answer.get("id_token").is_none());
    assert_eq!(answer["scope"], "email");
}

#[test]
fn offline_grants_give_a_refresh_token() {
    let mut scene = Scene::with("openid offline_access", |grant| grant.offline = true, None);
    let answer = scene.redeem().unwrap();
    assert!(answer["refresh_token"].as_str().unwrap().starts_with("sgr_"));
    assert_eq!(scene.issued(TokenKind::RefreshToken).len(), 1);
}

#[test]
fn expires_in_tells_the_truth_when_the_grant_ends_earlier() {
    let mut scene = Scene::with("openid", |grant| grant.expires_at = testing::NOW.plus(90), None);
    assert_eq!(scene.redeem().unwrap()["expires_in"], 90);
}

#[test]
fn a_second_use_is_refused_and_revokes_everything() {
    let mut scene = Scene::with("openid", |grant| grant.offline = true, None);
    scene.redeem().unwrap();
    // Long after the code's own end the second use still counts as one.
    scene.world.now = scene.world.now.plus(600);
    let error = scene.refused();
    assert!(matches!(error.changes.as_slice(), [Change::RevokeGrant(_)]));
    assert!(scene.shelf.grants.values().all(|grant| grant.revoked));
    assert!(scene.refused().changes.is_empty());
}

#[test]
fn of_two_simultaneous_uses_one_wins_and_then_loses_its_tokens() {
    let mut scene = Scene::new("openid");
    let env = scene.world.env();
    let request =
        testing::read(&token::Token, &env, &scene.request("web", &[("redirect_uri", REDIRECT_URI)])).unwrap();
    let facts = || scene.shelf.find(&request.lookup());
    let (first, second) = (request.decide(&env, facts()).unwrap(), request.decide(&env, facts()).unwrap());
    scene.shelf.commit(&first.changes).unwrap();
    let conflict = scene.shelf.commit(&second.changes).unwrap_err();
    assert!(matches!(second.changes[conflict.index], Change::UseToken(..)));
    let error = request.decide(&env, scene.shelf.find(&request.lookup())).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidGrant);
    assert!(matches!(error.changes.as_slice(), [Change::RevokeGrant(_)]));
}

#[test]
fn another_client_gets_nothing_and_breaks_nothing() {
    let mut scene = Scene::new("openid");
    let redirect = [("redirect_uri", REDIRECT_URI)];
    let error = scene.redeem_with("other", &redirect).unwrap_err();
    assert_eq!((error.code, error.changes.len()), (ErrorCode::InvalidGrant, 0));
    scene.redeem().unwrap();
    assert!(scene.redeem_with("other", &redirect).unwrap_err().changes.is_empty());
}

#[test]
fn the_redirect_uri_is_the_same_character_by_character() {
    let mut scene = Scene::new("openid");
    for wrong in ["https://web.example/cb/", "https://web.example:443/cb", "https://WEB.example/cb"] {
        let error = scene.redeem_with("web", &[("redirect_uri", wrong)]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidGrant, "{wrong}");
    }
    let error = scene.redeem_with("web", &[]).unwrap_err();
    assert_eq!((error.code, &*error.description), (ErrorCode::InvalidRequest, "redirect_uri is missing"));
}

#[test]
fn the_verifier_proves_the_challenge() {
    let mut scene = Scene::with("openid", |_| {}, Some(CHALLENGE));
    assert!(scene.refused().description.contains("code_verifier is missing"));
    let redirect = ("redirect_uri", REDIRECT_URI);
    let wrong = VERIFIER.replace('d', "e");
    let error = scene.redeem_with("web", &[redirect, ("code_verifier", &wrong)]).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidGrant);
    scene.redeem_with("web", &[redirect, ("code_verifier", VERIFIER)]).unwrap();
}

#[test]
fn a_verifier_without_a_challenge_is_a_downgrade() {
    let more = [("redirect_uri", REDIRECT_URI), ("code_verifier", VERIFIER)];
    let error = Scene::new("openid").redeem_with("web", &more).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidGrant);
    assert!(error.description.contains("had no code_challenge"));
}

#[test]
fn what_has_ended_gives_nothing() {
    let mut expired = Scene::new("openid");
    expired.world.now = expired.world.now.plus(60);
    assert!(expired.refused().description.contains("expired"));
    Scene::with("openid", |grant| grant.revoked = true, None).refused();
    Scene::with("openid", |grant| grant.user = Some("nobody".into()), None).refused();
    let mut locked = Scene::new("openid");
    locked.shelf.edit_user("diana", |user| user.locked = true);
    assert_eq!(locked.refused().detail.as_deref(), Some("the user is locked"));
    let mut revoked = Scene::new("openid");
    revoked.shelf.tokens.values_mut().for_each(|code| code.revoked = true);
    revoked.refused();
    assert!(revoked.issued(TokenKind::AccessToken).is_empty());
}

#[test]
fn a_mistyped_code_costs_no_read() {
    let scene = Scene::new("openid");
    let mistyped = Scene { code: scene.code.replace("sgc_", "sgc_A"), ..scene };
    let incoming = mistyped.request("web", &[("redirect_uri", REDIRECT_URI)]);
    let request = testing::read(&token::Token, &mistyped.world.env(), &incoming).unwrap();
    assert_eq!(request.lookup(), [ClientById("web".into()).into()]);
    let mut mistyped = mistyped;
    mistyped.refused();
}

#[test]
fn a_resource_becomes_the_audience() {
    let mut scene = Scene::with("openid", |grant| grant.resources = vec!["https://a.example".into()], None);
    scene.shelf.edit_client("web", |client| {
        client.resources = vec!["https://a.example".into(), "https://b.example".into()];
        client.access_token_format = Some(AccessTokenFormat::Jwt);
    });
    let redirect = ("redirect_uri", REDIRECT_URI);
    for beyond in ["https://b.example", "https://c.example"] {
        let error = scene.redeem_with("web", &[redirect, ("resource", beyond)]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidTarget, "{beyond}");
    }
    let answer = scene.redeem_with("web", &[redirect, ("resource", "https://a.example")]).unwrap();
    let (_, access) = opened(answer["access_token"].as_str().unwrap());
    assert_eq!(access["aud"], "https://a.example");
}

#[test]
fn what_was_taken_from_the_client_since_is_not_given() {
    let mut scene = Scene::new("openid email");
    let only = |scope: &str| Some(crate::scope::Scope::parse(scope).unwrap());
    scene.shelf.edit_client("web", |client| client.scope = only("phone"));
    assert!(scene.refused().description.contains("no longer ask for any scope"));
    scene.shelf.edit_client("web", |client| client.scope = only("openid"));
    assert_eq!(scene.redeem().unwrap()["scope"], "openid");
}

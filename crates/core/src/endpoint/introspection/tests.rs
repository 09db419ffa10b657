use super::*;
use crate::change::Change;
use crate::claims::Selection;
use crate::error::ErrorCode;
use crate::handle::{Handle, Kind};
use crate::lookup::{ClientById, KeysOfClient};
use crate::record::Grant;
use crate::record::client::AccessTokenFormat;
use crate::scope::Scope;
use crate::testing::{self, SECRET, Shelf, World, incoming_basic, with_header};
use crate::token::{access_token, refresh_token};

struct Scene {
    world: World,
    shelf: Shelf,
    access: String,
    refresh: String,
    sub: String,
}

impl Scene {
    fn new(format: AccessTokenFormat) -> Self {
        let world = World::new();
        let (mut client, diana) = (testing::client("web"), testing::user("diana"));
        client.access_token_format = Some(format);
        client.resources = vec!["files".into(), "audited".into()];
        let grant = Grant { expires_at: Timestamp::NEVER, ..world.grant(&client, &diana, "openid email") };
        let (scope, audience) =
            (Scope::from_words(["email"]), vec!["files".to_owned(), "audited".to_owned()]);
        let wanted = access_token::For {
            client: &client,
            grant: &grant,
            user: None,
            scope: &scope,
            audience,
            based_on: None,
        };
        let access = access_token::mint(&world.env(), wanted).unwrap();
        let refresh = refresh_token::mint(&world.env(), &grant, &client, None);
        let mut shelf = Shelf::with(
            vec![client, testing::client("other"), testing::client("files"), testing::client("auditor")],
            vec![diana],
        );
        shelf.edit_client("auditor", |client| client.may_introspect = true);
        let sub = grant.sub.clone();
        let inserted = [
            Change::InsertGrant(grant),
            Change::InsertToken(access.record),
            Change::InsertToken(refresh.record),
        ];
        shelf.commit(&inserted).unwrap();
        Self { world, shelf, access: access.wire, refresh: refresh.wire, sub }
    }

    fn reply(&self, asker: &str, token: &str, accept: Option<&str>) -> Contents {
        let env = self.world.env();
        let incoming = incoming_basic(asker, SECRET, &[("token", token), ("token_type_hint", "wrong_hint")]);
        let incoming =
            accept.into_iter().fold(incoming, |incoming, accept| with_header(incoming, "accept", accept));
        let request = testing::read(&Introspection, &env, &incoming).unwrap();
        let facts = self.shelf.find_on(&request.lookup(), |facts| request.follow_up(&env, facts));
        request.decide(&env, facts).unwrap().reply.body
    }

    fn ask(&self, asker: &str, token: &str) -> Value {
        match self.reply(asker, token, None) {
            Contents::Json(answer) => answer,
            other => panic!("not JSON: {other:?}"),
        }
    }

    fn is_inactive(&self, asker: &str, token: &str) -> bool {
        self.ask(asker, token) == json!({"active": false})
    }
}

#[test]
fn an_access_token_is_described_to_its_client_its_audience_and_auditors() {
    for format in [AccessTokenFormat::Opaque, AccessTokenFormat::Jwt] {
        let scene = Scene::new(format);
        let now = scene.world.now.0;
        let expected = json!({
            "active": true, "token_type": "Bearer", "scope": "email", "client_id": "web", "sub": scene.sub,
            "iss": "https://op.example", "aud": ["files", "audited"], "iat": now, "exp": now + 3600, "auth_time": now - 60,
            "acr": "urn:signet:password",
        });
        for asker in ["web", "files", "auditor"] {
            assert_eq!(scene.ask(asker, &scene.access), expected, "{asker}");
        }
        assert!(scene.is_inactive("other", &scene.access));
    }
}

#[test]
fn a_client_that_is_gone_has_no_tokens() {
    for acts_for_itself in [false, true] {
        let mut scene = Scene::new(AccessTokenFormat::Opaque);
        for grant in scene.shelf.grants.values_mut().filter(|_| acts_for_itself) {
            grant.user = None;
        }
        // Who asks could be given such a token too, which makes it no one else's.
        for asker in ["auditor", "files"] {
            scene
                .shelf
                .edit_client(asker, |client| client.resources = vec!["files".into(), "audited".into()]);
        }
        assert!(!scene.is_inactive("auditor", &scene.access));
        scene.shelf.clients.remove(&"web".into());
        assert!(scene.is_inactive("auditor", &scene.access) && scene.is_inactive("files", &scene.access));
    }
}

#[test]
fn the_registration_of_the_tokens_client_says_which_claims_are_told() {
    let mut scene = Scene::new(AccessTokenFormat::Opaque);
    scene.world.settings.release.introspection.add_claims_by_scope = true;
    scene.shelf.edit_client("files", |client| {
        client.add_claims.always.introspection = Selection::of(["email_verified"]);
    });
    let told = |scene: &Scene, name: &str| {
        ["web", "files", "auditor"].map(|asker| scene.ask(asker, &scene.access).get(name).cloned())
    };
    let all = |value: &str| [(); 3].map(|()| Some(Value::from(value)));
    // By the token's own scope, and never in place of what the answer itself says.
    assert_eq!(told(&scene, "email"), all("diana@example.org"));
    scene.shelf.edit_client("web", |client| {
        client.add_claims.always.introspection = Selection::of(["name", "username", "sub", "active"]);
        client.add_claims.by_scope.introspection = Some(false);
    });
    scene.shelf.edit_user("diana", |user| drop(user.claims.insert("sub".into(), "forged".into())));
    assert_eq!(told(&scene, "email"), [None, None, None]);
    assert_eq!(told(&scene, "name"), all("Diana Krall"));
    assert_eq!(told(&scene, "username"), all("diana"));
    assert_eq!(scene.ask("web", &scene.access)["sub"], scene.sub);
}

#[test]
fn a_refresh_token_is_described_to_its_client_and_auditors() {
    let mut scene = Scene::new(AccessTokenFormat::Opaque);
    for asker in ["web", "auditor"] {
        let answer = scene.ask(asker, &scene.refresh);
        assert_eq!((&answer["active"], &answer["scope"]), (&true.into(), &"openid email".into()));
        assert!(answer.get("token_type").is_none() && answer.get("aud").is_none());
    }
    assert!(scene.is_inactive("files", &scene.refresh));
    let family = scene.shelf.tokens.values_mut().find(|token| token.hash.is_none()).unwrap();
    family.used = 1;
    assert!(scene.is_inactive("web", &scene.refresh), "a rotated token is not active");
}

#[test]
fn everything_else_is_only_inactive() {
    let scene = Scene::new(AccessTokenFormat::Opaque);
    let code = Handle::mint(&scene.world.env(), Kind::Code, 1).encode();
    let unknown = Handle::mint(&scene.world.env(), Kind::Access, 1).encode();
    let id_token = scene.world.env().jose.sign("RS256", "JWT", br#"{"iss":"https://op.example"}"#).unwrap();
    for foreign in ["garbage", &code, &unknown, &id_token] {
        assert!(scene.is_inactive("auditor", foreign), "{foreign}");
    }
    let mut expired = Scene::new(AccessTokenFormat::Opaque);
    expired.world.now = expired.world.now.plus(3600);
    assert!(expired.is_inactive("web", &expired.access));
    let mut revoked = Scene::new(AccessTokenFormat::Opaque);
    revoked.shelf.tokens.values_mut().for_each(|token| token.revoked = true);
    assert!(revoked.is_inactive("web", &revoked.access));
    let mut withdrawn = Scene::new(AccessTokenFormat::Opaque);
    withdrawn.shelf.grants.values_mut().for_each(|grant| grant.revoked = true);
    assert!(
        withdrawn.is_inactive("web", &withdrawn.access) && withdrawn.is_inactive("web", &withdrawn.refresh)
    );
    let mut locked = Scene::new(AccessTokenFormat::Opaque);
    locked.shelf.edit_user("diana", |user| user.locked = true);
    assert!(locked.is_inactive("web", &locked.access));
}

#[test]
fn a_signed_answer_holds_the_plain_one_as_a_member() {
    let scene = Scene::new(AccessTokenFormat::Opaque);
    for token in [scene.access.as_str(), "garbage"] {
        let Contents::Jwt(jwt, media_type) =
            scene.reply("files", token, Some("*/*, application/token-introspection+jwt"))
        else {
            panic!("not signed");
        };
        assert_eq!(media_type, "application/token-introspection+jwt");
        let (header, claims) = testing::opened(&jwt);
        assert_eq!(header, json!({"alg": "RS256", "typ": "token-introspection+jwt"}));
        let now = scene.world.now.0;
        let expected = scene.ask("files", token);
        assert_eq!(
            claims,
            json!({"iss": "https://op.example", "aud": "files", "iat": now, "token_introspection": expected})
        );
    }
}

#[test]
fn the_registration_decides_where_the_request_does_not() {
    let mut scene = Scene::new(AccessTokenFormat::Opaque);
    let form = |scene: &Scene, accept: Option<&str>| match scene.reply("web", &scene.access, accept) {
        Contents::Jwt(jwt, _) => testing::opened(&jwt).0["alg"].as_str().unwrap().to_owned(),
        Contents::Json(_) => "json".to_owned(),
        other => panic!("neither JSON nor JWT: {other:?}"),
    };
    assert_eq!([None, Some("*/*")].map(|accept| form(&scene, accept)), ["json", "json"]);
    scene.shelf.edit_client("web", |client| client.introspection_signed_response_alg = Some("ES256".into()));
    let asked = [None, Some("*/*"), Some("application/json"), Some("application/token-introspection+jwt")];
    assert_eq!(asked.map(|accept| form(&scene, accept)), ["ES256", "ES256", "json", "ES256"]);
    scene.shelf.edit_client("web", |client| client.introspection_signed_response_alg = Some("PS512".into()));
    let env = scene.world.env();
    let request =
        testing::read(&Introspection, &env, &incoming_basic("web", SECRET, &[("token", "x")])).unwrap();
    let error = request.decide(&env, scene.shelf.find(&request.lookup())).unwrap_err();
    assert_eq!(error.code, ErrorCode::UnauthorizedClient);
}

#[test]
fn an_encrypted_answer_is_signed_inside() {
    let mut scene = Scene::new(AccessTokenFormat::Opaque);
    scene.shelf.edit_client("files", |client| {
        client.introspection_encrypted_response_alg = Some("RSA-OAEP".into());
    });
    scene.shelf.keys.insert("files".into(), "op");
    // The registration says JWT, unless the request says otherwise.
    let Contents::Jwt(jwe, media_type) = scene.reply("files", &scene.access, None) else {
        panic!("not encrypted")
    };
    assert_eq!(media_type, JWT);
    let inside = scene.world.env().jose.decrypt(&jwe, &[]).unwrap();
    assert_eq!((&*inside.alg, &*inside.enc), ("RSA-OAEP", "A128CBC-HS256"));
    let (header, claims) = testing::opened(&String::from_utf8(inside.payload).unwrap());
    assert_eq!(header, json!({"alg": "RS256", "typ": "token-introspection+jwt"}));
    assert_eq!((&claims["aud"], &claims["token_introspection"]["sub"]), (&json!("files"), &json!(scene.sub)));
    let json = scene.reply("files", &scene.access, Some("application/json"));
    assert!(matches!(json, Contents::Json(_)), "{json:?}");
    // Only what will be encrypted costs a read.
    let env = scene.world.env();
    let follow_up = |asker: &str, accept: &str| {
        let incoming = incoming_basic(asker, SECRET, &[("token", &scene.access)]);
        let incoming = with_header(incoming, "accept", accept);
        let request = testing::read(&Introspection, &env, &incoming).unwrap();
        let facts = scene.shelf.find(&request.lookup());
        facts.unanswered(request.follow_up(&env, &facts))
    };
    let (keys, holder) = (
        Lookup::from(KeysOfClient { client: "files".into(), kid: None }),
        Lookup::from(ClientById("web".into())),
    );
    assert_eq!(follow_up("files", JWT), [keys, holder.clone()]);
    assert_eq!(follow_up("files", "application/json"), [holder]);
    assert_eq!(follow_up("web", JWT), []);
}

#[test]
fn the_asker_must_authenticate_and_be_confidential() {
    let mut scene = Scene::new(AccessTokenFormat::Opaque);
    let refused = |scene: &Scene, incoming: &Incoming| {
        let env = scene.world.env();
        let request = match testing::read(&Introspection, &env, incoming) {
            Ok(request) => request,
            Err(error) => return error.code,
        };
        request.decide(&env, scene.shelf.find(&request.lookup())).unwrap_err().code
    };
    let token = [("token", scene.access.as_str())];
    assert_eq!(refused(&scene, &incoming_basic("web", "wrong", &token)), ErrorCode::InvalidClient);
    assert_eq!(refused(&scene, &incoming_basic("web", SECRET, &[])), ErrorCode::InvalidRequest);
    let public = testing::incoming(&[("token", &scene.access), ("client_id", "web")]);
    scene.shelf.edit_client("web", |client| client.client_secret = None);
    assert_eq!(refused(&scene, &public), ErrorCode::InvalidClient);
}

/// What is taken away is gone: the configuration of today says what a token is worth.
#[test]
fn what_was_taken_from_the_client_is_told_no_more() {
    for format in [AccessTokenFormat::Opaque, AccessTokenFormat::Jwt] {
        let mut scene = Scene::new(format);
        scene.shelf.edit_client("web", |client| client.resources = vec!["audited".into()]);
        assert_eq!(scene.ask("web", &scene.access)["aud"], "audited");
        assert!(scene.is_inactive("files", &scene.access));
        scene.shelf.edit_client("web", |client| client.resources = Vec::new());
        for asker in ["web", "files", "auditor"] {
            assert!(scene.is_inactive(asker, &scene.access), "{asker}");
        }
    }
    let mut scene = Scene::new(AccessTokenFormat::Opaque);
    scene.shelf.edit_client("web", |client| client.scope = Some(Scope::from_words(["openid"])));
    assert!(scene.is_inactive("web", &scene.access));
    assert_eq!(scene.ask("web", &scene.refresh)["scope"], "openid");
    scene.shelf.edit_client("web", |client| client.scope = Some(Scope::from_words(["phone"])));
    assert!(scene.is_inactive("web", &scene.refresh));
}

//! RFC 7662 §2, RFC 9701 §4, §5: token introspection, answered in JSON or in a JWT, signed and perhaps encrypted.

use serde_json::{Map, Value, json};

use crate::claims;
use crate::client_auth::{Authenticated, ClientAuth};
use crate::decision::{Decision, Reply};
use crate::endpoint::Incoming;
use crate::env::{ClientKeys, Env};
use crate::error::Error;
use crate::id::ClientId;
use crate::lookup::{Facts, Lookup};
use crate::record::{Client, Token};
use crate::time::Timestamp;
use crate::token::protect::{self, INTROSPECTION, To};
use crate::token::{self, Presented, Standing};

/// The endpoint's metadata name without `_endpoint`.
pub const NAME: &str = "introspection";
/// Where it is defined.
pub const SPEC: &str = "RFC 7662 section 2";

/// An introspection request.
pub struct Request {
    auth: ClientAuth,
    token: Option<(Presented, Lookup)>,
    asks: Option<Form>,
}

/// The form of an answer that the `Accept` header names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Jwt,
}

const JWT: &str = "application/token-introspection+jwt";

impl Request {
    /// Reads the asker's authentication and the token; the hint is not needed, as our tokens tell their kind.
    pub fn parse(env: &Env<'_>, incoming: &Incoming) -> Result<Self, Error> {
        incoming.params.single()?;
        let auth = ClientAuth::parse(incoming)?;
        let token = token::read(env, incoming.params.require("token")?);
        let asks = if incoming.accepts(JWT) {
            Some(Form::Jwt)
        } else {
            incoming.accepts("application/json").then_some(Form::Json)
        };
        Ok(Self { auth, token, asks })
    }

    /// The asker, and the token with its grant and person.
    pub fn lookup(&self) -> Vec<Lookup> {
        let mut lookups = self.auth.lookup();
        lookups.extend(self.token.iter().map(|(_, lookup)| lookup.clone()));
        lookups
    }

    /// What the first read shows to be missing: the asker's keys, where the answer is encrypted to them, and the client that a person's
    /// token was issued to, whose registration says which claims are in the answer.
    pub fn follow_up(&self, facts: &Facts) -> Vec<Lookup> {
        let asker = facts.client.as_ref().filter(|client| self.form(client) == Form::Jwt);
        let keys = asker.and_then(|client| protect::wanted_keys(client, &INTROSPECTION, facts));
        let asks = |id: &ClientId| facts.client.as_ref().is_some_and(|asker| asker.client_id == *id);
        let personal = facts.grant.as_ref().filter(|grant| grant.user.is_some() && facts.holder.is_none());
        let holder = personal.map(|grant| &grant.client).filter(|id| !asks(id));
        keys.into_iter().chain(holder.cloned().map(Lookup::Holder)).collect()
    }

    /// RFC 9701 §4: the form that the request names, else the one that the registration does.
    fn form(&self, asker: &Client) -> Form {
        let registered = INTROSPECTION.is_registered(asker).then_some(Form::Jwt);
        self.asks.or(registered).unwrap_or(Form::Json)
    }

    /// What the asker may know of the token: everything, or only that it is not active.
    pub fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        self.auth.then(env, facts, |client, facts| {
            if client.is_public() {
                // RFC 7662 §2.1: without authorization anybody could try out tokens here.
                return Err(Error::invalid_client("a public client may not introspect tokens"));
            }
            let keys = facts.client_keys.clone();
            let answer = self.answer(env, client, facts).unwrap_or_else(|| json!({"active": false}));
            Ok(Decision::answer(match self.form(client) {
                Form::Json => Reply::Json(answer),
                Form::Jwt => protected(env, client, keys.as_deref(), answer)?,
            }))
        })
    }

    fn answer(&self, env: &Env<'_>, asker: &Authenticated, facts: Facts) -> Option<Value> {
        let (presented, _) = self.token.as_ref()?;
        let token = facts.token.filter(|token| token.is_active(env.now))?;
        let Standing { grant, user } = Standing::of(env, facts.grant, facts.user).ok()?;
        let is_audience = token.audience.iter().any(|audience| audience == asker.client_id.as_str());
        if grant.client != asker.client_id && !is_audience && !asker.may_introspect {
            return None;
        }
        let own_scope = token.scope.as_ref().unwrap_or(&grant.scope);
        let holder = facts.holder.as_deref().unwrap_or(asker);
        let released = user
            .filter(|_| holder.client_id == grant.client)
            .map(|user| claims::introspected(env.settings, holder, &user, &grant, own_scope));
        let mut answer = Map::new();
        answer.insert("active".into(), true.into());
        match presented {
            Presented::Refresh { generation } if *generation != token.used => return None,
            Presented::Refresh { .. } => {}
            Presented::Access => {
                answer.insert("token_type".into(), "Bearer".into());
            }
        }
        let Token { scope, audience, issued_at, expires_at, .. } = token;
        let scope = scope.unwrap_or(grant.scope);
        if !scope.is_empty() {
            answer.insert("scope".into(), scope.to_string().into());
        }
        answer.insert("client_id".into(), grant.client.0.into());
        answer.insert("sub".into(), grant.sub.into());
        answer.insert("iss".into(), env.settings.issuer.as_str().into());
        match <[String; 1]>::try_from(audience) {
            Ok([one]) => drop(answer.insert("aud".into(), one.into())),
            Err(none) if none.is_empty() => {}
            Err(several) => drop(answer.insert("aud".into(), several.into())),
        }
        answer.insert("iat".into(), issued_at.0.into());
        if expires_at != Timestamp::NEVER {
            answer.insert("exp".into(), expires_at.0.into());
        }
        // RFC 9470 §6.2: how the person proved who they are.
        if grant.user.is_some() {
            answer.insert("auth_time".into(), grant.auth_time.0.into());
            answer.extend(grant.acr.map(|acr| ("acr".to_owned(), acr.into())));
        }
        for (name, value) in released.into_iter().flatten() {
            answer.entry(name).or_insert(value);
        }
        Some(Value::Object(answer))
    }
}

/// RFC 9701 §5: the answer as a member of its own, so that the JWT cannot be taken for the token it describes; for the same reason it
/// has neither `sub` nor `exp`.
fn protected(
    env: &Env<'_>,
    asker: &Authenticated,
    keys: Option<&dyn ClientKeys>,
    answer: Value,
) -> Result<Reply, Error> {
    let claims = json!({
        "iss": env.settings.issuer,
        "aud": asker.client_id.as_str(),
        "iat": env.now.0,
        "token_introspection": answer,
    });
    let to = To { client: asker, keys, direct: true };
    let jwt = protect::protect(env, &INTROSPECTION, &to, claims.to_string().as_bytes())?;
    Ok(Reply::Jwt(jwt, JWT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::claims::Selection;
    use crate::error::ErrorCode;
    use crate::handle::{Handle, Kind};
    use crate::record::Grant;
    use crate::record::client::AccessTokenFormat;
    use crate::scope::Scope;
    use crate::testing::{self, SECRET, Shelf, World, incoming_basic};
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
            let grant =
                Grant { expires_at: Timestamp::NEVER, ..world.grant(&client, &diana, "openid email") };
            let (scope, audience) =
                (Scope::from_words(["email"]), vec!["files".to_owned(), "audited".to_owned()]);
            let wanted =
                access_token::For { client: &client, grant: &grant, user: None, scope: &scope, audience, based_on: None };
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

        fn reply(&self, asker: &str, token: &str, accept: Option<&str>) -> Reply {
            let env = self.world.env();
            let incoming =
                incoming_basic(asker, SECRET, &[("token", token), ("token_type_hint", "wrong_hint")]);
            let incoming = Incoming { accept: accept.map(str::to_owned), ..incoming };
            let request = Request::parse(&env, &incoming).unwrap();
            let facts = self.shelf.find_on(&request.lookup(), |facts| request.follow_up(facts));
            request.decide(&env, facts).unwrap().reply
        }

        fn ask(&self, asker: &str, token: &str) -> Value {
            match self.reply(asker, token, None) {
                Reply::Json(answer) => answer,
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
        let id_token =
            scene.world.env().jose.sign("RS256", "JWT", br#"{"iss":"https://op.example"}"#).unwrap();
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
            withdrawn.is_inactive("web", &withdrawn.access)
                && withdrawn.is_inactive("web", &withdrawn.refresh)
        );
        let mut locked = Scene::new(AccessTokenFormat::Opaque);
        locked.shelf.edit_user("diana", |user| user.locked = true);
        assert!(locked.is_inactive("web", &locked.access));
    }

    #[test]
    fn a_signed_answer_holds_the_plain_one_as_a_member() {
        let scene = Scene::new(AccessTokenFormat::Opaque);
        for token in [scene.access.as_str(), "garbage"] {
            let Reply::Jwt(jwt, media_type) =
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
            Reply::Jwt(jwt, _) => testing::opened(&jwt).0["alg"].as_str().unwrap().to_owned(),
            Reply::Json(_) => "json".to_owned(),
            other => panic!("neither JSON nor JWT: {other:?}"),
        };
        assert_eq!([None, Some("*/*")].map(|accept| form(&scene, accept)), ["json", "json"]);
        scene
            .shelf
            .edit_client("web", |client| client.introspection_signed_response_alg = Some("ES256".into()));
        let asked =
            [None, Some("*/*"), Some("application/json"), Some("application/token-introspection+jwt")];
        assert_eq!(asked.map(|accept| form(&scene, accept)), ["ES256", "ES256", "json", "ES256"]);
        scene
            .shelf
            .edit_client("web", |client| client.introspection_signed_response_alg = Some("PS512".into()));
        let env = scene.world.env();
        let request = Request::parse(&env, &incoming_basic("web", SECRET, &[("token", "x")])).unwrap();
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
        let Reply::Jwt(jwe, media_type) = scene.reply("files", &scene.access, None) else {
            panic!("not encrypted")
        };
        assert_eq!(media_type, JWT);
        let inside = scene.world.env().jose.decrypt(&jwe, None).unwrap();
        assert_eq!((&*inside.alg, &*inside.enc), ("RSA-OAEP", "A128CBC-HS256"));
        let (header, claims) = testing::opened(&String::from_utf8(inside.payload).unwrap());
        assert_eq!(header, json!({"alg": "RS256", "typ": "token-introspection+jwt"}));
        assert_eq!(
            (&claims["aud"], &claims["token_introspection"]["sub"]),
            (&json!("files"), &json!(scene.sub))
        );
        let json = scene.reply("files", &scene.access, Some("application/json"));
        assert!(matches!(json, Reply::Json(_)), "{json:?}");
        // Only what will be encrypted costs a read.
        let env = scene.world.env();
        let follow_up = |asker: &str, accept: &str| {
            let incoming = incoming_basic(asker, SECRET, &[("token", &scene.access)]);
            let incoming = Incoming { accept: Some(accept.into()), ..incoming };
            let request = Request::parse(&env, &incoming).unwrap();
            request.follow_up(&scene.shelf.find(&request.lookup()))
        };
        let (keys, holder) =
            (Lookup::ClientKeys { client: "files".into(), kid: None }, Lookup::Holder("web".into()));
        assert_eq!(follow_up("files", JWT), [keys, holder.clone()]);
        assert_eq!(follow_up("files", "application/json"), [holder]);
        assert_eq!(follow_up("web", JWT), []);
    }

    #[test]
    fn the_asker_must_authenticate_and_be_confidential() {
        let mut scene = Scene::new(AccessTokenFormat::Opaque);
        let refused = |scene: &Scene, incoming: &Incoming| {
            let env = scene.world.env();
            let request = match Request::parse(&env, incoming) {
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
}

//! OpenID Connect Core §5.3, RFC 6750 §3: the UserInfo endpoint.

use std::borrow::Cow;

use serde_json::Value;

use super::{Door, Endpoint, Step};
use crate::claims::{ClaimsRequest, Point};
use crate::decision::Decision;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::event::{Event, What, kind};
use crate::incoming::{Incoming, Method};
use crate::lookup::{ClientById, Facts, Lookup, TokenById, TokenFound};
use crate::record::Grant;
use crate::release;
use crate::reply::Contents;
use crate::resource;
use crate::rule;
use crate::token::protect::{self, To, USERINFO};
use crate::token::{Standing, access_token};

/// The UserInfo endpoint.
pub struct UserInfo;

impl Endpoint for UserInfo {
    fn name(&self) -> &'static str {
        "userinfo"
    }

    fn spec(&self) -> &'static str {
        "OpenID Connect Core 1.0 section 5.3"
    }

    fn path(&self) -> &'static str {
        "/userinfo"
    }

    fn door(&self) -> Door {
        Door::Bearer(|env, incoming| Ok(Box::new(Request::parse(env, incoming)?)))
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::Get, Method::Post]
    }

    fn cors(&self) -> bool {
        true
    }

    fn title(&self) -> Cow<'static, str> {
        "the UserInfo endpoint".into()
    }
}

/// A UserInfo request, by GET or POST.
#[derive(Debug)]
pub struct Request {
    token: Option<TokenById>,
}

impl Request {
    /// Reads the access token; one that we cannot have made costs no look-up.
    pub(crate) fn parse(env: &Env<'_>, incoming: &Incoming) -> Result<Self, Error> {
        Ok(Self { token: access_token::read(env, incoming.bearer().map_err(at)?) })
    }
}

impl Step for Request {
    /// The access token with its grant and person.
    fn lookup(&self) -> Vec<Lookup> {
        self.token.into_iter().map(Lookup::from).collect()
    }

    /// What earlier reads show to be missing: the client that the grant names, whose registration says how to
    /// answer; then its keys, where the answer is encrypted to them.
    fn follow_up(&self, _env: &Env<'_>, facts: &Facts) -> Vec<Lookup> {
        let grant = self.token.as_ref().and_then(|token| facts.grant_of(token));
        let Some(grant) = grant else { return Vec::new() };
        let next = match facts.client(&grant.client) {
            Some(client) => protect::wanted_keys(client, &USERINFO, facts).map(Lookup::from),
            None => Some(ClientById(grant.client.clone()).into()),
        };
        next.into_iter().collect()
    }

    /// The claims about the person, signed and encrypted where the client wants that.
    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        self.answer(env, facts).map_err(at)
    }
}

impl Request {
    fn answer(&self, env: &Env<'_>, mut facts: Facts) -> Result<Decision, Error> {
        let found = self.token.and_then(|token| facts.take_token(&token));
        let Some(TokenFound { token, grant, user }) = found else {
            return Err(invalid("unknown access token"));
        };
        if !token.is_active(env.now) {
            return Err(invalid("access token expired or revoked"));
        }
        let Standing { grant, user } = Standing::of(env, grant, user).map_err(invalid)?;
        let client = facts.client(&grant.client).ok_or_else(|| invalid("the client no longer exists"))?;
        if !resource::is_for_us(env.settings, &token.audience) {
            return Err(Error::invalid_token(
                "the access token was issued for another resource than UserInfo",
            ));
        }
        let worth = resource::worth(env.settings, client, &grant, &token);
        let scope = &worth.ok_or_else(|| invalid("nothing is left of what the token was for"))?.scope;
        let Some(user) = user.filter(|_| scope.contains("openid")) else {
            return Err(Error::new(ErrorCode::InsufficientScope, "the access token lacks scope openid"));
        };
        let said = || What::of(&kind::USERINFO_ANSWERED, [("scope", scope.to_string().into())]);
        let told = || Event::new(said(), client, Some(&user)).in_session(grant.session);
        let events = env.settings.events.tokens.then(told).into_iter().collect();
        let mut answer = serde_json::Map::new();
        answer.insert("sub".into(), grant.sub.as_str().into());
        let released = release::release(env.settings, client, &user, &grant, scope, Point::UserInfo);
        answer.extend(release::owned(released));
        if let Some(asked) = &grant.claims {
            answer.extend(of_the_sign_in(&grant, asked));
        }
        if !USERINFO.is_registered(client) {
            let decision = Decision::answer(Contents::Json(Value::Object(answer)));
            return Ok(Decision { events, ..decision });
        }
        if USERINFO.alg(env, client).is_some() {
            answer.insert("iss".into(), env.settings.issuer.as_str().into());
            answer.insert("aud".into(), client.client_id.as_str().into());
        }
        let payload = serde_json::to_vec(&answer).map_err(|e| Error::server(e.to_string()))?;
        let to = To { client, keys: facts.keys_of(&client.client_id), direct: true };
        let jwt = protect::protect(env, &USERINFO, &to, &payload)?;
        Ok(Decision { events, ..Decision::answer(Contents::Jwt(jwt, "application/jwt")) })
    }
}

/// OpenID Connect Core §5.5: what the `claims` parameter asks to know here of the sign-in itself.
fn of_the_sign_in(grant: &Grant, asked: &ClaimsRequest) -> impl Iterator<Item = (String, Value)> {
    let known = [
        ("acr", grant.acr.as_deref().map(Value::from)),
        ("auth_time", Some(Value::from(grant.auth_time.0))),
        ("amr", (!grant.amr.is_empty()).then(|| Value::from(grant.amr.clone()))),
    ];
    known.into_iter().filter_map(|(name, value)| {
        let value =
            value.filter(|value| asked.userinfo.get(name).is_some_and(|wanted| wanted.allows(value)))?;
        Some((name.to_owned(), value))
    })
}

fn at(error: Error) -> Error {
    error.at(&rule::ACCESS_TOKEN)
}

/// One public description for every reason: a bearer of a dead token learns no more.
fn invalid(why: &'static str) -> Error {
    Error::invalid_token("the access token is unknown, expired or revoked").because(why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::handle::Handle;
    use crate::lookup::KeysOfClient;
    use crate::record::Client;
    use crate::record::client::AccessTokenFormat;
    use crate::scope::Scope;
    use crate::testing::{self, Shelf, World, incoming, opened};
    use crate::token::access_token::For;
    use serde_json::json;

    struct Scene {
        world: World,
        shelf: Shelf,
        token: String,
    }

    impl Scene {
        fn new(scope: &str) -> Self {
            Self::with(scope, |_, _| {}, scope)
        }

        fn with(scope: &str, edit: impl FnOnce(&mut Client, &mut Grant), token_scope: &str) -> Self {
            let world = World::new();
            let (mut client, diana) = (testing::client("web"), testing::user("diana"));
            let mut grant = world.grant(&client, &diana, scope);
            edit(&mut client, &mut grant);
            let token_scope = Scope::parse(token_scope).unwrap();
            let audience =
                resource::audience(&world.settings, &client, &grant.resources, &token_scope, &[]).unwrap();
            let wanted = For {
                client: &client,
                grant: &grant,
                user: None,
                scope: &token_scope,
                audience,
                based_on: None,
            };
            let minted = access_token::mint(&world.env(), wanted).unwrap();
            let mut shelf = Shelf::with(vec![client], vec![diana]);
            shelf.commit(&[Change::InsertGrant(grant), Change::InsertToken(minted.record)]).unwrap();
            Self { world, shelf, token: minted.wire }
        }

        fn ask(&self) -> Result<Contents, Error> {
            let env = self.world.env();
            let request = Request::parse(&env, &incoming(&[("access_token", &self.token)]))?;
            let facts = self.shelf.find_on(&request.lookup(), |facts| request.follow_up(&env, facts));
            let decision = request.decide(&env, facts)?;
            assert!(decision.changes.is_empty());
            Ok(decision.reply.body)
        }

        fn claims(&self) -> Value {
            match self.ask().unwrap() {
                Contents::Json(claims) => claims,
                other => panic!("not JSON: {other:?}"),
            }
        }

        fn refused(&self) -> ErrorCode {
            self.ask().unwrap_err().code
        }

        fn sub(&self) -> String {
            self.shelf.grants.values().next().unwrap().sub.clone()
        }
    }

    #[test]
    fn it_tells_the_claims_of_the_scopes() {
        let scene = Scene::new("openid email");
        let expected = json!({"sub": scene.sub(), "email": "diana@example.org", "email_verified": true});
        assert_eq!(scene.claims(), expected);
        assert_eq!(Scene::new("openid").claims(), json!({"sub": scene.sub()}));
    }

    #[test]
    fn jwt_access_tokens_work_as_well() {
        let jwt =
            |client: &mut Client, _: &mut Grant| client.access_token_format = Some(AccessTokenFormat::Jwt);
        let scene = Scene::with("openid", jwt, "openid");
        assert_eq!(scene.claims(), json!({"sub": scene.sub()}));
        let mut revoked = scene;
        revoked.shelf.tokens.values_mut().for_each(|token| token.revoked = true);
        assert_eq!(revoked.refused(), ErrorCode::InvalidToken);
    }

    #[test]
    fn it_tells_what_the_claims_parameter_asked() {
        let asked = |_: &mut Client, grant: &mut Grant| {
            grant.claims = Some(ClaimsRequest::parse(r#"{"userinfo":{"name":{"essential":true}}}"#).unwrap());
        };
        let scene = Scene::with("openid", asked, "openid");
        assert_eq!(scene.claims(), json!({"sub": scene.sub(), "name": "Diana Krall"}));
    }

    #[test]
    fn a_narrower_token_tells_less() {
        let scene = Scene::with("openid email", |_, _| {}, "openid");
        assert_eq!(scene.claims(), json!({"sub": scene.sub()}));
    }

    #[test]
    fn a_signed_answer_names_issuer_and_audience() {
        let signed =
            |client: &mut Client, _: &mut Grant| client.userinfo_signed_response_alg = Some("ES256".into());
        let scene = Scene::with("openid", signed, "openid");
        let Contents::Jwt(jwt, media_type) = scene.ask().unwrap() else { panic!("not signed") };
        assert_eq!(media_type, "application/jwt");
        let (header, payload) = opened(&jwt);
        assert_eq!(header["alg"], "ES256");
        assert_eq!(payload, json!({"sub": scene.sub(), "iss": "https://op.example", "aud": "web"}));
    }

    #[test]
    fn an_encrypted_answer_is_for_the_client() {
        for (alg, cty) in [(Some("ES256"), Some("JWT")), (None, None)] {
            let encrypted = |client: &mut Client, _: &mut Grant| {
                client.userinfo_signed_response_alg = alg.map(str::to_owned);
                client.userinfo_encrypted_response_alg = Some("RSA-OAEP".into());
                client.userinfo_encrypted_response_enc = Some("A256GCM".into());
            };
            let mut scene = Scene::with("openid", encrypted, "openid");
            let error = scene.ask().unwrap_err();
            assert_eq!(error.code, ErrorCode::UnauthorizedClient);
            assert!(error.description.contains("userinfo_encrypted_response_alg"), "{error}");
            scene.shelf.keys.insert("web".into(), "op");
            let Contents::Jwt(jwt, media_type) = scene.ask().unwrap() else { panic!("not encrypted") };
            assert_eq!(media_type, "application/jwt");
            assert_eq!(testing::header(&jwt)["cty"].as_str(), cty);
            let inside = scene.world.env().jose.decrypt(&jwt, &[]).unwrap();
            assert_eq!((&*inside.alg, &*inside.enc), ("RSA-OAEP", "A256GCM"));
            let inside = String::from_utf8(inside.payload).unwrap();
            let claims = match cty {
                Some(_) => opened(&inside).1,
                None => serde_json::from_str(&inside).unwrap(),
            };
            let mut expected = json!({"sub": scene.sub()});
            if cty.is_some() {
                expected["iss"] = "https://op.example".into();
                expected["aud"] = "web".into();
            }
            assert_eq!(claims, expected);
        }
    }

    #[test]
    fn keys_are_read_for_encrypted_answers_only() {
        let reads = |alg: Option<&str>| {
            let encrypted = |client: &mut Client, _: &mut Grant| {
                client.userinfo_encrypted_response_alg = alg.map(str::to_owned);
            };
            let scene = Scene::with("openid", encrypted, "openid");
            let env = scene.world.env();
            let request = Request::parse(&env, &incoming(&[("access_token", &scene.token)])).unwrap();
            let mut facts = scene.shelf.find(&request.lookup());
            assert_eq!(request.follow_up(&env, &facts), [ClientById("web".into()).into()]);
            facts.extend(scene.shelf.find(&request.follow_up(&env, &facts)));
            request.follow_up(&env, &facts)
        };
        assert_eq!(reads(Some("ECDH-ES")), [KeysOfClient { client: "web".into(), kid: None }.into()]);
        assert_eq!(reads(Some("dir")), []);
        assert_eq!(reads(None), []);
    }

    #[test]
    fn without_openid_the_scope_is_insufficient() {
        assert_eq!(Scene::with("openid email", |_, _| {}, "email").refused(), ErrorCode::InsufficientScope);
        let for_itself = |_: &mut Client, grant: &mut Grant| grant.user = None;
        assert_eq!(Scene::with("openid", for_itself, "openid").refused(), ErrorCode::InsufficientScope);
    }

    #[test]
    fn dead_tokens_are_invalid() {
        let mut expired = Scene::new("openid");
        expired.world.now = expired.world.now.plus(3600);
        let mut revoked = Scene::new("openid");
        revoked.shelf.tokens.values_mut().for_each(|token| token.revoked = true);
        let mut locked = Scene::new("openid");
        locked.shelf.edit_user("diana", |user| user.locked = true);
        let mut gone = Scene::new("openid");
        gone.shelf.users.clear();
        let mut no_client = Scene::new("openid");
        no_client.shelf.clients.clear();
        let withdrawn = Scene::with("openid", |_, grant| grant.revoked = true, "openid");
        let mut unknown = Scene::new("openid");
        unknown.shelf.tokens.clear();
        for dead in [expired, revoked, locked, gone, no_client, withdrawn, unknown] {
            let error = dead.ask().unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidToken);
            assert_eq!(error.description, "the access token is unknown, expired or revoked");
        }
    }

    #[test]
    fn what_is_no_access_token_costs_no_read() {
        let scene = Scene::new("openid");
        let refresh = Handle::derive_refresh(&crate::secret::MacKey::new(b"handle key"), 1, 0).encode();
        for other in ["garbage", &refresh, "sga_", "a.b.c"] {
            let env = scene.world.env();
            let request = Request::parse(&env, &incoming(&[("access_token", other)])).unwrap();
            assert!(request.lookup().is_empty(), "{other}");
            assert_eq!(request.decide(&env, Facts::default()).unwrap_err().code, ErrorCode::InvalidToken);
        }
    }

    #[test]
    fn a_token_for_another_resource_is_invalid() {
        let mut scene = Scene::new("openid");
        scene.shelf.tokens.values_mut().for_each(|token| token.audience = vec!["https://api.example".into()]);
        let error = scene.ask().unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidToken);
        assert!(error.description.contains("another resource"));
        let named = |_: &mut Client, grant: &mut Grant| grant.resources = vec!["https://api.example".into()];
        let scene = Scene::with("openid", named, "openid");
        assert_eq!(scene.claims(), json!({"sub": scene.sub()}));
    }

    #[test]
    fn without_a_token_nothing_is_told() {
        let world = World::new();
        let error = Request::parse(&world.env(), &incoming(&[])).unwrap_err();
        assert_eq!((error.code, error.code.status()), (ErrorCode::MissingToken, 401));
    }
}

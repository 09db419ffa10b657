//! RFC 6749 §6, OpenID Connect Core §12, RFC 9700 §4.14.2: exchanges a refresh token for new tokens, with
//! rotation and reuse detection.

use super::{GrantRequest, GrantType, Issue, issue};
use crate::change::Change;
use crate::client_auth::Authenticated;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::event::Used;
use crate::lookup::{Facts, Lookup, TokenFound};
use crate::params::Params;
use crate::record::{Grant, Token};
use crate::resource;
use crate::rule::{self, Rule};
use crate::scope::Scope;
use crate::token::Standing;
use crate::token::refresh_token::{self, Presented};

/// `refresh_token`
pub(super) struct RefreshToken;

struct Request {
    presented: Option<Presented>,
    scope: Option<Scope>,
    params: Params,
}

impl GrantType for RefreshToken {
    fn name(&self) -> &'static str {
        "refresh_token"
    }

    fn rule(&self) -> &'static Rule {
        &rule::REFRESH_TOKEN
    }

    fn parse(&self, env: &Env<'_>, params: &Params) -> Result<Box<dyn GrantRequest>, Error> {
        let presented = refresh_token::read(env, params.require("refresh_token")?);
        let scope = params.get("scope").map(Scope::parse).transpose()?;
        Ok(Box::new(Request { presented, scope, params: params.only(&["resource"]) }))
    }
}

/// What a presented generation means for its family.
enum Use {
    /// It is the head: the family moves on.
    Rotate,
    /// It is the one before the head, sent again by a client that never saw the answer.
    Repeat,
}

impl GrantRequest for Request {
    fn lookup(&self) -> Vec<Lookup> {
        self.presented.iter().map(|presented| presented.lookup().into()).collect()
    }

    fn grant<'a>(&self, facts: &'a Facts) -> Option<&'a Grant> {
        facts.grant_of(&self.presented?.lookup())
    }

    fn decide(&self, env: &Env<'_>, client: &Authenticated, mut facts: Facts) -> Result<Decision, Error> {
        let found = self.presented.and_then(|presented| facts.take_token(&presented.lookup()));
        let (Some(presented), Some(TokenFound { token: family, grant: Some(grant), user })) =
            (self.presented, found)
        else {
            return Err(Error::invalid_grant("the refresh token is unknown, mistyped or expired long ago"));
        };
        if grant.client != client.client_id {
            return Err(Error::invalid_grant("the refresh token was issued to another client"));
        }
        if family.revoked {
            return Err(Error::invalid_grant("the refresh token is revoked"));
        }
        let Standing { grant, user } = Standing::of(env, Some(grant), user).map_err(|why| {
            Error::invalid_grant("the authorization was withdrawn or has ended").because(why)
        })?;
        let Some(usage) = judge(env, &family, presented.generation) else {
            return Err(Error::invalid_grant(
                "the refresh token was used before; all tokens of this authorization are revoked",
            )
            .because(format!("generation {} of {} presented", presented.generation, family.used))
            .with(vec![Change::RevokeGrant(grant.id)])
            .replayed(Used::RefreshToken, client, user.as_deref()));
        };
        if family.expires_at.expired_at(env.now) {
            return Err(Error::invalid_grant("the refresh token has expired"));
        }
        let scope = self.scope.as_ref().unwrap_or(&grant.scope);
        if !grant.scope.covers(scope) {
            return Err(Error::new(
                ErrorCode::InvalidScope,
                "scope goes beyond what was granted; a refresh can only narrow it",
            ));
        }
        let scope = &resource::scope_left(env.settings, client, &grant, scope)?;
        let asked = resource::requested(env, client, &self.params)?;
        let granted = resource::left(env.settings, client, &grant)?;
        resource::within(&granted, &asked)?;

        let head = presented.generation.saturating_add(1);
        let changes = match usage {
            Use::Rotate => {
                let expires_at = refresh_token::sliding_end(env, &grant, client);
                vec![Change::RotateRefresh {
                    id: family.id,
                    from: presented.generation,
                    at: env.now,
                    expires_at,
                }]
            }
            Use::Repeat => Vec::new(),
        };
        let granted = resource::meant_by(env.settings, granted, &grant.scope, scope);
        let audience = resource::audience(env.settings, client, &granted, scope, &asked)?;
        let what = Issue {
            client,
            grant: &grant,
            user: user.as_deref(),
            scope,
            audience,
            based_on: Some(family.id),
            // OpenID Connect Core §12.2: a refreshed ID token should have no nonce.
            nonce: None,
            refresh_token: Some(refresh_token::generation(env, family.id, head)),
            grant_type: RefreshToken.name(),
            keys: facts.keys_of(&client.client_id),
        };
        issue(env, changes, what)
    }
}

/// `None`: an older token than an honest client could still hold.
fn judge(env: &Env<'_>, family: &Token, generation: u32) -> Option<Use> {
    if generation == family.used {
        return Some(Use::Rotate);
    }
    let one_before = generation.checked_add(1) == Some(family.used);
    let in_grace = env.now < family.used_at.plus(env.settings.lifetimes.refresh_grace);
    (one_before && in_grace).then_some(Use::Repeat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::token;
    use crate::incoming::Incoming;
    use crate::lookup::ClientById;
    use crate::record::{Grant, TokenKind};
    use crate::testing::{self, SECRET, Shelf, World, exchange, incoming_basic, opened};
    use crate::time::Timestamp;
    use serde_json::Value;

    struct Scene {
        world: World,
        shelf: Shelf,
        first: String,
    }

    fn text(answer: &Value, member: &str) -> String {
        answer[member].as_str().unwrap().to_owned()
    }

    impl Scene {
        fn new() -> Self {
            Self::with(|_| {})
        }

        fn with(edit: impl FnOnce(&mut Grant)) -> Self {
            let world = World::new();
            let clients = vec![testing::client("web"), testing::client("other")];
            let mut shelf = Shelf::with(clients, vec![testing::user("diana")]);
            let (client, diana) = (testing::client("web"), testing::user("diana"));
            let mut grant = world.grant(&client, &diana, "openid email offline_access");
            (grant.offline, grant.expires_at) = (true, Timestamp::NEVER);
            edit(&mut grant);
            let minted = refresh_token::mint(&world.env(), &grant, &client, None);
            shelf.commit(&[Change::InsertGrant(grant), Change::InsertToken(minted.record)]).unwrap();
            Self { world, shelf, first: minted.wire }
        }

        fn request(id: &str, token: &str, more: &[(&str, &str)]) -> Incoming {
            let mut params = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
            params.extend_from_slice(more);
            incoming_basic(id, SECRET, &params)
        }

        fn refresh_with(&mut self, token: &str, more: &[(&str, &str)]) -> Result<Value, Error> {
            exchange(&self.world, &mut self.shelf, &Self::request("web", token, more))
        }

        fn refresh(&mut self, token: &str) -> Result<Value, Error> {
            self.refresh_with(token, &[])
        }

        fn refused(&mut self, token: &str) -> Error {
            let error = self.refresh(token).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidGrant, "{error}");
            error
        }

        fn wait(&mut self, seconds: u64) {
            self.world.now = self.world.now.plus(seconds);
        }

        fn is_revoked(&self) -> bool {
            self.shelf.grants.values().all(|grant| grant.revoked)
        }
    }

    #[test]
    fn a_scope_that_was_taken_from_the_client_is_not_given_again() {
        let mut scene = Scene::new();
        scene.shelf.edit_client("web", |client| {
            client.scope = Some(Scope::from_words(["openid", "offline_access"]))
        });
        let first = scene.first.clone();
        let answer = scene.refresh(&first).unwrap();
        assert_eq!(answer["scope"], "openid offline_access");
        let next = text(&answer, "refresh_token");
        assert_eq!(scene.refresh_with(&next, &[("scope", "openid email")]).unwrap()["scope"], "openid");
        scene.shelf.edit_client("web", |client| client.scope = Some(Scope::from_words(["openid"])));
        let mut scene = Scene { first: next, ..scene };
        let first = scene.first.clone();
        assert!(scene.refused(&first).description.contains("offline_access"));
    }

    #[test]
    fn a_refresh_rotates_and_gives_new_tokens() {
        let mut scene = Scene::new();
        scene.wait(100);
        let first = scene.first.clone();
        let answer = scene.refresh(&first).unwrap();
        let second = text(&answer, "refresh_token");
        assert_ne!(second, first);
        assert_eq!(text(&answer, "scope"), "openid email offline_access");
        let (_, id_token) = opened(&text(&answer, "id_token"));
        let grant = scene.shelf.grants.values().next().unwrap();
        assert_eq!((&id_token["sub"], &id_token["aud"]), (&grant.sub.as_str().into(), &"web".into()));
        assert_eq!(
            (&id_token["auth_time"], &id_token["iat"]),
            (&grant.auth_time.0.into(), &scene.world.now.0.into())
        );
        assert!(id_token.get("nonce").is_none() && id_token.get("azp").is_none());
        let family = scene.shelf.tokens.values().find(|t| t.kind == TokenKind::RefreshToken).unwrap();
        assert_eq!((family.used, family.used_at), (1, scene.world.now));
        assert_eq!(family.expires_at, scene.world.now.plus(30 * 86_400));
        scene.refresh(&second).unwrap();
    }

    #[test]
    fn a_lost_answer_can_be_asked_for_again() {
        let mut scene = Scene::new();
        let first = scene.first.clone();
        let answer = scene.refresh(&first).unwrap();
        scene.wait(9);
        let again = scene.refresh(&first).unwrap();
        assert_eq!(text(&again, "refresh_token"), text(&answer, "refresh_token"));
        assert_ne!(text(&again, "access_token"), text(&answer, "access_token"));
        scene.refresh(&text(&again, "refresh_token")).unwrap();
        assert!(!scene.is_revoked());
    }

    #[test]
    fn after_the_grace_an_old_token_is_theft() {
        let mut scene = Scene::new();
        let first = scene.first.clone();
        let second = text(&scene.refresh(&first).unwrap(), "refresh_token");
        scene.wait(10);
        assert!(matches!(scene.refused(&first).changes.as_slice(), [Change::RevokeGrant(_)]));
        assert!(scene.is_revoked());
        assert!(scene.refused(&second).changes.is_empty());
    }

    #[test]
    fn an_old_token_is_theft_once_its_successor_was_used() {
        let mut scene = Scene::new();
        let first = scene.first.clone();
        let second = text(&scene.refresh(&first).unwrap(), "refresh_token");
        scene.refresh(&second).unwrap();
        scene.refused(&first);
        assert!(scene.is_revoked());
    }

    #[test]
    fn of_two_simultaneous_refreshes_both_get_the_same_successor() {
        let mut scene = Scene::new();
        let env = scene.world.env();
        let request = testing::read(&token::Token, &env, &Scene::request("web", &scene.first, &[])).unwrap();
        let facts = scene.shelf.find(&request.lookup());
        let (first, second) =
            (request.decide(&env, facts.clone()).unwrap(), request.decide(&env, facts).unwrap());
        scene.shelf.commit(&first.changes).unwrap();
        let conflict = scene.shelf.commit(&second.changes).unwrap_err();
        assert!(matches!(second.changes[conflict.index], Change::RotateRefresh { .. }));
        let retried = request.decide(&env, scene.shelf.find(&request.lookup())).unwrap();
        scene.shelf.commit(&retried.changes).unwrap();
        let (crate::reply::Contents::Json(a), crate::reply::Contents::Json(b)) =
            (first.reply.body, retried.reply.body)
        else {
            panic!("not JSON");
        };
        assert_eq!(a["refresh_token"], b["refresh_token"]);
    }

    #[test]
    fn another_client_gets_nothing_and_breaks_nothing() {
        let mut scene = Scene::new();
        let request = Scene::request("other", &scene.first, &[]);
        let error = exchange(&scene.world, &mut scene.shelf, &request).unwrap_err();
        assert_eq!((error.code, error.changes.len()), (ErrorCode::InvalidGrant, 0));
        let first = scene.first.clone();
        scene.refresh(&first).unwrap();
    }

    #[test]
    fn a_token_that_our_key_did_not_make_costs_no_read() {
        let mut scene = Scene::new();
        let id = scene.shelf.tokens.keys().next().unwrap().1;
        let forged =
            crate::handle::Handle::derive_refresh(&crate::secret::MacKey::new(b"another key"), id.0, 0)
                .encode();
        for bad in [forged.as_str(), "garbage", "sgr_", &scene.first.replace("sgr_", "sgr_A")] {
            let request =
                testing::read(&token::Token, &scene.world.env(), &Scene::request("web", bad, &[])).unwrap();
            assert_eq!(request.lookup(), [ClientById("web".into()).into()], "{bad}");
        }
        scene.refused(&forged);
        assert!(!scene.is_revoked());
    }

    #[test]
    fn scope_narrows_for_the_access_token_only_and_never_widens() {
        let mut scene = Scene::new();
        let first = scene.first.clone();
        let error = scene.refresh_with(&first, &[("scope", "openid phone")]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidScope);
        let narrow = scene.refresh_with(&first, &[("scope", "email")]).unwrap();
        assert_eq!(text(&narrow, "scope"), "email");
        assert!(narrow.get("id_token").is_none());
        let access = scene.shelf.tokens.values().find(|t| t.kind == TokenKind::AccessToken).unwrap();
        assert_eq!(access.scope, Some(Scope::from_words(["email"])));
        let full = scene.refresh(&text(&narrow, "refresh_token")).unwrap();
        assert_eq!(text(&full, "scope"), "openid email offline_access");
    }

    #[test]
    fn what_has_ended_gives_nothing() {
        let mut unused = Scene::new();
        unused.wait(30 * 86_400);
        let first = unused.first.clone();
        assert!(unused.refused(&first).description.contains("expired"));
        let mut ended = Scene::with(|grant| grant.expires_at = testing::NOW.plus(50));
        ended.wait(50);
        let first = ended.first.clone();
        ended.refused(&first);
        let mut locked = Scene::new();
        locked.shelf.edit_user("diana", |user| user.locked = true);
        let first = locked.first.clone();
        assert_eq!(locked.refused(&first).detail.as_deref(), Some("the user is locked"));
        let mut revoked = Scene::new();
        revoked.shelf.tokens.values_mut().for_each(|token| token.revoked = true);
        let first = revoked.first.clone();
        assert!(revoked.refused(&first).changes.is_empty());
    }

    #[test]
    fn the_end_slides_but_not_beyond_the_grant() {
        let mut scene = Scene::with(|grant| grant.expires_at = testing::NOW.plus(1000));
        scene.shelf.edit_client("web", |client| client.lifetimes.refresh_token = Some(600));
        scene.wait(500);
        let first = scene.first.clone();
        let second = text(&scene.refresh(&first).unwrap(), "refresh_token");
        let family = |scene: &Scene| {
            scene.shelf.tokens.values().find(|t| t.kind == TokenKind::RefreshToken).unwrap().expires_at
        };
        assert_eq!(family(&scene), testing::NOW.plus(1000));
        scene.wait(500);
        scene.refused(&second);
    }
}

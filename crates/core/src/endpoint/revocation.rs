//! RFC 7009 §2: token revocation.

use serde_json::{Value, json};

use super::{Clients, Door, Endpoint, OfClient, Step, authentication};
use crate::change::Change;
use crate::client_auth::ClientAuth;
use crate::decision::Decision;
use crate::env::{Env, Jose};
use crate::error::Error;
use crate::event::{Event, What, kind};
use crate::incoming::Incoming;
use crate::lookup::{Facts, Lookup, TokenById, TokenFound};
use crate::record::TokenKind;
use crate::reply::Contents;
use crate::rule;
use crate::settings::Settings;
use crate::token::{self, Presented};

/// The revocation endpoint.
pub struct Revocation;

impl Endpoint for Revocation {
    fn name(&self) -> &'static str {
        "revocation"
    }

    fn spec(&self) -> &'static str {
        "RFC 7009 section 2"
    }

    fn path(&self) -> &'static str {
        "/revoke"
    }

    fn door(&self) -> Door {
        Door::Client(OfClient {
            clients: Clients::All,
            parse: |env, incoming, auth| Ok(Box::new(Request::parse(env, incoming, auth)?)),
        })
    }

    fn cors(&self) -> bool {
        true
    }

    fn metadata(&self, settings: &Settings, jose: &dyn Jose) -> Vec<(String, Value)> {
        authentication(self, settings, jose)
    }
}

/// A revocation request.
pub struct Request {
    auth: ClientAuth,
    token: Option<(Presented, TokenById)>,
}

impl Request {
    /// Reads the token; the hint is not needed, as our tokens tell their kind.
    pub(crate) fn parse(env: &Env<'_>, incoming: &Incoming, auth: ClientAuth) -> Result<Self, Error> {
        let at = |error: Error| error.at(&rule::TOKEN_REQUEST);
        let token = token::read(env, incoming.params.require("token").map_err(at)?);
        Ok(Self { auth, token })
    }
}

impl Step for Request {
    /// The client, and the token with its grant.
    fn lookup(&self) -> Vec<Lookup> {
        let mut lookups = self.auth.lookup();
        lookups.extend(self.token.iter().map(|(_, token)| Lookup::from(*token)));
        lookups
    }

    /// A refresh token takes its whole grant with it, an access token only itself. What is unknown is as good
    /// as revoked. The body says nothing (§2.2), but there is one: libraries read every answer as JSON.
    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        self.auth.then(env, facts, |client, mut facts| {
            let mut changes = Vec::new();
            let mut events = Vec::new();
            if let Some((presented, asked)) = &self.token
                && let Some(TokenFound { token, grant: Some(grant), user }) = facts.take_token(asked)
            {
                if grant.client != client.client_id {
                    return Err(Error::invalid_grant("the token was issued to another client")
                        .at(&rule::TOKEN_REQUEST));
                }
                if !grant.revoked && token.is_active(env.now) {
                    let event = Event::new(What::of(&kind::TOKEN_REVOKED, []), client, user.as_deref());
                    events.push(event.in_session(grant.session));
                }
                changes.push(match presented {
                    Presented::Refresh { .. } => Change::RevokeGrant(grant.id),
                    Presented::Access => Change::RevokeToken(TokenKind::AccessToken, token.id),
                });
            }
            Ok(Decision { changes, reply: Contents::Json(json!({})).into(), events })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::record::Grant;
    use crate::testing::{self, SECRET, Shelf, World, incoming, incoming_basic};
    use crate::time::Timestamp;
    use crate::token::{access_token, refresh_token};

    struct Scene {
        world: World,
        shelf: Shelf,
        grant: Grant,
        access: token::Minted,
        refresh: token::Minted,
    }

    impl Scene {
        fn new() -> Self {
            let world = World::new();
            let (client, diana) = (testing::client("web"), testing::user("diana"));
            let grant = world.grant(&client, &diana, "openid");
            let wanted = access_token::For {
                client: &client,
                grant: &grant,
                user: None,
                scope: &grant.scope,
                audience: Vec::new(),
                based_on: None,
            };
            let access = access_token::mint(&world.env(), wanted).unwrap();
            let refresh = refresh_token::mint(&world.env(), &grant, &client, None);
            let mut shelf = Shelf::with(vec![client, testing::client("other")], vec![diana]);
            let tokens = [&access, &refresh].map(|minted| Change::InsertToken(minted.record.clone()));
            shelf.commit(&[Change::InsertGrant(grant.clone())]).unwrap();
            shelf.commit(&tokens).unwrap();
            Self { world, shelf, grant, access, refresh }
        }

        fn ask(&self, incoming: &Incoming) -> Result<Vec<Change>, Error> {
            let env = self.world.env();
            let request = testing::read(&Revocation, &env, incoming)?;
            let decision = request.decide(&env, self.shelf.find(&request.lookup()))?;
            assert!(matches!(&decision.reply.body, Contents::Json(body) if *body == json!({})));
            Ok(decision.changes)
        }

        fn revoke(&self, client: &str, token: &str) -> Result<Vec<Change>, Error> {
            self.ask(&incoming_basic(client, SECRET, &[("token", token), ("token_type_hint", "anything")]))
        }
    }

    #[test]
    fn an_access_token_falls_alone() {
        let scene = Scene::new();
        let changes = scene.revoke("web", &scene.access.wire).unwrap();
        let id = scene.access.record.id;
        assert!(
            matches!(changes.as_slice(), [Change::RevokeToken(TokenKind::AccessToken, this)] if *this == id)
        );
    }

    #[test]
    fn a_refresh_token_takes_its_grant_with_it_whatever_its_generation() {
        let mut scene = Scene::new();
        for used in [0, 3] {
            scene.shelf.tokens.values_mut().for_each(|token| token.used = used);
            let changes = scene.revoke("web", &scene.refresh.wire).unwrap();
            assert!(matches!(changes.as_slice(), [Change::RevokeGrant(id)] if *id == scene.grant.id));
        }
    }

    #[test]
    fn what_is_unknown_expired_or_revoked_is_as_good_as_revoked() {
        let mut scene = Scene::new();
        assert!(scene.revoke("web", "garbage").unwrap().is_empty());
        scene
            .shelf
            .tokens
            .values_mut()
            .for_each(|token| (token.revoked, token.expires_at) = (true, Timestamp(1)));
        scene.revoke("web", &scene.access.wire).unwrap();
        scene.shelf.tokens.clear();
        assert!(scene.revoke("web", &scene.access.wire).unwrap().is_empty());
        assert!(scene.revoke("web", &scene.refresh.wire).unwrap().is_empty());
    }

    #[test]
    fn tokens_of_others_are_refused() {
        let scene = Scene::new();
        for token in [&scene.access.wire, &scene.refresh.wire] {
            let error = scene.revoke("other", token).unwrap_err();
            assert_eq!((error.code, error.changes.len()), (ErrorCode::InvalidGrant, 0));
        }
    }

    #[test]
    fn public_clients_revoke_their_own() {
        let mut scene = Scene::new();
        scene.shelf.edit_client("web", |client| client.client_secret = None);
        let request = incoming(&[("client_id", "web"), ("token", &scene.access.wire)]);
        assert_eq!(scene.ask(&request).unwrap().len(), 1);
    }

    #[test]
    fn bad_requests_are_refused() {
        let scene = Scene::new();
        let code = |request: &Incoming| scene.ask(request).unwrap_err().code;
        assert_eq!(code(&incoming_basic("web", SECRET, &[])), ErrorCode::InvalidRequest);
        assert_eq!(code(&incoming_basic("web", "wrong", &[("token", "x")])), ErrorCode::InvalidClient);
        assert_eq!(code(&incoming(&[("token", "x")])), ErrorCode::InvalidClient);
        assert_eq!(code(&incoming(&[("token", "x"), ("token", "y")])), ErrorCode::InvalidRequest);
    }
}

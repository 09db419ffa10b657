//! RFC 6749 §3.2, OpenID Connect Core §3.1.3: the token endpoint: one client authentication, one grant.

use serde_json::Value;

use super::{Clients, Door, Endpoint, OfClient, Step, authentication};
use crate::client_auth::ClientAuth;
use crate::decision::Decision;
use crate::env::{Env, Jose};
use crate::error::{Error, ErrorCode};
use crate::grant::{self, GrantRequest, GrantType};
use crate::incoming::Incoming;
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::resource;
use crate::rule;
use crate::settings::Settings;
use crate::token::protect::{self, ID_TOKEN};

/// The token endpoint.
pub struct Token;

impl Endpoint for Token {
    fn name(&self) -> &'static str {
        "token"
    }

    fn spec(&self) -> &'static str {
        "RFC 6749 section 3.2"
    }

    fn path(&self) -> &'static str {
        "/token"
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

/// A token request.
pub struct Request {
    auth: ClientAuth,
    grant_type: &'static dyn GrantType,
    grant: Box<dyn GrantRequest>,
    /// What names an API.
    named: Params,
}

impl Request {
    /// Picks the one grant.
    pub(crate) fn parse(env: &Env<'_>, incoming: &Incoming, auth: ClientAuth) -> Result<Self, Error> {
        let at = |error: Error| error.at(&rule::GRANT_TYPE);
        let grant_type = incoming.params.require("grant_type").map_err(at)?;
        let offered = env.settings.offer.has("grant_types_supported", grant_type);
        let grant_type = grant::find(grant_type).filter(|_| offered).ok_or_else(|| {
            at(Error::new(ErrorCode::UnsupportedGrantType, "grant_type is unknown or not offered"))
        })?;
        let parsed = grant_type.parse(env, &incoming.params);
        let grant = parsed.map_err(|error| error.at(grant_type.rule()))?;
        let named = incoming.params.only(&["audience", "resource"]);
        Ok(Self { auth, grant_type, grant, named })
    }
}

impl Step for Request {
    /// The client, and what the grant needs.
    fn lookup(&self) -> Vec<Lookup> {
        let mut lookups = self.auth.lookup();
        lookups.extend(self.grant.lookup());
        lookups
    }

    /// What the first read shows to be missing: the client's keys, where an ID token is due that is encrypted
    /// to them.
    fn follow_up(&self, _env: &Env<'_>, facts: &Facts) -> Vec<Lookup> {
        let (client, grant) = (facts.client(self.auth.client_id()), self.grant.grant(facts));
        let (Some(client), Some(grant)) = (client, grant) else {
            return Vec::new();
        };
        let due = grant.client == client.client_id && grant.user.is_some() && grant.scope.contains("openid");
        let keys = due.then(|| protect::wanted_keys(client, &ID_TOKEN, facts)).flatten();
        keys.map(Lookup::from).into_iter().collect()
    }

    /// Authenticates the client, then lets the grant decide. May be called again with fresh facts after a
    /// conflict.
    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        self.auth.then(env, facts, |client, facts| {
            if !client.allows_grant(self.grant_type.name()) {
                return Err(Error::new(
                    ErrorCode::UnauthorizedClient,
                    format!(
                        "this client is not registered for grant type {}; add it to its grant_types",
                        self.grant_type.name()
                    ),
                )
                .at(&rule::GRANT_TYPE));
            }
            let decision = self.grant.decide(env, client, facts);
            let mut decision = decision.map_err(|error| error.at(self.grant_type.rule()))?;
            decision.events.extend(resource::audience_ignored(env.settings, client, &self.named));
            Ok(decision)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::testing::{self, Asserting, SECRET, Shelf, World, exchange, incoming, incoming_basic};
    use proptest::prelude::*;

    fn refused(incoming: &Incoming) -> Error {
        let world = World::new();
        let env = world.env();
        let mut client = testing::client("web");
        client.grant_types = Some(vec!["client_credentials".into()]);
        let facts = Facts::default().with_client(client.into());
        match testing::read(&Token, &env, incoming) {
            Err(error) => error,
            Ok(request) => request.decide(&env, facts).unwrap_err(),
        }
    }

    #[test]
    fn the_grant_type_must_be_known_and_registered() {
        let code = |grant_type| refused(&incoming_basic("web", SECRET, &[("grant_type", grant_type)])).code;
        assert_eq!(code(""), ErrorCode::InvalidRequest);
        assert_eq!(code("password"), ErrorCode::UnsupportedGrantType);
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x")];
        let error = refused(&incoming_basic("web", SECRET, &refresh));
        assert_eq!(error.code, ErrorCode::UnauthorizedClient);
        assert_eq!(
            error.description,
            "this client is not registered for grant type refresh_token; add it to its grant_types"
        );
    }

    #[test]
    fn an_assertion_is_used_up_by_a_refused_request_as_well() {
        let world = World::new();
        let env = world.env();
        let refused_for = |grant_type: &str| {
            let asserting =
                Asserting::key("k-1").param("grant_type", grant_type).param("refresh_token", "garbage");
            let mut client = testing::client("web");
            client.token_endpoint_auth_method = Some("private_key_jwt".into());
            let facts = asserting.facts(Some(client));
            testing::read(&Token, &env, &asserting.incoming()).unwrap().decide(&env, facts).unwrap_err()
        };
        for (grant_type, code) in [
            ("refresh_token", ErrorCode::InvalidGrant),
            ("client_credentials", ErrorCode::UnauthorizedClient),
        ] {
            let error = refused_for(grant_type);
            assert_eq!(error.code, code);
            assert!(matches!(&error.changes[..], [Change::SeeJti { .. }]), "{:?}", error.changes);
        }
    }

    #[test]
    fn repeated_parameters_are_refused() {
        let twice = [("grant_type", "client_credentials"), ("grant_type", "client_credentials")];
        let error = refused(&incoming_basic("web", SECRET, &twice));
        assert_eq!(
            (error.code, &*error.description),
            (ErrorCode::InvalidRequest, "grant_type is given more than once")
        );
    }

    #[test]
    fn the_client_is_judged_before_the_grant() {
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", "garbage")];
        assert_eq!(refused(&incoming_basic("web", "wrong", &refresh)).code, ErrorCode::InvalidClient);
        assert_eq!(refused(&incoming(&refresh)).code, ErrorCode::InvalidClient);
    }

    proptest! {
        #[test]
        fn no_request_whatever_panics_or_succeeds_without_a_secret(
            values in proptest::collection::vec(("(grant_type|code|refresh_token|scope|resource|client_id|client_secret|redirect_uri)",
                "(authorization_code|refresh_token|client_credentials|web|sg[car]_[A-Za-z0-9_-]{59}|[ -~]{0,40})"), 0..8),
            authorization in proptest::option::of("(Basic |Bearer |)[ -~]{0,60}"),
        ) {
            let world = World::new();
            let mut client = testing::client("web");
            client.grant_types = Some(grant::GRANTS.iter().map(|grant| grant.name().to_owned()).collect());
            let mut shelf = Shelf::with(vec![client], vec![testing::user("diana")]);
            let mut request = Incoming { params: Params::from_pairs(values), ..Incoming::default() };
            authorization.into_iter().for_each(|value| request.headers.add("authorization", value));
            let error = exchange(&world, &mut shelf, &request).unwrap_err();
            prop_assert!(matches!(error.code.status(), 400 | 401), "{}", error);
            prop_assert!(error.changes.is_empty() && shelf.grants.is_empty());
        }
    }
}

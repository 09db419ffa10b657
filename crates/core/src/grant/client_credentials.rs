//! RFC 6749 §4.4: a confidential client acts on its own behalf.

use super::{GrantRequest, GrantType, Issue, issue};
use crate::change::Change;
use crate::client_auth::Authenticated;
use crate::decision::Decision;
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::id::GrantId;
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::record::{Client, Grant};
use crate::resource;
use crate::rule::{self, Rule};
use crate::scope::Scope;
use crate::settings::Settings;
use crate::time::Timestamp;

/// `client_credentials`
pub(super) struct ClientCredentials;

struct Request {
    scope: Option<Scope>,
    params: Params,
}

/// Scopes that mean something only for a person.
const PERSONAL: &[&str] = &["openid", "offline_access"];

fn is_impersonal(word: &str) -> bool {
    !PERSONAL.contains(&word)
}

impl GrantType for ClientCredentials {
    fn name(&self) -> &'static str {
        "client_credentials"
    }

    fn rule(&self) -> &'static Rule {
        &rule::CLIENT_CREDENTIALS
    }

    fn parse(&self, _env: &Env<'_>, params: &Params) -> Result<Box<dyn GrantRequest>, Error> {
        let scope = params.get("scope").map(Scope::parse).transpose()?;
        Ok(Box::new(Request { scope, params: params.only(&["resource"]) }))
    }
}

impl GrantRequest for Request {
    fn lookup(&self) -> Vec<Lookup> {
        Vec::new()
    }

    fn grant<'a>(&self, _facts: &'a Facts) -> Option<&'a Grant> {
        None
    }

    fn decide(&self, env: &Env<'_>, client: &Authenticated, _facts: Facts) -> Result<Decision, Error> {
        if client.is_public() {
            return Err(Error::new(
                ErrorCode::UnauthorizedClient,
                "a public client cannot act for itself; register it with a secret or a key",
            ));
        }
        let asked = resource::requested(env, client, &self.params)?;
        let scope = self.scope(env.settings, client, &asked)?;
        let audience = resource::audience(env.settings, client, &[], &scope, &asked)?;
        let seconds = resource::access_token_lifetime(env.settings, client, &audience);
        let grant = Grant {
            id: GrantId(env.ids.next()),
            user: None,
            client: client.client_id.clone(),
            session: None,
            sub: client.client_id.as_str().to_owned(),
            scope,
            claims: None,
            agreed: None,
            resources: Vec::new(),
            nonce: None,
            auth_time: Timestamp::default(),
            acr: None,
            amr: Vec::new(),
            offline: false,
            issued_at: env.now,
            expires_at: env.now.plus(seconds),
            revoked: false,
        };
        let what = Issue {
            client,
            grant: &grant,
            user: None,
            scope: &grant.scope,
            audience,
            based_on: None,
            nonce: None,
            refresh_token: None,
            grant_type: ClientCredentials.name(),
            keys: None,
        };
        let insert = Change::InsertGrant(grant.clone());
        let mut changes: Vec<Change> = Change::require_client(client).into_iter().chain([insert]).collect();
        changes.extend(Change::used(client));
        issue(env, changes, what)
    }
}

impl Request {
    /// What was asked and is allowed; without a scope in the request, what is usual for the client and the
    /// resources that are named.
    fn scope(&self, settings: &Settings, client: &Client, named: &[String]) -> Result<Scope, Error> {
        let own = |word: &str| client.scopes_to_claims.as_ref().is_some_and(|map| map.contains_key(word));
        let known = |word: &str| settings.scopes.contains_key(word) || own(word);
        let allowed = |word: &str| resource::is_scope_allowed(settings, client, word);
        let Some(asked) = &self.scope else {
            return Ok(resource::usual_scope(settings, client, named, is_impersonal));
        };
        if let Some(word) = asked.iter().find(|word| PERSONAL.contains(word)) {
            return Err(invalid_scope(format!("scope {word} needs a user; there is none in this grant")));
        }
        if let Some(word) = asked.iter().find(|word| known(word) && !allowed(word)) {
            let open = resource::open_scopes(settings, client, is_impersonal);
            return Err(invalid_scope(format!(
                "this client is not registered for scope {word}; it may ask for: {open}"
            )));
        }
        let scope = asked.filtered(known);
        if scope.is_empty() || (settings.deny_unknown_scopes && scope != *asked) {
            let open = resource::open_scopes(settings, client, is_impersonal);
            return Err(invalid_scope(format!(
                "scope names something that is not configured here; this client may ask for: {open}"
            )));
        }
        Ok(scope)
    }
}

fn invalid_scope(description: String) -> Error {
    Error::new(ErrorCode::InvalidScope, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ScopeMeaning;
    use crate::settings::resources::Resource;
    use crate::testing::{self, SECRET, Shelf, World, exchange, incoming, incoming_basic};
    use serde_json::Value;

    fn answer(
        edit: impl FnOnce(&mut World, &mut Client),
        more: &[(&str, &str)],
    ) -> (Result<Value, Error>, Shelf) {
        let mut world = World::new();
        let mut client = testing::client("web");
        client.grant_types = Some(vec!["client_credentials".into()]);
        for scope in ["api", "admin"] {
            world.settings.scopes.insert(scope.into(), ScopeMeaning::default());
        }
        edit(&mut world, &mut client);
        let mut params = vec![("grant_type", "client_credentials")];
        params.extend_from_slice(more);
        let public = client.is_public();
        let request = if public {
            params.push(("client_id", "web"));
            incoming(&params)
        } else {
            incoming_basic("web", SECRET, &params)
        };
        let mut shelf = Shelf::with(vec![client], Vec::new());
        (exchange(&world, &mut shelf, &request), shelf)
    }

    fn refused(edit: impl FnOnce(&mut World, &mut Client), scope: &str) -> ErrorCode {
        answer(edit, &[("scope", scope)]).0.unwrap_err().code
    }

    #[test]
    fn a_refusal_lists_only_what_this_grant_can_have() {
        let error = answer(|_, _| {}, &[("scope", "unheard-of")]).0.unwrap_err();
        let listed = error.description.split_once("may ask for: ").unwrap().1.to_owned();
        let listed: Vec<&str> = listed.split(' ').collect();
        assert!(listed.contains(&"admin") && listed.contains(&"api"), "{error}");
        assert!(!listed.contains(&"openid") && !listed.contains(&"offline_access"), "{error}");
    }

    #[test]
    fn a_client_gets_one_access_token_for_itself() {
        let (answer, shelf) = answer(|_, _| {}, &[("scope", "api unheard-of")]);
        let answer = answer.unwrap();
        let names: Vec<&String> = answer.as_object().unwrap().keys().collect();
        assert_eq!(names, ["access_token", "token_type", "expires_in", "scope"]);
        assert_eq!((&answer["scope"], &answer["expires_in"]), (&"api".into(), &3600.into()));
        let grant = shelf.grants.values().next().unwrap();
        assert_eq!((grant.user.as_ref(), grant.sub.as_str()), (None, "web"));
        let token = shelf.tokens.values().next().unwrap();
        assert_eq!((shelf.tokens.len(), token.expires_at), (1, grant.expires_at));
        assert_eq!(token.audience, ["https://op.example"]);
    }

    #[test]
    fn without_a_scope_it_gets_what_it_is_registered_for() {
        let registered = |_: &mut World, client: &mut Client| {
            client.scope = Some(Scope::parse("openid api offline_access unheard-of").unwrap());
        };
        assert_eq!(answer(registered, &[]).0.unwrap()["scope"], "api");
        assert!(answer(|_, _| {}, &[]).0.unwrap().get("scope").is_none());
    }

    #[test]
    fn without_a_scope_it_gets_the_scopes_of_the_resource_that_it_names() {
        let api = |registered: Option<&str>| {
            let registered = registered.map(|scope| Scope::parse(scope).unwrap());
            move |world: &mut World, client: &mut Client| {
                client.scope = registered;
                world.settings.resources = vec![Resource {
                    identifier: "https://a.example".into(),
                    scopes: vec!["api".into(), "openid".into()],
                    ..Resource::default()
                }];
            }
        };
        let named = [("resource", "https://a.example")];
        for (registered, given) in [
            (None, "api"),
            (Some("openid api"), "api"),
            (Some("openid admin"), "admin"),
            (Some("api admin"), "api admin"),
        ] {
            assert_eq!(answer(api(registered), &named).0.unwrap()["scope"], given, "{registered:?}");
        }
        assert!(answer(api(Some("openid")), &named).0.unwrap().get("scope").is_none());
        assert!(answer(api(None), &[]).0.unwrap().get("scope").is_none());
    }

    #[test]
    fn scopes_of_people_or_of_others_are_refused() {
        let only_api = |_: &mut World, client: &mut Client| client.scope = Some(Scope::from_words(["api"]));
        assert_eq!(refused(only_api, "api admin"), ErrorCode::InvalidScope);
        assert_eq!(refused(|_, _| {}, "api openid"), ErrorCode::InvalidScope);
        assert_eq!(refused(|_, _| {}, "offline_access"), ErrorCode::InvalidScope);
        assert_eq!(refused(|_, _| {}, "unheard-of"), ErrorCode::InvalidScope);
        assert_eq!(refused(|_, _| {}, "a\"b"), ErrorCode::InvalidScope);
        let strict = |world: &mut World, _: &mut Client| world.settings.deny_unknown_scopes = true;
        assert_eq!(refused(strict, "api unheard-of"), ErrorCode::InvalidScope);
    }

    #[test]
    fn a_refusal_lists_the_scopes_that_it_may_ask_for() {
        let told = |scope: &str, own: &str, edit: fn(&mut World)| {
            let edit = |world: &mut World, client: &mut Client| {
                client.scope = Some(Scope::parse(own).unwrap());
                edit(world);
            };
            answer(edit, &[("scope", scope)]).0.unwrap_err().description.into_owned()
        };
        for (asked, own, words) in [
            ("api admin", "api", "this client is not registered for scope admin; it may ask for: api"),
            (
                "admin",
                "none",
                "this client is not registered for scope admin; it may ask for: nothing: the operator gives it scopes",
            ),
            (
                "unheard-of",
                "api admin",
                "scope names something that is not configured here; this client may ask for: api admin",
            ),
        ] {
            assert_eq!(told(asked, own, |_| {}), words, "{asked}");
        }
        let many = (0..25).map(|n| format!("s{n:02}")).collect::<Vec<_>>().join(" ");
        let all = |world: &mut World| {
            world.settings.scopes.extend((0..25).map(|n| (format!("s{n:02}"), ScopeMeaning::default())));
        };
        assert!(told("api", &many, all).ends_with(" s18 s19 and 5 more"));
    }

    #[test]
    fn public_clients_may_not() {
        let public = |_: &mut World, client: &mut Client| client.client_secret = None;
        assert_eq!(refused(public, "api"), ErrorCode::UnauthorizedClient);
    }

    #[test]
    fn resources_become_the_audience() {
        let edit = |_: &mut World, client: &mut Client| client.resources = vec!["https://a.example".into()];
        let (good, shelf) = answer(edit, &[("resource", "https://a.example")]);
        good.unwrap();
        assert_eq!(shelf.tokens.values().next().unwrap().audience, ["https://a.example"]);
        let (bad, shelf) = answer(edit, &[("resource", "https://b.example")]);
        assert_eq!(bad.unwrap_err().code, ErrorCode::InvalidTarget);
        assert!(shelf.tokens.is_empty());
    }
}

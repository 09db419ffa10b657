//! RFC 6749 §4: grant types: what a client can exchange for tokens. One file each, one table.

mod authorization_code;
mod client_credentials;
mod refresh_token;

use serde_json::{Map, Value};

use crate::change::Change;
use crate::client_auth::Authenticated;
use crate::decision::Decision;
use crate::env::{ClientKeys, Env};
use crate::error::Error;
use crate::event::{Event, What};
use crate::id::TokenId;
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::record::{Grant, User};
use crate::reply::Contents;
use crate::resource;
use crate::response_type::{RESPONSE_TYPES, ResponseType};
use crate::rule::Rule;
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::token::protect::To;
use crate::token::{access_token, id_token};

/// Every grant type, by the values of `grant_type`.
pub static GRANTS: &[&dyn GrantType] = &[
    &authorization_code::AuthorizationCode,
    &refresh_token::RefreshToken,
    &client_credentials::ClientCredentials,
];

/// The grant types that a client can register: those of this table, and those that only the authorization
/// endpoint knows (`implicit`).
pub fn registrable() -> Vec<&'static str> {
    let mut names: Vec<&str> = GRANTS.iter().map(|grant| grant.name()).collect();
    for name in RESPONSE_TYPES.iter().flat_map(ResponseType::grant_types) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The grant type of this wire name.
pub fn find(name: &str) -> Option<&'static dyn GrantType> {
    GRANTS.iter().copied().find(|grant| grant.name() == name)
}

/// One grant type.
pub trait GrantType: Send + Sync {
    /// The wire name.
    fn name(&self) -> &'static str;
    /// What is refused by it, and where that is defined.
    fn rule(&self) -> &'static Rule;
    /// Reads the request's parameters, once.
    fn parse(&self, env: &Env<'_>, params: &Params) -> Result<Box<dyn GrantRequest>, Error>;
}

/// A request for one grant type.
pub trait GrantRequest: Send + Sync {
    /// What must be fetched besides the client.
    fn lookup(&self) -> Vec<Lookup>;
    /// The grant under which tokens will be issued, once it was found; none where the client acts for itself.
    fn grant<'a>(&self, facts: &'a Facts) -> Option<&'a Grant>;
    /// The rules, for a client that has shown who it is and may use this grant type.
    fn decide(&self, env: &Env<'_>, client: &Authenticated, facts: Facts) -> Result<Decision, Error>;
}

/// What is issued under a grant.
struct Issue<'a> {
    client: &'a Authenticated,
    grant: &'a Grant,
    user: Option<&'a User>,
    scope: &'a Scope,
    audience: Vec<String>,
    based_on: Option<TokenId>,
    nonce: Option<&'a str>,
    refresh_token: Option<String>,
    grant_type: &'static str,
    keys: Option<&'a dyn ClientKeys>,
}

/// RFC 6749 §5.1, OpenID Connect Core §3.1.3.3: mints access token and (with `openid`, for a person) ID
/// token, and words the answer.
fn issue(env: &Env<'_>, mut changes: Vec<Change>, issue: Issue<'_>) -> Result<Decision, Error> {
    let Issue { client, grant, user, scope, audience, based_on, nonce, refresh_token, grant_type, keys } =
        issue;
    let narrowed = resource::narrowed(env.settings, &audience, scope);
    let wanted = access_token::For { client, grant, user, scope: &narrowed, audience, based_on };
    let access = access_token::mint(env, wanted)?;
    let id_token = match user.filter(|_| scope.contains("openid")) {
        Some(user) => {
            let extras = id_token::Extras {
                nonce,
                access_token: Some(&access.wire),
                scope: Some(scope),
                ..id_token::Extras::default()
            };
            let to = To { client, keys, direct: true };
            Some(id_token::build(env, &to, grant, user, &extras)?)
        }
        None => None,
    };
    let audience = access.record.audience.clone();
    let mut answer = Map::new();
    answer.insert("access_token".into(), access.wire.into());
    answer.insert("token_type".into(), "Bearer".into());
    if access.record.expires_at != Timestamp::NEVER {
        answer.insert("expires_in".into(), access.record.expires_at.since(env.now).into());
    }
    // RFC 6749 §5.1: what the access token is good for.
    if !narrowed.is_empty() {
        answer.insert("scope".into(), narrowed.to_string().into());
    }
    if let Some(refresh_token) = refresh_token {
        answer.insert("refresh_token".into(), refresh_token.into());
    }
    if let Some(id_token) = id_token {
        answer.insert("id_token".into(), id_token.into());
    }
    changes.push(Change::InsertToken(access.record));
    let what = What::Issued { grant_type, scope: narrowed, audience };
    let event = Event::new(what, client, user).in_session(grant.session);
    Ok(Decision { changes, reply: Contents::Json(Value::Object(answer)).into(), events: vec![event] })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::endpoint::revocation;
    use crate::record::{CodeBinding, TokenKind};
    use crate::testing::{self, REDIRECT_URI, SECRET, Shelf, World, exchange, files_of, incoming_basic};
    use crate::token::code;

    /// What a client or a thief may do with a code and with every refresh token seen so far.
    #[derive(Clone, Debug)]
    enum Step {
        Redeem,
        Refresh(usize),
        Revoke(usize),
        Wait(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            2 => Just(Step::Redeem),
            8 => (0..8usize).prop_map(Step::Refresh),
            1 => (0..8usize).prop_map(Step::Revoke),
            3 => (1..15u64).prop_map(Step::Wait),
        ]
    }

    proptest! {
        /// RFC 9700 §4.14.2: whatever happens in whatever order, one family has one head, only the head or
        /// the token right before it is answered, always with the head, and after a revocation nothing is.
        #[test]
        fn any_interleaving_leaves_at_most_one_live_head(steps in proptest::collection::vec(step(), 1..30)) {
            let mut world = World::new();
            let (client, diana) = (testing::client("web"), testing::user("diana"));
            let mut grant = world.grant(&client, &diana, "openid");
            grant.offline = true;
            let binding = CodeBinding { redirect_uri: REDIRECT_URI.into(), challenge: None };
            let minted = code::mint(&world.env(), &grant, &client, binding);
            let mut shelf = Shelf::with(vec![client], vec![diana]);
            shelf.commit(&[Change::InsertGrant(grant.clone()), Change::InsertToken(minted.record)]).unwrap();
            // The refresh tokens handed out, oldest first: the index is the generation.
            let mut seen: Vec<String> = Vec::new();
            for step in steps {
                let was_revoked = shelf.grants[&grant.id].revoked;
                let outcome = match step {
                    Step::Wait(seconds) => {
                        world.now = world.now.plus(seconds);
                        continue;
                    }
                    Step::Redeem => {
                        let params =
                            [("grant_type", "authorization_code"), ("code", &*minted.wire), ("redirect_uri", REDIRECT_URI)];
                        exchange(&world, &mut shelf, &incoming_basic("web", SECRET, &params))
                    }
                    Step::Refresh(back) => {
                        let Some(at) = seen.len().checked_sub(back + 1) else { continue };
                        let params = [("grant_type", "refresh_token"), ("refresh_token", &*seen[at])];
                        let outcome = exchange(&world, &mut shelf, &incoming_basic("web", SECRET, &params));
                        if let Ok(answer) = &outcome {
                            prop_assert!(back <= 1, "a token {} generations old was answered", back);
                            let head = answer["refresh_token"].as_str().unwrap();
                            prop_assert_eq!(back == 1, head == seen[seen.len() - 1]);
                        } else {
                            prop_assert!(was_revoked || back > 0, "the head was refused");
                        }
                        outcome
                    }
                    Step::Revoke(back) => {
                        let Some(at) = seen.len().checked_sub(back + 1) else { continue };
                        let request = incoming_basic("web", SECRET, &[("token", &*seen[at])]);
                        let request = testing::read(&revocation::Revocation, &world.env(), &request).unwrap();
                        let decision = request.decide(&world.env(), shelf.find(&request.lookup())).unwrap();
                        shelf.commit(&decision.changes).unwrap();
                        prop_assert!(shelf.grants[&grant.id].revoked);
                        continue;
                    }
                };
                match outcome {
                    Ok(answer) => {
                        prop_assert!(!was_revoked, "a revoked grant gave tokens");
                        let token = answer["refresh_token"].as_str().unwrap().to_owned();
                        if !seen.contains(&token) {
                            seen.push(token);
                        }
                    }
                    Err(_) if seen.is_empty() => {}
                    Err(_) => prop_assert!(shelf.grants[&grant.id].revoked, "a refused reuse must revoke"),
                }
                let families = shelf.tokens.values().filter(|token| token.kind == TokenKind::RefreshToken);
                prop_assert!(families.count() <= 1);
            }
        }
    }

    #[test]
    fn every_file_is_one_line_of_the_table() {
        let mut names: Vec<&str> = GRANTS.iter().map(|grant| grant.name()).collect();
        names.sort_unstable();
        assert_eq!(names, files_of("grant"));
        assert!(
            GRANTS.iter().all(|grant| find(grant.name()).is_some_and(|found| found.rule() == grant.rule()))
        );
        assert!(find("password").is_none());
    }
}

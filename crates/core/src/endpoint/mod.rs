//! RFC 6749 §5.2, RFC 6750 §3: the table of endpoints, from which routes, paths, metadata and documents are
//! made, and what the direct ones share: the step that a request is read to, and the form of an error.

pub mod authorization;
pub mod end_session;
pub mod introspection;
pub mod jwks;
pub mod registration;
pub mod revocation;
pub mod token;
pub mod userinfo;
pub mod webfinger;

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::client_auth::{self, ClientAuth, METHODS};
use crate::decision::Decision;
use crate::env::{Env, Jose};
use crate::error::{Error, ErrorCode};
use crate::incoming::{Incoming, Method};
use crate::issuer;
use crate::lookup::{Facts, Lookup};
use crate::reply::{Contents, Reply};
use crate::settings::{Paths, Place, Settings};

/// Every endpoint whose place is below the issuer.
pub static ENDPOINTS: &[&dyn Endpoint] = &[
    &authorization::Authorization,
    &token::Token,
    &userinfo::UserInfo,
    &introspection::Introspection,
    &revocation::Revocation,
    &end_session::EndSession,
    &jwks::Jwks,
    &registration::Registration,
];

/// A row of the table.
pub trait Endpoint: Send + Sync {
    /// The metadata name without `_endpoint`, which is its key in the configuration as well.
    fn name(&self) -> &'static str;

    /// Where it is defined.
    fn spec(&self) -> &'static str;

    /// The path below the issuer, where the operator has chosen no other.
    fn path(&self) -> &'static str;

    /// Who asks there, and how such a request is read.
    fn door(&self) -> Door;

    /// The methods that it takes.
    fn methods(&self) -> &'static [Method] {
        &[Method::Post]
    }

    /// What it makes has an address each, one segment below its own: what that is called, and its methods.
    fn below(&self) -> Option<(&'static str, &'static [Method])> {
        None
    }

    /// Whether applications in browsers call it from other origins.
    fn cors(&self) -> bool {
        false
    }

    /// What operators call it.
    fn title(&self) -> Cow<'static, str> {
        format!("the {} endpoint", self.name()).into()
    }

    /// Whether it is served.
    fn is_on(&self, _settings: &Settings) -> bool {
        true
    }

    /// The member of the metadata that has its URL.
    fn member(&self) -> Cow<'static, str> {
        format!("{}_endpoint", self.name()).into()
    }

    /// What else the metadata says of it.
    fn metadata(&self, _settings: &Settings, _jose: &dyn Jose) -> Vec<(String, Value)> {
        Vec::new()
    }
}

/// Who asks at an endpoint, and how such a request is read.
#[derive(Clone, Copy)]
pub enum Door {
    /// The shell has a way of its own for it.
    Own(Own),
    /// A client that authenticates.
    Client(OfClient),
    /// Whoever has an access token.
    Bearer(OfBearer),
}

/// Endpoints that are no exchange of a form for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// A person's browser, with pages and redirects.
    Authorization,
    /// The same.
    EndSession,
    /// A document that is made beforehand.
    Keys,
    /// JSON in, and an address for each client.
    Registration,
}

/// An endpoint of clients.
#[derive(Clone, Copy)]
pub struct OfClient {
    /// Which can have something there.
    pub clients: Clients,
    /// Reads the request of a client that has said who it is; whether it is, is decided by the step.
    pub parse: ParseOfClient,
}

/// Reads a request, with what its client has said to authenticate.
pub type ParseOfClient = fn(&Env<'_>, &Incoming, ClientAuth) -> Result<Box<dyn Step>, Error>;

/// RFC 6749 §2.1: types of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clients {
    /// Those that prove who they are, and public ones.
    All,
    /// Those that prove who they are.
    Confidential,
}

impl Clients {
    /// By which methods they authenticate, as far as those are offered.
    fn methods(self, settings: &Settings) -> Vec<&'static str> {
        let offered = |name: &&str| settings.offer.has(client_auth::OFFERED, name);
        let proves = |method: &&&dyn client_auth::Method| {
            self == Self::All || method.proof() != client_auth::Proof::Nothing
        };
        METHODS.iter().filter(proves).map(|method| method.name()).filter(offered).collect()
    }
}

/// Reads a request with an access token.
pub type OfBearer = fn(&Env<'_>, &Incoming) -> Result<Box<dyn Step>, Error>;

impl Door {
    /// The scheme of its challenges.
    pub fn scheme(self) -> Scheme {
        match self {
            Door::Client(_) => Scheme::Basic,
            Door::Bearer(_) => Scheme::Bearer,
            Door::Own(_) => Scheme::Registration,
        }
    }
}

/// Reads the request of a client, whose authentication was read before: a parameter that comes twice is
/// refused before it is used for anything.
pub fn read(
    endpoint: OfClient,
    env: &Env<'_>,
    incoming: &Incoming,
    auth: Result<Option<ClientAuth>, Error>,
) -> Result<Box<dyn Step>, Error> {
    incoming.params.single()?;
    let auth = auth?.ok_or_else(|| client_auth::missing(&endpoint.clients.methods(env.settings)))?;
    (endpoint.parse)(env, incoming, auth)
}

/// The endpoint at which applications ask by themselves, by its path below the host.
pub fn at(settings: &Settings, path: &str) -> Option<&'static dyn Endpoint> {
    let below = path.strip_prefix(issuer::path(&settings.issuer).as_str())?;
    let found = ENDPOINTS.iter().copied().find(|endpoint| settings.paths.of(endpoint.name()) == below);
    found.filter(|endpoint| !matches!(endpoint.door(), Door::Own(_)))
}

/// The path of each endpoint where the operator has chosen no other.
pub fn paths() -> Paths {
    Paths::new(ENDPOINTS.iter().map(|endpoint| Place {
        name: endpoint.name(),
        path: endpoint.path().to_owned(),
        authenticates: matches!(endpoint.door(), Door::Client(_)),
    }))
}

/// RFC 8414 §2: how clients may authenticate, at an endpoint for which the metadata says so.
fn authentication(endpoint: &dyn Endpoint, settings: &Settings, jose: &dyn Jose) -> Vec<(String, Value)> {
    let Door::Client(OfClient { clients, .. }) = endpoint.door() else { return Vec::new() };
    let member = |what: &str| format!("{}_endpoint_{what}_supported", endpoint.name());
    vec![
        (member("auth_methods"), json!(clients.methods(settings))),
        (member("auth_signing_alg_values"), json!(jose.verifying_algs())),
    ]
}

/// A request that was read: what must be found for it, and what comes of it. The shell finds, lets it decide,
/// and commits; after a lost race it finds and decides again.
pub trait Step: Send + Sync {
    /// What is looked up first, from one snapshot.
    fn lookup(&self) -> Vec<Lookup>;

    /// What was found shows this to be missing; asked until it asks for nothing new.
    fn follow_up(&self, _env: &Env<'_>, _facts: &Facts) -> Vec<Lookup> {
        Vec::new()
    }

    /// The rules, in the order of the specification.
    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error>;
}

/// The authentication scheme that an endpoint asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Client authentication: token, introspection, revocation.
    Basic,
    /// Access tokens: userinfo.
    Bearer,
    /// Initial and registration access tokens: registration, whose other refusals are not about tokens.
    Registration,
    /// None: what is open to everybody has nothing to ask for.
    Open,
}

/// A refusal as it is answered directly: RFC 6749 §5.2, RFC 6750 §3, and RFC 6585 §4 where too much was
/// asked.
pub fn refusal(scheme: Scheme, settings: &Settings, error: &Error) -> Reply {
    let mut reply = Reply::from(body(error).map_or(Contents::Empty, Contents::Json));
    reply.status = if error.retry_after.is_some() { 429 } else { error.code.status() };
    let challenge = challenge(scheme, settings, error).map(|challenge| ("www-authenticate", challenge));
    let later = error.retry_after.map(|seconds| ("retry-after", seconds.to_string()));
    reply.headers.extend(challenge.into_iter().chain(later));
    reply
}

/// The `WWW-Authenticate` header of a refusal, where one is due: with every 401, and with what RFC 6750 §3.1
/// tells about tokens.
fn challenge(scheme: Scheme, settings: &Settings, error: &Error) -> Option<String> {
    let realm = quotable(&settings.issuer);
    let code = error.code;
    match scheme {
        // RFC 7235 §2.1: what is no parameter of the scheme is ignored. Libraries show developers the
        // challenge alone.
        Scheme::Basic if code.status() == 401 => {
            let description = error.wire_description();
            let told = format!("error=\"{code}\", error_description=\"{description}\"");
            Some(format!("Basic realm=\"{realm}\", {told}"))
        }
        Scheme::Basic | Scheme::Open => None,
        Scheme::Registration if code.status() != 401 => None,
        Scheme::Bearer | Scheme::Registration if code == ErrorCode::MissingToken => {
            Some(format!("Bearer realm=\"{realm}\""))
        }
        Scheme::Bearer | Scheme::Registration if code.status() < 500 => {
            let scope = if code == ErrorCode::InsufficientScope { ", scope=\"openid\"" } else { "" };
            let description = error.wire_description();
            Some(format!(
                "Bearer realm=\"{realm}\", error=\"{code}\", error_description=\"{description}\"{scope}"
            ))
        }
        Scheme::Bearer | Scheme::Registration => None,
    }
}

/// The JSON body of a refusal (RFC 6749 §5.2); none when no access token came, as nothing may be told then
/// (RFC 6750 §3.1).
fn body(error: &Error) -> Option<Value> {
    let told = error.code != ErrorCode::MissingToken;
    told.then(|| json!({"error": error.code.as_str(), "error_description": error.wire_description()}))
}

fn quotable(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '"' | '\\') && !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// RFC 7662 §2.1: what is only for clients that prove who they are says so in its advice.
    #[test]
    fn without_a_method_or_by_an_unknown_one_a_client_learns_which_will_do_there() {
        const PROOFS: &str =
            "use one of client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt";
        let bearer =
            testing::with_header(testing::incoming(&[("client_id", "web")]), "authorization", "Bearer abc");
        let mut world = testing::World::new();
        let told = |world: &testing::World, endpoint: &dyn Endpoint, request: &Incoming| {
            let error = testing::read(endpoint, &world.env(), request).map(|_| ()).unwrap_err();
            assert_eq!(
                (error.code, error.rule.map(|rule| rule.id)),
                (ErrorCode::InvalidClient, Some("client_authentication"))
            );
            error.description
        };
        for request in [testing::incoming(&[]), bearer] {
            for (endpoint, ending) in [
                (&token::Token as &dyn Endpoint, ", none"),
                (&revocation::Revocation, ", none"),
                (&introspection::Introspection, ""),
            ] {
                assert!(
                    told(&world, endpoint, &request).ends_with(&format!("{PROOFS}{ending}")),
                    "{}",
                    endpoint.name()
                );
            }
        }
        world.settings.offer.only("token_endpoint_auth_methods_supported", vec!["private_key_jwt".into()]);
        assert!(told(&world, &token::Token, &testing::incoming(&[])).ends_with("use one of private_key_jwt"));
    }

    #[test]
    fn every_name_is_one_endpoint_s_and_what_lies_below_names_those_that_there_are() {
        let names: Vec<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.name()).collect();
        for name in &names {
            assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
            assert!(paths().of(name).starts_with('/'), "{name}");
        }
        // `resource` and `registration` lie below the table, and know these by their names.
        for name in ["userinfo", "registration"] {
            assert!(names.contains(&name), "{name}");
        }
    }

    #[test]
    fn a_row_has_the_name_of_its_file() {
        let mut names: Vec<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.name()).collect();
        // It speaks for a host and not for an issuer, so that it is at the one place that RFC 7033 gives it.
        names.push("webfinger");
        names.sort_unstable();
        assert_eq!(names, testing::files_of("endpoint"));
    }

    #[test]
    fn without_a_token_the_challenge_is_bare() {
        for none in [
            testing::incoming(&[]),
            testing::with_header(testing::incoming(&[]), "authorization", "Basic d2ViOng="),
            testing::incoming(&[("access_token", "")]),
        ] {
            let error = none.bearer().unwrap_err();
            assert_eq!(error.code.status(), 401);
            let header = challenge(Scheme::Bearer, &testing::settings(), &error);
            assert_eq!(header.as_deref(), Some("Bearer realm=\"https://op.example\""));
            assert_eq!(body(&error), None);
        }
    }

    #[test]
    fn refused_tokens_are_explained() {
        let settings = testing::settings();
        let header = |error| challenge(Scheme::Bearer, &settings, &error);
        assert_eq!(
            header(Error::invalid_token("it has \"expired\"")).unwrap(),
            "Bearer realm=\"https://op.example\", error=\"invalid_token\", error_description=\"it has 'expired'\""
        );
        let scope = header(Error::new(ErrorCode::InsufficientScope, "openid is missing")).unwrap();
        assert!(scope.ends_with(", scope=\"openid\""), "{scope}");
        assert_eq!(header(Error::server("disk")), None);
    }

    /// RFC 7235 §3.1, RFC 7033 §4.2.
    #[test]
    fn what_is_open_asks_for_nothing() {
        for error in [Error::invalid_request("no"), Error::invalid_token("no"), Error::invalid_client("no")] {
            assert_eq!(challenge(Scheme::Open, &testing::settings(), &error), None);
        }
        let bad = challenge(Scheme::Registration, &testing::settings(), &Error::invalid_request("no"));
        assert_eq!(bad, None);
    }

    const NO: &str = "Basic realm=\"https://op.example\", error=\"invalid_client\", error_description=\"no\"";

    #[test]
    fn who_asked_too_much_learns_when_to_come_again() {
        let error = Error::new(ErrorCode::TemporarilyUnavailable, "wait").after(7);
        let reply = refusal(Scheme::Basic, &testing::settings(), &error);
        assert_eq!((reply.status, reply.headers), (429, vec![("retry-after", "7".to_owned())]));
        let wrong = refusal(Scheme::Basic, &testing::settings(), &Error::invalid_client("no"));
        assert_eq!(wrong.status, 401);
        assert_eq!(wrong.headers, [("www-authenticate", NO.to_owned())]);
    }

    #[test]
    fn only_401_asks_for_client_authentication() {
        let settings = testing::settings();
        let header = |error| challenge(Scheme::Basic, &settings, &error);
        assert_eq!(header(Error::invalid_client("no")).unwrap(), NO);
        assert_eq!(header(Error::invalid_grant("no")), None);
        assert_eq!(
            body(&Error::invalid_grant("no").because("private")).unwrap(),
            json!({"error": "invalid_grant", "error_description": "no"})
        );
    }
}

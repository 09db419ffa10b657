//! RFC 8707 §2: protected resources (APIs), the `resource` parameter, and the audience of access tokens that
//! follows from it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use url::Url;

use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::id::ClientId;
use crate::params::Params;
use crate::record::client::AccessTokenFormat;
use crate::record::{Client, Grant};
use crate::scope::Scope;
use crate::settings::Settings;

/// An API that access tokens are for, as the operator describes it for all clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// An absolute URI without a fragment: what clients ask for, and the `aud` of its tokens.
    pub identifier: String,
    /// Its name for people.
    pub name: Option<String>,
    /// The same by language (BCP 47).
    pub names: BTreeMap<String, String>,
    /// The scopes that mean something there. Only who may ask for the resource may ask for them.
    pub scopes: Vec<String>,
    /// How its tokens look, whatever the client's are; none: as the client's.
    pub format: Option<AccessTokenFormat>,
    /// What the header of its JWT access tokens says they are.
    pub typ: Typ,
    /// How its JWT access tokens are signed; none: as all others.
    pub signing_alg: Option<String>,
    /// Seconds that its tokens live; none: as the client's.
    pub access_token: Option<u64>,
    /// Who may ask for it.
    pub open_to: OpenTo,
    /// Clients (its own servers) that may introspect its tokens.
    pub introspected_by: Vec<ClientId>,
}

/// Who may ask for a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OpenTo {
    /// Every client.
    #[default]
    All,
    /// Those that registered themselves, or are known by their metadata document.
    Registered,
    /// These.
    Clients(Vec<ClientId>),
}

/// `typ` of a JWT access token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Typ {
    /// `at+jwt`: no other JWT of the issuer can be taken for it (RFC 9068 §2.1).
    #[default]
    AccessToken,
    /// `JWT`, for libraries that refuse all else. What they accept by it they have to tell from ID tokens by
    /// `aud`.
    Jwt,
}

impl Resource {
    /// Whether the client may ask for it.
    pub fn is_open_to(&self, client: &Client) -> bool {
        match &self.open_to {
            OpenTo::All => true,
            OpenTo::Registered => client.registered,
            OpenTo::Clients(clients) => clients.contains(&client.client_id),
        }
    }
}

/// The resources that the request names, as they are written here: each one that the client may name.
pub fn requested(env: &Env<'_>, client: &Client, params: &Params) -> Result<Vec<String>, Error> {
    let mut resources: Vec<String> = Vec::new();
    let mut asked: Vec<&str> = Vec::new();
    for resource in params.all("resource") {
        if !asked.contains(&resource) {
            asked.push(resource);
        }
    }
    if asked.len() > MOST_RESOURCES {
        return Err(invalid_target(format!("at most {MOST_RESOURCES} resources may be named")));
    }
    for resource in asked {
        if Url::parse(resource).is_err() || resource.contains('#') {
            return Err(invalid_target("resource must be an absolute URI without a fragment"));
        }
        let known =
            find_nameable(env.settings, client, resource).ok_or_else(|| unknown(env.settings, client))?;
        if !resources.iter().any(|earlier| earlier == known) {
            resources.push(known.to_owned());
        }
    }
    Ok(resources)
}

/// More than any request needs: each one is compared with all that are known.
const MOST_RESOURCES: usize = 20;

/// What a client means by a resource: the very text, or else the one that differs only in how URLs are
/// written.
fn find_nameable<'a>(settings: &'a Settings, client: &'a Client, resource: &'a str) -> Option<&'a str> {
    if is_ours(settings, resource) {
        return Some(resource);
    }
    let exact = nameable(settings, client).find(|known| *known == resource);
    exact.or_else(|| nameable(settings, client).find(|known| is_same(known, resource)))
}

/// What a client may name beyond this provider itself: its own list, and what is open to it.
fn nameable<'a>(settings: &'a Settings, client: &'a Client) -> impl Iterator<Item = &'a str> {
    let open = settings.resources.iter().filter(|resource| resource.is_open_to(client));
    client.resources.iter().map(String::as_str).chain(open.map(|resource| resource.identifier.as_str()))
}

/// RFC 3986 §6.2.2, §6.2.3: scheme and host in any case, the default port, and a slash at the end. Client
/// libraries write the address of an API as their URL parser does, which adds the slash where there is no
/// path.
fn is_same(known: &str, asked: &str) -> bool {
    // Most differ in length by more than a slash or a port.
    known.len().abs_diff(asked.len()) <= ":443/".len()
        && written(known).is_some_and(|known| written(asked) == Some(known))
}

fn written(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| url.fragment().is_none() && url.has_host())?;
    let text = url.to_string();
    Some(if url.query().is_none() { text.trim_end_matches('/').to_owned() } else { text })
}

fn unknown(settings: &Settings, client: &Client) -> Error {
    const MOST: usize = 10;
    let known: Vec<&str> = nameable(settings, client).take(MOST).collect();
    let description = match known.as_slice() {
        [] => "resource is unknown, and this client may name none; the operator lists them in [[resources]], or for the client alone"
            .to_owned(),
        known => format!("resource is none that this client may name, which are {}", known.join(" ")),
    };
    Error::new(ErrorCode::InvalidTarget, description)
}

/// How access tokens with this audience have to look, by what the operator says of the resources in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms<'a> {
    /// The format, if any says.
    pub format: Option<AccessTokenFormat>,
    /// The type, where all agree that it is not the usual one.
    pub typ: Typ,
    /// The algorithm, if any says.
    pub signing_alg: Option<&'a str>,
    /// The shortest life, in seconds, if any says.
    pub access_token: Option<u64>,
}

/// The terms of all resources in an audience; none of them gets more than it asks for.
pub fn terms<'a>(settings: &'a Settings, audience: &[String]) -> Terms<'a> {
    let among = || settings.resources.iter().filter(|resource| audience.contains(&resource.identifier));
    let opaque = among().any(|resource| resource.format == Some(AccessTokenFormat::Opaque));
    let wants_plain =
        |one: &String| among().any(|resource| resource.identifier == *one && resource.typ == Typ::Jwt);
    let mut others = audience.iter().filter(|one| !is_ours(settings, one)).peekable();
    let plain = others.peek().is_some() && others.all(wants_plain);
    Terms {
        format: match opaque {
            true => Some(AccessTokenFormat::Opaque),
            false => among().find_map(|resource| resource.format),
        },
        typ: if plain { Typ::Jwt } else { Typ::AccessToken },
        signing_alg: among().find_map(|resource| resource.signing_alg.as_deref()),
        access_token: among().filter_map(|resource| resource.access_token).min(),
    }
}

/// Seconds that an access token for this audience lives: as long as the client's, or as the resources say;
/// where both do, the shorter.
pub fn access_token_lifetime(settings: &Settings, client: &Client, audience: &[String]) -> u64 {
    let own = [client.lifetimes.access_token, terms(settings, audience).access_token];
    own.into_iter().flatten().min().unwrap_or(settings.lifetimes.access_token)
}

/// Whether a client may introspect tokens with this audience because one of the resources there says so.
pub fn may_introspect(settings: &Settings, asker: &ClientId, audience: &[String]) -> bool {
    let mut among = settings.resources.iter().filter(|resource| audience.contains(&resource.identifier));
    among.any(|resource| resource.introspected_by.contains(asker))
}

/// RFC 8707 §2.2: a token request may ask for fewer resources than the authorization request named, never for
/// others.
pub fn within(grant: &Grant, asked: &[String]) -> Result<(), Error> {
    let covered = |resource: &String| grant.resources.contains(resource);
    if grant.resources.is_empty() || asked.iter().all(covered) {
        Ok(())
    } else {
        Err(invalid_target("resource was not named in the authorization request"))
    }
}

/// Whether a scope means something everywhere, or at a resource that is not only for some clients by name.
pub fn is_open_to_any(settings: &Settings, word: &str) -> bool {
    let mut having = having(settings, word).peekable();
    having.peek().is_none() || having.any(|resource| !matches!(resource.open_to, OpenTo::Clients(_)))
}

/// RFC 8707 §2.2: of a scope that was granted, what goes into a token with this audience. A scope that is one
/// of a resource goes there only: the API that gets the token could use it at the other, where the person
/// agreed to something else.
pub fn narrowed(settings: &Settings, audience: &[String], scope: &Scope) -> Scope {
    scope.filtered(|word| {
        let mut having = having(settings, word).peekable();
        having.peek().is_none() || having.any(|resource| audience.contains(&resource.identifier))
    })
}

/// The resources at which a scope means something; none where it does everywhere.
pub(crate) fn having<'a>(settings: &'a Settings, word: &str) -> impl Iterator<Item = &'a Resource> {
    settings.resources.iter().filter(move |resource| resource.scopes.iter().any(|scope| scope == word))
}

/// The audience of an access token. What the request names is taken as it is. Without that it is what the
/// grant or the client's registration names, to which the issuer is added when the token is meant for
/// UserInfo too.
pub fn audience(
    settings: &Settings,
    client: &Client,
    granted: &[String],
    scope: &Scope,
    asked: &[String],
) -> Vec<String> {
    if !asked.is_empty() {
        return asked.to_vec();
    }
    let usual = match client.access_token_audience.as_slice() {
        [] => &settings.access_token_audience,
        own => own,
    };
    let named = if granted.is_empty() { usual } else { granted };
    let mut audience = named.to_vec();
    let for_userinfo = scope.contains("openid") && !is_for_us(settings, &audience);
    if audience.is_empty() || for_userinfo {
        audience.push(settings.issuer.clone());
    }
    audience
}

/// Whether a token with this audience may be used at the provider's own endpoints.
pub fn is_for_us(settings: &Settings, audience: &[String]) -> bool {
    audience.iter().any(|resource| is_ours(settings, resource))
}

fn is_ours(settings: &Settings, resource: &str) -> bool {
    resource == settings.issuer || resource == settings.url(&settings.paths.userinfo)
}

fn invalid_target(description: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorCode::InvalidTarget, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, World};

    const API: &str = "https://api.example/v1";

    fn asked(query: &str) -> Result<Vec<String>, Error> {
        let world = World::new();
        let mut client = testing::client("web");
        client.resources = vec![API.into(), "https://files.example/#part".into(), "files".into()];
        requested(&world.env(), &client, &Params::parse(query).unwrap())
    }

    fn resource(identifier: &str) -> Resource {
        Resource { identifier: identifier.into(), ..Resource::default() }
    }

    fn asked_of(resources: Vec<Resource>, client: &Client, query: &str) -> Result<Vec<String>, Error> {
        let mut world = World::new();
        world.settings.resources = resources;
        requested(&world.env(), client, &Params::parse(query).unwrap())
    }

    #[test]
    fn a_resource_is_open_to_whom_the_operator_says() {
        let (configured, mut registered) = (testing::client("web"), testing::client("mcp"));
        registered.registered = true;
        for (open_to, to_configured, to_registered) in [
            (OpenTo::All, true, true),
            (OpenTo::Registered, false, true),
            (OpenTo::Clients(vec!["web".into()]), true, false),
            (OpenTo::Clients(Vec::new()), false, false),
        ] {
            for (client, open) in [(&configured, to_configured), (&registered, to_registered)] {
                let resources = vec![Resource { open_to: open_to.clone(), ..resource(API) }];
                let found = asked_of(resources, client, "resource=https://api.example/v1");
                assert_eq!(found.is_ok(), open, "{open_to:?} {}", client.client_id);
            }
        }
    }

    #[test]
    fn a_request_names_a_bounded_number_of_resources() {
        let query = |resources: usize| {
            let written = |number| format!("resource=https://api.example/v1{}", "/".repeat(number));
            (0..resources).map(written).collect::<Vec<_>>().join("&")
        };
        assert_eq!(asked(&["resource=https://api.example/v1"; 100].join("&")).unwrap(), [API]);
        assert_eq!(
            asked(&query(MOST_RESOURCES + 1)).unwrap_err().description,
            "at most 20 resources may be named"
        );
    }

    #[test]
    fn a_refusal_says_what_the_client_may_name() {
        let mut web = testing::client("web");
        let none = asked_of(Vec::new(), &web, "resource=https://evil.example/").unwrap_err();
        assert!(none.description.contains("may name none"), "{none}");
        web.resources = vec!["urn:own".into()];
        let closed = Resource { open_to: OpenTo::Clients(Vec::new()), ..resource("https://closed.example/") };
        let error =
            asked_of(vec![resource(API), closed], &web, "resource=https://evil.example/").unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidTarget);
        assert_eq!(
            error.description,
            "resource is none that this client may name, which are urn:own https://api.example/v1"
        );
    }

    #[test]
    fn a_resource_is_found_as_url_parsers_write_it_and_kept_as_it_is_written_here() {
        let web = testing::client("web");
        let found = |known: &[&str], asked: &str| {
            let resources = known.iter().map(|known| resource(known)).collect();
            asked_of(resources, &web, &format!("resource={asked}")).ok().map(|mut found| found.remove(0))
        };
        for (known, asked) in [
            ("https://mcp.example", "https://mcp.example/"),
            ("https://mcp.example/", "https://mcp.example"),
            ("https://mcp.example/mcp", "HTTPS://MCP.example:443/mcp/"),
            ("urn:api", "urn:api"),
        ] {
            assert_eq!(found(&[known], asked).as_deref(), Some(known), "{asked}");
        }
        let both = ["https://mcp.example/mcp", "https://mcp.example/mcp/"];
        for exact in both {
            assert_eq!(found(&both, exact).as_deref(), Some(exact));
        }
        for (known, asked) in [
            ("https://mcp.example/mcp", "https://mcp.example/MCP"),
            ("https://mcp.example/mcp", "http://mcp.example/mcp"),
            ("https://mcp.example/mcp", "https://mcp.example/mcp?x=1"),
            ("https://mcp.example/mcp", "https://mcp.example/mcp/x"),
            ("urn:api", "urn:api/"),
        ] {
            assert_eq!(found(&[known], asked), None, "{asked}");
        }
    }

    #[test]
    fn tokens_follow_the_terms_of_their_resources() {
        let mut settings = testing::settings();
        let (short, opaque) = ("https://short.example".to_owned(), "https://opaque.example".to_owned());
        settings.resources = vec![
            Resource {
                format: Some(AccessTokenFormat::Jwt),
                typ: Typ::Jwt,
                signing_alg: Some("ES256".into()),
                access_token: Some(60),
                ..resource(&short)
            },
            Resource {
                format: Some(AccessTokenFormat::Opaque),
                access_token: Some(600),
                ..resource(&opaque)
            },
        ];
        let one = terms(&settings, std::slice::from_ref(&short));
        assert_eq!(
            (one.format, one.typ, one.signing_alg, one.access_token),
            (Some(AccessTokenFormat::Jwt), Typ::Jwt, Some("ES256"), Some(60))
        );
        let both = terms(&settings, &[opaque.clone(), short.clone()]);
        assert_eq!(
            (both.format, both.typ, both.access_token),
            (Some(AccessTokenFormat::Opaque), Typ::AccessToken, Some(60))
        );
        assert_eq!(terms(&settings, &["https://op.example".into()]), Terms::default());
        let mut client = testing::client("web");
        assert_eq!(access_token_lifetime(&settings, &client, &[]), 3600);
        assert_eq!(access_token_lifetime(&settings, &client, std::slice::from_ref(&opaque)), 600);
        client.lifetimes.access_token = Some(300);
        assert_eq!(access_token_lifetime(&settings, &client, std::slice::from_ref(&opaque)), 300);
        assert_eq!(access_token_lifetime(&settings, &client, &[short]), 60);
    }

    #[test]
    fn registered_and_own_resources_may_be_named_once_or_more() {
        assert_eq!(asked("scope=openid").unwrap(), Vec::<String>::new());
        assert_eq!(asked("resource=https://api.example/v1&resource=https://api.example/v1").unwrap(), [API]);
        let both = asked("resource=https://op.example&resource=https://op.example/userinfo").unwrap();
        assert_eq!(both, ["https://op.example", "https://op.example/userinfo"]);
    }

    #[test]
    fn other_resources_are_an_invalid_target() {
        for bad in
            ["https://evil.example/", "https://files.example/%23part", "files", "https://api.example/v1/x"]
        {
            let error = asked(&format!("resource={bad}")).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidTarget, "{bad}");
        }
    }

    #[test]
    fn a_token_has_the_scopes_of_its_resources_and_of_no_other() {
        let mut settings = testing::settings();
        let with = |identifier: &str, scopes: &[&str]| Resource {
            scopes: scopes.iter().map(|word| (*word).to_owned()).collect(),
            ..resource(identifier)
        };
        settings.resources =
            vec![with("https://a.example", &["a", "both"]), with("https://b.example", &["b", "both"])];
        let scope = Scope::from_words(["openid", "a", "b", "both", "other"]);
        for (audience, left) in [
            (vec!["https://op.example"], "openid other"),
            (vec!["https://a.example"], "openid a both other"),
            (vec!["https://b.example", "https://op.example"], "openid b both other"),
            (vec!["https://a.example", "https://b.example"], "openid a b both other"),
        ] {
            let audience: Vec<String> = audience.into_iter().map(str::to_owned).collect();
            assert_eq!(narrowed(&settings, &audience, &scope).to_string(), left, "{audience:?}");
        }
    }

    #[test]
    fn a_token_request_never_goes_beyond_the_grant() {
        let world = World::new();
        let mut grant = world.grant(&testing::client("web"), &testing::user("diana"), "openid");
        within(&grant, &[API.into()]).unwrap();
        grant.resources = vec![API.into()];
        within(&grant, &[API.into()]).unwrap();
        within(&grant, &[]).unwrap();
        let error = within(&grant, &[API.into(), "https://op.example".into()]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidTarget);
    }

    #[test]
    fn the_audience_is_what_was_asked_else_granted_else_registered_else_the_issuer() {
        let settings = testing::settings();
        let mut client = testing::client("web");
        let (openid, api) = (Scope::from_words(["openid"]), Scope::from_words(["api"]));
        let granted = [API.to_owned()];
        assert_eq!(audience(&settings, &client, &[], &api, &[]), ["https://op.example"]);
        assert_eq!(audience(&settings, &client, &granted, &api, &[]), [API]);
        assert_eq!(audience(&settings, &client, &granted, &openid, &[]), [API, "https://op.example"]);
        assert_eq!(audience(&settings, &client, &granted, &openid, &granted), [API]);
        client.access_token_audience = vec!["urn:x".into()];
        assert_eq!(audience(&settings, &client, &[], &api, &[]), ["urn:x"]);
        assert_eq!(audience(&settings, &client, &granted, &api, &[]), [API]);
        let userinfo = ["https://op.example/userinfo".to_owned()];
        assert_eq!(audience(&settings, &client, &userinfo, &openid, &[]), userinfo);
    }
}

//! RFC 8707 §2: the `resource` parameter, and the audience of access tokens that follows from it.

use url::Url;

use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::params::Params;
use crate::record::{Client, Grant};
use crate::scope::Scope;
use crate::settings::Settings;

/// The resources that the request names: each an absolute URI without a fragment that the client may name.
pub fn requested(env: &Env<'_>, client: &Client, params: &Params) -> Result<Vec<String>, Error> {
    let mut resources: Vec<String> = Vec::new();
    for resource in params.all("resource") {
        if Url::parse(resource).is_err() || resource.contains('#') {
            return Err(invalid_target("resource must be an absolute URI without a fragment"));
        }
        if !is_ours(env.settings, resource) && !client.resources.iter().any(|r| r == resource) {
            return Err(invalid_target("resource is unknown, or not registered for this client"));
        }
        if !resources.iter().any(|r| r == resource) {
            resources.push(resource.to_owned());
        }
    }
    Ok(resources)
}

/// RFC 8707 §2.2: a token request may ask for fewer resources than the authorization request named, never for others.
pub fn within(grant: &Grant, asked: &[String]) -> Result<(), Error> {
    let covered = |resource: &String| grant.resources.contains(resource);
    if grant.resources.is_empty() || asked.iter().all(covered) {
        Ok(())
    } else {
        Err(invalid_target("resource was not named in the authorization request"))
    }
}

/// The audience of an access token. What the request names is taken as it is. Without that it is what the grant or the client's
/// registration names, to which the issuer is added when the token is meant for UserInfo too.
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

fn invalid_target(description: &'static str) -> Error {
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
            ["https://evil.example/", "https://files.example/%23part", "files", "https://api.example/v1/"]
        {
            let error = asked(&format!("resource={bad}")).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidTarget, "{bad}");
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

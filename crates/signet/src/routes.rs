//! Every address that is served, with the key that gives it its path, so that no two are one.

use std::borrow::Cow;

use signet_core::endpoint::{ENDPOINTS, webfinger};
use signet_core::issuer;
use signet_core::settings::Paths;

/// Two things that would be served at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The key of the configuration that can be changed.
    pub key: String,
    /// Both, and the address.
    pub what: String,
}

struct Route {
    name: Cow<'static, str>,
    /// Where its path comes from; `issuer` where no key of its own gives it.
    key: Cow<'static, str>,
    path: String,
}

/// An issuer with a path has its metadata below the path and below the root (RFC 8414 §3.1, §5); without one
/// they are the same.
pub(crate) fn wells(base: &str) -> Vec<String> {
    const NAMES: [&str; 2] = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    let below = NAMES.iter().map(|name| format!("{base}{name}"));
    let root = NAMES.iter().filter(|_| !base.is_empty()).map(|name| format!("{name}{base}"));
    below.chain(root).collect()
}

/// The first two things that an issuer and the paths of endpoints put at one address.
pub fn overlap(of_issuer: &str, paths: &Paths) -> Option<Overlap> {
    let routes = routes(&issuer::path(of_issuer), paths);
    routes.iter().enumerate().find_map(|(index, one)| {
        let earlier = routes.iter().take(index).find(|other| meet(&other.path, &one.path))?;
        Some(Overlap {
            key: if one.key == "issuer" { &earlier.key } else { &one.key }.to_string(),
            what: format!("{} and {} would both be at {}", earlier.name, one.name, one.path),
        })
    })
}

fn routes(base: &str, paths: &Paths) -> Vec<Route> {
    let at = |path: &str| format!("{base}{path}");
    let mut routes: Vec<Route> = wells(base)
        .into_iter()
        .map(|path| Route { name: "the metadata".into(), key: "issuer".into(), path })
        .collect();
    for (name, path) in [
        ("WebFinger", webfinger::PATH),
        ("the readiness probe", "/health/ready"),
        ("the liveness probe", "/health/live"),
        ("the metrics", "/metrics"),
    ] {
        routes.push(Route { name: name.into(), key: "issuer".into(), path: path.to_owned() });
    }
    for (name, path) in [
        ("the sign-in page", "/interaction/{handle}"),
        ("the style sheet", "/assets/{file}"),
        ("a logo", "/logo/{name}"),
    ] {
        routes.push(Route { name: name.into(), key: "issuer".into(), path: at(path) });
    }
    for endpoint in ENDPOINTS {
        let key: Cow<'_, str> = format!("endpoint.{}.path", endpoint.name()).into();
        let path = at(paths.of(endpoint.name()));
        if let Some((name, _)) = endpoint.below() {
            routes.push(Route { name: name.into(), key: key.clone(), path: below(&path) });
        }
        routes.push(Route { name: endpoint.title(), key, path });
    }
    routes
}

/// Where each client has a segment to itself below an endpoint.
pub(crate) fn below(path: &str) -> String {
    format!("{path}/{{client}}")
}

/// Whether an address can be meant by both: segment by segment, where one in braces is any.
fn meet(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.split('/'), other.split('/'));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || a.starts_with('{') || b.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Provider;
    use signet_core::endpoint;

    fn paths(change: impl Fn(&mut Paths)) -> Paths {
        let mut paths = endpoint::paths();
        change(&mut paths);
        paths
    }

    #[test]
    fn an_issuer_and_its_endpoints_have_an_address_each() {
        const OP: &str = "https://op.example";
        for (issuer, paths, key, names) in [
            ("https://op.example/.well-known/openid-configuration", endpoint::paths(), "issuer", "metadata"),
            (
                "https://op.example/.well-known/oauth-authorization-server",
                endpoint::paths(),
                "issuer",
                "metadata",
            ),
            (
                "https://op.example/health",
                paths(|p| p.set("token", "/ready")),
                "endpoint.token.path",
                "readiness",
            ),
            (
                "https://op.example/.well-known",
                paths(|p| p.set("token", "/webfinger")),
                "endpoint.token.path",
                "WebFinger",
            ),
            (OP, paths(|p| p.set("token", "/userinfo")), "endpoint.userinfo.path", "token endpoint"),
            (
                OP,
                paths(|p| p.set("token", "/register/token")),
                "endpoint.registration.path",
                "a registration",
            ),
            (OP, paths(|p| p.set("token", "/assets/token")), "endpoint.token.path", "style sheet"),
            (OP, paths(|p| p.set("jwks", "/interaction/keys")), "endpoint.jwks.path", "sign-in page"),
            (OP, paths(|p| p.set("jwks", "/metrics")), "endpoint.jwks.path", "metrics"),
            (OP, paths(|p| p.set("jwks", "/logo/keys")), "endpoint.jwks.path", "logo"),
            (OP, paths(|p| p.set("jwks", "/health/live")), "endpoint.jwks.path", "liveness"),
            (
                OP,
                paths(|p| p.set("jwks", "/.well-known/openid-configuration")),
                "endpoint.jwks.path",
                "metadata",
            ),
        ] {
            let found = overlap(issuer, &paths).unwrap_or_else(|| panic!("{issuer} {paths:?}"));
            assert_eq!(found.key, key, "{issuer}: {found:?}");
            assert!(found.what.contains(names), "{found:?}");
        }
        for issuer in [
            OP,
            "https://op.example/realms/a",
            "https://op.example/.well-known",
            "https://op.example/metrics",
        ] {
            assert_eq!(overlap(issuer, &endpoint::paths()), None, "{issuer}");
        }
    }

    /// What is found free of overlaps is served; what is not must not get so far as to panic.
    #[tokio::test]
    async fn what_has_an_address_each_makes_a_router() {
        for issuer in [
            "https://op.example",
            "https://op.example/a",
            "https://op.example/.well-known",
            "https://op.example/.well-known/openid-configuration",
            "https://op.example/metrics",
            "https://op.example/health/ready",
            "https://op.example/assets",
            "https://op.example/interaction/x",
        ] {
            let built = Provider::builder(issuer).signing_algs(vec!["ES256".into()]).build().await;
            match built {
                Ok(provider) => drop(provider.site()),
                Err(error) => assert!(error.to_string().contains("would both be at"), "{error}"),
            }
            assert_eq!(
                overlap(issuer, &endpoint::paths()).is_some(),
                issuer.ends_with("openid-configuration")
            );
        }
    }
}

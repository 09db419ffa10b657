//! The table of our own routes. From it come the routes, the check that no two are at one address, what
//! scripts of other origins may do there (CORS), which paths no endpoint gets, and which requests are logged
//! at `debug`.

use std::borrow::Cow;

use signet_core::endpoint::{Door, ENDPOINTS, Endpoint, Own, webfinger};
use signet_core::issuer;
use signet_core::settings::Paths;

use crate::pages::account::{self, ACCOUNT, AccountPage};
use crate::pages::asset;

/// Whether the process lives.
pub(crate) const LIVE: &str = "/health/live";
/// Whether it can do its work.
pub(crate) const READY: &str = "/health/ready";
/// What it has counted.
pub(crate) const METRICS: &str = "/metrics";
/// Where a request waits for its person.
pub(crate) const INTERACTION: &str = "/interaction/{handle}";
/// What takes an answer to the application after a form.
pub(crate) const ANSWER: &str = "/answer/{sealed}";
/// The picture of an application.
pub(crate) const LOGO: &str = "/logo/{name}";

/// What is served besides the endpoints and the pages of the account.
static OWN: &[Row] = &[
    row("the metadata", At::Well, "/.well-known/openid-configuration", Serves::Metadata).document(),
    row("the metadata", At::Well, "/.well-known/oauth-authorization-server", Serves::Metadata).document(),
    row("WebFinger", At::Host, webfinger::PATH, Serves::WebFinger).document(),
    row("the readiness probe", At::Host, READY, Serves::Watchers).routine(),
    row("the liveness probe", At::Host, LIVE, Serves::Watchers).routine(),
    row("the metrics", At::Host, METRICS, Serves::Watchers).routine(),
    row("the sign-in page", At::Issuer, INTERACTION, Serves::Interaction),
    row("the page of an answer", At::Issuer, ANSWER, Serves::Answer),
    row("the style sheet", At::Issuer, asset::PATH, Serves::Asset).routine(),
    row("a logo", At::Issuer, LOGO, Serves::Logo),
];

/// Rooms for pages that may come, besides those in which there are some.
const ROOMS: [&str; 2] = [account::ROOM, "/admin"];

struct Row {
    name: &'static str,
    at: At,
    path: &'static str,
    serves: Serves,
    opening: Option<Opening>,
    routine: bool,
}

const fn row(name: &'static str, at: At, path: &'static str, serves: Serves) -> Row {
    Row { name, at, path, serves, opening: None, routine: false }
}

impl Row {
    const fn document(self) -> Self {
        Self { opening: Some(Opening::Document), ..self }
    }

    /// It says nothing about anybody: files of pages, probes and scrapes.
    const fn routine(self) -> Self {
        Self { routine: true, ..self }
    }
}

/// Where a path begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Below the issuer, and where that has a path below the root as well (RFC 8414 §3.1, §5).
    Well,
    /// At the root of the host.
    Host,
    /// Below the issuer.
    Issuer,
}

/// What answers at a route.
#[derive(Clone, Copy)]
pub(crate) enum Serves {
    /// An endpoint.
    Endpoint(&'static dyn Endpoint),
    /// What clients have registered, each below the endpoint in a segment of its own.
    Registered,
    /// A page of the person who is signed in.
    Account(&'static dyn AccountPage),
    /// The provider's metadata.
    Metadata,
    /// WebFinger.
    WebFinger,
    /// A request that waits for its person.
    Interaction,
    /// An answer on its way to the application.
    Answer,
    /// A static file of the pages.
    Asset,
    /// The picture of an application.
    Logo,
    /// A router of its own, for those who watch over us.
    Watchers,
}

/// What scripts of other origins may do at a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// Read a document that everybody may read: discovery and keys.
    Document,
    /// Call an endpoint whose caller brings its own credentials: token, userinfo, revocation.
    Call,
    /// Register, with credentials of its own too, or with none.
    Registration,
}

impl Opening {
    /// What they may do at an endpoint, where they may do anything.
    fn of(endpoint: &dyn Endpoint) -> Option<Self> {
        match endpoint.door() {
            _ if !endpoint.cors() => None,
            Door::Own(Own::Keys) => Some(Self::Document),
            Door::Own(Own::Registration) => Some(Self::Registration),
            _ => Some(Self::Call),
        }
    }
}

/// A route of one provider.
pub(crate) struct Route {
    /// What operators call it.
    pub(crate) name: Cow<'static, str>,
    /// Where its path comes from; `issuer` where no key of its own gives it.
    key: Cow<'static, str>,
    /// The pattern of its path.
    pub(crate) path: String,
    /// What answers there.
    pub(crate) serves: Serves,
    /// What scripts of other origins may do there.
    pub(crate) opening: Option<Opening>,
}

/// Every route of an issuer whose path is `base`.
pub(crate) fn all(base: &str, paths: &Paths) -> Vec<Route> {
    let (mut routes, mut below_root) = (Vec::new(), Vec::new());
    let of_issuer = |name: &'static str, path: String, serves, opening| Route {
        name: name.into(),
        key: "issuer".into(),
        path,
        serves,
        opening,
    };
    for Row { name, at, path, serves, opening, .. } in OWN {
        let below = if *at == At::Host { "" } else { base };
        routes.push(of_issuer(name, format!("{below}{path}"), *serves, *opening));
        if *at == At::Well && !base.is_empty() {
            below_root.push(of_issuer(name, format!("{path}{base}"), *serves, *opening));
        }
    }
    routes.append(&mut below_root);
    for page in ACCOUNT {
        let path = format!("{base}{}/{}", account::ROOM, page.name());
        routes.push(of_issuer("a page of the account", path, Serves::Account(*page), None));
    }
    for endpoint in ENDPOINTS {
        let key: Cow<'_, str> = format!("endpoint.{}.path", endpoint.name()).into();
        let path = format!("{base}{}", paths.of(endpoint.name()));
        let opening = Opening::of(*endpoint);
        if let Some((name, _)) = endpoint.below() {
            let (name, path, serves) = (name.into(), format!("{path}/{{client}}"), Serves::Registered);
            routes.push(Route { name, key: key.clone(), path, serves, opening });
        }
        routes.push(Route {
            name: endpoint.title(),
            key,
            path,
            serves: Serves::Endpoint(*endpoint),
            opening,
        });
    }
    routes
}

/// What scripts of other origins may do at the route of this pattern.
pub(crate) fn opening(of_issuer: &str, paths: &Paths, pattern: &str) -> Option<Opening> {
    all(&issuer::path(of_issuer), paths).into_iter().find(|route| route.path == pattern)?.opening
}

/// Whether a request to the route of this pattern says nothing about anybody.
#[cfg_attr(not(feature = "serve"), expect(dead_code, reason = "the server loop logs requests"))]
pub(crate) fn is_routine(pattern: &str) -> bool {
    OWN.iter().filter(|row| row.routine).any(|row| match row.at {
        At::Host => pattern == row.path,
        At::Well | At::Issuer => pattern.ends_with(row.path),
    })
}

/// The path of a pattern, with this in its last segment.
pub(crate) fn named(pattern: &str, name: &str) -> String {
    let start = pattern.split('{').next().unwrap_or_default();
    [start, name].concat()
}

/// What is wrong with the path of an endpoint, and what to do.
pub fn path_fault(path: &str) -> Option<(String, &'static str)> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b);
    let dots = path.split('/').any(|part| part == "." || part == "..");
    let is_path = path.len() >= 2 && path.starts_with('/') && !path.ends_with('/') && !path.contains("//");
    if !is_path || dots || !path.bytes().all(plain) {
        let advice = "write letters, digits and - . _ ~ between slashes, such as \"/oauth/token\"";
        Some((format!("{path:?} is not a path"), advice))
    } else if is_reserved(path) {
        Some((format!("{path} is taken by Signet's own pages"), "choose another"))
    } else {
        None
    }
}

/// Whether a path below the issuer lies in a room that is for pages and documents of ours, or will be.
fn is_reserved(path: &str) -> bool {
    let of_host = OWN.iter().filter(|row| row.at != At::Issuer).map(|row| row.path);
    of_host.chain(ROOMS).any(|ours| room(ours) == room(path))
}

fn room(path: &str) -> Option<&str> {
    path.split('/').nth(1)
}

/// Two things that would be served at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The key of the configuration that can be changed.
    pub key: String,
    /// Both, and the address.
    pub what: String,
}

/// The first two things that an issuer and the paths of endpoints put at one address.
pub fn overlap(of_issuer: &str, paths: &Paths) -> Option<Overlap> {
    let routes = all(&issuer::path(of_issuer), paths);
    routes.iter().enumerate().find_map(|(index, one)| {
        let earlier = routes.iter().take(index).find(|other| meet(&other.path, &one.path))?;
        Some(Overlap {
            key: if one.key == "issuer" { &earlier.key } else { &one.key }.to_string(),
            what: format!("{} and {} would both be at {}", earlier.name, one.name, one.path),
        })
    })
}

/// Whether an address can be meant by both: segment by segment, where one in braces is any.
pub(crate) fn meet(one: &str, other: &str) -> bool {
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

    #[test]
    fn what_scripts_may_do_is_said_by_the_row() {
        let paths = paths(|p| p.set("token", "/oauth/token"));
        let at = |route: &str| opening("https://op.example/a", &paths, route);
        for well in ["/a/.well-known/openid-configuration", "/.well-known/openid-configuration/a"] {
            assert_eq!(at(well), Some(Opening::Document), "{well}");
        }
        assert_eq!(at("/a/oauth/token"), Some(Opening::Call));
        assert_eq!(at("/a/register/{client}"), Some(Opening::Registration));
        for closed in ["/a/token", "/oauth/token", "/a/authorize", "/a/interaction/{handle}", "/health/live"]
        {
            assert_eq!(at(closed), None, "{closed}");
        }
    }

    #[test]
    fn files_probes_and_scrapes_are_routine_and_rooms_of_ours_are_reserved() {
        for routine in ["/assets/{file}", "/a/assets/{file}", LIVE, READY, METRICS] {
            assert!(is_routine(routine), "{routine}");
        }
        for other in ["/token", "/a/interaction/{handle}", "/a/metrics", "/logo/{name}", "none"] {
            assert!(!is_routine(other), "{other}");
        }
        for ours in ["/metrics", "/health", "/health/x", "/.well-known/x", "/account", "/account/x", "/admin"]
        {
            assert!(is_reserved(ours), "{ours}");
        }
        for free in ["/token", "/oauth/account", "/accounts", "/healthy", "/logo"] {
            assert!(!is_reserved(free), "{free}");
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

//! Several providers of one application: their routes together. What OpenID Connect Discovery §2 and RFC 7033
//! put at one address for all issuers of a host is answered by the one that it is asked about.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::any;
use http::StatusCode;
use signet_core::endpoint::webfinger;
use signet_core::issuer;
use signet_core::params::Params;
use signet_core::settings::Paths;
use tower::ServiceExt as _;

use crate::provider::{BuildError, Provider};
use crate::routes::{self, Route, Serves};

/// The routes of several providers, for an application that merges them with its own. Each has its own
/// issuer and its own store. WebFinger answers for the issuer that an address lies below; for an account, for
/// the first provider in this order that knows its domain. Two routes at one address are an error.
pub fn routers(providers: &[Provider]) -> Result<Router, BuildError> {
    let sites: Vec<_> = providers
        .iter()
        .map(|provider| {
            let settings = provider.settings();
            (settings.issuer.clone(), settings.paths.clone())
        })
        .collect();
    if let Some(what) = meeting(&sites) {
        return Err(BuildError::of_settings(what));
    }
    let is_shared = |serves: &Serves| matches!(serves, Serves::WebFinger);
    let own = providers.iter().map(|provider| provider.those(false, |serves| !is_shared(serves)));
    let all = own.fold(Router::new(), Router::merge);
    if providers.is_empty() {
        return Ok(all);
    }
    let shared = sites.into_iter().zip(providers).map(|((issuer, _), provider)| {
        let router = provider.those(false, is_shared);
        (issuer, router)
    });
    let shared: Arc<[(String, Router)]> = shared.collect();
    let answer = move |request: Request| {
        let shared = shared.clone();
        async move { first_that_knows(&shared, request).await }
    };
    Ok(all.route(webfinger::PATH, any(answer)))
}

/// The first two routes of different providers at one address.
fn meeting(sites: &[(String, Paths)]) -> Option<String> {
    // What is at the root of a host for those who watch over it is in none of these routers.
    let is_own = |route: &Route| !matches!(route.serves, Serves::WebFinger | Serves::Watchers);
    let of_site = |(index, (of_issuer, paths)): (usize, &(String, Paths))| {
        let routes = routes::all(&issuer::path(of_issuer), paths);
        let issuer = of_issuer.clone();
        routes.into_iter().filter(is_own).map(move |route| (index, issuer.clone(), route)).collect::<Vec<_>>()
    };
    let all: Vec<_> = sites.iter().enumerate().flat_map(of_site).collect();
    all.iter().enumerate().find_map(|(index, (of, issuer, route))| {
        let mut earlier = all.iter().take(index).filter(|(other, _, _)| other != of);
        let (_, other, found) = earlier.find(|(_, _, other)| routes::meet(&other.path, &route.path))?;
        Some(format!(
            "{} of {other} and {} of {issuer} would both be at {}; give one of the issuers another path",
            found.name, route.name, route.path
        ))
    })
}

/// The issuer below which the resource lies goes first, the longest one if there are several.
async fn first_that_knows(shared: &[(String, Router)], request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let asked = Params::parse(query).ok();
    let resource = asked.as_ref().and_then(|asked| asked.get("resource")).unwrap_or_default();
    let depth = |issuer: &str| {
        let issuer = issuer.trim_end_matches('/');
        let rest = resource.strip_prefix(issuer);
        let is_below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        if is_below { issuer.len() } else { 0 }
    };
    let mut in_order: Vec<_> = shared.iter().collect();
    // Stable: what is equally deep stays in the order of the application.
    in_order.sort_by_key(|(issuer, _)| std::cmp::Reverse(depth(issuer)));
    let (parts, _) = request.into_parts();
    let mut last = Response::default();
    for (_, router) in in_order {
        let request = Request::from_parts(parts.clone(), axum::body::Body::empty());
        match router.clone().oneshot(request).await {
            // What is malformed for one may be an account at the domain of another, as people type it.
            Ok(response) if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST) => {
                last = response;
            }
            Ok(response) => return response,
            Err(never) => match never {},
        }
    }
    last
}

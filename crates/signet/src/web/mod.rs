//! HTTP: what answers at each route of the table, and what the handlers share.

pub(crate) mod cors;
pub mod forwarded;
pub mod health;
#[cfg_attr(not(feature = "serve"), expect(dead_code, reason = "the server loop counts requests"))]
pub mod metrics;
pub mod request_id;

mod account;
mod again;
mod answer;
mod around;
mod consent;
mod cookies;
mod csrf;
mod frame;
pub(crate) mod headers;
mod interaction;
mod language;
mod leaving;
mod logo;
mod notice;
mod oidc;
mod outage;
mod registration;
mod reply;
mod request;
mod session;
mod several;
mod well_known;

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::routing::{MethodFilter, MethodRouter, get};
use http::Request;
use http::request::Parts;
use signet_core::endpoint::{Door, Endpoint, Own};
use signet_core::incoming::Method;
use signet_core::{issuer, uri};
use signet_login::network::Network;

use crate::engine::Asking;
use crate::pages::Pages;
use crate::provider::Provider;
use crate::routes::{self, Opening, Route, Serves};
use cookies::Cookies;
use cors::Opened;
use forwarded::ClientAddress;
use outage::Outage;

pub use frame::operator;
pub use headers::{Reach, page as page_headers};
#[cfg(feature = "serve")]
pub(crate) use reply::plain;
#[cfg(feature = "serve")]
pub(crate) use request::takes_pages;
pub use several::routers;

/// What one request's handlers have before them: what all requests share, and its own view.
pub(crate) struct Web {
    shared: Arc<Shared>,
    asking: OnceLock<Asking>,
    /// The network that it came from.
    asker: Option<Network>,
}

/// What is cloned several times for each request.
#[derive(Clone)]
struct House(Arc<Shared>);

impl House {
    fn of(provider: &Provider) -> Self {
        let issuer = &provider.state().config.settings.issuer;
        Self(Arc::new(Shared {
            provider: provider.clone(),
            cookies: Cookies::of(issuer),
            base: issuer::path(issuer),
            origin: uri::origin_of(issuer).unwrap_or_default(),
            outage: Outage::default(),
        }))
    }
}

impl FromRequestParts<House> for Web {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, House(shared): &House) -> Result<Self, Infallible> {
        let asker = parts.extensions.get().map(|ClientAddress(address)| Network::of(*address));
        Ok(Self { shared: shared.clone(), asking: OnceLock::new(), asker })
    }
}

impl Web {
    /// The one configuration and the one instant of this request. It begins when this is first asked, which
    /// is after its body was read: what is held back on the way is judged as of its arrival.
    pub(crate) fn asking(&self) -> &Asking {
        self.asking.get_or_init(|| self.asked())
    }

    /// The pages of that configuration.
    pub(crate) fn pages(&self) -> &Pages {
        &self.asking().state().pages
    }

    /// Gives it away to a step that looks again after a lost race, and that gives it back.
    fn take_asking(&mut self) -> Asking {
        self.asking.take().unwrap_or_else(|| self.asked())
    }

    fn asked(&self) -> Asking {
        Asking::of(&self.provider).from(self.asker)
    }
}

pub(crate) struct Shared {
    pub(crate) provider: Provider,
    cookies: Cookies,
    /// The path of the issuer, without a trailing slash: every route is below it.
    base: String,
    /// The origin of the issuer, which clients see.
    origin: String,
    /// What cannot be stored is said once a minute.
    outage: Outage,
}

impl Shared {
    /// The path of the page on which a request waits.
    fn interaction(&self, handle: &str) -> String {
        self.below(routes::INTERACTION, handle)
    }

    /// A path below the issuer's: this pattern, with this in its last segment.
    fn below(&self, pattern: &str, name: &str) -> String {
        [&*self.base, &routes::named(pattern, name)].concat()
    }
}

impl Deref for Web {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl Provider {
    /// Every endpoint and page of the provider, below the issuer's path. An application merges it with its
    /// own routes, its own fallback among them.
    pub fn router(&self) -> Router {
        self.endpoints(false)
    }

    /// The same for a host of its own: with `/health`, and a page for addresses where nothing is.
    pub fn site(&self) -> Router {
        let health = health::router(self.inner.store.clone(), self.signs());
        self.endpoints(true).merge(health.layer(axum::middleware::map_response(headers::every)))
    }

    pub(crate) fn endpoints(&self, is_whole_host: bool) -> Router {
        self.those(is_whole_host, |_| true)
    }

    /// Some of them.
    fn those(&self, is_whole_host: bool, wanted: impl Fn(&Serves) -> bool) -> Router {
        let state = self.state();
        let settings = &state.config.settings;
        let base = issuer::path(&settings.issuer);
        let house = House::of(self);
        let [mut documents, mut callable, mut registrations, mut pages] =
            std::array::from_fn(|_| Router::new());
        let all = routes::all(&base, &settings.paths).into_iter().filter(|route| wanted(&route.serves));
        for Route { path, serves, opening, .. } in all {
            let group = match opening {
                Some(Opening::Document) => &mut documents,
                Some(Opening::Registration) => &mut registrations,
                Some(Opening::Call) => &mut callable,
                None => &mut pages,
            };
            if let Some(methods) = served(serves) {
                *group = std::mem::take(group).route(&path, methods);
            }
        }
        // Within the CORS layers, so that preflights, which have a method of their own, get as far as those.
        let pages = pages.layer(axum::middleware::from_fn_with_state(house.clone(), language::keep));
        let registrations = registrations
            .method_not_allowed_fallback(reply::method_not_allowed)
            .layer(axum::middleware::from_fn_with_state(house.clone(), registration::while_on));
        let opened = |router: Router<House>, opening| {
            let state = Opened::new(self, opening);
            router
                .method_not_allowed_fallback(reply::method_not_allowed)
                .layer(axum::middleware::from_fn_with_state(state, cors::open))
        };
        let all = opened(documents, Opening::Document)
            .merge(opened(callable, Opening::Call))
            .merge(opened(registrations, Opening::Registration))
            .merge(pages)
            .method_not_allowed_fallback(reply::method_not_allowed);
        let all = if is_whole_host { all.fallback(reply::not_found) } else { all };
        let warned = around::Warned::default();
        all.with_state(house).layer(axum::middleware::from_fn_with_state(warned, around::around))
    }
}

/// What answers at a route; nothing where a router of its own does.
fn served(serves: Serves) -> Option<MethodRouter<House>> {
    Some(match serves {
        Serves::Endpoint(endpoint) => exchanged(endpoint),
        Serves::Registered => registration::below(),
        Serves::Account(page) => {
            get(
                move |web: Web, request: Request<Body>| async move { account::show(page, web, request).await },
            )
        }
        Serves::Metadata => get(well_known::metadata),
        Serves::WebFinger => get(well_known::webfinger),
        Serves::Interaction => get(interaction::open).post(interaction::answer),
        Serves::Answer => get(answer::show),
        Serves::Asset => get(well_known::asset),
        Serves::Logo => get(logo::logo),
        Serves::Watchers => return None,
    })
}

/// What answers at an endpoint, by the methods of its row.
fn exchanged(endpoint: &'static dyn Endpoint) -> MethodRouter<House> {
    let methods = endpoint.methods().iter();
    methods.fold(MethodRouter::new(), |router, method| {
        let on = match method {
            Method::Get => MethodFilter::GET,
            Method::Post => MethodFilter::POST,
            Method::Put => MethodFilter::PUT,
            Method::Delete => MethodFilter::DELETE,
        };
        match (endpoint.door(), method) {
            (Door::Own(Own::Authorization), Method::Get) => router.on(on, oidc::authorization_get),
            (Door::Own(Own::Authorization), _) => router.on(on, oidc::authorization_post),
            (Door::Own(Own::EndSession), Method::Get) => router.on(on, session::end_session_get),
            (Door::Own(Own::EndSession), _) => router.on(on, session::end_session_post),
            (Door::Own(Own::Keys), _) => router.on(on, well_known::jwks),
            (Door::Own(Own::Registration), _) => router.on(on, registration::register),
            (Door::Client(_) | Door::Bearer(_), _) => {
                router.on(on, move |web: Web, request: Request<Body>| async move {
                    oidc::exchange(endpoint, web, request).await
                })
            }
        }
    })
}

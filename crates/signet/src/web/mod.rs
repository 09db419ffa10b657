//! HTTP: the route table, and what its handlers share.

pub mod cors;
pub mod forwarded;
pub mod health;
pub mod metrics;
pub mod request_id;

mod again;
mod consent;
mod cookies;
mod csrf;
mod frame;
pub(crate) mod headers;
mod interaction;
mod logo;
mod notice;
mod oidc;
mod outage;
mod registration;
mod reply;
mod request;
mod session;
mod well_known;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use signet_core::issuer;

use crate::provider::Provider;
use crate::routes;
use cookies::Cookies;
use outage::Outage;

pub use frame::operator;
pub use headers::{Reach, page as page_headers};

/// What handlers share; it is cloned several times for each request.
#[derive(Clone)]
pub(crate) struct Web(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) provider: Provider,
    cookies: Cookies,
    /// The path of the issuer, without a trailing slash: every route is below it.
    base: String,
    /// What cannot be stored is said once a minute.
    outage: Outage,
}

impl Deref for Web {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Provider {
    /// Every endpoint and page of the provider, below the issuer's path, and `/health`.
    pub fn router(&self) -> Router {
        let health = health::router(self.inner.store.clone());
        self.endpoints().merge(health.layer(axum::middleware::map_response(headers::every)))
    }

    /// The same without `/health`.
    pub(crate) fn endpoints(&self) -> Router {
        let state = self.state();
        let settings = &state.config.settings;
        let base = issuer::path(&settings.issuer);
        let web = Web(Arc::new(Shared {
            provider: self.clone(),
            cookies: Cookies::of(&settings.issuer),
            base: base.clone(),
            outage: Outage::default(),
        }));
        let paths = &settings.paths;
        let at = |path: &str| format!("{base}{path}");

        let wells = routes::wells(&base);
        let open = wells.iter().fold(Router::new(), |open, well| open.route(well, get(well_known::metadata)));
        let open = open.route(&at(&paths.jwks), get(well_known::jwks));
        // It speaks for a host, whatever the issuer's path is.
        let open = open.route("/.well-known/webfinger", get(well_known::webfinger));

        let direct = Router::new()
            .route(&at(&paths.token), post(oidc::token))
            .route(&at(&paths.userinfo), get(oidc::userinfo).post(oidc::userinfo))
            .route(&at(&paths.revocation), post(oidc::revocation));

        let registrations =
            Router::new().route(&at(&paths.registration), post(registration::register)).route(
                &at(&format!("{}/{{client}}", paths.registration)),
                get(registration::read_or_delete)
                    .put(registration::update)
                    .delete(registration::read_or_delete),
            );

        let closed = Router::new()
            .route(&at(&paths.introspection), post(oidc::introspection))
            .route(&at(&paths.authorization), get(oidc::authorization_get).post(oidc::authorization_post))
            .route(&at("/interaction/{handle}"), get(interaction::open).post(interaction::answer))
            .route(&at(&paths.end_session), get(session::end_session_get).post(session::end_session_post))
            .route(&at("/logo/{name}"), get(logo::logo))
            .route(&at("/assets/{file}"), get(well_known::asset));

        // Within the CORS layers, so that preflights, which have a method of their own, get as far as those.
        open.method_not_allowed_fallback(reply::method_not_allowed)
            .layer(axum::middleware::from_fn(cors::public))
            .merge(
                direct
                    .method_not_allowed_fallback(reply::method_not_allowed)
                    .layer(axum::middleware::from_fn(cors::bearer)),
            )
            .merge(
                registrations
                    .method_not_allowed_fallback(reply::method_not_allowed)
                    .layer(axum::middleware::from_fn_with_state(web.clone(), registration::while_on))
                    .layer(axum::middleware::from_fn(cors::registration)),
            )
            .merge(closed)
            .fallback(reply::not_found)
            .method_not_allowed_fallback(reply::method_not_allowed)
            .with_state(web)
            .layer(axum::middleware::map_response(headers::every))
    }
}

//! OpenID Connect Discovery §2, §4, RFC 8414 §3: WebFinger, metadata, keys, and the pages' static files.

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::Request;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use signet_core::endpoint::{Scheme, webfinger};

use super::{Web, headers, reply, request};
use crate::pages::asset;
use crate::routes;

/// Clients may keep it for an hour; key rotation keeps old keys published for longer than that.
const CACHED: &str = "public, max-age=3600";

pub(super) async fn metadata(web: Web) -> Response {
    json(web.asking().state().metadata.clone(), CACHED)
}

pub(super) async fn jwks(web: Web) -> Response {
    json(web.asking().state().jwks.clone(), CACHED)
}

/// OpenID Connect Discovery §2, RFC 7033 §4.2.
pub(super) async fn webfinger(web: Web, request: Request<Body>) -> Response {
    let (received, _) = request::split(request);
    let asked = webfinger::Request::read(received.query.as_deref().unwrap_or_default());
    let descriptor = match asked.and_then(|asked| asked.answer(web.asking().settings())) {
        Ok(Some(descriptor)) => descriptor,
        Ok(None) => return reply::plain_not_found(),
        Err(error) => {
            let (incoming, _) = received.incoming(&web);
            return reply::direct(&web, Scheme::Open, &incoming, None, Err(error));
        }
    };
    let mut response = json(descriptor.to_string().into(), CACHED);
    headers::fixed(&mut response, CONTENT_TYPE, "application/jrd+json");
    response
}

fn json(body: Bytes, cache: &'static str) -> Response {
    let mut response = body.into_response();
    headers::fixed(&mut response, CONTENT_TYPE, "application/json");
    headers::put(&mut response, CACHE_CONTROL, cache);
    response
}

/// The name holds a hash of the content, so a file never changes under its name.
pub(super) async fn asset(web: Web, request::Named(file): request::Named) -> Response {
    let pages = web.pages();
    let wanted = routes::named(asset::PATH, &file);
    let Some(asset) = pages.assets().iter().find(|asset| asset.path == wanted) else {
        return reply::plain_not_found();
    };
    let mut response = asset.bytes.clone().into_response();
    headers::put(&mut response, CONTENT_TYPE, asset.content_type);
    headers::fixed(&mut response, CACHE_CONTROL, "public, max-age=31536000, immutable");
    headers::put(&mut response, ETAG, &asset.etag);
    response
}

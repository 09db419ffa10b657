//! How requests leave this crate: the caller plugs in a router, a socket or a script.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use crate::Error;

/// The answer of a [`Transport`], still on its way.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, Error>> + Send + 'a>>;

/// Carries one request with an absolute URL to its server and brings the whole response back, redirects
/// unfollowed.
pub trait Transport: Send + Sync {
    /// Sends the request; fails with [`Error::transport`] when no response came back.
    fn send(&self, request: http::Request<Bytes>) -> Answer<'_>;
}

impl<T: Transport + ?Sized> Transport for std::sync::Arc<T> {
    fn send(&self, request: http::Request<Bytes>) -> Answer<'_> {
        (**self).send(request)
    }
}

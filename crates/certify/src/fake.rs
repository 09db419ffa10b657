//! For this crate's tests: a scripted provider, a fixed clock, counted chance, and futures that never wait.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use serde_json::Value;

use crate::{Answer, Transport, Wire};

pub(crate) const NOW: u64 = 1_700_000_000;

struct Script<F>(F);

impl<F: Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync> Transport for Script<F> {
    fn send(&self, request: Request<Bytes>) -> Answer<'_> {
        let response = (self.0)(request);
        Box::pin(async move { Ok(response) })
    }
}

/// A wire to a server that is one function.
pub(crate) fn wire(answer: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static) -> Wire {
    let mut count = 0u8;
    let chance = move |bytes: &mut [u8]| {
        count += 1;
        bytes.fill(count);
    };
    Wire::new(Script(answer), || NOW, chance)
}

/// Runs a future whose every step is ready at once.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a scripted provider never makes anyone wait"),
    }
}

/// A page with every header that a good page has.
pub(crate) fn page(body: &str) -> Response<Bytes> {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'")
        .header(header::REFERRER_POLICY, "same-origin")
        .body(Bytes::from(body.to_owned()))
        .unwrap()
}

pub(crate) fn redirect(status: u16, location: &str) -> Response<Bytes> {
    Response::builder().status(status).header(header::LOCATION, location).body(Bytes::new()).unwrap()
}

pub(crate) fn json(status: u16, body: &Value) -> Response<Bytes> {
    Response::builder()
        .status(StatusCode::from_u16(status).unwrap())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

/// A parameter of a form or query.
pub(crate) fn param(encoded: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(encoded).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

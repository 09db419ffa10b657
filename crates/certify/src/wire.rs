//! The outside as this crate sees it: transport, clock and chance, with a record of all that was said.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::{Request, Response};
use url::Url;

use crate::{Error, Exchange, Transcript, Transport};

/// How many exchanges an error shows.
const TAIL: usize = 4;

/// Transport, clock and chance, shared by the browsers and relying parties of one scenario; cheap to clone.
#[derive(Clone)]
pub struct Wire {
    inner: Arc<Inner>,
}

type Clock = dyn Fn() -> u64 + Send + Sync;
type Chance = dyn FnMut(&mut [u8]) + Send;

struct Inner {
    transport: Box<dyn Transport>,
    now: Box<Clock>,
    chance: Mutex<Box<Chance>>,
    transcript: Mutex<Transcript>,
}

impl Wire {
    /// Joins a transport, a clock (seconds since 1970) and a source of random bytes.
    pub fn new(
        transport: impl Transport + 'static,
        now: impl Fn() -> u64 + Send + Sync + 'static,
        chance: impl FnMut(&mut [u8]) + Send + 'static,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                transport: Box::new(transport),
                now: Box::new(now),
                chance: Mutex::new(Box::new(chance)),
                transcript: Mutex::default(),
            }),
        }
    }

    /// Seconds since 1970, by the clock that was passed in.
    pub fn now(&self) -> u64 {
        (self.inner.now)()
    }

    /// A fresh unguessable string of URL-safe characters (256 bits).
    pub fn token(&self) -> String {
        let mut bytes = [0u8; 32];
        locked(&self.inner.chance)(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What was said so far, by everyone on this wire.
    pub fn transcript(&self) -> Transcript {
        locked(&self.inner.transcript).clone()
    }

    /// Sends one request as it stands and records it under `who`.
    pub async fn send(&self, who: &str, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        let url = Url::parse(&request.uri().to_string())?;
        let (method, sent) = (request.method().clone(), request.headers().clone());
        let sent_body = request.body().clone();
        let response = self
            .inner
            .transport
            .send(request)
            .await
            .map_err(|error| Error::new(format!("{method} {url}: {error}")).after(|| self.tail()))?;
        locked(&self.inner.transcript).push(Exchange {
            who: who.to_owned(),
            method,
            url,
            sent,
            sent_body,
            status: response.status(),
            headers: response.headers().clone(),
            body: response.body().clone(),
        });
        Ok(response)
    }

    /// The last exchanges as text, for errors.
    pub(crate) fn tail(&self) -> String {
        format!("last exchanges:\n{}", locked(&self.inner.transcript).tail(TAIL))
    }
}

/// A poisoned lock only means that another test thread panicked; the data behind these locks is always whole.
pub(crate) fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Answer;
    use crate::fake::now;

    struct Down;

    impl Transport for Down {
        fn send(&self, _: Request<Bytes>) -> Answer<'_> {
            Box::pin(async { Err(Error::transport("connection refused")) })
        }
    }

    #[test]
    fn a_lost_request_is_told_with_its_address() {
        let wire = Wire::new(Down, || 0, |bytes| bytes.fill(1));
        let request = Request::get("https://op.test/x").body(Bytes::new()).unwrap();
        let error = now(wire.send("web", request)).unwrap_err();
        let expected = "GET https://op.test/x: the request could not be carried: connection refused";
        assert_eq!(error.message(), expected);
        assert!(wire.transcript().exchanges().is_empty());
    }

    #[test]
    fn tokens_are_as_long_and_as_different_as_chance_makes_them() {
        let mut count = 0u8;
        let chance = move |bytes: &mut [u8]| {
            count += 1;
            bytes.fill(count);
        };
        let wire = Wire::new(Down, || 0, chance);
        let (one, two) = (wire.token(), wire.token());
        assert_eq!((one.len(), one == two), (43, false));
    }
}

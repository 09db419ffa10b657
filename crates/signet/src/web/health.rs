//! Whether this process lives, and whether it can do its work: for load balancers and supervisors.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};
use signet_store::Store;
use tokio::sync::Mutex;

use super::outage::Outage;
use crate::routes::{LIVE, READY};

/// A store that has not answered by then is not healthy, and a probe should not wait longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The store is asked once in this time: it writes for it, and anybody may ask us.
const PACE: Duration = Duration::from_secs(1);

/// Whether there is a key to sign with.
pub type Signs = Arc<dyn Fn() -> bool + Send + Sync>;

/// `/health/live` and `/health/ready`.
pub fn router(store: Arc<dyn Store>, signs: Signs) -> Router {
    Router::new()
        .route(LIVE, get(async || text(StatusCode::OK, "alive\n")))
        .route(READY, get(ready))
        .method_not_allowed_fallback(async || text(StatusCode::METHOD_NOT_ALLOWED, "use GET\n"))
        .with_state(Arc::new(Readiness { store, signs, last: Mutex::new(None), outage: Outage::default() }))
}

struct Readiness {
    store: Arc<dyn Store>,
    signs: Signs,
    /// When the store was last asked, and what came of it. Who asks meanwhile waits for the same answer.
    last: Mutex<Option<(Instant, Verdict)>>,
    /// Whoever probes asks all the time: what is wrong is said once a minute.
    outage: Outage,
}

type Verdict = (StatusCode, &'static str);

async fn ready(State(readiness): State<Arc<Readiness>>) -> Response {
    let mut last = readiness.last.lock().await;
    let known = last.as_ref().filter(|(at, _)| at.elapsed() < PACE).map(|(_, verdict)| *verdict);
    let (status, words) = match known {
        Some(verdict) => verdict,
        None => {
            let verdict = ask(&*readiness.store, (readiness.signs)(), &readiness.outage).await;
            *last = Some((Instant::now(), verdict));
            verdict
        }
    };
    text(status, words)
}

async fn ask(store: &dyn Store, signs: bool, outage: &Outage) -> Verdict {
    let (error, verdict) = match tokio::time::timeout(PATIENCE, store.health()).await {
        Ok(Ok(())) if !signs => {
            if outage.note(Instant::now()).is_some() {
                tracing::error!("not ready: there is no key to sign with");
            }
            return (StatusCode::SERVICE_UNAVAILABLE, "there is no key to sign with\n");
        }
        Ok(Ok(())) => {
            if outage.end() {
                tracing::info!("ready again");
            }
            return (StatusCode::OK, "ready\n");
        }
        Ok(Err(error)) => (Some(error), "the store is not available\n"),
        Err(_) => (None, "the store does not answer\n"),
    };
    let error = error.map(|error| error.to_string());
    match outage.note(Instant::now()) {
        Some(0) => tracing::error!(error, "not ready: the store cannot commit"),
        Some(more) => tracing::error!(error, more, "not ready: the store cannot commit"),
        None => tracing::debug!(error, "not ready: the store cannot commit"),
    }
    (StatusCode::SERVICE_UNAVAILABLE, verdict)
}

fn text(status: StatusCode, text: &'static str) -> Response {
    let mut response = (status, text).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt as _;
    use signet_core::change::Change;
    use signet_core::lookup::{Facts, Lookup};
    use signet_core::time::Timestamp;
    use signet_store::{Answer, CommitError, Forget, List, Listing, MemoryStore, StoreError};
    use std::sync::atomic::{AtomicU32, Ordering};
    use tower::ServiceExt as _;

    /// Its disk is full, once it was asked so often whether it is well.
    struct Full {
        after: u32,
        asked: AtomicU32,
    }

    impl Full {
        fn after(after: u32) -> Arc<Self> {
            Arc::new(Self { after, asked: AtomicU32::new(0) })
        }
    }

    fn full<T>() -> Answer<'static, Result<T, StoreError>> {
        Box::pin(async { Err(StoreError::Full { at: "/secret/place".to_owned() }) })
    }

    impl Store for Full {
        fn find<'a>(&'a self, _: &'a [Lookup]) -> Answer<'a, Result<Facts, StoreError>> {
            full()
        }

        fn commit(&self, _: Vec<Change>) -> Answer<'_, Result<(), CommitError>> {
            Box::pin(async { full().await.map_err(CommitError::Store) })
        }

        fn list(&self, _: List) -> Answer<'_, Result<Listing, StoreError>> {
            full()
        }

        fn sweep(&self, _: Timestamp, _: usize) -> Answer<'_, Result<usize, StoreError>> {
            full()
        }

        fn forget<'a>(&'a self, _: &'a Forget, _: usize) -> Answer<'a, Result<usize, StoreError>> {
            full()
        }

        fn health(&self) -> Answer<'_, Result<(), StoreError>> {
            let well = self.asked.fetch_add(1, Ordering::SeqCst) < self.after;
            Box::pin(async move { if well { Ok(()) } else { full().await } })
        }

        fn migrate(&self) -> Answer<'_, Result<(), StoreError>> {
            full()
        }
    }

    async fn get_from(store: Arc<dyn Store>, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router(store, Arc::new(|| true)).oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_process_lives_even_when_its_store_does_not() {
        assert_eq!(get_from(Full::after(0), "/health/live").await.0, StatusCode::OK);
        assert_eq!(get_from(Arc::new(MemoryStore::new()), "/health/ready").await.0, StatusCode::OK);
        let (status, text) = get_from(Full::after(0), "/health/ready").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(!text.contains("/secret/place"), "{text}");
    }

    #[tokio::test]
    async fn without_a_key_to_sign_with_it_is_not_ready() {
        let verdict = ask(&MemoryStore::new(), false, &Outage::default()).await;
        assert_eq!(verdict, (StatusCode::SERVICE_UNAVAILABLE, "there is no key to sign with\n"));
    }

    #[tokio::test]
    async fn strangers_who_probe_do_not_make_the_store_write_each_time() {
        let store = Full::after(1);
        let (signs, outage): (Signs, _) = (Arc::new(|| true), Outage::default());
        let readiness = Arc::new(Readiness { store: store.clone(), signs, last: Mutex::new(None), outage });
        for _ in 0..50 {
            assert_eq!(ready(State(readiness.clone())).await.status(), StatusCode::OK);
        }
        assert_eq!(store.asked.load(Ordering::SeqCst), 1);
        // Later it is asked again.
        let past = Instant::now().checked_sub(PACE).unwrap();
        *readiness.last.lock().await = Some((past, (StatusCode::OK, "ready\n")));
        assert_eq!(ready(State(readiness)).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}

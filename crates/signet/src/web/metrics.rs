//! Prometheus metrics in the OpenMetrics text format: what happens here and how long it takes, never whom it
//! happens to.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use signet_core::record::Backlog;
use signet_core::time::Timestamp;

use crate::clock::Clock;
use crate::routes::METRICS;

/// The counters of one process; cheap to clone, all clones count together.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Counted>);

#[derive(Debug)]
struct Counted {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    tokens: Family<Issued, Counter>,
    passwords: Gauge,
    hashed: Counter,
    refused: Counter,
    throttled: Counter,
    guessed: Counter,
    sign_ins: Family<Outcome, Counter>,
    refusals: Family<Code, Counter>,
    replays: Family<Issued, Counter>,
    keys_since: Gauge,
    keys_due: Gauge,
    certificate: Gauge,
    store: Gauge,
    conflicts: Counter,
    deliveries: Family<Tried, Counter>,
    waiting: Family<Kind, Gauge>,
    oldest: Family<Kind, Gauge>,
    events_dropped: Family<Dropped, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Dropped {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Issued {
    grant_type: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Tried {
    kind: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: String,
}

impl Metrics {
    /// Zero everywhere; the clock tells when the process started.
    pub fn new(clock: &dyn Clock) -> Self {
        let mut registry = Registry::default();
        let durations: Family<Route, Histogram, fn() -> Histogram> = Family::new_with_constructor(histogram);
        let (requests, in_flight) = (Family::default(), Gauge::default());
        let (tokens, passwords, conflicts) = (Family::default(), Gauge::default(), Counter::default());
        let (hashed, refused) = (Counter::default(), Counter::default());
        let (throttled, guessed) = (Counter::default(), Counter::default());
        let started: Gauge = Gauge::default();
        started.set(i64::try_from(clock.now().0).unwrap_or(i64::MAX));
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);

        registry.register("signet_build", "The running version", build);
        registry.register_with_unit("process_start_time", "When the process started", Unit::Seconds, started);
        registry.register("signet_http_requests", "Answered requests", requests.clone());
        let help = "From the end of a request's headers to its answer";
        registry.register_with_unit("signet_http_request_duration", help, Unit::Seconds, durations.clone());
        registry.register("signet_http_requests_in_flight", "Requests being answered", in_flight.clone());
        registry.register(
            "signet_token_responses",
            "Successful answers of the token endpoint",
            tokens.clone(),
        );
        let help = "Passwords being checked or waiting for a thread";
        registry.register("signet_password_checks_in_flight", help, passwords.clone());
        let help = "Passwords that were hashed: to check one, for a new account, or to renew a hash";
        registry.register("signet_password_checks", help, hashed.clone());
        let help = "Passwords that were not checked, because the queue of their network stayed full";
        registry.register("signet_password_checks_refused", help, refused.clone());
        let help = "Sign-ins that have to wait after wrong passwords";
        registry.register("signet_sign_ins_throttled", help, throttled.clone());
        let help = "Requests that were refused after wrong client secrets and assertions";
        registry.register("signet_client_authentications_throttled", help, guessed.clone());
        let (sign_ins, refusals, replays) = (Family::default(), Family::default(), Family::default());
        let help = "Sign-in attempts: succeeded, wrong, locked, throttled, or busy: password not checked";
        registry.register("signet_sign_ins", help, sign_ins.clone());
        let help = "Requests of applications and browsers that were refused, by the error code";
        registry.register("signet_refusals", help, refusals.clone());
        let help = "Codes and refresh tokens that came again after they were used up";
        registry.register("signet_replays", help, replays.clone());
        let [keys_since, keys_due, certificate, store]: [Gauge; 4] = Default::default();
        let help = "Since when the signing key of the default algorithm is active";
        registry.register_with_unit(
            "signet_signing_key_active_since",
            help,
            Unit::Seconds,
            keys_since.clone(),
        );
        let help = "When the next change of keys is due; 0: never";
        registry.register_with_unit("signet_keys_next_change", help, Unit::Seconds, keys_due.clone());
        let help = "When the certificate in use ends; 0: there is none";
        registry.register_with_unit("signet_certificate_not_after", help, Unit::Seconds, certificate.clone());
        let help = "Size of the store's file and its log; 0: in memory";
        registry.register_with_unit("signet_store_size", help, Unit::Bytes, store.clone());
        let help = "Commits whose precondition another one had just overtaken";
        registry.register("signet_store_conflicts", help, conflicts.clone());
        let help = "Lines of the log that were dropped, because standard error was not read or failed";
        registry.register("signet_log_lines_lost", help, lines_lost().clone());
        let (deliveries, waiting, oldest) = (Family::default(), Family::default(), Family::default());
        let help = "Tries to deliver a message: delivered, failed and tried again later, or given_up";
        registry.register("signet_delivery_tries", help, deliveries.clone());
        registry.register("signet_deliveries_waiting", "Messages that wait to be delivered", waiting.clone());
        let help = "The age of the oldest message that waits to be delivered";
        registry.register_with_unit("signet_deliveries_oldest", help, Unit::Seconds, oldest.clone());
        let events_dropped = Family::default();
        let help = "Events that were only counted: too many of one network, or of all strangers; or lost: in the queue, or the store failed";
        registry.register("signet_events_dropped", help, events_dropped.clone());
        Self(Arc::new(Counted {
            registry,
            requests,
            durations,
            in_flight,
            tokens,
            passwords,
            hashed,
            refused,
            throttled,
            guessed,
            sign_ins,
            refusals,
            replays,
            keys_since,
            keys_due,
            certificate,
            store,
            conflicts,
            deliveries,
            waiting,
            oldest,
            events_dropped,
        }))
    }

    /// Counts an answered request. `route` is a route's pattern, so that there are few of them.
    pub(crate) fn answered(&self, route: &str, status: StatusCode, took: Duration) {
        self.0.requests.get_or_create(&Answered { route: route.to_owned(), status: status.as_u16() }).inc();
        self.0.durations.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// Counts a request as being answered until the guard goes.
    pub(crate) fn answering(&self) -> InFlight {
        InFlight::enter(&self.0.in_flight)
    }

    /// Counts a password as waiting or under way until the guard goes.
    pub fn checking_password(&self) -> InFlight {
        InFlight::enter(&self.0.passwords)
    }

    /// Counts a password that is hashed now.
    pub fn password_hashed(&self) {
        self.0.hashed.inc();
    }

    /// Counts a successful answer of the token endpoint. Count known grant types only: each becomes a line
    /// for ever.
    pub fn tokens_issued(&self, grant_type: &str) {
        self.0.tokens.get_or_create(&Issued { grant_type: grant_type.to_owned() }).inc();
    }

    /// Counts a password that found no place in the queue.
    pub fn password_refused(&self) {
        self.0.refused.inc();
    }

    /// Counts a sign-in that has to wait.
    pub fn sign_in_throttled(&self) {
        self.0.throttled.inc();
        self.signed_in("throttled");
    }

    /// Counts an attempt to sign in, by what came of it.
    pub(crate) fn signed_in(&self, result: &'static str) {
        self.0.sign_ins.get_or_create(&Outcome { result }).inc();
    }

    /// Counts a refusal, by its code, of which there are few.
    pub(crate) fn refused(&self, code: &'static str) {
        self.0.refusals.get_or_create(&Code { code }).inc();
    }

    /// Counts a code or refresh token that was used up.
    pub(crate) fn replayed(&self, grant_type: &str) {
        self.0.replays.get_or_create(&Issued { grant_type: grant_type.to_owned() }).inc();
    }

    /// Shows how old the keys are, and when they change.
    pub(crate) fn keys(&self, (active_since, due): (Option<Timestamp>, Option<Timestamp>)) {
        self.0.keys_since.set(seconds(active_since));
        self.0.keys_due.set(seconds(due));
    }

    /// Shows when the certificate in use ends.
    pub fn certificate_ends(&self, at: Option<Timestamp>) {
        self.0.certificate.set(seconds(at));
    }

    /// Shows the size of the store.
    pub(crate) fn store_size(&self, bytes: u64) {
        self.0.store.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Counts a client that has to wait.
    pub fn client_throttled(&self) {
        self.0.guessed.inc();
    }

    /// Counts a commit that lost a race.
    pub fn store_conflict(&self) {
        self.0.conflicts.inc();
    }

    /// Counts a try to deliver a message.
    pub(crate) fn delivery_tried(&self, kind: &str, outcome: &'static str) {
        self.0.deliveries.get_or_create(&Tried { kind: kind.to_owned(), outcome }).inc();
    }

    /// Shows the messages that wait to be delivered.
    pub(crate) fn deliveries_waiting(&self, backlog: &[Backlog], now: Timestamp) {
        self.0.waiting.clear();
        self.0.oldest.clear();
        for Backlog { kind, count, oldest } in backlog {
            let kind = Kind { kind: kind.clone() };
            self.0.waiting.get_or_create(&kind).set(i64::try_from(*count).unwrap_or(i64::MAX));
            let age = now.0.saturating_sub(oldest.0);
            self.0.oldest.get_or_create(&kind).set(i64::try_from(age).unwrap_or(i64::MAX));
        }
    }

    /// Counts events that are not kept each by itself, for want of room for their `network` or for
    /// `strangers`, or not at all, in the `queue` or in the `store`.
    pub(crate) fn event_dropped(&self, reason: &'static str, number: usize) {
        if number == 0 {
            return;
        }
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        self.0.events_dropped.get_or_create(&Dropped { reason }).inc_by(number);
    }

    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut body = String::new();
        text::encode(&mut body, &self.0.registry)?;
        Ok(body)
    }
}

fn seconds(at: Option<Timestamp>) -> i64 {
    i64::try_from(at.unwrap_or_default().0).unwrap_or(i64::MAX)
}

/// The log is the process's own, and so is the count of lines that it lost.
pub fn lines_lost() -> &'static Counter {
    static LOST: LazyLock<Counter> = LazyLock::new(Counter::default);
    &LOST
}

/// Something that is counted while it lasts.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl InFlight {
    fn enter(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// `/metrics`.
pub fn router(metrics: Metrics) -> Router {
    let not_allowed = async || (StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
    Router::new().route(METRICS, get(show)).method_not_allowed_fallback(not_allowed).with_state(metrics)
}

async fn show(State(metrics): State<Metrics>) -> Response {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match metrics.text() {
        Ok(body) => ([(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, "no-store")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// From an answer out of memory (half a millisecond) to one that somebody waited for.
fn histogram() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

#[cfg(test)]
mod tests;

//! RFC 7591 §3, RFC 7592 §2: clients that register themselves, straight through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;
use signet_core::change::Change;
use signet_core::decision::{Decision, Reply};
use signet_core::endpoint::Incoming;
use signet_core::endpoint::registration::{Manage, Register};
use signet_core::env::Env;
use signet_core::error::Error;
use signet_core::id::ClientId;
use signet_core::lookup::{Expected, Facts, Lookup};
use signet_core::record::Client;
use signet_core::registration::{Mode, document};
use signet_core::time::Timestamp;
use signet_login::throttle::{Keys, Limits, Verdict};

use crate::provider::{Configured, Provider, State};

/// Many that are given one initial access token come at once, when they are switched on; each loses a race to each of the others at most.
const FLEET: usize = 64;

/// Why a metadata document is not there was logged where it was tried; strangers are not told what Signet can reach.
const UNFETCHED: &str = "it cannot be fetched; it must be answered with status 200 and a JSON object, at a public address, by TLS, without \
                         redirects, within a few seconds and 64 KiB";

/// What comes of a registration.
pub(crate) enum Registered {
    /// It was judged.
    Done(Reply),
    /// Too many came from the address; wait so many seconds.
    Wait(u64),
}

impl Provider {
    /// RFC 7591 §3.1: a client registers.
    pub(crate) async fn register(
        &self,
        incoming: &Incoming,
        body: &[u8],
        address: Option<&str>,
    ) -> Result<Registered, Error> {
        let state = self.state();
        let env = self.env(&state);
        let limits = limits(&state);
        let keys = Keys::of_registration(address.filter(|_| limits.is_some()));
        let limits = limits.unwrap_or_default();
        let request = Register::parse(&env, incoming, body)?;
        let mut lookups = request.lookup();
        lookups.push(Lookup::Attempts(keys.names()));
        let wait = |facts: &Facts| match keys.judge(&limits, &facts.attempts, env.now) {
            Verdict::Wait { seconds } => seconds,
            Verdict::Try { .. } => 0,
        };
        // Those that wait make Signet fetch nothing.
        let follow_up =
            |facts: &_| if wait(facts) == 0 { request.follow_up(&env, facts) } else { Vec::new() };
        let waits = AtomicU64::new(0);
        let reply = self
            .contest(FLEET, &state, &lookups, follow_up, |env, facts| {
                waits.store(wait(&facts), Ordering::Relaxed);
                if wait(&facts) > 0 {
                    return Ok(Decision::answer(Reply::Empty));
                }
                // Whatever comes of it counts: a refused one may have made Signet fetch something. It is written only while the count
                // is as it was judged, so that those that come at the same instant are let in one after the other.
                let mut counted = as_judged(&keys, &facts, env.now);
                counted.extend(keys.failed(&limits, env.now));
                match request.decide(env, &facts) {
                    Ok(Decision { changes, reply }) => {
                        Ok(Decision { changes: [changes, counted].concat(), reply })
                    }
                    Err(error) => Err(error.with(counted)),
                }
            })
            .await?;
        Ok(match waits.into_inner() {
            0 => {
                note(&reply, |answer| request.left_out(answer));
                Registered::Done(reply)
            }
            seconds => Registered::Wait(seconds),
        })
    }

    /// RFC 7592 §2.1.
    pub(crate) async fn read_registration(&self, client: &str, incoming: &Incoming) -> Result<Reply, Error> {
        self.manage(self.state(), Manage::read(client, incoming)?).await
    }

    /// RFC 7592 §2.2.
    pub(crate) async fn update_registration(
        &self,
        client: &str,
        incoming: &Incoming,
        body: &[u8],
    ) -> Result<Reply, Error> {
        self.manage(self.state(), Manage::update(client, incoming, body)?).await
    }

    /// RFC 7592 §2.3.
    pub(crate) async fn delete_registration(
        &self,
        client: &str,
        incoming: &Incoming,
    ) -> Result<Reply, Error> {
        self.manage(self.state(), Manage::delete(client, incoming)?).await
    }

    async fn manage(&self, state: Arc<State>, request: Manage) -> Result<Reply, Error> {
        let env = self.env(&state);
        let follow_up = |facts: &_| request.follow_up(&env, facts);
        let lookups = request.lookup();
        let reply =
            self.step_on(&state, &lookups, follow_up, |env, facts| request.decide(env, &facts)).await?;
        note(&reply, |answer| request.left_out(answer));
        Ok(reply)
    }
}

/// RFC 7591 §3.2.1: the answer tells the application what it has; its developer will ask why something is missing there.
fn note(reply: &Reply, left_out: impl Fn(&Value) -> Vec<String>) {
    let Reply::Json(answer) = reply else { return };
    let (client, missing) = (answer.get("client_id").and_then(Value::as_str), left_out(answer));
    if !missing.is_empty() {
        tracing::info!(client, left_out = ?missing, "a registration asks for what is not offered; it is left out");
    }
}

impl Provider {
    /// draft-ietf-oauth-client-id-metadata-document §4: the client that its own address describes, or what is wrong with that, in words for
    /// its developer; none where the name is no such address.
    pub(super) async fn described(
        &self,
        config: &Configured,
        id: &ClientId,
    ) -> Option<Result<Arc<Client>, String>> {
        let address = match document::address(&config.settings.registration, id)? {
            Ok(address) => address,
            Err(hint) => return Some(Err(hint.to_owned())),
        };
        let (documents, what) = (&self.inner.documents, Expected::ClientMetadata);
        let Ok(text) = documents.at(address, what).await else {
            return Some(Err(UNFETCHED.to_owned()));
        };
        let state = self.state();
        let env = Env { settings: &config.settings, ..self.env(&state) };
        Some(document::read(&env, id, &text).map(Arc::new).map_err(|error| {
            documents.is_of_no_use(address, what);
            error.description.into_owned()
        }))
    }
}

/// As many registrations must be counted when the writes are made.
fn as_judged(keys: &Keys, facts: &Facts, now: Timestamp) -> Vec<Change> {
    let counted = |key: &str| facts.attempts.iter().find(|a| a.key == key && !a.expires_at.expired_at(now));
    let count = |key: String| Change::CountedFailures {
        failures: counted(&key).map_or(0, |row| row.failures),
        key,
        at: now,
    };
    keys.names().into_iter().map(count).collect()
}

/// Where anybody may register, those of one address wait as those do who make accounts there.
fn limits(state: &State) -> Option<Limits> {
    let policy = &state.config.settings.registration;
    let bounded = policy.mode == Mode::Open && policy.per_address > 0;
    bounded.then(|| Limits { address: policy.per_address, ..state.config.limits })
}

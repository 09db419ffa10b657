//! OpenID Connect Core §10.1.1, RFC 7591 §2: the keys of clients, given by value or fetched from `jwks_uri`
//! and cached.
//!
//! Strangers can make Signet look for a key, by naming one that no set has. So each address is fetched by one
//! request at a time, never more often than every [`PAUSE`] seconds, never more than so many are
//! under way, and the number of sets that are kept is bounded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use signet_core::env::{ClientKeys, Encryption, JoseError};
use signet_core::id::ClientId;
use signet_core::record::Client;
use signet_core::time::Timestamp;
use signet_jose::{JwkSet, KeySet, jwe, jws};
use signet_login::network::Network;

use super::gate::{Crowded, Gate, Pass, Places};
use super::{Fetch, Fetched};
use crate::clock::Clock;

/// The least time between two fetches of one address, whatever they brought.
const PAUSE: u64 = 10;
/// How long a set is good when its server does not say.
const USUAL: u64 = 600;
/// The bounds of what servers may say: a key that is taken out of a set must not be good for a day.
const FRESH: (u64, u64) = (60, 3600);
/// How long a set may serve beyond that while its server is down.
const STALE: u64 = 3600;
/// Requests for the keys of clients that the operator wrote down, and of others.
const OPERATORS: Places = Places { all: 256, to_one_host: 64, to_one_site: 64, at_once: 600, refill: 100 };
const STRANGERS: Places = Places { all: 128, to_one_host: 32, to_one_site: 64, at_once: 60, refill: 1000 };
/// Sets that are kept, of either kind.
const MOST_SETS: usize = 1000;
/// The longest set by value that is kept, in bytes of JSON; [`MOST_KEYS`] usual keys are shorter.
const MOST_VALUE: usize = 16 * 1024;
/// Keys of a set that are looked at.
const MOST_KEYS: usize = 32;
/// Keys that are tried for a token without `kid`, of clients that nobody has looked at.
const STRANGERS_TRIES: usize = 3;
/// The longest token that is verified.
const MAX_TOKEN: usize = 64 * 1024;

/// The keys of all clients, as far as they were needed.
pub(crate) struct KeysOfClients {
    fetch: Box<dyn Fetch>,
    clock: Arc<dyn Clock>,
    operators: Gate,
    strangers: Gate,
    by_value: Mutex<BTreeMap<ClientId, (Value, Arc<Keys>)>>,
    by_address: Mutex<BTreeMap<(Whose, String), Arc<Place>>>,
}

/// One `jwks_uri`.
#[derive(Default)]
struct Place {
    /// Held by the one request that fetches.
    fetching: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
}

#[derive(Clone, Default)]
struct Known {
    keys: Option<Arc<Keys>>,
    fresh_until: Timestamp,
    stale_until: Timestamp,
    tried_at: Option<Timestamp>,
    problem: Option<String>,
}

#[derive(Debug)]
struct Keys {
    set: KeySet,
    whose: Whose,
}

/// Who has chosen keys: what they may cost depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// Of a client of the operator.
    Known,
    /// Of one that nobody has looked at.
    Stranger,
}

impl Whose {
    fn of(client: &Client) -> Self {
        if client.registered { Self::Stranger } else { Self::Known }
    }
}

/// Why there are no keys.
#[derive(Debug)]
struct Missing(String);

impl KeysOfClients {
    pub(crate) fn new(fetch: impl Fetch + 'static, clock: Arc<dyn Clock>) -> Self {
        Self {
            fetch: Box::new(fetch),
            clock,
            operators: Gate::new(OPERATORS),
            strangers: Gate::new(STRANGERS),
            by_value: Mutex::default(),
            by_address: Mutex::default(),
        }
    }

    /// The client's keys, with the one that `kid` names if it can be had; `None` when it registered none. The
    /// error: they cannot be fetched now, and from which address.
    pub(crate) async fn of(
        &self,
        client: &Client,
        kid: Option<&str>,
        asker: Option<Network>,
    ) -> Result<Option<Arc<dyn ClientKeys>>, (Crowded, String)> {
        match (&client.jwks, &client.jwks_uri) {
            (Some(jwks), _) => Ok(Some(self.given(client, jwks))),
            (None, Some(url)) => {
                let whose = Whose::of(client);
                let gate = match whose {
                    Whose::Stranger => &self.strangers,
                    Whose::Known => &self.operators,
                };
                let pass = || gate.pass(url, asker, self.clock.now_ms());
                self.fetched((whose, url), kid, pass)
                    .await
                    .map(Some)
                    .map_err(|crowded| (crowded, url.clone()))
            }
            (None, None) => Ok(None),
        }
    }

    fn given(&self, client: &Client, jwks: &Value) -> Arc<dyn ClientKeys> {
        let whose = Whose::of(client);
        let same = |(known, keys): &&(Value, Arc<Keys>)| known == jwks && keys.whose == whose;
        if let Some((_, keys)) = locked(&self.by_value).get(&client.client_id).filter(same) {
            return keys.clone();
        }
        let text = jwks.to_string();
        let keys = match Keys::parse(text.as_bytes(), whose) {
            Ok(keys) => Arc::new(keys),
            Err(why) => return Arc::new(Missing(why)),
        };
        if text.len() > MOST_VALUE {
            return keys;
        }
        let mut sets = locked(&self.by_value);
        while sets.len() >= MOST_SETS && sets.pop_first().is_some() {}
        sets.insert(client.client_id.clone(), (jwks.clone(), keys.clone()));
        keys
    }

    async fn fetched<'a>(
        &self,
        (whose, url): (Whose, &str),
        kid: Option<&str>,
        pass: impl FnOnce() -> Result<Pass<'a>, Crowded>,
    ) -> Result<Arc<dyn ClientKeys>, Crowded> {
        let place = self.place(whose, url);
        if !locked(&place.known).wants(self.clock.now(), kid) {
            return Ok(locked(&place.known).serve(self.clock.now()));
        }
        let _turn = place.fetching.lock().await;
        // The task that had the turn before may have brought what this one wants.
        if locked(&place.known).wants(self.clock.now(), kid) {
            let _pass = match pass() {
                Ok(pass) => pass,
                Err(crowded) => return locked(&place.known).kept(self.clock.now(), kid).ok_or(crowded),
            };
            let outcome = self.fetch.get(url).await.map_err(|error| error.to_string());
            let outcome =
                outcome.and_then(|Fetched { body, max_age }| Ok((Keys::parse(&body, whose)?, max_age)));
            if let Err(why) = &outcome {
                tracing::warn!(url, why, "failed to fetch client keys");
            }
            locked(&place.known).update(self.clock.now(), outcome);
        }
        Ok(locked(&place.known).serve(self.clock.now()))
    }

    fn place(&self, whose: Whose, url: &str) -> Arc<Place> {
        let mut places = locked(&self.by_address);
        let key = (whose, url.to_owned());
        if let Some(place) = places.get(&key) {
            return place.clone();
        }
        if places.len() >= MOST_SETS {
            let oldest = places
                .iter()
                .min_by_key(|(_, place)| locked(&place.known).tried_at)
                .map(|(key, _)| key.clone());
            oldest.map(|key| places.remove(&key));
        }
        let place = Arc::new(Place::default());
        places.insert(key, place.clone());
        place
    }
}

impl Known {
    /// Whether it is time, and worth it, to fetch.
    fn wants(&self, now: Timestamp, kid: Option<&str>) -> bool {
        if self.tried_at.is_some_and(|at| now.since(at) < PAUSE) {
            return false;
        }
        let missing = |keys: &Arc<Keys>| kid.is_some_and(|kid| !keys.has(kid));
        self.fresh_until <= now || self.keys.as_ref().is_none_or(missing)
    }

    fn update(&mut self, now: Timestamp, outcome: Result<(Keys, Option<u64>), String>) {
        self.tried_at = Some(now);
        match outcome {
            Ok((keys, max_age)) => {
                let (least, most) = FRESH;
                self.keys = Some(Arc::new(keys));
                self.fresh_until = now.plus(max_age.unwrap_or(USUAL).clamp(least, most));
                self.stale_until = self.fresh_until.plus(STALE);
                self.problem = None;
            }
            Err(why) => self.problem = Some(why),
        }
    }

    /// Those of before, if they will do.
    fn kept(&self, now: Timestamp, kid: Option<&str>) -> Option<Arc<dyn ClientKeys>> {
        let keys = self.keys.as_ref().filter(|_| now < self.stale_until)?;
        kid.is_none_or(|kid| keys.has(kid)).then(|| keys.clone() as Arc<dyn ClientKeys>)
    }

    fn serve(&self, now: Timestamp) -> Arc<dyn ClientKeys> {
        match &self.keys {
            Some(keys) if now < self.stale_until => keys.clone(),
            _ => Arc::new(Missing(format!(
                "jwks_uri: {}",
                self.problem.as_deref().unwrap_or("the keys have not been fetched")
            ))),
        }
    }
}

impl Keys {
    fn parse(text: &[u8], whose: Whose) -> Result<Self, String> {
        let mut set = JwkSet::from_json(signet_json::without_mark(text))
            .map_err(|error| format!("the key set cannot be used: {error}"))?;
        set.keys.truncate(MOST_KEYS);
        set.keys.retain(|key| whose == Whose::Known || !key.is_costly());
        Ok(Self { set: set.verifying_keys(), whose })
    }

    /// Whether the key that a header names is here. One without a name may be it, but may as well be the one
    /// before it.
    fn has(&self, kid: &str) -> bool {
        self.set.keys().iter().any(|key| key.kid() == Some(kid))
    }
}

impl ClientKeys for Keys {
    fn verify(&self, token: &str, alg: &str) -> Result<(), JoseError> {
        let told = |error: signet_jose::Error| JoseError(error.to_string());
        let alg = alg.parse().map_err(told)?;
        let token = jws::decode(token, MAX_TOKEN).map_err(told)?;
        let verified = match self.whose {
            Whose::Known => token.verify_with(&self.set, &[alg]),
            Whose::Stranger => token.verify_among(&self.set, &[alg], STRANGERS_TRIES),
        };
        verified.map_err(told)?;
        Ok(())
    }

    fn encrypt(&self, how: Encryption<'_>, payload: &[u8]) -> Result<String, JoseError> {
        let told = |error: signet_jose::Error| JoseError(error.to_string());
        let (alg, enc) = (how.alg.parse().map_err(told)?, how.enc.parse().map_err(told)?);
        let key = self.set.encryption_key(alg, None);
        let key =
            key.map_err(|_| JoseError(format!("none of the client's keys is for encryption by {alg}")))?;
        jwe::encrypt(key, alg, enc, jwe::Extra { typ: how.typ, cty: how.cty }, payload).map_err(told)
    }
}

impl ClientKeys for Missing {
    fn verify(&self, _token: &str, _alg: &str) -> Result<(), JoseError> {
        Err(JoseError(self.0.clone()))
    }

    fn encrypt(&self, _: Encryption<'_>, _: &[u8]) -> Result<String, JoseError> {
        Err(JoseError(self.0.clone()))
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that holds a lock can leave its value half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;

//! RFC 6749 §10.10, RFC 6819 §4.3.4: guessing of client secrets and assertions: wrong ones of a client slow
//! down the network that they come from.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use signet_core::client_auth::Proof;
use signet_core::decision::Decision;
use signet_core::endpoint::Step;
use signet_core::env::Env;
use signet_core::error::{Error, ErrorCode};
use signet_core::event::{Event, Source, What, kind};
use signet_core::id::ClientId;
use signet_core::lookup::{ClientById, Facts, Lookup};
use signet_core::reply::{Contents, Reply};
use signet_login::network::Network;
use signet_login::throttle::Count;

use super::Asking;
use crate::rates::Tries;

/// How long a request waits for others of its client and network, of which it is not known yet whether they
/// are right.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request that a client authenticates. It counts as a wrong guess until it is known to be right, so that
/// no more of them are looked at at the same instant than one after the other; right ones wait for each
/// other, and are not sent away. One that ends before it was looked at is none.
pub(super) struct Guess<'a> {
    asking: &'a Asking,
    tries: &'a Tries,
    keys: Vec<Guessed>,
    looked: AtomicBool,
    right: AtomicBool,
    /// There was nothing to guess at.
    idle: AtomicBool,
}

impl Guess<'_> {
    /// The step for which the client authenticates, as whom and by what.
    pub(super) fn watching<'a>(
        &'a self,
        step: &'a dyn Step,
        claimed: Option<&'a (ClientId, Proof)>,
    ) -> impl Step + 'a {
        Watched { step, guess: self, claimed }
    }

    /// What came of it.
    pub(super) fn answered(self, answer: Result<Reply, Error>) -> Result<Reply, Error> {
        let wrong = match &answer {
            Ok(Reply { body: Contents::Refuse(error), .. }) | Err(error) => is_wrong(error),
            Ok(_) => false,
        };
        self.looks();
        if !wrong {
            self.is_right();
        } else if self.right.load(Ordering::Acquire) && !self.idle.load(Ordering::Acquire) {
            // It was right a moment ago, and another secret was set since.
            let _counted = self.asking.count_guess(self.tries, &self.keys);
        }
        answer
    }

    /// It was looked at, and was right or not.
    pub(super) fn settle(&self, is_right: bool) {
        self.looks();
        if is_right {
            self.is_right();
        }
    }

    fn looks(&self) {
        self.looked.store(true, Ordering::Release);
    }

    /// Nobody learns anything by it, right or wrong.
    fn is_idle(&self) {
        self.idle.store(true, Ordering::Release);
        self.is_right();
    }

    fn is_right(&self) {
        if !self.right.swap(true, Ordering::AcqRel) {
            self.asking.give_back(self.tries, &self.keys);
            self.end();
        }
    }

    fn end(&self) {
        for (key, _) in &self.keys {
            self.tries.under_way.end(key);
        }
    }
}

impl Drop for Guess<'_> {
    fn drop(&mut self) {
        if !self.right.load(Ordering::Acquire) {
            if !self.looked.load(Ordering::Acquire) {
                self.asking.give_back(self.tries, &self.keys);
            }
            self.end();
        }
    }
}

/// A step whose decision shows whether the guess was right, before it is written.
struct Watched<'a> {
    step: &'a dyn Step,
    guess: &'a Guess<'a>,
    claimed: Option<&'a (ClientId, Proof)>,
}

impl Step for Watched<'_> {
    fn lookup(&self) -> Vec<Lookup> {
        self.step.lookup()
    }

    fn follow_up(&self, env: &Env<'_>, facts: &Facts) -> Vec<Lookup> {
        self.step.follow_up(env, facts)
    }

    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        let known = self.claimed.and_then(|(id, proof)| facts.client(id).map(|client| (client, proof)));
        if known.is_some_and(|(client, proof)| !proof.may_guess(client)) {
            self.guess.is_idle();
        }
        let decision = self.step.decide(env, facts);
        self.guess.looks();
        let wrong = match &decision {
            Ok(Decision { reply: Reply { body: Contents::Refuse(error), .. }, .. }) | Err(error) => {
                is_wrong(error)
            }
            Ok(_) => false,
        };
        if !wrong {
            self.guess.is_right();
        }
        decision
    }
}

fn is_wrong(error: &Error) -> bool {
    error.code == ErrorCode::InvalidClient
}

impl Asking {
    /// Lets a request that a client authenticates be looked at, unless too many wrong secrets of that client
    /// came from this network, or from a larger one around it.
    pub(super) async fn guess(
        &self,
        client: Option<&ClientId>,
        address: Option<&str>,
    ) -> Result<Guess<'_>, Error> {
        self.guess_by(&self.inner.guesses.back, client, address).await
    }

    /// The same for a text that a browser brings, which only the secret of this client, if any, may open or
    /// verify.
    pub(super) async fn guess_at(
        &self,
        client: &ClientId,
        address: Option<&str>,
    ) -> Result<Guess<'_>, Error> {
        self.guess_by(&self.inner.guesses.front, Some(client), address).await
    }

    async fn guess_by<'a>(
        &'a self,
        tries: &'a Tries,
        client: Option<&ClientId>,
        address: Option<&str>,
    ) -> Result<Guess<'a>, Error> {
        let network = address.and_then(Network::parse);
        // Where the network is not known all clients would wait for each other.
        let keys = network.map(|network| Self::guessed_at(client, network)).unwrap_or_default();
        let under_way = &tries.under_way;
        let counted = async {
            while let Err((key, wait)) = self.count_guess(tries, &keys) {
                if !under_way.ended(&key).await {
                    return Err(wait);
                }
            }
            Ok(())
        };
        match tokio::time::timeout(PATIENCE, counted).await.unwrap_or(Err(1000)) {
            Ok(()) => {
                keys.iter().for_each(|(key, _)| under_way.begin(*key));
                let [looked, right, idle] = Default::default();
                Ok(Guess { asking: self, tries, keys, looked, right, idle })
            }
            Err(wait) => {
                self.inner.metrics.client_throttled();
                if let Some((network, (key, _))) = network.zip(keys.first()) {
                    self.note_guesses(client, network, *key, wait.div_ceil(1000)).await;
                }
                let words = "too many wrong secrets or assertions of this client came from this network; correct them, and try again later";
                Err(Error::new(ErrorCode::TemporarilyUnavailable, words)
                    .because("client authentication is throttled for this client and network")
                    .after(wait.div_ceil(1000)))
            }
        }
    }

    /// Operators see which client has to wait: each refusal is an event, or counted in one, and the store has
    /// a note. Only of clients that there are; and not a note at each guess: strangers write few.
    async fn note_guesses(&self, client: Option<&ClientId>, network: Network, key: [u8; 32], seconds: u64) {
        let (guesses, now) = (&self.inner.guesses, self.inner.clock.now_ms());
        let (Some(id), store) = (client, &self.inner.store) else { return };
        let known = self.state.config.clients.contains_key(id)
            || store.ask(ClientById(id.clone())).await.is_ok_and(|found| found.known().is_some());
        if !known {
            return;
        }
        let what = What::of(&kind::CLIENT_THROTTLED, [("seconds", seconds.into())]);
        let event = Event { client: Some(id.clone()), ..Event::of_person(what, None) };
        self.note(&event, Source { address: Some(&network.to_string()), request: None });
        if guesses.noted.spend(key, 1, now).is_err() {
            return;
        }
        if guesses.notes.spend((), 1, now).is_err() {
            // The next refusal of this network tries again.
            guesses.noted.refund(&key, now);
            return;
        }
        let note = Count::note(id.as_str(), network, self.inner.clock.now());
        if let Err(error) = store.commit(vec![note]).await {
            tracing::warn!(%error, client = id.as_str(), "failed to record that a client is throttled");
        }
    }

    /// Counts one, or says for which network there is no room, and for how many milliseconds.
    fn count_guess(&self, tries: &Tries, keys: &[Guessed]) -> Result<(), ([u8; 32], u64)> {
        if keys.is_empty() {
            return Ok(());
        }
        tries.wrong.spend_all(keys, self.inner.clock.now_ms())
    }

    fn give_back(&self, tries: &Tries, keys: &[Guessed]) {
        for (key, _) in keys {
            tries.wrong.refund(key, self.inner.clock.now_ms());
        }
    }

    /// Which client from which networks, without keeping what strangers send.
    fn guessed_at(client: Option<&ClientId>, network: Network) -> Vec<Guessed> {
        let client = client.map_or("", ClientId::as_str);
        // It never leaves this process, so it needs no key.
        let key = |network: Network| -> [u8; 32] {
            Sha256::new().chain_update(network.bytes()).chain_update(client).finalize().into()
        };
        network.widths().map(|(network, times)| (key(network), times)).collect()
    }
}

/// A client and a network, and how many times as many guesses are allowed there.
type Guessed = ([u8; 32], u64);

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Poll;

    use super::*;
    use crate::Provider;

    /// What it comes to when it is asked once.
    async fn asked_once<T>(mut future: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
        std::future::poll_fn(|context| {
            Poll::Ready(match future.as_mut().poll(context) {
                Poll::Ready(value) => Some(value),
                Poll::Pending => None,
            })
        })
        .await
    }

    #[tokio::test]
    async fn who_may_be_right_waits_for_those_under_way_and_not_for_wrong_ones() {
        let provider = Provider::builder("https://op.example").build().await.unwrap();
        let asking = Asking::of(&provider);
        let guess = || asking.guess(None, Some("192.0.2.7"));
        let mut under_way = Vec::new();
        for _ in 0..4 {
            under_way.push(guess().await.unwrap());
        }
        let mut waiting = pin!(guess());
        assert!(asked_once(waiting.as_mut()).await.is_none());
        // What is not a wrong secret, whatever it is, gives its place to the next.
        let right = under_way.pop().unwrap();
        assert!(right.answered(Err(Error::server("something else"))).is_err());
        under_way.push(waiting.await.unwrap());
        let mut waiting = pin!(guess());
        assert!(asked_once(waiting.as_mut()).await.is_none());
        // A connection that ends before it was looked at is no guess.
        drop(under_way.pop());
        under_way.push(waiting.await.unwrap());
        let mut waiting = pin!(guess());
        assert!(asked_once(waiting.as_mut()).await.is_none());
        // One that ends after it counts as a wrong one, and when all were wrong nobody is waited for.
        under_way.iter().for_each(Guess::looks);
        drop(under_way);
        let refused = waiting.await.err().unwrap();
        assert_eq!(refused.code, ErrorCode::TemporarilyUnavailable);
        assert!(asking.guess(None, Some("192.0.2.8")).await.is_ok());
    }
}

//! One request to an address at a time: those that ask for it meanwhile wait for its answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::client_keys::locked;

/// The requests that are under way, by address.
pub(super) struct Flights<T>(Mutex<BTreeMap<String, Arc<OnceCell<T>>>>);

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Flights<T> {
    /// What the request brings: this one, or the one that is under way already. Who may not begin one keeps
    /// none of the others from it.
    pub(super) async fn join<E, F: Future<Output = Result<T, E>>>(
        &self,
        address: &str,
        begin: impl FnOnce() -> F,
    ) -> Result<T, E> {
        let flight = locked(&self.0).entry(address.to_owned()).or_default().clone();
        let landing = Landing { flights: self, address, flight };
        landing.flight.get_or_try_init(begin).await.cloned()
    }

    #[cfg(test)]
    pub(super) fn are_over(&self) -> bool {
        locked(&self.0).is_empty()
    }
}

/// The task that waits last clears the flight away, also when the wait is given up.
struct Landing<'a, T> {
    flights: &'a Flights<T>,
    address: &'a str,
    flight: Arc<OnceCell<T>>,
}

impl<T> Drop for Landing<'_, T> {
    fn drop(&mut self) {
        let mut under_way = locked(&self.flights.0);
        // One is the map's, one is ours; others are made under this lock only. Who comes after it has landed
        // fetches anew.
        if self.flight.initialized() || Arc::strong_count(&self.flight) == 2 {
            let ours = under_way.get(self.address).is_some_and(|known| Arc::ptr_eq(known, &self.flight));
            ours.then(|| under_way.remove(self.address));
        }
    }
}

//! Strangers can make Signet fetch, from servers that take their time. So there are never more than so many requests under way, and of
//! them never more than so many to one host: it takes many hosts to keep others out.

use std::sync::Mutex;

use url::Url;

use super::client_keys::locked;

/// Counts requests that are under way.
pub(super) struct Gate {
    most: usize,
    most_to_one_host: usize,
    /// The host of each.
    under_way: Mutex<Vec<String>>,
}

/// A request's place; it is free again when this is dropped.
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    host: String,
}

impl Gate {
    pub(super) fn new(most: usize, most_to_one_host: usize) -> Self {
        Self { most, most_to_one_host, under_way: Mutex::default() }
    }

    /// A place for a request to this address, if there is one.
    pub(super) fn pass(&self, address: &str) -> Option<Pass<'_>> {
        let host = host(address);
        let mut under_way = locked(&self.under_way);
        let to_it = under_way.iter().filter(|other| **other == host).count();
        if under_way.len() >= self.most || to_it >= self.most_to_one_host {
            return None;
        }
        under_way.push(host.clone());
        Some(Pass { gate: self, host })
    }

    #[cfg(test)]
    pub(super) fn under_way(&self) -> usize {
        locked(&self.under_way).len()
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut under_way = locked(&self.gate.under_way);
        let ours = under_way.iter().position(|host| *host == self.host);
        ours.map(|at| under_way.swap_remove(at));
    }
}

/// Of an address that is none, nothing is fetched: all of them are one host.
pub(super) fn host(address: &str) -> String {
    Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_host_does_not_keep_others_out() {
        let gate = Gate::new(5, 2);
        let slow = |path: &str| gate.pass(&format!("https://slow.example/{path}"));
        let (first, second) = (slow("a"), slow("b"));
        assert!(first.is_some() && second.is_some());
        assert!(slow("c").is_none() && gate.pass("https://SLOW.example:8443/d").is_none());
        let others: Vec<_> = (0..3).map(|number| gate.pass(&format!("https://{number}.example/"))).collect();
        assert!(others.iter().all(Option::is_some));
        assert!(gate.pass("https://one-more.example/").is_none());
        drop((first, others));
        assert!(slow("c").is_some() && gate.under_way() == 1);
    }
}

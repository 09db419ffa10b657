//! Strangers can make Signet fetch, from servers that take their time. So there are never more than so many
//! requests under way, and of them never more than so many to one host: it takes many hosts to keep others
//! out.

use std::sync::Mutex;

use url::Url;

use super::client_keys::locked;

/// Counts requests that are under way.
pub(super) struct Gate {
    most: usize,
    most_to_one_host: usize,
    /// The site of each.
    under_way: Mutex<Vec<String>>,
}

/// A request's place; it is free again when this is dropped.
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    site: String,
}

impl Gate {
    pub(super) fn new(most: usize, most_to_one_host: usize) -> Self {
        Self { most, most_to_one_host, under_way: Mutex::default() }
    }

    /// A place for a request to this address, if there is one.
    pub(super) fn pass(&self, address: &str) -> Option<Pass<'_>> {
        let site = site(address);
        let mut under_way = locked(&self.under_way);
        let to_it = under_way.iter().filter(|other| **other == site).count();
        if under_way.len() >= self.most || to_it >= self.most_to_one_host {
            return None;
        }
        under_way.push(site.clone());
        Some(Pass { gate: self, site })
    }

    #[cfg(test)]
    pub(super) fn under_way(&self) -> usize {
        locked(&self.under_way).len()
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut under_way = locked(&self.gate.under_way);
        let ours = under_way.iter().position(|site| *site == self.site);
        ours.map(|at| under_way.swap_remove(at));
    }
}

/// Of an address that is none, nothing is fetched: all of them are one host.
pub(super) fn host(address: &str) -> String {
    Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// Who has a host: its name's last two labels, so that nobody is many hosts by making up subdomains. Some
/// that share a public suffix of two labels, such as `co.uk`, share their places too.
fn site(address: &str) -> String {
    let host = host(address);
    let is_name = host.parse::<std::net::Ipv4Addr>().is_err() && !host.starts_with('[');
    let mut labels = host.trim_end_matches('.').rsplitn(3, '.');
    match (labels.next(), labels.next()) {
        (Some(last), Some(before)) if is_name => format!("{before}.{last}"),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subdomains_are_one_site_and_addresses_their_own() {
        let gate = Gate::new(5, 1);
        let _first = gate.pass("https://a.example.org/").unwrap();
        assert!(
            gate.pass("https://b.example.org/").is_none() && gate.pass("https://x.y.example.org./").is_none()
        );
        let _second = gate.pass("https://192.0.2.1/").unwrap();
        assert!(gate.pass("https://203.0.2.1/").is_some() && gate.pass("https://[2001:db8::1]/").is_some());
    }

    #[test]
    fn one_host_does_not_keep_others_out() {
        let gate = Gate::new(5, 2);
        let slow = |path: &str| gate.pass(&format!("https://slow.example/{path}"));
        let (first, second) = (slow("a"), slow("b"));
        assert!(first.is_some() && second.is_some());
        assert!(slow("c").is_none() && gate.pass("https://SLOW.example:8443/d").is_none());
        let others: Vec<_> =
            (0..3).map(|number| gate.pass(&format!("https://other{number}.example/"))).collect();
        assert!(others.iter().all(Option::is_some));
        assert!(gate.pass("https://one-more.example/").is_none());
        assert!(slow("d").is_none() && gate.pass("https://a.b.slow.example/").is_none());
        drop((first, others));
        assert!(slow("c").is_some() && gate.under_way() == 1);
    }
}

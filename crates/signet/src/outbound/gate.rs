//! RFC 7591 §5: strangers can make Signet fetch, from servers that take their time. So there are never more
//! than so many requests under way, of them never more than so many to one host or for one network that asks,
//! and for each network only so many in a time: it takes many hosts and many networks to keep others out.

use std::net::IpAddr;
use std::sync::Mutex;

use signet_core::error::{Error, ErrorCode};
use signet_login::network::Network;
use url::{Host, Url};

use super::client_keys::locked;
use crate::rates::OfNetworks;

/// How many requests there may be.
#[derive(Clone, Copy)]
pub(super) struct Places {
    /// Under way, in all.
    pub(super) all: usize,
    /// Under way to one host,
    pub(super) to_one_host: usize,
    /// and to all of its site, whose hosts may have nothing to do with each other.
    pub(super) to_one_site: usize,
    /// For one network at once,
    pub(super) at_once: u64,
    /// and one more after each so many milliseconds.
    pub(super) refill: u64,
}

/// Counts requests.
pub(super) struct Gate {
    places: Places,
    begun: OfNetworks,
    under_way: Mutex<Vec<Errand>>,
}

#[derive(Clone, PartialEq)]
struct Errand {
    host: String,
    site: String,
    /// Who made us go; none where that is not known.
    asker: Option<Network>,
}

/// A request's place; it is free again when this is dropped.
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    errand: Errand,
}

/// Why nothing is fetched now, through no fault of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowded {
    /// All places are taken,
    InAll,
    /// or those of the address's host,
    AtHost,
    /// or those of the network that asks.
    FromNetwork,
    /// That network has made us fetch too often; it has to wait for so many milliseconds.
    TooOften(u64),
}

impl Crowded {
    /// The refusal of what cannot be answered without it. It is nobody's fault here: strangers choose it.
    pub(crate) fn refusal(self, address: &str) -> Error {
        let (words, wait) = match self {
            Self::InAll => ("too many requests to servers of applications are under way", 1000),
            Self::AtHost => ("too many requests to the server of this application are under way", 1000),
            Self::FromNetwork => {
                ("too many requests to servers of applications are under way for your network", 1000)
            }
            Self::TooOften(wait) => {
                ("too many requests to servers of applications were made for your network", wait)
            }
        };
        Error::new(ErrorCode::TemporarilyUnavailable, format!("{words}; try again in a moment"))
            .because(format!("outbound request refused: {self:?}, {address}"))
            .after(wait.div_ceil(1000))
    }
}

impl Gate {
    pub(super) fn new(places: Places) -> Self {
        let begun = OfNetworks::new(places.at_once, places.refill);
        Self { places, begun, under_way: Mutex::default() }
    }

    /// A place for a request to this address, which somebody of this network makes us send, if there is one.
    pub(super) fn pass(
        &self,
        address: &str,
        asker: Option<Network>,
        now_ms: u64,
    ) -> Result<Pass<'_>, Crowded> {
        let Places { all, to_one_host, to_one_site, .. } = self.places;
        let errand = Errand { host: host(address), site: site(address), asker };
        let mut under_way = locked(&self.under_way);
        if under_way.len() >= all {
            return Err(Crowded::InAll);
        }
        let to_host: Vec<_> = under_way.iter().filter(|other| other.host == errand.host).collect();
        let to_site: Vec<_> = under_way.iter().filter(|other| other.site == errand.site).collect();
        for (there, places) in [(to_host, to_one_host), (to_site, to_one_site)] {
            // What of it one network may have, so that the others are not kept from a host that is slow.
            let its = |times| if times == 1 { (places / 2).max(1) } else { (places * 3 / 4).max(1) };
            if there.len() >= places || crowded(&there, asker, its) {
                return Err(Crowded::AtHost);
            }
        }
        if crowded(&under_way.iter().collect::<Vec<_>>(), asker, |times| share(all, times)) {
            return Err(Crowded::FromNetwork);
        }
        self.begun.take(asker, now_ms).map_err(Crowded::TooOften)?;
        under_way.push(errand.clone());
        Ok(Pass { gate: self, errand })
    }

    #[cfg(test)]
    pub(super) fn under_way(&self) -> usize {
        locked(&self.under_way).len()
    }
}

/// Whether a network that asks, or one around it, has its share of these already, by how many times as many
/// it has as the smallest.
fn crowded(under_way: &[&Errand], asker: Option<Network>, share: impl Fn(u64) -> usize) -> bool {
    let theirs = |around: Network| {
        let asked = under_way.iter().filter_map(|other| other.asker);
        asked.filter(|other| other.nested().any(|(other, _)| other == around)).count()
    };
    asker.is_some_and(|asker| asker.nested().any(|(around, times)| theirs(around) >= share(times)))
}

/// Of all places those that one network may have: a quarter, and a larger one with all that is in it half.
fn share(all: usize, times: u64) -> usize {
    if times == 1 { all / 4 } else { all / 2 }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        let mut under_way = locked(&self.gate.under_way);
        let ours = under_way.iter().position(|errand| *errand == self.errand);
        ours.map(|at| under_way.swap_remove(at));
    }
}

/// Of an address that is none, nothing is fetched: all of them are one host.
pub(super) fn host(address: &str) -> String {
    Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// Who has a host: its name's last two labels, so that nobody is many hosts by making up subdomains, and of
/// an IP address the network that is rented as a whole. Some that share a public suffix of two labels, such
/// as `co.uk` or `github.io`, share their places too; so each host has no more than half of them. What names
/// resolve to does not count: behind one network of a content delivery network are many who have nothing to
/// do with each other.
fn site(address: &str) -> String {
    let url = Url::parse(address).ok();
    let literal = match url.as_ref().and_then(Url::host) {
        Some(Host::Ipv4(four)) => Some(IpAddr::V4(four)),
        Some(Host::Ipv6(six)) => Some(IpAddr::V6(six)),
        Some(Host::Domain(_)) | None => None,
    };
    if let Some((network, _)) = literal.and_then(|address| Network::of(address).nested().last()) {
        return network.to_string();
    }
    let host = host(address);
    let mut labels = host.trim_end_matches('.').rsplitn(3, '.');
    match (labels.next(), labels.next()) {
        (Some(last), Some(before)) => format!("{before}.{last}"),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn gate(all: usize, to_one_site: usize) -> Gate {
        Gate::new(Places { all, to_one_host: to_one_site, to_one_site, at_once: 60, refill: 1000 })
    }

    fn pass<'a>(gate: &'a Gate, address: &str) -> Option<Pass<'a>> {
        gate.pass(address, None, NOW).ok()
    }

    #[test]
    fn subdomains_are_one_site_and_so_is_a_network_of_addresses() {
        let gate = gate(9, 1);
        let _first = pass(&gate, "https://a.example.org/").unwrap();
        for same in ["https://b.example.org/", "https://x.y.example.org./"] {
            assert!(pass(&gate, same).is_none(), "{same}");
        }
        let _second = pass(&gate, "https://192.0.2.1/").unwrap();
        for same in
            ["https://192.0.2.255:8443/", "https://[::ffff:192.0.2.7]/", "https://[64:ff9b::c000:209]/"]
        {
            assert!(pass(&gate, same).is_none(), "{same}");
        }
        let _third = pass(&gate, "https://[2001:db8:0:1::1]/").unwrap();
        assert!(pass(&gate, "https://[2001:db8:0:ffff::2]/").is_none());
        for other in ["https://192.0.3.1/", "https://203.0.2.1/", "https://[2001:db8:1::1]/"] {
            assert!(pass(&gate, other).is_some(), "{other}");
        }
    }

    #[test]
    fn one_host_does_not_keep_others_out() {
        let gate = gate(5, 2);
        let slow = |path: &str| pass(&gate, &format!("https://slow.example/{path}"));
        let (first, second) = (slow("a"), slow("b"));
        assert!(first.is_some() && second.is_some());
        assert!(slow("c").is_none() && pass(&gate, "https://SLOW.example:8443/d").is_none());
        let others: Vec<_> =
            (0..3).map(|number| pass(&gate, &format!("https://other{number}.example/"))).collect();
        assert!(others.iter().all(Option::is_some));
        assert!(pass(&gate, "https://one-more.example/").is_none());
        assert!(slow("d").is_none() && pass(&gate, "https://a.b.slow.example/").is_none());
        drop((first, others));
        assert!(slow("c").is_some() && gate.under_way() == 1);
    }

    #[test]
    fn one_network_that_asks_does_not_keep_others_out() {
        let gate = gate(32, 4);
        let ask = |number: usize, asker: &str| {
            gate.pass(&format!("https://192.0.{number}.1/"), Network::parse(asker), NOW)
        };
        let mut held: Vec<_> = (0..8).map(|number| ask(number, "198.51.100.1").unwrap()).collect();
        assert_eq!(ask(8, "198.51.100.1").err(), Some(Crowded::FromNetwork));
        // Its neighbours have some, and all of them together no more than half.
        held.extend((8..16).map(|number| ask(number, "198.51.100.2").unwrap()));
        assert_eq!(ask(16, "198.51.100.3").err(), Some(Crowded::FromNetwork));
        held.extend((16..32).map(|number| ask(number, &format!("203.0.{number}.1")).unwrap()));
        assert_eq!(ask(32, "203.0.113.9").err(), Some(Crowded::InAll));
        drop(held);
        assert!(ask(32, "198.51.100.1").is_ok());
    }

    #[test]
    fn one_network_does_not_keep_others_from_a_host_that_is_slow() {
        let gate = Gate::new(Places { all: 32, to_one_host: 4, to_one_site: 8, at_once: 60, refill: 1000 });
        let ask = |host: &str, asker: &str| {
            gate.pass(&format!("https://{host}.github.example/"), Network::parse(asker), NOW)
        };
        let mut held = vec![ask("a", "198.51.100.1").unwrap(), ask("a", "198.51.100.1").unwrap()];
        assert_eq!(ask("a", "198.51.100.1").err(), Some(Crowded::AtHost));
        held.push(ask("a", "198.51.100.2").unwrap());
        assert_eq!(ask("a", "198.51.100.3").err(), Some(Crowded::AtHost), "its neighbours have a share too");
        held.push(ask("a", "203.0.113.9").unwrap());
        assert_eq!(ask("a", "192.0.2.1").err(), Some(Crowded::AtHost), "all are taken");
        // Other hosts of the site have places as well, of which the network has half, with its neighbours
        // more.
        held.extend(["b", "c"].map(|host| ask(host, "198.51.100.1").unwrap()));
        assert_eq!(ask("d", "198.51.100.1").err(), Some(Crowded::AtHost));
        held.push(ask("d", "198.51.100.2").unwrap());
        assert_eq!(ask("e", "198.51.100.3").err(), Some(Crowded::AtHost));
        held.push(ask("e", "203.0.113.9").unwrap());
        assert_eq!(ask("f", "192.0.2.1").err(), Some(Crowded::AtHost));
        // One place is for whoever comes first.
        let narrow = Gate::new(Places { all: 4, to_one_host: 1, to_one_site: 1, at_once: 60, refill: 1000 });
        assert!(narrow.pass("https://a.example/", Network::parse("198.51.100.1"), NOW).is_ok());
    }

    #[test]
    fn one_network_has_so_many_in_a_time() {
        let gate = gate(32, 4);
        let ask = |asker: &str, now| gate.pass("https://192.0.2.1/", Network::parse(asker), now).err();
        for _ in 0..60 {
            assert_eq!(ask("198.51.100.1", NOW), None);
        }
        assert_eq!(ask("198.51.100.1", NOW), Some(Crowded::TooOften(1000)));
        assert_eq!(ask("198.51.100.2", NOW), None);
        assert_eq!(ask("198.51.100.1", NOW + 1000), None);
        assert_eq!(ask("198.51.100.1", NOW + 1000), Some(Crowded::TooOften(1000)));
        // What is refused for another reason does not count.
        let held = ["203.0.113.8", "203.0.113.8", "203.0.114.7", "203.0.114.7"];
        let _held = held.map(|asker| gate.pass("https://192.0.2.1/", Network::parse(asker), NOW).unwrap());
        for _ in 0..60 {
            assert_eq!(ask("203.0.113.9", NOW), Some(Crowded::AtHost));
        }
        assert!(gate.pass("https://192.0.9.1/", Network::parse("203.0.113.9"), NOW).is_ok());
    }

    #[test]
    fn who_has_no_place_is_asked_to_come_again() {
        for (crowded, seconds) in [
            (Crowded::InAll, 1),
            (Crowded::AtHost, 1),
            (Crowded::FromNetwork, 1),
            (Crowded::TooOften(1500), 2),
        ] {
            let error = crowded.refusal("https://app.example/");
            assert_eq!((error.code, error.retry_after), (ErrorCode::TemporarilyUnavailable, Some(seconds)));
            assert!(error.description.contains("too many requests to"), "{error}");
            assert!(error.detail.unwrap().ends_with("https://app.example/"));
        }
    }
}

//! RFC 6177 §2: whom strangers are counted as: an IPv4 address, or in IPv6 the network that one site has.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A network that one stranger may have for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    base: IpAddr,
    bits: u32,
}

/// Who has one of the larger networks of IPv6 has many of the smaller ones: so many times as much is allowed in those.
const WIDER: [(u32, u64); 2] = [(56, 4), (48, 16)];

impl Network {
    /// The IPv4 address, also one that came mapped into IPv6 (RFC 4291 §2.5.5.2); else the /64.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            four @ IpAddr::V4(_) => Self { base: four, bits: 32 },
            IpAddr::V6(six) => Self::cut(six, 64),
        }
    }

    /// That of an address or of a network as it is printed.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('/') {
            None => text.parse().ok().map(Self::of),
            Some((base, bits)) => {
                let bits = bits.parse().ok().filter(|bits| [64, 56, 48].contains(bits))?;
                Some(Self::cut(base.parse().ok()?, bits))
            }
        }
    }

    /// It and the larger ones around it, each with how many times as much is allowed in it.
    pub fn widths(self) -> impl Iterator<Item = (Self, u64)> {
        let wider = match self.base {
            IpAddr::V6(six) => Some(WIDER.map(|(bits, times)| (Self::cut(six, bits), times))),
            IpAddr::V4(_) => None,
        };
        std::iter::once((self, 1)).chain(wider.into_iter().flatten())
    }

    fn cut(address: Ipv6Addr, bits: u32) -> Self {
        let mask = u128::MAX << (128 - bits);
        Self { base: IpAddr::V6(Ipv6Addr::from(u128::from(address) & mask)), bits }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            IpAddr::V4(four) => four.fmt(f),
            IpAddr::V6(six) => write!(f, "{six}/{}", self.bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        Network::parse(text).unwrap().widths().map(|(network, times)| format!("{network} {times}")).collect()
    }

    #[test]
    fn an_ipv4_address_is_a_network_however_it_is_written() {
        assert_eq!(names("192.0.2.7"), ["192.0.2.7 1"]);
        assert_eq!(names("::ffff:192.0.2.7"), ["192.0.2.7 1"]);
    }

    #[test]
    fn an_ipv6_address_counts_for_its_site() {
        let site = ["2001:db8:1:2ff::/64 1", "2001:db8:1:200::/56 4", "2001:db8:1::/48 16"];
        assert_eq!(names("2001:db8:1:2ff:3:4:5:6"), site);
        assert_eq!(names("2001:db8:1:2ff::/64"), site);
        assert_eq!(Network::parse("2001:db8:1:2ff::1"), Network::parse("2001:db8:1:2ff:f::2"));
        assert_ne!(Network::parse("2001:db8:1:2ff::1"), Network::parse("2001:db8:1:2fe::1"));
        assert_eq!(Network::parse("2001:db8::/56").unwrap().to_string(), "2001:db8::/56");
    }

    #[test]
    fn nonsense_is_no_network() {
        for text in ["", "localhost", "192.0.2.7/24", "2001:db8::/32", "2001:db8::/x"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}

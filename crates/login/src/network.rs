//! RFC 6177 §2: how strangers are counted: by IPv4 address, or by the IPv6 network of one site.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network that one stranger may have for themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    base: IpAddr,
    bits: u32,
}

/// Who has one of the larger networks of IPv6 has many of the smaller ones: so many times as much is allowed
/// in those.
const WIDER: [(u32, u64); 2] = [(56, 4), (48, 16)];
/// The least of IPv4 that is routed by itself, and so rented as a whole. What is wider, such as a /16, is a
/// provider with all its customers, who have nothing to do with each other.
const ROUTED: (u32, u64) = (24, 16);

impl Network {
    /// The IPv4 address, also one that came mapped into IPv6 (RFC 4291 §2.5.5.2) or through a translator (RFC
    /// 6052 §2.1, RFC 8215), behind whose one /64 is all of IPv4; else the /64.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(four) => Self::four(four),
            IpAddr::V6(six) => translated(six).map_or_else(|| Self::cut(six, 64), Self::four),
        }
    }

    fn four(address: Ipv4Addr) -> Self {
        Self { base: IpAddr::V4(address), bits: 32 }
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

    /// It and the larger ones around it, from small to large, each with how many times as much it may have as
    /// a small one. For what is shared out: turns, and places that are free again in a moment.
    pub fn nested(self) -> impl Iterator<Item = (Self, u64)> {
        let wider = match self.base {
            IpAddr::V6(six) => WIDER.map(|(bits, times)| Some((Self::cut(six, bits), times))),
            IpAddr::V4(four) => [Some((Self::routed(four), ROUTED.1)), None],
        };
        std::iter::once((self, 1)).chain(wider.into_iter().flatten())
    }

    /// Those of them that one site has to itself (RFC 6177 §2). For what is refused, for minutes or longer:
    /// the addresses of an IPv4 /24 are of people who have nothing to do with each other, and one of them
    /// must not have the others wait.
    pub fn widths(self) -> impl Iterator<Item = (Self, u64)> {
        self.nested().filter(|(network, _)| network.base.is_ipv6() || network.bits == 32)
    }

    /// As bytes, always as many, which no other network has.
    pub fn bytes(self) -> [u8; 17] {
        let mut bytes = [0; 17];
        let base = match self.base {
            IpAddr::V4(four) => four.to_ipv6_mapped(),
            IpAddr::V6(six) => six,
        };
        for (to, from) in bytes.iter_mut().zip(base.octets().into_iter().chain(u8::try_from(self.bits))) {
            *to = from;
        }
        bytes
    }

    /// How many times as much it may have as a small one.
    pub fn times(self) -> u64 {
        let wider = if self.base.is_ipv6() { &WIDER[..] } else { &[ROUTED] };
        wider.iter().find(|(bits, _)| *bits == self.bits).map_or(1, |(_, times)| *times)
    }

    fn routed(address: Ipv4Addr) -> Self {
        let mask = u32::MAX << (32 - ROUTED.0);
        Self { base: IpAddr::V4(Ipv4Addr::from(u32::from(address) & mask)), bits: ROUTED.0 }
    }

    fn cut(address: Ipv6Addr, bits: u32) -> Self {
        let mask = u128::MAX << (128 - bits);
        Self { base: IpAddr::V6(Ipv6Addr::from(u128::from(address) & mask)), bits }
    }
}

/// The IPv4 address at the end of one of the well-known prefix 64:ff9b::/96, or of a /96 in 64:ff9b:1::/48,
/// which is for the translators of one network. Those of shorter prefixes (RFC 6052 §2.2) end in zeros, with
/// the address further ahead: they are networks as others are.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => {}
        [0x64, 0xff9b, 1, ..] if [b, c, d] != [0; 3] => {}
        _ => return None,
    }
    Some(Ipv4Addr::new(a, b, c, d))
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            IpAddr::V4(four) if self.bits == 32 => four.fmt(f),
            IpAddr::V4(four) => write!(f, "{four}/{}", self.bits),
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
        assert_eq!(names("64:ff9b::192.0.2.7"), ["192.0.2.7 1"]);
        assert_eq!(names("64:ff9b::c000:207"), ["192.0.2.7 1"]);
        assert_eq!(names("64:ff9b:1::192.0.2.7"), ["192.0.2.7 1"]);
        assert_eq!(names("64:ff9b:1:abcd:1:2:192.0.2.7"), ["192.0.2.7 1"]);
        // A /64 and a /48 of RFC 6052 §2.2, with the same address further ahead.
        assert_eq!(names("64:ff9b:1:abcd:c0:2:700:0")[0], "64:ff9b:1:abcd::/64 1");
        assert_eq!(names("64:ff9b:1:c000:2:700::")[0], "64:ff9b:1:c000::/64 1");
        assert_eq!(names("64:ff9b:2::192.0.2.7")[0], "64:ff9b:2::/64 1");
        assert_eq!(names("64:ff9b::1:192.0.2.7")[0], "64:ff9b::/64 1");
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
    fn a_network_lies_in_larger_ones() {
        let nested = |text: &str| -> Vec<String> {
            let nested = Network::parse(text).unwrap().nested();
            nested.map(|(network, times)| format!("{network} {times}")).collect()
        };
        assert_eq!(nested("2001:db8:1:2ff::3"), names("2001:db8:1:2ff::3"));
        assert_eq!(nested("192.0.2.7"), ["192.0.2.7 1", "192.0.2.0/24 16"]);
        assert_eq!(nested("192.0.2.0"), ["192.0.2.0 1", "192.0.2.0/24 16"]);
        assert_eq!(nested("::ffff:192.0.3.7"), ["192.0.3.7 1", "192.0.3.0/24 16"]);
    }

    #[test]
    fn no_two_networks_have_the_same_bytes() {
        let bytes = |text: &str| Network::parse(text).unwrap().bytes();
        assert_eq!(bytes("192.0.2.7"), bytes("::ffff:192.0.2.7"));
        let mut all: Vec<[u8; 17]> = ["192.0.2.7", "192.0.2.0", "2001:db8::", "::"]
            .into_iter()
            .flat_map(|text| Network::parse(text).unwrap().nested())
            .map(|(network, _)| network.bytes())
            .collect();
        let number = all.len();
        all.sort_unstable();
        all.dedup();
        // Two are the same /24.
        assert_eq!((number, all.len()), (10, 9));
    }

    #[test]
    fn nonsense_is_no_network() {
        for text in ["", "localhost", "192.0.2.7/24", "2001:db8::/32", "2001:db8::/x"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}

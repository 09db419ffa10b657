//! An address or a network in CIDR notation (RFC 4632 §3.1).

use std::net::{IpAddr, Ipv6Addr};

/// Addresses with a common prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: u128,
    bits: u32,
    four: bool,
}

impl Network {
    /// Reads `10.0.0.0/8`, `::1` and the like.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let (base, four) = number(address.parse().ok()?);
        let width = if four { 32 } else { 128 };
        let bits = match length {
            Some(length) => length.parse().ok().filter(|bits| *bits <= width)?,
            None => width,
        };
        Some(Self { base, bits, four })
    }

    /// Whether it is larger than any network of one operator: the largest private ones are 10.0.0.0/8 and
    /// fc00::/7, and of the public addresses of IPv6 nobody was given more than a /16. One that holds IPv4
    /// addresses is as large as what it holds of those.
    pub fn is_vast(&self) -> bool {
        if self.four {
            return self.bits < 8;
        }
        let inside = |prefix: &Prefix| self.bits >= prefix.bits && prefix.holds(self.base);
        let around = |prefix: &Prefix| self.bits < prefix.bits && self.holds(prefix.base);
        if let Some(holding) = HOLDING_IPV4.iter().find(|(prefix, _)| inside(prefix)) {
            return self.bits < holding.1 + 8;
        }
        let inner = INNER.iter().any(inside);
        self.bits < if inner { 7 } else { 16 } || HOLDING_IPV4.iter().any(|(prefix, _)| around(prefix))
    }

    /// Whether an address is of this machine or of a private network (RFC 1918, RFC 4193, link-local), and
    /// not all of them.
    pub fn is_inner(address: IpAddr) -> bool {
        match address.to_canonical() {
            IpAddr::V4(four) => four.is_loopback() || four.is_private() || four.is_link_local(),
            IpAddr::V6(six) => six.is_loopback() || six.is_unique_local() || six.is_unicast_link_local(),
        }
    }

    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (address, four) = number(address);
        four == self.four && self.holds(address)
    }

    fn holds(&self, number: u128) -> bool {
        let width = if self.four { 32 } else { 128 };
        (self.base ^ number).checked_shr(width - self.bits).unwrap_or_default() == 0
    }
}

/// Addresses of IPv6 that begin alike.
struct Prefix {
    base: u128,
    bits: u32,
}

impl Prefix {
    const fn of(segments: [u16; 6], bits: u32) -> Self {
        let [a, b, c, d, e, f] = segments;
        Self { base: Ipv6Addr::new(a, b, c, d, e, f, 0, 0).to_bits(), bits }
    }

    fn holds(&self, number: u128) -> bool {
        (self.base ^ number).checked_shr(128 - self.bits).unwrap_or_default() == 0
    }
}

/// Where addresses of IPv6 hold those of IPv4, and at which bit: through a translator (RFC 6052 §2.1, RFC
/// 8215), by 6to4 (RFC 3056 §2), by Teredo (RFC 4380 §4), and as was once meant (RFC 4291 §2.5.5.1, RFC 2765
/// §2.1).
const HOLDING_IPV4: [(Prefix, u32); 6] = [
    (Prefix::of([0x64, 0xff9b, 0, 0, 0, 0], 96), 96),
    (Prefix::of([0x64, 0xff9b, 1, 0, 0, 0], 48), 96),
    (Prefix::of([0x2002, 0, 0, 0, 0, 0], 16), 16),
    (Prefix::of([0x2001, 0, 0, 0, 0, 0], 32), 96),
    (Prefix::of([0, 0, 0, 0, 0, 0], 96), 96),
    (Prefix::of([0, 0, 0, 0, 0xffff, 0], 96), 96),
];

/// Unique local and link-local addresses (RFC 4193 §3.1, RFC 4291 §2.5.6).
const INNER: [Prefix; 2] = [Prefix::of([0xfc00, 0, 0, 0, 0, 0], 7), Prefix::of([0xfe80, 0, 0, 0, 0, 0], 10)];

/// An IPv4 address that came mapped into IPv6 counts as IPv4.
fn number(address: IpAddr) -> (u128, bool) {
    match address.to_canonical() {
        IpAddr::V4(four) => (u32::from(four).into(), true),
        IpAddr::V6(six) => (six.into(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        Network::parse(network).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn addresses_are_held_by_their_network_alone() {
        assert!(holds("10.0.0.0/8", "10.255.0.1"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("192.0.2.7", "192.0.2.7"));
        assert!(!holds("192.0.2.7", "192.0.2.6"));
        assert!(holds("0.0.0.0/0", "203.0.113.9"));
        assert!(!holds("0.0.0.0/0", "2001:db8::1"));
        assert!(holds("::/0", "2001:db8::1"));
        assert!(holds("2001:db8::/32", "2001:db8:1::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::1"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1"));
    }

    #[test]
    fn no_operator_has_a_network_of_everybody() {
        let vast = |text: &str| Network::parse(text).unwrap().is_vast();
        for everybody in [
            "0.0.0.0/0",
            "128.0.0.0/1",
            "::/0",
            "::/7",
            "2000::/3",
            "2000::/7",
            "2600::/12",
            // All of IPv4, in one of the ways in which IPv6 holds it.
            "64:ff9b::/96",
            "64:ff9b::/64",
            "64:ff9b::/32",
            "64:ff9b::8000:0/97",
            "64:ff9b:1::/48",
            "64:ff9b:1::/96",
            "64:ff9b:1:fffe::/96",
            "2002::/16",
            "2002:8000::/17",
            "2001::/32",
            "2001::/16",
            "::/96",
            "::/64",
            "::ffff:0:0:0/96",
        ] {
            assert!(vast(everybody), "{everybody}");
        }
        for own in [
            "10.0.0.0/8",
            "fc00::/7",
            "fd00::/8",
            "fe80::/10",
            "2001:db8::/32",
            "2630::/16",
            "127.0.0.1",
            "::1",
            // 10.0.0.0/8 and 10.0.0.7.
            "64:ff9b::a00:0/104",
            "64:ff9b::a00:7",
            "64:ff9b:1::a00:0/104",
            "2002:a00::/24",
        ] {
            assert!(!vast(own), "{own}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "localhost", "10.0.0.0/", "10.0.0.0/-1"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}

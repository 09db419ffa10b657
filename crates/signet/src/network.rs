//! An address or a network in CIDR notation (RFC 4632 §3.1).

use std::net::IpAddr;

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
    /// fc00::/7.
    pub fn is_vast(&self) -> bool {
        self.bits < if self.four { 8 } else { 7 }
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
        let width = if self.four { 32 } else { 128 };
        let differs = self.base ^ address;
        four == self.four && differs.checked_shr(width - self.bits).unwrap_or_default() == 0
    }
}

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
        for everybody in ["0.0.0.0/0", "128.0.0.0/1", "::/0", "2000::/3"] {
            assert!(vast(everybody), "{everybody}");
        }
        for own in ["10.0.0.0/8", "fc00::/7", "127.0.0.1", "::1"] {
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

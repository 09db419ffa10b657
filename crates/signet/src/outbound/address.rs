//! RFC 6890 §2.2 and the IANA special-purpose registries: which addresses and names belong to the public
//! Internet.
//!
//! Anyone who registers a client chooses addresses that Signet then fetches. What lies inside the operator's
//! network, or on this machine, must not be reachable that way.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use crate::network::Network;

/// Not globally reachable, or reachable as something else than one host.
const NOT_PUBLIC: &[&str] = &[
    "0.0.0.0/8",       // this network
    "10.0.0.0/8",      // private use
    "100.64.0.0/10",   // shared by a carrier's customers
    "127.0.0.0/8",     // loopback
    "169.254.0.0/16",  // link local, cloud metadata
    "172.16.0.0/12",   // private use
    "192.0.0.0/24",    // protocol assignments
    "192.0.2.0/24",    // documentation
    "192.88.99.0/24",  // 6to4 relays
    "192.168.0.0/16",  // private use
    "198.18.0.0/15",   // benchmarking
    "198.51.100.0/24", // documentation
    "203.0.113.0/24",  // documentation
    "224.0.0.0/4",     // multicast
    "240.0.0.0/4",     // reserved, broadcast
    "2001::/23",       // protocol assignments: Teredo, benchmarking, ORCHID
    "2001:db8::/32",   // documentation
    "2002::/16",       // 6to4: holds an IPv4 address that nobody has judged
    "3fff::/20",       // documentation
];

/// RFC 4291 §2.4: all unicast addresses that were ever given out; loopback, link-local, unique local and
/// multicast ones lie outside.
const GLOBAL_UNICAST: &str = "2000::/3";

/// Names of this machine or of a local network (RFC 6761 §6.3, RFC 6762 §3, RFC 8375 §3, and `internal`).
const LOCAL_NAMES: &[&str] = &["localhost", "local", "internal", "home.arpa"];

static DENIED: LazyLock<Vec<Network>> =
    LazyLock::new(|| NOT_PUBLIC.iter().filter_map(|text| Network::parse(text)).collect());
static UNICAST: LazyLock<Option<Network>> = LazyLock::new(|| Network::parse(GLOBAL_UNICAST));

/// Whether an address is one of the public Internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    // An IPv4 address inside an IPv6 one is judged as what it is, or packets would reach it by a detour.
    match address.to_canonical() {
        IpAddr::V4(four) => !is_denied(IpAddr::V4(four)),
        IpAddr::V6(six) => match translated(six) {
            Some(four) => !is_denied(IpAddr::V4(four)),
            None => UNICAST.is_some_and(|global| global.contains(six.into())) && !is_denied(six.into()),
        },
    }
}

/// Whether a host name can only mean something local. A name without a dot is completed by the resolver's
/// search list.
pub(super) fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let ends =
        |local: &&str| name.strip_suffix(*local).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    !name.contains('.') || LOCAL_NAMES.iter().any(ends)
}

fn is_denied(address: IpAddr) -> bool {
    DENIED.iter().any(|network| network.contains(address))
}

/// RFC 6052 §2.1: the IPv4 address that a translator makes of this one.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [0x64, 0xff9b, 0, 0, 0, 0, high, low] = address.segments() else { return None };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn every_network_of_the_table_reads() {
        assert_eq!(DENIED.len(), NOT_PUBLIC.len());
        assert!(UNICAST.is_some());
    }

    #[test]
    fn public_addresses_are_public() {
        let edges =
            ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"];
        let more = [
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "198.20.0.0",
            "223.255.255.255",
            "1.1.1.1",
        ];
        let six = ["2000::1", "2001:200::1", "2606:4700:4700::1111", "2a00:1450:4001::1", "3ffe::1"];
        for address in edges.iter().chain(&more).chain(&six) {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn special_purpose_ipv4_addresses_are_not() {
        for address in [
            "0.0.0.0",
            "0.255.255.255",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.171",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn special_purpose_ipv6_addresses_are_not() {
        for address in [
            "::",
            "::1",
            "::2",
            "100::1",
            "100:0:0:1::1",
            "64:ff9b:1::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:1ff::1",
            "2001:db8::1",
            "2002:808:808::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn an_ipv4_address_inside_is_judged_as_itself() {
        for (address, expected) in [
            ("::ffff:127.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::ffff:8.8.8.8", true),
            ("64:ff9b::127.0.0.1", false),
            ("64:ff9b::a9fe:a9fe", false),
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b::1:0:808:808", false),
            ("::8.8.8.8", false),
        ] {
            assert_eq!(public(address), expected, "{address}");
        }
    }

    #[test]
    fn local_names_are_known_by_their_end() {
        for name in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "nas.home.arpa",
            "intranet",
            "",
        ] {
            assert!(is_local_name(name), "{name}");
        }
        for name in [
            "example.org",
            "localhost.example.org",
            "notlocalhost.org",
            "mylocal.com",
            "local.example",
            "arpa.home.org",
        ] {
            assert!(!is_local_name(name), "{name}");
        }
    }
}

//! RFC 7239 §4, §7.4 and `X-Forwarded-For`: the client behind a proxied request. Only the address is taken
//! from these headers: scheme and host are those of the configured issuer, whatever a header says.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::header::{FORWARDED, HeaderName};
use http::{Extensions, HeaderMap};

use crate::network::Network;

/// Where a request comes from, proxies left out; a request extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The other end of the connection; a request extension that Signet's server sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// The other end of the connection, as Signet's server or axum's (`into_make_service_with_connect_info`) has
/// noted it.
pub fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let own = extensions.get().map(|Peer(peer): &Peer| peer.ip());
    own.or_else(|| extensions.get().map(|ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip()))
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Walks from the connection towards the client for as long as the trusted proxies vouch: the first address
/// that is not one of theirs is the client's. Anybody could have written what is to the left of it.
///
/// When both headers are there and disagree, one of them was passed through from outside, and neither is
/// believed.
///
/// With the address comes whether the headers could be read to their end: where a trusted proxy passed the
/// request on, what it says may be no address.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> (ClientAddress, bool) {
    let peer = peer.to_canonical();
    if !is_trusted(peer, trusted) {
        return (ClientAddress(peer), true);
    }
    let standard = headers.contains_key(FORWARDED).then(|| walk(peer, forwarded_for(headers), trusted));
    let usual = headers.contains_key(X_FORWARDED_FOR).then(|| walk(peer, x_forwarded_for(headers), trusted));
    let (address, is_read) = match (standard, usual) {
        (Some((one, _)), Some((other, _))) if one != other => (peer, false),
        (Some(read), _) | (None, Some(read)) => read,
        (None, None) => (peer, true),
    };
    (ClientAddress(address), is_read)
}

/// Whether the request says that somebody passed it on.
pub fn is_passed_on(headers: &HeaderMap) -> bool {
    headers.contains_key(FORWARDED) || headers.contains_key(X_FORWARDED_FOR)
}

/// Whether an address is one of the configured proxies.
pub fn is_trusted(address: IpAddr, trusted: &[Network]) -> bool {
    trusted.iter().any(|network| network.contains(address))
}

/// `hops` from the nearest to the farthest; one that is no address ends the walk.
fn walk(peer: IpAddr, hops: impl Iterator<Item = Option<IpAddr>>, trusted: &[Network]) -> (IpAddr, bool) {
    let mut nearest = peer;
    for hop in hops {
        let Some(hop) = hop else { return (nearest, false) };
        nearest = hop;
        if !is_trusted(hop, trusted) {
            break;
        }
    }
    (nearest, true)
}

fn x_forwarded_for(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    elements(headers, X_FORWARDED_FOR).map(node)
}

fn forwarded_for(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    elements(headers, FORWARDED).map(|element| {
        let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let mut nodes =
            pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map(|(_, value)| value);
        let (first, second) = (nodes.next(), nodes.next());
        first.filter(|_| second.is_none()).and_then(node)
    })
}

/// The elements of all lines of a list header, last first. One that is not text counts as one that is no
/// address: what is to the right of it was written by a proxy all the same.
fn elements(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).iter().rev().map(http::HeaderValue::as_bytes);
    let elements = lines.flat_map(|line| line.rsplit(|byte| *byte == b','));
    // RFC 9110 §5.6.1.2: empty elements do not count.
    let elements = elements.filter(|element| !element.trim_ascii().is_empty());
    elements.map(|element| std::str::from_utf8(element).unwrap_or_default())
}

/// RFC 7239 §6: an address, perhaps quoted, perhaps with a port; `unknown` and obfuscated names are none.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address =
        bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn client(peer: &str, lines: &[(&'static str, &'static str)]) -> String {
        let trusted = ["10.0.0.0/8", "::1"].map(|text| Network::parse(text).unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).0.0.to_string()
    }

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(client("203.0.113.9", &[("x-forwarded-for", "192.0.2.1")]), "203.0.113.9");
        assert_eq!(client("203.0.113.9", &[("forwarded", "for=192.0.2.1")]), "203.0.113.9");
        assert_eq!(client("::ffff:203.0.113.9", &[]), "203.0.113.9");
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_is_the_client() {
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "192.0.2.66, 192.0.2.1, 10.0.0.2")]),
            "192.0.2.1"
        );
        assert_eq!(
            client("10.0.0.1", &[("x-forwarded-for", "192.0.2.66"), ("x-forwarded-for", "192.0.2.1")]),
            "192.0.2.1"
        );
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")]), "10.0.0.3");
        assert_eq!(client("::ffff:10.0.0.1", &[("x-forwarded-for", "::ffff:192.0.2.1")]), "192.0.2.1");
        assert_eq!(client("::1", &[("x-forwarded-for", "2001:db8::7")]), "2001:db8::7");
    }

    #[test]
    fn the_standard_header_has_ports_quotes_and_brackets() {
        for value in [
            "for=192.0.2.1",
            "For=\"192.0.2.1:4711\";proto=https;by=10.0.0.1",
            "for=192.0.2.66, for=192.0.2.1;host=evil.example, for=10.0.0.2",
            "proto=https; for=192.0.2.1",
        ] {
            assert_eq!(client("10.0.0.1", &[("forwarded", value)]), "192.0.2.1", "{value}");
        }
        assert_eq!(client("10.0.0.1", &[("forwarded", "for=\"[2001:db8::7]:4711\"")]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &[("forwarded", "for=\"[2001:db8::7]\"")]), "2001:db8::7");
    }

    #[test]
    fn what_is_no_address_ends_the_walk() {
        for value in ["192.0.2.1, unknown", "192.0.2.1, _hidden", "192.0.2.1, \"\"", "192.0.2.1, \u{7f}"] {
            let mut headers = HeaderMap::new();
            headers.insert(
                "x-forwarded-for",
                HeaderValue::from_bytes(value.as_bytes()).unwrap_or(HeaderValue::from_static("x")),
            );
            let trusted = [Network::parse("10.0.0.0/8").unwrap()];
            let peer = "10.0.0.1".parse().unwrap();
            assert_eq!(client_address(peer, &headers, &trusted).0, ClientAddress(peer), "{value:?}");
        }
        assert_eq!(client("10.0.0.1", &[("forwarded", "for=192.0.2.1;for=192.0.2.2")]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[("forwarded", "for=192.0.2.1, for=_x, for=10.0.0.2")]), "10.0.0.2");
    }

    #[test]
    fn empty_elements_of_a_list_are_none() {
        for value in ["192.0.2.1,", "192.0.2.1, ,\t,", ",192.0.2.66,, 192.0.2.1", "192.0.2.1,,10.0.0.2 ,"] {
            assert_eq!(client("10.0.0.1", &[("x-forwarded-for", value)]), "192.0.2.1", "{value}");
        }
        assert_eq!(client("10.0.0.1", &[("forwarded", "for=192.0.2.1, ,")]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", " , ")]), "10.0.0.1");
    }

    #[test]
    fn what_a_stranger_wrote_before_hides_no_proxys_word() {
        let trusted = [Network::parse("10.0.0.0/8").unwrap()];
        for value in [&b"zo\xc3\xab, 192.0.2.1"[..], b"zo\xeb, 192.0.2.1", b"\xff,192.0.2.1, 10.0.0.2"] {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_bytes(value).unwrap());
            let (found, _) = client_address("10.0.0.1".parse().unwrap(), &headers, &trusted);
            assert_eq!(found.0.to_string(), "192.0.2.1", "{value:?}");
        }
    }

    #[test]
    fn what_a_proxy_says_is_unreadable_only_where_it_ends_the_walk() {
        let trusted = [Network::parse("10.0.0.0/8").unwrap()];
        let unreadable = |peer: &str, lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            !client_address(peer.parse().unwrap(), &headers, &trusted).1
        };
        for value in ["unknown", "client.example", "192.0.2.1, _hidden", "rubbish, 10.0.0.2"] {
            assert!(unreadable("10.0.0.1", &[("x-forwarded-for", value)]), "{value}");
            assert!(!unreadable("203.0.113.9", &[("x-forwarded-for", value)]), "{value}");
        }
        assert!(unreadable("10.0.0.1", &[("forwarded", "for=192.0.2.66"), ("x-forwarded-for", "192.0.2.1")]));
        for value in ["192.0.2.1", "rubbish, 192.0.2.1", "rubbish, 192.0.2.1, 10.0.0.2", "10.0.0.3"] {
            assert!(!unreadable("10.0.0.1", &[("x-forwarded-for", value)]), "{value}");
        }
        assert!(!unreadable("10.0.0.1", &[]));
    }

    #[test]
    fn two_headers_that_disagree_are_not_believed() {
        let both =
            |standard, usual| client("10.0.0.1", &[("forwarded", standard), ("x-forwarded-for", usual)]);
        assert_eq!(both("for=192.0.2.1", "192.0.2.1"), "192.0.2.1");
        assert_eq!(both("for=192.0.2.66", "192.0.2.1"), "10.0.0.1");
    }
}

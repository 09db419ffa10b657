//! Addresses that can never be fetched, whatever is there, and what to write instead.

use std::net::IpAddr;

use url::{Host, Url};

use super::error::OutboundError;
use super::{OutboundOptions, connect};

/// Why an address is never fetched under these rules, as far as that can be told without asking for names;
/// and what to do about it.
pub fn never_fetched(uri: &str, options: &OutboundOptions) -> Option<(String, String)> {
    let url = Url::parse(uri).ok()?;
    let named = url.host_str().is_some_and(|host| options.hosts.iter().any(|known| known == host));
    let allow_private = options.allow_private_addresses || named;
    let why = connect::never(allow_private, &options.networks, &url)?;
    let instead = instead(&why, &url, options);
    Some((format!("{uri:?} is never fetched: {why}"), instead))
}

fn instead(why: &OutboundError, url: &Url, options: &OutboundOptions) -> String {
    if !url.username().is_empty() || url.password().is_some() {
        return "write the address without a user and password".to_owned();
    }
    let private = matches!(why, OutboundError::Private);
    let address: IpAddr = match url.host() {
        // A host that is allowed by its name may be fetched from by plain http.
        Some(Host::Domain(name)) => {
            let scheme = if private { "a public" } else { "an" };
            return format!(
                "write {scheme} https address, or allow the host by `outbound.allow = [{name:?}]`"
            );
        }
        Some(Host::Ipv4(four)) => four.into(),
        Some(Host::Ipv6(six)) => six.into(),
        None => return "write https://HOST/PATH".to_owned(),
    };
    // A network that is allowed is one of addresses: it says nothing of plain http.
    let mut secure = url.clone();
    let reached =
        secure.set_scheme("https").is_ok() && connect::never(false, &options.networks, &secure).is_none();
    match (private, reached) {
        (true, _) => {
            format!("write a public https address, or allow this one by `outbound.allow = [\"{address}\"]`")
        }
        (false, true) => "write an https address".to_owned(),
        (false, false) => {
            format!("write an https address, and allow it by `outbound.allow = [\"{address}\"]`")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    fn advice(uri: &str, options: &OutboundOptions) -> Option<String> {
        never_fetched(uri, options).map(|(_, instead)| instead)
    }

    #[test]
    fn the_advice_fits_the_reason_and_the_kind_of_host() {
        for (uri, said) in [
            (
                "http://keys.example.org/jwks",
                "an https address, or allow the host by `outbound.allow = [\"keys.example.org\"]`",
            ),
            (
                "https://keys.internal/jwks",
                "a public https address, or allow the host by `outbound.allow = [\"keys.internal\"]`",
            ),
            (
                "https://10.0.0.7/jwks",
                "a public https address, or allow this one by `outbound.allow = [\"10.0.0.7\"]`",
            ),
            (
                "https://[fd00::1]/jwks",
                "a public https address, or allow this one by `outbound.allow = [\"fd00::1\"]`",
            ),
            ("http://10.0.0.7/jwks", "an https address, and allow it by `outbound.allow = [\"10.0.0.7\"]`"),
            ("http://[fd00::1]/jwks", "an https address, and allow it by `outbound.allow = [\"fd00::1\"]`"),
            ("http://198.41.0.4/jwks", "an https address"),
            ("https://u:p@keys.example.org/", "the address without a user and password"),
            ("http://u@10.0.0.7/", "the address without a user and password"),
        ] {
            assert_eq!(advice(uri, &OutboundOptions::default()), Some(format!("write {said}")), "{uri}");
        }
        assert_eq!(advice("https://keys.example.org/jwks", &OutboundOptions::default()), None);
    }

    /// Whoever does what is said needs no second piece of advice.
    #[test]
    fn the_advice_helps() {
        for (uri, allowed) in [
            ("http://keys.internal/jwks", "keys.internal"),
            ("https://keys.internal/jwks", "keys.internal"),
            ("https://10.0.0.7/jwks", "10.0.0.7"),
            ("https://[fd00::1]/jwks", "fd00::1"),
        ] {
            let said = advice(uri, &OutboundOptions::default()).unwrap();
            assert!(said.ends_with(&format!("[{allowed:?}]`")), "{said}");
            let options = match Network::parse(allowed) {
                Some(network) => OutboundOptions { networks: vec![network], ..Default::default() },
                None => OutboundOptions { hosts: vec![allowed.to_owned()], ..Default::default() },
            };
            assert_eq!(advice(uri, &options), None, "{uri}");
        }
        let networks = vec![Network::parse("10.0.0.0/8").unwrap()];
        let options = OutboundOptions { networks, ..Default::default() };
        assert_eq!(advice("http://10.0.0.7/jwks", &options).as_deref(), Some("write an https address"));
    }
}

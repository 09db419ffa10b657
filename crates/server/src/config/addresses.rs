//! Rules for addresses: the issuer, where to listen, proxies, endpoint paths.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use signet_core::settings::Paths;
use signet_core::{endpoint, issuer, uri};
use url::Url;

use super::Report;
use super::tree::Step;
use super::written::Endpoints;
use signet::Network;
use signet::program::path_fault;

/// OpenID Connect Discovery §3: https but for loopback and for hosts that are named as dangerous, and spelled
/// as everybody spells it.
pub(super) fn issuer(written: Option<&str>, http_hosts: &[String], report: &mut Report) -> Option<String> {
    let text = written?; // that it is missing has been said
    if let Some(fault) = issuer::fault(text, http_hosts) {
        report.error(&[Step::Key("issuer")], fault.what, fault.instead);
    } else if text.ends_with('/') {
        let what = "this issuer ends with a slash, which every application must write too";
        let advice = "leave the slash out, unless applications know the provider with it";
        report.warn(&[Step::Key("issuer")], what, advice);
    }
    Some(text.to_owned())
}

pub(super) fn listen(written: Option<&str>, port: Option<u16>, report: &mut Report) -> Option<SocketAddr> {
    let Some(text) = written else {
        return Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.unwrap_or(8080)));
    };
    let address = text.parse().ok();
    if address.is_none() {
        let advice = "write an address and a port, such as \"127.0.0.1:8080\", or \"[::]:443\" for all";
        report.error(&[Step::Key("listen")], format!("{text:?} is not an address to listen on"), advice);
    }
    address
}

/// Where metrics and health have a listener of their own.
pub(super) fn metrics_listen(
    written: Option<&str>,
    listen: Option<SocketAddr>,
    report: &mut Report,
) -> Option<SocketAddr> {
    let at = [Step::Key("metrics"), Step::Key("listen")];
    let text = written?;
    let address = text.parse().ok();
    if address.is_none() {
        let advice = "write an address and a port, such as \"127.0.0.1:9401\"";
        report.error(&at, format!("{text:?} is not an address to listen on"), advice);
    } else if let (Some(own), Some(other)) = (address, listen)
        && same_socket(own, other)
    {
        report.error(&at, format!("{text:?} is where everything else is served"), "choose another port");
    } else if let Some(own) = address
        && !Network::is_inner(own.ip())
    {
        let what = format!("everybody who reaches {own} can read metrics and health");
        report.warn(&at, what, "listen on an address of this machine or your internal network");
    }
    address
}

/// Whether one would take the other's place: the same port, at the same address or at all of them.
fn same_socket(one: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (one.ip().to_canonical(), other.ip().to_canonical());
    one.port() != 0 && one.port() == other.port() && (a == b || a.is_unspecified() || b.is_unspecified())
}

/// Networks and host names, told apart by how they are written.
pub(super) fn allowed(written: &[String], report: &mut Report) -> (Vec<Network>, Vec<String>) {
    let (mut networks, mut hosts) = (Vec::new(), Vec::new());
    for (index, text) in written.iter().enumerate() {
        let name = || {
            let url = Url::parse(&format!("https://{text}/"));
            url.is_ok_and(|url| url.host_str() == Some(text) && uri::has_plain_host(&url))
        };
        match Network::parse(text) {
            // What everybody can have an address in is not the operator's own.
            Some(network) if network.is_vast() => report.error(
                &[Step::Key("outbound"), Step::Key("allow"), Step::Index(index)],
                format!(
                    "{text:?} is not a network of yours, but most of the Internet and all that is inside"
                ),
                "name your own networks, such as \"10.0.0.0/8\"",
            ),
            Some(network) => networks.push(network),
            None if name() => hosts.push(text.clone()),
            None => report.error(
                &[Step::Key("outbound"), Step::Key("allow"), Step::Index(index)],
                format!("{text:?} is neither an address, a network nor a host name"),
                "write \"10.0.0.0/8\" or \"keys.internal\"",
            ),
        }
    }
    (networks, hosts)
}

pub(super) fn proxies(written: &[String], report: &mut Report) -> Vec<Network> {
    let mut networks = Vec::new();
    for (index, text) in written.iter().enumerate() {
        match Network::parse(text) {
            // A peer that is believed may pass for anybody: the whole of the Internet must not be.
            Some(network) if network.is_vast() => report.error(
                &[Step::Key("proxy"), Step::Key("trusted"), Step::Index(index)],
                format!(
                    "{text:?} is not a network of proxies: anybody could write the address they come from"
                ),
                "name the proxies' own addresses, such as \"10.0.0.7\" or \"10.0.0.0/8\"",
            ),
            Some(network) => networks.push(network),
            None => report.error(
                &[Step::Key("proxy"), Step::Key("trusted"), Step::Index(index)],
                format!("{text:?} is neither an address nor a network"),
                "write \"10.0.0.7\" or \"10.0.0.0/8\"",
            ),
        }
    }
    networks
}

pub(super) fn transport(
    issuer: &str,
    listen: SocketAddr,
    tls: bool,
    proxies: Option<&[Network]>,
    report: &mut Report,
) {
    let https = issuer.starts_with("https:");
    if tls && !https {
        let advice = "write https://… there, or take `tls` out";
        report.error(&[Step::Key("tls")], "`tls` is set, but the issuer says http", advice);
    } else if https && !tls && proxies.is_none_or(<[Network]>::is_empty) && !listen.ip().is_loopback() {
        let what = "the issuer says https, but Signet listens without TLS and no proxy is trusted";
        report.warn(&[Step::Key("listen")], what, "set `tls`, or name your proxy in `proxy.trusted`");
    } else if https && !tls && proxies.is_none() {
        // What speaks TLS for the issuer is on this machine.
        let (at, what) = (
            [Step::Key("proxy"), Step::Key("trusted")],
            "the issuer says https and Signet listens on this machine only, so a proxy is in front of it; unless that is named, all users \
             seem to come from one address and wait for each other's wrong passwords",
        );
        let advice =
            "write `proxy.trusted = [\"127.0.0.1\", \"::1\"]`, or `proxy.trusted = []` if that is meant";
        // oidc-op knows of no proxies, and its files start as they are.
        match report.theirs {
            true => report.warn(&at, what, advice),
            false => report.error(&at, what, advice),
        }
    }
}

pub(super) fn paths(written: &Endpoints, report: &mut Report) -> Paths {
    let mut paths = endpoint::paths();
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let names = endpoint::ENDPOINTS.iter().map(|endpoint| endpoint.name());
    // Those that are written come last, so that they are blamed for a clash with a default.
    let (chosen, defaults): (Vec<&str>, Vec<&str>) = names.partition(|name| written.path(name).is_some());
    for name in defaults.into_iter().chain(chosen) {
        let at = [Step::Key("endpoint"), Step::Key(name), Step::Key("path")];
        if let Some(text) = written.path(name) {
            // oidc-op writes paths without their first slash.
            let path = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
            if let Some((what, advice)) = path_fault(&path) {
                report.error(&at, what, advice);
            }
            paths.set(name, path);
        }
        let path = paths.of(name);
        if let Some(other) = taken.insert(path.to_owned(), name) {
            report.error(&at, format!("{path} is the path of {other} already"), "choose another");
        }
    }
    paths
}

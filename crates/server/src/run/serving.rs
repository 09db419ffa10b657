//! How the configuration says that a provider is served, and serving it until asked to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use signet_core::time::Timestamp;
use signet_core::uri;
use tokio::sync::watch;
use url::Url;

use crate::config::{Loaded, LogFormat, Seconds};
use crate::log;
use signet::Provider;
use signet::clock::{Clock as _, SystemClock};
use signet::serve::{
    Background, Certificate, CertificateFacts, Error, Hangups, Limits, Metrics, Options, Server, hindrance,
    observer, routes, watch_routes,
};

/// What is served from.
pub(super) struct Files {
    /// The configuration file.
    pub(super) configuration: PathBuf,
    /// The store, as the configuration has it.
    pub(super) store: String,
}

/// As the configuration says.
pub(super) fn options(config: &Loaded) -> Options {
    let seconds = |Seconds(seconds)| Duration::from_secs(seconds);
    Options {
        listen: vec![config.listen],
        named: "listen",
        tls: config.tls.clone(),
        host: host(config),
        proxies: config.proxies.clone(),
        metrics: match (config.metrics_listen, config.metrics.enabled) {
            (Some(address), enabled) => Metrics::At(address, enabled),
            (None, true) => Metrics::Here,
            (None, false) => Metrics::Off,
        },
        hsts: hsts(config),
        plain_http: is_meant_plain(config),
        warnings: Vec::new(),
        json: config.log.format == LogFormat::Json,
        limits: Limits {
            connections: config.server.max_connections,
            connections_per_network: config.server.max_connections_per_network,
            header_timeout: seconds(config.server.header_timeout),
            max_body: config.server.max_body,
            shutdown_timeout: seconds(config.server.shutdown_timeout),
            ..Limits::default()
        },
    }
}

/// Why an address of the configuration cannot be listened on now.
pub(super) fn taken(config: &Loaded) -> Option<Error> {
    let watched = config.metrics_listen.map(|address| ("metrics.listen", address));
    let mut all = std::iter::once(("listen", config.listen)).chain(watched);
    all.find_map(|(named, address)| hindrance(address, named))
}

/// Where clients reach the server themselves: by the name in the issuer, or by the address where that is not
/// for HTTPS.
fn host(config: &Loaded) -> Option<String> {
    if !config.proxies.is_empty() {
        return None;
    }
    let issuer = Url::parse(&config.settings.issuer).ok().filter(|issuer| issuer.scheme() == "https");
    let address = config.listen.ip();
    match issuer.as_ref().and_then(Url::host_str) {
        // An address of IPv6 is in brackets there.
        Some(host) => Some(host.trim_matches(['[', ']']).to_owned()),
        None => (!address.is_unspecified()).then(|| address.to_string()),
    }
}

/// Only where the issuer itself is at a host for which that was said.
fn is_meant_plain(config: &Loaded) -> bool {
    let issuer = Url::parse(&config.settings.issuer).ok().filter(|issuer| issuer.scheme() == "http");
    let host = issuer.as_ref().and_then(Url::host_str);
    host.is_some_and(|host| config.settings.dangerous.http_hosts.iter().any(|named| named == host))
}

/// RFC 6797 §6.1. Not for `localhost`, where other programs are served by http.
fn hsts(config: &Loaded) -> Option<String> {
    let issuer = Url::parse(&config.settings.issuer).ok().filter(|issuer| issuer.scheme() == "https")?;
    let local = issuer.domain().is_some() && uri::is_loopback(&issuer);
    let Seconds(max_age) = config.hsts.max_age;
    let subdomains = if config.hsts.include_subdomains { "; includeSubDomains" } else { "" };
    (config.hsts.enabled && !local).then(|| format!("max-age={max_age}{subdomains}"))
}

/// Serves a provider until `stop`. On SIGHUP the certificate is read again and `reload` is called;
/// what it returns as an error is logged, and everything stays as it was.
pub(super) async fn run<R, F>(
    provider: Provider,
    options: Options,
    files: Files,
    stop: impl Future<Output = ()>,
    mut hangups: Hangups,
    mut reload: R,
) -> Result<(), Error>
where
    R: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<(), String>> + Send,
{
    let server = Server::bind(&options).await?;
    let watched = match options.metrics {
        Metrics::At(address, _) => Some(Server::bind(&watching(&options, address)).await?),
        Metrics::Off | Metrics::Here => None,
    };
    let (certificate, host) = (server.certificate(), options.host.clone());
    let metrics = provider.metrics().clone();
    if let Some(certificate) = &certificate {
        metrics.certificate_ends(certificate.facts().not_after);
    }
    let looking = look_after(certificate.clone(), host.clone());
    let background = Background::start(&provider);
    let reloading = async move {
        loop {
            hangups.next().await;
            if let Some(certificate) = &certificate {
                renew(certificate, host.as_deref());
                metrics.certificate_ends(certificate.facts().not_after);
            }
            match reload().await {
                Ok(()) => tracing::info!("configuration reloaded"),
                Err(error) => {
                    tracing::error!(error, "failed to reload the configuration; the old one stays in use")
                }
            }
        }
    };
    let server = server.observed(observer(&provider, &options));
    let routes = routes(&provider, &options);
    log::announce(server.url(), options.json);
    let (url, version) = (server.url(), env!("CARGO_PKG_VERSION"));
    let (configuration, store) = (files.configuration.display().to_string(), files.store);
    tracing::info!(url, version, configuration, store, "started");
    warn_of(&options.warnings);
    // A watcher sees us stop.
    let (tell, mut told) = watch::channel(false);
    let watching = async {
        let Some(watched) = watched else { return Ok(()) };
        let stopped = async move {
            let _gone = told.wait_for(|stopped| *stopped).await;
        };
        watched.observed(observer(&provider, &options)).run(watch_routes(&provider, &options), stopped).await
    };
    let serving = async {
        let ended = server.run(routes, stop).await;
        tell.send_replace(true);
        ended
    };
    let ended = tokio::select! {
        (ended, watched) = async { tokio::join!(serving, watching) } => ended.and(watched),
        never = reloading => never,
        never = looking => never,
    };
    background.stop().await;
    ended
}

/// The certificate is taken by itself: it is good whatever the configuration file says meanwhile.
fn renew(certificate: &Certificate, host: Option<&str>) {
    match certificate.reload() {
        Err(error) => {
            tracing::error!(%error, "failed to reload the certificate; the old one stays in use");
            return;
        }
        Ok(false) => {}
        Ok(true) => {
            let CertificateFacts { names, not_after, fingerprint, sent } = certificate.facts();
            let not_after = not_after.map(Timestamp::minute);
            tracing::info!(names, not_after, fingerprint, certificates = sent, "certificate replaced");
        }
    }
    warn_of(&certificate.doubts(host, SystemClock.now()));
}

/// Once a day the log says what is wrong with the certificate.
async fn look_after<T>(certificate: Option<Certificate>, host: Option<String>) -> T {
    const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
    loop {
        tokio::time::sleep(A_DAY).await;
        if let Some(certificate) = &certificate {
            warn_of(&certificate.doubts(host.as_deref(), SystemClock.now()));
        }
    }
}

fn warn_of(warnings: &[String]) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

/// Connections of those who watch over us: few, so that the limit of open files is judged once.
const WATCHERS: usize = 32;

/// How the address of its own is served where metrics have one.
fn watching(options: &Options, address: SocketAddr) -> Options {
    let limits = Limits { connections: options.limits.connections.min(WATCHERS), ..options.limits.clone() };
    Options { named: "metrics.listen", plain_http: true, limits, ..Options::local(vec![address]) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Config, Format, Source};
    use crate::run::tests::without_proxy;
    use signet::serve::judge_listen;

    fn said(text: &str) -> Options {
        let source = Source { text, format: Format::Toml, base: Path::new(""), file: None };
        options(&Config::load_text(source, &without_proxy(text)).unwrap())
    }

    #[test]
    fn only_https_hosts_of_networks_are_remembered() {
        let hsts = |text: &str| said(text).hsts;
        let https = "issuer = 'https://login.example.org'\nproxy.trusted = []\n";
        assert_eq!(hsts(https).as_deref(), Some("max-age=31536000"));
        let longer = "[hsts]\nmax_age = '730d'\ninclude_subdomains = true\n";
        let longer = hsts(&format!("{https}{longer}"));
        assert_eq!(longer.as_deref(), Some("max-age=63072000; includeSubDomains"));
        assert_eq!(hsts(&format!("{https}[hsts]\nenabled = false\n")), None);
        assert_eq!(hsts("issuer = 'http://127.0.0.1:9400'"), None);
        assert_eq!(hsts("issuer = 'https://localhost'\nproxy.trusted = []"), None);
    }

    #[test]
    fn a_certificate_must_name_the_host_that_clients_ask_for() {
        let host = |issuer: &str, more: &str| said(&format!("issuer = '{issuer}'\n{more}\n")).host;
        assert_eq!(
            host("https://login.example.org:8443/op", "proxy.trusted = []").as_deref(),
            Some("login.example.org")
        );
        assert_eq!(host("https://[2001:db8::1]", "proxy.trusted = []").as_deref(), Some("2001:db8::1"));
        assert_eq!(host("https://login.example.org", "proxy.trusted = ['192.0.2.1']"), None);
        assert_eq!(host("http://127.0.0.1:9400", "").as_deref(), Some("127.0.0.1"));
    }

    /// Both addresses would report a low limit of open files.
    #[test]
    fn watchers_take_few_connections() {
        let options = said("issuer = 'http://127.0.0.1:9400'\n");
        assert!(options.limits.connections > 32);
        assert_eq!(watching(&options, "127.0.0.1:0".parse().unwrap()).limits.connections, 32);
    }

    #[test]
    fn plain_http_is_for_the_host_that_was_named() {
        let refused = |host: &str, named: &str| {
            let text = format!(
                "issuer = 'http://{host}:9400'\nlisten = '0.0.0.0:9400'\ndangerous.http_hosts = ['{named}']\n"
            );
            judge_listen(&said(&text)).is_err()
        };
        assert!(!refused("signet", "signet"));
        assert!(refused("localhost", "signet"));
        assert!(refused("127.0.0.1", "signet"));
    }
}

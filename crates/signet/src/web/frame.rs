//! What every page shows around its question: who asks, who runs this, which languages there are.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;
use signet_core::endpoint::end_session;
use signet_core::params::Params;
use signet_core::record::Client;
use signet_core::settings::Settings;
use signet_core::uri::{self, Place};
use signet_core::waiting::is_read;
use url::Url;

use super::cookies::Name;
use super::language::CHOSEN;
use super::{Web, logo};
use crate::pages::{self, Frame, Href, Leads, Lives, Locale, Operator};

/// The language of a page: asked for in the address or by the application, chosen on a page before, or asked
/// for by the browser.
pub(super) fn locale(web: &Web, ui_locales: Option<&str>, headers: &HeaderMap) -> Locale {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let chosen = web.cookies.read(headers, Name::Language);
    let wished: Vec<&str> = [ui_locales, chosen].into_iter().flatten().collect();
    web.pages().negotiate(Some(&wished.join(" ")), accepted)
}

/// The frame of a page that shows itself at its own address.
pub(super) fn frame(
    web: &Web,
    settings: &Settings,
    client: Option<&Client>,
    locale: &Locale,
    csrf: String,
) -> Frame {
    let pages = web.pages();
    Frame {
        operator: operator(settings),
        client: client.map(|client| shown(web, settings, client, locale)),
        languages: pages.language_links(locale, |tag| format!("?ui_locales={tag}&{CHOSEN}=1")),
        action: String::new(),
        csrf,
        again: None,
        keeps_typed: false,
    }
}

/// Parameters of our own in the addresses of pages.
pub(super) const OWN: &[&str] =
    &["account", "changed", "restarted", "stay", "switch", "unused", super::notice::NAME];
/// A wish for languages that addresses of ours carry on.
const LONGEST_WISH: usize = 256;

/// The language that was asked for, for the next address.
pub(super) fn spoken(query: &Params) -> Option<(String, String)> {
    let wish = query.get("ui_locales").filter(|wish| wish.len() <= LONGEST_WISH)?;
    Some(("ui_locales".to_owned(), wish.to_owned()))
}

/// The query of a link on a page to itself: what its address says as far as it is read there and is not too
/// long, and more.
pub(super) fn kept_query(query: &Params, more: &[(&str, &str)]) -> String {
    let is_read = |name: &str| {
        let read = is_read(name) || end_session::PARAMETERS.contains(&name) || OWN.contains(&name);
        read && more.iter().all(|(other, _)| *other != name)
    };
    let kept = query.carried(is_read).filter(|kept| !kept.is_empty());
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let more = Params::from_pairs(more).encode();
    kept.map_or_else(|| format!("?{more}"), |kept| format!("?{kept}&{more}"))
}

/// Makes the language links keep the rest of the page's address.
pub(super) fn keep_query(frame: &mut Frame, query: &Params) {
    for link in &mut frame.languages {
        link.href = kept_query(query, &[("ui_locales", link.tag.as_str()), (CHOSEN, "1")]);
    }
}

/// Who runs this provider.
pub fn operator(settings: &Settings) -> Operator {
    Operator {
        name: host(&settings.issuer).unwrap_or_else(|| settings.issuer.clone()),
        site: None,
        help_uri: settings.help_uri.as_deref().and_then(Href::web),
        policy_uri: settings.op_policy_uri.as_deref().and_then(Href::web),
        tos_uri: settings.op_tos_uri.as_deref().and_then(Href::web),
    }
}

fn shown(web: &Web, settings: &Settings, client: &Client, locale: &Locale) -> pages::Client {
    let language = locale.tag();
    let localised = |name: &str, plain: &Option<String>| {
        let own = client.extra.get(&format!("{name}#{language}")).and_then(|value| value.as_str());
        own.or(plain.as_deref()).and_then(Href::web)
    };
    // What an application says that registered itself is no proof of where it lives.
    let trusted = Some(client).filter(|client| !client.registered);
    let site = trusted.and_then(|client| client.client_uri.as_ref().or(client.redirect_uris.first()));
    let (name, lang) = match client.display_name(language) {
        // An id that we made up tells people nothing.
        (name, _) if is_made_up(client, &name) => (locale.word("client-nameless"), None),
        named => named,
    };
    pages::Client {
        lang: lang.map(str::to_owned),
        site: site.and_then(|uri| host(uri)),
        lives: Lives::Site,
        home: document_host(client),
        logo_uri: localised("logo_uri", &client.logo_uri).and_then(|uri| {
            let now = web.asking().now();
            logo::address(settings, web.asking().secrets(), now, uri.as_str(), &name)
        }),
        client_uri: localised("client_uri", &client.client_uri).filter(|uri| is_own(client, uri.as_str())),
        policy_uri: localised("policy_uri", &client.policy_uri),
        tos_uri: localised("tos_uri", &client.tos_uri),
        unchecked: client.registered,
        document: client.registered && is_address(client),
        leads: Leads::Nothing,
        name,
    }
}

/// Shows of an application that registered itself where this page leads, and the host of its metadata
/// document: both are proven. Where nothing leads to it, it lives where all its answers go, if that is one
/// place.
fn live_at(shown: &mut pages::Client, client: &Client, to: Option<&str>, leads: Leads) {
    let home = document_host(client);
    let is_at_one = || home.is_none() && client.places().len() == 1;
    let only = || client.redirect_uris.first().filter(|_| is_at_one()).map(String::as_str);
    let at = to.or_else(only);
    (shown.lives, shown.site) = match at.and_then(uri::place_of) {
        Some(Place::Site(_)) => (Lives::Site, at.and_then(host)),
        Some(Place::Device) => (Lives::Device, None),
        Some(Place::Scheme(scheme)) => (Lives::Scheme, Some(scheme)),
        None => (Lives::Site, None),
    };
    shown.leads = if to.is_some() { leads } else { Leads::Nothing };
    shown.home = home.filter(|home| shown.site.as_ref() != Some(home));
    link_home(shown);
}

/// Keeps the link to the application's home page where that is at the host that the page names.
fn link_home(shown: &mut pages::Client) {
    let home = shown.client_uri.as_ref().and_then(|uri| host(uri.as_str()));
    if home.as_ref() != shown.home.as_ref().or(shown.site.as_ref()) {
        shown.client_uri = None;
    }
}

/// Whether an address is known to be the application's. Who registers one can write any address: of those
/// that registered themselves only the hosts of their answers count, or that of their metadata document.
pub(super) fn is_own(client: &Client, uri: &str) -> bool {
    let document = is_address(client).then(|| vec![client.client_id.as_str()]);
    let proven = document.unwrap_or_else(|| client.redirect_uris.iter().map(String::as_str).collect());
    let own = host(uri);
    !client.registered || own.is_some() && proven.into_iter().any(|proven| host(proven) == own)
}

/// Of an application that registered itself, names where the page takes the person.
pub(super) fn leads_to(frame: &mut Frame, client: Option<&Client>, to: Option<&str>) {
    let registered = client.filter(|client| client.registered);
    if let (Some(shown), Some(client)) = (frame.client.as_mut(), registered) {
        live_at(shown, client, to, Leads::Person);
    }
}

/// The id of an application that is known by its metadata document is the address of that.
fn is_address(client: &Client) -> bool {
    client.client_id.as_str().starts_with("https://")
}

/// The host of its metadata document, if it is known by that: who it is.
fn document_host(client: &Client) -> Option<String> {
    Some(client.client_id.as_str()).filter(|_| client.registered && is_address(client)).and_then(host)
}

fn is_made_up(client: &Client, name: &str) -> bool {
    client.registered && name == client.client_id.as_str() && !is_address(client)
}

/// Names the host to which the browser takes this very answer, or the scheme, if it takes it anywhere.
pub(super) fn answer_to(frame: &mut Frame, client: &Client, returns_to: Option<&str>) {
    match frame.client.as_mut() {
        Some(shown) if client.registered => live_at(shown, client, returns_to, Leads::Answer),
        Some(shown) => shown.site = returns_to.and_then(host_or_scheme).or_else(|| shown.site.take()),
        None => {}
    }
}

/// `host` or `host:port`, as people recognise a site. What follows a private scheme is nobody's name.
pub(super) fn host(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let host = url.host_str()?.to_owned();
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// The same; of a native application its own scheme (RFC 8252 §7.1).
pub(super) fn host_or_scheme(uri: &str) -> Option<String> {
    host(uri).or_else(|| Url::parse(uri).ok().map(|url| url.scheme().to_owned()))
}

/// The host of a URL, its port, and its path.
pub(super) fn place(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    Some(format!("{}{}", host(uri)?, url.path().trim_end_matches('/')))
}

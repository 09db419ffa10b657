//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 8252 §7, RFC 9700 §4.1: where users can be
//! redirected.

use super::faults::{Faults, Weight};
use super::{Judge, Origin, Scopes};
use crate::record::Client;
use crate::record::client::ApplicationType;
use crate::settings::Settings;
use crate::uri::{self, Place};
use url::Url;

/// The host of this provider, where it is closed to those who register themselves.
type Ours = Option<String>;

pub(super) fn rule(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    let implicit = client.allows_grant("implicit");
    let kind = client.application_type;
    let any_port = client.may_use_any_port();
    let ours = match judge.scopes {
        Scopes::Open(settings) => own_host(&settings.issuer),
        _ => None,
    };
    addresses(judge, "redirect_uris", &mut client.redirect_uris, faults, |uri| {
        fault(uri, &ours, (kind, any_port), implicit, uri::ANSWERS)
    });
    addresses(judge, "post_logout_redirect_uris", &mut client.post_logout_redirect_uris, faults, |uri| {
        fault(uri, &ours, (kind, any_port), false, &["state"])
    });
    if let Some(uri) = &client.initiate_login_uri {
        if !uri.starts_with("https:") {
            let what = format!("{uri} must be an absolute https address");
            faults.add(Weight::Trust, "initiate_login_uri", what, "write https://HOST/PATH");
        }
        if let Some((weight, what, instead)) = beforehand(uri, &["iss"]) {
            faults.add(weight, "initiate_login_uri", what, instead);
        }
    }
}

/// OpenID Connect Registration §2: who does not say `native` is a web application. RFC 8252 §7.1: where every
/// address is on the person's device, and one has a private scheme, it cannot be one.
pub(super) fn unsaid(client: &mut Client) {
    let has_scheme = |place: &Place| matches!(place, Place::Scheme(scheme) if scheme.contains('.'));
    let is_on_device = |place: &Place| *place == Place::Device || has_scheme(place);
    let places: Option<Vec<Place>> = client.redirect_uris.iter().map(|uri| uri::place_of(uri)).collect();
    if places.is_some_and(|places| places.iter().any(has_scheme) && places.iter().all(is_on_device)) {
        client.application_type = ApplicationType::Native;
    }
}

type Found = (Weight, String, String);

/// A metadata document is written once for all providers (draft-ietf-oauth-client-id-metadata-document §4.1):
/// what cannot be used here is left out as long as there is somewhere to answer. Who registers does so here
/// alone, and is told.
fn addresses(
    judge: &Judge<'_>,
    member: &str,
    uris: &mut Vec<String>,
    faults: &mut Faults,
    fault: impl Fn(&str) -> Option<Found>,
) {
    let usable = |uri: &String| fault(uri).is_none();
    let answered = member != "redirect_uris" || uris.iter().any(usable);
    if judge.origin == Origin::Document && answered {
        uris.retain(usable);
        return;
    }
    for (index, uri) in uris.iter().enumerate() {
        if let Some((weight, what, instead)) = fault(uri) {
            faults.add(weight, (member, index), what, instead);
        }
    }
}

/// Why a client that registers itself cannot be answered at an address, and what to write instead.
pub(crate) fn unusable(settings: &Settings, client: &Client, uri: &str) -> Option<(String, String)> {
    let kind = (client.application_type, client.may_use_any_port());
    let implicit = client.allows_grant("implicit");
    let found = fault(uri, &own_host(&settings.issuer), kind, implicit, uri::ANSWERS)?;
    Some((found.1, found.2))
}

fn fault(
    uri: &str,
    ours: &Ours,
    (kind, any_port): (ApplicationType, bool),
    implicit: bool,
    names: &[&'static str],
) -> Option<Found> {
    if ours.is_some() && own_host(uri) == *ours {
        return Some(not_yours(uri));
    }
    if let Some(fault) = uri::fault(uri).filter(|_| !any_port) {
        return Some((Weight::Wrong, format!("{uri} {}", fault.what), fault.instead));
    }
    match uri::redirect_fault(uri, kind, implicit) {
        Some((fault, trusted)) => {
            let weight = if trusted { Weight::Doubtful } else { Weight::Wrong };
            Some((weight, format!("{uri} {}", fault.what), fault.instead))
        }
        None => beforehand(uri, names),
    }
}

/// People recognise a site by its host: what is there speaks for this provider. On this machine everybody is.
fn own_host(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok().filter(|url| !uri::is_loopback(url))?;
    url.host_str().map(|host| host.trim_end_matches('.').to_owned())
}

fn not_yours(uri: &str) -> Found {
    let what =
        format!("{uri} is at the host of this provider, where no application lives that registers itself");
    (Weight::Wrong, what, "use a host of your own".into())
}

/// RFC 6749 §3.1: a parameter comes once.
fn beforehand(uri: &str, names: &[&'static str]) -> Option<Found> {
    let name = uri::says_beforehand(uri, names)?;
    let what = format!("{uri} has {name} in its query, which Signet adds itself");
    Some((Weight::Doubtful, what, "give yours another name".into()))
}

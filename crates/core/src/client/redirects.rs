//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 8252 §7, RFC 9700 §4.1: where users can be
//! redirected.

use super::Judge;
use super::fault::{Faults, Place, Weight};
use crate::record::Client;
use crate::uri;

pub(super) fn rule(_: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    let implicit = client.allows_grant("implicit");
    for (member, uris, implicit, names) in [
        ("redirect_uris", &client.redirect_uris, implicit, uri::ANSWERS),
        ("post_logout_redirect_uris", &client.post_logout_redirect_uris, false, &["state"]),
    ] {
        for (index, uri) in uris.iter().enumerate() {
            let place = Place::from((member, index));
            match uri::redirect_fault(uri, client.application_type, implicit) {
                Some((fault, trusted)) => {
                    let weight = if trusted { Weight::Doubtful } else { Weight::Wrong };
                    faults.add(weight, place, format!("{uri} {}", fault.what), fault.instead);
                }
                None => beforehand(place, uri, names, faults),
            }
        }
    }
    if let Some(uri) = &client.initiate_login_uri {
        if !uri.starts_with("https:") {
            let what = format!("{uri} must be an absolute https address");
            faults.add(Weight::Trust, "initiate_login_uri", what, "write https://HOST/PATH");
        }
        beforehand("initiate_login_uri".into(), uri, &["iss"], faults);
    }
}

/// RFC 6749 §3.1: a parameter comes once.
fn beforehand(place: Place, uri: &str, names: &[&'static str], faults: &mut Faults) {
    if let Some(name) = uri::says_beforehand(uri, names) {
        let what = format!("{uri} has {name} in its query, which Signet adds itself");
        faults.add(Weight::Doubtful, place, what, "give yours another name");
    }
}

//! OpenID Connect Dynamic Client Registration 1.0 §2: an application's logo, without revealing to its server
//! who looks.
//!
//! A picture in a page is fetched by each person's browser. Were that from the address that the application
//! registered, its server would learn who is about to sign in, from where and by which browser, before they
//! agree to anything. So pages name an address of ours, which is signed for a day or two: nothing is fetched
//! but what a page has just shown, so that this is no proxy for the world.

use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::Request;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use signet_core::env::Secrets;
use signet_core::params::Params;
use signet_core::secret::{constant_time_eq, keyed};
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_core::uri;

use super::request::{self, Named};
use super::{Web, headers, reply};
use crate::pages::Href;
use crate::routes::{self, LOGO};

const DAY: u64 = 86_400;
/// Whatever it is, it is a picture: opened by itself it runs nothing, loads nothing and belongs to no origin.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

/// Where a page finds the logo: here, or at its own address where that is of this very origin.
pub(super) fn address(
    settings: &Settings,
    secrets: &Secrets,
    now: Timestamp,
    uri: &str,
    name: &str,
) -> Option<Href> {
    let own = Href::web(uri)?;
    if uri::origin_of(uri) == uri::origin_of(&settings.issuer) {
        return Some(own);
    }
    let (day, letter) = ((now.0 / DAY).to_string(), letter(name));
    let mac = mac(secrets, &day, &letter, uri);
    let query = [("day", day.as_str()), ("letter", &letter), ("uri", uri)];
    let query = Params::from_pairs(query.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    Href::web(&settings.url(&format!("{}?{}", routes::named(LOGO, &mac), query.encode())))
}

/// The picture; a mark with the initial letter where it cannot be had.
pub(super) async fn logo(web: Web, Named(presented): Named, request: Request<axum::body::Body>) -> Response {
    let (received, _) = request::split(request);
    let params = received.query_params().unwrap_or_default();
    let Some((uri, letter)) = signed(web.asking().secrets(), web.asking().now(), &presented, &params) else {
        return reply::plain_not_found();
    };
    let (kind, bytes, cache) = match web.provider.inner.logos.at(uri, web.asking().asker()).await {
        Some(logo) => (logo.kind, logo.bytes.clone(), "private, max-age=3600"),
        None => ("image/svg+xml", Bytes::from(mark(letter)), "private, max-age=60"),
    };
    let mut response = bytes.into_response();
    headers::put(&mut response, CONTENT_TYPE, kind);
    headers::put(&mut response, CONTENT_SECURITY_POLICY, POLICY);
    headers::put(&mut response, CACHE_CONTROL, cache);
    response
}

/// What we have signed today or yesterday.
fn signed<'a>(
    secrets: &Secrets,
    now: Timestamp,
    presented: &str,
    params: &'a Params,
) -> Option<(&'a str, &'a str)> {
    let (day, letter, uri) = (params.get("day")?, params.get("letter")?, params.get("uri")?);
    let today = now.0 / DAY;
    let recent = [today, today.saturating_sub(1)].iter().any(|known| known.to_string() == day);
    let ours = constant_time_eq(mac(secrets, day, letter, uri).as_bytes(), presented.as_bytes());
    (recent && ours).then_some((uri, letter))
}

fn mac(secrets: &Secrets, day: &str, letter: &str, uri: &str) -> String {
    let parts = [day, letter, uri].map(str::as_bytes);
    let mac = keyed(&secrets.handle_key, "logo", &parts);
    mac.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// As pages write it into the mark of an application without a logo.
fn letter(name: &str) -> String {
    name.chars()
        .next()
        .filter(|c| c.is_alphanumeric())
        .map_or_else(|| "?".to_owned(), |c| c.to_uppercase().collect())
}

/// The mark of the style sheet, as a picture. A letter needs no escaping.
fn mark(letter: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 44 44\"><style>rect{{fill:#7a1f2b}}text{{fill:#fff;\
         font:650 16px system-ui,sans-serif}}@media(prefers-color-scheme:dark){{rect{{fill:#e08a96}}text{{fill:#1a0b0e}}}}\
         </style><rect width=\"44\" height=\"44\"/><text x=\"22\" y=\"22\" text-anchor=\"middle\" \
         dominant-baseline=\"central\">{letter}</text></svg>"
    )
}

#[cfg(test)]
mod tests {
    use signet_core::secret::Secret;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn made(key: u8, uri: &str, name: &str) -> Option<Href> {
        let settings = Settings::new("https://op.example/a", signet_core::endpoint::paths());
        address(&settings, &secrets(key), NOW, uri, name)
    }

    fn secrets(key: u8) -> Secrets {
        Secrets::new(&Secret::new(vec![1; 32]), &Secret::new(vec![key; 32]))
    }

    fn opened(secrets: &Secrets, now: Timestamp, address: &str) -> Option<(String, String)> {
        let (place, query) = address.strip_prefix("https://op.example/a/logo/")?.split_once('?')?;
        let params = Params::parse(query).ok()?;
        signed(secrets, now, place, &params).map(|(uri, letter)| (uri.to_owned(), letter.to_owned()))
    }

    #[test]
    fn an_address_is_good_for_what_it_was_made_for_and_for_a_day_or_two() {
        let uri = "https://app.example/logo.png?a=1&b=%20";
        let made = made(2, uri, "ökonom").unwrap();
        let made = made.as_str();
        assert_eq!(opened(&secrets(2), NOW, made), Some((uri.to_owned(), "Ö".to_owned())));
        assert!(opened(&secrets(2), NOW.plus(DAY), made).is_some());
        assert!(opened(&secrets(2), NOW.plus(2 * DAY), made).is_none());
        assert!(opened(&secrets(3), NOW, made).is_none());
        for (from, to) in [("app.example", "evil.example"), ("letter=", "letter=%3C"), ("day=2", "day=3")] {
            assert!(opened(&secrets(2), NOW, &made.replace(from, to)).is_none(), "{from}");
        }
    }

    #[test]
    fn what_is_of_this_origin_is_linked_and_what_is_no_picture_of_the_web_is_not() {
        let own = "https://op.example/assets/logo-1.svg";
        assert_eq!(made(2, own, "A").unwrap().as_str(), own);
        assert_eq!(made(2, "data:image/png,x", "A"), None);
        assert!(mark(&letter("<script>")).contains(">?</text>"));
    }
}

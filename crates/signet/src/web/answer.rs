//! Post, redirect, get for the last page: what takes an answer to the application after a form of ours is on
//! a page that is fetched, so that a reload sends nothing again. The answer is sealed in the address of that
//! page. It is read in the browser that sent the form, and for no longer than a code lives.

use axum::body::Body;
use axum::response::Response;
use http::Request;
use serde::{Deserialize, Serialize};
use signet_core::env::Secrets;
use signet_core::id::ClientId;
use signet_core::lookup::ClientById;
use signet_core::secret::{Secret, keyed};
use signet_core::time::Timestamp;

use super::cookies::Name;
use super::leaving::{Leaving, Page};
use super::request::{self, Named};
use super::{Web, reply};
use crate::at_rest::{Kek, Keks};
use crate::routes::ANSWER;

/// Seconds for which the page is there.
const LIFETIME: u64 = 60;
/// Proxies let an address of ours through that is no longer (`docs/serving.md`). A longer answer, with many
/// tokens in it, is on the page that answers the form.
const LONGEST: usize = 12 * 1024;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    /// The page.
    #[serde(rename = "p")]
    page: Page,
    /// The application.
    #[serde(rename = "c")]
    client: Option<ClientId>,
    /// The languages that were chosen or asked for.
    #[serde(rename = "l")]
    spoken: Option<String>,
    /// The browser that sent the form.
    #[serde(rename = "b")]
    browser: String,
    /// Until then.
    #[serde(rename = "u")]
    until: u64,
}

/// The address of the page; none where the browser keeps no cookie, or it would be too long.
pub(super) fn address(leaving: &Leaving<'_>, page: &Page) -> Option<String> {
    let Leaving { web, received, client, spoken } = leaving;
    let (secrets, browser) = (web.asking().secrets(), web.cookies.read(&received.headers, Name::Browser)?);
    let sealed = Sealed {
        page: page.clone(),
        client: client.map(|client| client.client_id.clone()),
        spoken: spoken.map(str::to_owned),
        browser: named(secrets, browser),
        until: web.asking().now().plus(LIFETIME).0,
    };
    let sealed = seal(secrets, &sealed)?;
    Some(web.below(ANSWER, &sealed)).filter(|address| address.len() <= LONGEST)
}

/// The page. In another browser there is none: its address may get into a log, or be somebody's link.
pub(super) async fn show(web: Web, Named(sealed): Named, request: Request<Body>) -> Response {
    let (received, _) = request::split(request);
    let (secrets, now) = (web.asking().secrets(), web.asking().now());
    let browser = web.cookies.read(&received.headers, Name::Browser).map(|marker| named(secrets, marker));
    let own = open(secrets, &sealed).filter(|sealed| Some(&sealed.browser) == browser.as_ref());
    let Some(Sealed { page, client, spoken, until, .. }) = own else {
        return reply::gone(&web, &received, None);
    };
    let client = match client {
        Some(id) => match web.asking().ask(ClientById(id)).await {
            Ok(found) => found.known(),
            Err(error) => return reply::error_page(&web, &received, &error),
        },
        None => None,
    };
    if Timestamp(until).expired_at(now) {
        return reply::answered(&web, &received, client.as_deref());
    }
    let leaving =
        Leaving { web: &web, received: &received, client: client.as_deref(), spoken: spoken.as_deref() };
    leaving.show(page)
}

fn seal(secrets: &Secrets, sealed: &Sealed) -> Option<String> {
    keks(secrets)?.seal(&serde_json::to_vec(sealed).ok()?).ok()?
}

fn open(secrets: &Secrets, sealed: &str) -> Option<Sealed> {
    let (opened, _) = keks(secrets)?.open(sealed).ok()?;
    serde_json::from_slice(opened.expose()).ok()
}

/// A short name for a browser, by its marker.
fn named(secrets: &Secrets, marker: &str) -> String {
    let name = keyed(&secrets.handle_key, "answer browser", &[marker.as_bytes()]);
    name.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn keks(secrets: &Secrets) -> Option<Keks> {
    let key = keyed(&secrets.handle_key, "answer", &[]);
    let current = Kek::new(&Secret::new(key.to_vec())).ok()?;
    Some(Keks { current: Some(current), previous: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_by_whom_it_was_sealed_and_shows_nothing_outside() {
        let secrets = |key| Secrets::new(&Secret::new(vec![1; 32]), &Secret::new(vec![key; 32]));
        let page = Page::MovesOn { to: "com.example.app:/cb?code=secret".to_owned() };
        let browser = named(&secrets(2), "marker");
        let sealed = Sealed { page, client: Some("app".into()), spoken: None, browser, until: 1 };
        let text = seal(&secrets(2), &sealed).unwrap();
        assert!(!text.contains("secret") && !text.contains("app"), "{text}");
        assert_eq!(open(&secrets(2), &text).unwrap().page, sealed.page);
        assert!(open(&secrets(3), &text).is_none() && open(&secrets(2), &text[1..]).is_none());
    }
}

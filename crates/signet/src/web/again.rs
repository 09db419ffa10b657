//! A page of a sign-in that is shown once more: in another language, after a form, or because it had ended.
//! Its address says why, and what was typed and chosen is on it again.

use signet_core::params::Params;
use signet_core::prompt::{Ask, Why as Reason};
use signet_core::reply::Interact;
use signet_core::time::Timestamp;
use signet_core::waiting::Ended;

use super::Web;
use super::cookies::Name;
use super::frame;
use super::notice::{self, Kept, Place, Typed};
use super::request::{self, Received};
use crate::engine::{Form, Shown};
use crate::pages::{Again, Why};

/// The page that a person has before them.
pub(super) struct Seen<'a> {
    /// The end of its address.
    pub(super) handle: &'a str,
    /// Its query.
    pub(super) query: &'a Params,
    /// The marker of their browser.
    pub(super) browser: Option<&'a str>,
    /// What was typed and chosen on it.
    pub(super) kept: Kept,
    /// They have sent its form.
    pub(super) posted: bool,
}

/// What the address of a page says of a browser that came to a renewed one without a cookie, and is asked to
/// keep one: when that was. Its address may get to another browser, which was not asked.
const ASKED: &str = "asked";

type Pairs = Vec<(String, String)>;

/// What the address of a page says whose form has just come without a cookie. Of a form before that, a page
/// that ends once more says nothing.
const SENT: &str = "sent";

impl<'a> Seen<'a> {
    /// The page as it was opened.
    pub(super) fn of(web: &Web, received: &'a Received, handle: &'a str, query: &'a Params) -> Self {
        let browser = web.cookies.read(&received.headers, Name::Browser);
        let place = Place { handle, browser, now: web.asking().now(), lasts: None };
        let followed = received.follows_us();
        let kept = notice::open(web.asking().secrets(), &place, followed, query.get(notice::NAME));
        Self { handle, query, browser, kept: kept.unwrap_or_default(), posted: false }
    }

    /// The same page in another language.
    pub(super) fn spoken(&self, web: &Web, tag: &str) -> String {
        let own = self.query.only(frame::OWN);
        let kept = own.pairs().iter().filter(|(name, _)| name != notice::NAME).cloned();
        let spoken = Params::from_pairs(vec![pair("ui_locales", tag)]);
        let pairs = kept.chain(frame::spoken(&spoken)).collect();
        self.address(web, self.handle, pairs, &self.kept)
    }

    /// The same page, for the account that is signed in now; or for the one that it was about (`person`), as
    /// its form said under seal, where nobody is.
    pub(super) fn changed(&self, web: &Web, person: Option<&str>) -> String {
        let name = || notice::open_name(web.asking().secrets(), person?);
        let named = || name().map(|username| Typed { username, ..Typed::default() });
        let kept = Kept { typed: self.kept.typed.clone().or_else(named), ..self.kept.clone() };
        let pairs = [pair("changed", "account")].into_iter().chain(self.language()).collect();
        self.address(web, self.handle, pairs, &kept)
    }

    /// The same page, whose form came without a cookie. `ours`: it is ours all the same.
    pub(super) fn unused(&self, web: &Web, ours: bool) -> String {
        let restarted = self.query.get("restarted").map(|why| pair("restarted", why));
        let unused = ours.then(|| pair("unused", SENT));
        let pairs = restarted.into_iter().chain(unused).chain(self.language()).collect();
        self.address(web, self.handle, pairs, &self.kept)
    }

    /// The query of the page that takes the place of this one, which has ended; in the browser that will have
    /// this marker.
    pub(super) fn restarted(&self, web: &Web, handle: &str, browser: &str, ended: Ended) -> String {
        let why = ENDED.iter().find(|(one, ..)| *one == ended).map(|(_, word, _)| pair("restarted", word));
        let unused = (self.posted || self.query.get("unused") == Some(SENT)).then(|| pair("unused", "1"));
        let renewed = self.browser.is_none() && self.query.get("restarted").is_some();
        let asked = renewed.then(|| pair(ASKED, &web.asking().now().0.to_string()));
        let kept = Kept { problem: None, ..self.kept.clone() };
        let pairs = why.into_iter().chain(unused).chain(asked).chain(self.language()).collect();
        // The marker comes with this redirect, and may not be kept.
        let lasts = self.browser.is_none().then_some(notice::HOP);
        let now = web.asking().now();
        sealed(web, &Place { handle, browser: Some(browser), now, lasts }, pairs, &kept)
    }

    /// The page that is fetched after a form: with what is said about the form. A program that does not read
    /// pages is answered at once instead, with a status.
    pub(super) fn again(&self, web: &Web, received: &Received, form: &Form, shown: &Shown) -> Option<String> {
        if shown.problem.is_some() && !received.takes_pages() {
            return None;
        }
        let reason = shown.interact.reason;
        let changed = if form.is_consent() && reason.ask == Ask::Consent {
            // Their yes was to something else than what would be given now.
            Some(pair("changed", "data"))
        } else if form.speaks_for_account() && reason.why == Reason::NoSession {
            Some(pair("changed", "account"))
        } else {
            None
        };
        let typed = self.kept.typed.clone().filter(|_| shown.problem.is_some() || form.is_navigation());
        let kept = Kept { problem: shown.problem.clone(), typed, unticked: self.kept.unticked.clone() };
        let pairs = changed.into_iter().chain(self.language()).collect();
        Some(self.address(web, &shown.interact.address, pairs, &kept))
    }

    /// A browser without a cookie was just asked to keep one.
    pub(super) fn was_asked(&self, web: &Web) -> bool {
        let asked = self.query.get(ASKED).and_then(|at| at.parse().ok());
        asked.is_some_and(|at| web.asking().now().since(Timestamp(at)) < notice::HOP)
    }

    /// The same page, for a browser that kept no cookie: once it does, it begins again with what was typed.
    pub(super) fn begun_again(&self, web: &Web) -> String {
        let kept = Kept { problem: None, ..self.kept.clone() };
        let (handle, now) = (self.handle, web.asking().now());
        let place = Place { handle, browser: None, now, lasts: Some(notice::LINK) };
        let query = sealed(web, &place, self.language().into_iter().collect(), &kept);
        format!("{}{query}", web.interaction(handle))
    }

    fn address(&self, web: &Web, handle: &str, pairs: Pairs, kept: &Kept) -> String {
        let (browser, now) = (self.browser, web.asking().now());
        let lasts = browser.is_none().then_some(notice::HOP);
        let query = sealed(web, &Place { handle, browser, now, lasts }, pairs, kept);
        format!("{}{query}", web.interaction(handle))
    }

    fn language(&self) -> Option<(String, String)> {
        frame::spoken(self.query)
    }
}

/// Why a request has begun again: the word in the address of its page, and what the page says.
const ENDED: [(Ended, &str, Why); 3] = [
    (Ended::Expired, "expired", Why::Expired),
    (Ended::Answered, "answered", Why::Answered),
    (Ended::OtherBrowser, "browser", Why::OtherBrowser),
];

/// Why this page is shown again.
pub(super) fn said(query: &Params, interact: &Interact) -> Option<Again> {
    let restarted = query.get("restarted");
    if let Some((.., why)) = ENDED.iter().find(|(_, word, _)| restarted == Some(*word)) {
        return Some(Again { why: *why, unused: query.get("unused").is_some() });
    }
    let asks_of_account = matches!(interact.reason.ask, Ask::Consent | Ask::SelectAccount);
    let why = match query.get("changed") {
        Some("account") if asks_of_account => Why::AccountChanged,
        Some("account") if interact.reason.why == Reason::NoSession => Why::SignedOut,
        Some("data") if interact.reason.ask == Ask::Consent => Why::DataChanged,
        _ => return None,
    };
    Some(Again { why, unused: false })
}

fn sealed(web: &Web, place: &Place<'_>, mut pairs: Pairs, kept: &Kept) -> String {
    pairs.extend(notice::seal(web.asking().secrets(), place, kept));
    request::query(pairs)
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

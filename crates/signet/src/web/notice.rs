//! Post, redirect, get: what is said about a form is on the page that is fetched after it, so that reloading
//! it sends nothing again. What was typed and chosen goes along, sealed: it stays out of histories and logs,
//! and nobody can make a page say what they like.

use serde::{Deserialize, Serialize};
use signet_core::env::Secrets;
use signet_core::params::Params;
use signet_core::secret::{Secret, keyed};
use signet_core::time::Timestamp;
use signet_login::sign_up::Fault;

use super::csrf;
use crate::at_rest::{Kek, Keks};
use crate::engine::{OPTIONAL_SCOPES, Problem};

/// The parameter of a page's address.
pub(super) const NAME: &str = "notice";
/// Characters of what was typed that are shown again.
const MOST: usize = 255;
/// Seconds for which a notice that is of no browser in particular is read: behind a redirect,
pub(super) const HOP: u64 = 60;
/// and behind a link that a person follows when they have allowed cookies.
pub(super) const LINK: u64 = 900;

/// What a page shows again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// What was wrong with the last try.
    pub(super) problem: Option<Problem>,
    /// What was typed into the sign-in or sign-up page.
    pub(super) typed: Option<Typed>,
    /// Optional scopes that were left out, where the consent page was shown.
    pub(super) unticked: Option<Vec<String>>,
}

/// What a person typed; never the password.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Typed {
    /// What they sign in with.
    #[serde(rename = "u")]
    pub(super) username: String,
    /// What to call them, on the sign-up page.
    #[serde(rename = "n")]
    pub(super) name: String,
    /// On the sign-up page.
    #[serde(rename = "e")]
    pub(super) email: String,
}

impl Kept {
    /// What is in a form, and on the page from which it was sent.
    pub(super) fn of(form: &Params, sent: csrf::Sent<'_>, page: Self) -> Self {
        let text = |name| form.get(name).unwrap_or_default().trim().to_owned();
        // An emptied field was typed into as well.
        let has_names = form.pairs().iter().any(|(name, _)| name == "username");
        let typed =
            has_names.then(|| Typed { username: text("username"), name: text("name"), email: text("email") });
        // Only the form of the consent page says what it showed.
        let consent = sent.shown.is_some();
        let left_out = || {
            let left_out = OPTIONAL_SCOPES.iter().filter(|scope| !form.all("optional").any(|o| o == **scope));
            left_out.map(|scope| (*scope).to_owned()).collect()
        };
        let unticked = consent.then(left_out).or(page.unticked);
        Self { problem: page.problem, typed: typed.or(page.typed), unticked }
    }

    /// Whether the person ticked an optional scope, where they saw it.
    pub(super) fn ticks(&self, scope: &str) -> Option<bool> {
        self.unticked.as_ref().map(|unticked| unticked.iter().all(|one| one != scope))
    }

    fn is_empty(&self) -> bool {
        self.problem.is_none() && self.typed.is_none() && self.unticked.is_none()
    }
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Notice {
    /// The page it belongs to.
    #[serde(rename = "p")]
    page: String,
    #[serde(rename = "r")]
    reader: Reader,
    #[serde(rename = "w")]
    what: What,
    #[serde(rename = "t")]
    typed: Option<Typed>,
    #[serde(rename = "o")]
    unticked: Option<Vec<String>>,
}

/// Who may read it: the address of a page may get to others.
#[derive(Serialize, Deserialize)]
struct Reader {
    /// The browser with this marker.
    #[serde(rename = "b")]
    browser: Option<String>,
    /// Until then any browser that follows us, where a cookie was lost or may not be kept.
    #[serde(rename = "u")]
    until: Option<u64>,
}

#[derive(Serialize, Deserialize)]
enum What {
    Wrong(u32),
    Until(u64),
    /// The same, because of others in the network.
    Around(u64),
    Faults(Vec<Fault>),
    Busy,
    /// Only what was typed is kept.
    Nothing,
}

/// Where and when a notice is sealed or opened.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The end of the page's address.
    pub(super) handle: &'a str,
    /// The marker of the browser that has the page, or will have it.
    pub(super) browser: Option<&'a str>,
    /// The instant.
    pub(super) now: Timestamp,
    /// Seconds for which what is sealed is of no browser in particular.
    pub(super) lasts: Option<u64>,
}

/// The parameter; none where nothing is to be kept, or it cannot be made.
pub(super) fn seal(secrets: &Secrets, place: &Place<'_>, kept: &Kept) -> Option<(String, String)> {
    let now = place.now;
    if kept.is_empty() {
        return None;
    }
    let what = match &kept.problem {
        None => What::Nothing,
        Some(Problem::Wrong(left)) => What::Wrong(*left),
        Some(Problem::Wait { seconds, network }) => {
            let end = now.plus(*seconds).0;
            if *network { What::Around(end) } else { What::Until(end) }
        }
        Some(Problem::Busy) => What::Busy,
        Some(Problem::SignUp(faults)) => What::Faults(faults.clone()),
    };
    let short = |text: &String| text.chars().take(MOST).collect::<String>();
    let typed = kept.typed.as_ref().map(|typed| Typed {
        username: short(&typed.username),
        name: short(&typed.name),
        email: short(&typed.email),
    });
    let reader = Reader {
        browser: place.browser.map(|browser| short_name(secrets, BROWSER, browser)),
        until: place.lasts.map(|seconds| now.plus(seconds).0),
    };
    let page = short_name(secrets, PAGE, place.handle);
    let notice = Notice { page, reader, what, typed, unticked: kept.unticked.clone() };
    let sealed = keks(secrets)?.seal(&serde_json::to_vec(&notice).ok()?).ok()??;
    Some((NAME.to_owned(), sealed))
}

/// What a page's address says about its form; none where it was not made here for this page and this browser,
/// and for a wait that is over. `followed`: the address may have come with a redirect of ours.
pub(super) fn open(
    secrets: &Secrets,
    place: &Place<'_>,
    followed: bool,
    sealed: Option<&str>,
) -> Option<Kept> {
    let now = place.now;
    let (opened, _) = keks(secrets)?.open(sealed?).ok()?;
    let notice: Notice = serde_json::from_slice(opened.expose()).ok()?;
    if notice.page != short_name(secrets, PAGE, place.handle) {
        return None;
    }
    let own = || place.browser.map(|own| short_name(secrets, BROWSER, own));
    let Reader { browser, until } = notice.reader;
    let is_theirs = browser.is_some() && browser == own() || followed && until.is_some_and(|end| now.0 < end);
    if !is_theirs {
        return None;
    }
    let problem = match notice.what {
        What::Nothing => None,
        What::Wrong(left) => Some(Problem::Wrong(left)),
        What::Busy => Some(Problem::Busy),
        What::Until(end) => wait(end, now, false),
        What::Around(end) => wait(end, now, true),
        What::Faults(faults) => Some(Problem::SignUp(faults)),
    };
    Some(Kept { problem, typed: notice.typed, unticked: notice.unticked })
}

/// The rest of a wait.
fn wait(end: u64, now: Timestamp, network: bool) -> Option<Problem> {
    let seconds = Timestamp(end).since(now);
    (seconds > 0).then_some(Problem::Wait { seconds, network })
}

/// Whose page it was, for a sign-in that has to take its place.
#[derive(Serialize, Deserialize)]
struct Whose {
    #[serde(rename = "n")]
    username: String,
}

/// The name under which somebody signs in, as the form of a page about their account brings it back; empty
/// where it cannot be made.
pub(super) fn seal_name(secrets: &Secrets, username: &str) -> String {
    let sealed = || {
        let whose = serde_json::to_vec(&Whose { username: username.to_owned() }).ok()?;
        keks(secrets)?.seal(&whose).ok()?
    };
    sealed().unwrap_or_default()
}

/// The name that [`seal_name`] sealed.
pub(super) fn open_name(secrets: &Secrets, sealed: &str) -> Option<String> {
    let (opened, _) = keks(secrets)?.open(sealed).ok()?;
    serde_json::from_slice::<Whose>(opened.expose()).ok().map(|whose| whose.username)
}

const PAGE: &str = "notice page";
const BROWSER: &str = "notice browser";

/// A short name for a page, whose handle may be long, or for a browser.
fn short_name(secrets: &Secrets, of: &str, long: &str) -> String {
    let name = keyed(&secrets.handle_key, of, &[long.as_bytes()]);
    name.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn keks(secrets: &Secrets) -> Option<Keks> {
    let key = keyed(&secrets.handle_key, "notice", &[]);
    let current = Kek::new(&Secret::new(key.to_vec())).ok()?;
    Some(Keks { current: Some(current), previous: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(key: &[u8]) -> Secrets {
        Secrets::new(&Secret::new(vec![1; 32]), &Secret::new(key.to_vec()))
    }

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn sealed(secrets: &Secrets, kept: &Kept) -> String {
        seal(secrets, &at("sgi_a", Some("mine"), NOW), kept).unwrap().1
    }

    fn at<'a>(handle: &'a str, browser: Option<&'a str>, now: Timestamp) -> Place<'a> {
        Place { handle, browser, now, lasts: browser.is_none().then_some(HOP) }
    }

    fn open_here(secrets: &Secrets, handle: &str, now: Timestamp, sealed: Option<&str>) -> Option<Kept> {
        open(secrets, &at(handle, Some("mine"), now), true, sealed)
    }

    #[test]
    fn a_notice_is_read_on_its_own_page_only_and_shows_nothing_outside() {
        let (secrets, other) = (secrets(&[2; 32]), secrets(&[3; 32]));
        let typed = Typed { username: "ella".into(), name: "E".repeat(999), email: String::new() };
        let wait = |network| Problem::Wait { seconds: 30, network };
        let faults = Problem::SignUp(Fault::ALL.to_vec());
        for problem in [Problem::Wrong(2), wait(false), wait(true), Problem::Busy, faults] {
            let unticked = Some(vec!["offline_access".to_owned()]);
            let kept = Kept { problem: Some(problem), typed: Some(typed.clone()), unticked };
            let sealed = sealed(&secrets, &kept);
            assert!(sealed.len() < 2000 && !sealed.contains("ella"), "{sealed}");
            let again = open_here(&secrets, "sgi_a", NOW, Some(&sealed)).unwrap();
            assert_eq!((&again.problem, &again.unticked), (&kept.problem, &kept.unticked));
            let typed = again.typed.unwrap();
            assert_eq!((typed.username.as_str(), typed.name.len()), ("ella", MOST));
            assert!(open_here(&secrets, "sgi_b", NOW, Some(&sealed)).is_none());
            assert!(open_here(&other, "sgi_a", NOW, Some(&sealed)).is_none());
            assert!(open_here(&secrets, "sgi_a", NOW, Some(&sealed[1..])).is_none());
        }
        assert!(open_here(&secrets, "sgi_a", NOW, None).is_none());
        assert!(seal(&secrets, &at("sgi_a", None, NOW), &Kept::default()).is_none());
    }

    #[test]
    fn a_notice_is_read_in_its_own_browser_or_at_once() {
        let secrets = secrets(&[2; 32]);
        let kept = Kept { problem: Some(Problem::Wrong(2)), ..Kept::default() };
        let opened = |sealed: &str, browser, now, followed| {
            open(&secrets, &at("sgi_a", browser, now), followed, Some(sealed)).is_some()
        };
        let bound = sealed(&secrets, &kept);
        assert!(opened(&bound, Some("mine"), NOW.plus(600), false));
        assert!(!opened(&bound, Some("theirs"), NOW, true) && !opened(&bound, None, NOW, true));
        let (_, hop) = seal(&secrets, &at("sgi_a", None, NOW), &kept).unwrap();
        assert!(opened(&hop, None, NOW.plus(59), true) && opened(&hop, Some("mine"), NOW, true));
        assert!(!opened(&hop, None, NOW.plus(60), true) && !opened(&hop, None, NOW, false));
    }

    #[test]
    fn a_name_is_read_by_whom_it_was_sealed_and_is_no_notice() {
        let (secrets, other) = (secrets(&[2; 32]), secrets(&[3; 32]));
        let name = seal_name(&secrets, "ella");
        assert!(!name.contains("ella"));
        assert_eq!(open_name(&secrets, &name).as_deref(), Some("ella"));
        assert_eq!((open_name(&other, &name), open_name(&secrets, "x")), (None, None));
        assert!(open_here(&secrets, "sgi_a", NOW, Some(&name)).is_none());
        let notice = sealed(&secrets, &Kept { problem: Some(Problem::Busy), ..Kept::default() });
        assert_eq!(open_name(&secrets, &notice), None);
    }

    #[test]
    fn a_wait_gets_shorter_and_ends() {
        let secrets = secrets(&[2; 32]);
        let wait = |seconds| Problem::Wait { seconds, network: false };
        let sealed = sealed(&secrets, &Kept { problem: Some(wait(30)), ..Kept::default() });
        let told = |now| open_here(&secrets, "sgi_a", now, Some(&sealed)).unwrap().problem;
        assert_eq!((told(NOW.plus(29)), told(NOW.plus(30))), (Some(wait(1)), None));
    }

    #[test]
    fn what_a_form_does_not_have_stays_as_the_page_had_it() {
        let form = |pairs: &[(&str, &str)]| {
            let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            Params::from_pairs(owned.collect())
        };
        let typed = |username: &str| Some(Typed { username: username.into(), ..Typed::default() });
        let unticked = Some(vec!["offline_access".to_owned()]);
        let page = Kept { problem: None, typed: typed("ella"), unticked };
        let sign_in = form(&[("csrf", "c"), ("username", " nina "), ("password", "secret")]);
        let of = |form: &Params, page| Kept::of(form, csrf::Sent::of(form.get("csrf")), page);
        assert_eq!(of(&sign_in, page.clone()), Kept { typed: typed("nina"), ..page.clone() });
        let emptied = form(&[("csrf", "c"), ("username", "")]);
        assert_eq!(of(&emptied, page.clone()), Kept { typed: typed(""), ..page.clone() });
        let ticked = form(&[("csrf", "c.mark"), ("optional", "offline_access")]);
        assert_eq!(of(&ticked, page.clone()), Kept { unticked: Some(Vec::new()), ..page.clone() });
        let left_out = of(&form(&[("csrf", "c.mark")]), Kept::default());
        assert!(left_out.ticks("offline_access") == Some(false) && left_out.typed.is_none());
    }
}

//! Post, redirect, get: what is said about a form is on the page that is fetched after it, so that reloading
//! it sends nothing again. What was typed goes along, sealed: it stays out of histories and logs, and nobody
//! can make a page say what they like.

use serde::{Deserialize, Serialize};
use signet_core::secret::{Secret, keyed};
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_login::sign_up::Fault;

use crate::at_rest::{Kek, Keks};
use crate::engine::{Problem, Typed};

/// The parameter of a page's address.
pub(super) const NAME: &str = "notice";
/// Characters of what was typed that are shown again.
const MOST: usize = 255;

/// What is said, to whom.
#[derive(Serialize, Deserialize)]
struct Notice {
    /// The page it belongs to.
    #[serde(rename = "p")]
    page: String,
    #[serde(rename = "w")]
    what: What,
    #[serde(rename = "u")]
    username: String,
    #[serde(rename = "n")]
    name: String,
    #[serde(rename = "e")]
    email: String,
}

#[derive(Serialize, Deserialize)]
enum What {
    Wrong(u32),
    Until(u64),
    Faults(Vec<u8>),
    /// Only what was typed is kept.
    Nothing,
}

/// In the order in which they are numbered in a notice.
const FAULTS: [Fault; 9] = [
    Fault::UsernameTaken,
    Fault::UsernameMalformed,
    Fault::PasswordShort,
    Fault::PasswordLong,
    Fault::PasswordCommon,
    Fault::NameMalformed,
    Fault::EmailMalformed,
    Fault::UsernameReserved,
    Fault::EmailTaken,
];

/// The value of the parameter; none where it cannot be made.
pub(super) fn seal(
    settings: &Settings,
    handle: &str,
    now: Timestamp,
    problem: Option<&Problem>,
    typed: Option<&Typed>,
) -> Option<String> {
    let what = match problem {
        None => What::Nothing,
        Some(Problem::Wrong(left)) => What::Wrong(*left),
        Some(Problem::Wait(seconds)) => What::Until(now.plus(*seconds).0),
        Some(Problem::SignUp(faults)) => {
            let number = |fault| FAULTS.iter().position(|one| one == fault);
            What::Faults(faults.iter().filter_map(|f| u8::try_from(number(f)?).ok()).collect())
        }
    };
    let short = |text: &str| text.chars().take(MOST).collect::<String>();
    let text = |of: fn(&Typed) -> &String| typed.map(|typed| short(of(typed))).unwrap_or_default();
    let notice = Notice {
        page: page(settings, handle),
        what,
        username: text(|typed| &typed.username),
        name: text(|typed| &typed.name),
        email: text(|typed| &typed.email),
    };
    keks(settings)?.seal(&serde_json::to_vec(&notice).ok()?).ok()?
}

/// What a page's address says about its form; none where it was not made here for this page, and for a wait
/// that is over.
pub(super) fn open(
    settings: &Settings,
    handle: &str,
    now: Timestamp,
    sealed: Option<&str>,
) -> Option<(Option<Problem>, Typed)> {
    let (opened, _) = keks(settings)?.open(sealed?).ok()?;
    let notice: Notice = serde_json::from_slice(opened.expose()).ok()?;
    if notice.page != page(settings, handle) {
        return None;
    }
    let problem = match notice.what {
        What::Nothing => None,
        What::Wrong(left) => Some(Problem::Wrong(left)),
        What::Until(end) => match Timestamp(end).since(now) {
            0 => None,
            seconds => Some(Problem::Wait(seconds)),
        },
        What::Faults(numbers) => {
            let faults = numbers.iter().filter_map(|number| FAULTS.get(usize::from(*number)).copied());
            Some(Problem::SignUp(faults.collect()))
        }
    };
    Some((problem, Typed { username: notice.username, name: notice.name, email: notice.email }))
}

/// A short name for a page, whose handle may be long.
fn page(settings: &Settings, handle: &str) -> String {
    let name = keyed(settings.handle_key.expose(), "notice page", &[handle.as_bytes()]);
    name.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn keks(settings: &Settings) -> Option<Keks> {
    let key = keyed(settings.handle_key.expose(), "notice", &[]);
    let current = Kek::new(&Secret::new(key.to_vec())).ok()?;
    Some(Keks { current: Some(current), previous: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(key: &[u8]) -> Settings {
        Settings::new("https://op.example", Secret::new(vec![1; 32]), Secret::new(key.to_vec()))
    }

    const NOW: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn a_notice_is_read_on_its_own_page_only_and_shows_nothing_outside() {
        let (settings, other) = (settings(&[2; 32]), settings(&[3; 32]));
        let typed = Typed { username: "ella".into(), name: "E".repeat(999), email: String::new() };
        for problem in [Problem::Wrong(2), Problem::Wait(30), Problem::SignUp(FAULTS.to_vec())] {
            let sealed = seal(&settings, "sgi_a", NOW, Some(&problem), Some(&typed)).unwrap();
            assert!(sealed.len() < 2000 && !sealed.contains("ella"), "{sealed}");
            let (told, again) = open(&settings, "sgi_a", NOW, Some(&sealed)).unwrap();
            assert_eq!((told, again.username.as_str(), again.name.len()), (Some(problem), "ella", MOST));
            assert!(open(&settings, "sgi_b", NOW, Some(&sealed)).is_none());
            assert!(open(&other, "sgi_a", NOW, Some(&sealed)).is_none());
            assert!(open(&settings, "sgi_a", NOW, Some(&sealed[1..])).is_none());
        }
        assert!(open(&settings, "sgi_a", NOW, None).is_none());
    }

    #[test]
    fn a_wait_gets_shorter_and_ends() {
        let settings = settings(&[2; 32]);
        let sealed = seal(&settings, "sgi_a", NOW, Some(&Problem::Wait(30)), None).unwrap();
        let told = |now| open(&settings, "sgi_a", now, Some(&sealed)).unwrap().0;
        assert_eq!((told(NOW.plus(29)), told(NOW.plus(30))), (Some(Problem::Wait(1)), None));
    }
}

//! OWASP Authentication, device cookies: a browser in which a person signed in before has a budget of wrong
//! passwords of its own, so that strangers who guess keep nobody out of their own account.
//!
//! The cookie holds an entry for each of the last people who signed in: random bytes and a MAC over these,
//! the person, and what their password is now. It names nobody, nobody can make one, and with another
//! password it is one of a stranger.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use signet_core::secret::{MacKey, constant_time_eq, keyed};

/// People whom one browser is remembered for: with 39 bytes for each, the cookie stays below 1 KiB.
pub const MOST: usize = 24;
const NONCE: usize = 12;
const TAG: usize = 16;

/// Whom an entry speaks for.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// The person's id.
    pub id: &'a str,
    /// Changes with their password.
    pub epoch: u64,
}

/// The name of this browser's budget for a person, if it is known to them.
pub fn recognise(key: &MacKey, cookie: &str, person: Person<'_>) -> Option<String> {
    let entry = entries(cookie).find(|entry| speaks_for(key, entry, person))?;
    Some(URL_SAFE_NO_PAD.encode(entry.get(..NONCE)?))
}

/// The cookie after a person has signed in.
pub fn remember(key: &MacKey, cookie: Option<&str>, person: Person<'_>, nonce: [u8; NONCE]) -> String {
    let mut own = nonce.to_vec();
    own.extend(tag(key, &nonce, person));
    let others = cookie.into_iter().flat_map(entries).filter(|entry| !speaks_for(key, entry, person));
    let all: Vec<String> =
        std::iter::once(own).chain(others).take(MOST).map(|entry| URL_SAFE_NO_PAD.encode(entry)).collect();
    all.join(".")
}

fn entries(cookie: &str) -> impl Iterator<Item = Vec<u8>> {
    let decoded = cookie.split('.').take(MOST).filter_map(|text| URL_SAFE_NO_PAD.decode(text).ok());
    decoded.filter(|entry| entry.len() == NONCE + TAG)
}

fn speaks_for(key: &MacKey, entry: &[u8], person: Person<'_>) -> bool {
    let Some((nonce, sent)) = entry.split_at_checked(NONCE) else { return false };
    constant_time_eq(&tag(key, nonce, person), sent)
}

fn tag(key: &MacKey, nonce: &[u8], person: Person<'_>) -> Vec<u8> {
    let mac = keyed(key, "known browser", &[nonce, person.id.as_bytes(), &person.epoch.to_be_bytes()]);
    mac.into_iter().take(TAG).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIANA: Person<'_> = Person { id: "diana", epoch: 1 };
    const ELLA: Person<'_> = Person { id: "ella", epoch: 1 };

    #[test]
    fn a_browser_is_known_to_those_who_signed_in_there() {
        let cookie = remember(&MacKey::new(b"key"), None, DIANA, [1; NONCE]);
        let both = remember(&MacKey::new(b"key"), Some(&cookie), ELLA, [2; NONCE]);
        assert_eq!(
            recognise(&MacKey::new(b"key"), &both, DIANA),
            recognise(&MacKey::new(b"key"), &cookie, DIANA)
        );
        assert!(
            recognise(&MacKey::new(b"key"), &both, DIANA).is_some()
                && recognise(&MacKey::new(b"key"), &both, ELLA).is_some()
        );
        assert_ne!(
            recognise(&MacKey::new(b"key"), &both, DIANA),
            recognise(&MacKey::new(b"key"), &both, ELLA)
        );
        assert_eq!(recognise(&MacKey::new(b"key"), &cookie, ELLA), None);
    }

    #[test]
    fn it_is_a_stranger_under_another_key_or_password_and_when_it_was_made_up() {
        let cookie = remember(&MacKey::new(b"key"), None, DIANA, [1; NONCE]);
        assert_eq!(recognise(&MacKey::new(b"other"), &cookie, DIANA), None);
        assert_eq!(recognise(&MacKey::new(b"key"), &cookie, Person { epoch: 2, ..DIANA }), None);
        for made_up in
            ["", ".", "x", &cookie[..37], &format!("{cookie}A"), &"A".repeat(38), &"A.".repeat(4000)]
        {
            assert_eq!(recognise(&MacKey::new(b"key"), made_up, DIANA), None, "{made_up}");
        }
    }

    #[test]
    fn the_last_people_are_remembered_once_each() {
        let mut cookie = None;
        for number in 0..60_u8 {
            let id = format!("person {}", number % 30);
            cookie = Some(remember(
                &MacKey::new(b"key"),
                cookie.as_deref(),
                Person { id: &id, epoch: 1 },
                [number; NONCE],
            ));
        }
        let cookie = cookie.unwrap();
        assert_eq!(cookie.split('.').count(), MOST);
        let known = |number: u8| {
            recognise(&MacKey::new(b"key"), &cookie, Person { id: &format!("person {number}"), epoch: 1 })
        };
        assert!(known(29).is_some() && known(6).is_some());
        assert!(known(5).is_none() && known(0).is_none());
        assert!(cookie.len() < 1024);
    }
}

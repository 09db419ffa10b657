//! The application's own sessions: in memory, behind a cookie, unknown to the provider.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::COOKIE;
use serde_json::{Map, Value};
use signet_core::env::Rng;

use super::pages::TokenFacts;

const NAME: &str = "signet-demo";
/// More than a demo ever has; the one that was left alone the longest makes room.
const MOST: usize = 1000;
/// Tabs in which a sign-in was begun.
const MOST_PENDING: usize = 16;

/// A sign-in that was begun.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) code_verifier: String,
}

/// A sign-in that came to its end.
#[derive(Clone)]
pub(super) struct SignedIn {
    pub(super) id_token: String,
    pub(super) refresh_token: Option<String>,
    /// Of the ID token, as it came.
    pub(super) header: Value,
    pub(super) payload: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    pub(super) facts: TokenFacts,
}

/// One browser.
#[derive(Default)]
pub(super) struct Session {
    pub(super) csrf: String,
    /// Chosen on a page.
    pub(super) language: Option<String>,
    pub(super) signed_in: Option<Arc<SignedIn>>,
    pending: Vec<Pending>,
    used: u64,
}

impl Session {
    /// Remembers a sign-in that begins.
    pub(super) fn begin(&mut self, pending: Pending) {
        if self.pending.len() >= MOST_PENDING {
            self.pending.remove(0);
        }
        self.pending.push(pending);
    }

    /// The sign-in that an answer belongs to; it is taken, so that no answer counts twice.
    pub(super) fn take(&mut self, state: &str) -> Option<Pending> {
        let at = self.pending.iter().position(|pending| pending.state == state)?;
        Some(self.pending.remove(at))
    }
}

/// All browsers.
pub(super) struct Sessions {
    rng: Arc<dyn Rng>,
    all: Mutex<(u64, BTreeMap<String, Session>)>,
}

impl Sessions {
    pub(super) fn new(rng: Arc<dyn Rng>) -> Self {
        Self { rng, all: Mutex::default() }
    }

    /// 256 bits that nobody guesses.
    pub(super) fn random(&self) -> String {
        let mut bytes = [0; 32];
        self.rng.fill(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The session of a request, or a new one; the second value is the cookie to set then.
    pub(super) fn of(&self, headers: &HeaderMap) -> (String, Option<String>) {
        let known = cookie(headers).filter(|id| self.edit(id, |_| ()).is_some());
        match known {
            Some(id) => (id.to_owned(), None),
            None => {
                let id = self.insert(Session { csrf: self.random(), ..Session::default() });
                let cookie = set(&id);
                (id, Some(cookie))
            }
        }
    }

    /// Reads or changes a session, if it is there.
    pub(super) fn edit<T>(&self, id: &str, change: impl FnOnce(&mut Session) -> T) -> Option<T> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, sessions) = &mut *all;
        let session = sessions.get_mut(id)?;
        *count += 1;
        session.used = *count;
        Some(change(session))
    }

    /// Moves a session to a new id, so that nobody who knew the old one is signed in with it; returns the
    /// cookie to set.
    pub(super) fn renew(&self, id: &str) -> Option<String> {
        let session = self.all.lock().unwrap_or_else(PoisonError::into_inner).1.remove(id)?;
        Some(set(&self.insert(Session { csrf: self.random(), ..session })))
    }

    fn insert(&self, mut session: Session) -> String {
        let id = self.random();
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, sessions) = &mut *all;
        if sessions.len() >= MOST {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.used).map(|(id, _)| id.clone());
            oldest.map(|id| sessions.remove(&id));
        }
        *count += 1;
        session.used = *count;
        sessions.insert(id.clone(), session);
        id
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, value)| value)
}

fn set(id: &str) -> String {
    format!("{NAME}={id}; Path=/; HttpOnly; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use super::*;
    use signet::clock::SystemRng;

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, cookie.split(';').next().unwrap().parse().unwrap());
        headers
    }

    #[test]
    fn a_cookie_leads_back_to_its_session_until_that_is_renewed() {
        let sessions = Sessions::new(Arc::new(SystemRng));
        let (id, cookie) = sessions.of(&HeaderMap::new());
        let cookie = cookie.unwrap();
        assert_eq!(sessions.of(&headers(&cookie)), (id.clone(), None));
        let renewed = sessions.renew(&id).unwrap();
        assert_ne!(sessions.of(&headers(&cookie)).0, id);
        assert_eq!(sessions.of(&headers(&renewed)).1, None);
    }

    #[test]
    fn an_answer_counts_once() {
        let mut session = Session::default();
        let pending = |state: &str| Pending {
            state: state.to_owned(),
            nonce: "n".to_owned(),
            code_verifier: "v".to_owned(),
        };
        session.begin(pending("a"));
        session.begin(pending("b"));
        assert!(session.take("c").is_none());
        assert!(session.take("a").is_some() && session.take("a").is_none() && session.take("b").is_some());
    }

    #[test]
    fn sessions_do_not_pile_up() {
        let sessions = Sessions::new(Arc::new(SystemRng));
        let (first, _) = sessions.of(&HeaderMap::new());
        let (second, _) = sessions.of(&HeaderMap::new());
        for _ in 2..MOST {
            sessions.of(&HeaderMap::new());
        }
        assert!(sessions.edit(&first, |_| ()).is_some());
        sessions.of(&HeaderMap::new());
        assert!(sessions.edit(&first, |_| ()).is_some() && sessions.edit(&second, |_| ()).is_none());
    }
}

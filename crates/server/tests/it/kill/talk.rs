//! What is said to one server during its life, by one client, and the judgement of what it answers.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use signet::clock::{Clock as _, SystemClock};
use signet_certify::browser::Cookie;
use signet_certify::{Browser, ClientAuth, Code, Error, RelyingParty, Reply, Tokens, Wire};

use super::family::Family;
use super::process::Server;
use super::{CLIENT, ISSUER, PASSWORD, REDIRECT_URI, SECRET, USERNAME};

/// No answer came: the server was killed.
#[derive(Debug)]
pub(super) struct Gone;

/// Seeded chance (SplitMix64).
pub(super) struct Dice(AtomicU64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }

    pub(super) fn below(&self, end: u64) -> u64 {
        self.next() % end
    }

    pub(super) fn one_of<'a, T>(&self, choice: &'a [T]) -> &'a T {
        &choice[self.place_in(choice)]
    }

    pub(super) fn place_in<T>(&self, choice: &[T]) -> usize {
        usize::try_from(self.below(choice.len() as u64)).unwrap()
    }
}

/// What all talk of a test comes to.
#[derive(Default)]
pub(super) struct Ledger {
    /// Set just before the kill: only from then on may an answer be missing.
    pub(super) killed: AtomicBool,
    pub(super) answers: AtomicU64,
    counts: Mutex<BTreeMap<&'static str, u64>>,
    lost: Mutex<Vec<String>>,
    twice: Mutex<Vec<String>>,
}

impl Ledger {
    pub(super) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.counts.lock().unwrap().clone()
    }

    /// What was acknowledged and did not hold, and what was used a second time.
    pub(super) fn verdict(&self) -> (Vec<String>, Vec<String>) {
        (self.lost.lock().unwrap().clone(), self.twice.lock().unwrap().clone())
    }
}

/// One client at one server, with a browser.
pub(super) struct Talk {
    pub(super) dice: Dice,
    ledger: Arc<Ledger>,
    party: RelyingParty,
    wire: Wire,
}

impl Talk {
    pub(super) fn with(server: &Server, ledger: &Arc<Ledger>, seed: u64) -> Self {
        let chance = Dice::new(!seed);
        let wire = Wire::new(server.link(), || SystemClock.now().0, move |bytes| chance.fill(bytes));
        let party = RelyingParty::new(&wire, ISSUER, CLIENT, REDIRECT_URI)
            .with_auth(ClientAuth::Basic(SECRET.to_owned()))
            .with_id_token_alg("ES256");
        Self { dice: Dice::new(seed), ledger: ledger.clone(), party, wire }
    }

    /// A person signs in; what stays is the session's cookie and the code.
    pub(super) async fn sign_in(&self) -> Result<(Cookie, Family), Gone> {
        let browser = Browser::new(&self.wire, ISSUER);
        let request = self.party.request("openid");
        let landed = self.sure(self.party.authorize(&browser, &request).await)?;
        let page = landed.page().unwrap();
        let filled = page.fill("username", USERNAME).fill("password", PASSWORD);
        let landed = self.sure(filled.submit("sign-in").await)?;
        let response = self.sure(self.party.response(&request, &landed).await)?;
        self.count("people signed in");
        assert_eq!(browser.findings(), []);
        Ok((session_of(&browser), Family::new(response.code().unwrap())))
    }

    /// The session gives a code without a question.
    pub(super) async fn authorize(&self, session: &Cookie) -> Result<Option<Family>, Gone> {
        let browser = Browser::new(&self.wire, ISSUER);
        browser.plant_cookie(session.clone());
        let request = self.party.request("openid").prompt("none");
        let landed = self.sure(self.party.authorize(&browser, &request).await)?;
        let response = self.sure(self.party.response(&request, &landed).await)?;
        self.count("sessions continued");
        if response.error().is_some() {
            self.ledger.lost.lock().unwrap().push(format!("a session: {response:?}"));
        }
        Ok(response.code().ok().map(Family::new))
    }

    pub(super) async fn redeem(&self, code: &Code) -> Result<Reply, Gone> {
        self.sure(self.party.redeem(code).await)
    }

    pub(super) async fn refresh(&self, token: &str) -> Result<Reply, Gone> {
        self.sure(self.party.refresh(token).await)
    }

    pub(super) async fn revoke(&self, token: &str) -> Result<(), Gone> {
        self.sure(self.party.revoke(token).await)?.ok();
        Ok(())
    }

    /// The access token is good.
    pub(super) async fn works(&self, token: &str, family: &Family) -> Result<(), Gone> {
        let reply = self.sure(self.party.userinfo(token).await)?;
        self.count("access tokens that worked");
        if reply.error().is_some() {
            reply.refused("invalid_token");
            self.found_lost("an access token is unknown or revoked", family);
        } else {
            reply.ok();
        }
        Ok(())
    }

    /// The access token is not good any more.
    pub(super) async fn is_revoked(&self, token: &str, family: &Family) -> Result<(), Gone> {
        let reply = self.sure(self.party.userinfo(token).await)?;
        self.count("access tokens refused");
        if reply.status.is_success() {
            self.found_lost("an access token works although it or its family is revoked", family);
        } else {
            reply.refused("invalid_token");
        }
        Ok(())
    }

    /// Tokens, which were due.
    pub(super) fn is_given(&self, reply: &Reply, family: &Family) -> Option<Tokens> {
        let tokens = self.given_or_refused(reply);
        if tokens.is_none() {
            self.found_lost("a handle that was never used was refused", family);
        }
        tokens
    }

    /// A refusal, which was due.
    pub(super) fn is_used(&self, reply: &Reply, family: &Family) {
        self.count("used handles shown again");
        if self.given_or_refused(reply).is_some() {
            self.found_twice("a used or revoked handle gave tokens", family);
        }
    }

    /// One of the only two answers there are.
    pub(super) fn given_or_refused(&self, reply: &Reply) -> Option<Tokens> {
        if reply.status.is_success() {
            return Some(reply.tokens());
        }
        reply.refused("invalid_grant");
        None
    }

    pub(super) fn found_lost(&self, what: &str, family: &Family) {
        self.ledger.lost.lock().unwrap().push(format!("{what}: {}", family.story()));
    }

    pub(super) fn found_twice(&self, what: &str, family: &Family) {
        self.ledger.twice.lock().unwrap().push(format!("{what}: {}", family.story()));
    }

    pub(super) fn count(&self, what: &'static str) {
        *self.ledger.counts.lock().unwrap().entry(what).or_default() += 1;
    }

    /// An answer, or none because of the kill; anything else is the server's fault.
    fn sure<T>(&self, result: Result<T, Error>) -> Result<T, Gone> {
        match result {
            Ok(answer) => {
                self.ledger.answers.fetch_add(1, Ordering::SeqCst);
                Ok(answer)
            }
            Err(error) => {
                assert!(self.ledger.killed.load(Ordering::SeqCst), "{error:?}");
                Err(Gone)
            }
        }
    }
}

fn session_of(browser: &Browser) -> Cookie {
    let cookies = browser.cookies();
    cookies.into_iter().find(|cookie| cookie.name.starts_with("__Host-signet-session-")).unwrap()
}

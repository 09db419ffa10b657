//! RFC 7516 §11.5, OpenID Connect Core §3.1.2.1, §6: texts from browsers that take a private key of ours, a
//! client's secret or a stranger's public keys to read. Anybody can send one, so each is counted before it is
//! looked at, and read once.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

use signet_core::error::{Error, ErrorCode};
use signet_core::id::ClientId;
use signet_core::jwt::{Work, is_encrypted};
use signet_core::lookup::ClientById;
use signet_core::record::Client;
use signet_core::token::id_token_hint::{self, Hint};
use signet_login::network::Network;

use super::Asking;
use super::guesses::Guess;

/// Why a hint is none that came at a bad moment.
const TOO_MANY: &str = "too many came from its network";

/// Leave to read a text.
pub(super) enum Leave<'a> {
    /// It takes nothing that has to be counted.
    Free,
    /// A client's secret is tried.
    Secret(Guess<'a>),
    /// One of our keys opens it.
    Key(Opening<'a>),
}

impl Leave<'_> {
    /// What came of it: whether the text is of somebody who is known.
    pub(super) fn settle(&self, is_known: bool) {
        match self {
            Leave::Free => {}
            Leave::Secret(guess) => guess.settle(is_known),
            Leave::Key(opening) if is_known => opening.is_signed(),
            Leave::Key(_) => {}
        }
    }
}

/// A text that was made for one of our keys. It counts as a stranger's until a signature is found in it, and
/// then among those, of which there may be more.
pub(super) struct Opening<'a> {
    asking: &'a Asking,
    network: Option<Network>,
    moved: AtomicBool,
}

impl Opening<'_> {
    /// Where too many signed ones came already it goes on counting as a stranger's.
    fn is_signed(&self) {
        let (openings, now) = (&self.asking.inner.openings, self.asking.inner.clock.now_ms());
        if !self.moved.swap(true, Ordering::AcqRel) && openings.signed.take(self.network, now).is_ok() {
            openings.strange.give_back(self.network, now);
        }
    }
}

impl Asking {
    /// Lets a text be read that a browser brought in the name of this client, unless too many came before.
    pub(super) async fn leave(
        &self,
        work: Work,
        client: Option<&ClientId>,
        address: Option<&str>,
    ) -> Result<Leave<'_>, Error> {
        match (work, client) {
            (Work::Little, _) | (Work::ItsSecret, None) => Ok(Leave::Free),
            (Work::ItsSecret, Some(client)) => self.guess_at(client, address).await.map(Leave::Secret),
            (Work::OurKey, _) => self.opening(address).map(Leave::Key),
            (Work::StrangersKey, _) => self.verifying(address).map(|()| Leave::Free),
        }
    }

    fn opening(&self, address: Option<&str>) -> Result<Opening<'_>, Error> {
        let network = address.and_then(Network::parse);
        self.inner.openings.strange.take(network, self.inner.clock.now_ms()).map_err(|wait| {
            let words = "too many encrypted requests came from here; try again in a moment";
            Error::new(ErrorCode::TemporarilyUnavailable, words)
                .because("decryption is throttled for this network, or for all")
                .after(wait.div_ceil(1000))
        })?;
        Ok(Opening { asking: self, network, moved: AtomicBool::default() })
    }

    /// RFC 9101 §10.2: right or wrong, each signature takes the same work.
    fn verifying(&self, address: Option<&str>) -> Result<(), Error> {
        let (network, now) = (address.and_then(Network::parse), self.inner.clock.now_ms());
        self.inner.openings.verified.take(network, now).map_err(|wait| {
            let words = "too many signed requests came from here; try again in a moment";
            Error::new(ErrorCode::TemporarilyUnavailable, words)
                .because("verifying what self-registered applications sign is throttled for this network, or for all")
                .after(wait.div_ceil(1000))
        })
    }

    /// An `id_token_hint` in clear and what it says, or why it is none. The error: it was not looked at.
    pub(super) async fn read_hint(
        &self,
        hint: &str,
        client: Option<&ClientId>,
        address: Option<&str>,
    ) -> Result<Result<(String, Hint), &'static str>, Error> {
        let work = Work::of(hint);
        let client = match client {
            Some(id) if work != Work::Little => self.ask(ClientById(id.clone())).await?.known(),
            _ => None,
        };
        self.hint_of(hint, client.as_deref(), address).await
    }

    async fn hint_of(
        &self,
        hint: &str,
        client: Option<&Client>,
        address: Option<&str>,
    ) -> Result<Result<(String, Hint), &'static str>, Error> {
        let (env, id) = (self.env(), client.map(|client| &client.client_id));
        let mut token = Cow::Borrowed(hint);
        let mut outer = Leave::Free;
        if is_encrypted(hint) {
            outer = self.leave(Work::of(hint), id, address).await?;
            let opened = id_token_hint::open(&env, hint, client);
            // What the secret opens is the client's; to our key anybody encrypts.
            if let Leave::Secret(guess) = &outer {
                guess.settle(opened.is_ok());
            }
            token = match opened {
                Ok(inside) => Cow::Owned(inside),
                Err(why) => return Ok(Err(why)),
            };
        }
        let inner = self.leave(Work::of(&token), id, address).await?;
        let read = id_token_hint::read(&env, &token, client);
        inner.settle(read.is_ok());
        if read.is_ok() {
            outer.settle(true);
        }
        Ok(read.map(|hint| (token.into_owned(), hint)))
    }

    /// The same where a hint is only a hint: one for which there is no leave is none.
    pub(super) async fn hint(
        &self,
        hint: &str,
        client: Option<&ClientId>,
        address: Option<&str>,
    ) -> Result<Result<(String, Hint), &'static str>, Error> {
        match self.read_hint(hint, client, address).await {
            Err(error) if error.code == ErrorCode::TemporarilyUnavailable && error.retry_after.is_some() => {
                Ok(Err(TOO_MANY))
            }
            read => read,
        }
    }
}

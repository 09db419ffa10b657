//! RFC 7591 §3, RFC 7592 §2: clients that register themselves, from start to finish.

use signet_core::endpoint::registration::{Manage, Register};
use signet_core::error::{Error, ErrorCode};
use signet_core::event::{Event, Source, What, kind};
use signet_core::incoming::Incoming;
use signet_core::lookup::AttemptsOf;
use signet_core::reply::Reply;
use signet_core::settings::registration::Mode;
use signet_login::network::Network;
use signet_login::throttle::{Cause, Limits, Newcomers};

use super::{Asking, Request};
use crate::provider::State;

/// Many that are given one initial access token come at once, when they are switched on; each loses a race to
/// each of the others at most.
const FLEET: usize = 64;

impl Asking {
    /// RFC 7591 §3.1, RFC 7592 §2: a client registers, or one looks after its registration.
    pub(crate) async fn registration(
        &self,
        client: Option<&str>,
        incoming: &Incoming,
        body: &[u8],
    ) -> Result<Reply, Error> {
        let (env, request) = (self.env(), Request::direct("registration", incoming));
        let refused = |error| self.rejected(error, request);
        if let Some(client) = client {
            let step = Manage::parse(client, incoming, body).map_err(refused)?;
            self.count_replacement(&step, request.source).await?;
            return self.run(&step, request).await;
        }
        let step = Register::parse(&env, incoming, body).map_err(refused)?;
        // Who has an initial access token is no stranger; a wrong one is refused for the price of one read.
        if !step.has_token() {
            self.count_newcomer(request.source).await?;
        }
        self.contest(FLEET, &step, request).await
    }

    /// RFC 7592 §2.2: one that is replaced takes as much work, and as much may be fetched for it. Who has not
    /// its token takes no room from others.
    async fn count_replacement(&self, step: &Manage, source: Source<'_>) -> Result<(), Error> {
        if step.is_update() && step.is_proven(&self.find(&[step.client().into()]).await?) {
            self.count_newcomer(source).await?;
        }
        Ok(())
    }

    /// Whatever comes of a registration counts, and before anything is fetched for it: a refused one is work
    /// too.
    async fn count_newcomer(&self, source: Source<'_>) -> Result<(), Error> {
        let address = source.address;
        let (limits, now) = (limits(&self.state), self.env().now);
        let keys = Newcomers::registration(address.filter(|_| limits.is_some()).and_then(Network::parse));
        let limits = limits.unwrap_or_default();
        loop {
            let attempts = self.ask(AttemptsOf(keys.names())).await?;
            if let Some(seconds) = keys.wait(&limits, &attempts, now) {
                return Err(self.newcomer_waits(source, seconds));
            }
            if self.commit(keys.counted(&limits, now)).await? {
                return Ok(());
            }
        }
    }
}

impl Asking {
    /// Too many came from the address.
    fn newcomer_waits(&self, source: Source<'_>, seconds: u64) -> Error {
        let said = [("throttled", Cause::Registration.name().into()), ("seconds", seconds.into())];
        let what = What::of(&kind::REGISTRATION_THROTTLED, said);
        self.note(&Event::of_person(what, None), source);
        let words = format!("too many registrations come from this address; try again in {seconds} seconds");
        Error::new(ErrorCode::TemporarilyUnavailable, words).after(seconds)
    }
}

/// Where anybody may register, those of one address wait as those do who make accounts there.
fn limits(state: &State) -> Option<Limits> {
    let policy = &state.config.settings.registration;
    let bounded = policy.mode == Mode::Open && policy.per_address > 0;
    bounded.then(|| Limits { address: policy.per_address, ..state.config.limits })
}

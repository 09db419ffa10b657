//! RFC 7591 §3, RFC 7592 §2: clients that register themselves, from start to finish.

use std::sync::Arc;

use signet_core::endpoint::registration::{Manage, Register};
use signet_core::error::{Error, ErrorCode};
use signet_core::event::{Event, Source, What, kind};
use signet_core::id::ClientId;
use signet_core::incoming::Incoming;
use signet_core::lookup::{AttemptsOf, Chosen, ClientFound, Expected, Facts, Fetch};
use signet_core::record::Client;
use signet_core::registration::{document, title};
use signet_core::reply::Reply;
use signet_core::settings::registration::Mode;
use signet_login::network::Network;
use signet_login::throttle::{Cause, Limits, Newcomers};

use super::{Asking, Request, unavailable};
use crate::provider::State;

/// Many that are given one initial access token come at once, when they are switched on; each loses a race to
/// each of the others at most.
const FLEET: usize = 64;

/// Why a metadata document is not there was logged where it was tried; strangers are not told what Signet can
/// reach.
const UNFETCHED: &str = "it cannot be fetched; it must be answered with status 200 and a JSON object, at a public address, by TLS, without \
                         redirects, within a few seconds and 64 KiB";

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

    /// draft-ietf-oauth-client-id-metadata-document §4: the client that its own address describes, or what is
    /// wrong with that, in words for its developer; none where the name is no such address.
    /// The error: it cannot be fetched now.
    pub(super) async fn described(&self, id: &ClientId) -> Result<Option<ClientFound>, Error> {
        let address = match document::address(&self.settings().registration, id) {
            None => return Ok(None),
            Some(Ok(address)) => address,
            Some(Err(hint)) => return Ok(Some(ClientFound::Unusable(hint.to_owned()))),
        };
        let documents = &self.inner.documents;
        let (url, what, chosen) = (address.to_owned(), Expected::ClientMetadata, Chosen::ByStranger);
        let document = Fetch { url, what, chosen };
        let seen = documents.seen(&document, self.asker).await;
        let (found, is_new) = seen.map_err(|crowded| crowded.refusal(address))?;
        let Ok(text) = found else {
            return Ok(Some(ClientFound::Unusable(UNFETCHED.to_owned())));
        };
        let judged = match document::read(&self.env(), id, &text) {
            Ok(client) => self.untaken(&client).await.map(|()| client),
            Err(error) => Err(error),
        };
        Ok(Some(match judged {
            Ok(client) => {
                let left_out = document::left_out(&text, &client);
                if is_new && !left_out.is_empty() {
                    let left_out = left_out.join(", ");
                    tracing::info!(client = address, left_out, "parts of a metadata document left out");
                }
                ClientFound::Known(Arc::new(client))
            }
            Err(error) => {
                documents.is_of_no_use(&document);
                ClientFound::Unusable(error.description.into_owned())
            }
        }))
    }
}

impl Asking {
    /// Whether its names look like none of a client that an operator has added to the store.
    async fn untaken(&self, client: &Client) -> Result<(), Error> {
        let Some(titles) = title::titles(client) else { return Ok(()) };
        let taken = self.inner.store.ask(titles.clone()).await.map_err(unavailable)?;
        title::untaken(client, &Facts::default().with(titles, taken))
    }
}

/// Where anybody may register, those of one address wait as those do who make accounts there.
fn limits(state: &State) -> Option<Limits> {
    let policy = &state.config.settings.registration;
    let bounded = policy.mode == Mode::Open && policy.per_address > 0;
    bounded.then(|| Limits { address: policy.per_address, ..state.config.limits })
}

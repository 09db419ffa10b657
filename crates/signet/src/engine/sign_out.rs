//! OpenID Connect RP-Initiated Logout §2: sign-out.

use std::sync::Arc;

use signet_core::endpoint::end_session::{Caller, Request, SignOut};
use signet_core::error::Error;
use signet_core::event::{Event, What, Who, kind};
use signet_core::id::UserId;
use signet_core::lookup::{ClientById, Facts};
use signet_core::params::Params;
use signet_core::record::{Client, User};

use super::authorization::session_cookie;
use super::happened::Request as Asked;
use super::{ATTEMPTS, Asking, Visitor, contended};

/// What comes of a sign-out request.
pub(crate) enum SignedOut {
    /// The person is asked first.
    Confirm {
        /// Who asks.
        client: Option<Arc<Client>>,
        /// Whose sign-in it is,
        account: Option<UserId>,
        /// and who that is, where they are still known.
        user: Option<Arc<User>>,
        /// Where a person goes who has confirmed, when the client has registered it.
        to: Option<String>,
    },
    /// Signed out.
    Done {
        /// A session was ended.
        ended: bool,
        /// Where the browser goes, when the client has registered it.
        redirect: Option<String>,
        /// Where the person may go on to.
        back: Option<String>,
        /// Who asked.
        client: Option<Arc<Client>>,
    },
    /// Nobody was signed in, and nothing was ended.
    Nobody {
        /// Where the person may go on to.
        back: Option<String>,
        /// Who asked.
        client: Option<Arc<Client>>,
    },
}

/// A person signed out, by confirming it on our page, or because the application proved it by its hint.
fn ended_by(confirmed: bool) -> What {
    let (by, reason) =
        if confirmed { ("user", "confirmed by the user") } else { ("application", "id_token_hint") };
    What::of(&kind::SESSION_ENDED, [("by", by.into()), ("reason", reason.into())])
}

impl Asking {
    /// Signs out, or asks first. `pages`: whether there is anybody who could be asked.
    pub(crate) async fn sign_out(
        &self,
        params: &Params,
        visitor: &Visitor,
        pages: bool,
        confirmed: bool,
    ) -> Result<SignedOut, Error> {
        let env = self.env();
        let asked = Asked::of("end_session", visitor);
        let refused = |error| self.rejected(error, asked);
        let address = visitor.address.as_deref();
        let request = self.sign_out_request(params, address, pages).await.map_err(refused)?;
        let cookie = session_cookie(visitor);
        let caller = Caller { cookie: cookie.is_some(), pages, confirmed };
        let lookups = request.lookup(&env, cookie);
        for _ in 0..ATTEMPTS {
            let facts = self.find(&lookups).await?;
            passed_over(&request, &facts);
            match request.decide(&env, &facts, caller).map_err(refused)? {
                SignOut::Confirm { client, to } => {
                    let found = facts.session().filter(|_| cookie.is_some());
                    let account = found.map(|found| found.session.user.clone());
                    let user = found.and_then(|found| found.user.clone());
                    return Ok(SignedOut::Confirm { client, account, user, to });
                }
                SignOut::Nobody { back, client } => return Ok(SignedOut::Nobody { back, client }),
                SignOut::Done { changes, redirect, back, client } => {
                    let ended = !changes.is_empty();
                    let event = ended.then(|| Event {
                        what: ended_by(confirmed),
                        client: client.as_ref().map(|client| client.client_id.clone()),
                        user: user(&facts).map(|user| Who::of(user)),
                        session: facts.session().map(|found| found.session.id),
                    });
                    if self.commit_with(changes, event.as_slice(), visitor.source()).await? {
                        return Ok(SignedOut::Done { ended, redirect, back, client });
                    }
                }
            }
        }
        Err(contended())
    }

    /// Who asks.
    pub(crate) async fn signs_out(
        &self,
        params: &Params,
        address: Option<&str>,
    ) -> Result<Option<Arc<Client>>, Error> {
        let request = self.sign_out_request(params, address, true).await?;
        let Some(id) = request.client_id() else { return Ok(None) };
        Ok(self.ask(ClientById(id.clone())).await?.known())
    }

    /// A request that came by a form, as it goes on in an address.
    pub(crate) async fn sealed_sign_out(
        &self,
        params: &Params,
        address: Option<&str>,
    ) -> Result<String, Error> {
        let request = self.sign_out_request(params, address, true).await?;
        let client = request.client_id().cloned().map(|id| ClientById(id).into());
        let facts = self.find(client.as_slice()).await?;
        passed_over(&request, &facts);
        request.seal(&self.env())
    }

    /// A request whose hint was read. For a person one that may not be looked at now is none, and they are
    /// asked; a server that calls has to try again.
    async fn sign_out_request(
        &self,
        params: &Params,
        address: Option<&str>,
        pages: bool,
    ) -> Result<Request, Error> {
        let request = Request::parse(&self.env(), params)?;
        let Some(hint) = request.unread() else { return Ok(request) };
        let read = match pages {
            true => self.hint(hint, request.client_id(), address).await?,
            false => self.read_hint(hint, request.client_id(), address).await?,
        };
        request.read_as(read.map(|(_, hint)| hint))
    }
}

/// Who is signed in, as far as the request shows.
fn user(facts: &Facts) -> Option<&Arc<User>> {
    facts.session()?.user.as_ref()
}

fn passed_over(request: &Request, facts: &Facts) {
    let reasons = request.passed_over(facts);
    if !reasons.is_empty() {
        let (client, reason) = (request.client_id().map(|id| id.as_str()), reasons.join("; "));
        tracing::info!(client, reason, "invalid sign-out parameter ignored");
    }
}

//! RFC 6749 §4.1.1: an authorization request, from start to finish.

use signet_core::authorization::{Request, posted};
use signet_core::decision::Decision;
use signet_core::endpoint::Step;
use signet_core::endpoint::authorization::{Browser, Parsed, Turn};
use signet_core::env::Env;
use signet_core::error::Error;
use signet_core::handle::{Handle, Kind};
use signet_core::id::{SessionId, UserId};
use signet_core::lookup::{Facts, Lookup, SessionByCookie};
use signet_core::params::Params;
use signet_core::record::Session;
use signet_core::reply::Reply;
use signet_core::request_object::{Next, Unresolved};
use signet_core::secret::TokenHash;
use signet_core::waiting::{Ended, Interaction};

use super::happened::Request as Asked;
use super::opening::Leave;
use super::{Asking, Form, Visitor};

/// What refusals of these requests name as their endpoint.
const ENDPOINT: &str = "authorization";

impl Asking {
    /// Answers, or starts an interaction. `browser` is the marker that the browser has or will be given.
    pub(crate) async fn authorization(
        &self,
        params: Params,
        visitor: &Visitor,
        browser: &str,
    ) -> Result<Reply, Error> {
        let asked = Asked::of(ENDPOINT, visitor);
        let refused = |error| self.rejected(error, asked);
        let request = match Request::parse(params).map_err(refused)? {
            Parsed::Request(request) => request,
            Parsed::Object(object) => match self.resolve(visitor, browser, object).await.map_err(refused)? {
                Ok(request) => request,
                Err(refusal) => return Ok(refusal),
            },
        };
        self.visit(request, visitor, browser).await
    }

    /// A request that came by a form, as it goes on in an address; see [`posted`].
    pub(crate) fn sealed_authorization(&self, params: &Params) -> Result<Params, Error> {
        posted::seal(&self.env(), params)
    }

    /// The same request, come by its address.
    pub(crate) fn opened_authorization(&self, params: &Params) -> Params {
        posted::unseal(&self.env(), params)
    }

    /// The same for a request whose page has ended, as if its link had been followed anew. What a link or
    /// button of that page meant still holds, as far as it can.
    pub(crate) async fn restart(
        &self,
        record: &Interaction,
        ended: Ended,
        form: &Form,
        visitor: &Visitor,
        browser: &str,
    ) -> Result<Reply, Error> {
        let request = Request::again(record, ended);
        let request = match form {
            Form::NewAccount => request.account_wanted(true),
            Form::HaveAccount => request.account_wanted(false),
            Form::AnotherAccount => {
                request.declining(self.session(visitor).await?.map(|session| session.root))
            }
            _ => request,
        };
        let goes_on = self.speaks_for_the_session(form, visitor).await?;
        let request = if goes_on { request } else { request.shown_again() };
        self.visit(request, visitor, browser).await
    }

    /// Whether what was sent to a page that has ended is a wish to go on as whoever is signed in by now.
    async fn speaks_for_the_session(&self, form: &Form, visitor: &Visitor) -> Result<bool, Error> {
        // The shell takes such a form only for the sign-in that its page showed.
        if form.speaks_for_account() {
            return Ok(true);
        }
        let Some(typed) = form.typed_name() else { return Ok(false) };
        let Some(session) = self.session(visitor).await? else { return Ok(false) };
        let named = self.person(typed).await?.one();
        Ok(named.is_some_and(|named| named.id == session.user))
    }

    /// Whose sign-in this browser has, for what a page says of an account: it is theirs, however often they
    /// prove in other tabs who they are.
    pub(crate) async fn signed_in(&self, visitor: &Visitor) -> Result<Option<UserId>, Error> {
        Ok(self.session(visitor).await?.map(|session| session.user))
    }

    /// The session of a browser, while it lasts.
    async fn session(&self, visitor: &Visitor) -> Result<Option<Session>, Error> {
        let Some((id, hash)) = session_cookie(visitor) else { return Ok(None) };
        let found = self.ask(SessionByCookie { id, hash, client: None }).await?;
        let session = found.map(|found| found.session);
        Ok(session.filter(|session| session.is_live(self.now())))
    }

    async fn visit(&self, request: Request, visitor: &Visitor, browser: &str) -> Result<Reply, Error> {
        let address = visitor.address.as_deref();
        let request = self.with_hint_in_clear(request, address).await?;
        self.run(&Visit { request: &request, visitor, browser }, Asked::of(ENDPOINT, visitor)).await
    }

    /// OpenID Connect Core §3.1.2.1: an `id_token_hint` that cannot be read is none. A page on which the
    /// request waits has it in clear, so that nothing is decrypted when the page is shown again.
    async fn with_hint_in_clear(&self, request: Request, address: Option<&str>) -> Result<Request, Error> {
        let Some(hint) = request.hint() else { return Ok(request) };
        let client = request.client_id();
        match self.hint(hint, Some(client), address).await? {
            Ok((clear, _)) => Ok(request.with_hint(Some(&clear))),
            Err(reason) => {
                tracing::info!(client = client.as_str(), reason, "invalid id_token_hint ignored");
                Ok(request.with_hint(None))
            }
        }
    }

    /// RFC 9101 §6: reads a request object, which may have to be fetched and may need the client's keys. A
    /// refusal that the client may be told is a reply. It is done once, before anything that could be decided
    /// again after a lost race.
    async fn resolve(
        &self,
        visitor: &Visitor,
        browser: &str,
        mut object: Unresolved,
    ) -> Result<Result<Request, Reply>, Error> {
        let (env, address) = (self.env(), visitor.address.as_deref());
        let mut opened = Vec::new();
        let mut facts = self.find(&object.lookup(session_cookie(visitor))).await?;
        loop {
            let client = object.client_id().clone();
            let leave = self.leave(object.work(&facts), Some(&client), address).await?;
            match object.resolve(&env, &facts) {
                Next::Ready(request) => {
                    leave.settle(true);
                    // To our key anybody encrypts.
                    opened.iter().for_each(|leave: &Leave<'_>| leave.settle(request.is_signed()));
                    return Ok(Ok(request));
                }
                Next::Refused(request, error) => {
                    leave.settle(false);
                    let destination = request.destination(&env, &facts).ok();
                    let marker = || TokenHash::of(browser.as_bytes());
                    let turn = Turn { env: &env, facts: &facts, browser: Browser::New(&marker) };
                    let Decision { reply, events, .. } =
                        request.abort(destination.as_deref(), &turn, error)?;
                    events.iter().for_each(|event| self.note(event, visitor.source()));
                    return Ok(Err(reply));
                }
                Next::Find(waiting, lookups) => {
                    match leave {
                        Leave::Secret(guess) => guess.settle(true),
                        leave => opened.push(leave),
                    }
                    self.find_more(&mut facts, &lookups).await?;
                    object = waiting;
                }
            }
        }
    }
}

/// An authorization request by somebody at a browser.
struct Visit<'a> {
    request: &'a Request,
    visitor: &'a Visitor,
    browser: &'a str,
}

impl Step for Visit<'_> {
    fn lookup(&self) -> Vec<Lookup> {
        self.request.lookup(session_cookie(self.visitor))
    }

    fn follow_up(&self, _env: &Env<'_>, facts: &Facts) -> Vec<Lookup> {
        self.request.follow_up(facts)
    }

    fn decide(&self, env: &Env<'_>, facts: Facts) -> Result<Decision, Error> {
        let destination = self.request.destination(env, &facts)?;
        let marker = || TokenHash::of(self.browser.as_bytes());
        let turn = Turn { env, facts: &facts, browser: Browser::New(&marker) };
        let mut decision = self.request.decide(&*destination, &turn)?;
        decision.events.extend(self.request.audience_ignored(env, destination.client()));
        Ok(decision)
    }
}

/// What a session cookie says, if it is one of ours.
pub(super) fn session_cookie(visitor: &Visitor) -> Option<(SessionId, TokenHash)> {
    let handle = Handle::decode(Kind::Session, visitor.session.as_deref()?)?;
    Some((SessionId(handle.id), handle.hash()))
}

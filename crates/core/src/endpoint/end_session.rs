//! OpenID Connect RP-Initiated Logout §2, §3, §4: sign-out.
//!
//! What cannot be used any more (a hint by a key that is gone, the name of an application that was removed)
//! forbids to send the person anywhere, and nothing else: who wants to sign out is asked, and can. A server
//! that calls by itself cannot be asked: its hint ends the session that it proves, or the answer is an error.

mod sealed;

use std::borrow::Cow;
use std::sync::Arc;

use super::{Door, Endpoint, Own};
use crate::change::Change;
use crate::env::Env;
use crate::error::Error;
use crate::id::{ClientId, SessionId};
use crate::incoming::Method;
use crate::logout::{self, Ending};
use crate::lookup::{ClientById, Facts, Lookup, SessionByCookie, SessionOfChain};
use crate::params::{LONGEST_CARRIED, Params, encoded_length};
use crate::record::{Client, Session, User};
use crate::rule;
use crate::secret::{Secret, TokenHash};
use crate::subject;
use crate::token::id_token_hint::Hint;
use crate::uri;

/// The sign-out endpoint.
pub struct EndSession;

impl Endpoint for EndSession {
    fn name(&self) -> &'static str {
        "end_session"
    }

    fn spec(&self) -> &'static str {
        "OpenID Connect RP-Initiated Logout 1.0 section 2"
    }

    fn path(&self) -> &'static str {
        "/end_session"
    }

    fn door(&self) -> Door {
        Door::Own(Own::EndSession)
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::Get, Method::Post]
    }

    fn title(&self) -> Cow<'static, str> {
        "the sign-out endpoint".into()
    }
}

/// What is read of a sign-out request.
pub const PARAMETERS: &[&str] =
    &["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", SEALED];
/// The parameter by which a request that came by a form goes on.
pub const SEALED: &str = "sealed";

/// A sign-out request.
#[derive(Debug)]
pub struct Request {
    hint: Option<Shown>,
    client_id: Option<ClientId>,
    redirect_uri: Option<String>,
    state: Option<String>,
}

/// An `id_token_hint`.
#[derive(Debug)]
enum Shown {
    /// As it came: nobody has read it.
    Sent(Secret<String>),
    /// It says this.
    Says(Hint),
    /// It cannot be read, for this reason.
    Unreadable(&'static str),
    /// It came by a form, and could not be read then.
    Unread,
}

/// What happens next.
#[derive(Debug)]
pub enum SignOut {
    /// The person has to say that they mean it.
    Confirm {
        /// Who asks, if known.
        client: Option<Arc<Client>>,
        /// A registered address, where a person goes who has confirmed.
        to: Option<String>,
    },
    /// Signed out; the browser goes here, or sees the signed-out page.
    Done {
        /// The writes.
        changes: Vec<Change>,
        /// A registered address, where the browser goes.
        redirect: Option<String>,
        /// A registered address, where the person may go on to: nothing vouches for the request, so nobody is
        /// sent there (§4).
        back: Option<String>,
        /// Who asked, if known.
        client: Option<Arc<Client>>,
    },
    /// Nobody is signed in in this browser, and the request proves no session, or one of another browser:
    /// nothing was ended.
    Nobody {
        /// A registered address, where the person may go on to.
        back: Option<String>,
        /// Who asked, if known.
        client: Option<Arc<Client>>,
    },
}

/// Who makes a sign-out request, as far as HTTP shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// A browser brought the cookie of a session.
    pub cookie: bool,
    /// A person can be shown a page; a server that calls by itself cannot.
    pub pages: bool,
    /// The person has said on our page that they mean it.
    pub confirmed: bool,
}

impl Request {
    /// Reads the parameters; an expired `id_token_hint` is fine.
    pub fn parse(env: &Env<'_>, params: &Params) -> Result<Self, Error> {
        Self::read(env, params).map_err(|error| error.at(&rule::END_SESSION))
    }

    fn read(env: &Env<'_>, params: &Params) -> Result<Self, Error> {
        params.single()?;
        if let Some(sealed) = params.get(SEALED) {
            return Ok(Self::unseal(env, sealed));
        }
        let named = params.get("client_id");
        let carried = ["client_id", "post_logout_redirect_uri", "state"].map(|name| params.get(name));
        if carried.iter().flatten().map(|value| encoded_length(value)).sum::<usize>() > LONGEST_CARRIED {
            return Err(too_long());
        }
        Ok(Self {
            client_id: named.map(ClientId::from),
            redirect_uri: params.get("post_logout_redirect_uri").map(str::to_owned),
            state: params.get("state").map(str::to_owned),
            hint: params.get("id_token_hint").map(|token| Shown::Sent(Secret::new(token.to_owned()))),
        })
    }

    /// The `id_token_hint` that is still to be read.
    pub fn unread(&self) -> Option<&str> {
        match &self.hint {
            Some(Shown::Sent(token)) => Some(token.expose()),
            _ => None,
        }
    }

    /// The request with what its hint says, or why that cannot be read.
    pub fn read_as(mut self, hint: Result<Hint, &'static str>) -> Result<Self, Error> {
        if let Ok(hint) = &hint {
            match &self.client_id {
                Some(named) if !hint.audience.iter().any(|aud| aud == named.as_str()) => {
                    let error = Error::invalid_request("client_id and id_token_hint name different clients");
                    return Err(error.at(&rule::END_SESSION));
                }
                Some(_) => {}
                None => self.client_id = hint.audience.first().map(|aud| ClientId::from(aud.as_str())),
            }
        }
        self.hint = Some(hint.map_or_else(Shown::Unreadable, Shown::Says));
        Ok(self)
    }

    /// The signed-in browser and the client. Where no browser brings a cookie, as when a server calls, the
    /// session that the hint proves.
    pub fn lookup(&self, env: &Env<'_>, cookie: Option<(SessionId, TokenHash)>) -> Vec<Lookup> {
        let session = match cookie {
            Some((id, hash)) => Some(SessionByCookie { id, hash, client: None }.into()),
            None => self.hinted_session(env).map(|root| SessionOfChain(root).into()),
        };
        session.into_iter().chain(self.client_id.clone().map(|id| ClientById(id).into())).collect()
    }

    fn hinted_session(&self, env: &Env<'_>) -> Option<SessionId> {
        let Some(Shown::Says(Hint { sid, audience, .. })) = &self.hint else { return None };
        subject::root_of(env.secrets, sid.as_deref()?, &ClientId::from(audience.first()?.as_str()))
    }

    /// Signs out when the request proves that it is about this very session, or when the person has
    /// confirmed.
    pub fn decide(&self, env: &Env<'_>, facts: &Facts, caller: Caller) -> Result<SignOut, Error> {
        let client = self.client(facts).cloned();
        let hint = match &self.hint {
            Some(Shown::Says(hint)) => Some(hint),
            _ => None,
        };
        let refused = |error: Error| {
            let error = error.at(&rule::END_SESSION);
            client.iter().fold(error, Error::about)
        };
        let address = self.address(client.as_deref()).map_err(refused)?;
        // §4: what failed to be validated vouches for nothing. Whom the person confirms to leave for, by
        // client_id and a registered address, needs no hint.
        let (redirect, back) = match self.hint.is_some() && hint.is_none() && !caller.confirmed {
            true => (None, address),
            false => (address, None),
        };
        let found = facts.session();
        let live = facts.live_session(env.now).map(|found| &found.session);
        let user = found.and_then(|found| found.user.as_deref());
        let about = |session: &Session, client: &Client| {
            let about = |hint: &Hint| user.is_some_and(|user| is_about(env, hint, session, user, client));
            hint.is_some_and(about)
        };
        let registered = client.as_ref().filter(|client| client.registered);
        if let (Some(client), Some(_), false, false) = (registered, &hint, caller.cookie, caller.pages) {
            // A server is sent nowhere, so that its hint may end what it proves, by whomever the client was
            // registered.
            let session = live.filter(|session| about(session, client));
            if live.is_none() || session.is_some() {
                let client = Some(client.clone());
                return Ok(SignOut::Done { changes: ended(session), redirect: None, back: None, client });
            }
        }
        // The hint proves a session of another browser. Only a server ends that unasked.
        if live.is_some() && caller.pages && !caller.cookie {
            return Ok(SignOut::Nobody { back: redirect.or(back), client });
        }
        // A client that registered itself could send people anywhere by a hint of its own, were that enough
        // to go.
        let stranger = registered.is_some() && redirect.is_some();
        let session = live.filter(|_| caller.cookie || !stranger);
        if session.is_none() && hint.is_none() && redirect.is_none() {
            return Ok(SignOut::Nobody { back, client });
        }
        let proven = match (session, &client) {
            // RFC 9700 §4.11.2: with a token of its own, a client that registered itself could send people
            // from here to anywhere.
            (None, Some(client)) if client.registered => redirect.is_none(),
            (None, _) => hint.is_some() || redirect.is_none(),
            (Some(session), Some(client)) => about(session, client),
            (Some(_), None) => false,
        };
        if !proven && !caller.confirmed {
            // Where nobody is signed in there is nothing to ask. Nothing vouches for the request, so that its
            // address is a link.
            let to = redirect.or(back);
            return Ok(match session.filter(|_| caller.cookie) {
                Some(_) => SignOut::Confirm { client, to },
                None => SignOut::Nobody { back: to, client },
            });
        }
        Ok(SignOut::Done { changes: ended(session), redirect, back, client })
    }

    /// What of the request is passed over, and why, for the log.
    pub fn passed_over(&self, facts: &Facts) -> Vec<&'static str> {
        let mut reasons = Vec::new();
        // One that was unreadable before it was sealed was reported then.
        if let Some(Shown::Unreadable(why)) = &self.hint {
            reasons.push(*why);
        }
        if self.client(facts).is_none() {
            match (&self.client_id, &self.redirect_uri) {
                (Some(_), _) => reasons.push("the client is unknown"),
                (None, Some(_)) => {
                    reasons.push("post_logout_redirect_uri needs id_token_hint or client_id with it");
                }
                (None, None) => {}
            }
        }
        reasons
    }

    /// Who asks, as the request says.
    pub fn client_id(&self) -> Option<&ClientId> {
        self.client_id.as_ref()
    }

    /// Who asks, if known.
    pub fn client<'a>(&self, facts: &'a Facts) -> Option<&'a Arc<Client>> {
        facts.client(self.client_id.as_ref()?)
    }

    /// Where the client would have the person go, if it is known and has registered the address.
    fn address(&self, client: Option<&Client>) -> Result<Option<String>, Error> {
        let (Some(requested), Some(client)) = (&self.redirect_uri, client) else { return Ok(None) };
        let is = |uri: &String| uri::matches_registered(uri, requested, client.may_use_any_port());
        if !client.post_logout_redirect_uris.iter().any(is) {
            return Err(Error::invalid_request(format!(
                "post_logout_redirect_uri {requested} is not registered for client {}; write it into its post_logout_redirect_uris",
                client.client_id
            )));
        }
        let state = self.state.as_ref().map(|state| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            uri::with_query(requested, &query.append_pair("state", state).finish())
        });
        Ok(Some(state.unwrap_or_else(|| requested.clone())))
    }
}

fn too_long() -> Error {
    Error::invalid_request(
        "the parameters are longer than 8 KiB together, percent-encoded; shorten state, or keep what it holds and send its name",
    )
    .at(&rule::PARAMETERS)
}

fn ended(session: Option<&Session>) -> Vec<Change> {
    session.map(Ending::Session).map(logout::end).unwrap_or_default()
}

fn is_about(env: &Env<'_>, hint: &Hint, session: &Session, user: &User, client: &Client) -> bool {
    // Anybody who has seen an ID token of another session of the same person can make a link of it.
    let sid = subject::sid(env.secrets, session.root, &client.client_id);
    hint.sub == subject::sub(env, client, user, session.root) && hint.sid.as_ref() == Some(&sid)
}

//! OpenID Connect RP-Initiated Logout §2, §3: a person signs out.

use std::borrow::Cow;
use std::sync::Arc;

use crate::change::Change;
use crate::env::Env;
use crate::error::Error;
use crate::id::{ClientId, SessionId};
use crate::lookup::{Facts, Lookup};
use crate::params::Params;
use crate::record::{Client, Session, User};
use crate::secret::{Secret, TokenHash};
use crate::subject;
use crate::token::id_token_hint::{self, Hint};
use crate::uri;

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
    /// Our key signed it.
    Ours(Hint),
    /// If anybody did, then the client whose secret it is.
    Theirs(Secret<String>),
}

/// What happens next.
#[derive(Debug)]
pub enum SignOut {
    /// The person has to say that they mean it.
    Confirm {
        /// Who asks, if known.
        client: Option<Arc<Client>>,
    },
    /// Signed out; the browser goes here, or sees the signed-out page.
    Done {
        /// The writes.
        changes: Vec<Change>,
        /// A registered address.
        redirect: Option<String>,
        /// Who asked, if known.
        client: Option<Arc<Client>>,
    },
}

impl Request {
    /// Reads the parameters; an expired `id_token_hint` is fine, a foreign one is not.
    pub fn parse(env: &Env<'_>, params: &Params) -> Result<Self, Error> {
        params.single()?;
        let named = params.get("client_id");
        let hint = match params.get("id_token_hint") {
            Some(token) => Some(match (id_token_hint::read(env, token, None), named) {
                (Some(hint), _) => Shown::Ours(hint),
                (None, Some(_)) => Shown::Theirs(Secret::new(token.to_owned())),
                (None, None) => return Err(foreign()),
            }),
            None => None,
        };
        let hinted = match &hint {
            Some(Shown::Ours(hint))
                if named.is_some_and(|named| !hint.audience.iter().any(|a| a == named)) =>
            {
                return Err(Error::invalid_request("client_id and id_token_hint name different clients"));
            }
            Some(Shown::Ours(hint)) => hint.audience.first(),
            _ => None,
        };
        Ok(Self {
            client_id: named.or(hinted.map(String::as_str)).map(ClientId::from),
            redirect_uri: params.get("post_logout_redirect_uri").map(str::to_owned),
            state: params.get("state").map(str::to_owned),
            hint,
        })
    }

    /// The signed-in browser and the client.
    pub fn lookup(&self, cookie: Option<(SessionId, TokenHash)>) -> Vec<Lookup> {
        let session = cookie.map(|(id, hash)| Lookup::Session { id, hash, client: None });
        session.into_iter().chain(self.client_id.clone().map(Lookup::Client)).collect()
    }

    /// Signs out when the request proves that it is about this very session, or when the person has confirmed.
    pub fn decide(&self, env: &Env<'_>, facts: &Facts, confirmed: bool) -> Result<SignOut, Error> {
        let client = facts.client.clone();
        if self.client_id.is_some() && client.is_none() {
            return Err(Error::invalid_request("client_id is unknown"));
        }
        let hint = self.read_hint(env, client.as_deref())?;
        let redirect = self.redirect(client.as_deref())?;
        let session = facts.session.as_ref().filter(|s| !s.expires_at.expired_at(env.now));
        let proven = match (session, &client) {
            // RFC 9700 §4.11.2: with a token of its own, whoever registered itself could send people from here to anywhere.
            (None, Some(client)) if client.registered => redirect.is_none(),
            (None, _) => hint.is_some() || redirect.is_none(),
            (Some(session), Some(client)) => {
                let about = |hint: &Hint| {
                    facts.user.as_ref().is_some_and(|user| is_about(env, hint, session, user, client))
                };
                hint.as_deref().is_some_and(about)
            }
            (Some(_), None) => false,
        };
        if !proven && !confirmed {
            return Ok(SignOut::Confirm { client });
        }
        let changes = session.map_or_else(Vec::new, |session| {
            vec![
                Change::EndSession(session.id),
                Change::RevokeSessionGrants(session.user.clone(), session.root),
            ]
        });
        Ok(SignOut::Done { changes, redirect, client })
    }

    fn read_hint(&self, env: &Env<'_>, client: Option<&Client>) -> Result<Option<Cow<'_, Hint>>, Error> {
        match &self.hint {
            None => Ok(None),
            Some(Shown::Ours(hint)) => Ok(Some(Cow::Borrowed(hint))),
            Some(Shown::Theirs(token)) => {
                let hint = id_token_hint::read(env, token.expose(), client).ok_or_else(foreign)?;
                Ok(Some(Cow::Owned(hint)))
            }
        }
    }

    fn redirect(&self, client: Option<&Client>) -> Result<Option<String>, Error> {
        let Some(requested) = &self.redirect_uri else { return Ok(None) };
        let Some(client) = client else {
            return Err(Error::invalid_request(
                "post_logout_redirect_uri needs id_token_hint or client_id beside it",
            ));
        };
        if !client.post_logout_redirect_uris.contains(requested) {
            return Err(Error::invalid_request(format!(
                "post_logout_redirect_uri is not registered for client {}",
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

fn is_about(env: &Env<'_>, hint: &Hint, session: &Session, user: &User, client: &Client) -> bool {
    hint.sub == subject::sub(env.settings, client, user, session.root)
        && hint
            .sid
            .as_ref()
            .is_none_or(|sid| *sid == subject::sid(env.settings, session.root, &client.client_id))
}

fn foreign() -> Error {
    Error::invalid_request("id_token_hint is not an ID token that this issuer signed")
}

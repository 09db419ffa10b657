//! OpenID Connect Core §3.1.2.1: an authorization request as values: how it came, what it requests, who is
//! signed in, and what is granted.

pub mod callback;
pub mod destination;
mod granted;
pub mod posted;
mod present;

use std::cell::OnceCell;

use crate::acr::Wish;
use crate::claims::{ClaimsRequest, Names, Point};
use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::id::{ClientId, SessionId};
use crate::lookup::{ClientById, Facts, Lookup, SessionByCookie};
use crate::params::Params;
use crate::pkce::Challenge;
use crate::prompt::Prompt;
use crate::record::{Client, User};
use crate::release;
use crate::response_type::ResponseType;
use crate::rule;
use crate::scope::Scope;
use crate::secret::TokenHash;
use crate::time::Timestamp;

pub(crate) use granted::grant;
pub use present::Present;

/// How the parameters of a request came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// In the address or the form.
    #[default]
    Plain,
    /// In a request object that nothing protects.
    Unsigned,
    /// In a request object that the client signed.
    Signed,
}

/// The endpoints at which a request for authorization can arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The authorization endpoint (RFC 6749 §3.1).
    Authorization,
    /// Pushed requests (RFC 9126 §2). Not served yet.
    Par,
    /// Device authorization (RFC 8628 §3.1). Not served yet.
    Device,
    /// Backchannel authentication (OpenID Connect CIBA §7). Not served yet.
    Ciba,
}

/// An authorization request, its parameters at hand. Whether they may be asked is not known yet.
#[derive(Debug)]
pub struct Request {
    pub(crate) params: Params,
    pub(crate) client_id: ClientId,
    pub(crate) source: Source,
    /// When the request object that it was ends.
    pub(crate) object_until: Option<Timestamp>,
    pub(crate) before: Before,
}

/// What a person said at a page of this request that ended unanswered: it holds for the next one.
#[derive(Debug, Default)]
pub(crate) struct Before {
    /// They want to make an account, or have one.
    pub(crate) sign_up: Option<bool>,
    /// The session with which they do not want to go on.
    pub(crate) declined: Option<SessionId>,
    /// They only look at a page again, and have answered nothing.
    pub(crate) shown_again: bool,
}

/// What the checks made of the parameters.
#[derive(Debug, Default)]
pub struct Asked {
    /// How all of it came.
    pub source: Source,
    /// `response_type`
    pub response_type: Option<&'static ResponseType>,
    /// `scope`, reduced to what is known and allowed.
    pub scope: Scope,
    /// `nonce`
    pub nonce: Option<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// `prompt`
    pub prompt: Vec<Prompt>,
    /// `max_age`, or the client's default.
    pub max_age: Option<u64>,
    /// The authentication context, by `acr_values`, `claims`, the client's default or a hint.
    pub acr: Wish,
    /// `claims`
    pub claims: Option<ClaimsRequest>,
    /// The subject of `id_token_hint`.
    pub hinted_sub: Option<String>,
    /// The authentication context of `id_token_hint`.
    pub hinted_acr: Option<String>,
    /// `resource`
    pub resources: Vec<String>,
    /// Where claims will come to the client, by how it is answered.
    pub points: &'static [Point],
    /// [`Self::names`], once they were needed.
    pub(crate) names: OnceCell<Names>,
}

impl Asked {
    /// The names of the claims about this person that can come to the client by this request.
    pub fn names(&self, env: &Env<'_>, client: &Client, user: Option<&User>) -> &Names {
        let claims = self.claims.as_ref();
        let names = || release::names(env.settings, client, user, &self.scope, claims, self.points);
        self.names.get_or_init(names)
    }
}

impl Request {
    pub(crate) fn plain(params: Params, client_id: ClientId) -> Self {
        Self::resolved(params, client_id, Source::Plain, None)
    }

    pub(crate) fn resolved(
        params: Params,
        client_id: ClientId,
        source: Source,
        object_until: Option<Timestamp>,
    ) -> Self {
        Self { params, client_id, source, object_until, before: Before::default() }
    }

    /// The person wants to make an account, or says that they have one.
    pub fn account_wanted(mut self, new: bool) -> Self {
        self.before.sign_up = Some(new);
        self
    }

    /// The person does not want to go on with this sign-in ([`Session::root`](crate::record::Session::root)).
    pub fn declining(mut self, root: Option<SessionId>) -> Self {
        self.before.declined = root;
        self
    }

    /// The page is shown again, in another language or with what was typed: that answers nothing, whatever
    /// happened in other tabs.
    pub fn shown_again(mut self) -> Self {
        self.before.shown_again = true;
        self
    }
}

/// Who asks, and who is asked.
pub(crate) fn who(id: &ClientId, cookie: Option<(SessionId, TokenHash)>) -> Vec<Lookup> {
    let client = Some(id.clone());
    let session = cookie.map(|(id, hash)| SessionByCookie { id, hash, client }.into());
    [ClientById(id.clone()).into()].into_iter().chain(session).collect()
}

/// A client that could be known by its metadata document learns what is wrong with that.
pub(crate) fn unknown_client(id: &ClientId, facts: &Facts) -> Error {
    let error = match facts.unusable(id) {
        Some(why) => {
            let words = format!("the metadata document that client_id names cannot be used: {why}");
            Error::invalid_client(words).at(&rule::REGISTRATION_DOCUMENT)
        }
        None => {
            Error::invalid_client("client_id is unknown; register the application, or check the spelling")
                .at(&rule::CLIENT_ID)
        }
    };
    error.because(format!("client_id {:?}", id.as_str()))
}

/// `access_denied`, as for a person's "no".
pub fn denied() -> Error {
    Error::new(ErrorCode::AccessDenied, "the user denied the request").at(&rule::DENIED)
}

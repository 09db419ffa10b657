//! What leaves: status, headers and body of an answer.

use std::sync::Arc;

use serde_json::Value;

use crate::claims::{ClaimsRequest, Names, Point};
use crate::error::Error;
use crate::prompt::Reason;
use crate::record::{Client, Consent, User};
use crate::release::{self, Disclosure};
use crate::scope::Scope;
use crate::settings::Settings;
use crate::settings::authentication::Context;

/// An answer, independent of HTTP libraries.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status of a direct answer; what goes to a browser has the one of its kind.
    pub status: u16,
    /// Headers that protocols define for it, named in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// What it says.
    pub body: Contents,
    /// The application to which a browser takes it, for the page on which it leaves.
    pub client: Option<Arc<Client>>,
}

impl Reply {
    /// Another status than 200.
    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// One header more.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<Contents> for Reply {
    fn from(body: Contents) -> Self {
        Self { status: 200, headers: Vec::new(), body, client: None }
    }
}

/// What an answer says.
#[derive(Debug)]
pub enum Contents {
    /// JSON that must not be cached.
    Json(Value),
    /// A signed answer with its media type (`application/jwt`, `application/token-introspection+jwt`).
    Jwt(String, &'static str),
    /// Nothing.
    Empty,
    /// 303 to this URL.
    Redirect(String),
    /// OAuth 2.0 Form Post Response Mode §2: the browser posts these fields.
    Form {
        /// The verified redirect URI.
        action: String,
        /// Names and values.
        fields: Vec<(String, String)>,
        /// Origins whose pages may show it in a frame: the client's own, where nobody is to be asked
        /// (`prompt=none`), as applications ask out of people's sight.
        framed_by: Vec<String>,
    },
    /// A person has to be asked at this interaction.
    Interact(Box<Interact>),
    /// A page that explains the error; nothing may be sent to the client.
    Refuse(Error),
}

/// Where and what a person is asked, and all that the page shows.
#[derive(Debug)]
pub struct Interact {
    /// The end of the page's address, in which all that is known of the request is sealed.
    pub address: String,
    /// Why, and so what.
    pub reason: &'static Reason,
    /// Who asks.
    pub client: Arc<Client>,
    /// Who is signed in.
    pub user: Option<Arc<User>>,
    /// They have signed in within this request.
    pub authenticated_now: bool,
    /// The user name of the person whom the application expects, as far as `id_token_hint` tells it.
    pub expected: Option<String>,
    /// What is asked for.
    pub scope: Scope,
    /// Optional scopes that the person left out the last time they were asked.
    pub left_out: Scope,
    /// What they agreed to before, where that still counts.
    pub agreed: Option<Consent>,
    /// The claims that they ever agreed to give this client: what it was granted then may go on, whether or
    /// not that would count today.
    pub given: Names,
    /// The `claims` parameter.
    pub claims: Option<ClaimsRequest>,
    /// Where claims will come to the client.
    pub points: &'static [Point],
    /// The address to which the browser will take the answer, for what the page says and for its security
    /// policy; none where the answer comes to the client without the browser.
    pub returns_to: Option<String>,
    /// The sign-in method by which a person is asked.
    pub method: Option<&'static str>,
    /// The authentication context that the application prefers, of those that are offered.
    pub context: Option<Context>,
}

impl Interact {
    /// What the client comes to know about the person who is signed in, if they agree.
    pub fn disclosure<'a>(&'a self, settings: &'a Settings) -> Option<Disclosure<'a>> {
        let user = self.user.as_deref()?;
        Some(Disclosure::of(settings, &self.client, user, &self.scope, self.claims.as_ref(), self.points))
    }

    /// The names of the claims that can come to the client by this much of the scope.
    pub fn names(&self, settings: &Settings, scope: &Scope) -> Names {
        release::names(settings, &self.client, self.user.as_deref(), scope, self.claims.as_ref(), self.points)
    }
}

//! What a protocol step decides: what to write, then what to answer.

use std::sync::Arc;

use serde_json::Value;

use crate::acr::Context;
use crate::change::Change;
use crate::error::Error;
use crate::prompt::Reason;
use crate::record::{Client, User};
use crate::scope::Scope;

/// Writes and an answer. The answer may be given only when the writes were committed.
#[derive(Debug)]
pub struct Decision {
    /// In order; all or none.
    pub changes: Vec<Change>,
    /// What the asker gets.
    pub reply: Reply,
}

impl Decision {
    /// An answer that needs no write.
    pub fn answer(reply: Reply) -> Self {
        Self { changes: Vec::new(), reply }
    }
}

/// An answer, independent of HTTP libraries.
#[derive(Debug)]
pub enum Reply {
    /// JSON that must not be cached.
    Json(Value),
    /// A signed answer with its media type (`application/jwt`, `application/token-introspection+jwt`).
    Jwt(String, &'static str),
    /// 200 and nothing else.
    Empty,
    /// 303 to this URL.
    Redirect(String),
    /// OAuth 2.0 Form Post Response Mode §2: the browser posts these fields.
    Form {
        /// The verified redirect URI.
        action: String,
        /// Names and values.
        fields: Vec<(String, String)>,
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
    /// What is asked for.
    pub scope: Scope,
    /// Claims asked for beyond those of the scopes.
    pub claims: Vec<String>,
    /// Where the answer will go, for the page's security policy.
    pub redirect_uri: String,
    /// The authentication context that the application prefers, of those that are offered.
    pub context: Option<Context>,
}

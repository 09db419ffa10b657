//! What happened at an endpoint, for the operator's log: at which application, to whom, and what. Never a
//! secret, a token, or an address with parameters.

use crate::id::ClientId;
use crate::record::{Client, User};
use crate::scope::Scope;

/// Something that happened when its writes were made.
#[derive(Clone, Debug)]
pub struct Event {
    /// What.
    pub what: What,
    /// At which application, if any is known.
    pub client: Option<ClientId>,
    /// To whom, if to a person: the name by which they sign in.
    pub username: Option<String>,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum What {
    /// The authorization endpoint answered with what was asked.
    Authorized {
        /// The response type.
        response_type: &'static str,
        /// What was granted.
        scope: Scope,
        /// A page was shown for this request.
        page: bool,
    },
    /// The authorization endpoint sent an error to the application.
    Refused {
        /// Its code.
        code: &'static str,
        /// The rule that refused.
        rule: Option<&'static str>,
        /// Its description.
        reason: String,
        /// What only the log may say.
        detail: Option<String>,
    },
    /// The person allowed it.
    Consented {
        /// What they allowed.
        scope: Scope,
    },
    /// The person did not allow it, which the application learns.
    Denied,
    /// The token endpoint gave tokens.
    Issued {
        /// For what.
        grant_type: &'static str,
        /// What the access token is good for.
        scope: Scope,
        /// And where.
        audience: Vec<String>,
        /// The API that a parameter named of which nothing is read here.
        meant: Option<String>,
    },
    /// A code or refresh token came again after it was used up: somebody else has it as well, and what it
    /// gave is revoked.
    Replayed {
        /// What came: the grant type.
        grant_type: &'static str,
    },
    /// An application that asked about a good token was answered that it is not active.
    Withheld {
        /// Whose token it is.
        issued_to: ClientId,
    },
    /// An application gave a token up.
    Revoked,
    /// An application registered itself.
    Registered {
        /// What it wished for and did not get.
        left_out: Vec<String>,
    },
    /// It changed its registration.
    RegistrationChanged {
        /// The same.
        left_out: Vec<String>,
    },
    /// It removed itself.
    RegistrationRemoved,
    /// A person signed out.
    SignedOut {
        /// By what: they confirmed it on our page, or the application proved it by its hint.
        confirmed: bool,
    },
}

impl Event {
    /// At an application, to a person.
    pub fn new(what: What, client: &Client, user: Option<&User>) -> Self {
        let client = Some(client.client_id.clone());
        Self { what, client, username: user.map(|user| user.username.clone()) }
    }

    /// The same, where an error or a decision takes it.
    pub(crate) fn boxed(self) -> Option<Box<Self>> {
        Some(Box::new(self))
    }
}

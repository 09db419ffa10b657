//! What happened, as values: they are logged, and those that matter are kept. At which application, to whom,
//! and what: never a secret, a token, or an address with parameters.

pub mod kind;
mod recorded;

use serde_json::Value;

use crate::id::{ClientId, SessionId, UserId};
use crate::record::{Client, User};
use crate::rule::Rule;
use crate::scope::Scope;

pub use kind::{Holds, KINDS, Kept, Kind, Member};
pub use recorded::{ROW, Source, named};

/// Something that happened when its writes were made.
#[derive(Clone, Debug)]
pub struct Event {
    /// What.
    pub what: What,
    /// At which application, if any is known.
    pub client: Option<ClientId>,
    /// To whom, if to a person.
    pub user: Option<Who>,
    /// In which session, if that is known.
    pub session: Option<SessionId>,
}

/// A person whom we know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// What the directory calls them.
    pub id: UserId,
    /// The name by which they sign in.
    pub username: String,
}

impl Who {
    /// This one.
    pub fn of(user: &User) -> Self {
        Self { id: user.id.clone(), username: user.username.clone() }
    }
}

/// What was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Used {
    /// An authorization code.
    Code,
    /// A refresh token.
    RefreshToken,
}

impl Used {
    /// The grant type that uses it.
    pub fn grant_type(self) -> &'static str {
        match self {
            Self::Code => "authorization_code",
            Self::RefreshToken => "refresh_token",
        }
    }
}

/// Why somebody has not shown who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// What they sent was right, but nobody may sign in to the account.
    Locked,
    /// It was wrong, in these words.
    Wrong(&'static str),
}

impl Failure {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Locked => "the account is locked",
            Self::Wrong(why) => why,
        }
    }
}

/// What can happen. Where nothing but the log and the record needs what is said of it, its row says all
/// ([`What::Of`]).
#[derive(Clone, Debug)]
pub enum What {
    /// What a row describes.
    Of {
        /// The row.
        kind: &'static Kind,
        /// What there is to say, by the names of its members.
        said: Vec<(&'static str, Value)>,
    },
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
        rule: Option<&'static Rule>,
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
        /// What came.
        what: Used,
    },
    /// An application that asked about a good token was answered that it is not active.
    Withheld {
        /// Whose token it is.
        issued_to: ClientId,
    },
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
    /// A person signed out.
    SignedOut {
        /// By what: they confirmed it on our page, or the application proved it by its hint.
        confirmed: bool,
    },
    /// A person has shown who they are.
    SignedIn {
        /// By which method.
        method: String,
        /// How (RFC 8176).
        amr: Vec<String>,
    },
    /// Somebody has not.
    SignInFailed {
        /// Why not.
        reason: Failure,
        /// A mark of the name that was typed, where nobody has it: for the log only.
        unknown_name: Option<String>,
    },
    /// Somebody has to wait before they may try again.
    SignInThrottled {
        /// What there was too much of, by its name.
        throttled: &'static str,
        /// The same in words.
        reason: &'static str,
        /// For how long.
        seconds: u64,
        /// As above.
        unknown_name: Option<String>,
    },
    /// A password was not looked at.
    SignInBusy {
        /// Why not.
        reason: &'static str,
        /// As above.
        unknown_name: Option<String>,
    },
    /// No account was made.
    SignUpRefused {
        /// Why not.
        reason: String,
        /// As above.
        unknown_name: String,
    },
    /// A request was refused, as its sender or a page says.
    Rejected {
        /// Which endpoint refused it.
        endpoint: &'static str,
        /// What kind of refusal it is.
        kind: &'static Kind,
        /// The code.
        code: &'static str,
        /// The rule that refused.
        rule: Option<&'static Rule>,
        /// The description.
        reason: String,
    },
    /// An application learned about a token.
    Introspected {
        /// Whose token it is, if it is one.
        issued_to: Option<ClientId>,
        /// Whether it said that it is good.
        active: bool,
    },
    /// An application learned about a person.
    Told {
        /// By which scope.
        scope: Scope,
    },
}

impl What {
    /// What this row describes, with what there is to say of it.
    pub fn of(kind: &'static Kind, said: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        Self::Of { kind, said: said.into_iter().collect() }
    }

    /// What kind of event it is.
    pub fn kind(&self) -> &'static Kind {
        match self {
            Self::Authorized { .. } => &kind::AUTHORIZATION_GRANTED,
            Self::Refused { rule: Some(rule), .. } if **rule == crate::rule::INTERACTION => {
                &kind::INTERACTION_REQUIRED
            }
            Self::Refused { .. } => &kind::AUTHORIZATION_REFUSED,
            Self::Consented { .. } => &kind::CONSENT_GIVEN,
            Self::Denied => &kind::CONSENT_REFUSED,
            Self::Issued { .. } => &kind::TOKEN_ISSUED,
            Self::Replayed { what: Used::RefreshToken } => &kind::REFRESH_TOKEN_REUSED,
            Self::Replayed { what: Used::Code } => &kind::CODE_REUSED,
            Self::Withheld { .. } => &kind::TOKEN_WITHHELD,
            Self::Registered { .. } => &kind::CLIENT_REGISTERED,
            Self::RegistrationChanged { .. } => &kind::CLIENT_CHANGED,
            Self::SignedOut { .. } => &kind::SESSION_ENDED,
            Self::SignedIn { .. } => &kind::SIGN_IN_SUCCEEDED,
            Self::SignInFailed { .. } => &kind::SIGN_IN_FAILED,
            Self::SignInThrottled { .. } => &kind::SIGN_IN_THROTTLED,
            Self::SignInBusy { .. } => &kind::SIGN_IN_BUSY,
            Self::SignUpRefused { .. } => &kind::SIGN_UP_REFUSED,
            Self::Introspected { .. } => &kind::TOKEN_INTROSPECTED,
            Self::Told { .. } => &kind::USERINFO_ANSWERED,
            Self::Of { kind, .. } | Self::Rejected { kind, .. } => kind,
        }
    }
}

impl Event {
    /// At an application, to a person.
    pub fn new(what: What, client: &Client, user: Option<&User>) -> Self {
        let client = Some(client.client_id.clone());
        Self { what, client, user: user.map(Who::of), session: None }
    }

    /// To a person, at no application.
    pub fn of_person(what: What, user: Option<Who>) -> Self {
        Self { what, client: None, user, session: None }
    }

    /// In this session.
    #[must_use]
    pub fn in_session(self, session: Option<SessionId>) -> Self {
        Self { session, ..self }
    }

    /// The name by which the person signs in.
    pub fn username(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.username.as_str())
    }
}

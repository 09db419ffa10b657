//! What happened, as values: they are logged, and those that matter are kept. At which application, to whom,
//! and what: never a secret, a token, or an address with parameters.

pub mod kind;
mod recorded;

use std::borrow::Cow;

use serde_json::Value;

use crate::id::{ClientId, SessionId, UserId};
use crate::record::{Client, User};
use crate::rule::Rule;
use crate::scope::Scope;

pub use kind::{Holds, KINDS, Kept, Kind, Level, Member};
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

/// What can happen.
#[derive(Clone, Debug)]
pub enum What {
    /// What a row describes.
    Of {
        /// The row.
        kind: &'static Kind,
        /// What there is to say, by the names of its members.
        said: Vec<(&'static str, Value)>,
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
    /// The token endpoint gave tokens.
    Issued {
        /// For what.
        grant_type: &'static str,
        /// What the access token is good for.
        scope: Scope,
        /// And where.
        audience: Vec<String>,
    },
    /// A code or refresh token came again after it was used up: somebody else has it as well, and what it
    /// gave is revoked.
    Replayed {
        /// What came.
        what: Used,
    },
    /// Somebody has not shown who they are.
    SignInFailed {
        /// Why not.
        reason: Failure,
        /// A mark of the name that was typed, where nobody has it: for the log only.
        unknown_name: Option<String>,
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
        /// What its sender does not learn: why an application has not shown who it is.
        detail: Option<String>,
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
            Self::Refused { rule: Some(rule), .. } if **rule == crate::rule::INTERACTION => {
                &kind::INTERACTION_REQUIRED
            }
            Self::Refused { .. } => &kind::AUTHORIZATION_REFUSED,
            Self::Issued { .. } => &kind::TOKEN_ISSUED,
            Self::Replayed { what: Used::RefreshToken } => &kind::REFRESH_TOKEN_REUSED,
            Self::Replayed { what: Used::Code } => &kind::CODE_REUSED,
            Self::SignInFailed { .. } => &kind::SIGN_IN_FAILED,
            Self::Of { kind, .. } | Self::Rejected { kind, .. } => kind,
        }
    }

    /// What there is to say of it, by the names of its row's members.
    pub fn said(&self) -> Cow<'_, [(&'static str, Value)]> {
        let optional = |name, text: &Option<String>| text.as_deref().map(|text| (name, text.into()));
        match self {
            Self::Of { said, .. } => return said.into(),
            Self::Refused { code, reason, detail, .. } => {
                let said = [("error", (*code).into()), ("reason", reason.as_str().into())];
                said.into_iter().chain(optional("detail", detail)).collect::<Vec<_>>()
            }
            Self::Rejected { endpoint, code, reason, detail, .. } => {
                let said = [("endpoint", (*endpoint).into()), ("error", (*code).into())];
                // Before the description, which leaves less room: it is the same for many causes.
                let said = said.into_iter().chain(optional("detail", detail));
                said.chain([("reason", reason.as_str().into())]).collect()
            }
            Self::Issued { grant_type, scope, audience } => vec![
                ("grant_type", (*grant_type).into()),
                ("scope", scope.to_string().into()),
                ("audience", audience.join(" ").into()),
            ],
            Self::Replayed { what } => vec![("grant_type", what.grant_type().into())],
            Self::SignInFailed { reason, unknown_name } => {
                let said = [("reason", reason.words().into())];
                said.into_iter().chain(optional("unknown_name", unknown_name)).collect()
            }
        }
        .into()
    }

    /// The rule that refused, by its name.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Refused { rule, .. } | Self::Rejected { rule, .. } => rule.map(|rule| rule.id),
            _ => None,
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

//! What happened, as it is kept for operators: one row an event.

use serde::{Deserialize, Serialize};

use super::Detail;
use crate::id::{ClientId, EventId, SessionId, UserId};
use crate::time::Timestamp;

/// An event as it is kept. It holds no secret, no token and nothing that somebody typed who is nobody here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Grows with time, so that older ones come first. A store takes the next one where it is taken.
    pub id: EventId,
    /// When it happened.
    pub at: Timestamp,
    /// The name of its kind (see `crate::event::KINDS`); a text, as other versions have other kinds.
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// To whom it happened.
    pub user: Option<UserId>,
    /// How they were called then.
    pub username: Option<String>,
    /// At which application.
    pub client: Option<ClientId>,
    /// In which session.
    pub session: Option<SessionId>,
    /// From which network address.
    pub address: Option<String>,
    /// The name of the request, as answers and the log have it.
    pub request: Option<String>,
    /// The rule that refused.
    pub rule: Option<String>,
    /// What else its kind says.
    pub detail: Detail,
    /// Who can cause it.
    pub cause: Cause,
}

/// Who can cause an event: what strangers can cause has bounds of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Somebody who has shown who they are.
    #[default]
    Proven,
    /// Anybody, about a person or application that there is.
    Stranger,
    /// Anybody, about nobody that there is: it is kept for an hour.
    Nameless,
    /// Somebody who has shown who they are, as often as they like: it goes first where there are too many.
    Ordinary,
}

impl Cause {
    /// Whether anybody can cause it.
    pub fn is_stranger(self) -> bool {
        matches!(self, Self::Stranger | Self::Nameless)
    }
}

/// How much an event matters, and so for how long it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// As things should go.
    #[default]
    Info,
    /// Something was refused, or an operator changed something.
    Notice,
    /// Somebody may be attacking, or have something that was stolen.
    Warning,
}

impl Severity {
    /// Every one, the least first.
    pub const ALL: [Self; 3] = [Self::Info, Self::Notice, Self::Warning];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
        }
    }
}

//! Every write, each with the precondition under which alone it happens. A commit makes all its changes or none.

use std::sync::Arc;

use crate::id::{ClientId, GrantId, SessionId, TokenId, UserId};
use crate::record::{Attempts, Client, Consent, Document, Grant, Session, Token, TokenKind, User};
use crate::time::Timestamp;

/// One write.
#[derive(Clone, Debug)]
pub enum Change {
    /// Writes a client: the stored version must be the record's own (0: there is none yet), and is then raised by one.
    PutClient(Arc<Client>),
    /// Removes a client; it must exist. Its grants are revoked and its consents removed with it.
    DeleteClient(ClientId),
    /// A client that registered itself goes at this instant unless it is used before.
    ExpectUse(ClientId, Timestamp),
    /// A client was used, so that it stays (twice is fine).
    ClientUsed(ClientId),
    /// Writes a user: the stored version must be the record's own (0: there is none yet), and is then raised by one; the username must
    /// belong to nobody else.
    PutUser(Arc<User>),
    /// Writes nothing: nobody may have one of these keys, which `name` makes of a new person's name.
    FreeName(Vec<String>),
    /// Removes a user; it must exist. Sessions and consents go with it, grants are revoked.
    DeleteUser(UserId),
    /// A new session; the id must be new.
    InsertSession(Session),
    /// Ends a session, if it is there (ending twice is fine).
    EndSession(SessionId),
    /// Revokes the unrevoked, not offline grants of a session chain (`Session::root`) of a user.
    RevokeSessionGrants(UserId, SessionId),
    /// Writes a consent over an earlier one.
    PutConsent(Consent),
    /// Removes a consent, if it is there.
    DeleteConsent(UserId, ClientId),
    /// A new grant; the id must be new.
    InsertGrant(Grant),
    /// Revokes a grant and so everything below it (twice is fine).
    RevokeGrant(GrantId),
    /// A new token; the id must be new, and its grant must be there.
    InsertToken(Token),
    /// Uses a token once: only while its usage rule allows another use, it is not revoked, and its grant is not revoked.
    UseToken(TokenKind, TokenId, Timestamp),
    /// Moves a refresh family from the generation given to the next: only from the current head, not revoked, grant not revoked.
    RotateRefresh {
        /// The family.
        id: TokenId,
        /// The generation that was presented.
        from: u32,
        /// When.
        at: Timestamp,
        /// The family's new end.
        expires_at: Timestamp,
    },
    /// Revokes one token (twice is fine).
    RevokeToken(TokenKind, TokenId),
    /// Marks a JWT id as seen for an issuer: only if it was not seen before.
    SeeJti {
        /// Whose.
        issuer: String,
        /// Which.
        jti: String,
        /// Until when to remember.
        expires_at: Timestamp,
    },
    /// Counts a failed sign-in: adds one to the key's row, or begins a row at one when there is none or it has expired.
    RecordFailure(Attempts),
    /// Writes nothing: so many failures must be counted under a key at an instant (0: none, or none that is still remembered). What was
    /// decided by a count is written only while it holds.
    CountedFailures {
        /// Under which key.
        key: String,
        /// How many.
        failures: u32,
        /// When.
        at: Timestamp,
    },
    /// Forgets failed sign-ins, if any.
    ClearFailures(String),
    /// Writes a named value whose stored version must be `version - 1` (0: absent).
    PutDocument(Document),
    /// Removes a named value; its stored version must be this one.
    DeleteDocument(String, u64),
}

/// A change whose precondition did not hold; nothing of the commit happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which of the changes.
    pub index: usize,
}

//! Every write, each with the precondition under which alone it happens. A commit makes all its changes or
//! none.

use std::sync::Arc;

use crate::id::{ClientId, DeliveryId, GrantId, SessionId, TokenId, UserId};
use crate::record::{
    Client, Consent, Delivery, Document, Grant, Recorded, Session, Tally, Token, TokenKind, User,
};
use crate::time::Timestamp;

/// One write.
#[derive(Clone, Debug)]
pub enum Change {
    /// Writes a client: the stored version must be the record's own (0: there is none yet), and is then
    /// raised by one. One that is stored again counts on from the last version of the one of its name that
    /// was removed, unless that had registered itself: what is under way for the former counts for nobody
    /// else.
    PutClient(Arc<Client>),
    /// Removes a client; it must exist. Whatever was granted to it or agreed with it ends, and stays ended
    /// when it is stored again.
    DeleteClient(ClientId),
    /// A client that registered itself goes at this instant unless it is used before.
    ExpectUse(ClientId, Timestamp),
    /// A client was used, so that it stays (twice is fine).
    ClientUsed(ClientId),
    /// Writes a user: the stored version must be the record's own (0: there is none yet), and is then raised
    /// by one; the username must belong to nobody else.
    PutUser(Arc<User>),
    /// Writes nothing: nobody may have one of these keys, which `name` makes of a new person's name.
    FreeName(Vec<String>),
    /// Removes a user; it must exist. Sessions and consents go with it, grants are revoked.
    DeleteUser(UserId),
    /// Writes nothing: the user must be stored in this version. What somebody proved counts while the record
    /// is the one that they proved it to.
    RequireUser(UserId, u64),
    /// Writes nothing: the named value must be there in this version.
    RequireDocument(String, u64),
    /// Writes nothing: the client must be stored in this version, or have begun with this number.
    RequireClient(ClientId, u64),
    /// Writes nothing: the session must be there. A person is given or agrees to something only while they
    /// are signed in.
    RequireSession(SessionId),
    /// A new session; the id must be new. [`Change::RequireUser`] goes with it where the user is stored.
    InsertSession(Session),
    /// Removes a session, which must be there, in favour of another of the same chain: what was granted from
    /// the chain stays.
    ReplaceSession(SessionId),
    /// Ends a session, which must be there, and revokes what was granted from its chain (`Session::root`),
    /// except what is offline.
    EndSession(SessionId),
    /// A client begins, as it is written in the configuration from now on: what is granted to it is so until
    /// it ends. What was granted to one that is stored under its name ends. The number is none that it had
    /// before, nor a version of a stored one ([`Change::FIRST_BEGINNING`]).
    BeginClient(ClientId, u64),
    /// A client that had begun ends. Whatever was granted to it or agreed with it since then ends, and stays
    /// ended when it begins again.
    EndClient(ClientId),
    /// Ends all sessions of a user, whether stored or not, and revokes all that they granted.
    EndUser {
        /// Whose.
        user: UserId,
        /// What is offline stays.
        keep_offline: bool,
    },
    /// Writes a consent over an earlier one. [`Change::RequireSession`] goes with it.
    PutConsent(Consent),
    /// Writes nothing: the consent must be there. What a person had to agree to is granted only while they
    /// do.
    RequireConsent(UserId, ClientId),
    /// Withdraws a consent, which must be there, and revokes everything that its person granted to the
    /// client.
    EndConsent(UserId, ClientId),
    /// A new grant; the id must be new. With a person's go [`Change::RequireSession`] and, where the client
    /// is stored, [`Change::RequireClient`].
    InsertGrant(Grant),
    /// Revokes a grant and so everything below it (twice is fine).
    RevokeGrant(GrantId),
    /// A new token; the id must be new, and its grant must be there and not revoked.
    InsertToken(Token),
    /// Uses a token once: only while its usage rule allows another use, it is not revoked, and its grant is
    /// not revoked.
    UseToken(TokenKind, TokenId, Timestamp),
    /// Moves a refresh family from the generation given to the next: only from the current head, not revoked,
    /// grant not revoked.
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
    /// Fills or empties a bucket of attempts, as [`Tally`] says.
    Tally(Tally),
    /// Writes a named value whose stored version must be `version - 1` (0: absent).
    PutDocument(Document),
    /// Removes a named value; its stored version must be this one.
    DeleteDocument(String, u64),
    /// A new delivery; the id must be new.
    Enqueue(Delivery),
    /// Takes a delivery to try it: it must be there with so many tries, which are raised by one. Nobody else
    /// takes it before `until`.
    Claim {
        /// Which.
        id: DeliveryId,
        /// Its tries until now.
        tries: u32,
        /// Its new `due_at`.
        until: Timestamp,
    },
    /// Puts off a delivery that was claimed: it must be there with so many tries.
    PutOff {
        /// Which.
        id: DeliveryId,
        /// Its tries, the present one included.
        tries: u32,
        /// Its new `due_at`.
        due_at: Timestamp,
    },
    /// Removes a delivery that was claimed, because it arrived or was given up: it must be there with so many
    /// tries.
    EndDelivery(DeliveryId, u32),
    /// Keeps what happened, under its id, or where that is taken after those of the same millisecond.
    Record(Box<Recorded>),
}

impl Change {
    /// The name of the document that remembers who and what was written in the configuration. Its version
    /// changes when that does.
    pub const CONFIGURED: &str = "configured";

    /// The name of the document whose version is that of a person of the configuration: another one when they
    /// come, are locked, get another password or go, and never an earlier one again.
    pub fn configured_user(id: &UserId) -> String {
        format!("{} {id}", Self::CONFIGURED)
    }

    /// From here on numbers are of clients that have begun, and not versions of stored ones.
    pub const FIRST_BEGINNING: u64 = 1 << 40;

    /// What a write that relies on this record of a user requires: nothing where it is not in the store.
    pub fn require_user(user: &User) -> Option<Self> {
        (user.version > 0).then(|| {
            if user.id.is_configured() {
                Self::RequireDocument(Self::configured_user(&user.id), user.version)
            } else {
                Self::RequireUser(user.id.clone(), user.version)
            }
        })
    }

    /// What a write that relies on this record of a client requires: nothing where it is not in the store.
    pub fn require_client(client: &Client) -> Option<Self> {
        (client.version > 0).then(|| Self::RequireClient(client.client_id.clone(), client.version))
    }

    /// A client that registered itself stays once it was used.
    pub fn used(client: &Client) -> Option<Self> {
        client.registered.then(|| Self::ClientUsed(client.client_id.clone()))
    }
}

/// A change whose precondition did not hold; nothing of the commit happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Which of the changes.
    pub index: usize,
}

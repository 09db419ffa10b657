//! RFC 7591 §3: initial access tokens. All of them stand in one document, whose version makes counted uses safe against races.

use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::env::{Env, Rng};
use crate::error::Error;
use crate::handle::{Handle, Kind};
use crate::record::Document;
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// The document's name.
pub const DOCUMENT: &str = "initial_access_tokens";

/// An initial access token as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ticket {
    /// Names it to operators.
    pub id: i64,
    hash: TokenHash,
    /// Registrations that it is still good for; none: any number.
    pub uses_left: Option<u32>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
}

/// All initial access tokens, as read.
#[derive(Debug, Default)]
pub struct Tickets {
    list: Vec<Ticket>,
    version: u64,
}

impl Tickets {
    /// From the document, if there is one.
    pub fn read(documents: &[Document]) -> Result<Self, Error> {
        let Some(document) = documents.iter().find(|document| document.name == DOCUMENT) else {
            return Ok(Self::default());
        };
        let list = serde_json::from_slice(&document.value)
            .map_err(|error| Error::server(format!("{DOCUMENT} cannot be read: {error}")))?;
        Ok(Self { list, version: document.version })
    }

    /// Those that are still good.
    pub fn live(&self, now: Timestamp) -> impl Iterator<Item = &Ticket> {
        self.list.iter().filter(move |ticket| ticket.is_good(now))
    }

    /// A new one: what its holder gets, and the write. Ids are made from the instant and kept apart from those that are there.
    pub fn mint(
        mut self,
        rng: &dyn Rng,
        now: Timestamp,
        uses: Option<u32>,
        expires_at: Timestamp,
    ) -> (String, Ticket, Change) {
        let first = i64::try_from(now.0).unwrap_or(i64::MAX);
        let taken = self.list.iter().map(|ticket| ticket.id.saturating_add(1)).max().unwrap_or(first);
        let handle = Handle::draw(rng, Kind::InitialAccess, first.max(taken));
        let ticket = Ticket { id: handle.id, hash: handle.hash(), uses_left: uses, expires_at, made_at: now };
        self.list.push(ticket.clone());
        (handle.encode(), ticket, self.write(now))
    }

    /// Without the one of this id; none when there is no such one.
    pub fn revoke(mut self, id: i64, now: Timestamp) -> Option<Change> {
        let before = self.list.len();
        self.list.retain(|ticket| ticket.id != id);
        (self.list.len() < before).then(|| self.write(now))
    }

    /// Uses one for a registration; the write belongs into the same commit.
    pub(crate) fn take(mut self, env: &Env<'_>, presented: &Handle) -> Result<Option<Change>, Error> {
        let found =
            self.list.iter_mut().find(|ticket| ticket.id == presented.id && ticket.hash == presented.hash());
        let ticket = found.filter(|ticket| ticket.is_good(env.now)).ok_or_else(|| {
            Error::invalid_token(
                "the initial access token is unknown, used up or expired; ask the operator for another",
            )
        })?;
        let Some(left) = ticket.uses_left.as_mut() else { return Ok(None) };
        *left = left.saturating_sub(1);
        Ok(Some(self.write(env.now)))
    }

    /// Drops those that are of no use any more.
    fn write(mut self, now: Timestamp) -> Change {
        self.list.retain(|ticket| ticket.is_good(now));
        // Its members are numbers and bytes, so that writing it cannot fail.
        let value = serde_json::to_vec(&self.list).unwrap_or_default();
        Change::PutDocument(Document { name: DOCUMENT.to_owned(), version: self.version + 1, value })
    }
}

impl Ticket {
    fn is_good(&self, now: Timestamp) -> bool {
        self.uses_left != Some(0) && !self.expires_at.expired_at(now)
    }
}

//! RFC 7591 §3: initial access tokens. Each is a document of its own, whose version makes counted uses safe
//! against races.

use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::env::{Env, Rng};
use crate::error::Error;
use crate::handle::{Handle, Kind};
use crate::lookup::{DocumentNamed, Facts, Lookup};
use crate::record::Document;
use crate::secret::TokenHash;
use crate::time::Timestamp;

/// What the names of the documents begin with.
pub const PREFIX: &str = "initial_access_token:";
/// Where all stood together in the version before.
pub const TOGETHER: &str = "initial_access_tokens";

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
    /// Of its document; 0: it stands with the others.
    #[serde(skip)]
    version: u64,
}

impl Ticket {
    /// A new one of this id: what its holder gets, and the write, which takes place only where the id is
    /// free.
    pub fn mint(
        rng: &dyn Rng,
        id: i64,
        now: Timestamp,
        uses: Option<u32>,
        expires_at: Timestamp,
    ) -> (String, Self, Change) {
        let handle = Handle::draw(rng, Kind::InitialAccess, id);
        let ticket = Self { id, hash: handle.hash(), uses_left: uses, expires_at, made_at: now, version: 0 };
        let change = ticket.write();
        (handle.encode(), ticket, change)
    }

    /// From its document.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let ticket: Self =
            serde_json::from_slice(&document.value).map_err(|error| damaged(document, &error))?;
        Ok(Self { version: document.version, ..ticket })
    }

    /// Whether it is still good for a registration.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.uses_left != Some(0) && !self.expires_at.expired_at(now)
    }

    /// Takes it away, unless it was used in the meantime.
    pub fn delete(&self) -> Change {
        Change::DeleteDocument(name(self.id), self.version)
    }

    fn write(&self) -> Change {
        // Its members are numbers and bytes, so that writing it cannot fail.
        let value = serde_json::to_vec(self).unwrap_or_default();
        Change::PutDocument(Document { name: name(self.id), version: self.version + 1, value })
    }

    /// One use less, for those that are counted.
    fn used(mut self) -> Option<Change> {
        match self.uses_left.as_mut()? {
            // What is with the others is not written in the first place.
            0 | 1 => (self.version > 0).then(|| self.delete()),
            left => {
                *left -= 1;
                Some(self.write())
            }
        }
    }
}

/// What is read for a registration with this token.
pub(crate) fn lookup(presented: &Handle) -> [Lookup; 2] {
    [own(presented).into(), together().into()]
}

fn own(presented: &Handle) -> DocumentNamed {
    DocumentNamed(name(presented.id))
}

/// Where those are that have no document of their own.
pub fn together() -> DocumentNamed {
    DocumentNamed(TOGETHER.to_owned())
}

/// Uses the one that is presented; the writes belong into the same commit as the registration.
pub(crate) fn take(env: &Env<'_>, facts: &Facts, presented: &Handle) -> Result<Vec<Change>, Error> {
    let unknown = || {
        Error::invalid_token(
            "the initial access token is unknown, used up or expired; ask the operator for another",
        )
    };
    let is_it = |ticket: &Ticket| {
        ticket.id == presented.id && ticket.hash == presented.hash() && ticket.is_good(env.now)
    };
    if let Some(document) = facts.found(&own(presented)) {
        let ticket = Some(Ticket::read(document)?).filter(is_it).ok_or_else(unknown)?;
        return Ok(ticket.used().into_iter().collect());
    }
    let together = facts.found(&together()).ok_or_else(unknown)?;
    let (mut others, mut changes) = part(together)?;
    let at = others.iter().position(is_it).ok_or_else(unknown)?;
    let ticket = others.remove(at);
    changes.extend(others.iter().map(Ticket::write));
    changes.extend(if ticket.uses_left.is_none() { Some(ticket.write()) } else { ticket.used() });
    Ok(changes)
}

/// Gives each of those that stand together a document of its own.
pub fn apart(together: &Document) -> Result<Vec<Change>, Error> {
    let (tickets, mut changes) = part(together)?;
    changes.extend(tickets.iter().map(Ticket::write));
    Ok(changes)
}

/// Those that stand together, and what takes them away from there.
fn part(together: &Document) -> Result<(Vec<Ticket>, Vec<Change>), Error> {
    let tickets = serde_json::from_slice(&together.value).map_err(|error| damaged(together, &error))?;
    Ok((tickets, vec![Change::DeleteDocument(TOGETHER.to_owned(), together.version)]))
}

fn name(id: i64) -> String {
    format!("{PREFIX}{id}")
}

fn damaged(document: &Document, error: &serde_json::Error) -> Error {
    Error::server(format!("{} cannot be read: {error}", document.name))
}

//! What administration asks: whole lists, a page at a time.

use std::sync::Arc;

use signet_core::id::{ClientId, GrantId, UserId};
use signet_core::record::{
    Attempts, Backlog, Client, Consent, Delivery, Document, Grant, Recorded, Session, Token, User,
};
use signet_core::time::Timestamp;

use crate::StoreError;
use crate::events::EventFilter;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Which list.
    pub what: Listed,
    /// The last page's [`Listing::next`]; none for the first page.
    pub after: Option<String>,
    /// How many entries a page has at most; nought is taken as one.
    pub limit: usize,
}

/// The lists there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Every client, by id.
    Clients,
    /// Every user, by username.
    Users,
    /// Signed-in browsers, oldest first: all, or those of one person.
    Sessions(Option<UserId>),
    /// Consents, by person and application: all, or those of one person, to one application, or both.
    Consents {
        /// Whose.
        user: Option<UserId>,
        /// To what application.
        client: Option<ClientId>,
    },
    /// The grants of a person, oldest first, with all tokens below them.
    Grants(UserId),
    /// One grant with all tokens below it.
    Grant(GrantId),
    /// How much a person has at this instant: one page.
    OfUser(UserId, Timestamp),
    /// How much people have with an application at this instant, and it by itself: one page.
    OfClient(ClientId, Timestamp),
    /// Named values whose names begin so and go on, by name.
    Documents(String),
    /// The buckets that bound the tries of strangers, by key.
    Attempts,
    /// Messages that wait to be delivered, oldest first.
    Deliveries,
    /// Those that may be tried at this instant, longest due first: one page.
    Due(Timestamp),
    /// How many wait of each kind, by its name: one page.
    Backlog,
    /// What happened. A page that looked at much may have fewer entries than it could although more follow.
    Events(EventFilter),
}

/// The entries of a page; only the asked kind is filled.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// For [`Listed::Clients`].
    pub clients: Vec<Arc<Client>>,
    /// For [`Listed::Users`].
    pub users: Vec<Arc<User>>,
    /// For [`Listed::Sessions`].
    pub sessions: Vec<Session>,
    /// For [`Listed::Consents`].
    pub consents: Vec<Consent>,
    /// For [`Listed::Grants`] and [`Listed::Grant`].
    pub grants: Vec<Grant>,
    /// The tokens below [`Self::grants`], by kind and id.
    pub tokens: Vec<Token>,
    /// For [`Listed::OfUser`] and [`Listed::OfClient`].
    pub held: Held,
    /// For [`Listed::Documents`].
    pub documents: Vec<Document>,
    /// For [`Listed::Attempts`].
    pub attempts: Vec<Attempts>,
    /// For [`Listed::Deliveries`] and [`Listed::Due`].
    pub deliveries: Vec<Delivery>,
    /// For [`Listed::Backlog`].
    pub backlog: Vec<Backlog>,
    /// For [`Listed::Events`].
    pub events: Vec<Recorded>,
    /// The key to ask the next page with; none after the last.
    pub next: Option<String>,
}

/// How much somebody or something has that would end with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Sessions; an application has none.
    pub sessions: usize,
    /// Grants that are not revoked and not over.
    pub grants: usize,
    /// Consents that have not ended.
    pub consents: usize,
}

impl List {
    /// The first page of a list.
    pub fn first(what: Listed, limit: usize) -> Self {
        Self { what, after: None, limit }
    }

    /// Entries on a page.
    pub(crate) fn size(&self) -> usize {
        self.limit.max(1)
    }

    #[cfg(feature = "sqlite")]
    /// The text to begin after, for lists that are ordered by one: none of them is empty.
    pub(crate) fn after_key(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    /// The person and the application to begin after, for lists of consents.
    pub(crate) fn after_consent(&self) -> Result<Option<(UserId, ClientId)>, StoreError> {
        let Some(key) = &self.after else { return Ok(None) };
        let parts = || {
            let (length, ids) = key.split_once(':')?;
            let (user, client) = ids.split_at_checked(length.parse().ok()?)?;
            Some((UserId(user.to_owned()), ClientId::from(client)))
        };
        parts().map(Some).ok_or_else(|| StoreError::Page(key.clone()))
    }

    /// The id to begin after, for lists that are ordered by a number.
    pub(crate) fn after_id(&self) -> Result<i64, StoreError> {
        match &self.after {
            None => Ok(i64::MIN),
            Some(key) => key.parse().map_err(|_| StoreError::Page(key.clone())),
        }
    }
}

/// Where a list of consents goes on after this one. Nobody knows what is in the ids, so that the length of
/// one tells where the other begins.
pub fn consent_key(consent: &Consent) -> String {
    let (user, client) = (consent.user.as_str(), consent.client.as_str());
    format!("{}:{user}{client}", user.len())
}

/// Cuts a page that was read one entry too long, and names the key of the next page.
pub(crate) fn cut<T>(entries: &mut Vec<T>, size: usize, key: impl Fn(&T) -> String) -> Option<String> {
    if entries.len() <= size {
        return None;
    }
    entries.truncate(size);
    entries.last().map(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_consents_goes_on_whatever_ids_have_in_them() {
        let what = Listed::Consents { user: None, client: None };
        let after =
            |key: &str| List { after: Some(key.to_owned()), ..List::first(what.clone(), 1) }.after_consent();
        for (user, client) in [("diana", "web"), ("1:a", "b:2"), ("", ""), ("é 3:", " https://a.example/")] {
            let key = format!("{}:{user}{client}", user.len());
            assert_eq!(
                after(&key).unwrap(),
                Some((UserId(user.to_owned()), ClientId::from(client))),
                "{key}"
            );
        }
        for wrong in ["", "diana", "9:diana", "x:diana", "1:é"] {
            assert_eq!(after(wrong), Err(StoreError::Page(wrong.to_owned())));
        }
    }
}

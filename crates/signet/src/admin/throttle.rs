//! NIST SP 800-63B §3.2.2: who is throttled after wrong passwords, and how to clear it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde_json::Value;
use signet_core::change::Change;
use signet_core::event::{Event, Who, kind};
use signet_core::id::{ClientId, UserId};
use signet_core::lookup::AttemptsOf;
use signet_core::record::{Attempts, Tally};
use signet_core::secret::MacKey;
use signet_core::time::Timestamp;
use signet_login::network::Network;
use signet_login::throttle::{Account, Cause, Count, Limits, of_person};
use signet_store::{Listed, Store, StoreError};

use super::{Act, AdminError, Part, TOGETHER, Window, every, users};
use crate::at_rest::Keks;
use crate::engine::unknown_account;
use crate::secrets::{self, HANDLE_KEY};

/// Something that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// As the store names it.
    pub key: String,
    /// What is counted.
    pub cause: Cause,
    /// Whose: a username; `?…` for names that nobody has.
    pub account: Option<String>,
    /// The address or network that it is counted for.
    pub network: Option<String>,
    /// The application that it is counted for.
    pub client: Option<String>,
    /// Until when the next try has to wait, if it has to.
    pub waits_until: Option<Timestamp>,
    /// When it is forgotten.
    pub until: Timestamp,
}

impl Counted {
    /// Whom it is about: the person, else the application, else the network.
    pub fn name(&self) -> &str {
        [&self.account, &self.client, &self.network].into_iter().flatten().next().map_or("", String::as_str)
    }
}

/// Whose counts are asked for; all of them where nobody is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whose {
    /// Of these people, and of names that nobody has.
    pub accounts: Vec<UserId>,
    /// From this network, and the larger ones around it.
    pub network: Option<Network>,
    /// Of this application.
    pub client: Option<ClientId>,
}

/// How patient this provider is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patience {
    /// With passwords and new accounts.
    pub limits: Limits,
    /// Registrations of one address.
    pub registrations: u32,
}

impl Patience {
    fn with(&self, cause: Cause) -> Limits {
        match cause {
            Cause::Registration => Limits { address: self.registrations, ..self.limits },
            _ => self.limits,
        }
    }
}

/// Where a count comes in the list: whoever waits for longest first, then what is counted for longest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    waits_until: Reverse<u64>,
    until: Reverse<u64>,
    key: String,
}

impl Place {
    fn of(row: &Attempts, wait: Option<u64>, now: Timestamp) -> Self {
        let waits_until = wait.map_or(0, |seconds| now.plus(seconds).0);
        Self { waits_until: Reverse(waits_until), until: Reverse(row.expires_at.0), key: row.key.clone() }
    }

    /// As [`Window::after`] has it.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, ':');
        let mut number = || parts.next()?.parse().ok().map(Reverse);
        let (waits_until, until) = (number()?, number()?);
        Some(Self { waits_until, until, key: parts.next()?.to_owned() })
    }

    fn text(&self) -> String {
        format!("{}:{}:{}", self.waits_until.0, self.until.0, self.key)
    }

    /// With the name of whom it is about.
    async fn counted(self, store: &dyn Store) -> Result<Option<Counted>, AdminError> {
        let Some(count) = Count::read(&self.key) else { return Ok(None) };
        let account = match count.account {
            Some(id) => Some(users::name_of(store, &UserId(id.to_owned())).await?),
            None => None,
        };
        Ok(Some(Counted {
            cause: count.cause,
            account,
            network: count.network.map(str::to_owned),
            client: count.client.map(str::to_owned),
            waits_until: (self.waits_until.0 > 0).then_some(Timestamp(self.waits_until.0)),
            until: Timestamp(self.until.0),
            key: self.key,
        }))
    }
}

/// What is counted, and who has to wait for it: the longest wait first. A count that has run out is left out.
/// Each part is found in a walk through all that is counted, of which no more is held than the part has.
///
/// With `waiting` only what somebody has to wait for now.
pub async fn list(
    store: &dyn Store,
    whose: &Whose,
    patience: &Patience,
    waiting: bool,
    window: &Window,
    now: Timestamp,
) -> Result<Part<Counted>, AdminError> {
    let place = |row: &Attempts| {
        let count = Count::read(&row.key).filter(|count| row.level_at(now) > 0 && whose.has(count))?;
        let wait = count.wait(&patience.with(count.cause), row, now);
        (!waiting || wait.is_some()).then(|| Place::of(row, wait, now))
    };
    let begin = match window.after.as_deref() {
        None => None,
        Some(after) => {
            let last = Place::read(after).ok_or_else(|| StoreError::Page(after.to_owned()))?;
            // It may have been counted once more since; where it is gone, its place is left.
            let known = store.ask(AttemptsOf(vec![last.key.clone()])).await?;
            Some(known.first().and_then(&place).unwrap_or(last))
        }
    };
    // One more tells whether there are more.
    let (most, mut first) = (window.most(), BinaryHeap::new());
    every(store, Listed::Attempts, |page| {
        let places = page.attempts.iter().filter_map(&place);
        for place in places.filter(|place| begin.as_ref().is_none_or(|begin| place > begin)) {
            first.push(place);
            if first.len() > most.saturating_add(1) {
                first.pop();
            }
        }
    })
    .await?;
    let mut places = first.into_sorted_vec();
    let more = places.len() > most;
    places.truncate(most);
    let next = places.last().filter(|_| more).map(Place::text);
    let mut counted = Vec::new();
    for place in places {
        counted.extend(place.counted(store).await?);
    }
    Ok(Part { entries: counted, next })
}

/// What tries at a name count under that nobody has: as it is typed, or as it is listed. None where nothing
/// was ever counted.
pub async fn unknown(
    store: &dyn Store,
    keks: &Keks,
    typed: &str,
    by_email: bool,
) -> Result<Option<UserId>, AdminError> {
    if let Some(listed) = Account::listed_unknown(typed) {
        return Ok(Some(UserId(listed.to_string())));
    }
    let key = secrets::known(store, HANDLE_KEY, keks).await?;
    Ok(key.map(|key| UserId(unknown_account(&MacKey::new(key.expose()), typed, by_email).to_string())))
}

/// Under which ids something is counted for a name as [`Counted::account`] has it: of somebody who is gone
/// from the store, or from the configuration.
pub fn listed(name: &str) -> [UserId; 2] {
    [UserId(name.to_owned()), UserId::configured(name)]
}

/// Whether anything is counted for them.
pub async fn is_counted(
    store: &dyn Store,
    accounts: Vec<UserId>,
    now: Timestamp,
) -> Result<bool, AdminError> {
    let whose = Whose { accounts, ..Whose::default() };
    let one = Window { limit: Some(1), ..Window::default() };
    Ok(!list(store, &whose, &Patience::default(), false, &one, now).await?.entries.is_empty())
}

/// Forgets what is counted, and tells how much that was.
pub async fn clear(store: &dyn Store, act: &Act<'_>, whose: &Whose) -> Result<usize, AdminError> {
    let all = Window::default();
    let counted = list(store, whose, &Patience::default(), false, &all, act.now).await?.entries;
    let mut event = Some(cleared(store, act, whose, counted.len()).await?);
    for some in counted.chunks(TOGETHER) {
        let clear = |one: &Counted| Change::Tally(Tally::Clear { key: one.key.clone() });
        store.commit(some.iter().map(clear).chain(event.take()).collect()).await?;
    }
    Ok(counted.len())
}

async fn cleared(
    store: &dyn Store,
    act: &Act<'_>,
    whose: &Whose,
    number: usize,
) -> Result<Change, AdminError> {
    let user = match whose.accounts.first() {
        Some(id) => Some(Who { username: users::name_of(store, id).await?, id: id.clone() }),
        None => None,
    };
    let network = whose.network.map(|network| ("network", Value::from(network.to_string())));
    let said = network.into_iter().chain([("cleared", number.into())]);
    let what = act.saying(&kind::THROTTLE_CLEARED, said);
    Ok(act.kept(&Event { client: whose.client.clone(), ..Event::of_person(what, user) }))
}

/// The writes that let strangers try a person's password again; what their own browsers have used up refills
/// in minutes.
pub fn forgiven(id: &UserId) -> Vec<Change> {
    of_person(id.as_str()).map(|key| Change::Tally(Tally::Clear { key })).into()
}

impl Whose {
    fn has(&self, count: &Count<'_>) -> bool {
        let Self { accounts, network, client } = self;
        if accounts.is_empty() && network.is_none() && client.is_none() {
            return true;
        }
        let around = |name: &str| {
            network.is_some_and(|network| network.widths().any(|(around, _)| around.to_string() == name))
        };
        accounts.iter().any(|id| count.account == Some(id.as_str()))
            || count.network.is_some_and(around)
            || client.as_ref().is_some_and(|id| count.client == Some(id.as_str()))
    }
}

//! NIST SP 800-63B §3.2.2: who has to wait after wrong passwords, and letting them in again.

use signet_core::change::Change;
use signet_core::id::UserId;
use signet_core::lookup::Lookup;
use signet_core::record::Tally;
use signet_core::time::Timestamp;
use signet_login::network::Network;
use signet_login::throttle::of_person;
use signet_store::{Listed, Store};

use super::{AdminError, every};

/// Something that is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// As the store names it.
    pub key: String,
    /// `account` and `month` (wrong passwords at once, and of strangers in a month), `device`, `network`, `sign-up`, `registration`.
    pub kind: String,
    /// Whose: a username, an address or network; `?…` for names that nobody has.
    pub name: String,
    /// When it is forgotten.
    pub until: Timestamp,
}

/// What is counted of a person, from a network, or of all; a count that has run out is left out.
pub async fn list(
    store: &dyn Store,
    account: Option<&UserId>,
    network: Option<Network>,
    now: Timestamp,
) -> Result<Vec<Counted>, AdminError> {
    let mut rows = Vec::new();
    every(store, Listed::Attempts, |page| {
        rows.extend(page.attempts.into_iter().filter(|row| row.level_at(now) > 0));
    })
    .await?;
    let wanted = Wanted::new(account, network);
    let mut counted = Vec::new();
    for row in rows {
        let Some((kind, name)) = row.key.split_once(':') else { continue };
        if kind == "forgiven" || !wanted.has(&row.key, kind, name) {
            continue;
        }
        let name = match kind {
            "account" | "month" => {
                let found = store.find(&[Lookup::User(UserId(name.to_owned()))]).await?.user;
                let own = name.strip_prefix("config:").unwrap_or(name);
                found.map_or_else(|| own.to_owned(), |user| user.username.clone())
            }
            _ => name.to_owned(),
        };
        let kind = kind.to_owned();
        counted.push(Counted { key: row.key, kind, name, until: row.expires_at });
    }
    Ok(counted)
}

/// Forgets what is counted, and tells how much that was.
pub async fn clear(
    store: &dyn Store,
    account: Option<&UserId>,
    network: Option<Network>,
    now: Timestamp,
) -> Result<usize, AdminError> {
    const TOGETHER: usize = 500;
    let counted = list(store, account, network, now).await?;
    for some in counted.chunks(TOGETHER) {
        let clear = |one: &Counted| Change::Tally(Tally::Clear { key: one.key.clone() });
        store.commit(some.iter().map(clear).collect()).await?;
    }
    Ok(counted.len())
}

/// The writes that let strangers try a person's password again; what their own browsers have used up refills in minutes.
pub fn forgiven(id: &UserId) -> Vec<Change> {
    of_person(id.as_str()).map(|key| Change::Tally(Tally::Clear { key })).into()
}

/// Whose counts are asked for.
struct Wanted {
    keys: Option<[String; 2]>,
    networks: Option<Vec<String>>,
}

impl Wanted {
    fn new(account: Option<&UserId>, network: Option<Network>) -> Self {
        let names = |network: Network| network.widths().map(|(network, _)| network.to_string()).collect();
        Self { keys: account.map(|id| of_person(id.as_str())), networks: network.map(names) }
    }

    fn has(&self, key: &str, kind: &str, name: &str) -> bool {
        match (&self.keys, &self.networks) {
            (None, None) => true,
            (keys, networks) => {
                keys.as_ref().is_some_and(|keys| keys.iter().any(|own| own == key))
                    || networks.as_ref().is_some_and(|networks| {
                        matches!(kind, "network" | "sign-up" | "registration")
                            && networks.iter().any(|network| network == name)
                    })
            }
        }
    }
}

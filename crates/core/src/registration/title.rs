//! OpenID Connect Dynamic Client Registration 1.0 §2: `client_name`: no application that nobody has looked at
//! has the name of one that an operator has added to the store.

use std::collections::BTreeSet;

use crate::client;
use crate::error::Error;
use crate::lookup::{Facts, TitlesTaken};
use crate::name;
use crate::record::Client;

/// What must be found to judge the client's names; none where it has none.
pub fn titles(client: &Client) -> Option<TitlesTaken> {
    let names: BTreeSet<&str> = client.names().map(|(_, name)| name).collect();
    let titles: BTreeSet<String> = names.into_iter().flat_map(name::taken_for).collect();
    (!titles.is_empty()).then(|| TitlesTaken(titles.into_iter().collect()))
}

/// Each name must look like none that is taken. A step asks for the names of its one client, so that they are
/// not read again.
pub fn untaken(client: &Client, facts: &Facts) -> Result<(), Error> {
    let taken = match facts.all::<TitlesTaken>().next() {
        Some((_, taken)) if taken.is_empty() => return Ok(()),
        Some((_, taken)) => taken,
        None if titles(client).is_none() => return Ok(()),
        None => return Err(Error::server("the titles of clients were not asked for")),
    };
    match client.names().find(|(_, name)| taken.iter().any(|title| name::taken_for(name).contains(title))) {
        Some((member, name)) => Err(client::taken(member, name)),
        None => Ok(()),
    }
}

//! RFC 7591 §2: which software the client is an instance of. What vouches for it is judged in
//! `software_statement.rs`.

use super::{Asked, Group};
use crate::error::Error;
use crate::record::Client;
use crate::rule;

pub(super) const GROUP: Group = Group {
    name: "software",
    rule: &rule::SOFTWARE,
    members: &["software_id", "software_version", "software_statement"],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    client.software_id = asked.members.text("software_id")?.map(str::to_owned);
    client.software_version = asked.members.text("software_version")?.map(str::to_owned);
    Ok(())
}

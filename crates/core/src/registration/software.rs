//! RFC 7591 §2: which software the client is an instance of. What vouches for it is judged in
//! `software_statement.rs`.

use super::{Asked, Rule};
use crate::error::Error;
use crate::record::Client;

pub(super) const RULE: Rule = Rule {
    name: "software",
    spec: "RFC 7591 section 2",
    members: &["software_id", "software_version", "software_statement"],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    client.software_id = asked.members.text("software_id")?.map(str::to_owned);
    client.software_version = asked.members.text("software_version")?.map(str::to_owned);
    Ok(())
}

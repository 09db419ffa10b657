//! OpenID Connect Core §8.1, OpenID Connect Dynamic Client Registration 1.0 §5: the type of the client's
//! subjects, and the sector that it belongs to.

use serde_json::Value;

use super::redirects::is_https;
use super::{Asked, Group, invalid};
use crate::error::Error;
use crate::lookup::{Expected, Lookup};
use crate::record::Client;
use crate::rule;
use crate::subject;

pub(super) const GROUP: Group = Group {
    name: "subjects",
    rule: &rule::SUBJECTS,
    members: &["subject_type", "sector_identifier_uri"],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    let wished = asked.choice("subject_type", "subject_types_supported")?;
    client.subject_type = match wished {
        Some(name) => serde_json::from_value(Value::String(name)).ok(),
        None => None,
    };
    client.sector_identifier_uri = asked.members.text("sector_identifier_uri")?.map(str::to_owned);
    if let Some(uri) = &client.sector_identifier_uri {
        if !is_https(uri) {
            return Err(invalid("sector_identifier_uri must be an absolute https address"));
        }
        return Ok(());
    }
    let fits = subject::fits(&asked.env.settings.subjects, client);
    fits.map_err(|why| invalid(format!("{why} (OpenID Connect Core section 8.1)")))
}

/// What must be fetched to judge the client's sector.
pub(crate) fn sector(client: &Client) -> Option<Lookup> {
    let url = client.sector_identifier_uri.clone()?;
    Some(Lookup::Fetch { url, what: Expected::SectorIdentifier })
}

/// OpenID Connect Registration §5: each redirect URI must stand in the list at the sector identifier's
/// address.
pub(crate) fn listed(
    client: &Client,
    fetched: Option<&Result<std::sync::Arc<str>, String>>,
) -> Result<(), Error> {
    if client.sector_identifier_uri.is_none() {
        return Ok(());
    }
    let text = match fetched {
        Some(Ok(text)) => text,
        Some(Err(why)) => {
            return Err(invalid("sector_identifier_uri cannot be fetched; it must answer 200 with a JSON list of redirect URIs, at a public address, by TLS, without redirects")
                .because(why.clone()));
        }
        None => return Err(Error::server("the sector identifier was not fetched")),
    };
    let list: Vec<String> = serde_json::from_str(text)
        .map_err(|_| invalid("sector_identifier_uri must answer with a JSON list of redirect URIs"))?;
    match client.redirect_uris.iter().find(|uri| !list.contains(uri)) {
        Some(missing) => Err(invalid(format!(
            "redirect_uris: {missing} does not stand in the list at sector_identifier_uri"
        ))),
        None => Ok(()),
    }
}

//! OpenID Connect Dynamic Client Registration 1.0 §5: the list of redirect URIs at `sector_identifier_uri`.

use super::invalid;
use crate::error::Error;
use crate::lookup::{Chosen, Expected, Facts, Fetch};
use crate::record::Client;

/// What must be fetched to judge the client's sector.
pub(crate) fn sector(client: &Client) -> Option<Fetch> {
    let url = client.sector_identifier_uri.clone()?;
    Some(Fetch { url, what: Expected::SectorIdentifier, chosen: Chosen::ByStranger })
}

/// OpenID Connect Registration §5: each redirect URI must be in the list at the sector identifier's
/// address.
pub(crate) fn listed(client: &Client, facts: &Facts) -> Result<(), Error> {
    let Some(list) = sector(client) else { return Ok(()) };
    let text = match facts.get(&list) {
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
        Some(missing) => {
            Err(invalid(format!("redirect_uris: {missing} is not in the list at sector_identifier_uri")))
        }
        None => Ok(()),
    }
}

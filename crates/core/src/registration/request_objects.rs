//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 9101 §10.5: the location, signature and encryption
//! of request objects.

use super::redirects::is_https;
use super::{Asked, Group, invalid};
use crate::error::Error;
use crate::record::Client;
use crate::rule;
use crate::uri::{self, Fault};

/// OpenID Connect Core §6.2.
const MAX_URI: usize = 512;

pub(super) const GROUP: Group = Group {
    name: "request_objects",
    rule: &rule::REQUEST_OBJECTS,
    members: &[
        "request_object_signing_alg",
        "request_object_encryption_alg",
        "request_object_encryption_enc",
        "request_uris",
        "require_signed_request_object",
    ],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    let choice = |what: &str| {
        asked.choice(&format!("request_object_{what}"), &format!("request_object_{what}_values_supported"))
    };
    client.request_object_signing_alg = choice("signing_alg")?;
    client.request_object_encryption_alg = choice("encryption_alg")?;
    client.request_object_encryption_enc = choice("encryption_enc")?;
    if client.request_object_encryption_enc.is_some() && client.request_object_encryption_alg.is_none() {
        return Err(invalid("request_object_encryption_enc needs request_object_encryption_alg"));
    }
    client.require_signed_request_object =
        asked.members.flag("require_signed_request_object")?.unwrap_or(false);
    if client.require_signed_request_object && client.request_object_signing_alg.as_deref() == Some("none") {
        return Err(invalid("require_signed_request_object contradicts request_object_signing_alg none"));
    }
    client.request_uris = asked.members.texts("request_uris")?.unwrap_or_default();
    for uri in &client.request_uris {
        if uri.len() > MAX_URI {
            return Err(invalid(format!("request_uris: an address is longer than {MAX_URI} characters")));
        }
        if !is_https(uri) {
            return Err(invalid(format!("request_uris: {uri} must be an absolute https address")));
        }
        if let Some(Fault { what, instead }) = uri::wildcard(uri) {
            return Err(invalid(format!("request_uris: {uri} {what}; {instead}")));
        }
    }
    Ok(())
}

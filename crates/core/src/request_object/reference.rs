//! OpenID Connect Core §6.2, RFC 9101 §5.2: `request_uri`, the URL of a request object.

use std::sync::Arc;

use url::Url;

use crate::env::Env;
use crate::error::{Error, ErrorCode};
use crate::lookup::{Chosen, Expected, Facts, Fetch};
use crate::record::Client;

/// RFC 9101 §5.2: longer ones must not be sent.
const MAX_URI: usize = 512;
/// RFC 9126 §2.2: a request that was pushed.
const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";

/// What to fetch. Whether the host may be reached, and without TLS, is for the shell to know.
pub(super) fn lookup(env: &Env<'_>, client: &Client, uri: &str) -> Result<Fetch, Error> {
    if uri.len() > MAX_URI {
        return Err(refused("request_uri is longer than 512 characters"));
    }
    if uri.starts_with(PUSHED) {
        return Err(refused(
            "pushed authorization requests are not offered here; send the parameters themselves",
        ));
    }
    if !Url::parse(uri).is_ok_and(|url| matches!(url.scheme(), "https" | "http")) {
        return Err(refused("request_uri must be an https address"));
    }
    let registered = client.request_uris.iter().any(|known| without_fragment(known) == without_fragment(uri));
    if !registered && !env.settings.request_objects.unregistered_uris {
        return Err(refused(
            "request_uri is not registered; it must be one of the client's request_uris, to the letter but for its fragment",
        ));
    }
    let chosen = if registered && !client.registered { Chosen::ByOperator } else { Chosen::ByStranger };
    Ok(Fetch { url: uri.to_owned(), what: Expected::RequestObject, chosen })
}

/// What was there. Why nothing was is for the log alone: it would tell strangers about the network.
pub(super) fn fetched(facts: &Facts, object: &Fetch) -> Result<Arc<str>, Error> {
    match facts.get(object) {
        Some(Ok(text)) => Ok(text.clone()),
        Some(Err(why)) => Err(unavailable().because(why.clone())),
        None => Err(unavailable().because("nothing was fetched")),
    }
}

/// OpenID Connect Registration §2: the fragment tells versions of what is there apart, and is no part of the
/// address.
fn without_fragment(uri: &str) -> &str {
    uri.split_once('#').map_or(uri, |(address, _)| address)
}

fn refused(why: &'static str) -> Error {
    Error::new(ErrorCode::InvalidRequestUri, why)
}

fn unavailable() -> Error {
    refused(
        "what request_uri names cannot be fetched; it must be answered with status 200 and the request object, at a public address, by TLS, without redirects, within a few seconds and 64 KiB",
    )
}

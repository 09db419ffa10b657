//! RFC 7516 §5.2: what others encrypt to us, to our key or under a secret that both hold.

use serde_json::Value;

use crate::env::{Env, JoseError};
use crate::jwt;
use crate::record::Client;

/// Why a text is not opened.
#[derive(Debug)]
pub(crate) enum Closed {
    /// By an algorithm that is not offered: the member of its header, and the list of the metadata.
    NotOffered(&'static str, String),
    /// No key of ours opens it, nor the client's secret.
    Locked(String),
    /// What is inside is not text.
    NoText,
}

/// Opens a text of this client. What is not offered in the metadata's lists of this `kind` costs no
/// decryption. Anybody can make such a text, so it is done once, and the caller counts it.
pub(crate) fn open(env: &Env<'_>, text: &str, client: Option<&Client>, kind: &str) -> Result<String, Closed> {
    let header = text.split('.').next().and_then(jwt::object).unwrap_or_default();
    for name in ["alg", "enc"] {
        let list = format!("{kind}_encryption_{name}_values_supported");
        if let Some(used) = header.get(name).and_then(Value::as_str)
            && !env.settings.offer.has(&list, used)
        {
            return Err(Closed::NotOffered(name, list));
        }
    }
    let secrets: Vec<&[u8]> = client.iter().flat_map(|client| client.computing_secrets(env.now)).collect();
    let opened = env.jose.decrypt(text, &secrets).map_err(|JoseError(why)| Closed::Locked(why))?;
    String::from_utf8(opened.payload).map_err(|_| Closed::NoText)
}

//! OpenID Connect Discovery §3, RFC 7517 §5: the key set, with which applications verify what Signet signs.

use std::borrow::Cow;

use super::{Door, Endpoint, Own};
use crate::incoming::Method;

/// The key set.
pub struct Jwks;

impl Endpoint for Jwks {
    fn name(&self) -> &'static str {
        "jwks"
    }

    fn spec(&self) -> &'static str {
        "RFC 7517 section 5"
    }

    fn path(&self) -> &'static str {
        "/jwks.json"
    }

    fn door(&self) -> Door {
        Door::Own(Own::Keys)
    }

    fn methods(&self) -> &'static [Method] {
        &[Method::Get]
    }

    fn cors(&self) -> bool {
        true
    }

    fn title(&self) -> Cow<'static, str> {
        "the key set".into()
    }

    fn member(&self) -> Cow<'static, str> {
        "jwks_uri".into()
    }
}

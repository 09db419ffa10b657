//! OAuth 2.0 Multiple Response Type Encoding Practices §2.1: `fragment`.

use super::{ResponseMode, encode};
use crate::reply::Contents;

pub(super) const MODE: ResponseMode = ResponseMode {
    name: "fragment",
    spec: "OAuth 2.0 Multiple Response Type Encoding Practices section 2.1",
    carries_tokens: true,
    deliver: |redirect_uri, fields| Contents::Redirect(format!("{redirect_uri}#{}", encode(&fields))),
};

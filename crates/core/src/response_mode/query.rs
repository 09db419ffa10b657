//! OAuth 2.0 Multiple Response Type Encoding Practices §2.1: `query`.

use super::{ResponseMode, encode};
use crate::reply::Contents;
use crate::uri;

pub(super) const MODE: ResponseMode = ResponseMode {
    name: "query",
    spec: "OAuth 2.0 Multiple Response Type Encoding Practices section 2.1",
    carries_tokens: false,
    deliver: |redirect_uri, fields| Contents::Redirect(uri::with_query(redirect_uri, &encode(&fields))),
};

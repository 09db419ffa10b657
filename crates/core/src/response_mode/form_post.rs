//! OAuth 2.0 Form Post Response Mode §2: `form_post`.

use super::ResponseMode;
use crate::reply::Contents;

pub(super) const MODE: ResponseMode = ResponseMode {
    name: "form_post",
    spec: "OAuth 2.0 Form Post Response Mode section 2",
    carries_tokens: true,
    deliver: |redirect_uri, fields| Contents::Form {
        action: redirect_uri.to_owned(),
        fields,
        framed_by: Vec::new(),
    },
};

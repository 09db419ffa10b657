//! OAuth 2.0 Multiple Response Type Encoding Practices §4: `none`: nothing is issued; the client only learns
//! that the user is signed in and has consented.

use super::ResponseType;

pub(super) const TYPE: ResponseType = ResponseType {
    name: "none",
    spec: "OAuth 2.0 Multiple Response Type Encoding Practices section 4",
    parts: &[],
};

//! RFC 6749 §4.1.1, appendix A.5: `state` is text. A form turns a line break into another one, and a terminal
//! runs what a control character says.

use super::{At, Check};
use crate::error::Error;
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "state",
    rule: &rule::STATE,
    at: &[At::Authorization],
    run: |_env, _client, params, _asked| {
        if params.get("state").is_some_and(has_control) {
            return Err(Error::invalid_request(
                "state has control characters, such as a line break, which would not come back as they are; encode them",
            ));
        }
        Ok(())
    },
};

/// The control characters of ASCII. What else the grammar leaves out comes back unchanged.
pub(super) fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_control())
}

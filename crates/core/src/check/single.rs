//! RFC 6749 §3.1: no parameter may be included more than once.

use super::{At, Check};
use crate::rule;

pub(super) const CHECK: Check = Check {
    name: "single parameters",
    rule: &rule::SINGLE,
    at: &[At::Authorization],
    run: |_env, _client, params, _asked| params.single(),
};

//! RFC 6749 §3.1: no parameter may be included more than once.

use super::Check;

pub(super) const CHECK: Check = Check {
    name: "single parameters",
    spec: "RFC 6749 section 3.1",
    run: |_env, _client, params, _asked| params.single(),
};

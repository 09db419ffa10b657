//! RFC 6749 appendix B: parameters that are taken mean the same when they are written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_core::params::{MAX_TOTAL, Params};

fuzz_target!(|text: &str| {
    let Ok(params) = Params::parse(text) else { return };
    let written = params.encode();
    if written.len() <= MAX_TOTAL {
        assert_eq!(Params::parse(&written).ok().as_ref(), Some(&params));
    }
    if params.single().is_ok() {
        assert!(params.duplicate().is_none());
    }
});

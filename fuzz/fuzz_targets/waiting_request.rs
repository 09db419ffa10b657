//! OpenID Connect Core §3.1.2.3: whatever bytes a page's address holds are no waiting request, or one that is
//! read back as it is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_core::waiting::Interaction;

fuzz_target!(|bytes: &[u8]| {
    if let Some(request) = Interaction::decode(bytes) {
        assert_eq!(Interaction::decode(&request.encode()), Some(request));
    }
});

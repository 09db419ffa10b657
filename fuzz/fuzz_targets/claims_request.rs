//! OpenID Connect Core §5.5: a claims parameter is refused or means the same when it is stored and read
//! again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_core::claims::ClaimsRequest;

fuzz_target!(|text: &str| {
    let Ok(request) = ClaimsRequest::parse(text) else { return };
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<ClaimsRequest>(&stored).unwrap(), request);
});

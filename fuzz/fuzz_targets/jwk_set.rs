//! RFC 7517 §5: a key set from outside yields keys fit to verify, and publishes nothing private.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_jose::JwkSet;

fuzz_target!(|text: &[u8]| {
    let Ok(set) = JwkSet::from_json(text) else { return };
    assert!(set.public().verifying_keys().keys().len() <= set.verifying_keys().keys().len());
    for key in &set.public().keys {
        assert!(!key.is_private());
    }
});

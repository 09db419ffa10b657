//! RFC 7515 §5.2: any text taken for a signed token is refused or has exactly the parts that it shows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_jose::jws;

const LIMIT: usize = 8 * 1024;

fuzz_target!(|text: &str| {
    let Ok(token) = jws::decode(text, LIMIT) else { return };
    assert!(text.len() <= LIMIT);
    assert_eq!(text.bytes().filter(|byte| *byte == b'.').count(), 2);
    assert!(token.payload().len() < text.len());
    assert!(!token.header().kid().is_some_and(|kid| kid.len() > text.len()));
});

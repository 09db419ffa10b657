//! RFC 6749 §3.3: a scope is refused or is the set of its words, whatever their order and number.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_core::scope::Scope;

fuzz_target!(|text: &str| {
    let Ok(scope) = Scope::parse(text) else { return };
    assert_eq!(Scope::parse(&scope.to_string()).ok().as_ref(), Some(&scope));
    let turned: Vec<&str> = text.split(' ').rev().collect();
    let turned = Scope::parse(&turned.join(" ")).unwrap();
    assert!(scope.covers(&turned) && turned.covers(&scope));
});

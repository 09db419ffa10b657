//! RFC 8252 §7.3: only the port of a loopback address is free, where any may be used; every other answer goes
//! where registered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_core::uri;
use url::Url;

fuzz_target!(|requested: &str| {
    for registered in [
        "http://127.0.0.1/cb",
        "http://[::1]:7/cb?a=b",
        "http://localhost",
        "https://app.example/cb",
        "com.example.app:/cb",
    ] {
        assert_eq!(uri::matches_registered(registered, requested, false), registered == requested);
        if uri::matches_registered(registered, requested, true) {
            let (registered, requested) = (Url::parse(registered).unwrap(), Url::parse(requested).unwrap());
            assert_eq!(place(&registered), place(&requested));
        }
    }
});

fn place(url: &Url) -> (&str, Option<&str>, &str, Option<&str>, &str, Option<&str>) {
    (url.scheme(), url.host_str(), url.path(), url.query(), url.username(), url.fragment())
}

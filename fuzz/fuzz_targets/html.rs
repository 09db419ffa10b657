//! The certifier's reader of pages: no page whatever stops it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_certify::html;

fuzz_target!(|page: &str| {
    for form in html::parse(page).forms {
        let _ = form.fields(None);
    }
});

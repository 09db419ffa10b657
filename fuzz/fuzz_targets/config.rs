//! Configuration in any of the three formats: taken, or refused with something to act on in every problem.
#![no_main]

use std::collections::BTreeMap;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use signet_server::config::{Config, Format, Source};

fuzz_target!(|text: &str| {
    for format in [Format::Toml, Format::Yaml, Format::Json] {
        let source = Source { text, format, base: Path::new("nowhere"), file: None };
        if let Err(problems) = Config::load_text(source, &BTreeMap::new()) {
            assert!(!problems.is_empty());
            assert!(problems.iter().all(|problem| !problem.fault.what.is_empty()));
        }
    }
});

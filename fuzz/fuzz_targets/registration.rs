//! RFC 7591 §3.1: whatever a client says about itself, people are sent nowhere that would run or open
//! something, and it gets no more than registered clients may have.
#![no_main]

#[path = "../nothing.rs"]
mod nothing;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use signet_core::change::Change;
use signet_core::endpoint::Step;
use signet_core::endpoint::registration::Register;
use signet_core::id::ClientId;
use signet_core::incoming::Incoming;
use signet_core::lookup::{Facts, Lookup};
use signet_core::record::Client;
use signet_core::registration::document;
use signet_core::settings::Settings;
use signet_core::settings::registration::Mode;

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let mut settings = nothing::settings();
    settings.registration.mode = Mode::Open;
    settings.registration.metadata_documents = true;
    settings
});

fuzz_target!(|text: &str| {
    let env = nothing::env(&SETTINGS);
    if let Ok(client) = document::read(&env, &ClientId::from("https://app.example/client"), text) {
        assert!(client.client_secret.is_none() && client.client_secret_hash.is_none());
        hold(&client);
    }
    let Ok(request) = Register::parse(&env, &Incoming::default(), text.as_bytes()) else { return };
    let facts = request.follow_up(&env, &Facts::default()).into_iter().fold(Facts::default(), with_nobody);
    let Ok(decision) = request.decide(&env, facts) else { return };
    for change in decision.changes {
        if let Change::PutClient(client) = change {
            hold(&client);
        }
    }
});

/// No client of the store is called like this one.
fn with_nobody(facts: Facts, asked: Lookup) -> Facts {
    match asked {
        Lookup::Titles(titles) => facts.with(titles, Vec::new()),
        _ => facts,
    }
}

fn hold(client: &Client) {
    assert!(client.registered && !client.skip_consent && !client.may_introspect);
    assert!(!client.allows_grant("client_credentials"));
    for uri in client.redirect_uris.iter().chain(&client.post_logout_redirect_uris) {
        let scheme = uri.split(':').next().unwrap_or_default().to_ascii_lowercase();
        assert!(scheme == "https" || scheme == "http" || scheme.contains('.'), "{uri}");
        assert!(!uri.contains(['#', '\\', ' ']), "{uri}");
    }
}

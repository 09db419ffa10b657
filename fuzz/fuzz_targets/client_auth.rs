//! RFC 6749 §2.3: whatever header and form come, one client is named by one method, or none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signet_core::client_auth::ClientAuth;
use signet_core::incoming::{AUTHORIZATION, Incoming};
use signet_core::params::Params;

fuzz_target!(|text: &str| {
    let (header, form) = text.split_once('\n').unwrap_or(("", text));
    let Ok(params) = Params::parse(form) else { return };
    let named = params.get("client_id").map(str::to_owned);
    let mut incoming = Incoming { params, ..Incoming::default() };
    if !header.is_empty() {
        incoming.headers.add(AUTHORIZATION, header.to_owned());
    }
    let _ = incoming.bearer();
    let Ok(Some(client)) = ClientAuth::parse(&incoming) else { return };
    if let Some(named) = named {
        assert_eq!(client.client_id().as_str(), named);
    }
});

//! RFC 9101 §6: whatever is in a request object and next to it, nobody is sent where the client is not.
#![no_main]

#[path = "../nothing.rs"]
mod nothing;

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use signet_core::authorization::Request;
use signet_core::endpoint::authorization::{Browser, Parsed, Turn};
use signet_core::lookup::Facts;
use signet_core::params::Params;
use signet_core::record::Client;
use signet_core::reply::Contents;
use signet_core::request_object::Next;
use signet_core::secret::{Secret, TokenHash};
use signet_core::settings::Settings;
use signet_jose::jws;

const REGISTERED: &str = "https://web.example/cb";

static SETTINGS: LazyLock<Settings> = LazyLock::new(nothing::settings);

static CLIENT: LazyLock<Arc<Client>> = LazyLock::new(|| {
    let mut client = Client::new("web");
    client.client_secret = Some(Secret::new("a-secret".to_owned()));
    client.redirect_uris = vec![REGISTERED.to_owned()];
    Arc::new(client)
});

// The first line is what is outside; the rest are the claims, or the whole object.
fuzz_target!(|text: &str| {
    let (outer, object) = text.split_once('\n').unwrap_or(("", text));
    let token = match object.starts_with('{') {
        true => jws::encode_unsecured(None, object.as_bytes()),
        false => object.to_owned(),
    };
    let Ok(outer) = Params::parse(outer) else { return };
    let mut pairs = vec![("client_id".to_owned(), "web".to_owned()), ("request".to_owned(), token)];
    pairs.extend(outer.pairs().iter().filter(|(name, _)| name != "client_id").cloned());
    let env = nothing::env(&SETTINGS);
    let facts = Facts::default().with_client(CLIENT.clone());
    let Ok(Parsed::Object(object)) = Request::parse(Params::from_pairs(pairs)) else { return };
    let turn = Turn { env: &env, facts: &facts, browser: Browser::New(&|| TokenHash::of(b"browser")) };
    let decision = match object.resolve(&env, &facts) {
        Next::Ready(request) => {
            request.destination(&env, &facts).and_then(|destination| request.decide(&*destination, &turn))
        }
        Next::Refused(request, error) => {
            let destination = request.destination(&env, &facts).ok();
            request.abort(destination.as_deref(), &turn, error)
        }
        Next::Find(..) => return,
    };
    let Ok(decision) = decision else { return };
    let place = match decision.reply.body {
        Contents::Redirect(url) => url,
        Contents::Form { action, .. } => action,
        Contents::Interact(interact) => interact.returns_to.expect("a callback is in the browser"),
        other => panic!("{other:?}"),
    };
    let rest = place.strip_prefix(REGISTERED).expect("the registered address");
    assert!(rest.is_empty() || rest.starts_with(['?', '#']), "{place}");
});

//! RFC 9101 §6: whatever stands in a request object and beside it, nobody is sent where the client is not.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use signet_core::decision::Reply;
use signet_core::endpoint::authorization::{Parsed, Request};
use signet_core::env::{Decrypted, Encryption, Env, Jose, JoseError, OwnJws, Rng, Sequence};
use signet_core::lookup::Facts;
use signet_core::params::Params;
use signet_core::record::Client;
use signet_core::request_object::Next;
use signet_core::secret::{Secret, TokenHash};
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_jose::jws;

const REGISTERED: &str = "https://web.example/cb";

/// Nothing is signed or encrypted here: what is unsigned gets furthest.
struct Nothing;

impl Rng for Nothing {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

impl Sequence for Nothing {
    fn next(&self) -> i64 {
        1
    }
}

fn none<T>() -> Result<T, JoseError> {
    Err(JoseError("there is no key".into()))
}

impl Jose for Nothing {
    fn sign(&self, _: &str, _: &str, _: &[u8]) -> Result<String, JoseError> {
        none()
    }

    fn open_own(&self, _: &str) -> Result<OwnJws, JoseError> {
        none()
    }

    fn signing_algs(&self) -> &[String] {
        &[]
    }

    fn verify_mac(&self, _: &str, _: &[u8], _: &str) -> Result<(), JoseError> {
        none()
    }

    fn verifying_algs(&self) -> &[&'static str] {
        &["ES256", "HS256"]
    }

    fn sign_mac(&self, _: &[u8], _: &str, _: &str, _: &[u8]) -> Result<String, JoseError> {
        none()
    }

    fn encrypt_to_secret(&self, _: &[u8], _: Encryption<'_>, _: &[u8]) -> Result<String, JoseError> {
        none()
    }

    fn decrypt(&self, _: &str, _: Option<&[u8]>) -> Result<Decrypted, JoseError> {
        none()
    }

    fn encrypting_algs(&self) -> &[&'static str] {
        &[]
    }

    fn decrypting_algs(&self) -> &[String] {
        &[]
    }

    fn content_encryptions(&self) -> &[&'static str] {
        &[]
    }
}

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    Settings::new(
        "https://op.example",
        Secret::new(b"subject salt".to_vec()),
        Secret::new(b"handle key".to_vec()),
    )
});

static CLIENT: LazyLock<Arc<Client>> = LazyLock::new(|| {
    let mut client = Client::new("web");
    client.client_secret = Some(Secret::new("a-secret".to_owned()));
    client.redirect_uris = vec![REGISTERED.to_owned()];
    Arc::new(client)
});

// The first line is what stands outside; the rest are the claims, or the whole object.
fuzz_target!(|text: &str| {
    let (outer, object) = text.split_once('\n').unwrap_or(("", text));
    let token = match object.starts_with('{') {
        true => jws::encode_unsecured(None, object.as_bytes()),
        false => object.to_owned(),
    };
    let Ok(outer) = Params::parse(outer) else { return };
    let mut pairs = vec![("client_id".to_owned(), "web".to_owned()), ("request".to_owned(), token)];
    pairs.extend(outer.pairs().iter().filter(|(name, _)| name != "client_id").cloned());
    let env = Env {
        settings: &SETTINGS,
        now: Timestamp(1_800_000_000),
        rng: &Nothing,
        ids: &Nothing,
        jose: &Nothing,
    };
    let facts = Facts { client: Some(CLIENT.clone()), ..Facts::default() };
    let Ok(Parsed::Object(object)) = Request::parse(Params::from_pairs(pairs)) else { return };
    let decision = match object.resolve(&env, &facts) {
        Next::Ready(request) => request.decide(&env, &facts, TokenHash::of(b"browser"), None),
        Next::Refused(request, error) => request.abort(&env, &facts, None, error),
        Next::Find(..) => return,
    };
    let Ok(decision) = decision else { return };
    let place = match decision.reply {
        Reply::Redirect(url) => url,
        Reply::Form { action, .. } => action,
        Reply::Interact(interact) => interact.redirect_uri,
        other => panic!("{other:?}"),
    };
    let rest = place.strip_prefix(REGISTERED).expect("the registered address");
    assert!(rest.is_empty() || rest.starts_with(['?', '#']), "{place}");
});

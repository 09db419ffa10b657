//! What an [`Env`] needs, where nothing is signed or encrypted: what is unsigned gets furthest.

use std::sync::LazyLock;

use signet_core::env::{
    Decrypted, Encryption, Env, Jose, JoseError, KeyJudge, OwnJws, Rng, Secrets, Sequence, SignInMethod,
    SignInMethods,
};
use signet_core::record::User;
use signet_core::secret::Secret;
use signet_core::settings::Settings;
use signet_core::time::Timestamp;
use signet_core::{discovery, endpoint};

struct Nothing;

impl Rng for Nothing {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

impl SignInMethods for Nothing {
    fn offered(&self, _: Option<&User>) -> Vec<SignInMethod> {
        vec![SignInMethod { name: "password", amr: &["pwd"] }]
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

    fn decrypt(&self, _: &str, _: &[&[u8]]) -> Result<Decrypted, JoseError> {
        none()
    }

    fn seal(&self, _: &[u8], _: &[u8]) -> Result<String, JoseError> {
        none()
    }

    fn unseal(&self, _: &[u8], _: &str) -> Result<Vec<u8>, JoseError> {
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

    fn key_judge(&self) -> KeyJudge {
        |_, _| Ok(())
    }
}

/// Settings as by default.
pub fn settings() -> Settings {
    Settings::new("https://op.example", endpoint::paths())
}

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| {
    Secrets::new(&Secret::new(b"subject salt".to_vec()), &Secret::new(b"handle key".to_vec()))
});

/// The environment of one request.
pub fn env(settings: &'static LazyLock<Settings>) -> Env<'static> {
    let now = Timestamp(1_800_000_000);
    Env {
        settings,
        secrets: &SECRETS,
        now,
        rng: &Nothing,
        ids: &Nothing,
        jose: &Nothing,
        lists: discovery::possible,
        methods: &Nothing,
    }
}

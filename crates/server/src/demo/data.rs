//! What the demo begins with: a store, a person, an application. A second start finds what the first one
//! made.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use signet_core::record::Client;
use signet_core::secret::Secret;
use signet_login::password::{Memory, Parameters, Password};
use signet_store::{SqliteStore, Store};

use super::{Error, Options};
use signet::Keks;
use signet::Provider;
use signet::admin::{Act, AdminError, users};
use signet::clock::{Clock as _, SystemClock, SystemRng};
use signet::program::secrets;
use signet_core::env::Rng as _;

pub(super) const USERNAME: &str = "diana";
pub(super) const PASSWORD: &str = "krall";
pub(super) const CLIENT_ID: &str = "demo";

/// The running provider, and what its application knows.
pub(super) struct Demo {
    pub(super) provider: Provider,
    pub(super) issuer: String,
    /// The application's own address, without a slash at its end.
    pub(super) application: String,
    pub(super) client_secret: Secret<String>,
    pub(super) database: PathBuf,
}

impl Demo {
    /// Opens the data, or makes it.
    pub(super) async fn open(options: &Options, application_port: u16) -> Result<Self, Error> {
        make_folder(&options.data_dir).map_err(|reason| Error::Folder(options.data_dir.clone(), reason))?;
        let database = options.data_dir.join("signet.db");
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&database).map_err(Error::Store)?);
        Self::with(store, options.port, application_port, database).await
    }

    pub(super) async fn with(
        store: Arc<dyn Store>,
        port: u16,
        application_port: u16,
        database: PathBuf,
    ) -> Result<Self, Error> {
        let issuer = format!("http://localhost:{port}");
        let application = format!("http://localhost:{application_port}");
        store.migrate().await.map_err(Error::Store)?;
        let secret = secrets::shared(&*store, &SystemRng, "demo_client_secret", &Keks::default())
            .await
            .map_err(Error::Secret)?;
        let client_secret = Secret::new(URL_SAFE_NO_PAD.encode(secret.expose()));
        add_person(&*store).await?;
        let client = client(&application, client_secret.duplicate());
        let provider = Provider::builder(&issuer)
            .store(store)
            .clients([client])
            .settings(|settings| settings.sign_up = true)
            .build()
            .await
            .map_err(Error::Build)?;
        Ok(Self { provider, issuer, application, client_secret, database })
    }
}

/// For its owner alone: the signing keys are in it.
fn make_folder(path: &std::path::Path) -> std::io::Result<()> {
    let mut folder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.recursive(true).create(path)
}

fn client(application: &str, secret: Secret<String>) -> Client {
    Client {
        client_secret: Some(secret),
        client_name: Some(NAME.to_owned()),
        client_uri: Some(format!("{application}/")),
        redirect_uris: vec![format!("{application}/callback")],
        post_logout_redirect_uris: vec![format!("{application}/")],
        grant_types: Some(vec!["authorization_code".to_owned(), "refresh_token".to_owned()]),
        token_endpoint_auth_method: Some("client_secret_basic".to_owned()),
        require_pkce: Some(true),
        extra: names(),
        ..Client::new(CLIENT_ID)
    }
}

/// What the application is called,
const NAME: &str = "Demo application";
/// and in the other languages of the pages.
const NAMES: [(&str, &str); 3] =
    [("de", "Demo-Anwendung"), ("fr", "Application de démonstration"), ("nl", "Demo-applicatie")];

fn names() -> Map<String, Value> {
    NAMES.map(|(tag, name)| (format!("client_name#{tag}"), name.into())).into_iter().collect()
}

/// What the application is called on a page in this language.
pub(super) fn name(language: &str) -> &'static str {
    NAMES.iter().find(|(tag, _)| *tag == language).map_or(NAME, |(_, name)| name)
}

async fn add_person(store: &dyn Store) -> Result<(), Error> {
    match users::get(store, USERNAME).await {
        Ok(_) => return Ok(()),
        Err(AdminError::NotFound { .. }) => {}
        Err(error) => return Err(Error::User(error)),
    }
    let mut salt = [0; 16];
    SystemRng.fill(&mut salt);
    let method = Password::new(Parameters::default()).map_err(Error::Password)?;
    let hash = method.hash(&mut Memory::default(), &Secret::new(PASSWORD.to_owned()), salt);
    let person = users::Person {
        username: USERNAME.to_owned(),
        password: Some(Secret::new(hash.map_err(Error::Password)?)),
        claims: claims(),
        locked: None,
    };
    let act = Act::new("demo", SystemClock.now_ms(), &SystemRng);
    users::add(store, &act, person, false).await.map(drop).map_err(Error::User)
}

/// OpenID Connect Core §5.1: one of each kind.
fn claims() -> Map<String, Value> {
    let claims = json!({
        "name": "Diana Krall",
        "given_name": "Diana",
        "family_name": "Krall",
        "nickname": "Diana",
        "preferred_username": USERNAME,
        "email": "diana@example.org",
        "email_verified": true,
        "phone_number": "+1 250 555 0123",
        "phone_number_verified": false,
        "address": {
            "formatted": "1 Jazz Lane\nNanaimo BC\nCanada",
            "street_address": "1 Jazz Lane",
            "locality": "Nanaimo",
            "region": "British Columbia",
            "country": "Canada",
        },
        "locale": "en-CA",
        "zoneinfo": "America/Vancouver",
        "birthdate": "1964-11-16",
    });
    if let Value::Object(claims) = claims { claims } else { Map::new() }
}

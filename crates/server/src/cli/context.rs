//! Which configuration and which store a command works on.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use signet_core::record::User;
use signet_core::time::Timestamp;
use signet_store::{SqliteStore, Store, StoreError};

use super::arguments::{Common, Demo};
use super::operator::operator;
use super::refused;
use crate::config::{Config, Format, Loaded, Problem, Source, StoreAddress, environment};
use signet::admin::{Act, AdminError, users};
use signet::clock::{Clock as _, SystemClock, SystemRng};
use signet::program::place::remedy;

/// The problems of a configuration: exit code 2.
#[derive(Debug)]
pub(super) struct WrongConfiguration(pub(super) Vec<Problem>);

impl std::fmt::Display for WrongConfiguration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for WrongConfiguration {}

/// What a command on stored things needs.
pub(super) struct Context {
    pub(super) loaded: Loaded,
    pub(super) store: Arc<dyn Store>,
    pub(super) now: Timestamp,
    pub(super) rng: SystemRng,
    pub(super) json: bool,
    /// Which account runs it.
    pub(super) by: String,
}

const FILE: &str = "signet.toml";

/// The configuration file that was named, or the one that lies here.
pub(super) fn file(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    match named {
        Some(path) => Ok(path.to_path_buf()),
        None if Path::new(FILE).exists() => Ok(FILE.into()),
        None => Err(WrongConfiguration(vec![
            Problem::error("", crate::config::Place::Nowhere, format!("there is no {FILE} here"))
                .instead("name one with --config FILE, or write one: `signet config default > signet.toml`"),
        ])
        .into()),
    }
}

/// A configuration, with the environment over it.
pub(super) fn load(path: &Path) -> anyhow::Result<Loaded> {
    Ok(Config::load(path, &environment()).map_err(WrongConfiguration)?)
}

/// The configuration of the demo, as far as its store and keys are concerned.
fn demo() -> anyhow::Result<Loaded> {
    let text = format!("issuer = \"http://localhost:{}\"\ndata_dir = \"{}\"\n", Demo::PORT, Demo::DATA_DIR);
    let source = Source { text: &text, format: Format::Toml, base: Path::new(""), file: None };
    let loaded = Config::load_text(source, &environment()).map_err(WrongConfiguration)?;
    match &loaded.store {
        StoreAddress::Sqlite(path) if !path.exists() => Err(refused::no_store(format!(
            "there is neither {FILE} nor the demo's {} here; name a configuration with --config FILE, or start `signet demo` first",
            path.display()
        ))),
        _ => Ok(loaded),
    }
}

/// The configuration that the options name.
pub(super) fn configuration(common: &Common) -> anyhow::Result<Loaded> {
    match &common.config {
        Some(path) => load(path),
        None if Path::new(FILE).exists() => load(Path::new(FILE)),
        None => demo(),
    }
}

/// A store of an earlier version is not brought up to date while another process has it open, which may be a
/// server of that version.
async fn not_below_a_server(address: &StoreAddress) -> anyhow::Result<()> {
    let StoreAddress::Sqlite(path) = address else { return Ok(()) };
    let Ok(store) = signet_store::look(&address.url()).await else { return Ok(()) };
    if matches!(store.migrate().await, Err(StoreError::Older { .. })) {
        drop(store);
        anyhow::ensure!(
            !SqliteStore::is_open(path)?,
            "the store at {} is of an earlier version, and another process has it open: restart the server with this version, \
             which brings the store up to date, then run this again",
            path.display()
        );
    }
    Ok(())
}

impl Context {
    /// Opens the store of the configuration, which must be there; a running server goes on at the same time.
    pub(super) async fn open(common: &Common) -> anyhow::Result<Self> {
        Self::with(Self::present(common)?, common).await
    }

    /// The same for commands that only read, which need no room on the disk. They bring no store up to date:
    /// a server of an earlier version may have it open.
    pub(super) async fn read(common: &Common) -> anyhow::Result<Self> {
        let loaded = Self::present(common)?;
        if matches!(loaded.store, StoreAddress::Memory) {
            return Self::with(loaded, common).await;
        }
        let store = signet_store::look(&loaded.store.url()).await?;
        store.migrate().await?;
        Ok(Self::of(loaded, store, common))
    }

    /// The configuration of a store that must be there.
    fn present(common: &Common) -> anyhow::Result<Loaded> {
        let loaded = configuration(common)?;
        let StoreAddress::Sqlite(path) = &loaded.store else { return Ok(loaded) };
        let what = match path.try_exists() {
            Ok(true) => return Ok(loaded),
            Ok(false) => {
                format!("no store at {}; `signet serve` or `signet user add` creates it", path.display())
            }
            // The folder is closed to this account.
            Err(error) => {
                let why = format!("the store at {} cannot be accessed: {error}", path.display());
                match remedy(path, &error) {
                    Some(advice) => format!("{why}; {advice}"),
                    None => format!("{why}; run this as the account of the service"),
                }
            }
        };
        Err(refused::no_store(what))
    }

    /// The same as `open` for commands that no server may run next to.
    pub(super) async fn alone(common: &Common) -> anyhow::Result<Self> {
        if let StoreAddress::Sqlite(path) = &configuration(common)?.store
            && path.exists()
            && SqliteStore::is_open(path)?
        {
            anyhow::bail!(
                "another process has the store at {} open: stop every server that uses it, then run this again",
                path.display()
            );
        }
        Self::open(common).await
    }

    /// The same as `open` for commands that add something, and so make a store that is missing.
    pub(super) async fn create(common: &Common) -> anyhow::Result<Self> {
        Self::with(configuration(common)?, common).await
    }

    async fn with(loaded: Loaded, common: &Common) -> anyhow::Result<Self> {
        if matches!(loaded.store, StoreAddress::Memory) {
            let what =
                "this configuration keeps everything in the server's memory, where commands cannot reach it";
            let advice = "write `store = \"sqlite:PATH\"`, or write users and clients into the file";
            return Err(refused::no_store(format!("{what}; {}", loaded.places.spelled(advice))));
        }
        not_below_a_server(&loaded.store).await?;
        let store = signet_store::open(&loaded.store.url()).await?;
        store.migrate().await?;
        Ok(Self::of(loaded, store, common))
    }

    fn of(loaded: Loaded, store: Arc<dyn Store>, common: &Common) -> Self {
        Self { loaded, store, now: SystemClock.now(), rng: SystemRng, json: common.json, by: operator() }
    }

    /// What a command does is done by the account that runs it.
    pub(super) fn act(&self) -> Act<'_> {
        Act::new(&self.by, SystemClock.now_ms(), &self.rng)
    }

    /// The person who is meant, as at the sign-in page.
    pub(super) async fn person(&self, typed: &str) -> Result<Arc<User>, AdminError> {
        let configured: Vec<_> = self.loaded.users.iter().map(|user| Arc::new(user.found_by())).collect();
        users::meant(&*self.store, &configured, typed, self.loaded.settings.sign_in_by_email).await
    }

    /// The person who is meant, whom a command may change: those of the configuration are changed there.
    pub(super) async fn stored_person(&self, typed: &str) -> anyhow::Result<Arc<User>> {
        let user = self.person(typed).await?;
        if user.id.is_configured() {
            let what = format!(
                "{0} is in the configuration file; change them there (`signet throttle clear --account {0}` ends a wait)",
                user.username
            );
            return Err(refused::configured(what));
        }
        Ok(user)
    }

    /// Whether a username is given once and never again, as subjects are made from it.
    pub(super) fn names_once(&self) -> bool {
        self.loaded.settings.subjects.come_from_names()
    }
}

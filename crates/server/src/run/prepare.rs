//! Everything that serving needs short of listening, made and judged by one function: `signet config check`
//! passes what `signet serve` serves and what a reload takes over, and refuses and doubts what they do.

use std::io::ErrorKind::AddrInUse;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use signet_core::fault::Fault;
use signet_core::lookup::DocumentNamed;
use signet_core::record::Client;
use signet_core::uri;
use signet_store::{MemoryStore, SqliteStore, Store, StoreError};

use url::Url;

use super::fetched;
use super::named;
use super::reload;
use super::serving;
use super::stored;
use crate::config::{Loaded, Places, Problem, StoreAddress, files, imagine_missing};
use signet::clock::{Clock as _, SystemClock};
use signet::keys::{KeyError, KeyFiles};
use signet::program::overlap;
use signet::program::owner::{self, Belongs, Owner};
use signet::program::place::may_be_made;
use signet::serve::{self, Certificate};
use signet::{BuildError, Provider};

/// What a configuration is prepared for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose<'a> {
    /// To be served: what is missing is made.
    Serving,
    /// To be judged: nothing is made, and what could not be made is a problem.
    Checking,
    /// To take the place of what this provider has: the server around it stays.
    Reloading {
        /// What is served.
        running: &'a Provider,
        /// The certificate has the files with which Signet was started: it is read by itself, and what is
        /// wrong with it was said then.
        same_certificate: bool,
    },
}

/// Ready to listen.
pub struct Prepared {
    /// The provider.
    pub provider: Provider,
    /// How to serve it.
    pub options: serve::Options,
    /// What may be meant so, but shows only when everything is built.
    pub warnings: Vec<Problem>,
}

/// Judges and builds everything; all that is wrong is reported at once. Of salt files that are missing
/// [`Purpose::Serving`] has to have made a configuration's before.
pub async fn prepare(mut config: Loaded, purpose: Purpose<'_>) -> Result<Prepared, Vec<Problem>> {
    let options = serving::options(&config);
    let mut problems = judge(&config, &options);
    if let Purpose::Reloading { running, same_certificate } = purpose {
        problems.extend(reload::fixed(&config, &running.settings()));
        problems.extend(missing_salts(&config));
        problems.retain(|problem| !(same_certificate && problem.key().starts_with("tls.")));
    }
    let doubtful = if config.theirs { fetched::judge(&config) } else { Vec::new() };
    let places = config.places.clone();
    let store = match (purpose, problems.is_empty()) {
        // Nothing is made for a configuration that is wrong.
        (Purpose::Serving, true) => signet_store::open(&config.store.url()).await,
        (Purpose::Reloading { running, .. }, _) => Ok(running.store().clone()),
        _ => looked(&config.store).await,
    };
    let store = match store {
        Ok(store) => store,
        Err(error) => {
            problems.push(places.problem("store", error.to_string()));
            return Err(problems);
        }
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let failed = |error: StoreError| vec![places.problem("store", error.to_string())];
    match purpose {
        Purpose::Serving => store.examine().await.map_err(failed)?,
        Purpose::Checking => imagine_missing(&mut config.settings.subjects),
        Purpose::Reloading { .. } => {}
    }
    let is_check = matches!(purpose, Purpose::Checking);
    let (elsewhere, ended) = (elsewhere(&config), ended(&config));
    let hindrances = if is_check { hindrances(&config) } else { Vec::new() };
    let owner = Owner::of(&*store).await.map_err(failed)?;
    let mut warnings: Vec<Problem> = doubtful.into_iter().map(Problem::warning).chain(hindrances).collect();
    if !matches!(purpose, Purpose::Reloading { same_certificate: true, .. }) {
        warnings.extend(doubts(&options, &places));
    }
    warnings.extend(elsewhere.into_iter().chain(ended));
    // The provider logs it when it is served.
    if is_check
        && let Belongs::WasLocal(owner) = owner.judge(&config.settings.issuer, config.moved_from.as_deref())
    {
        warnings.push(places.problem("issuer", owner::was_local(&owner)).warning());
    }
    let (files, address) = (config.keys.files.clone(), config.store.clone());
    let named = named::elsewhere(&config);
    let names = stored::Names::of(&config);
    let builder = super::builder(config, store.clone());
    let provider = match purpose {
        Purpose::Serving => builder.build().await,
        Purpose::Checking => builder.rehearse().await,
        Purpose::Reloading { running, .. } => running.reload(builder).await.map(|()| running.clone()),
    };
    let provider = match provider {
        Ok(provider) => provider,
        Err(error) => return Err(vec![in_a_file(&error, &places, key_of(&error, &files))]),
    };
    // Nothing that is served can fail any more: its routes are put together here once.
    drop(serve::routes(&provider, &options));
    warnings.extend(unspoken(&provider, &places));
    warnings.extend(unused(&provider, &places));
    warnings.extend(behind(&provider, &places));
    warnings.extend(names.doubts(&provider, &places));
    match stored::without_scope(&*store, &provider.settings(), &places).await.map_err(failed) {
        Ok(doubts) => warnings.extend(doubts),
        // Nothing that is served depends on it.
        Err(problems) => warnings.extend(problems.into_iter().map(Problem::warning)),
    }
    if !named.is_empty() {
        // One of an earlier version, in whose place an empty one is looked at, says so.
        let own = match &address {
            StoreAddress::Sqlite(path) if is_check && path.exists() => {
                looked_into(&address, path).await.map_err(failed)?
            }
            _ => store.clone(),
        };
        match named::doubts(&named, &places, &*own).await.map_err(failed) {
            Ok(doubts) => warnings.extend(doubts),
            // The configuration is in use already.
            Err(problems) if matches!(purpose, Purpose::Reloading { .. }) => {
                warnings.extend(problems.into_iter().map(Problem::warning));
            }
            Err(problems) => return Err(problems),
        }
    }
    Ok(Prepared { provider, options, warnings })
}

/// An issuer on this machine whose port is not the one that is listened on, without a proxy there.
fn elsewhere(config: &Loaded) -> Option<Problem> {
    let issuer = Url::parse(&config.settings.issuer).ok().filter(|issuer| issuer.scheme() == "http")?;
    let (asked, heard) = (issuer.port_or_known_default()?, config.listen.port());
    let alone = uri::is_loopback(&issuer) && config.proxies.is_empty() && heard != 0;
    let what = format!(
        "applications ask at port {asked} of the issuer, and nothing listens there: `listen` has {heard}"
    );
    let problem = config.places.problem("listen", what);
    (alone && asked != heard).then(|| {
        problem.instead(format!("listen on port {asked}, or name the proxy in proxy.trusted")).warning()
    })
}

/// What clients would not accept of the certificate: it is served all the same, for it may be replaced while
/// Signet runs.
fn doubts(options: &serve::Options, places: &Places) -> Vec<Problem> {
    let certificate = options.tls.clone().and_then(|files| Certificate::load(files).ok());
    let doubts = certificate.map(|found| found.doubts(options.host.as_deref(), SystemClock.now()));
    let warning = |what: String| places.problem("tls.cert", what).warning();
    doubts.unwrap_or_default().into_iter().map(warning).collect()
}

/// Secrets of clients whose time has ended.
fn ended(config: &Loaded) -> Vec<Problem> {
    let now = SystemClock.now();
    let of_client = |(index, client): (usize, &Client)| -> Vec<Problem> {
        let ended = client.ended_secrets(now).into_iter();
        let problem = |fault: Fault| {
            let problem = config.places.problem(&format!("clients[{index}].{}", fault.place), fault.what);
            problem.instead(fault.instead.unwrap_or_default()).warning()
        };
        ended.map(problem).collect()
    };
    config.clients.iter().enumerate().flat_map(of_client).collect()
}

/// A clock that is behind the store.
fn behind(provider: &Provider, places: &Places) -> Option<Problem> {
    let (now, known) = provider.clock_is_behind()?;
    let what = format!(
        "this clock says {}, but keys in the store were made or changed at {}",
        now.minute(),
        known.minute()
    );
    let advice = "set the clock; if it is right and another was wrong, `signet key rotate --now --keep 0s` makes new keys";
    Some(places.problem("store", what).instead(advice).warning())
}

/// Languages that discovery would promise, and that no page has.
fn unspoken(provider: &Provider, places: &Places) -> Vec<Problem> {
    let (settings, pages) = (provider.settings(), provider.pages());
    let known: Vec<&str> = pages.languages().collect();
    let promised = settings.ui_locales.iter().enumerate();
    promised
        .filter(|(_, tag)| !pages.speaks(tag))
        .map(|(index, tag)| {
            let key = format!("capabilities.ui_locales_supported[{index}]");
            let what = format!("there are no pages in {tag:?}; there are {}", known.join(", "));
            let advice = format!("take it out, or put {tag}.ftl into `locales` of `template_dir`");
            places.problem(&key, what).instead(advice).warning()
        })
        .collect()
}

/// Texts of the operator's that no page uses.
fn unused(provider: &Provider, places: &Places) -> Vec<Problem> {
    let pages = provider.pages();
    let problem = |text: &signet::pages::Error| places.problem("template_dir", text.to_string()).warning();
    pages.unused_texts().iter().map(problem).collect()
}

/// What can be told of each part by itself, so that one problem does not hide the others.
pub(super) fn judge(config: &Loaded, options: &serve::Options) -> Vec<Problem> {
    let places = &config.places;
    let mut problems = Vec::new();
    let (templates, outbound) = (config.template_dir.as_deref(), config.outbound.options());
    let named = files::faults(options.tls.as_ref(), templates, &outbound);
    problems.extend(named.into_iter().map(|(key, what)| places.problem(key, what)));
    if let Err(error) = serve::judge_listen(options) {
        problems.push(places.problem(files::of_certificate(&error), error.to_string()));
    }
    let watched = config.metrics_listen.map(|address| ("metrics.listen", address));
    for (key, address) in std::iter::once(("listen", config.listen)).chain(watched) {
        if let Err(why) = serve::is_ours(address) {
            problems.push(places.problem(key, why));
        }
    }
    if let Some(overlap) = overlap(&config.settings.issuer, &config.settings.paths) {
        problems.push(places.problem(&overlap.key, overlap.what));
    }
    if !config.theirs {
        problems.extend(fetched::judge(config));
    }
    problems.extend(missing_store(config));
    if let Err(error) = config.keys.files.read() {
        problems.push(places.problem(key_of_ring(&error, &config.keys.files), error.to_string()));
    }
    for path in &config.missing_salts.0 {
        if let Err(why) = salt_may_be_made(path) {
            let what = format!("the salt file {} cannot be made: {why}", path.display());
            problems.push(places.problem("session_params", what));
        }
    }
    problems
}

/// Salt files that are not there: only a start makes them.
fn missing_salts(config: &Loaded) -> impl Iterator<Item = Problem> {
    config.missing_salts.0.iter().map(|path| {
        let what = format!("there is no salt file {}, and a reload makes none", path.display());
        let problem = config.places.problem("session_params", what);
        problem.instead("restart Signet, which makes it, or put it there")
    })
}

/// Why a store that is not there yet could not be made.
fn missing_store(config: &Loaded) -> Option<Problem> {
    let StoreAddress::Sqlite(path) = &config.store else { return None };
    if path.exists() {
        return None;
    }
    let why = may_be_made(path).map_err(|why| format!("{} cannot be made: {why}", path.display()));
    let beside = || signet_store::judge_beside(path).map_err(|error| error.to_string());
    why.and_then(|()| beside()).err().map(|what| config.places.problem("store", what))
}

/// What would keep this account from listening now: no reason to refuse a configuration, because the port may
/// be that of the very server which is to read it again, and the service may have rights that this account
/// lacks.
fn hindrances(config: &Loaded) -> Vec<Problem> {
    let watched = config.metrics_listen.map(|address| ("metrics.listen", address));
    let all = std::iter::once(("listen", config.listen)).chain(watched);
    all.filter_map(|(key, address)| {
        let error = serve::hindrance(address, key)?;
        let taken = matches!(&error, serve::Error::Listen { reason, .. } if reason.kind() == AddrInUse);
        if taken && is_served(&config.store) {
            return None;
        }
        let unknown = taken && matches!(config.store, StoreAddress::Memory);
        let note = if unknown { " (ignore this if Signet itself is already running there)" } else { "" };
        Some(config.places.problem(key, format!("{error}{note}")).warning())
    })
    .collect()
}

/// Whether a server has the store open; then it has the addresses too. A store that is open has a log next to
/// it.
fn is_served(store: &StoreAddress) -> bool {
    let StoreAddress::Sqlite(path) = store else { return false };
    beside(path, "-wal").exists() && SqliteStore::is_open(path).is_ok_and(|open| open)
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(what);
    name.into()
}

/// Folders of salt files are not made.
fn salt_may_be_made(path: &Path) -> Result<(), String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() { may_be_made(path) } else { Err(format!("there is no folder {}", folder.display())) }
}

/// The key that a failure concerns.
fn key_of(error: &BuildError, keys: &KeyFiles) -> &'static str {
    match error {
        BuildError::Store(_) | BuildError::Owned(_) => "store",
        BuildError::Keys(error) => key_of_ring(error, keys),
        BuildError::Pages(_) => "template_dir",
        BuildError::Password(_) => "login",
        BuildError::People(_) => "users",
        _ => "",
    }
}

/// A failure in the words of those who write a file.
fn in_a_file(error: &BuildError, places: &Places, key: &str) -> Problem {
    let BuildError::Owned(owner) = error else { return places.problem(key, error.to_string()) };
    let advice = format!("name another store, or write `moved_from = {owner:?}` if this provider has moved");
    places.problem(key, format!("the store belongs to the issuer {owner}")).instead(advice)
}

/// The key of the file that is at fault, where it is a file.
fn key_of_ring(error: &KeyError, files: &KeyFiles) -> &'static str {
    match error {
        KeyError::File { path, .. } if files.public.as_ref() == Some(path) => "keys.public_path",
        KeyError::File { path, .. } if files.private.as_ref() == Some(path) => "keys.private_path",
        _ => "keys",
    }
}

/// The named store as it is, to look into. Where there is none yet, or one of an earlier version, which the
/// next start brings up to date, an empty one in memory.
async fn looked(address: &StoreAddress) -> Result<Arc<dyn Store>, StoreError> {
    if let StoreAddress::Sqlite(path) = address
        && path.exists()
    {
        let store = looked_into(address, path).await?;
        store.examine().await?;
        match store.ask(DocumentNamed(owner::NAME.into())).await {
            Err(StoreError::Older { .. }) => {}
            found => return found.map(|_| store),
        }
    }
    Ok(Arc::new(MemoryStore::new()))
}

/// The named store, of which nothing is changed. While it is served there are files beside it, which have to
/// be made.
async fn looked_into(address: &StoreAddress, path: &Path) -> Result<Arc<dyn Store>, StoreError> {
    signet_store::judge_beside(path)?;
    signet_store::judge_writable(path)?;
    let store = signet_store::look(&address.url()).await?;
    match may_be_made(&beside(path, "-wal")) {
        Ok(()) => Ok(store),
        Err(reason) => Err(signet_store::closed_folder(path, &reason)),
    }
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("options", &self.options).finish_non_exhaustive()
    }
}

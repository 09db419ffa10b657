//! From a loaded configuration to a provider that serves: what `signet serve` does.

pub(crate) mod fetched;
mod full;
mod named;
mod prepare;
mod reload;
mod serving;
mod stored;
mod templates;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

pub use self::prepare::{Prepared, Purpose, prepare};
use self::reload::Known;
use signet_core::fault::Fault;
use signet_login::password::Given;
use signet_store::Store;

use crate::config::{Config, Loaded, NewUser, Password, Problem, dangers, exposed};
use crate::log;
use signet::clock::SystemRng;
use signet::serve::{self, Hangups};
use signet::{Builder, Provider, StaticUser};

/// Why nothing can be served.
#[derive(Debug)]
pub enum RunError {
    /// The configuration is wrong; every problem at once.
    Config(Vec<Problem>),
    /// A salt file cannot be made.
    Salt(std::io::Error),
    /// The server cannot run.
    Serve(serve::Error),
}

impl std::fmt::Display for RunError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RunError::Config(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
            RunError::Salt(error) => write!(f, "a salt file of `session_params` cannot be made: {error}"),
            RunError::Serve(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RunError {}

/// A provider with everything that a configuration says about it.
pub fn builder(config: Loaded, store: Arc<dyn Store>) -> Builder {
    let were_stored: Vec<String> =
        config.users.iter().filter(|user| user.was_stored).map(|user| user.username.clone()).collect();
    let builder = Provider::builder_with(config.settings)
        .store(store)
        .clients(config.clients)
        .statement_issuers(config.statement_issuers)
        .users(config.users.into_iter().map(person))
        .were_stored(were_stored)
        .keys(config.keys)
        .login(config.login.options())
        .outbound(config.outbound.options())
        .template_dir(config.template_dir)
        .judged();
    match config.moved_from {
        Some(issuer) => builder.moved_from(issuer),
        None => builder,
    }
}

fn person(user: NewUser) -> StaticUser {
    let password = user.password.map(|password| match password {
        Password::Plain(text) => Given::Plain(text),
        Password::Hash(text) => Given::Hash(text),
    });
    StaticUser { username: user.username, password, claims: user.claims, locked: user.locked }
}

/// What a configuration allows or leaves open, as far as its files tell: said at a start, and whenever it is
/// read again.
fn doubts(path: &Path, config: &Loaded) -> Vec<Problem> {
    let dangers = dangers(config).into_iter().map(|danger| Problem::from(Fault::new("", danger)).warning());
    dangers.chain(config.warnings.iter().cloned()).chain(exposed(path, config)).collect()
}

fn announce(warnings: &[Problem]) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

/// Waits for room where the disk is full.
async fn prepared(
    config: Loaded,
    path: &Path,
    variables: &BTreeMap<String, String>,
) -> Result<Prepared, RunError> {
    let mut waiting = full::Waiting::default();
    let mut config = config;
    loop {
        let store = config.store.url();
        match prepare(config, Purpose::Serving).await {
            Ok(prepared) => return Ok(prepared),
            Err(_) if waiting.is_for_room(&store).await => {}
            Err(problems) => return Err(RunError::Config(problems)),
        }
        config = Config::load(path, variables).map_err(RunError::Config)?;
    }
}

/// Ends at SIGINT or SIGTERM. Another one ends the process at once: somebody does not want to wait.
fn stop() -> Result<impl Future<Output = ()>, RunError> {
    let first = serve::told_to_stop().map_err(RunError::Serve)?;
    Ok(async {
        first.await;
        let Ok(second) = serve::told_to_stop() else { return };
        tokio::spawn(async {
            second.await;
            tracing::warn!("stopped by a second signal; requests in flight were aborted");
            log::flush();
            std::process::exit(1);
        });
    })
}

/// Serves what a configuration file says until asked to stop; SIGHUP reads the file again.
pub async fn serve(path: &Path, variables: BTreeMap<String, String>) -> Result<(), RunError> {
    // Before all else: the first process of a container gets only the signals that it watches.
    let mut stop = pin!(stop()?);
    let hangups = Hangups::watch().map_err(RunError::Serve)?;
    let mut config = Config::load(path, &variables).map_err(RunError::Config)?;
    let problems = prepare::judge(&config, &serving::options(&config));
    if !problems.is_empty() {
        // Nothing is made for a configuration that is wrong.
        return Err(RunError::Config(problems));
    }
    if config.missing_salts.make(&SystemRng).map_err(RunError::Salt)? {
        config = Config::load(path, &variables).map_err(RunError::Config)?;
    }
    log::start(config.log.level, config.log.format);
    announce(&doubts(path, &config));
    let known = Arc::new(Known::at_start(&config));
    let files = serving::Files { configuration: path.to_path_buf(), store: config.store.url() };
    if let Some(error) = serving::taken(&config) {
        // Before anything in the store is touched: another server may have it.
        return Err(RunError::Serve(error));
    }
    let ready = tokio::select! {
        ready = prepared(config, path, &variables) => ready?,
        () = &mut stop => {
            tracing::info!("shutting down before the start was complete");
            return Ok(());
        }
    };
    let Prepared { provider, mut options, warnings: late } = ready;
    options.warnings = late.iter().map(ToString::to_string).collect();
    let reloading = provider.clone();
    let path = path.to_path_buf();
    let reload = move || reload::reload(reloading.clone(), path.clone(), variables.clone(), known.clone());
    serving::run(provider, options, files, stop, hangups, reload).await.map_err(RunError::Serve)?;
    tracing::info!("stopped");
    Ok(())
}

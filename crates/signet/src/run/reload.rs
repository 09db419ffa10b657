//! SIGHUP: what a configuration that is read again changes, and what has to wait for a new start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use signet_store::Store;

use super::{RunError, prepare};
use crate::config::{Config, Places};
use crate::provider::{Builder, Provider};
use crate::serve;

/// Tables and keys that are read when Signet starts.
const AT_START: [&str; 14] = [
    "listen",
    "port",
    "domain",
    "store",
    "data_dir",
    "tls",
    "server",
    "log",
    "metrics",
    "proxy",
    "cors",
    "outbound",
    "login.workers",
    "login.queue",
];

/// What was written before.
pub(super) struct Known {
    started: Places,
    last: Mutex<Places>,
}

impl Known {
    pub(super) fn at_start(places: Places) -> Self {
        Self { started: places.clone(), last: Mutex::new(places) }
    }

    /// The keys that changed since the last time, and those that differ from what Signet was started with and wait.
    fn compare(&self, new: Places) -> (Vec<String>, Vec<String>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = last.changed(&new);
        changed.retain(|key| !waits(key));
        let mut waiting = self.started.changed(&new);
        waiting.retain(|key| waits(key));
        *last = new;
        (changed, waiting)
    }
}

fn waits(key: &str) -> bool {
    AT_START.iter().any(|start| {
        key.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// What a reload changes is everything that the provider itself is told; addresses, the store and limits need a new start.
pub(super) async fn reload(
    provider: Provider,
    store: Arc<dyn Store>,
    path: PathBuf,
    variables: BTreeMap<String, String>,
    known: Arc<Known>,
) -> Result<(), String> {
    let config =
        Config::load(&path, &variables).map_err(|problems| RunError::Config(problems).to_string())?;
    let problems = prepare::judge(&config, &serve::Options::configured(&config));
    if !problems.is_empty() {
        return Err(RunError::Config(problems).to_string());
    }
    let places = config.places.clone();
    provider.reload(Builder::configured(config, store)).await.map_err(|error| error.to_string())?;
    let (changed, waiting) = known.compare(places);
    if changed.is_empty() {
        tracing::info!("nothing in the configuration changed that a reload takes over");
    } else {
        tracing::info!(keys = said(&changed), "configuration changed");
    }
    if !waiting.is_empty() {
        tracing::warn!(keys = said(&waiting), "these changes take effect after a restart");
    }
    Ok(())
}

fn said(keys: &[String]) -> String {
    const MOST: usize = 20;
    let shown: Vec<&str> = keys.iter().take(MOST).map(String::as_str).collect();
    let more = keys.len().saturating_sub(MOST);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::{Format, Source};

    fn places(listen: u16, name: &str) -> Places {
        let text = format!(
            "issuer = 'https://op.example'\nproxy.trusted = []\nlisten = '127.0.0.1:{listen}'\n[[users]]\nusername = 'diana'\nclaims = {{ name = '{name}' }}"
        );
        let source = Source { text: &text, format: Format::Toml, base: Path::new(""), file: None };
        Config::load_text(source, &BTreeMap::new()).unwrap().places
    }

    #[test]
    fn a_reload_knows_what_changed_and_what_waits() {
        let known = Known::at_start(places(1, "Diana"));
        let (changed, waiting) = known.compare(places(2, "Diana Krall"));
        assert_eq!((said(&changed).as_str(), said(&waiting).as_str()), ("users[0].claims.name", "listen"));
        let (changed, waiting) = known.compare(places(2, "Diana Krall"));
        assert_eq!((changed.len(), said(&waiting).as_str()), (0, "listen"), "it still waits");
        assert_eq!(known.compare(places(1, "Diana Krall")).1.len(), 0);
    }
}

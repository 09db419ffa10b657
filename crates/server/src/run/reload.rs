//! SIGHUP: what a configuration that is read again changes, and what has to wait for a new start.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use signet_core::settings::Settings;

use super::templates::Templates;
use super::{Purpose, RunError, announce, doubts, prepare};
use crate::config::{Config, Difference, Loaded, Places, Problem};
use signet::Provider;

/// Tables and keys that are read when Signet starts; docs/serving.md names the same.
const AT_START: [&str; 18] = [
    "issuer",
    "moved_from",
    "endpoint",
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
    "hsts",
    "dangerous.http_hosts",
    "outbound",
    "login.workers",
    "login.queue",
];

/// What was written before.
pub(super) struct Known {
    started: Places,
    last: Mutex<Places>,
    templates: Mutex<Templates>,
}

impl Known {
    pub(super) fn at_start(config: &Loaded) -> Self {
        Self {
            started: config.places.clone(),
            last: Mutex::new(config.places.clone()),
            templates: Mutex::new(Templates::of(config.template_dir.as_deref())),
        }
    }

    /// Whether the files of the certificate are those with which Signet was started.
    fn has_the_same_certificate(&self, new: &Places) -> bool {
        !self.started.changed(new).iter().any(|key| key.starts_with("tls"))
    }

    /// Which templates and languages are others than the last time.
    fn changed_templates(&self, new: Templates) -> Vec<String> {
        let mut last = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = last.changed(&new);
        *last = new;
        changed
    }

    /// What changed since the last time, and what differs from what Signet was started with and waits.
    fn compare(&self, new: Places) -> Compared {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = last.changed(&new);
        changed.retain(|key| !waits(key));
        let mut waiting = self.started.changed(&new);
        waiting.retain(|key| waits(key));
        let [clients, users] = ["clients", "users"].map(|list| last.difference(&new, list));
        *last = new;
        Compared { changed, clients, users, waiting }
    }
}

/// What is different: keys, clients and people by name, and keys that wait for a new start.
struct Compared {
    changed: Vec<String>,
    clients: Difference,
    users: Difference,
    waiting: Vec<String>,
}

impl Compared {
    fn log(&self, templates: &[String]) {
        let Self { changed, clients, users, waiting } = self;
        let templates_changed = (!templates.is_empty()).then(|| said(templates));
        let lists = [
            changed,
            &clients.added,
            &clients.changed,
            &clients.removed,
            &users.added,
            &users.changed,
            &users.removed,
        ];
        let [
            keys,
            clients_added,
            clients_changed,
            clients_removed,
            users_added,
            users_changed,
            users_removed,
        ] = lists.map(|names| (!names.is_empty()).then(|| said(names)));
        if templates.is_empty() && lists.iter().all(|names| names.is_empty()) {
            tracing::info!("no configuration changes that a reload applies");
        } else {
            tracing::info!(
                keys,
                clients_added,
                clients_changed,
                clients_removed,
                users_added,
                users_changed,
                users_removed,
                templates_changed,
                "configuration changed"
            );
        }
        if !waiting.is_empty() {
            tracing::warn!(keys = said(waiting), "these changes take effect after a restart");
        }
    }
}

fn waits(key: &str) -> bool {
    AT_START.iter().any(|start| {
        key.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// What a reload changes is everything that concerns the provider itself; addresses, the store and limits
/// need a new start. It is judged as at a start, and the same is said of it.
pub(super) async fn reload(
    provider: Provider,
    path: PathBuf,
    variables: BTreeMap<String, String>,
    known: Arc<Known>,
) -> Result<(), String> {
    let refused = |problems| RunError::Config(problems).to_string();
    let config = Config::load(&path, &variables).map_err(refused)?;
    let (places, doubts) = (config.places.clone(), doubts(&path, &config));
    let templates = Templates::of(config.template_dir.as_deref());
    let same_certificate = known.has_the_same_certificate(&places);
    let purpose = Purpose::Reloading { running: &provider, same_certificate };
    let prepared = prepare(config, purpose).await.map_err(refused)?;
    known.compare(places).log(&known.changed_templates(templates));
    announce(&doubts);
    announce(&prepared.warnings);
    Ok(())
}

/// What applications were given, and so does not change while Signet runs: said with both values.
pub(super) fn fixed(config: &Loaded, running: &Settings) -> Vec<Problem> {
    let (new, old) = (&config.settings, running);
    let moved = format!(
        "restart Signet, with `moved_from = {:?}` so that it takes its store along, or write the former issuer again",
        old.issuer
    );
    let restart = "restart Signet, or write the former path again".to_owned();
    let issuer = std::iter::once(("issuer".to_owned(), &new.issuer, &old.issuer, &moved));
    let paths = new.paths.all().zip(old.paths.all());
    let paths =
        paths.map(|(new, old)| (format!("endpoint.{}.path", new.name), &new.path, &old.path, &restart));
    let changed = issuer.chain(paths).filter(|(_, new, old, _)| new != old);
    changed
        .map(|(key, new, old, advice)| {
            let what = format!("a reload does not change this from {old:?} to {new:?}");
            let advice = format!("{advice}; until then nothing of this file is in effect");
            config.places.problem(&key, what).instead(advice)
        })
        .collect()
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
    use crate::run::serving;

    fn config(listen: u16, name: &str, more: &str) -> Loaded {
        let text = format!(
            "issuer = 'https://op.example'\nproxy.trusted = []\nlisten = '127.0.0.1:{listen}'\n[[users]]\nusername = 'diana'\n\
             claims = {{ name = '{name}' }}\n{more}"
        );
        let source = Source { text: &text, format: Format::Toml, base: Path::new(""), file: None };
        Config::load_text(source, &BTreeMap::new()).unwrap()
    }

    #[test]
    fn a_reload_knows_who_changed_and_what_waits() {
        let known = Known::at_start(&config(1, "Diana", ""));
        let more = "[[users]]\nusername = 'babs'\n[lifetimes]\ncode = 30\n";
        let found = known.compare(config(2, "Diana Krall", more).places);
        assert_eq!(
            (said(&found.changed).as_str(), said(&found.waiting).as_str()),
            ("lifetimes.code", "listen")
        );
        assert_eq!(
            (said(&found.users.added).as_str(), said(&found.users.changed).as_str()),
            ("babs", "diana")
        );
        assert_eq!(found.clients, Difference::default());
        let found = known.compare(config(2, "Diana Krall", more).places);
        assert_eq!((found.changed.len(), said(&found.waiting).as_str()), (0, "listen"), "it still waits");
        let found = known.compare(config(1, "Diana Krall", "").places);
        assert_eq!((found.waiting.len(), said(&found.users.removed).as_str()), (0, "babs"));
    }

    #[test]
    fn the_book_names_what_waits_for_a_restart() {
        let book = include_str!("../../../../docs/serving.md");
        let (_, list) = book
            .split_once("These keys are read only at startup; changing them requires a restart:")
            .unwrap();
        let (list, _) = list.split_once(".\n").unwrap();
        let named: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        assert_eq!(named, AT_START);
    }

    /// Applications have it in their own configuration: nothing of such a file is applied by a reload.
    #[tokio::test]
    async fn a_changed_issuer_is_refused_with_both_values_and_what_to_do() {
        let folder = std::env::temp_dir().join(format!("signet-reload-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("signet.toml");
        let write = |text: &str| {
            let more =
                "store = 'memory:'\nproxy.trusted = []\nkeys = { signing = ['ES256'], encryption = [] }\n";
            std::fs::write(&path, format!("{text}\n{more}")).unwrap();
        };
        write("issuer = 'https://old.example'");
        let config = Config::load(&path, &BTreeMap::new()).unwrap();
        let known = Arc::new(Known::at_start(&config));
        let prepared = prepare(config, Purpose::Serving).await;
        let provider = prepared.map_err(|problems| format!("{problems:?}")).unwrap().provider;
        let again = async || reload(provider.clone(), path.clone(), BTreeMap::new(), known.clone()).await;
        assert_eq!(again().await, Ok(()));
        write("# moved\nissuer = 'https://new.example'\nendpoint.token.path = '/oauth/token'");
        let said = again().await.unwrap_err();
        for words in [
            "signet.toml:2:10: `issuer`: a reload does not change this from \"https://old.example\" to \"https://new.example\"",
            "restart Signet, with `moved_from = \"https://old.example\"`",
            "signet.toml:3:23: `endpoint.token.path`: a reload does not change this from \"/token\" to \"/oauth/token\"",
            "until then nothing of this file is in effect",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// What the server around the provider is made of is made once.
    #[test]
    fn a_reload_changes_nothing_of_the_server() {
        let options = |more: &str| {
            let text = format!("issuer = 'http://signet:9400'\n{more}\n");
            let source = Source { text: &text, format: Format::Toml, base: Path::new(""), file: None };
            format!("{:?}", serving::options(&Config::load_text(source, &BTreeMap::new()).unwrap()))
        };
        let hosts = "dangerous.http_hosts = ['signet']\n";
        let before = options(hosts);
        for (key, more) in [
            ("listen", "listen = '127.0.0.1:1'"),
            ("port", "port = 1"),
            ("proxy.trusted", "proxy.trusted = ['10.0.0.1']"),
            ("metrics.listen", "metrics.listen = '127.0.0.1:1'"),
            ("metrics.enabled", "metrics.enabled = false"),
            ("log.format", "log.format = 'json'"),
            ("server.max_body", "server.max_body = 20000"),
            ("server.header_timeout", "server.header_timeout = 3"),
            ("server.shutdown_timeout", "server.shutdown_timeout = 3"),
        ] {
            assert_ne!(options(&format!("{hosts}{more}")), before, "{key}");
            assert!(waits(key), "{key}");
        }
        let elsewhere = |more: &str| options(&format!("dangerous.http_hosts = ['signet', 'other']\n{more}"));
        assert_eq!(elsewhere(""), before);
        assert!(waits("hsts.max_age") && waits("dangerous.http_hosts[1]") && !waits("dangerous.pkce_plain"));
        for (key, more) in [
            ("lifetimes.code", "lifetimes.code = 30"),
            ("login.by_email", "login.by_email = true"),
            ("cors.allowed_origins", "cors.allowed_origins = []"),
            ("template_dir", "template_dir = 'pages'"),
        ] {
            assert_eq!(options(&format!("{hosts}{more}")), before, "{key}");
            assert!(!waits(key), "{key}");
        }
    }
}

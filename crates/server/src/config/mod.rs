//! The configuration: text in TOML, YAML or JSON, environment variables over it, defaults under it → checked
//! → what it means. All that is wrong is reported at once, each with its key, its line and its cure.

mod addresses;
mod authentication;
mod bounds;
mod check;
mod client;
mod dangers;
mod environment;
mod exposed;
pub(crate) mod files;
mod fill;
mod keys;
mod moved;

mod offer;
mod oidc_op;
mod places;
mod problem;

mod read;
pub mod reference;
mod registration;
mod release;
mod resource;
mod schema;
mod settings;
mod subjects;
#[cfg(test)]
mod tests;
mod tree;
mod user;
mod value;
pub mod written;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use signet_core::fault::Fault;
use signet_core::record::Client;
use signet_core::settings::Settings;

pub use self::client::client_metadata;
pub use self::dangers::dangers;
pub use self::environment::environment;
pub use self::exposed::{Secrets, exposed};
pub use self::places::{Difference, Places};
pub use self::problem::{Place, Problem, Severity};
pub use self::read::Format;
pub(crate) use self::read::JsonPlaces;
pub use self::subjects::MissingSalts;
pub(crate) use self::subjects::imagine_missing;
use self::tree::{Node, Step};
pub use self::user::{NewUser, Password};
pub use self::value::{Seconds, SecretText, Words};
pub use self::written::{Capabilities, Config, Level, LogFormat};
use signet::Network;
use signet::OutboundOptions;
use signet::keys::KeyOptions;
use signet::program::place::{LONGEST, bounded, remedy};
use signet::serve::TlsFiles;

/// A configuration that was found good.
#[derive(Debug)]
pub struct Loaded {
    /// The core's settings.
    pub settings: Settings,
    /// Salt files of subjects that the first start makes.
    pub missing_salts: MissingSalts,
    /// Configured clients; they are served from memory.
    pub clients: Vec<Client>,
    /// Who is trusted to sign software statements: records that have a name and keys.
    pub statement_issuers: Vec<Client>,
    /// Configured people; they are served from memory.
    pub users: Vec<NewUser>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// HTTPS by Signet itself.
    pub tls: Option<TlsFiles>,
    /// Where everything is kept.
    pub store: StoreAddress,
    /// The folder for what Signet makes itself.
    pub data_dir: PathBuf,
    /// Page templates over the built-in ones.
    pub template_dir: Option<PathBuf>,
    /// Signature algorithms to have a key for, the default first.
    pub signing: Vec<String>,
    /// The key ring.
    pub keys: KeyOptions,
    /// Password sign-in.
    pub login: written::Login,
    /// Requests that Signet itself makes.
    pub outbound: OutboundRules,
    /// Proxies whose forwarding headers are believed.
    pub proxies: Vec<Network>,
    /// The log.
    pub log: written::Log,
    /// Metrics.
    pub metrics: written::Metrics,
    /// Where `/metrics` and `/health` are served, if not with everything else.
    pub metrics_listen: Option<SocketAddr>,
    /// `Strict-Transport-Security`.
    pub hsts: written::Hsts,
    /// Limits of the HTTP server.
    pub server: written::Server,
    /// Where secrets were read from.
    pub secrets: Secrets,
    /// The issuer that the store may have belonged to before.
    pub moved_from: Option<String>,
    /// What may be meant so, but is worth a line in the log.
    pub warnings: Vec<Problem>,
    /// Where each key was written.
    pub places: Places,
    /// Written in oidc-op's way: such files start as they are.
    pub theirs: bool,
}

/// `memory:` or `sqlite:PATH`.
#[derive(Clone, Debug)]
pub enum StoreAddress {
    /// Gone when the process ends.
    Memory,
    /// A file.
    Sqlite(PathBuf),
}

impl StoreAddress {
    /// As `signet_store::open` takes it.
    pub fn url(&self) -> String {
        match self {
            StoreAddress::Memory => "memory:".to_owned(),
            StoreAddress::Sqlite(path) => format!("sqlite:{}", path.display()),
        }
    }
}

/// Requests that Signet itself makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboundRules {
    /// Loopback and private addresses are allowed.
    pub allow_private_addresses: bool,
    /// Networks that are allowed all the same.
    pub networks: Vec<Network>,
    /// Hosts that are allowed all the same, by plain http too.
    pub hosts: Vec<String>,
    /// PEM files of certificate authorities.
    pub extra_ca: Vec<PathBuf>,
}

impl OutboundRules {
    /// As the provider takes them.
    pub fn options(&self) -> OutboundOptions {
        OutboundOptions {
            allow_private_addresses: self.allow_private_addresses,
            networks: self.networks.clone(),
            hosts: self.hosts.clone(),
            extra_ca: self.extra_ca.clone(),
        }
    }
}

/// A text to load, and what its relative paths are relative to.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The text.
    pub text: &'a str,
    /// Its format.
    pub format: Format,
    /// The folder that relative paths start from.
    pub base: &'a Path,
    /// What to call it in problems.
    pub file: Option<&'a Path>,
}

impl Config {
    /// Loads a file, with the variables of [`environment`] over it.
    pub fn load(path: &Path, variables: &BTreeMap<String, String>) -> Result<Loaded, Vec<Problem>> {
        let text = bounded(path, LONGEST).map_err(|error| {
            let what = format!("{} cannot be read: {error}", path.display());
            let problem = Problem::error("", Place::Nowhere, what);
            // The command replaces what is there.
            let begin = || "`signet config default > signet.toml` writes one to begin with".to_owned();
            let is_missing = error.kind() == std::io::ErrorKind::NotFound;
            let advice = remedy(path, &error).or_else(|| is_missing.then(begin));
            vec![match advice {
                Some(advice) => problem.instead(advice),
                None => problem,
            }]
        })?;
        let base = path.parent().unwrap_or(Path::new(""));
        let source = Source { text: &text, format: Format::of(path), base, file: Some(path) };
        Self::load_text(source, variables)
    }

    /// Loads a text.
    pub fn load_text(
        source: Source<'_>,
        variables: &BTreeMap<String, String>,
    ) -> Result<Loaded, Vec<Problem>> {
        let mut report = Report::on(Node::table(Place::Nowhere), Vec::new());
        let loaded = load(source, variables, &mut report);
        report.problems.sort_by_key(Problem::position);
        for problem in &mut report.problems {
            problem.file = source.file.map(Path::to_path_buf);
            let instead = &mut problem.fault.instead;
            *instead = instead.take().map(|advice| source.format.spelled(&advice));
        }
        let (errors, warnings): (Vec<_>, Vec<_>) = report.problems.into_iter().partition(Problem::is_error);
        match loaded {
            Some(loaded) if errors.is_empty() => {
                Ok(Loaded { warnings, places: Places::of(&report.tree, source.file), ..loaded })
            }
            _ => Err(errors),
        }
    }

    /// JSON Schema (draft 2020-12) of what a file may say.
    pub fn schema() -> Json {
        schemars::schema_for!(Config).to_value()
    }
}

fn load(source: Source<'_>, variables: &BTreeMap<String, String>, report: &mut Report) -> Option<Loaded> {
    let problems = &mut report.problems;
    let mut tree = source.format.read(source.text, problems);
    if !problems.is_empty() {
        // What follows in a broken text would be reported wrongly.
        return None;
    }
    environment::merge(&mut tree, variables, problems);
    tree.label(String::new());
    let theirs = oidc_op::apply(&mut tree, source.base, problems);
    report.theirs = theirs;
    moved::apply(&mut tree, problems);
    let schema = Config::schema();
    if theirs {
        oidc_op::look_over(&mut tree, &schema, source.base, problems);
    }
    fill::fill(&mut tree, theirs, problems);
    let secrets = check::check(&mut tree, &schema, source.base, problems);
    report.judged = problems.iter().filter(|problem| problem.is_error()).map(Problem::key).collect();
    let config: Config = match serde_json::from_value(tree.to_json()) {
        Ok(config) => config,
        Err(error) => {
            problems.push(Problem::error("", Place::Nowhere, error.to_string()));
            return None;
        }
    };
    report.tree = tree;
    let named = files::Named::of(&config, source.base);
    let loaded = settings::judge(config, source.base, report);
    if report.problems.iter().any(Problem::is_error) {
        // Nobody goes on to serve it, who would judge them.
        report.found(&[], named.faults());
    }
    report.problems.extend(environment::misspelt(variables, &schema));
    Some(Loaded { secrets, ..loaded? })
}

/// Where the rules write what they find; it knows the place of each key.
struct Report {
    tree: Node,
    problems: Vec<Problem>,
    /// Keys whose values were taken out already: what follows from their absence is not worth saying.
    judged: Vec<String>,
    /// Written in oidc-op's way.
    theirs: bool,
}

impl Report {
    fn on(tree: Node, problems: Vec<Problem>) -> Self {
        Self { tree, problems, judged: Vec::new(), theirs: false }
    }

    /// What a rule of the core found in what these steps lead to.
    fn found(&mut self, within: &[Step<'_>], faults: impl IntoIterator<Item = Fault>) {
        for fault in faults {
            let inner = fault.place.0.iter().map(Step::from);
            let (key, place) = self.tree.locate(&within.iter().copied().chain(inner).collect::<Vec<_>>());
            if fault.severity == Severity::Warning || !self.judged.contains(&key) {
                let fault = Fault { place: key.into(), ..fault };
                self.problems.push(Problem { place, ..fault.into() });
            }
        }
    }

    fn error(&mut self, steps: &[Step<'_>], what: impl Into<String>, instead: impl Into<String>) {
        let (key, place) = self.tree.locate(steps);
        if !self.judged.contains(&key) {
            self.problems.push(Problem::error(key, place, what).instead(instead));
        }
    }

    fn warn(&mut self, steps: &[Step<'_>], what: impl Into<String>, instead: impl Into<String>) {
        let (key, place) = self.tree.locate(steps);
        self.problems.push(Problem::error(key, place, what).instead(instead).warning());
    }
}

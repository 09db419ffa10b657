//! A provider before it starts: its clients, settings and people.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use signet::keys::KeyOptions;
use signet::{Directory, LoginOptions, OutboundOptions, Provider, StaticUser};
use signet_core::secret::Secret;
use signet_core::settings::Settings;
use signet_login::Method;
use signet_store::Store;

use super::{CHEAP, ClientSpec, issuer, password};
use crate::outside::{ManualClock, SeededRng, StoreKind};

type MakeMethod = Arc<dyn Fn() -> Arc<dyn Method> + Send + Sync>;
type Change1 = Arc<dyn Fn(&mut Settings) + Send + Sync>;

/// A world before it starts.
#[derive(Clone)]
pub(crate) struct World {
    pub(super) issuer: String,
    pub(super) kind: StoreKind,
    pub(super) clients: Vec<ClientSpec>,
    pub(super) changes: Vec<Change1>,
    pub(super) login: LoginOptions,
    pub(super) keys: KeyOptions,
    pub(super) outbound: OutboundOptions,
    pub(super) templates: Option<PathBuf>,
    pub(super) locked: Vec<&'static str>,
    pub(super) diana: &'static str,
    pub(super) statement_issuers: Vec<ClientSpec>,
    methods: Vec<MakeMethod>,
    directory: Option<Arc<dyn Directory>>,
}

impl World {
    pub(crate) fn of(clients: impl IntoIterator<Item = ClientSpec>) -> Self {
        Self {
            issuer: issuer().to_owned(),
            kind: StoreKind::wanted(),
            clients: clients.into_iter().collect(),
            changes: Vec::new(),
            login: LoginOptions { parameters: CHEAP, threads: 1, ..LoginOptions::default() },
            keys: KeyOptions::default(),
            outbound: OutboundOptions::default(),
            templates: None,
            locked: Vec::new(),
            diana: password("diana"),
            statement_issuers: Vec::new(),
            methods: Vec::new(),
            directory: None,
        }
    }

    pub(crate) fn issuer(mut self, issuer: &str) -> Self {
        issuer.clone_into(&mut self.issuer);
        self
    }

    pub(crate) fn on(mut self, kind: StoreKind) -> Self {
        self.kind = kind;
        self
    }

    pub(crate) fn settings(mut self, change: impl Fn(&mut Settings) + Send + Sync + 'static) -> Self {
        self.changes.push(Arc::new(change));
        self
    }

    pub(crate) fn login(mut self, change: impl FnOnce(&mut LoginOptions)) -> Self {
        change(&mut self.login);
        self
    }

    /// Signs by these algorithms.
    pub(crate) fn signing(mut self, algs: &[&str]) -> Self {
        self.keys.signing = algs.iter().map(|alg| (*alg).to_owned()).collect();
        self
    }

    pub(crate) fn keys(mut self, change: impl FnOnce(&mut KeyOptions)) -> Self {
        change(&mut self.keys);
        self
    }

    /// May fetch from this machine.
    pub(crate) fn reaching_this_machine(mut self) -> Self {
        self.outbound.allow_private_addresses = true;
        self
    }

    /// May fetch from this machine, from whomever this authority vouches for.
    pub(crate) fn trusting(mut self, authority: PathBuf) -> Self {
        self.outbound.extra_ca.push(authority);
        self.reaching_this_machine()
    }

    /// Trusts somebody to sign software statements.
    pub(crate) fn statement_issuer(mut self, issuer: ClientSpec) -> Self {
        self.statement_issuers.push(issuer);
        self
    }

    /// Has a further way to sign in.
    pub(crate) fn method(mut self, make: impl Fn() -> Arc<dyn Method> + Send + Sync + 'static) -> Self {
        self.methods.push(Arc::new(make));
        self
    }

    /// Has its people elsewhere, and none in the configuration.
    pub(crate) fn directory(mut self, directory: Arc<dyn Directory>) -> Self {
        self.directory = Some(directory);
        self
    }

    pub(crate) fn templates(mut self, folder: PathBuf) -> Self {
        self.templates = Some(folder);
        self
    }

    /// Keeps a person out.
    pub(crate) fn locked(mut self, username: &'static str) -> Self {
        self.locked.push(username);
        self
    }

    /// Writes another password into the configuration.
    pub(crate) fn password_of_diana(mut self, password: &'static str) -> Self {
        self.diana = password;
        self
    }

    pub(super) async fn provider(
        &self,
        store: Arc<dyn Store>,
        clock: Arc<ManualClock>,
        rng: Arc<SeededRng>,
    ) -> Provider {
        let changes = self.changes.clone();
        let diana = StaticUser {
            username: "diana".into(),
            password: Some(Secret::new(String::from(self.diana)).into()),
            claims: claims("Diana Krall", "diana"),
            locked: self.locked.contains(&"diana"),
        };
        let mut builder = Provider::builder(self.issuer.as_str());
        for make in &self.methods {
            builder = builder.sign_in_method(make());
        }
        let builder = match &self.directory {
            Some(directory) => builder.directory(directory.clone()),
            None => builder.users([diana]),
        };
        builder
            .store(store)
            .clients(self.clients.iter().map(ClientSpec::record))
            .statement_issuers(self.statement_issuers.iter().map(ClientSpec::record))
            .settings(move |settings| changes.iter().for_each(|change| change(settings)))
            .keys(self.keys.clone())
            .login(self.login.clone())
            .outbound(self.outbound.clone())
            .template_dir(self.templates.clone())
            .clock(clock)
            .rng(rng)
            // Some scenarios have clients that nobody should configure, to see that they get nothing by it.
            .judged()
            .build()
            .await
            .unwrap()
    }
}

impl From<ClientSpec> for World {
    fn from(client: ClientSpec) -> Self {
        Self::of([client])
    }
}

impl<const N: usize> From<[ClientSpec; N]> for World {
    fn from(clients: [ClientSpec; N]) -> Self {
        Self::of(clients)
    }
}

pub(super) fn claims(name: &str, username: &str) -> Map<String, Value> {
    let claims = json!({
        "name": name,
        "email": format!("{username}@example.org"),
        "email_verified": true,
        "phone_number": "+46 90 123 456",
        "address": {"locality": "Umeå", "country": "Sweden"},
        "nickname": null,
    });
    claims.as_object().unwrap().clone()
}

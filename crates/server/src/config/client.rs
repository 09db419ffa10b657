//! OpenID Connect Dynamic Client Registration §2, RFC 7591 §2: rules for a configured client.

mod assertion;
mod convert;
mod fapi;
mod flows;
mod protection;
mod redirect;
mod request_object;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use signet_core::record::Client;
use signet_core::record::client::{ApplicationType, SubjectType};
use signet_core::settings::ScopeMeaning;
use signet_core::subject::sector;
use signet_core::uri;

use super::problem::{Place, nearest};
use super::settings::{is_scope, one_of};
use super::tree::{Entry, Node, Step, Value as Written};
use super::written::{ClientWritten, Config};
use super::{Problem, Report, Severity, known};
use signet::admin::Fault;

/// The configured clients. Scopes that only a client names become known, unless `allowed_scopes` closes the
/// list.
pub(super) fn judge_all(
    written: Vec<ClientWritten>,
    signing: &[String],
    scopes: &mut BTreeMap<String, ScopeMeaning>,
    closed: bool,
    report: &mut Report,
) -> Vec<Client> {
    let mut clients: Vec<Client> = Vec::new();
    for (index, client) in written.into_iter().enumerate() {
        let no_method =
            client.token_endpoint_auth_method.as_ref().is_some_and(|methods| methods.0.is_empty());
        let client = convert::convert(client, index, report);
        let mut rules = Rules { index, client: &client, signing, closed, report };
        if no_method {
            let advice =
                "leave it out for all that go with a secret, or write \"none\" for a client without one";
            rules.error("token_endpoint_auth_method", "without a method the client gets no tokens", advice);
        }
        rules.all(scopes);
        if clients.iter().any(|other| other.client_id == client.client_id) {
            rules.error("client_id", "another client has this name", "give each its own");
        }
        clients.push(client);
    }
    clients
}

/// Reads a client from registration metadata by the same rules as `[[clients]]`, for the command line and
/// registration.
pub fn from_metadata(metadata: &Value, signing: &[String]) -> Result<(Client, Vec<Fault>), Vec<Fault>> {
    let mut problems = Vec::new();
    let list = Value::Array(vec![metadata.clone()]).to_string();
    let clients = super::Format::Json.read(&list, &mut problems);
    let entry = Entry { name: "clients".into(), place: Place::Nowhere, node: clients };
    let issuer = Node::new(Written::Text(String::new()), Place::Nowhere);
    let issuer = Entry { name: "issuer".into(), place: Place::Nowhere, node: issuer };
    let mut tree = Node::new(Written::Table(vec![issuer, entry]), Place::Nowhere);
    super::oidc_op::apply(&mut tree, Path::new(""), &mut problems);
    super::check::check(&mut tree, &Config::schema(), Path::new(""), &mut problems);
    let config: Option<Config> = serde_json::from_value(tree.to_json()).ok();
    let mut report = Report::on(tree, problems);
    let written = config.map(|config| config.clients).unwrap_or_default();
    let mut scopes = signet_core::settings::standard_scopes();
    let client = judge_all(written, signing, &mut scopes, false, &mut report).pop();
    let failed = report.problems.iter().any(|problem| problem.severity == Severity::Error);
    // There is no file: the line would be that of our own making.
    let faults = report.problems.into_iter().map(|Problem { key, what, instead, .. }| {
        let key = key.trim_start_matches("clients[0]").trim_start_matches('.').to_owned();
        Fault { key, what, instead }
    });
    match client {
        Some(client) if !failed => Ok((client, faults.collect())),
        _ => Err(faults.collect()),
    }
}

/// What is wrong or doubtful about a client that is already stored.
pub fn check(client: &Client, signing: &[String]) -> Vec<Problem> {
    let mut report = Report::on(Node::table(Place::Nowhere), Vec::new());
    report.theirs = true;
    let mut scopes = signet_core::settings::standard_scopes();
    Rules { index: 0, client, signing, closed: false, report: &mut report }.all(&mut scopes);
    for problem in &mut report.problems {
        problem.key = problem.key.trim_start_matches("clients[0]").trim_start_matches('.').to_owned();
    }
    report.problems
}

/// The scopes of a client that nobody offers, so that it never gets them; for clients outside the
/// configuration.
pub fn unoffered(client: &Client, offered: &BTreeMap<String, ScopeMeaning>) -> Option<Problem> {
    let own = client.scopes_to_claims.as_ref();
    let known = |word: &str| offered.contains_key(word) || own.is_some_and(|own| own.contains_key(word));
    let missing: Vec<&str> =
        client.scope.iter().flat_map(|scope| scope.iter()).filter(|word| !known(word)).collect();
    let all: Vec<&str> = offered.keys().map(String::as_str).collect();
    (!missing.is_empty()).then(|| {
        let what =
            format!("the configuration does not offer {}, so the client never gets it", missing.join(", "));
        let advice = format!("say in `scopes` what it means; offered are {}", all.join(", "));
        Problem::error("scope", Place::Nowhere, what).instead(advice).warning()
    })
}

fn not_web(uri: &str) -> Option<uri::Fault> {
    let web = uri.starts_with("https:") || uri.starts_with("http:");
    (!web).then(|| uri::Fault {
        what: "is not a web address".to_owned(),
        instead: "write https://HOST/PATH".to_owned(),
    })
}

struct Rules<'a, 'r> {
    index: usize,
    client: &'a Client,
    signing: &'a [String],
    /// No scope but those that `allowed_scopes` names is offered.
    closed: bool,
    report: &'r mut Report,
}

impl Rules<'_, '_> {
    fn error(&mut self, key: &str, what: impl Into<String>, advice: impl Into<String>) {
        self.report.error(&[Step::Key("clients"), Step::Index(self.index), Step::Key(key)], what, advice);
    }

    /// An error; of clients that are stored already, and of oidc-op's files, a warning.
    fn wrong(&mut self, key: &str, what: impl Into<String>, advice: impl Into<String>) {
        if self.report.theirs { self.warn(key, what, advice) } else { self.error(key, what, advice) }
    }

    fn warn(&mut self, key: &str, what: impl Into<String>, advice: impl Into<String>) {
        self.report.warn(&[Step::Key("clients"), Step::Index(self.index), Step::Key(key)], what, advice);
    }

    fn all(&mut self, scopes: &mut BTreeMap<String, ScopeMeaning>) {
        self.identity();
        self.authentication();
        flows::rules(self);
        self.addresses();
        self.scopes(scopes);
        self.purposes(scopes);
        assertion::rules(self);
        fapi::rules(self);
        protection::rules(self);
        redirect::rules(self);
        request_object::rules(self);
        self.subjects();
    }

    /// RFC 6749 appendix A.1.
    fn identity(&mut self) {
        let id = self.client.client_id.as_str();
        if id.is_empty() || !id.bytes().all(|b| (0x20..=0x7e).contains(&b)) {
            let advice = "write a name of ASCII characters";
            self.error("client_id", format!("{id:?} cannot be a client_id"), advice);
        }
    }

    fn authentication(&mut self) {
        let client = self.client;
        for method in client.auth_methods() {
            self.method(method);
        }
        let public = client.is_public();
        if public && !client.token_endpoint_auth_methods.is_empty() || !public && client.takes_method("none")
        {
            let what = "a client that may do without a proof needs no other method";
            self.error("token_endpoint_auth_method", what, "take `none` out, or all others");
        }
        if let Some(secret) = &client.client_secret {
            if secret.expose().is_empty() {
                self.error("client_secret", "the secret is empty", "write a long random one");
            } else if !public {
                self.strength(secret.expose());
            }
            if client.client_secret_hash.is_some() {
                self.error("client_secret_hash", "the secret is given in two forms", "keep one of them");
            }
        }
        if let Some(hash) = &client.client_secret_hash
            && !(hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()))
        {
            let advice = "write the 64 hexadecimal digits of the secret's SHA-256";
            self.error("client_secret_hash", "this is not a SHA-256", advice);
        }
        if client.client_secret_hash.as_deref() == Some(HASH_OF_NOTHING) {
            let advice = "write the SHA-256 of the secret: printf %s SECRET | sha256sum";
            self.error("client_secret_hash", "this is the SHA-256 of an empty secret", advice);
        }
    }

    /// RFC 6749 §10.10. What is tried first is an error, what is only short a warning: the shortest
    /// configuration that the book has, and oidc-op's examples, have secrets of eight characters, and guesses
    /// are slowed down. Of oidc-op's files, which start untouched, and of clients that are stored already,
    /// all is a warning.
    fn strength(&mut self, secret: &str) {
        const TRIED_FIRST: [&str; 8] = [
            "password",
            "passw0rd",
            "changeme",
            "change-me",
            "client_secret",
            "client-secret",
            "12345678",
            "topsecret",
        ];
        let different = secret.chars().collect::<std::collections::BTreeSet<_>>().len();
        let trivial = secret.len() < 8
            || different < 4
            || secret == self.client.client_id.as_str()
            || TRIED_FIRST.contains(&secret.to_ascii_lowercase().as_str());
        let advice = "`openssl rand -hex 32` makes a good one";
        if trivial && !self.report.theirs {
            let what = "a secret so short, or so plain, is guessed at once";
            self.error("client_secret", what, advice);
        } else if secret.len() < 16 {
            self.warn("client_secret", "a secret of less than 16 characters can be guessed", advice);
        }
    }

    /// What one of its authentication methods needs.
    fn method(&mut self, method: &str) {
        let client = self.client;
        let known = known::auth_methods();
        if !known.contains(&method) {
            let advice = one_of(method, &known);
            let what = format!("there is no authentication method {method:?}");
            self.error("token_endpoint_auth_method", what, advice);
        } else if method.starts_with("client_secret_") && !client.has_secret() {
            let advice = "write `client_secret`, or token_endpoint_auth_method = \"none\" and use PKCE";
            self.error("client_secret", format!("{method} needs a secret"), advice);
        } else if method == "client_secret_jwt" && client.client_secret.is_none() {
            let advice = "write the secret itself as `client_secret`";
            self.error(
                "client_secret_hash",
                "client_secret_jwt computes with the secret, not its hash",
                advice,
            );
        } else if method == "private_key_jwt" && client.jwks.is_none() && client.jwks_uri.is_none() {
            let advice = "write `jwks` or `jwks_uri` with the client's public keys";
            self.error("jwks", "private_key_jwt needs the client's keys", advice);
        } else if method == "none" && client.has_secret() {
            let what = "the client has a secret, but its authentication method is `none`";
            self.warn("token_endpoint_auth_method", what, "take one of the two out");
        }
    }

    fn addresses(&mut self) {
        let client = self.client;
        let named = [
            ("client_uri", &client.client_uri),
            ("logo_uri", &client.logo_uri),
            ("policy_uri", &client.policy_uri),
            ("tos_uri", &client.tos_uri),
            ("initiate_login_uri", &client.initiate_login_uri),
        ];
        for (key, uri) in named.into_iter().filter_map(|(key, uri)| Some((key, uri.as_ref()?))) {
            self.address(key, uri);
        }
        for (name, uri) in client.extra.iter().filter(|(name, _)| name.contains("_uri#")) {
            self.address(name, uri.as_str().unwrap_or_default());
        }
        // What Signet fetches itself may come by plain http where `outbound` says so.
        if let Some(uri) = &client.jwks_uri
            && let Some(fault) = uri::fault(uri).or_else(|| not_web(uri))
        {
            self.error("jwks_uri", format!("{uri:?} {}", fault.what), fault.instead);
        }
    }

    fn address(&mut self, key: &str, uri: &str) {
        if let Some(fault) = uri::page_fault(uri) {
            self.error(key, format!("{uri:?} {}", fault.what), fault.instead);
        }
    }

    /// OpenID Connect Core §8.1.
    fn subjects(&mut self) {
        let client = self.client;
        let sector_uri = client.sector_identifier_uri.as_deref();
        if sector_uri.is_some_and(|uri| !uri.starts_with("https://") || uri::fault(uri).is_some()) {
            let fault = sector_uri.and_then(uri::fault);
            let (what, advice) = fault.map_or_else(
                || ("this must be https".to_owned(), "write https://…".to_owned()),
                |fault| (format!("this {}", fault.what), fault.instead),
            );
            self.error("sector_identifier_uri", what, advice);
        } else if client.subject_type == Some(SubjectType::Pairwise)
            && let Err(what) = sector(client)
        {
            self.error("sector_identifier_uri", what, "write it, or subject_type = \"public\"");
        }
    }

    fn scopes(&mut self, scopes: &mut BTreeMap<String, ScopeMeaning>) {
        if let Some(own) = &self.client.scopes_to_claims {
            let at = [Step::Key("clients"), Step::Index(self.index), Step::Key("scopes_to_claims")];
            for word in own.keys() {
                is_scope(word, &at, self.report);
            }
            if self.client.scope.is_none() && !own.contains_key("openid") {
                let what = "without `openid` here the client cannot sign people in";
                self.report.warn(&at, what, "add openid = [], or write `scope`");
            }
        }
        let Some(scope) = &self.client.scope else { return };
        for word in scope.iter() {
            let own = self.client.scopes_to_claims.as_ref();
            if scopes.contains_key(word) || own.is_some_and(|own| own.contains_key(word)) {
                continue;
            }
            if self.closed && !self.report.theirs {
                let offered: Vec<&str> = scopes.keys().map(String::as_str).collect();
                let what = format!("the scope {word:?} is not among `allowed_scopes`, and so is not offered");
                let advice = format!("add it there, or write some of {}", offered.join(", "));
                let at = [Step::Key("clients"), Step::Index(self.index), Step::Key("scope")];
                self.report.error(&at, what, advice);
                continue;
            }
            if let Some(near) = nearest(word, scopes.keys().map(String::as_str)) {
                let what = format!("the scope {word:?} releases no claims");
                let advice = format!("did you mean {near:?}? Else say in `scopes` what it means");
                self.report.warn(
                    &[Step::Key("clients"), Step::Index(self.index), Step::Key("scope")],
                    what,
                    advice,
                );
            }
            scopes.insert(word.to_owned(), ScopeMeaning::default());
        }
    }

    /// A purpose of a scope that is never asked for is never read.
    fn purposes(&mut self, scopes: &BTreeMap<String, ScopeMeaning>) {
        for name in self.client.purpose.keys() {
            let scope = name.rsplit_once('#').map_or(name.as_str(), |(scope, _)| scope);
            let own = self.client.scopes_to_claims.iter().flat_map(BTreeMap::keys);
            let known: Vec<&str> = scopes.keys().chain(own).map(String::as_str).collect();
            if !known.contains(&scope) && !known.contains(&name.as_str()) {
                let (what, advice) = (format!("there is no scope {scope:?}"), one_of(scope, &known));
                self.warn("purpose", what, advice);
            }
        }
    }

    fn is_native(&self) -> bool {
        self.client.application_type == ApplicationType::Native
    }
}

/// What `sha256sum` makes of an empty file: somebody hashed a variable that was not set.
const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

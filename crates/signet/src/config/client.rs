//! OpenID Connect Dynamic Client Registration §2, RFC 7591 §2: rules for a client that an operator wrote down.

mod assertion;
mod protection;
mod redirect;
mod request_object;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};
use signet_core::id::ClientId;
use signet_core::record::Client;
use signet_core::record::client::{ApplicationType, Lifetimes, SubjectType};
use signet_core::response_type::ResponseType;
use signet_core::scope::Scope;
use signet_core::settings::ScopeMeaning;
use signet_core::subject::sector;
use signet_core::time::Timestamp;

use super::addresses::is_web_address;
use super::problem::{Place, nearest};
use super::settings::{is_scope, one_of};
use super::tree::{Entry, Node, Step, Value as Written};
use super::written::{ClientWritten, Config};
use super::{Problem, Report, Severity, known, release};

/// The configured clients. Scopes that only a client names become known.
pub(super) fn judge_all(
    written: Vec<ClientWritten>,
    signing: &[String],
    scopes: &mut BTreeMap<String, ScopeMeaning>,
    report: &mut Report,
) -> Vec<Client> {
    let mut clients: Vec<Client> = Vec::new();
    for (index, client) in written.into_iter().enumerate() {
        let client = convert(client, index, report);
        let mut rules = Rules { index, client: &client, signing, report };
        rules.all(scopes);
        if clients.iter().any(|other| other.client_id == client.client_id) {
            rules.error("client_id", "another client has this name", "give each its own");
        }
        clients.push(client);
    }
    clients
}

/// Reads a client from registration metadata by the same rules as `[[clients]]`, for the command line and registration.
pub fn from_metadata(metadata: &Value, signing: &[String]) -> Result<(Client, Vec<Problem>), Vec<Problem>> {
    let mut problems = Vec::new();
    let list = Value::Array(vec![metadata.clone()]).to_string();
    let clients = super::Format::Json.read(&list, &mut problems);
    let entry = Entry { name: "clients".into(), place: Place::Nowhere, node: clients };
    let issuer = Node::new(Written::Text(String::new()), Place::Nowhere);
    let issuer = Entry { name: "issuer".into(), place: Place::Nowhere, node: issuer };
    let mut tree = Node::new(Written::Table(vec![issuer, entry]), Place::Nowhere);
    super::check::check(&mut tree, &Config::schema(), Path::new(""), &mut problems);
    let config: Option<Config> = serde_json::from_value(tree.to_json()).ok();
    let mut report = Report::on(tree, problems);
    let written = config.map(|config| config.clients).unwrap_or_default();
    let mut scopes = signet_core::settings::standard_scopes();
    let client = judge_all(written, signing, &mut scopes, &mut report).pop();
    for problem in &mut report.problems {
        // There is no file: the line would be that of our own making.
        problem.place = Place::Nowhere;
        problem.key = problem.key.trim_start_matches("clients[0]").trim_start_matches('.').to_owned();
    }
    let failed = report.problems.iter().any(|problem| problem.severity == Severity::Error);
    match client {
        Some(client) if !failed => Ok((client, report.problems)),
        _ => Err(report.problems),
    }
}

/// What is wrong or doubtful about a client that is already stored.
pub fn check(client: &Client, signing: &[String]) -> Vec<Problem> {
    let mut report = Report::on(Node::table(Place::Nowhere), Vec::new());
    let mut scopes = signet_core::settings::standard_scopes();
    Rules { index: 0, client, signing, report: &mut report }.all(&mut scopes);
    for problem in &mut report.problems {
        problem.key = problem.key.trim_start_matches("clients[0]").trim_start_matches('.').to_owned();
    }
    report.problems
}

fn convert(written: ClientWritten, index: usize, report: &mut Report) -> Client {
    let extra = extra(index, report);
    let scope = written.scope.map(|words| {
        for word in &words.0 {
            is_scope(word, &[Step::Key("clients"), Step::Index(index), Step::Key("scope")], report);
        }
        Scope::from_words(words.0.iter().map(String::as_str))
    });
    let mut client = Client {
        client_secret: written.client_secret.map(super::SecretText::into_secret),
        client_secret_hash: written.client_secret_hash.map(|hash| hash.to_ascii_lowercase()),
        client_secret_expires_at: Timestamp(written.client_secret_expires_at),
        client_id_issued_at: Timestamp(written.client_id_issued_at),
        software_id: written.software_id,
        software_version: written.software_version,
        software_statement: written.software_statement,
        client_name: written.client_name,
        client_uri: written.client_uri,
        logo_uri: written.logo_uri,
        policy_uri: written.policy_uri,
        tos_uri: written.tos_uri,
        contacts: written.contacts,
        application_type: written.application_type,
        redirect_uris: written.redirect_uris,
        post_logout_redirect_uris: written.post_logout_redirect_uris,
        response_types: written.response_types,
        grant_types: written.grant_types,
        token_endpoint_auth_method: written.token_endpoint_auth_method,
        token_endpoint_auth_signing_alg: written.token_endpoint_auth_signing_alg,
        id_token_signed_response_alg: written.id_token_signed_response_alg,
        userinfo_signed_response_alg: written.userinfo_signed_response_alg,
        introspection_signed_response_alg: written.introspection_signed_response_alg,
        id_token_encrypted_response_alg: written.id_token_encrypted_response_alg,
        id_token_encrypted_response_enc: written.id_token_encrypted_response_enc,
        userinfo_encrypted_response_alg: written.userinfo_encrypted_response_alg,
        userinfo_encrypted_response_enc: written.userinfo_encrypted_response_enc,
        introspection_encrypted_response_alg: written.introspection_encrypted_response_alg,
        introspection_encrypted_response_enc: written.introspection_encrypted_response_enc,
        request_object_signing_alg: written.request_object_signing_alg,
        request_object_encryption_alg: written.request_object_encryption_alg,
        request_object_encryption_enc: written.request_object_encryption_enc,
        request_uris: written.request_uris,
        require_signed_request_object: written.require_signed_request_object,
        subject_type: written.subject_type,
        sector_identifier_uri: written.sector_identifier_uri,
        default_max_age: written.default_max_age.map(|age| age.0),
        require_auth_time: written.require_auth_time,
        default_acr_values: written.default_acr_values,
        initiate_login_uri: written.initiate_login_uri,
        jwks: written.jwks.map(Value::Object),
        jwks_uri: written.jwks_uri,
        scope,
        scopes_to_claims: written.scopes_to_claims,
        add_claims: release::add_claims(written.add_claims, index, report),
        skip_consent: written.skip_consent,
        require_pkce: written.require_pkce,
        access_token_format: written.access_token_format,
        access_token_audience: written.access_token_audience,
        resources: written.resources,
        refresh_without_offline_access: written.refresh_without_offline_access,
        may_introspect: written.may_introspect,
        fapi: written.fapi,
        lifetimes: Lifetimes {
            code: written.lifetimes.code.map(|s| s.0),
            access_token: written.lifetimes.access_token.map(|s| s.0),
            refresh_token: written.lifetimes.refresh_token.map(|s| s.0),
            id_token: written.lifetimes.id_token.map(|s| s.0),
        },
        extra,
        ..Client::new(ClientId(written.client_id).0)
    };
    if client.response_types.is_none() && !client.allows_grant("authorization_code") {
        client.response_types = Some(Vec::new());
    }
    client
}

/// Localised members, and what the record only keeps.
fn extra(index: usize, report: &mut Report) -> Map<String, Value> {
    let client = match report.tree.get("clients").map(|clients| &clients.value) {
        Some(Written::List(clients)) => clients.get(index).map(Node::entries).unwrap_or_default(),
        _ => &[],
    };
    let kept = |name: &str| known::KEPT.contains(&name);
    let refused = |name: &str| known::NOT_ENFORCED.contains(&name);
    let more: Map<String, Value> = client
        .iter()
        .filter(|entry| entry.name.contains('#') || kept(&entry.name) || refused(&entry.name))
        .map(|entry| (entry.name.clone(), entry.node.to_json()))
        .collect();
    for (name, value) in &more {
        let at = [Step::Key("clients"), Step::Index(index), Step::Key(name)];
        if kept(name) {
            let what = "this is kept with the client, but does nothing in this version";
            report.warn(&at, what, "leave it out unless other tools read it");
        } else if refused(name) && !asks_nothing(value) {
            let what = "this asks for protection that this version does not give";
            report.error(&at, what, "leave it out, if the application can do without");
        }
    }
    more
}

fn asks_nothing(value: &Value) -> bool {
    matches!(value, Value::Bool(false)) || matches!(value.as_str(), Some("public" | "none" | ""))
}

struct Rules<'a, 'r> {
    index: usize,
    client: &'a Client,
    signing: &'a [String],
    report: &'r mut Report,
}

impl Rules<'_, '_> {
    fn error(&mut self, key: &str, what: impl Into<String>, advice: impl Into<String>) {
        self.report.error(&[Step::Key("clients"), Step::Index(self.index), Step::Key(key)], what, advice);
    }

    fn warn(&mut self, key: &str, what: impl Into<String>, advice: impl Into<String>) {
        self.report.warn(&[Step::Key("clients"), Step::Index(self.index), Step::Key(key)], what, advice);
    }

    fn all(&mut self, scopes: &mut BTreeMap<String, ScopeMeaning>) {
        self.identity();
        self.authentication();
        self.flows();
        self.addresses();
        self.scopes(scopes);
        assertion::rules(self);
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
        let method = client.auth_method();
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
        if let Some(secret) = &client.client_secret {
            if secret.expose().is_empty() {
                self.error("client_secret", "the secret is empty", "write a long random one");
            } else if secret.expose().len() < 16 && method != "none" {
                let advice = "`openssl rand -hex 32` makes a better one";
                self.warn("client_secret", "a secret of less than 16 characters can be guessed", advice);
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
    }

    fn flows(&mut self) {
        let client = self.client;
        for (key, values, known) in [
            ("grant_types", &client.grant_types, known::grant_types()),
            ("response_types", &client.response_types, known::response_types()),
        ] {
            for value in values.iter().flatten().filter(|value| !known.contains(&value.as_str())) {
                self.error(key, format!("there is no {key} value {value:?}"), one_of(value, &known));
            }
        }
        let code = client.allows_grant("authorization_code");
        if !code && client.allows_response_type("code") {
            let advice = "add \"authorization_code\" to `grant_types`, or write response_types = []";
            self.error("response_types", "`code` is of no use without the grant type", advice);
        }
        if code && client.response_types.as_ref().is_some_and(Vec::is_empty) {
            let advice =
                "write response_types = [\"code\"], or take \"authorization_code\" out of `grant_types`";
            self.error("response_types", "without a response type no code is ever issued", advice);
        }
        let asked: Vec<_> =
            client.response_types.iter().flatten().filter_map(|name| ResponseType::find(name)).collect();
        for response_type in &asked {
            if let Some(grant) = response_type.grant_types().find(|grant| !client.allows_grant(grant)) {
                let what = format!("`{}` is of no use without the grant type `{grant}`", response_type.name);
                self.error(
                    "response_types",
                    what,
                    format!("add {grant:?} to `grant_types`, if the application needs it"),
                );
            }
        }
        if asked.iter().any(|response_type| response_type.has("token")) {
            let what =
                "access tokens that come through the browser can be stolen on the way (RFC 9700 §2.1.2)";
            self.warn("response_types", what, "use `code` with PKCE, if the application can");
        }
        if client.allows_grant("implicit") && !asked.iter().any(|response_type| response_type.has_tokens()) {
            let advice =
                "take \"implicit\" out of `grant_types`, or name the response type in `response_types`";
            self.warn("grant_types", "no response type of this client needs `implicit`", advice);
        }
        if (code || client.allows_grant("implicit")) && client.redirect_uris.is_empty() {
            let advice = "write redirect_uris = [\"https://APPLICATION/callback\"]";
            self.error("redirect_uris", "what comes through the browser needs a redirect URI", advice);
        }
        if client.grant_types.is_some() && client.allows_grant("refresh_token") && !code {
            let advice = "add \"authorization_code\", or take \"refresh_token\" out";
            self.warn("grant_types", "no grant of this client issues refresh tokens", advice);
        }
        if client.allows_grant("client_credentials") && client.is_public() {
            let advice = "give it a `client_secret`, or take \"client_credentials\" out of `grant_types`";
            self.error(
                "grant_types",
                "client_credentials needs a client with a secret (RFC 6749 §4.4)",
                advice,
            );
        }
        if client.may_introspect && client.is_public() {
            self.error(
                "may_introspect",
                "only a client with a secret may introspect",
                "give it a `client_secret`",
            );
        }
        if client.lifetimes.code.is_some_and(|seconds| seconds > 600) {
            self.error("lifetimes", "a code may hold ten minutes at most (RFC 6749 §4.1.2)", "write \"60s\"");
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
            ("jwks_uri", &client.jwks_uri),
        ];
        for (key, uri) in named.into_iter().filter_map(|(key, uri)| Some((key, uri.as_ref()?))) {
            if !is_web_address(uri) {
                self.error(key, format!("{uri:?} is not a web address"), "write https://…");
            }
        }
        let localised = client.extra.iter().filter(|(name, _)| name.contains("_uri#"));
        for (name, uri) in localised {
            if !uri.as_str().is_some_and(is_web_address) {
                self.error(name, format!("{uri} is not a web address"), "write https://…");
            }
        }
    }

    /// OpenID Connect Core §8.1.
    fn subjects(&mut self) {
        let client = self.client;
        if client.sector_identifier_uri.as_ref().is_some_and(|uri| !uri.starts_with("https://")) {
            self.error("sector_identifier_uri", "this must be https", "write https://…");
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

    fn is_native(&self) -> bool {
        self.client.application_type == ApplicationType::Native
    }
}

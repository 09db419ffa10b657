//! The written configuration → what it means, by rules that need more than one key.

use std::collections::BTreeMap;
use std::path::Path;

use signet_core::acr;
use signet_core::claims::is_protocol;
use signet_core::localised::Localised;
use signet_core::near::nearest;
use signet_core::resource::Among;
use signet_core::settings::request_objects::RequestObjects;
use signet_core::settings::{self, Dangerous, ScopeMeaning, Settings};
use signet_core::token::protect::NONE;
use signet_core::uri;
use url::Url;

use signet::keys::longest;
use signet::program::known;

use super::addresses::{allowed, issuer, listen, metrics_listen, paths, proxies, transport};
use super::tree::Step;
use super::written::{ClaimWritten, Config};
use super::{
    Loaded, OutboundRules, Places, Report, SecretText, Secrets, StoreAddress, TlsFiles, client, keys, offer,
    registration, release, resource, subjects, user,
};
use super::{authentication, bounds};

/// Judges the whole; `None` only where nothing sensible can be made of it.
pub(super) fn judge(mut config: Config, base: &Path, report: &mut Report) -> Option<Loaded> {
    let issuer = issuer(config.issuer.as_deref(), &config.dangerous.http_hosts, report);
    let listen = listen(config.listen.as_deref(), config.port, report);
    let mut keys = keys::judge(&config.keys, &config.capabilities, base, report);
    let data_dir = base.join(&config.data_dir);
    let store = store(config.store.as_ref(), &data_dir, base, report);
    let tls =
        config.tls.as_ref().map(|tls| TlsFiles { cert: base.join(&tls.cert), key: base.join(&tls.key) });
    let written = config.proxy.trusted.as_deref();
    let proxies = proxies(written.unwrap_or_default(), report);
    let metrics_listen = metrics_listen(config.metrics.listen.as_deref(), listen, report);
    http_hosts(&config.dangerous.http_hosts, report);
    let (networks, hosts) = allowed(&config.outbound.allow, report);
    if let (Some(issuer), Some(listen)) = (&issuer, listen) {
        let named = written.map(|_| proxies.as_slice());
        transport(issuer, listen, tls.is_some(), named, report);
    }
    let jwks = config.endpoint.0.entry("jwks".to_owned()).or_default();
    keys::path(config.keys.uri_path.as_ref(), jwks, report);
    let paths = paths(&config.endpoint, report);
    bounds::judge(&config, report);
    documents(&config, report);
    let mut scopes = scopes(&config, report);
    let claim_labels = labels(&config.claims);
    let contexts = authentication::contexts(&config, report);
    let login_hints = authentication::login_hints(&config, &contexts, report);
    let release = release::judge(config.release, report);
    let (subjects, missing_salts) = subjects::judge(config.subject_type, config.session_params, base, report);
    let resources = resource::judge_all(config.resources, &keys.signing, &mut scopes, report);
    let closed = config.allowed_scopes.is_some();
    let offer = offer::judge(&config.capabilities, &keys.signing, report);
    let lists = known::lists(&offer, &keys.signing, &acr::values(&contexts));
    let terms = client::Terms { lists, subject_type: config.subject_type, closed };
    let clients = client::judge_all(config.clients, &terms, &mut scopes, report);
    offer::shown(&config.capabilities, &scopes, report);
    resource::clients(&resources, &clients, report);
    resource::spellings(&resources, &clients, &config.access_token_audience, report);
    release::in_id_tokens(&release, &clients, report);
    let of_resources: Vec<_> = resources.iter().map(resource::lifetimes).collect();
    let lifetimes_of_all = clients.iter().map(|client| &client.lifetimes).chain(&of_resources);
    keys.longest = longest(&core_lifetimes(&config.lifetimes), lifetimes_of_all);
    let users = user::judge_all(config.users, report);
    let (registration, statement_issuers) = registration::judge(config.registration, &scopes, report);
    if let Some(issuer) = &issuer {
        let among = Among { issuer, paths: &paths, scopes: &scopes, clients: &clients, release: &release };
        resource::faults(&resources, &among, report);
    }
    let capabilities = config.capabilities;
    Some(Loaded {
        settings: Settings {
            issuer: issuer?,
            paths,
            lifetimes: core_lifetimes(&config.lifetimes),
            scopes,
            claim_labels,
            release,
            pkce_required: config.add_on.pkce.essential,
            access_token_format: config.access_token_format,
            default_signing_alg: keys.signing.first()?.clone(),
            authentication: contexts,
            login_hints,
            ui_locales: languages(capabilities.ui_locales_supported, report),
            claims_supported: capabilities.claims_supported.unwrap_or_default(),
            claims_locales: capabilities.claims_locales_supported,
            deny_unknown_scopes: capabilities.deny_unknown_scopes,
            request_objects: RequestObjects {
                by_value: capabilities.request_parameter_supported,
                by_reference: capabilities.request_uri_parameter_supported,
                unsigned: capabilities.unsigned_request_objects
                    && offer.has("request_object_signing_alg_values_supported", NONE),
                unregistered_uris: !capabilities.require_request_uri_registration,
            },
            strict_assertion_audience: capabilities.strict_client_assertion_audience,
            offer,
            access_token_audience: config.access_token_audience,
            resources,
            sign_up: config.sign_up.enabled,
            sign_in_by_email: config.login.by_email,
            reserved_names: config.sign_up.reserved_names.clone(),
            registration,
            service_documentation: capabilities.service_documentation,
            help_uri: capabilities.help_uri,
            op_policy_uri: capabilities.op_policy_uri,
            op_tos_uri: capabilities.op_tos_uri,
            webfinger_domains: webfinger(config.webfinger.domains, report),
            allowed_origins: config.cors.allowed_origins,
            subjects,
            events: config.events.settings(),
            dangerous: Dangerous {
                pkce_plain: config.dangerous.pkce_plain,
                public_clients_without_pkce: config.dangerous.public_clients_without_pkce,
                http_hosts: config.dangerous.http_hosts,
            },
        },
        missing_salts,
        clients,
        statement_issuers,
        users,
        listen: listen?,
        tls,
        store: store?,
        data_dir,
        template_dir: config.template_dir.map(|dir| base.join(dir)),
        signing: keys.signing.clone(),
        keys,
        login: config.login,
        outbound: OutboundRules {
            allow_private_addresses: config.outbound.allow_private_addresses,
            networks,
            hosts,
            extra_ca: config.outbound.extra_ca.iter().map(|file| base.join(file)).collect(),
        },
        proxies,
        log: config.log,
        metrics_listen,
        hsts: config.hsts,
        metrics: config.metrics,
        server: config.server,
        secrets: Secrets::default(),
        moved_from: moved_from(config.moved_from, report),
        warnings: Vec::new(),
        places: Places::default(),
        theirs: report.theirs,
    })
}

fn store(
    written: Option<&SecretText>,
    data_dir: &Path,
    base: &Path,
    report: &mut Report,
) -> Option<StoreAddress> {
    let Some(text) = written.map(|text| text.secret().expose().as_str()) else {
        return Some(StoreAddress::Sqlite(data_dir.join("signet.db")));
    };
    let sqlite = text.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
    let elsewhere = sqlite.and_then(no_path);
    match (sqlite, elsewhere) {
        (_, Some((what, instead))) => {
            report.error(&[Step::Key("store")], what, instead);
            None
        }
        (Some(path), _) if !path.is_empty() => Some(StoreAddress::Sqlite(base.join(path))),
        (None, _) if text == "memory:" => Some(StoreAddress::Memory),
        _ => {
            // The text may hold a password: it is not repeated.
            let postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
            let what = if postgres { "PostgreSQL is not in this version" } else { "this is not a store" };
            report.error(&[Step::Key("store")], what, "write \"sqlite:PATH\" or \"memory:\"");
            None
        }
    }
}

/// What other programs take for the address of a database, and what to write for it here.
fn no_path(path: &str) -> Option<(&'static str, &'static str)> {
    if path.contains(":memory:") {
        Some(("a store in memory is not written so", "write \"memory:\""))
    } else if path.starts_with('~') {
        Some(("~ is not replaced by your home folder", "write the whole path"))
    } else if path.starts_with("file:") || path.contains('?') {
        Some(("this is a path, and takes neither file: nor parameters", "write \"sqlite:PATH\""))
    } else {
        None
    }
}

pub(super) fn core_lifetimes(written: &super::written::Lifetimes) -> settings::Lifetimes {
    settings::Lifetimes {
        code: written.code.0,
        access_token: written.access_token.0,
        refresh_token: written.refresh_token.0,
        id_token: written.id_token.0,
        grant: written.grant.0,
        session: written.session.0,
        interaction: written.interaction.0,
        consent: written.consent.0,
        refresh_grace: written.refresh_grace.0,
    }
}

fn documents(config: &Config, report: &mut Report) {
    let capabilities = &config.capabilities;
    let pages = [
        &capabilities.service_documentation,
        &capabilities.help_uri,
        &capabilities.op_policy_uri,
        &capabilities.op_tos_uri,
    ];
    report.found(&[Step::Key("capabilities")], settings::page_faults(pages.map(Option::as_deref)));
    if capabilities.request_uri_parameter_supported && !capabilities.require_request_uri_registration {
        let at = [Step::Key("capabilities"), Step::Key("require_request_uri_registration")];
        let what = "without this, strangers choose which addresses your server fetches";
        report.warn(&at, what, "leave it out, and write each client's `request_uris`");
    }
    report.found(&[Step::Key("cors")], settings::origin_faults(&config.cors.allowed_origins));
}

/// It is compared with what the store says, and so only has to be an address.
fn moved_from(written: Option<String>, report: &mut Report) -> Option<String> {
    if let Some(text) = written.as_ref().filter(|text| Url::parse(text).is_err()) {
        let advice = "write it as it was, such as \"https://old.example.org\"";
        report.error(&[Step::Key("moved_from")], format!("{text:?} is not an issuer"), advice);
    }
    written
}

fn http_hosts(written: &[String], report: &mut Report) {
    for (index, host) in written.iter().enumerate() {
        let exact = Url::parse(&format!("http://{host}/"))
            .is_ok_and(|url| url.host_str() == Some(host) && uri::has_plain_host(&url));
        if !exact {
            let at = [Step::Key("dangerous"), Step::Key("http_hosts"), Step::Index(index)];
            report.error(&at, format!("{host:?} is not the name of a host"), "write it as in \"signet\"");
        }
    }
}

/// OpenID Connect Discovery §2.1.2: hosts, as they stand behind the `@` of an account.
fn webfinger(domains: Vec<String>, report: &mut Report) -> Vec<String> {
    let plain = |url: &Url| uri::has_plain_host(url) && url.port() != Some(0);
    for (index, domain) in domains.iter().enumerate() {
        let exact = Url::parse(&format!("https://{domain}/")).is_ok_and(|url| {
            url.path() == "/" && url.authority().eq_ignore_ascii_case(domain) && plain(&url)
        });
        if !exact {
            let at = [Step::Key("webfinger"), Step::Key("domains"), Step::Index(index)];
            report.error(&at, format!("{domain:?} is not a host name"), "write it as in \"example.org\"");
        }
    }
    domains
}

fn scopes(config: &Config, report: &mut Report) -> BTreeMap<String, ScopeMeaning> {
    // As with oidc-op, a map with `openid` is the whole map.
    let whole = config.scopes_to_claims.contains_key("openid");
    let mut scopes = if whole { BTreeMap::new() } else { settings::standard_scopes() };
    for (scope, claims) in &config.scopes_to_claims {
        let at = [Step::Key("scopes_to_claims"), Step::Key(scope)];
        is_scope(scope, &at, report);
        directory(scope, claims, &at, report);
        scopes.insert(
            scope.clone(),
            ScopeMeaning { claims: claims.clone(), description: Localised::default() },
        );
    }
    for (scope, written) in &config.scopes {
        is_scope(scope, &[Step::Key("scopes"), Step::Key(scope)], report);
        directory(
            scope,
            &written.claims,
            &[Step::Key("scopes"), Step::Key(scope), Step::Key("claims")],
            report,
        );
        let meaning = scopes.entry(scope.clone()).or_default();
        if !written.claims.is_empty() {
            meaning.claims.clone_from(&written.claims);
        }
        meaning.description = localised("description", written.description.as_deref(), &written.languages);
    }
    let Some(allowed) = &config.allowed_scopes else { return scopes };
    for (index, scope) in allowed.iter().enumerate() {
        let at = [Step::Key("allowed_scopes"), Step::Index(index)];
        if !scopes.contains_key(scope) && is_scope(scope, &at, report) {
            match nearest(scope, scopes.keys().map(String::as_str)) {
                Some(near) => {
                    let advice = format!("did you mean {near:?}? Else say in `scopes` what it means");
                    report.warn(&at, format!("{scope:?} releases no claims"), advice);
                }
                None => {
                    scopes.insert(scope.clone(), ScopeMeaning::default());
                }
            }
        }
    }
    scopes.retain(|scope, _| allowed.contains(scope));
    if !scopes.contains_key("openid") {
        // OpenID Connect Discovery §3: `scopes_supported` must have it.
        let what = "without \"openid\" applications cannot sign users in by OpenID Connect: each such request is refused";
        report.warn(
            &[Step::Key("allowed_scopes")],
            what,
            "add \"openid\", unless Signet is to serve OAuth 2.0 alone",
        );
    }
    scopes
}

/// The pages' languages that discovery promises.
fn languages(supported: Vec<String>, report: &mut Report) -> Vec<String> {
    if supported.is_empty() {
        let at = [Step::Key("capabilities"), Step::Key("ui_locales_supported")];
        let what =
            "the list is empty: pages are still shown in all their languages, but discovery lists none";
        report.warn(&at, what, "leave it out, or write the languages of your users");
    }
    supported
}

/// What Signet says itself comes from no directory, so that no scope releases it. oidc-op writes that
/// `openid` releases `sub`, which is so without that.
fn directory(scope: &str, claims: &[String], at: &[Step<'_>], report: &mut Report) {
    for (index, name) in claims.iter().enumerate() {
        if is_protocol(name) && (scope, name.as_str()) != ("openid", "sub") {
            let at: Vec<Step<'_>> = at.iter().copied().chain([Step::Index(index)]).collect();
            report.warn(&at, format!("{name:?} is Signet's own: no scope releases it"), "leave it out");
        }
    }
}

fn labels(written: &BTreeMap<String, ClaimWritten>) -> BTreeMap<String, Localised> {
    let label = |claim: &ClaimWritten| localised("label", claim.label.as_deref(), &claim.languages);
    written.iter().map(|(name, claim)| (name.clone(), label(claim))).collect()
}

/// A text with its languages.
pub(super) fn localised(name: &str, plain: Option<&str>, languages: &BTreeMap<String, String>) -> Localised {
    let languages = languages.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Localised::of(name, plain.map(|text| (name, text)).into_iter().chain(languages))
}

/// RFC 6749 §3.3: one scope word.
pub(super) fn is_scope(word: &str, at: &[Step<'_>], report: &mut Report) -> bool {
    let fault = settings::scope_fault(word);
    let good = fault.is_none();
    report.found(at, fault);
    good
}

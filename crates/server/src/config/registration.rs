//! OpenID Connect Dynamic Client Registration 1.0, RFC 7591: rules for what an operator writes about
//! applications that register themselves.

use std::collections::BTreeMap;

use serde_json::Value;
use signet::keys::judge as judge_key;
use signet_core::client::wrong_key_set;
use signet_core::grant;
use signet_core::id::ClientId;
use signet_core::near::one_of;
use signet_core::record::Client;
use signet_core::settings::ScopeMeaning;
use signet_core::settings::registration::{Mode, Policy};
use signet_core::uri;
use url::Url;

use super::Report;
use super::tree::Step;
use super::written::{Registration, RegistrationMode, StatementIssuer};

const TABLE: Step<'static> = Step::Key("registration");

/// The policy, and who may sign software statements.
pub(super) fn judge(
    written: Registration,
    scopes: &BTreeMap<String, ScopeMeaning>,
    report: &mut Report,
) -> (Policy, Vec<Client>) {
    let known = grant::registrable();
    for (index, name) in written.grant_types.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let at = [TABLE, Step::Key("grant_types"), Step::Index(index)];
            report.error(&at, format!("there is no grant type {name:?}"), one_of(name, &known));
        }
    }
    let offered: Vec<&str> = scopes.keys().map(String::as_str).collect();
    for (index, scope) in written.scopes.iter().flatten().enumerate() {
        if !scopes.contains_key(scope) {
            let at = [TABLE, Step::Key("scopes"), Step::Index(index)];
            report.error(&at, format!("the scope {scope:?} is not offered"), one_of(scope, &offered));
        }
    }
    if written.scopes.as_ref().is_some_and(Vec::is_empty) {
        let at = [TABLE, Step::Key("scopes")];
        let what = "an application that registers could request no scope, not even `openid`";
        report.error(&at, what, "list scopes, or leave the key out to allow all that are offered");
    }
    if written.require_software_statement && written.software_statements.is_empty() {
        let at = [TABLE, Step::Key("require_software_statement")];
        let what = "no issuer of software statements is trusted, so no application could register";
        report.error(&at, what, "name somebody in `software_statements`");
    }
    for (index, host) in written.client_id_metadata_document_hosts.iter().flatten().enumerate() {
        let at = [TABLE, Step::Key("client_id_metadata_document_hosts"), Step::Index(index)];
        let url = Url::parse(&format!("https://{host}/")).ok();
        match url.as_ref().and_then(Url::host_str) {
            Some(name) if name == host && !host.contains('*') => {}
            // They are compared with what a URL parser makes of them.
            Some(name)
                if url.as_ref().is_some_and(|url| url.authority() == name) && !host.contains(['/', '*']) =>
            {
                report.error(
                    &at,
                    format!("{host:?} is spelled differently in URLs"),
                    format!("write {name:?}"),
                );
            }
            _ => {
                report.error(&at, format!("{host:?} is not the name of a host"), "write \"apps.example.org\"")
            }
        }
    }
    let all = &written.software_statements;
    for (index, StatementIssuer { issuer, .. }) in all.iter().enumerate() {
        if all.iter().take(index).any(|other| other.issuer == *issuer) {
            let at = [TABLE, Step::Key("software_statements"), Step::Index(index), Step::Key("issuer")];
            report.error(&at, "another one has this name", "write all keys of an issuer in one place");
        }
    }
    let issuers = written.software_statements.into_iter().enumerate();
    let issuers = issuers.map(|(index, issuer)| statement_issuer(issuer, index, report)).collect();
    let policy = Policy {
        mode: match written.mode {
            RegistrationMode::Off => Mode::Off,
            RegistrationMode::Token => Mode::Token,
            RegistrationMode::Open => Mode::Open,
        },
        grant_types: written.grant_types,
        unsigned: written.unsigned,
        scopes: written.scopes,
        secret_expires_in: written.client_secret_expires_in.0,
        rotate_tokens: written.rotate_registration_tokens,
        per_address: written.per_address,
        unused_for: written.unused_for.0,
        require_software_statement: written.require_software_statement,
        metadata_documents: written.client_id_metadata_documents,
        metadata_document_hosts: written.client_id_metadata_document_hosts,
        ..Policy::default()
    };
    (policy, issuers)
}

/// A record that is only asked for its keys.
fn statement_issuer(written: StatementIssuer, index: usize, report: &mut Report) -> Client {
    let at = |key| [TABLE, Step::Key("software_statements"), Step::Index(index), Step::Key(key)];
    if written.issuer.is_empty() {
        report.error(&at("issuer"), "the issuer has no name", "write the `iss` of its statements");
    }
    match (&written.jwks, &written.jwks_uri) {
        (None, None) => {
            report.error(&at("jwks_uri"), "the issuer has no keys", "write `jwks_uri`, or `jwks`");
        }
        (Some(_), Some(_)) => {
            report.error(&at("jwks_uri"), "keys are given by value and by address", "keep one of them");
        }
        (_, Some(uri)) if !uri.starts_with("http") || uri::fault(uri).is_some() => {
            let fault = uri::fault(uri);
            let what = fault.as_ref().map_or("is not a web address", |fault| &fault.what);
            let advice = fault.as_ref().map_or("write https://…", |fault| &fault.instead);
            report.error(&at("jwks_uri"), format!("{uri:?} {what}"), advice);
        }
        _ => {}
    }
    let jwks = written.jwks.map(Value::Object);
    if let Some(what) = jwks.as_ref().and_then(|jwks| wrong_key_set(jwks, judge_key)) {
        report.error(&at("jwks"), what, "write the public keys that the issuer publishes");
    }
    Client { jwks, jwks_uri: written.jwks_uri, ..Client::new(ClientId(written.issuer).0) }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Config, Format, Problem, Source};

    fn said(text: &str) -> String {
        let text = format!("issuer = 'https://op.example'\n[registration]\n{text}");
        let source = Source { text: &text, format: Format::Toml, base: Path::new(""), file: None };
        match Config::load_text(source, &crate::run::tests::without_proxy(&text)) {
            Ok(loaded) => loaded.warnings,
            Err(problems) => problems,
        }
        .iter()
        .map(Problem::to_string)
        .collect::<Vec<_>>()
        .join("\n")
    }

    #[test]
    fn what_is_meant_is_taken() {
        for text in [
            "mode = 'token'\ngrant_types = ['authorization_code', 'client_credentials']\nscopes = ['openid', 'email']",
            "client_id_metadata_documents = true\nclient_id_metadata_document_hosts = ['apps.example.org', 'xn--bcher-kva.example', '10.0.0.1']",
            "software_statements = [{issuer='a', jwks={keys=[{kty='OKP', crv='Ed25519', x='11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'}]}}, {issuer='b', jwks_uri='https://b.example/jwks'}]",
        ] {
            assert_eq!(said(text), "", "{text}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let hosts = |host: &str| format!("client_id_metadata_document_hosts = ['{host}']");
        for (text, what) in [
            ("mode = 'opn'".to_owned(), "did you mean \"open\"?"),
            ("grant_types = ['authorisation_code']".to_owned(), "did you mean \"authorization_code\"?"),
            ("scopes = ['emial']".to_owned(), "did you mean \"email\"?"),
            ("require_software_statement = true".to_owned(), "no issuer of software statements is trusted"),
            (hosts(""), "this is empty"),
            (hosts("*.example.org"), "is not the name of a host"),
            (hosts("https://apps.example.org"), "is not the name of a host"),
            (hosts("apps.example.org/x"), "is not the name of a host"),
            (hosts("apps.example.org:8443"), "is not the name of a host"),
            (hosts("Apps.Example.org"), "write \"apps.example.org\""),
            (hosts("bücher.example"), "write \"xn--bcher-kva.example\""),
            ("software_statements = [{issuer='a'}]".to_owned(), "the issuer has no keys"),
            ("software_statements = [{issuer='a', jwks={}}]".to_owned(), "a list of keys"),
            ("software_statements = [{issuer='a', jwks={keys=[{kty='oct', k='AQ'}]}}]".to_owned(), "public keys only"),
            (
                "software_statements = [{issuer='a', jwks={keys=[]}}, {issuer='a', jwks_uri='https://a.example/'}]".to_owned(),
                "`registration.software_statements[1].issuer`: another one has this name",
            ),
        ] {
            assert!(said(&text).contains(what), "{text}: {}", said(&text));
        }
    }
}

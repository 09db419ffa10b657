//! From a client as it was written to its record.

use serde_json::{Map, Value};
use signet_core::id::ClientId;
use signet_core::record::Client;
use signet_core::record::client::Lifetimes;
use signet_core::registration::asks_nothing;
use signet_core::response_type::ResponseType;
use signet_core::scope::Scope;
use signet_core::time::Timestamp;

use crate::config::settings::is_scope;
use crate::config::tree::{Node, Step, Value as Written};
use crate::config::written::ClientWritten;
use crate::config::{Report, SecretText, known, release};

/// The record of a client as it was written.
pub(super) fn convert(written: ClientWritten, index: usize, report: &mut Report) -> Client {
    let extra = extra(index, report);
    let scope = written.scope.map(|words| {
        for word in &words.0 {
            is_scope(word, &[Step::Key("clients"), Step::Index(index), Step::Key("scope")], report);
        }
        Scope::from_words(words.0.iter().map(String::as_str))
    });
    let mut methods = written.token_endpoint_auth_method.into_iter().flat_map(|methods| methods.0);
    let token_endpoint_auth_method = methods.next();
    let mut client = Client {
        client_secret: written.client_secret.map(SecretText::into_secret),
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
        token_endpoint_auth_method,
        token_endpoint_auth_methods: methods.collect(),
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
        request_object_signing_algs: written.request_object_signing_algs,
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
        purpose: written.purpose,
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
    if written.claims_in_id_token {
        if client.add_claims.by_scope.id_token == Some(false) {
            let at = [Step::Key("clients"), Step::Index(index), Step::Key("claims_in_id_token")];
            report.error(&at, "`add_claims.by_scope.id_token` says the opposite", "take one of the two out");
        }
        client.add_claims.by_scope.id_token = Some(true);
    }
    if let (Some(named), None) = (&client.response_types, &client.grant_types) {
        client.grant_types = due(named);
    }
    if client.response_types.is_none() && !client.allows_grant("authorization_code") {
        client.response_types = Some(Vec::new());
    }
    client
}

/// RFC 7591 §2.1: a client that names response types that need `implicit` means that grant type too. `None`:
/// the default does.
fn due(response_types: &[String]) -> Option<Vec<String>> {
    let parts = response_types.iter().filter_map(|name| ResponseType::find(name));
    let parts: Vec<&str> = parts.flat_map(ResponseType::grant_types).collect();
    let code = parts.contains(&"authorization_code").then_some(["authorization_code", "refresh_token"]);
    let grants = code.into_iter().flatten().chain(["implicit"]).map(str::to_owned).collect();
    parts.contains(&"implicit").then_some(grants)
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
        } else if refused(name) && !(asks_nothing(value) || value.as_str() == Some("public")) {
            let what = "this asks for protection that this version does not give";
            report.error(&at, what, "leave it out, if the application can do without");
        }
    }
    more
}

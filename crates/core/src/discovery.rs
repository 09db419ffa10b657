//! OpenID Connect Discovery §3, RFC 8414 §2: provider metadata, generated from the tables, so that it cannot
//! advertise what is not implemented.

use serde_json::{Map, Value, json};

use crate::acr;
use crate::check::display;
use crate::claims;
use crate::client_auth::Proof;
use crate::endpoint::ENDPOINTS;
use crate::env::Jose;
use crate::grant;
use crate::prompt::Prompt;
use crate::release;
use crate::resource;
use crate::response_mode::RESPONSE_MODES;
use crate::response_type::RESPONSE_TYPES;
use crate::settings::Settings;
use crate::settings::request_objects::RequestObjects;
use crate::subject;
use crate::token::protect::KINDS;

/// The metadata document.
pub fn metadata(settings: &Settings, jose: &dyn Jose) -> Value {
    let mut document = possible(settings, jose);
    settings.offer.narrow(&mut document);
    // RFC 8414 §2: algorithms of assertions belong to methods that have assertions.
    for endpoint in ENDPOINTS {
        let member = |what: &str| format!("{}_endpoint_auth_{what}_supported", endpoint.name());
        let methods = document.get(&member("methods")).and_then(Value::as_array);
        let asserts = |method: &Value| method.as_str().and_then(Proof::of).is_some_and(Proof::is_assertion);
        if methods.is_some_and(|methods| !methods.iter().any(asserts)) {
            document.remove(&member("signing_alg_values"));
        }
    }
    Value::Object(document)
}

/// The same before the operator makes lists of it shorter.
pub fn possible(settings: &Settings, jose: &dyn Jose) -> Map<String, Value> {
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| document.insert(name.to_owned(), value);

    put("issuer", json!(settings.issuer));
    let endpoints = || ENDPOINTS.iter().filter(|endpoint| endpoint.is_on(settings));
    for endpoint in endpoints() {
        put(&endpoint.member(), json!(settings.endpoint(endpoint.name())));
    }
    if settings.registration.metadata_documents {
        put("client_id_metadata_document_supported", json!(true));
    }
    put("scopes_supported", json!(open_scopes(settings).collect::<Vec<_>>()));
    put("response_types_supported", json!(RESPONSE_TYPES.iter().map(|t| t.name).collect::<Vec<_>>()));
    put("response_modes_supported", json!(RESPONSE_MODES.iter().map(|m| m.name).collect::<Vec<_>>()));
    put("grant_types_supported", json!(grant::registrable()));
    put("subject_types_supported", json!(subject::PUBLISHED_TYPES));
    for kind in KINDS {
        put(&format!("{}_signing_alg_values_supported", kind.name), json!(kind.signing_algs(jose)));
        // RFC 8414 §3.2: a list without entries is left out.
        if !jose.encrypting_algs().is_empty() {
            let encs = json!(jose.content_encryptions());
            put(&format!("{}_encryption_alg_values_supported", kind.name), json!(jose.encrypting_algs()));
            put(&format!("{}_encryption_enc_values_supported", kind.name), encs);
        }
    }
    for (name, value) in endpoints().flat_map(|endpoint| endpoint.metadata(settings, jose)) {
        put(&name, value);
    }
    put("code_challenge_methods_supported", json!(challenge_methods(settings)));
    put("authorization_response_iss_parameter_supported", json!(true));
    put(
        "prompt_values_supported",
        json!(Prompt::offered(settings).map(|(name, _)| name).collect::<Vec<_>>()),
    );
    put("display_values_supported", json!(display::VALUES));
    put("claim_types_supported", json!(claims::TYPES));
    put("claims_supported", json!(release::supported(settings)));
    put("claims_parameter_supported", json!(settings.offer.claims_parameter));
    request_objects(&settings.request_objects, jose, &mut put);
    if !settings.ui_locales.is_empty() {
        put("ui_locales_supported", json!(settings.ui_locales));
    }
    if !settings.claims_locales.is_empty() {
        put("claims_locales_supported", json!(settings.claims_locales));
    }
    put("acr_values_supported", json!(acr::values(&settings.authentication)));
    let links = [
        ("service_documentation", &settings.service_documentation),
        ("op_policy_uri", &settings.op_policy_uri),
        ("op_tos_uri", &settings.op_tos_uri),
    ];
    for (name, link) in links {
        if let Some(link) = link {
            put(name, json!(link));
        }
    }
    document
}

/// RFC 8414 §2: what anybody may ask for. The scopes of an API that is open to some clients by name are for
/// those to know.
fn open_scopes(settings: &Settings) -> impl Iterator<Item = &str> {
    let words = settings.scopes.keys().map(String::as_str);
    words.filter(|word| resource::is_open_to_any(settings, word))
}

/// RFC 9101 §10.5, OpenID Connect Discovery §3.
fn request_objects(
    taken: &RequestObjects,
    jose: &dyn Jose,
    put: &mut impl FnMut(&str, Value) -> Option<Value>,
) {
    put("request_parameter_supported", json!(taken.by_value));
    put("request_uri_parameter_supported", json!(taken.by_reference));
    if taken.by_reference {
        put("require_request_uri_registration", json!(!taken.unregistered_uris));
    }
    if taken.by_value || taken.by_reference {
        let unsigned = taken.unsigned.then_some("none");
        let algs: Vec<&str> = jose.verifying_algs().iter().copied().chain(unsigned).collect();
        put("request_object_signing_alg_values_supported", json!(algs));
        if !jose.decrypting_algs().is_empty() {
            put("request_object_encryption_alg_values_supported", json!(jose.decrypting_algs()));
            put("request_object_encryption_enc_values_supported", json!(jose.content_encryptions()));
        }
    }
}

fn challenge_methods(settings: &Settings) -> &'static [&'static str] {
    if settings.dangerous.pkce_plain { &["S256", "plain"] } else { &["S256"] }
}

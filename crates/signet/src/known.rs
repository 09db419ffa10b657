//! What a client's metadata may name: the protocol's tables say, so that nothing can be configured that is
//! not there.

use serde_json::{Map, Value, json};
use signet_core::alg::is_mac;
use signet_core::client_auth::METHODS;
use signet_core::offer::Offer;
use signet_core::response_mode::RESPONSE_MODES;
use signet_core::response_type::RESPONSE_TYPES;
use signet_core::subject::PUBLISHED_TYPES;
use signet_core::token::protect::{KINDS, Kind, NONE};
use signet_core::{claims, grant};
use signet_jose::alg::KeyType;
use signet_jose::{ContentEncryption, KeyManagementAlg, SigningAlg};

/// Values of `token_endpoint_auth_method`.
pub fn auth_methods() -> Vec<&'static str> {
    METHODS.iter().map(|method| method.name()).collect()
}

/// Values of `grant_types`.
pub fn grant_types() -> Vec<&'static str> {
    grant::registrable()
}

/// Values of `response_types`.
pub fn response_types() -> Vec<&'static str> {
    RESPONSE_TYPES.iter().map(|response_type| response_type.name).collect()
}

/// Values of `keys.signing`: all but those of shared secrets.
pub fn signing_algs() -> Vec<&'static str> {
    let own = SigningAlg::ALL.iter().filter(|alg| alg.key_type() != KeyType::Oct);
    own.map(|alg| alg.as_str()).collect()
}

/// Values of `keys.encryption`: all but those of shared secrets.
pub fn own_encryption_algs() -> Vec<&'static str> {
    KeyManagementAlg::ALL.iter().filter(|alg| !alg.is_symmetric()).map(|alg| alg.as_str()).collect()
}

/// A list of the provider's metadata that an operator may make shorter: its name, what it lists, and all that
/// there is.
pub struct Offered {
    /// As metadata spells it.
    pub name: &'static str,
    /// For people.
    pub what: &'static str,
    /// Every value that could be there.
    pub values: fn() -> Vec<&'static str>,
}

/// Every list that may be made shorter.
pub static OFFERED: &[Offered] = &[
    Offered { name: "scopes_supported", what: "Offered scopes that the metadata lists", values: Vec::new },
    Offered { name: "response_types_supported", what: "Offered response types", values: response_types },
    Offered { name: "response_modes_supported", what: "Offered response modes", values: response_modes },
    Offered { name: "grant_types_supported", what: "Offered grant types", values: grant_types },
    Offered {
        name: "subject_types_supported",
        what: "Subject types that applications can register",
        values: || PUBLISHED_TYPES.to_vec(),
    },
    Offered {
        name: "claim_types_supported",
        what: "Claim types that are released (`aggregated` and `distributed` come from other sources)",
        values: || claims::TYPES.to_vec(),
    },
    Offered {
        name: "token_endpoint_auth_methods_supported",
        what: "Client authentication methods",
        values: auth_methods,
    },
    signing("id_token_signing_alg_values_supported", "Signature algorithms for ID tokens"),
    key_management(
        "id_token_encryption_alg_values_supported",
        "Key management algorithms for encrypted ID tokens",
    ),
    content("id_token_encryption_enc_values_supported", "Content encryption algorithms for ID tokens"),
    signing("userinfo_signing_alg_values_supported", "Signature algorithms for UserInfo responses"),
    key_management(
        "userinfo_encryption_alg_values_supported",
        "Key management algorithms for encrypted UserInfo responses",
    ),
    content(
        "userinfo_encryption_enc_values_supported",
        "Content encryption algorithms for UserInfo responses",
    ),
    signing("introspection_signing_alg_values_supported", "Signature algorithms for introspection responses"),
    key_management(
        "introspection_encryption_alg_values_supported",
        "Key management algorithms for encrypted introspection responses",
    ),
    content(
        "introspection_encryption_enc_values_supported",
        "Content encryption algorithms for introspection responses",
    ),
    signing(
        "request_object_signing_alg_values_supported",
        "Signature algorithms for request objects; `none` means unsigned",
    ),
    key_management(
        "request_object_encryption_alg_values_supported",
        "Key management algorithms for encrypted request objects",
    ),
    content(
        "request_object_encryption_enc_values_supported",
        "Content encryption algorithms for request objects",
    ),
];

const fn signing(name: &'static str, what: &'static str) -> Offered {
    Offered { name, what, values: || SigningAlg::ALL.iter().map(|alg| alg.as_str()).chain([NONE]).collect() }
}

const fn key_management(name: &'static str, what: &'static str) -> Offered {
    Offered { name, what, values: || KeyManagementAlg::ALL.iter().map(|alg| alg.as_str()).collect() }
}

const fn content(name: &'static str, what: &'static str) -> Offered {
    Offered { name, what, values: || ContentEncryption::ALL.iter().map(|enc| enc.as_str()).collect() }
}

fn response_modes() -> Vec<&'static str> {
    RESPONSE_MODES.iter().map(|mode| mode.name).collect()
}

/// From what operators can choose for a client: lists by their names in the provider's metadata.
pub fn lists(offer: &Offer, signing: &[String], contexts: &[&str]) -> Value {
    let mut lists = Map::new();
    for list in OFFERED {
        let usable = |value: &&str| match signed(list.name) {
            Some(kind) if *value == NONE => kind.may_be_unsigned,
            Some(_) => signing.is_empty() || is_mac(value) || signing.iter().any(|own| own == value),
            None => true,
        };
        let values = (list.values)().into_iter().filter(usable);
        let values: Vec<&str> = values.filter(|value| offer.has(list.name, value)).collect();
        lists.insert(list.name.to_owned(), json!(values));
    }
    let algs = SigningAlg::ALL.map(SigningAlg::as_str);
    lists.insert("token_endpoint_auth_signing_alg_values_supported".to_owned(), json!(algs));
    lists.insert("subject_types_supported".to_owned(), json!(["public", "pairwise", "ephemeral"]));
    lists.insert("acr_values_supported".to_owned(), json!(contexts));
    Value::Object(lists)
}

/// How an operator comes to offer a value of a list.
pub fn remedy(list: &str, value: &str) -> Option<String> {
    let known = OFFERED.iter().find(|known| known.name == list)?;
    let kind = signed(list);
    if !(known.values)().contains(&value) || value == NONE && kind.is_some_and(|kind| !kind.may_be_unsigned) {
        return None;
    }
    Some(match kind {
        Some(_) if value != NONE && !is_mac(value) => {
            format!("add {value:?} to `keys.signing`, and to `capabilities.{list}` if that is set")
        }
        _ => format!("add it to `capabilities.{list}`, or change the client"),
    })
}

/// What is signed by the algorithms of a list, with our keys or a client's secret.
fn signed(list: &str) -> Option<&'static Kind> {
    let name = list.strip_suffix("_signing_alg_values_supported")?;
    KINDS.into_iter().find(|kind| kind.name == name)
}

//! FAPI 2.0 Security Profile §5.3.2.1, §5.4: what a client with `fapi` cannot use.

use signet_core::alg;

use super::Rules;
use crate::config::settings::one_of;

/// How such a client shows who it is; by mTLS, which the profile allows too, nobody does here.
const METHOD: &str = "private_key_jwt";

pub(super) fn rules(rules: &mut Rules<'_, '_>) {
    let client = rules.client;
    if !client.fapi {
        return;
    }
    if let Some(other) = client.auth_methods().into_iter().find(|method| *method != METHOD) {
        let what = format!("`fapi` is set, and FAPI 2.0 knows no client that authenticates by {other}");
        let advice = "write token_endpoint_auth_method = \"private_key_jwt\" with `jwks` or `jwks_uri`, or take `fapi` out";
        rules.wrong("token_endpoint_auth_method", what, advice);
    }
    let algs = [
        ("token_endpoint_auth_signing_alg", client.token_endpoint_auth_signing_alg.iter().collect()),
        (
            "request_object_signing_alg",
            client
                .request_object_signing_alg
                .iter()
                .chain(&client.request_object_signing_algs)
                .collect::<Vec<_>>(),
        ),
    ];
    for (member, algs) in algs {
        if let Some(name) = algs.into_iter().find(|name| !alg::is_for_fapi(name) && *name != "none") {
            let what = format!("`fapi` is set, and what is signed by {name} is then refused");
            rules.wrong(member, what, one_of(name, &alg::for_fapi().collect::<Vec<_>>()));
        }
    }
}

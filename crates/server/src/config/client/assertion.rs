//! RFC 7523 §3, RFC 7518 §3.2, RFC 7517 §5: a client's keys, and the assertions that it signs.

use signet_core::registration::{unusable_keys, wrong_key_set};
use signet_core::token::protect::least_secret;
use signet_jose::SigningAlg;

use super::Rules;
use crate::config::settings::one_of;

pub(super) fn rules(rules: &mut Rules<'_, '_>) {
    rules.keys();
    rules.assertions();
}

impl Rules<'_, '_> {
    fn keys(&mut self) {
        let client = self.client;
        if client.jwks.is_some() && client.jwks_uri.is_some() {
            self.error(
                "jwks_uri",
                "keys are given by value and by address",
                "keep one of `jwks` and `jwks_uri`",
            );
        }
        if let Some(what) = client.jwks.as_ref().and_then(wrong_key_set) {
            self.error("jwks", what, "write the client's public keys, as it would register them");
        } else {
            for index in client.jwks.as_ref().map(unusable_keys).unwrap_or_default() {
                let what =
                    format!("key {index} is of a type or curve that is not known here; it is passed over");
                self.warn("jwks", what, "take it out, unless others read it");
            }
        }
    }

    fn assertions(&mut self) {
        let methods = self.client.auth_methods();
        let jwts: Vec<&str> = methods.into_iter().filter(|method| method.ends_with("_jwt")).collect();
        if jwts.is_empty() && self.client.token_endpoint_auth_signing_alg.is_some() {
            let what = "this belongs to JWT assertions, which the client does not use";
            self.warn("token_endpoint_auth_signing_alg", what, "leave it out");
        }
        for method in jwts {
            self.assertion(method);
        }
    }

    fn assertion(&mut self, method: &str) {
        let client = self.client;
        let alg = client.token_endpoint_auth_signing_alg.as_deref();
        let at = "token_endpoint_auth_signing_alg";
        let by_secret = method == "client_secret_jwt";
        let fitting = SigningAlg::ALL.into_iter().filter(|alg| alg.is_symmetric() == by_secret);
        let fitting: Vec<&str> = fitting.map(SigningAlg::as_str).collect();
        if let Some(alg) = alg.filter(|alg| !fitting.contains(alg)) {
            self.error(at, format!("{method} does not sign by {alg:?}"), one_of(alg, &fitting));
        }
        let alg = alg.unwrap_or("HS256");
        let least = least_secret(alg);
        let secret = client.client_secret.as_ref().filter(|_| by_secret);
        if secret.is_some_and(|secret| secret.expose().len() < least) {
            let what = format!("{alg} needs a secret of {least} bytes at least");
            self.error("client_secret", what, "`openssl rand -hex 32` makes one of 64");
        }
    }
}

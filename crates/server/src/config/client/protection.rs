//! OpenID Connect Registration §2, OpenID Connect Core §10, RFC 9701 §6: how responses to a client are signed
//! and encrypted.

use signet_core::alg::is_symmetric;
use signet_core::response_type::ResponseType;
use signet_core::token::protect::{KINDS, Kind, NONE, least_secret};
use signet_jose::{ContentEncryption, KeyManagementAlg, SigningAlg};

use super::Rules;
use crate::config::known;
use crate::config::settings::one_of;

pub(super) fn rules(rules: &mut Rules<'_, '_>) {
    for kind in KINDS {
        rules.signature(kind);
        rules.encryption(kind);
    }
}

impl Rules<'_, '_> {
    fn signature(&mut self, kind: &Kind) {
        let Some(alg) = (kind.signed_alg)(self.client) else { return };
        let key = format!("{}_signed_response_alg", kind.name);
        let macs = SigningAlg::ALL.iter().filter(|alg| alg.is_symmetric()).map(|alg| alg.as_str());
        let macs: Vec<&str> = macs.collect();
        if alg == NONE && kind.may_be_unsigned {
            self.unsigned(&key);
        } else if macs.contains(&alg) {
            self.secret(&key, alg, least_secret(alg));
        } else if !self.signing.is_empty() && !self.signing.iter().any(|known| known == alg) {
            let others = self.signing.join(", ");
            let advice = match known::signing_algs().contains(&alg) {
                true => format!("add {alg:?} to `keys.signing`, or write one of {others}"),
                false => {
                    let own = self.signing.iter().map(String::as_str);
                    one_of(alg, &own.chain(macs).collect::<Vec<_>>())
                }
            };
            self.error(&key, format!("there is no key for {alg:?}"), advice);
        }
    }

    /// OpenID Connect Registration §2: only for clients that get all their ID tokens from the token endpoint.
    fn unsigned(&mut self, key: &str) {
        let asked = self.client.response_types.iter().flatten();
        let mut asked = asked.filter_map(|name| ResponseType::find(name));
        if let Some(response_type) = asked.find(|response_type| response_type.has("id_token")) {
            let what = format!("ID tokens of `{}` come through the browser, unsigned", response_type.name);
            self.error(key, what, "write a signature algorithm, or use the response type `code` alone");
        }
    }

    fn encryption(&mut self, kind: &Kind) {
        let client = self.client;
        let (alg, enc) = ((kind.encrypted_alg)(client), (kind.encrypted_enc)(client));
        let alg_key = format!("{}_encrypted_response_alg", kind.name);
        let enc_key = format!("{}_encrypted_response_enc", kind.name);
        let algs = KeyManagementAlg::ALL.map(KeyManagementAlg::as_str);
        let encs = ContentEncryption::ALL.map(ContentEncryption::as_str);
        if let Some(enc) = enc {
            if !encs.contains(&enc) {
                self.error(&enc_key, format!("there is no content encryption {enc:?}"), one_of(enc, &encs));
            }
            if alg.is_none() {
                let advice = format!("write `{alg_key}` too, or leave this out");
                self.error(&enc_key, "this encrypts nothing without a key", advice);
            }
        }
        let Some(alg) = alg else { return };
        if !algs.contains(&alg) {
            self.error(&alg_key, format!("there is no key management {alg:?}"), one_of(alg, &algs));
        } else if is_symmetric(alg) {
            self.secret(&alg_key, alg, 1);
        } else if client.jwks.is_none() && client.jwks_uri.is_none() {
            let advice = "write `jwks` or `jwks_uri` with a public key of the client for it";
            self.error(&alg_key, format!("{alg} needs the client's keys"), advice);
        }
    }

    /// What works with the octets of the secret.
    fn secret(&mut self, key: &str, alg: &str, least: usize) {
        let (client, advice) = (self.client, "write the secret itself as `client_secret`");
        match &client.client_secret {
            Some(secret) if secret.expose().len() < least => {
                let what = format!("{alg} needs a secret of {least} bytes at least");
                self.error("client_secret", what, "`openssl rand -hex 32` makes one of 64");
            }
            Some(_) => {}
            None if client.client_secret_hash.is_some() => {
                let what = format!("{alg} computes with the secret, not its hash");
                self.error("client_secret_hash", what, advice);
            }
            None => self.error(key, format!("{alg} needs a secret"), advice),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::config::client_from_metadata;

    const SECRET: &str = "a secret of exactly 48 characters, as HS384 wants";

    /// What is wrong with a client of this metadata.
    fn problems(more: &Value) -> Vec<String> {
        let mut metadata =
            json!({"client_id": "web", "client_secret": SECRET, "redirect_uris": ["https://web.example/cb"]});
        for (name, value) in more.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        metadata.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        match client_from_metadata(&metadata, &["ES256".into()]) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        }
    }

    /// The one problem that there is.
    fn problem(more: &Value) -> String {
        let problems = problems(more);
        assert_eq!(problems.len(), 1, "{more}: {problems:?}");
        problems.concat()
    }

    #[test]
    fn keys_and_secrets_sign() {
        for what in ["id_token", "userinfo", "introspection"] {
            let with = |alg: &str, more: Value| {
                let mut metadata = more;
                metadata[format!("{what}_signed_response_alg")] = alg.into();
                metadata
            };
            for good in ["ES256", "HS256", "HS384"] {
                assert_eq!(problems(&with(good, json!({}))), [""; 0], "{what} {good}");
            }
            assert!(problem(&with("HS512", json!({}))).contains("HS512 needs a secret of 64 bytes"));
            assert!(problem(&with("RS256", json!({}))).contains("keys.signing"));
            assert!(problem(&with("HS265", json!({}))).contains("did you mean \"HS256\""));
            let hashed = json!({"client_secret": null, "client_secret_hash": "00".repeat(32)});
            assert!(problem(&with("HS256", hashed)).contains("`client_secret_hash`"));
            let public = json!({"client_secret": null});
            assert!(problem(&with("HS256", public)).contains(&format!("`{what}_signed_response_alg`")));
        }
    }

    #[test]
    fn id_tokens_may_come_unsigned_but_not_through_the_browser() {
        let with = |types: Value, grants: Value| json!({"id_token_signed_response_alg": "none", "response_types": types, "grant_types": grants});
        assert_eq!(problems(&json!({"id_token_signed_response_alg": "none"})), [""; 0]);
        let both = json!(["authorization_code", "implicit"]);
        assert_eq!(problems(&with(json!(["code", "none"]), json!(["authorization_code"]))), [""; 0]);
        assert!(problem(&with(json!(["code", "code id_token"]), both)).contains("`code id_token`"));
        for what in ["userinfo", "introspection"] {
            let member = format!("{what}_signed_response_alg");
            assert!(problem(&json!({member: "none"})).contains("no key for \"none\""));
        }
    }

    #[test]
    fn encryption_has_what_it_needs() {
        let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]});
        for what in ["id_token", "userinfo", "introspection"] {
            let (alg, enc) =
                (format!("{what}_encrypted_response_alg"), format!("{what}_encrypted_response_enc"));
            for good in [
                json!({&alg: "RSA-OAEP", "jwks": keys}),
                json!({&alg: "ECDH-ES+A256KW", &enc: "A256GCM", "jwks_uri": "https://web.example/jwks"}),
                json!({&alg: "dir", &enc: "A256CBC-HS512"}),
                json!({&alg: "A192GCMKW"}),
            ] {
                assert_eq!(problems(&good), [""; 0], "{good}");
            }
            assert!(problem(&json!({&alg: "RSA-OAEP"})).contains("write `jwks` or `jwks_uri`"));
            assert!(problem(&json!({&alg: "RSA-OAPE", "jwks": keys})).contains("did you mean \"RSA-OAEP\""));
            assert!(problem(&json!({&alg: "dir", &enc: "A256CGM"})).contains("did you mean \"A256GCM\""));
            assert!(problem(&json!({&enc: "A256GCM"})).contains(&format!("write `{alg}` too")));
            let hashed =
                json!({&alg: "A128KW", "client_secret": null, "client_secret_hash": "00".repeat(32)});
            assert!(problem(&hashed).contains("not its hash"));
            assert!(
                problem(&json!({&alg: "A128KW", "client_secret": null})).contains("A128KW needs a secret")
            );
        }
    }
}

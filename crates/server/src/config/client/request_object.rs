//! OpenID Connect Registration §2, RFC 9101 §10.5: the form and location of a client's request objects.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use signet_core::alg::is_mac;
use signet_core::uri;
use signet_jose::{ContentEncryption, KeyManagementAlg, SigningAlg};
use url::Url;

use super::Rules;
use crate::config::settings::one_of;

/// RFC 9101 §5.2.
const MAX_URI: usize = 512;

pub(super) fn rules(rules: &mut Rules<'_, '_>) {
    rules.request_signature();
    rules.request_encryption();
    rules.request_uris();
}

impl Rules<'_, '_> {
    fn request_signature(&mut self) {
        let client = self.client;
        self.request_signed_by("request_object_signing_alg", client.request_object_signing_alg.as_deref());
        for alg in &client.request_object_signing_algs {
            self.request_signed_by("request_object_signing_algs", Some(alg));
        }
        if client.request_object_signing_alg.is_none() && !client.request_object_signing_algs.is_empty() {
            let what = "without `request_object_signing_alg` any algorithm will do";
            self.error("request_object_signing_algs", what, "write `request_object_signing_alg` too");
        }
    }

    fn request_signed_by(&mut self, at: &str, alg: Option<&str>) {
        let client = self.client;
        let signs = client.require_signed_request_object || client.fapi;
        let (keys, secret) =
            (client.jwks.is_some() || client.jwks_uri.is_some(), client.client_secret.is_some());
        let known: Vec<&str> = SigningAlg::ALL.iter().map(|alg| alg.as_str()).chain(["none"]).collect();
        match alg {
            Some(alg) if !known.contains(&alg) => {
                self.error(at, format!("there is no signature algorithm {alg:?}"), one_of(alg, &known));
            }
            Some("none") if signs => {
                let what = "this client must sign its request objects, and is to send them unsigned";
                self.error(at, what, "name the algorithm, or take the other wish out");
            }
            Some("none") => {}
            Some(alg) if is_mac(alg) && !secret => {
                let advice = "write the secret itself as `client_secret`";
                self.error(at, format!("{alg} computes with the client's secret"), advice);
            }
            Some(alg) if !is_mac(alg) && !keys => {
                let advice = "write `jwks` or `jwks_uri` with the client's public keys";
                self.error(at, format!("{alg} needs the client's keys"), advice);
            }
            None if client.require_signed_request_object && !keys && !secret => {
                let what = "nothing is known to verify the client's signatures with";
                let advice = "write `jwks` or `jwks_uri` with the client's public keys";
                self.error("require_signed_request_object", what, advice);
            }
            _ => {}
        }
    }

    fn request_encryption(&mut self) {
        let client = self.client;
        let alg = client.request_object_encryption_alg.as_deref();
        let enc = client.request_object_encryption_enc.as_deref();
        let algs: Vec<&str> = KeyManagementAlg::ALL.iter().map(|alg| alg.as_str()).collect();
        let encs: Vec<&str> = ContentEncryption::ALL.iter().map(|enc| enc.as_str()).collect();
        for (at, value, known) in
            [("request_object_encryption_alg", alg, &algs), ("request_object_encryption_enc", enc, &encs)]
        {
            if let Some(value) = value.filter(|value| !known.contains(value)) {
                self.error(at, format!("there is no encryption algorithm {value:?}"), one_of(value, known));
            }
        }
        if enc.is_some() && alg.is_none() {
            let advice = "write `request_object_encryption_alg` too";
            self.error("request_object_encryption_enc", "this is of no use without the other", advice);
        }
    }

    fn request_uris(&mut self) {
        const AT: &str = "request_uris";
        for uri in &self.client.request_uris {
            let fragment = uri.split_once('#').map(|(_, fragment)| fragment);
            if let Some(fault) =
                uri::fault(uri).filter(|_| Url::parse(uri).is_ok()).or_else(|| uri::wildcard(uri))
            {
                self.error(AT, format!("{uri:?} {}", fault.what), fault.instead);
                continue;
            }
            match Url::parse(uri) {
                _ if uri.len() > MAX_URI => {
                    let what =
                        format!("{:?}… is longer than 512 characters", uri.get(..40).unwrap_or_default());
                    self.error(AT, what, "choose a shorter address (RFC 9101 §5.2)");
                }
                Ok(_) if fragment.is_some_and(|fragment| !is_hash(fragment)) => {
                    let what = format!("the fragment of {uri:?} cannot be the hash of what is there");
                    let advice = "leave it out, or write the SHA-256 in base64url: 43 characters, no padding";
                    self.error(AT, what, advice);
                }
                Ok(url) if url.scheme() == "https" && url.has_host() => {}
                Ok(url) if url.scheme() == "http" && url.has_host() => {
                    let what =
                        format!("{uri:?} is fetched only where `outbound.allow_private_addresses` is set");
                    self.warn(AT, what, "write https://…");
                }
                _ => self.error(AT, format!("{uri:?} is not a web address"), "write https://…"),
            }
        }
    }
}

/// OpenID Connect Core §6.2.
fn is_hash(fragment: &str) -> bool {
    URL_SAFE_NO_PAD.decode(fragment).is_ok_and(|bytes| bytes.len() == 32)
}

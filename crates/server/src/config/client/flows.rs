//! RFC 6749 §2 and §4, OpenID Connect Registration §2: grant types, response types, and what each requires of
//! a client.

use signet_core::response_type::ResponseType;

use super::Rules;
use crate::config::known;
use crate::config::settings::one_of;

pub(super) fn rules(rules: &mut Rules<'_, '_>) {
    rules.flows();
}

impl Rules<'_, '_> {
    fn flows(&mut self) {
        let client = self.client;
        for (key, values, known) in [
            ("grant_types", &client.grant_types, known::grant_types()),
            ("response_types", &client.response_types, known::response_types()),
        ] {
            // The words of a response type come in any order.
            let in_other_order = |value: &str| key == "response_types" && ResponseType::find(value).is_some();
            let is_known = |value: &str| known.contains(&value) || in_other_order(value);
            for value in values.iter().flatten().filter(|value| !is_known(value)) {
                self.error(key, format!("there is no {key} value {value:?}"), one_of(value, &known));
            }
        }
        let code = client.allows_grant("authorization_code");
        if !code && ResponseType::find("code").is_some_and(|code| code.is_allowed(client)) {
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
            self.error(
                "lifetimes",
                "a code may be valid for ten minutes at most (RFC 6749 §4.1.2)",
                "write \"60s\"",
            );
        }
    }
}

//! What well-known applications need, for `signet client add --for APP`: where answers go, and what they
//! read, by the defaults of each.

use serde_json::{Map, Value, json};
use signet::admin::Fault;
use signet_core::client::Judge;

use super::refused;

/// An application's needs.
pub(in crate::cli) struct Preset {
    /// Its name on the command line.
    pub(in crate::cli) name: &'static str,
    /// Where answers go, behind the application's own address; `{id}` is the client_id.
    pub(in crate::cli) callbacks: &'static [&'static str],
    /// Where it asks for people to be sent after they signed out.
    pub(in crate::cli) signed_out: Option<&'static str>,
    /// It reads ID tokens and does not ask the UserInfo endpoint.
    pub(in crate::cli) claims_in_id_token: bool,
    /// It has no secret.
    pub(in crate::cli) public: bool,
    /// It runs on the person's own machine.
    pub(in crate::cli) native: bool,
    /// It reads access tokens as JWTs, and refresh tokens, which here are none: it is given no such tokens.
    pub(in crate::cli) reads_tokens: bool,
    /// The one algorithm by which it takes ID tokens, and its setting for another.
    pub(in crate::cli) id_token_alg: Option<(&'static str, &'static str)>,
}

const fn web(name: &'static str, callbacks: &'static [&'static str]) -> Preset {
    Preset {
        name,
        callbacks,
        signed_out: None,
        claims_in_id_token: false,
        public: false,
        native: false,
        reads_tokens: false,
        id_token_alg: None,
    }
}

const fn by_id_token(name: &'static str, callbacks: &'static [&'static str]) -> Preset {
    Preset { claims_in_id_token: true, ..web(name, callbacks) }
}

/// Every application that is known, by name.
pub(in crate::cli) static PRESETS: &[Preset] = &[
    Preset {
        // NextAuth.js 4; its successors go by the metadata. The paths are those of Next.js and of the rest.
        id_token_alg: Some(("RS256", "client: { id_token_signed_response_alg: \"…\" } of the provider")),
        ..by_id_token("authjs", &["/api/auth/callback/{id}", "/auth/callback/{id}"])
    },
    web("django-allauth", &["/accounts/oidc/{id}/login/callback/"]),
    Preset { signed_out: Some("/"), ..web("gitea", &["/user/oauth2/{id}/callback"]) },
    web("gitlab", &["/users/auth/openid_connect/callback"]),
    web("grafana", &["/login/generic_oauth"]),
    web("jupyterhub", &["/hub/oauth_callback"]),
    Preset {
        // Without `redirectUri` it is the page that calls; the other one is for `silentCheckSsoRedirectUri`.
        signed_out: Some("/"),
        public: true,
        reads_tokens: true,
        ..web("keycloak-js", &["/", "/silent-check-sso.html"])
    },
    Preset {
        public: true,
        native: true,
        id_token_alg: Some(("RS256", "--oidc-signing-algs of the API server")),
        ..by_id_token("kubernetes", &[""])
    },
    Preset {
        id_token_alg: Some(("HS256", "OIDC_RP_SIGN_ALGO")),
        ..web("mozilla-django-oidc", &["/oidc/callback/"])
    },
    // The paths with and without URL rewriting.
    Preset {
        signed_out: Some("/"),
        ..by_id_token("nextcloud", &["/apps/user_oidc/code", "/index.php/apps/user_oidc/code"])
    },
    web("oauth2-proxy", &["/oauth2/callback"]),
    by_id_token("synapse", &["/_synapse/client/oidc/callback"]),
];

/// Fills in what an application needs, where nothing else is said. What it expects and this provider does not
/// offer comes back.
pub(in crate::cli) fn fill(
    metadata: &mut Map<String, Value>,
    name: &str,
    url: Option<&str>,
    judge: &Judge<'_>,
) -> anyhow::Result<Vec<Fault>> {
    let Some(preset) = PRESETS.iter().find(|preset| preset.name == name) else {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        let known = names.join(", ");
        return Err(refused::invalid(format!("nothing is known of {name:?}; known are {known}")));
    };
    let id = metadata.get("client_id").and_then(Value::as_str).unwrap_or(name).to_owned();
    let url = url.map(|url| url.trim_end_matches('/'));
    let redirects: Vec<String> = match url {
        Some(url) => {
            preset.callbacks.iter().map(|path| format!("{url}{}", path.replace("{id}", &id))).collect()
        }
        // kubectl's helpers listen on the person's own machine.
        None if preset.native => {
            ["http://localhost:8000", "http://localhost:18000"].map(str::to_owned).into()
        }
        None if metadata.contains_key("redirect_uris") => Vec::new(),
        None => {
            let what = format!("--url says where {name} is, such as https://{name}.example.org");
            return Err(refused::usage(what));
        }
    };
    let mut put = |member: &str, value: Option<Value>| {
        if let Some(value) = value {
            metadata.entry(member).or_insert(value);
        }
    };
    let signed_out = url.zip(preset.signed_out).map(|(url, path)| json!([format!("{url}{path}")]));
    let alg = preset.id_token_alg.filter(|(alg, _)| offers(judge, alg));
    put("client_id", Some(id.into()));
    put("redirect_uris", (!redirects.is_empty()).then(|| redirects.into()));
    put("post_logout_redirect_uris", signed_out);
    put("claims_in_id_token", preset.claims_in_id_token.then(|| true.into()));
    put(ID_TOKEN_ALG, alg.map(|(alg, _)| alg.into()));
    put("token_endpoint_auth_method", preset.public.then(|| "none".into()));
    put("application_type", preset.native.then(|| "native".into()));
    put("access_token_format", preset.reads_tokens.then(|| "jwt".into()));
    put("grant_types", preset.reads_tokens.then(|| json!(["authorization_code"])));
    let unmet = preset.id_token_alg.filter(|_| !metadata.contains_key(ID_TOKEN_ALG));
    Ok(unmet.map(|(alg, setting)| unlike(name, alg, setting)).into_iter().collect())
}

const ID_TOKEN_ALG: &str = "id_token_signed_response_alg";

fn offers(judge: &Judge<'_>, alg: &str) -> bool {
    let algs = judge.lists.get("id_token_signing_alg_values_supported").and_then(Value::as_array);
    algs.is_some_and(|algs| algs.iter().any(|one| one == alg))
}

fn unlike(name: &str, alg: &str, setting: &str) -> Fault {
    let what = format!("{name} expects {alg} unless it is set up otherwise, and {alg} is not offered here");
    let advice = format!("name the algorithm of its ID tokens there: {setting}");
    Fault::new(ID_TOKEN_ALG, what).instead(advice).warning()
}

//! What well-known applications need, for `signet client add --for APP`: where answers go, and what they
//! read, by the defaults of each; and what is to be set there.

pub(in crate::cli) mod setup;

use serde_json::{Map, Value, json};
use signet::admin::Fault;
use signet_core::client::{Judge, Scopes};
use signet_core::uri;
use url::Url;

use super::refused;
use setup::Block;

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
    /// What is to be set there: where its default is another, or it has none.
    pub(in crate::cli) setup: &'static [Block],
}

const fn web(name: &'static str, callbacks: &'static [&'static str], setup: &'static [Block]) -> Preset {
    Preset {
        name,
        callbacks,
        signed_out: None,
        claims_in_id_token: false,
        public: false,
        native: false,
        reads_tokens: false,
        id_token_alg: None,
        setup,
    }
}

const fn by_id_token(
    name: &'static str,
    callbacks: &'static [&'static str],
    setup: &'static [Block],
) -> Preset {
    Preset { claims_in_id_token: true, ..web(name, callbacks, setup) }
}

/// Every application that is known, by name.
pub(in crate::cli) static PRESETS: &[Preset] = &[
    Preset {
        // NextAuth.js 4; its successors go by the metadata. The paths are those of Next.js and of the rest.
        id_token_alg: Some(("RS256", "client: { id_token_signed_response_alg: \"…\" } of the provider")),
        ..by_id_token("authjs", &["/api/auth/callback/{id}", "/auth/callback/{id}"], setup::AUTHJS)
    },
    web("django-allauth", &["/accounts/oidc/{id}/login/callback/"], setup::DJANGO_ALLAUTH),
    Preset { signed_out: Some("/"), ..web("gitea", &["/user/oauth2/{id}/callback"], setup::GITEA) },
    web("gitlab", &["/users/auth/openid_connect/callback"], setup::GITLAB),
    web("grafana", &["/login/generic_oauth"], setup::GRAFANA),
    web("jupyterhub", &["/hub/oauth_callback"], setup::JUPYTERHUB),
    Preset {
        // Without `redirectUri` it is the page that calls; the other one is for `silentCheckSsoRedirectUri`.
        signed_out: Some("/"),
        public: true,
        reads_tokens: true,
        ..web("keycloak-js", &["/", "/silent-check-sso.html"], setup::KEYCLOAK_JS)
    },
    Preset {
        public: true,
        native: true,
        id_token_alg: Some(("RS256", "--oidc-signing-algs of the API server")),
        ..by_id_token("kubernetes", &[""], setup::KUBERNETES)
    },
    Preset {
        id_token_alg: Some(("HS256", "OIDC_RP_SIGN_ALGO")),
        ..web("mozilla-django-oidc", &["/oidc/callback/"], setup::MOZILLA_DJANGO_OIDC)
    },
    // The paths with and without URL rewriting.
    Preset {
        signed_out: Some("/"),
        ..by_id_token(
            "nextcloud",
            &["/apps/user_oidc/code", "/index.php/apps/user_oidc/code"],
            setup::NEXTCLOUD,
        )
    },
    web("oauth2-proxy", &["/oauth2/callback"], setup::OAUTH2_PROXY),
    by_id_token("synapse", &["/_synapse/client/oidc/callback"], setup::SYNAPSE),
];

/// The application of this name.
pub(in crate::cli) fn find(name: &str) -> anyhow::Result<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
        let known = names.join(", ");
        refused::invalid(format!("nothing is known of {name:?}; known are {known}"))
    })
}

/// Fills in what an application needs, where nothing else is said. What it expects and this provider does not
/// offer comes back.
pub(in crate::cli) fn fill(
    metadata: &mut Map<String, Value>,
    preset: &Preset,
    url: Option<&str>,
    judge: &Judge<'_>,
) -> anyhow::Result<Vec<Fault>> {
    let name = preset.name;
    let id = metadata.get("client_id").and_then(Value::as_str).unwrap_or(name).to_owned();
    let url = url.map(|url| place(url, name)).transpose()?;
    if !metadata.contains_key("redirect_uris") {
        is_segment(&id, preset)?;
    }
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
    let unlike = unmet.map(|(alg, setting)| unlike(name, alg, setting));
    Ok(unlike.into_iter().chain(lacks_scopes(metadata, preset, judge)).collect())
}

/// All ask for these, by themselves or by what is to be set there; kubectl has no use for an address.
fn lacks_scopes(metadata: &Map<String, Value>, preset: &Preset, judge: &Judge<'_>) -> Option<Fault> {
    let Scopes::Known(known, _) = judge.scopes else { return None };
    let own = metadata.get("scope").and_then(Value::as_str);
    let has = |word: &str| {
        known.contains_key(word) && own.is_none_or(|own| own.split(' ').any(|other| other == word))
    };
    let asked = ["openid", "profile", "email"].into_iter().filter(|word| !preset.native || *word != "email");
    let lacking: Vec<&str> = asked.filter(|word| !has(word)).collect();
    let what = format!("{} asks for {}, which it cannot have here", preset.name, lacking.join(" and "));
    let advice = "add that to `allowed_scopes` and to the client's scopes, or leave it out there";
    (!lacking.is_empty()).then(|| Fault::new("scope", what).instead(advice).warning())
}

/// The address behind which its paths are.
fn place<'a>(url: &'a str, name: &str) -> anyhow::Result<&'a str> {
    let is_web = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    let (what, instead) = match uri::fault(url) {
        Some(fault) => (fault.what, fault.instead),
        None if !is_web => ("is not a web address".into(), "write https://HOST/PATH".into()),
        None if url.contains(['?', '#']) => (
            "has a query or a fragment, but paths are put behind it".into(),
            "leave out all from ? or # on".into(),
        ),
        None => return Ok(url.trim_end_matches('/')),
    };
    Err(refused::invalid(format!("--url says where {name} is: {url:?} {what}; {instead}")))
}

/// An application that has its own name for the provider in its path writes it there as it is, and routes it
/// as one segment.
fn is_segment(id: &str, preset: &Preset) -> anyhow::Result<()> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if id.bytes().all(plain) || !preset.callbacks.iter().any(|path| path.contains("{id}")) {
        return Ok(());
    }
    let name = preset.name;
    let what =
        format!("the client_id is part of the redirect URI of {name}, and {id:?} cannot be part of a path");
    Err(refused::invalid(format!(
        "{what}; write letters, digits and -._~, or the whole address as --redirect-uri"
    )))
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

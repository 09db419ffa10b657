//! What is to be set in well-known applications so that people can sign in with their usual claims, by the
//! names that each has for it.

use serde_json::{Value, json};
use signet::admin::clients::Made;
use signet_core::settings::Settings;

use crate::cli::listing::quoted;

/// Settings in one place of an application.
pub(in crate::cli) struct Block {
    /// Where they are: a file and what in it, or a command.
    pub(in crate::cli) at: &'static str,
    style: Style,
    /// Names and values, with words in braces for what is known once the client is made ([`Known`]).
    pub(in crate::cli) settings: &'static [(&'static str, &'static str)],
}

/// How a setting is written there.
#[derive(Clone, Copy)]
enum Style {
    /// `name = value`
    Assigned,
    /// `name: value,`
    Member,
    /// `"name": value,`
    Quoted,
    /// `name: value`
    Yaml,
    /// `--name=value`, in a shell
    Flag,
}

impl Style {
    fn line(self, name: &str, value: &str) -> String {
        match self {
            Self::Assigned => format!("{name} = {value}"),
            Self::Member => format!("{name}: {value},"),
            Self::Quoted => format!("\"{name}\": {value},"),
            Self::Yaml => format!("{name}: {value}"),
            Self::Flag => format!("--{name}={}", quoted(value)),
        }
    }
}

const fn block(at: &'static str, style: Style, settings: &'static [(&'static str, &'static str)]) -> Block {
    Block { at, style, settings }
}

pub(super) static AUTHJS: &[Block] = &[
    // It asks for openid, profile and email by itself.
    block(
        "Auth.js 5: a provider",
        Style::Member,
        &[
            ("id", "\"{id}\""),
            ("type", "\"oidc\""),
            ("issuer", "\"{issuer}\""),
            ("clientId", "\"{id}\""),
            ("clientSecret", "\"{secret}\""),
        ],
    ),
    // It asks for openid alone, and has no profile of a provider that it does not know.
    block(
        "or NextAuth.js 4: a provider",
        Style::Member,
        &[
            ("id", "\"{id}\""),
            ("type", "\"oauth\""),
            ("wellKnown", "\"{discovery}\""),
            ("clientId", "\"{id}\""),
            ("clientSecret", "\"{secret}\""),
            ("authorization", "{ params: { scope: \"openid profile email\" } }"),
            ("checks", "[\"pkce\", \"state\"]"),
            ("idToken", "true"),
            ("profile", "(claims) => ({ id: claims.sub, name: claims.name, email: claims.email })"),
        ],
    ),
];

pub(super) static DJANGO_ALLAUTH: &[Block] = &[block(
    "settings.py: an entry of SOCIALACCOUNT_PROVIDERS[\"openid_connect\"][\"APPS\"]",
    Style::Quoted,
    &[
        ("provider_id", "\"{id}\""),
        ("name", "\"{id}\""),
        ("client_id", "\"{id}\""),
        ("secret", "\"{secret}\""),
        ("settings", "{\"server_url\": \"{issuer}\"}"),
    ],
)];

pub(super) static GITEA: &[Block] = &[
    // It asks for openid alone, without which it has neither a name nor an e-mail address.
    block("app.ini: [oauth2_client]", Style::Assigned, &[("OPENID_CONNECT_SCOPES", "profile email")]),
    block(
        "gitea admin auth add-oauth",
        Style::Flag,
        &[
            ("name", "{id}"),
            ("provider", "openidConnect"),
            ("key", "{id}"),
            ("secret", "{secret}"),
            ("auto-discover-url", "{discovery}"),
        ],
    ),
];

pub(super) static GITLAB: &[Block] = &[
    // Otherwise it makes no accounts, or makes them and has an administrator let each in.
    block(
        "gitlab.rb",
        Style::Assigned,
        &[
            ("gitlab_rails['omniauth_allow_single_sign_on']", "[\"openid_connect\"]"),
            ("gitlab_rails['omniauth_block_auto_created_users']", "false"),
        ],
    ),
    block(
        "gitlab.rb: an entry of gitlab_rails['omniauth_providers']",
        Style::Member,
        &[
            ("name", "\"openid_connect\""),
            (
                "args",
                "{ name: \"openid_connect\", scope: [\"openid\", \"profile\", \"email\"], response_type: \"code\", \
                 issuer: \"{issuer}\", discovery: true, pkce: true, client_options: { identifier: \"{id}\", \
                 secret: \"{secret}\", redirect_uri: \"{callback}\" } }",
            ),
        ],
    ),
];

pub(super) static GRAFANA: &[Block] = &[
    // Its redirect URI is made of it.
    block("grafana.ini: [server]", Style::Assigned, &[("root_url", "{url}/")]),
    // Its own default is a scope of GitHub.
    block(
        "grafana.ini: [auth.generic_oauth]",
        Style::Assigned,
        &[
            ("enabled", "true"),
            ("client_id", "{id}"),
            ("client_secret", "{secret}"),
            ("scopes", "openid profile email"),
            ("auth_url", "{authorization_endpoint}"),
            ("token_url", "{token_endpoint}"),
            ("api_url", "{userinfo_endpoint}"),
            ("login_attribute_path", "preferred_username"),
            ("use_pkce", "true"),
        ],
    ),
];

pub(super) static JUPYTERHUB: &[Block] = &[block(
    "jupyterhub_config.py",
    Style::Assigned,
    &[
        ("c.JupyterHub.authenticator_class", "\"generic-oauth\""),
        ("c.GenericOAuthenticator.client_id", "\"{id}\""),
        ("c.GenericOAuthenticator.client_secret", "\"{secret}\""),
        ("c.GenericOAuthenticator.oauth_callback_url", "\"{callback}\""),
        ("c.GenericOAuthenticator.authorize_url", "\"{authorization_endpoint}\""),
        ("c.GenericOAuthenticator.token_url", "\"{token_endpoint}\""),
        ("c.GenericOAuthenticator.userdata_url", "\"{userinfo_endpoint}\""),
        // It has no scopes by itself, and looks for the claim `username`.
        ("c.GenericOAuthenticator.scope", "[\"openid\", \"profile\", \"email\"]"),
        ("c.GenericOAuthenticator.username_claim", "\"preferred_username\""),
        // Otherwise it lets in nobody who is not in `allowed_users`.
        ("c.GenericOAuthenticator.allow_all", "True"),
    ],
)];

pub(super) static KEYCLOAK_JS: &[Block] = &[
    block(
        "new Keycloak({ … })",
        Style::Member,
        &[("clientId", "\"{id}\""), ("oidcProvider", "\"{issuer}\"")],
    ),
    // By itself it watches the session in an iframe that the provider has for it, and `init` fails without
    // one.
    block(
        "keycloak.init({ … })",
        Style::Member,
        &[("scope", "\"openid profile email\""), ("checkLoginIframe", "false")],
    ),
];

pub(super) static KUBERNETES: &[Block] = &[
    // By itself it calls people by their `sub`.
    block(
        "kube-apiserver",
        Style::Flag,
        &[
            ("oidc-issuer-url", "{issuer}"),
            ("oidc-client-id", "{id}"),
            ("oidc-username-claim", "preferred_username"),
        ],
    ),
    // It asks for openid alone.
    block(
        "kubectl oidc-login get-token",
        Style::Flag,
        &[("oidc-issuer-url", "{issuer}"), ("oidc-client-id", "{id}"), ("oidc-extra-scope", "profile")],
    ),
];

pub(super) static MOZILLA_DJANGO_OIDC: &[Block] = &[block(
    "settings.py",
    Style::Assigned,
    &[
        ("OIDC_RP_CLIENT_ID", "\"{id}\""),
        ("OIDC_RP_CLIENT_SECRET", "\"{secret}\""),
        ("OIDC_RP_SIGN_ALGO", "\"{alg}\""),
        ("OIDC_RP_SCOPES", "\"openid profile email\""),
        ("OIDC_OP_AUTHORIZATION_ENDPOINT", "\"{authorization_endpoint}\""),
        ("OIDC_OP_TOKEN_ENDPOINT", "\"{token_endpoint}\""),
        ("OIDC_OP_USER_ENDPOINT", "\"{userinfo_endpoint}\""),
        ("OIDC_OP_JWKS_ENDPOINT", "\"{jwks_uri}\""),
    ],
)];

pub(super) static NEXTCLOUD: &[Block] = &[block(
    "occ user_oidc:provider {id}",
    Style::Flag,
    &[("clientid", "{id}"), ("clientsecret", "{secret}"), ("discoveryuri", "{discovery}")],
)];

pub(super) static OAUTH2_PROXY: &[Block] = &[block(
    "oauth2-proxy.cfg",
    Style::Assigned,
    &[
        ("provider", "\"oidc\""),
        ("oidc_issuer_url", "\"{issuer}\""),
        ("client_id", "\"{id}\""),
        ("client_secret", "\"{secret}\""),
        ("redirect_url", "\"{callback}\""),
        ("code_challenge_method", "\"S256\""),
        // It has to be said who is let in.
        ("email_domains", "[\"*\"]"),
    ],
)];

pub(super) static SYNAPSE: &[Block] = &[block(
    "homeserver.yaml: an entry of oidc_providers",
    Style::Yaml,
    &[
        ("idp_id", "\"{id}\""),
        ("idp_name", "\"{id}\""),
        ("issuer", "\"{issuer}\""),
        ("client_id", "\"{id}\""),
        ("client_secret", "\"{secret}\""),
        // It asks for openid alone, and people for a name.
        ("scopes", "[\"openid\", \"profile\", \"email\"]"),
        (
            "user_mapping_provider",
            "{config: {localpart_template: \"{{ user.preferred_username }}\", display_name_template: \"{{ user.name }}\"}}",
        ),
    ],
)];

/// What the words in braces stand for, once a client is made.
pub(in crate::cli) struct Known<'a> {
    /// The client, with its secret.
    pub(in crate::cli) made: &'a Made,
    /// Where the application is.
    pub(in crate::cli) url: Option<&'a str>,
    /// Those of this provider.
    pub(in crate::cli) settings: &'a Settings,
}

/// A block as it is for this client.
pub(in crate::cli) struct Filled {
    at: String,
    style: Style,
    settings: Vec<(&'static str, String)>,
}

impl Filled {
    /// For people: the place, and below it each setting as it is written there.
    pub(in crate::cli) fn lines(&self) -> Vec<String> {
        let lines = self.settings.iter().map(|(name, value)| format!("  {}", self.style.line(name, value)));
        [String::new(), self.at.clone()].into_iter().chain(lines).collect()
    }

    /// For programs: the value too is as it is written there.
    pub(in crate::cli) fn shown(&self) -> Vec<Value> {
        let shown = |(name, value): &(&str, String)| json!({"at": self.at, "name": name, "value": value});
        self.settings.iter().map(shown).collect()
    }
}

/// The words in braces.
pub(in crate::cli) const WORDS: [&str; 11] = [
    "issuer",
    "discovery",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "id",
    "secret",
    "url",
    "callback",
    "alg",
];

/// What is to be set. A setting of which something is not known is left out: the secret of a public client,
/// or the address of an application that was added by its redirect URIs.
pub(in crate::cli) fn filled(blocks: &[Block], known: &Known<'_>) -> Vec<Filled> {
    let Known { made, url, settings } = known;
    let client = &made.client;
    let meaning = |word: &str| -> Option<String> {
        Some(match word {
            "discovery" => {
                format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/'))
            }
            "id" => client.client_id.as_str().to_owned(),
            "secret" => made.secret.as_ref()?.expose().clone(),
            "url" => url.as_ref()?.trim_end_matches('/').to_owned(),
            "callback" => client.redirect_uris.first()?.clone(),
            "alg" => {
                client.id_token_signed_response_alg.as_ref().unwrap_or(&settings.default_signing_alg).clone()
            }
            "issuer" => settings.issuer.clone(),
            "jwks_uri" => settings.endpoint("jwks"),
            endpoint => settings.endpoint(endpoint.strip_suffix("_endpoint")?),
        })
    };
    let filled = blocks.iter().filter_map(|block| {
        let settings = block.settings.iter();
        let settings: Vec<_> =
            settings.filter_map(|(name, value)| Some((*name, written(value, &meaning)?))).collect();
        let in_command = |word: &str| match block.style {
            Style::Flag => meaning(word).map(|meant| quoted(&meant)),
            _ => meaning(word),
        };
        let at = written(block.at, &in_command)?;
        (!settings.is_empty()).then_some(Filled { at, style: block.style, settings })
    });
    filled.collect()
}

/// A text with all words in braces replaced, if they are known.
fn written(text: &str, meaning: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    WORDS.iter().try_fold(text.to_owned(), |text, word| {
        let braced = format!("{{{word}}}");
        if !text.contains(&braced) {
            return Some(text);
        }
        let meant = meaning(word)?;
        let in_quotes = text.contains(&format!("\"{braced}\""));
        let meant = if in_quotes { meant.replace('\\', r"\\").replace('"', "\\\"") } else { meant };
        Some(text.replace(&braced, &meant))
    })
}

/// For the book: each block of an application, with capitals for what is known later.
#[cfg(test)]
pub(in crate::cli) fn for_the_book(blocks: &[Block]) -> Vec<(String, Vec<String>)> {
    let meaning = |word: &str| Some(word.to_uppercase());
    let text = |text: &str| written(text, &meaning).unwrap_or_default();
    let of = |block: &Block| {
        let lines = block.settings.iter().map(|(name, value)| block.style.line(name, &text(value)));
        (text(block.at), lines.collect())
    };
    blocks.iter().map(of).collect()
}

//! The description of one target, read from TOML. See README.md.

use serde::Deserialize;
use std::collections::BTreeMap;

pub type Params = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    pub name: String,
    /// Origin to connect to: `http://127.0.0.1:9100`.
    pub base: String,
    #[serde(default = "default_discovery")]
    pub discovery: String,
    /// Overrides for the endpoint URLs found in the discovery document.
    #[serde(default)]
    pub endpoints: Params,
    /// Headers added to every request (for example X-Forwarded-Proto).
    #[serde(default)]
    pub headers: Params,
    pub server: Option<Server>,
    pub client: Option<Client>,
    pub service_client: Option<Client>,
    /// Client used for introspection; defaults to `client`.
    pub introspection_client: Option<Client>,
    pub user: Option<User>,
    #[serde(default)]
    pub flow: Flow,
    #[serde(default)]
    pub sso: Sso,
    /// Scenarios that this target does not offer.
    #[serde(default)]
    pub skip: Vec<String>,
}

fn default_discovery() -> String {
    "/.well-known/openid-configuration".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub command: Vec<String>,
    #[serde(default)]
    pub cwd: Option<String>,
    #[serde(default)]
    pub env: Params,
    /// Run before every start, for example to reset the store.
    #[serde(default)]
    pub prepare: Vec<String>,
    /// Run after every start, for example to seed users; not counted.
    #[serde(default)]
    pub seed: Vec<String>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Client {
    pub id: String,
    #[serde(default)]
    pub secret: String,
    /// `basic`, `post` or `none`.
    #[serde(default = "default_auth")]
    pub auth: String,
    #[serde(default)]
    pub redirect_uri: String,
    #[serde(default)]
    pub scope: String,
    /// Further parameters of the token request.
    #[serde(default)]
    pub token: Params,
    /// Whether its ID tokens come encrypted: then nobody here can open them.
    #[serde(default)]
    pub encrypted_id_token: bool,
}

fn default_auth() -> String {
    "basic".into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// May contain `${worker}`, the worker's number from 0.
    pub username: String,
    pub password: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Further parameters of the authorization request.
    #[serde(default)]
    pub extra: Params,
    #[serde(default)]
    pub page: Vec<Page>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Sso {
    /// Parameters set for a re-authorization, for example `prompt = "none"`;
    /// `${id_token}` is the last ID token.
    #[serde(default)]
    pub extra: Params,
}

/// What to do when an authorization run stops on a page. The first entry whose
/// conditions all hold is used.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    pub name: String,
    /// Regex on the URL of the page.
    pub when_url: Option<String>,
    /// Regex on the body of the page.
    pub when_body: Option<String>,
    /// name = regex with one group, on the body; used as `${cap.name}`.
    #[serde(default)]
    pub capture: Params,
    #[serde(default)]
    pub send: Vec<Send>,
    /// Where to go after the sends; without it, the last response is followed.
    pub goto: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    #[serde(default = "default_method")]
    pub method: String,
    /// Defaults to the action of the page's first form.
    pub url: Option<String>,
    /// Sent along with the form's hidden inputs.
    #[serde(default)]
    pub form: Params,
    /// A JSON body instead of a form.
    pub json: Option<String>,
    #[serde(default)]
    pub headers: Params,
    /// name = regex with one group, on the response; used as `${cap.name}`.
    #[serde(default)]
    pub capture: Params,
}

fn default_method() -> String {
    "POST".into()
}

/// Replaces `${env:NAME}` in the raw file, so that no path is written there.
pub fn load(path: &str) -> Result<Target, String> {
    let raw = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let re = regex::Regex::new(r"\$\{env:([A-Z0-9_]+)\}").unwrap();
    let mut missing = None;
    let text = re.replace_all(&raw, |c: &regex::Captures| {
        std::env::var(&c[1]).unwrap_or_else(|_| {
            missing = Some(c[1].to_string());
            String::new()
        })
    });
    let text = text.into_owned();
    if let Some(m) = missing {
        return Err(format!("{path}: the environment variable {m} is not set"));
    }
    toml::from_str(&text).map_err(|e| format!("{path}: {e}"))
}

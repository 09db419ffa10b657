//! What well-known applications need, for `signet client add --for APP`: where answers go, and what they
//! read.

/// An application's needs.
pub(in crate::cli) struct Preset {
    /// Its name on the command line.
    pub(in crate::cli) name: &'static str,
    /// Where answers go, behind the application's own address; `{id}` is the client_id.
    pub(in crate::cli) callback: &'static str,
    /// It reads ID tokens and never asks the UserInfo endpoint.
    pub(in crate::cli) claims_in_id_token: bool,
    /// It has no secret.
    pub(in crate::cli) public: bool,
    /// It expects ID tokens protected by its secret, unless it is told otherwise.
    pub(in crate::cli) id_tokens_by_secret: bool,
}

const fn web(name: &'static str, callback: &'static str) -> Preset {
    Preset { name, callback, claims_in_id_token: false, public: false, id_tokens_by_secret: false }
}

const fn by_id_token(name: &'static str, callback: &'static str) -> Preset {
    Preset { claims_in_id_token: true, ..web(name, callback) }
}

/// Every application that is known, by name.
pub(in crate::cli) static PRESETS: &[Preset] = &[
    by_id_token("authjs", "/api/auth/callback/{id}"),
    web("django-allauth", "/accounts/oidc/{id}/login/callback/"),
    web("gitea", "/user/oauth2/{id}/callback"),
    web("gitlab", "/users/auth/openid_connect/callback"),
    web("grafana", "/login/generic_oauth"),
    web("jupyterhub", "/hub/oauth_callback"),
    Preset { public: true, ..by_id_token("kubernetes", "") },
    Preset { id_tokens_by_secret: true, ..web("mozilla-django-oidc", "/oidc/callback/") },
    web("nextcloud", "/apps/user_oidc/code"),
    web("oauth2-proxy", "/oauth2/callback"),
    by_id_token("synapse", "/_synapse/client/oidc/callback"),
];

/// The names, for the help.
pub(in crate::cli) fn names() -> Vec<&'static str> {
    PRESETS.iter().map(|preset| preset.name).collect()
}

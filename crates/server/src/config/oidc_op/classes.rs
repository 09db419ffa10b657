//! Python's classes and functions. Those that oidc-op brings are what Signet does here; others cannot be run.

use super::{Rewrite, take, text};
use crate::config::tree::{Node, Value};

/// Where a class is named, and those of oidc-op that are there, whatever package they come from.
const KNOWN: &[(&[&str], &[&str])] = &[
    (&["endpoint", "webfinger"], &["Discovery"]),
    (&["endpoint", "provider_info"], &["ProviderConfiguration"]),
    (&["endpoint", "registration"], &["Registration"]),
    (&["endpoint", "registration_api"], &["RegistrationRead"]),
    (&["endpoint", "introspection"], &["Introspection"]),
    (&["endpoint", "authorization"], &["Authorization"]),
    (&["endpoint", "token"], &["Token", "AccessToken", "TokenCoop"]),
    (&["endpoint", "refresh_token"], &["RefreshAccessToken"]),
    (&["endpoint", "endpoint"], &["Endpoint"]),
    (&["endpoint", "userinfo"], &["UserInfo"]),
    (&["endpoint", "end_session"], &["Session"]),
    (&["endpoint", "session"], &["Session"]),
    (&["endpoint", "pushed_authorization"], &["PushedAuthorization"]),
    (&["add_on", "pkce"], &["add_pkce_support", "add_support"]),
    (&["add_on", "dpop"], &["add_support"]),
    (&["add_on", "extra_args"], &["add_support"]),
    (&["add_on", "claims"], &["add_custom_scopes", "add_support"]),
    (&["add_on", "custom_scopes"], &["add_custom_scopes", "add_support"]),
    (&["authz"], &["AuthzHandling"]),
    (&["token_handler_args", "code"], &["DefaultToken"]),
    (&["token_handler_args", "token"], &["JWTToken", "DefaultToken"]),
    (&["token_handler_args", "refresh"], &["JWTToken", "DefaultToken"]),
    (&["token_handler_args", "id_token"], &["IDToken"]),
    (&["id_token"], &["IDToken"]),
    (&["userinfo"], &["UserInfo"]),
    (&["client_db"], &["AbstractFileSystem"]),
    (&["cookie_handler"], &["CookieHandler"]),
    (&["claims_interface"], &["ClaimsInterface", "OAuth2ClaimsInterface"]),
];

pub(super) fn apply(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    for (path, known) in KNOWN {
        for key in ["class", "function"] {
            let Some(class) = take(tree, &[path, &[key][..]].concat()) else { continue };
            let Some(written) = class.text().map(str::to_owned) else { continue };
            let name = written.rsplit(['.', ':']).next().unwrap_or_default();
            if !known.contains(&name) {
                let what = format!("{written:?} is Python, which does not run here");
                let advice = match *path {
                    ["authz"] => {
                        "leave `class` out: users are asked what an application gets, unless it has `skip_consent`"
                    }
                    ["client_db"] => {
                        "leave `client_db` out, or take \"AbstractFileSystem\"; others are kept in `store`"
                    }
                    _ => "leave it out for what Signet does here",
                };
                rewrite.error(&class, what, advice);
            }
            if *path == ["token_handler_args", "token"] {
                let format = if name == "JWTToken" { "jwt" } else { "opaque" };
                rewrite.put(tree, &["access_token_format"], text(format, &class));
            }
            if *path == ["endpoint", "registration"] {
                open_registration(tree, &class, rewrite);
            }
        }
    }
}

/// oidc-op lets anybody register where it has the endpoint.
fn open_registration(tree: &mut Node, class: &Node, rewrite: &mut Rewrite<'_>) {
    let written = tree.get("registration").and_then(|table| table.get("mode"));
    if written.is_some_and(|mode| !matches!(mode.value, Value::Null)) {
        return;
    }
    let what = "anybody may register applications, as with oidc-op";
    rewrite.warn(class, what, "write registration.mode: \"open\" to keep it so, else \"token\" or \"off\"");
    rewrite.put(tree, &["registration", "mode"], text("open", class));
}

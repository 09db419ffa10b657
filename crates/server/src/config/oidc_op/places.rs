//! Keys that have another place or name here, and keys that have none.

use super::{Rewrite, capabilities, integer, take, text, words};
use crate::config::tree::{Node, Value};

/// What becomes of a key.
enum Deed {
    /// It is read there.
    To(&'static [&'static str]),
    /// It is left out, because Signet does so anyway.
    Done,
    /// It is left out with a warning: what is done instead, and what to write.
    Told(&'static str, &'static str),
    /// It is judged by its value.
    Judged(fn(&Node, &mut Rewrite<'_>)),
}

use Deed::{Done, Judged, To, Told};

const OUT: &str = "leave it out";
const LOGOUT: Deed = Told("applications do not learn of sign-outs in this version", OUT);
const COOKIES: Deed = Told("Signet's cookies have names, flags and keys of their own", OUT);
const METHODS: &str = "write capabilities.token_endpoint_auth_methods_supported";
const SECRETS: Deed = Told(
    "codes and tokens are random handles, of which only hashes are kept: there is nothing to encrypt",
    OUT,
);

const ROWS: &[(&[&str], Deed)] = &[
    (&["entity_id"], To(&["issuer"])),
    (&["password"], SECRETS),
    (&["session_key"], SECRETS),
    (&["verify_ssl"], Judged(verify)),
    (&["jwks_uri"], Told("the address of the keys follows from `keys.uri_path`", OUT)),
    (&["cookie_dealer"], COOKIES),
    (&["cookie_name"], COOKIES),
    (&["sso_db"], Told("sessions are kept in `store`", OUT)),
    (&["session_db"], Told("sessions are kept in `store`", OUT)),
    (&["client_authn_methods"], Told("Python does not run here", METHODS)),
    (&["server_name"], Told("the issuer alone names this provider", OUT)),
    (&["base_url"], Told("the issuer alone names this provider", OUT)),
    (&["webserver", "server_cert"], To(&["tls", "cert"])),
    (&["webserver", "server_key"], To(&["tls", "key"])),
    (&["webserver", "verify_user"], Judged(verify_user)),
    (&["webserver", "ca_bundle"], Told("browsers are not asked for certificates in this version", OUT)),
    (
        &["webserver", "debug"],
        Told("there is no debugger to switch on", "write `log.level = \"debug\"` to see more"),
    ),
    (&["httpc_params", "verify"], Judged(verify)),
    (&["httpc_params", "verify_ssl"], Judged(verify)),
    (&["httpc_params", "allow_private"], To(&["outbound", "allow_private_addresses"])),
    (&["httpc_params", "timeout"], Told("requests of Signet's own have bounds of their own", OUT)),
    (&["httpc_params", "client_cert"], Told("Signet shows no certificate of its own", OUT)),
    (&["httpc_params", "client_key"], Told("Signet shows no certificate of its own", OUT)),
    (&["session_params", "password"], SECRETS),
    (&["session_params", "remember_token"], Told("expired tokens are removed automatically", OUT)),
    (&["session_params", "remove_inactive_token"], Told("expired tokens are removed automatically", OUT)),
    (&["session_params", "sub_funcs"], To(&["session_params", "sub_func"])),
    (&["sub_func"], To(&["session_params", "sub_func"])),
    (&["scopes_supported"], To(&["capabilities", "scopes_supported"])),
    (&["session_params", "scopes_supported"], To(&["capabilities", "scopes_supported"])),
    (&["preference"], To(&["capabilities"])),
    (&["capabilities", "frontchannel_logout_supported"], LOGOUT),
    (&["capabilities", "frontchannel_logout_session_supported"], LOGOUT),
    (&["capabilities", "backchannel_logout_supported"], LOGOUT),
    (&["capabilities", "backchannel_logout_session_supported"], LOGOUT),
    (&["capabilities", "check_session_iframe"], LOGOUT),
    (&["cookie_handler"], COOKIES),
    (&["token_handler_args", "jwks_def"], SECRETS),
    (&["token_handler_args", "jwks_file"], SECRETS),
    (&["token_handler_args", "jwks"], SECRETS),
    (&["token_handler_args", "token", "aud"], To(&["access_token_audience"])),
    (
        &["token_handler_args", "token", "alg"],
        Told("access tokens are signed by the first of `keys.signing`", OUT),
    ),
    (&["token_handler_args", "token", "issuer"], Told("the issuer alone names this provider", OUT)),
    (&["token_handler_args", "token", "token_type"], Done),
    (&["token_handler_args", "token", "server_get"], Done),
    (&["token_handler_args", "code", "password"], SECRETS),
    (&["token_handler_args", "token", "password"], SECRETS),
    (&["token_handler_args", "refresh", "password"], SECRETS),
    (&["token_handler_args", "code", "crypt_conf"], SECRETS),
    (&["token_handler_args", "token", "crypt_conf"], SECRETS),
    (&["token_handler_args", "refresh", "crypt_conf"], SECRETS),
    (&["token_handler_args", "refresh", "aud"], Told("a refresh token is for this provider alone", OUT)),
    (&["token_handler_args", "refresh", "alg"], SECRETS),
    (&["token_handler_args", "code", "aud"], Told("a code is for this provider alone", OUT)),
    (&["userinfo", "path"], Told("the path of an endpoint belongs in `endpoint`", OUT)),
    (
        &["id_token", "default_claims"],
        Told("oidc-op does not read this", "write `base_claims` for claims that each ID token has"),
    ),
    (&["authz", "server_get"], Done),
    (&["claims_interface", "server_get"], Done),
    (&["claims_interface"], Done),
    (&["add_on", "pkce", "code_challenge_method"], Judged(challenge_methods)),
    (&["add_on", "pkce", "code_challenge_methods"], Judged(challenge_methods)),
    (&["add_on", "extra_args"], Told("every answer names the issuer (RFC 9207); others are not added", OUT)),
    (&["add_on", "dpop"], Told("tokens are not bound to keys in this version", OUT)),
    (&["endpoint", "pushed_authorization"], Told("requests are not pushed in this version", OUT)),
    (&["endpoint", "webfinger"], Judged(well_known)),
    (&["endpoint", "provider_info"], Judged(well_known)),
    (
        &["endpoint", "registration_api"],
        Told("a registration is managed below the path of `endpoint.registration`", OUT),
    ),
    (&["endpoint", "session"], To(&["endpoint", "end_session"])),
    (&["endpoint", "refresh_token"], Told("refresh tokens are taken at the token endpoint", OUT)),
    (&["endpoint", "endpoint"], Told("an endpoint that does nothing of its own is not served", OUT)),
    (&["endpoint", "userinfo", "db_file"], Told("users are read from the file of `userinfo`", OUT)),
    (&["endpoint", "userinfo", "db"], Told("users are read from `userinfo`", OUT)),
    (&["endpoint", "authorization", "request_cls"], Judged(request_class)),
    (
        &["endpoint", "registration", "client_secret_expiration_time"],
        To(&["registration", "client_secret_expires_in"]),
    ),
    (
        &["endpoint", "registration", "client_secret_expires_in"],
        To(&["registration", "client_secret_expires_in"]),
    ),
    (&["endpoint", "registration", "client_id_generator"], Judged(generator)),
    (&["endpoint", "registration", "seed"], Told("ids and secrets are random, and follow from nothing", OUT)),
    (&["endpoint", "token", "grant_types_supported"], To(&["capabilities", "grant_types_supported"])),
    (&["endpoint", "token", "revoke_refresh_on_issue"], Judged(rotation)),
    (&["endpoint", "introspection", "client_authn_method"], Judged(introspection_methods)),
    (&["endpoint", "userinfo", "client_authn_method"], Judged(bearer)),
    (&["endpoint", "registration", "client_authn_method"], Judged(open)),
    (&["endpoint", "authorization", "client_authn_method"], Judged(open)),
    (&["endpoint", "end_session", "client_authn_method"], Judged(open)),
    (&["endpoint", "end_session", "logout_verify_url"], Told("the page has a path of its own", OUT)),
    (&["endpoint", "end_session", "post_logout_uri_path"], Told("the page has a path of its own", OUT)),
    (&["endpoint", "end_session", "signing_alg"], Told("nothing is signed between these pages", OUT)),
    (&["endpoint", "end_session", "frontchannel_logout_supported"], LOGOUT),
    (&["endpoint", "end_session", "frontchannel_logout_session_supported"], LOGOUT),
    (&["endpoint", "end_session", "backchannel_logout_supported"], LOGOUT),
    (&["endpoint", "end_session", "backchannel_logout_session_supported"], LOGOUT),
    (&["endpoint", "end_session", "check_session_iframe"], LOGOUT),
    (
        &["client_authn_method"],
        Told(
            "how applications may authenticate is a list here",
            "write capabilities.token_endpoint_auth_methods_supported",
        ),
    ),
    (&["scopes_handler"], Told("Python does not run here", "write `scopes_to_claims` and `allowed_scopes`")),
    (&["template_handler"], Told("Python does not run here", "write `template_dir`")),
    (&["template_loader"], Told("Python does not run here", "write `template_dir`")),
    (
        &["client_authn"],
        Told("Python does not run here", "write capabilities.token_endpoint_auth_methods_supported"),
    ),
    (&["symkey"], SECRETS),
    (&["jwks"], To(&["keys"])),
    (&["sso_ttl"], Told("oidc-op never used it", "write lifetimes.session")),
];

pub(super) fn apply(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    listen(tree, rewrite);
    log(tree, rewrite);
    expiry(tree, rewrite);
    grant_types(tree);
    capabilities::apply(tree, rewrite);
    for (path, deed) in ROWS {
        let Some(node) = take(tree, path) else { continue };
        match deed {
            _ if matches!(node.value, Value::Null) => {}
            To(place) => rewrite.put(tree, place, node),
            Done => {}
            Told(what, advice) => rewrite.warn(&node, *what, *advice),
            Judged(judge) => judge(&node, rewrite),
        }
    }
    capabilities::lists(tree, rewrite);
}

/// Where the web application around oidc-op listens.
fn listen(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    let port = take(tree, &["webserver", "port"]);
    let Some(domain) = take(tree, &["webserver", "domain"]) else {
        if let Some(port) = port.filter(|_| tree.get("port").is_none()) {
            rewrite.put(tree, &["port"], port);
        }
        return;
    };
    // An environment variable takes precedence over the file.
    let written = tree.get("listen").map(|listen| &listen.place);
    if matches!(written, Some(crate::config::problem::Place::Environment(_))) {
        return;
    }
    let host = match domain.text() {
        Some("localhost") => Some("127.0.0.1"),
        Some(host) if host.parse::<std::net::IpAddr>().is_ok() => Some(host),
        _ => None,
    };
    let number = port.as_ref().or_else(|| tree.get("port")).and_then(integer);
    match (host, number) {
        (Some(host), Some(port)) => {
            let written =
                if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
            rewrite.put(tree, &["listen"], text(written, &domain));
        }
        _ => rewrite.warn(&domain, "this is no address to listen on", "write listen: \"127.0.0.1:8080\""),
    }
}

/// Python's logging: the level of its root.
fn log(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    let Some(logging) = take(tree, &["logging"]) else { return };
    let root = super::get(&logging, &["root", "level"]);
    let level = root.and_then(Node::text).map(str::to_ascii_lowercase);
    let level = match level.as_deref() {
        Some("critical" | "error") => Some("error"),
        Some("warning" | "warn") => Some("warn"),
        Some("info") => Some("info"),
        Some("debug") => Some("debug"),
        _ => None,
    };
    if let Some(level) = level {
        rewrite.put(tree, &["log", "level"], text(level, root.unwrap_or(&logging)));
    }
    let what = "of Python's logging only the level of `root` is taken; lines go to standard error";
    rewrite.warn(&logging, what, "write `log`");
}

/// oidc-op's code has a flag and a time where its manual has one time.
fn expiry(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    const AT: [&str; 3] = ["endpoint", "registration", "client_secret_expires"];
    let Some(flag) = take(tree, &AT) else { return };
    match flag.value {
        Value::Bool(false) => {
            take(tree, &["endpoint", "registration", "client_secret_expires_in"]);
            let never = Node { value: Value::Integer(0), ..flag };
            rewrite.put(tree, &["registration", "client_secret_expires_in"], never);
        }
        Value::Bool(true) => {
            let said = ["client_secret_expires_in", "client_secret_expiration_time"]
                .iter()
                .any(|name| super::get(tree, &["endpoint", "registration", name]).is_some());
            if !said {
                let month = Node { value: Value::Integer(2_592_000), ..flag };
                rewrite.put(tree, &["registration", "client_secret_expires_in"], month);
            }
        }
        _ => rewrite.put(tree, &["registration", "client_secret_expires_in"], flag),
    }
}

/// A table of helpers by grant type, of which only the names count.
fn grant_types(tree: &mut Node) {
    let Some(endpoint) = super::get_mut(tree, "endpoint") else { return };
    let Some(token) = super::get_mut(endpoint, "token") else { return };
    if let Some(helpers) = take(token, &["grant_types_helpers"])
        && let Value::Table(entries) = &mut token.value
    {
        let place = helpers.place.clone();
        entries.push(crate::config::tree::Entry {
            name: "grant_types_supported".into(),
            place,
            node: helpers,
        });
    }
    let Some(grants) = super::get_mut(token, "grant_types_supported") else { return };
    if let Value::Table(entries) = &grants.value {
        let names = entries.iter().map(|entry| text(entry.name.clone(), &entry.node)).collect();
        grants.value = Value::List(names);
    }
}

/// The classes of oidc-op differ in which form of request object they ask for; all are taken.
fn request_class(node: &Node, rewrite: &mut Rewrite<'_>) {
    let class = node.text().and_then(|class| class.rsplit(['.', ':']).next()).unwrap_or_default();
    if class == "PushedAuthorizationRequest" || !class.ends_with("AuthorizationRequest") {
        rewrite.error(node, "this is Python, which does not run here", OUT);
    }
}

fn verify_user(node: &Node, rewrite: &mut Rewrite<'_>) {
    if !matches!(node.value, Value::Bool(false)) {
        rewrite.error(node, "browsers are not asked for certificates in this version", "write false");
    }
}

fn verify(node: &Node, rewrite: &mut Rewrite<'_>) {
    if !matches!(node.value, Value::Bool(true)) {
        let what = "certificates of other servers are always verified";
        rewrite.warn(node, what, "name authorities of your own in `outbound.extra_ca`");
    }
}

fn challenge_methods(node: &Node, rewrite: &mut Rewrite<'_>) {
    let rest: Vec<&str> = words(node).into_iter().filter(|method| *method != "S256").collect();
    if rest.contains(&"plain") {
        let what = "the method plain protects no code from a reader of the request: S256 alone is taken";
        rewrite.warn(node, what, "write \"S256\"; `dangerous.pkce_plain` is for applications that cannot");
    } else if !rest.is_empty() {
        let what = format!("{}: not registered for PKCE (RFC 7636); S256 alone is taken", rest.join(" and "));
        rewrite.warn(node, what, "write \"S256\"");
    }
}

fn well_known(node: &Node, rewrite: &mut Rewrite<'_>) {
    let Some(path) = node.get("path") else { return };
    let named = path.text().unwrap_or_default().trim_start_matches('/');
    if ![".well-known/webfinger", ".well-known/openid-configuration"].contains(&named) {
        rewrite.error(path, "applications look for this at one place only", "leave it out");
    }
}

fn generator(node: &Node, rewrite: &mut Rewrite<'_>) {
    let class = node.get("class").and_then(Node::text).unwrap_or("random_client_id");
    if class.rsplit(['.', ':']).next() == Some("random_client_id") {
        rewrite.warn(node, "ids are random, and follow from no seed", OUT);
    } else {
        rewrite.error(
            node,
            format!("{class:?} is Python, which does not run here"),
            "leave it out: ids are random",
        );
    }
}

fn rotation(node: &Node, rewrite: &mut Rewrite<'_>) {
    if matches!(node.value, Value::Bool(false)) {
        rewrite.warn(node, "each refresh replaces the token that it was asked with", OUT);
    }
}

fn introspection_methods(node: &Node, rewrite: &mut Rewrite<'_>) {
    let named = words(node);
    let all = ["client_secret_post", "client_secret_basic", "client_secret_jwt", "private_key_jwt"];
    if !all.iter().all(|method| named.contains(method)) {
        let what = "an application authenticates in one way at every endpoint";
        rewrite.warn(node, what, "write each client's token_endpoint_auth_method");
    }
}

fn bearer(node: &Node, rewrite: &mut Rewrite<'_>) {
    if words(node).iter().any(|method| !["bearer_header", "bearer_body"].contains(method)) {
        rewrite.warn(node, "access tokens are shown in the header or in the body", OUT);
    }
}

fn open(node: &Node, rewrite: &mut Rewrite<'_>) {
    if !words(node).is_empty() {
        rewrite.warn(node, "applications do not authenticate here", OUT);
    }
}

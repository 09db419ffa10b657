//! What a configuration means, in plain sentences.

use signet_core::client_auth::{OFFERED_BY, Proof, accepted};
use signet_core::id::ClientId;
use signet_core::record::Client;
use signet_core::record::client::{AccessTokenFormat, ApplicationType};
use signet_core::response_type::RESPONSE_TYPES;
use signet_core::settings::Settings;
use signet_core::settings::authentication::Context;
use signet_core::settings::registration::{Mode, Policy};
use signet_core::settings::resources::{OpenTo, Resource, Typ};
use signet_core::time::Timestamp;
use signet_core::token::protect::NONE;

use crate::config::{Loaded, Seconds, StoreAddress, dangers};
use signet::keys::KeyOptions;

/// The provider itself.
pub(super) fn provider(loaded: &Loaded) -> Vec<String> {
    let settings = &loaded.settings;
    let transport = match (&loaded.tls, settings.issuer.starts_with("https:")) {
        (Some(_), _) => "with TLS of its own",
        (None, true) => "without TLS, which a proxy must add",
        (None, false) => "without TLS, for this machine alone",
    };
    let store = match &loaded.store {
        StoreAddress::Memory => "in memory: it is gone when the server stops".to_owned(),
        StoreAddress::Sqlite(path) => format!("in the SQLite file {}", path.display()),
    };
    let scopes: Vec<&str> = settings.scopes.keys().map(String::as_str).collect();
    let contexts: Vec<String> = settings.authentication.iter().map(context).collect();
    let mut lines = vec![
        format!("{} listens on {} {transport}.", settings.issuer, loaded.listen),
        format!("State is kept {store}."),
        format!(
            "Tokens are signed by {}, unless a client wants another of {}.",
            settings.default_signing_alg,
            loaded.signing.join(", ")
        ),
        keys(&loaded.keys),
        format!("Scopes: {}.", scopes.join(", ")),
        format!("Authentication contexts, weakest first: {}.", contexts.join(", ")),
        format!(
            "Users stay signed in for {}. The file has {} and {}.",
            Seconds(settings.lifetimes.session).text(),
            count(loaded.users.len(), "user", "users"),
            count(loaded.clients.len(), "client", "clients"),
        ),
    ];
    lines.extend(settings.resources.iter().flat_map(|resource| api(resource, loaded)));
    lines.extend(registration(&settings.registration));
    lines.extend(dangers(loaded));
    lines
}

/// Who may ask for an API, and what its developer must set: the audience, how tokens look, and who may ask
/// about them.
fn api(resource: &Resource, loaded: &Loaded) -> [String; 2] {
    let settings = &loaded.settings;
    let name = resource.name.in_language("").map(|name| format!(" ({name})")).unwrap_or_default();
    let ids = |clients: &[ClientId]| clients.iter().map(ClientId::as_str).collect::<Vec<_>>().join(", ");
    let open = match &resource.open_to {
        OpenTo::All => "every application".to_owned(),
        OpenTo::Registered => "applications that registered themselves".to_owned(),
        OpenTo::Clients(clients) if clients.is_empty() => {
            "those that name it in their `resources`".to_owned()
        }
        OpenTo::Clients(clients) => ids(clients),
    };
    let signed = || {
        let typ = match resource.typ {
            Typ::AccessToken => "at+jwt",
            Typ::Jwt => "JWT",
        };
        let alg = resource.signing_alg.as_ref().unwrap_or(&settings.default_signing_alg);
        format!("typ {typ}, signed by {alg}")
    };
    let format = match resource.format {
        Some(AccessTokenFormat::Opaque) => "opaque".to_owned(),
        Some(AccessTokenFormat::Jwt) => format!("JWTs ({})", signed()),
        None => {
            let usual = format_of(settings.access_token_format);
            format!("as the application has them, by default {usual}; JWTs have {}", signed())
        }
    };
    let end = match resource.access_token {
        Some(seconds) => format!("valid for {}", Seconds(seconds).text()),
        None => {
            let usual = Seconds(settings.lifetimes.access_token).text();
            format!("valid for {usual} unless the application says otherwise")
        }
    };
    let scopes = match resource.scopes.as_slice() {
        [] => "no scopes of its own".to_owned(),
        scopes => format!("the scopes {}", scopes.join(" ")),
    };
    let all = loaded.clients.iter().filter(|client| client.may_introspect).map(|client| &client.client_id);
    let mut askers = resource.introspected_by.clone();
    askers.extend(all.filter(|id| !resource.introspected_by.contains(id)).cloned());
    let asked = match askers.as_slice() {
        [] => "no client of this file may introspect them".to_owned(),
        askers => format!("{} may introspect them", ids(askers)),
    };
    [
        format!("The resource {}{name} is available to {open}.", resource.identifier),
        format!(
            "  Its tokens have the audience {} and {scopes}, and are {format}; {end}; {asked}.",
            resource.identifier
        ),
    ]
}

fn keys(keys: &KeyOptions) -> String {
    let replaced = match keys.rotate_every {
        _ if keys.files.rule() => "The keys are exactly those in the file of keys.private_path".to_owned(),
        0 => "Keys are replaced only by hand".to_owned(),
        seconds => format!("Keys are replaced every {}", Seconds(seconds).text()),
    };
    let kept = if keys.at_rest.current.is_some() { "encrypted" } else { "in clear" };
    format!("{replaced}; in the store they are {kept}.")
}

fn registration(policy: &Policy) -> Vec<String> {
    let mut lines = vec![match policy.mode {
        Mode::Off => "No application can register itself.".to_owned(),
        Mode::Token => "Anyone who has an initial access token can register an application.".to_owned(),
        Mode::Open => "Anybody can register an application.".to_owned(),
    }];
    if policy.metadata_documents {
        let hosts = policy.metadata_document_hosts.as_ref();
        let hosts = match hosts.map(Vec::as_slice) {
            None => "any host".to_owned(),
            Some([]) => "no host".to_owned(),
            Some(hosts) => hosts.join(", "),
        };
        lines.push(format!(
            "An application can use the URL of its metadata document as client_id, at {hosts}."
        ));
    }
    lines
}

fn context(context: &Context) -> String {
    let Context { acr, fresh, lifetime, .. } = context;
    match (fresh, lifetime) {
        (true, _) => format!("{acr} (signed in for the request)"),
        (false, Some(lifetime)) => format!("{acr} (for {})", Seconds(*lifetime).text()),
        (false, None) => acr.clone(),
    }
}

fn scopes(client: &Client, settings: &Settings) -> String {
    match (&client.scope, &client.scopes_to_claims) {
        (Some(scope), _) => format!("  It may ask for the scopes {scope}."),
        (None, Some(own)) => {
            let words: Vec<&str> = own.keys().map(String::as_str).collect();
            format!("  It may ask for the scopes {}, which are its own.", words.join(" "))
        }
        (None, None) => every_scope(client, settings),
    }
}

/// What a client may ask for that is registered for no scopes: all but those of APIs that it may not name.
fn every_scope(client: &Client, settings: &Settings) -> String {
    let is_closed = |word: &&str| {
        let having = |resource: &&Resource| resource.scopes.iter().any(|scope| scope == *word);
        let mut having = settings.resources.iter().filter(having).peekable();
        having.peek().is_some() && !having.any(|resource| resource.may_be_named_by(client))
    };
    let closed: Vec<&str> = settings.scopes.keys().map(String::as_str).filter(is_closed).collect();
    match closed.as_slice() {
        [] => "  It may ask for every scope.".into(),
        closed => format!(
            "  It may ask for every scope but {}, which APIs have that are not open to it.",
            closed.join(", ")
        ),
    }
}

/// One client.
pub(super) fn client(client: &Client, settings: &Settings, now: Timestamp) -> Vec<String> {
    let mut lines = vec![identity(client, settings)];
    lines.extend(own_secret(client, now));
    lines.extend(previous_secret(client, now));
    lines.extend(not_offered(client, settings));
    if client.registered {
        lines.push("  registered itself: nobody here has checked it, and users see that.".into());
    }
    let code = client.allows_grant("authorization_code");
    let browser = through_the_browser(client);
    let signs_in = code || !browser.is_empty();
    if code {
        lines.push(format!("  signs users in by the authorization code flow{}.", pkce(client, settings)));
    }
    if !browser.is_empty() {
        lines.push(format!("  gets tokens through the browser, where it asks for {}.", browser.join(", ")));
    }
    if signs_in {
        lines.push(consent(client));
    }
    if client.allows_grant("client_credentials") {
        lines.push("  gets access tokens for itself (client_credentials).".into());
    }
    let gets_tokens = signs_in || client.allows_grant("client_credentials");
    if !gets_tokens {
        lines.push(
            "  can get no tokens: it has no grant type for it, as a resource server needs none.".into(),
        );
    }
    if code {
        lines.push(refresh(client, settings));
    }
    if gets_tokens {
        lines.push(access_tokens(client, settings));
    }
    if signs_in {
        let alg = client.id_token_signed_response_alg.as_ref().unwrap_or(&settings.default_signing_alg);
        let signed = if alg == NONE { "not signed".to_owned() } else { format!("signed by {alg}") };
        let encrypted = client.id_token_encrypted_response_alg.as_ref();
        let encrypted = encrypted.map_or(String::new(), |alg| format!(", encrypted by {alg}"));
        let id_token = Seconds(client.lifetimes.id_token.unwrap_or(settings.lifetimes.id_token)).text();
        lines.push(format!("  ID tokens are {signed}{encrypted} and are valid for {id_token}."));
        let by_scope = client.add_claims.by_scope.id_token;
        lines.push(match by_scope.unwrap_or(settings.release.id_token.add_claims_by_scope) {
            true => "  The claims of its scopes are in ID tokens and at userinfo.".into(),
            false => {
                "  The claims of its scopes are at userinfo; with `claims_in_id_token` in ID tokens too."
                    .into()
            }
        });
    }
    if gets_tokens {
        lines.push(scopes(client, settings));
    }
    if gets_tokens && !client.resources.is_empty() {
        lines.push(format!("  It may request its own resources {}.", client.resources.join(", ")));
    }
    if client.fapi {
        lines.push("  It must follow FAPI 2.0.".into());
    }
    if client.may_introspect {
        lines.push("  It may introspect all tokens.".into());
    }
    for uri in &client.redirect_uris {
        let any_port = client.takes_any_port_of(uri);
        lines.push(format!("  Redirect URI: {uri}{}", if any_port { " (any port)" } else { "" }));
    }
    for uri in &client.post_logout_redirect_uris {
        lines.push(format!("  Post-logout redirect URI: {uri}"));
    }
    lines
}

/// Until when its secret is accepted, where it has an end.
fn own_secret(client: &Client, now: Timestamp) -> Option<String> {
    let end = client.client_secret_expires_at;
    (client.has_secret() && end != Timestamp::NEVER).then(|| match end.expired_at(now) {
        true => format!("  Its secret has not been accepted since {}.", end.minute()),
        false => format!("  Its secret is accepted until {}.", end.minute()),
    })
}

/// The secret that it had before, where that is kept.
pub(super) fn previous_secret(client: &Client, now: Timestamp) -> Option<String> {
    let end = client.client_secret_previous_expires_at;
    client.has_previous_secret().then(|| match end {
        Timestamp::NEVER => "  Its old secret is accepted too, until it is taken out.".to_owned(),
        _ if end.expired_at(now) => format!("  Its old secret has not been accepted since {}.", end.minute()),
        _ => format!("  Its old secret is accepted too, until {}.", end.minute()),
    })
}

/// RFC 8252 §8.6: what a remembered consent is good for.
fn consent(client: &Client) -> String {
    let uris = &client.redirect_uris;
    let anyones = uris.iter().filter(|uri| client.is_anyones_at(uri)).count();
    if client.skip_consent {
        "  People are not asked for consent: it is first-party.".to_owned()
    } else if anyones == 0 {
        "  People are asked for consent once, and again when it wants more.".to_owned()
    } else if anyones == uris.len() {
        "  People see a page for each request, as any program on their device could make it.".to_owned()
    } else {
        "  People are asked for consent once, and again when it wants more. They see a page for each request that is answered on their device, as any \
         program there could make it."
            .to_owned()
    }
}

/// The methods that its operator did not name, and does not offer.
fn not_offered(client: &Client, settings: &Settings) -> Option<String> {
    let accepted = accepted(client, settings);
    let others: Vec<&str> =
        client.auth_methods().into_iter().filter(|method| !accepted.contains(method)).collect();
    (!others.is_empty())
        .then(|| format!("  {} is not accepted: {OFFERED_BY} does not have it.", others.join(" or ")))
}

fn identity(client: &Client, settings: &Settings) -> String {
    let name = client.client_name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let grants = client.grant_types.as_deref();
    let kind = match (client.application_type, grants) {
        (_, Some([])) => "resource server",
        (_, Some([one])) if one == "client_credentials" => "service",
        (ApplicationType::Native, _) => "native application",
        (ApplicationType::Web, _) => "web application",
    };
    format!("{}{name}: a {kind} {}", client.client_id, proofs(&accepted(client, settings)))
}

/// How a client authenticates that may do it by these methods.
fn proofs(methods: &[&str]) -> String {
    let by = |proof: Proof| {
        let methods: Vec<&str> =
            methods.iter().copied().filter(|method| Proof::of(method) == Some(proof)).collect();
        let methods = methods.join(" or ");
        (!methods.is_empty()).then(|| match proof {
            Proof::Nothing => "without a secret".to_owned(),
            Proof::Secret => format!("that authenticates with its secret ({methods})"),
            Proof::SecretMac => format!("that signs with its secret ({methods})"),
            Proof::Key => format!("that signs with its own key ({methods})"),
        })
    };
    let all = [Proof::Secret, Proof::SecretMac, Proof::Key, Proof::Nothing].into_iter().filter_map(by);
    match all.collect::<Vec<_>>().as_slice() {
        [] => "that cannot authenticate".to_owned(),
        all => all.join(" or "),
    }
}

/// The response types of implicit and hybrid flows that it may ask for, as RFC 9700 §2.1.2 would have
/// operators know.
fn through_the_browser(client: &Client) -> Vec<&'static str> {
    let offered =
        RESPONSE_TYPES.iter().filter(|offered| offered.grant_types().any(|needed| needed == "implicit"));
    offered.filter(|offered| offered.is_allowed(client)).map(|offered| offered.name).collect()
}

fn pkce(client: &Client, settings: &Settings) -> &'static str {
    let public = client.is_public() && !settings.dangerous.public_clients_without_pkce;
    if public || client.require_pkce.unwrap_or(settings.pkce_required) {
        ", with PKCE required"
    } else {
        ", with PKCE supported but not required"
    }
}

fn refresh(client: &Client, settings: &Settings) -> String {
    if !client.allows_grant("refresh_token") {
        return "  It gets no refresh tokens.".into();
    }
    let end = Seconds(client.lifetimes.refresh_token.unwrap_or(settings.lifetimes.refresh_token)).text();
    match client.refresh_without_offline_access {
        true => format!(
            "  It gets refresh tokens; without offline_access they end with the session. Unused for {end} they end."
        ),
        false => format!(
            "  With the scope offline_access, or without openid, it gets refresh tokens; unused for {end} they end."
        ),
    }
}

fn access_tokens(client: &Client, settings: &Settings) -> String {
    let format = format_of(client.access_token_format.unwrap_or(settings.access_token_format));
    let differs = |resource: &&Resource| {
        resource.may_be_named_by(client) && (resource.format.is_some() || resource.access_token.is_some())
    };
    let others = match settings.resources.iter().any(|resource| differs(&resource)) {
        true => ", for APIs that say nothing else",
        false => "",
    };
    let end = Seconds(client.lifetimes.access_token.unwrap_or(settings.lifetimes.access_token)).text();
    let audience = match client.access_token_audience.as_slice() {
        [] => String::new(),
        names => format!(", for {}", names.join(" and ")),
    };
    format!("  Access tokens are {format} and valid for {end}{audience}{others}.")
}

fn format_of(format: AccessTokenFormat) -> &'static str {
    match format {
        AccessTokenFormat::Jwt => "JWTs (RFC 9068)",
        AccessTokenFormat::Opaque => "opaque",
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

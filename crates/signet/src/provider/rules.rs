//! What settings and clients must fit: found at start rather than by the first person who signs in.

use std::collections::BTreeSet;

use signet_core::alg::is_mac;
use signet_core::fault::Fault;
use signet_core::name;
use signet_core::record::Client;
use signet_core::settings::Settings;
use signet_core::settings::authentication::Context;
use signet_core::token::protect::{KINDS, NONE};
use url::Url;

use super::{BuildError, Methods, StaticUser};

/// Forms and proofs name a method, so no two have one name; and only the first has the usual page.
pub(super) fn distinct(methods: &Methods) -> Result<(), BuildError> {
    let mut known: Vec<&str> = Vec::new();
    for method in methods.all() {
        let name = method.name();
        let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if !is_word {
            let what = format!("{name:?} is no name of a sign-in method: write small letters and _ only");
            return Err(BuildError::of_settings(what));
        }
        if known.contains(&name) {
            return Err(BuildError::of_settings(format!("there are two sign-in methods called {name}")));
        }
        if method.template().is_none() && !known.is_empty() {
            return Err(BuildError::of_settings(format!("the sign-in method {name} has no template")));
        }
        known.push(name);
    }
    Ok(())
}

/// A context that nobody can reach would send people round in circles.
pub(super) fn reachable(contexts: &[Context], methods: &Methods) -> Result<(), BuildError> {
    if contexts.is_empty() {
        let what = "there is no authentication context, so nobody could sign in";
        return Err(Fault::new("authentication", what).into());
    }
    for Context { name, amr, .. } in contexts {
        let unknown =
            amr.iter().find(|done| !methods.all().any(|method| method.amr().contains(&done.as_str())));
        let what = match unknown {
            Some(unknown) => format!("no method does {unknown}"),
            None if amr.is_empty() => "this needs a method".to_owned(),
            None => continue,
        };
        return Err(Fault::new(["authentication", name.as_str(), "amr"], what).into());
    }
    Ok(())
}

/// People come from one place: where that is the application, nobody is written down or makes an account.
pub(super) fn alone(settings: &Settings, users: &[StaticUser]) -> Result<(), BuildError> {
    match users.first() {
        Some(user) => {
            let name = &user.username;
            let what = format!("{name} is set, but all users come from the directory; put them there");
            Err(BuildError::People(what))
        }
        None if settings.sign_up => {
            Err(BuildError::of_settings("nobody can create an account: all users come from the directory"))
        }
        None => Ok(()),
    }
}

/// What applications that nobody has looked at must not be called: people would take them for this provider,
/// or for an application that the operator has written down.
pub(super) fn taken_names(issuer: &str, clients: &[Client]) -> BTreeSet<String> {
    let shown = shown(issuer);
    let own = shown.iter().map(String::as_str).chain([issuer]);
    own.flat_map(name::looks).chain(clients.iter().flat_map(name::titles)).collect()
}

/// What must be in no such name. A bare word such as `localhost` is no more than a word.
pub(super) fn own_hosts(issuer: &str) -> BTreeSet<String> {
    let is_address = |host: &&String| host.contains(['.', ':']);
    shown(issuer).iter().filter(is_address).flat_map(|host| name::looks(host)).collect()
}

/// How pages show where somebody is: by the host, with the port if it has one.
fn shown(issuer: &str) -> Vec<String> {
    let Ok(url) = Url::parse(issuer) else { return Vec::new() };
    let Some(host) = url.host_str() else { return Vec::new() };
    let with_port = url.port().map(|port| format!("{host}:{port}"));
    with_port.into_iter().chain([host.to_owned()]).collect()
}

/// Found at start rather than by the first person who signs in: a client wants an algorithm that has no key.
/// Secrets and nobody at all need none of ours.
pub(super) fn signable(client: &Client, algs: &[String]) -> Result<(), BuildError> {
    for kind in KINDS {
        let Some(alg) = (kind.signed_alg)(client).filter(|alg| !is_mac(alg)) else { continue };
        let unsigned = alg == NONE && kind.may_be_unsigned;
        if !unsigned && !algs.iter().any(|known| known == alg) {
            let (id, name, known) = (client.client_id.as_str(), kind.name, algs.join(", "));
            return Err(BuildError::of_settings(format!(
                "client {id}: {name}_signed_response_alg is {alg}, but there are keys for {known} only"
            )));
        }
    }
    Ok(())
}

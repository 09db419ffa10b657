//! What settings and clients must fit: found at start rather than by the first person who signs in.

use signet_core::alg::is_mac;
use signet_core::record::Client;
use signet_core::resource::{self, Among, Fault};
use signet_core::settings::Settings;
use signet_core::settings::authentication::Context;
use signet_core::token::protect::{KINDS, NONE};
use signet_login::METHODS;

use super::BuildError;

/// A context that nobody can reach would send people round in circles.
pub(super) fn reachable(contexts: &[Context]) -> Result<(), BuildError> {
    if contexts.is_empty() {
        return Err(BuildError::Settings(
            "there is no authentication context, so nobody could sign in".into(),
        ));
    }
    for Context { name, amr, lifetime, .. } in contexts {
        let unknown = amr.iter().find(|done| !METHODS.iter().any(|method| method.amr == **done));
        if let Some(unknown) = unknown {
            let what = format!("authentication context {name}: no method does {unknown}");
            return Err(BuildError::Settings(what));
        }
        if amr.is_empty() || *lifetime == Some(0) {
            let what = format!("authentication context {name} needs a method, and a lifetime longer than 0");
            return Err(BuildError::Settings(what));
        }
    }
    Ok(())
}

/// What a configuration file is judged by, for those who write settings in code.
pub(super) fn resources(settings: &Settings, clients: &[Client]) -> Result<(), BuildError> {
    let Settings { issuer, paths, scopes, release, .. } = settings;
    let among = Among { issuer, paths, scopes, clients, release };
    match resource::faults(&settings.resources, &among).into_iter().next() {
        Some(Fault { resource, member, what, instead, .. }) => {
            Err(BuildError::Settings(format!("resources[{resource}].{member}: {what}; {instead}")))
        }
        None => Ok(()),
    }
}

/// Found at start rather than by the first person who signs in: a client wants an algorithm that has no key.
/// Secrets and nobody at all need none of ours.
pub(super) fn signable(client: &Client, algs: &[String]) -> Result<(), BuildError> {
    for kind in KINDS {
        let Some(alg) = (kind.signed_alg)(client).filter(|alg| !is_mac(alg)) else { continue };
        let unsigned = alg == NONE && kind.may_be_unsigned;
        if !unsigned && !algs.iter().any(|known| known == alg) {
            let (id, name, known) = (client.client_id.as_str(), kind.name, algs.join(", "));
            return Err(BuildError::Settings(format!(
                "client {id}: {name}_signed_response_alg is {alg}, but there are keys for {known} only"
            )));
        }
    }
    Ok(())
}

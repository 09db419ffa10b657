//! RFC 7518 §3.1, OpenID Connect Discovery §3: signature algorithms in lists of the metadata, and the keys
//! that they require.

use signet_jose::SigningAlg;

use super::defs::signing_of;
use crate::config::written::Capabilities;
use signet::keys::{KeyDef, KeyOptions, Purpose};

/// An algorithm that a list of the metadata names.
#[derive(Clone, Copy)]
pub(super) struct Listed {
    pub(super) list: &'static str,
    pub(super) index: usize,
    pub(super) alg: SigningAlg,
}

const OF_ID_TOKENS: &str = "id_token_signing_alg_values_supported";

/// What the lists of the metadata name, but for shared secrets, which need no key of ours.
pub(super) fn listed(capabilities: &Capabilities) -> Vec<Listed> {
    let mut found = Vec::new();
    for list in
        [OF_ID_TOKENS, "userinfo_signing_alg_values_supported", "introspection_signing_alg_values_supported"]
    {
        let names = capabilities.lists.get(list).into_iter().flatten().enumerate();
        found.extend(names.filter_map(|(index, name)| {
            let alg = SigningAlg::ALL.into_iter().find(|alg| alg.as_str() == name && !alg.is_symmetric())?;
            Some(Listed { list, index, alg })
        }));
    }
    found
}

/// Without `keys.signing`: what the keys are usually for, and what the lists of the metadata name of all that
/// they can do.
pub(super) fn derived(defs: &[KeyDef], listed: &[Listed]) -> Vec<String> {
    let named = |at: &Listed| at.alg.as_str().to_owned();
    let mut algs: Vec<String> = match defs {
        [] => listed.iter().filter(|at| at.list == OF_ID_TOKENS).map(named).collect(),
        defs => signing_of(defs),
    };
    if defs.is_empty() && algs.is_empty() {
        algs = KeyOptions::SIGNING.map(String::from).into();
    }
    let held = |at: &&Listed| {
        defs.is_empty()
            || defs.iter().any(|def| def.purpose == Purpose::Sig && def.key_type == at.alg.key_type())
    };
    algs.extend(listed.iter().filter(held).map(named));
    // Discovery §3: the algorithm of every application that names none, and of every library.
    let of_id_tokens: Vec<&Listed> = listed.iter().filter(|at| at.list == OF_ID_TOKENS).collect();
    let usual = of_id_tokens.is_empty() || of_id_tokens.iter().any(|at| at.alg.as_str() == "RS256");
    if let Some(at) = algs.iter().position(|alg| alg == "RS256").filter(|_| usual) {
        algs.swap(0, at);
    }
    let mut seen: Vec<String> = Vec::new();
    algs.retain(|alg| {
        let first = !seen.contains(alg);
        if first {
            seen.push(alg.clone());
        }
        first
    });
    algs
}

//! OpenID Connect Core §3.1.2.1: what a request that a form has sent says of a person, encrypted where the
//! request goes on in an address. Addresses end up in histories and in logs of proxies.

use serde::{Deserialize, Serialize};

use crate::env::Env;
use crate::error::Error;
use crate::params::{LONGEST_QUERY, Params};
use crate::secret::keyed;

/// What a sealed value begins with, as handles do.
const PREFIX: &str = "sga_";
/// The parameters that may name a person. Those of a hint are left out if they cannot be opened.
const PERSONAL: [(&str, bool); 4] =
    [("id_token_hint", true), ("login_hint", true), ("claims", false), ("request", false)];

#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(rename = "u")]
    until: u64,
    #[serde(rename = "n")]
    name: String,
    #[serde(rename = "v")]
    value: String,
}

/// The parameters as they go on in an address.
pub fn seal(env: &Env<'_>, params: &Params) -> Result<Params, Error> {
    let sealed = |(name, value): &(String, String)| {
        if !PERSONAL.iter().any(|(personal, _)| personal == name) || value.is_empty() {
            return Ok((name.clone(), value.clone()));
        }
        let until = env.now.plus(env.settings.lifetimes.interaction).0;
        let kept = Kept { until, name: name.clone(), value: value.clone() };
        let failed = |why: String| Error::server(format!("sealing a posted request: {why}"));
        let bytes = serde_json::to_vec(&kept).map_err(|error| failed(error.to_string()))?;
        let body = env.jose.seal(&key(env), &bytes).map_err(|error| failed(error.0))?;
        Ok((name.clone(), format!("{PREFIX}{body}")))
    };
    params.pairs().iter().map(sealed).collect::<Result<_, Error>>().map(Params::from_pairs)
}

/// The parameters as they were sent. A hint that has ended, or is none of ours, is no hint.
pub fn unseal(env: &Env<'_>, params: &Params) -> Params {
    let opened = |(name, value): &(String, String)| {
        let personal = PERSONAL.iter().find(|(personal, _)| personal == name);
        let value = match (personal, value.starts_with(PREFIX)) {
            (Some((_, is_hint)), true) => match open(env, name, value) {
                None if *is_hint => return None,
                opened => opened.unwrap_or_else(|| value.clone()),
            },
            _ => value.clone(),
        };
        Some((name.clone(), value))
    };
    Params::from_pairs(params.pairs().iter().filter_map(opened).collect())
}

fn open(env: &Env<'_>, name: &str, sealed: &str) -> Option<String> {
    let body = sealed.strip_prefix(PREFIX).filter(|body| body.len() <= LONGEST_QUERY)?;
    let kept: Kept = serde_json::from_slice(&env.jose.unseal(&key(env), body).ok()?).ok()?;
    (kept.name == name && env.now.0 < kept.until).then_some(kept.value)
}

/// For nothing but these values, though made from the key of all handles.
fn key(env: &Env<'_>) -> [u8; 32] {
    keyed(&env.secrets.handle_key, "posted request", &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;

    fn params(pairs: &[(&str, &str)]) -> Params {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Params::from_pairs(owned.collect())
    }

    #[test]
    fn what_names_a_person_is_read_here_only_under_its_name_and_for_a_time() {
        let mut world = World::new();
        let sent = params(&[("client_id", "web"), ("login_hint", "diana"), ("request", "e.y.j")]);
        let sealed = seal(&world.env(), &sent).unwrap();
        assert_eq!(sealed.get("client_id"), Some("web"));
        assert!(!sealed.encode().contains("diana") && !sealed.encode().contains("e.y.j"));
        assert_eq!(unseal(&world.env(), &sealed).pairs(), sent.pairs());
        let hint = sealed.get("login_hint").unwrap();
        let elsewhere = params(&[("id_token_hint", hint), ("state", hint)]);
        assert_eq!(unseal(&world.env(), &elsewhere).pairs(), params(&[("state", hint)]).pairs());
        world.now = world.now.plus(world.settings.lifetimes.interaction);
        let ended = unseal(&world.env(), &sealed);
        assert_eq!((ended.get("login_hint"), ended.get("request")), (None, sealed.get("request")));
    }
}

//! RFC 7517 §5: keys created elsewhere, imported from a JWK Set or from PEM. Whatever is wrong with one is
//! reported with its place in the set.

use serde_json::{Map, Value};
use signet_core::time::Timestamp;
use signet_jose::{DecryptionKey, Jwk, SigningKey};

use super::key::{Key, Purpose, Slot, State, purpose};
use super::{KeyError, KeyOptions, pem};

/// The most keys that a file may hold.
const MOST_KEYS: usize = 100;

/// How keys are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// They work from now on.
    Active,
    /// They only verify and decrypt what was made with them elsewhere.
    Retired,
    /// They are in the file of `keys.private_path`: they work, and retire when they are taken out there.
    FromFile,
}

/// Reads private keys in PEM, a JWK Set, or one JWK. A `kid` is for one key alone; a key without one goes by
/// its thumbprint.
pub(super) fn read_keys(text: &str, kid: Option<&str>) -> Result<Vec<Jwk>, KeyError> {
    let mut keys = if pem::is_pem(text) {
        let found = pem::read(text)?;
        if found.len() > MOST_KEYS {
            return Err(KeyError::Key(format!("there are {} keys; {MOST_KEYS} are the most", found.len())));
        }
        let numbered = found.into_iter().enumerate();
        let named = numbered.map(|(index, jwk)| {
            checked(jwk)
                .map_err(|why| KeyError::Key(format!("private key {} of the PEM text: {why}", index + 1)))
        });
        named.collect::<Result<Vec<_>, _>>()?
    } else {
        read_jwks(text)?
    };
    if let Some(kid) = kid {
        let [key] = keys.as_mut_slice() else {
            return Err(KeyError::Key(format!("a kid is for one key, and there are {} here", keys.len())));
        };
        key.kid = Some(kid.to_owned());
    }
    Ok(keys)
}

/// Reads a JWK Set, or one JWK. Shared secrets (`oct`) are left out: a key ring has no use for them.
pub fn read_jwks(text: &str) -> Result<Vec<Jwk>, KeyError> {
    let wrong = |why: String| KeyError::Key(why);
    let value = signet_json::written_value(text.as_bytes())
        .map_err(|error| wrong(format!("this is not JSON: {error}")))?;
    let found = match value {
        Value::Object(mut set) => match set.remove("keys") {
            Some(Value::Array(keys)) => keys,
            None if set.contains_key("kty") => vec![Value::Object(set)],
            _ => return Err(wrong("a JWK Set is a JSON object with an array `keys`".into())),
        },
        _ => return Err(wrong("a JWK Set is a JSON object with an array `keys`".into())),
    };
    if found.len() > MOST_KEYS {
        return Err(wrong(format!("there are {} keys; {MOST_KEYS} are the most", found.len())));
    }
    let mut keys: Vec<Jwk> = Vec::new();
    for (index, key) in found.into_iter().enumerate() {
        let Value::Object(members) = key else {
            return Err(wrong(format!("key {}: a JWK must be a JSON object", index + 1)));
        };
        if members.get("kty").and_then(Value::as_str) == Some("oct") {
            continue;
        }
        let name = name(index, &members);
        let jwk = one(members).map_err(|why| wrong(format!("{name}: {why}")))?;
        let thumbprint = jwk.thumbprint();
        if keys.iter().any(|known| known.thumbprint() == thumbprint) {
            continue;
        }
        if keys.iter().any(|known| known.kid == jwk.kid) {
            return Err(wrong(format!(
                "{name}: another key of this set has the same kid; give each its own"
            )));
        }
        keys.push(jwk);
    }
    Ok(keys)
}

fn name(index: usize, members: &Map<String, Value>) -> String {
    match members.get("kid").and_then(Value::as_str) {
        Some(kid) => format!("key {} (kid {:?})", index + 1, kid.chars().take(64).collect::<String>()),
        None => format!("key {}", index + 1),
    }
}

fn one(members: Map<String, Value>) -> Result<Jwk, signet_jose::Error> {
    checked(Jwk::from_members(members)?)
}

/// A key that can do what it is for, with the members that are made up when left out.
pub(super) fn checked(mut jwk: Jwk) -> Result<Jwk, signet_jose::Error> {
    if jwk.kid.as_ref().is_none_or(String::is_empty) {
        jwk.kid = Some(jwk.thumbprint());
    }
    let purpose = purpose(&jwk);
    jwk.public_key_use = Some(purpose.as_str().to_owned());
    if jwk.is_private() {
        match purpose {
            Purpose::Sig => drop(SigningKey::from_jwk(&jwk)?),
            Purpose::Enc => drop(DecryptionKey::from_jwk(&jwk)?),
        }
    }
    Ok(jwk)
}

/// Takes keys into the ring. Of several with the same use and algorithm the first is the one that works from
/// now on; the others, and those whose place it takes, stay published.
pub(super) fn take(
    keys: &mut Vec<Key>,
    found: Vec<Jwk>,
    options: &KeyOptions,
    now: Timestamp,
    taking: Taking,
) -> Result<(), KeyError> {
    let from_file = taking == Taking::FromFile;
    let mut seen: Vec<Slot> = Vec::new();
    // By name, for a key without alg and one with may do the same.
    let mut served: Vec<&str> = Vec::new();
    for jwk in found {
        let thumbprint = jwk.thumbprint();
        let known = keys.iter().position(|key| key.jwk.thumbprint() == thumbprint);
        let kid = jwk.kid.clone().unwrap_or_default();
        if known.is_none() && keys.iter().any(|key| key.kid() == kid) {
            return Err(KeyError::Key(format!(
                "the ring has another key with the kid {kid:?}; give this one its own"
            )));
        }
        if known.is_none() && !jwk.is_private() && taking != Taking::Retired {
            return Err(KeyError::Key(format!(
                "the key {kid:?} has no private part, so it can neither sign nor decrypt"
            )));
        }
        let at = known.unwrap_or_else(|| {
            keys.push(Key::new(jwk, now, now));
            keys.len() - 1
        });
        let Some(key) = keys.get_mut(at) else { continue };
        key.times.from_file |= from_file;
        let serves = key.serves(options);
        let needless = !serves.is_empty() && serves.iter().all(|alg| served.contains(alg));
        let first = key.jwk.is_private() && !needless && !seen.contains(&key.slot());
        // What the ring knows goes on as it is, unless the file alone says what is what.
        if known.is_none() || from_file && options.files.rule() {
            match (first && taking != Taking::Retired, key.state(now)) {
                (true, State::Retired | State::Next) => key.revive(now),
                (false, State::Active | State::Next) => {
                    key.retire(now, options.keep());
                    // As long as it is in the file, it stays.
                    key.times.remove_at = key.times.remove_at.filter(|_| !from_file);
                }
                _ => {}
            }
        }
        if key.state(now) == State::Active {
            seen.push(key.slot());
            served.extend(serves);
        }
    }
    Ok(())
}

/// The file of `keys.private_path` against the ring: what is new there is taken over, what is gone there
/// retires, and so does what `key_defs` does not name.
pub(super) fn merge(
    keys: &mut Vec<Key>,
    file: Vec<Jwk>,
    options: &KeyOptions,
    now: Timestamp,
) -> Result<(), KeyError> {
    let there: Vec<String> = file.iter().map(Jwk::thumbprint).collect();
    take(keys, file, options, now, Taking::FromFile)?;
    for key in keys.iter_mut().filter(|key| key.times.from_file) {
        if !there.contains(&key.jwk.thumbprint()) {
            key.times.from_file = false;
            leave(key, options, now);
        } else if !options.defs.is_empty() && key.state(now) == State::Active {
            let (purpose, key_type) = (key.purpose(), key.jwk.key_type());
            if !options.defs.iter().any(|def| def.purpose == purpose && def.key_type == key_type) {
                leave(key, options, now);
            }
        }
    }
    Ok(())
}

fn leave(key: &mut Key, options: &KeyOptions, now: Timestamp) {
    if key.state(now) == State::Retired {
        key.times.remove_at.get_or_insert(now.plus(options.keep()));
    } else {
        key.retire(now, options.keep());
    }
}

//! Provos and Mazières 1999, bcrypt: `$2b$12$…`, and the forms of Django, passlib and WordPress, which hash
//! the password before it.

use ::base64::alphabet::BCRYPT;
use ::base64::engine::general_purpose::GeneralPurpose;
use ::base64::engine::general_purpose::STANDARD;
use ::base64::engine::{DecodePaddingMode, Engine as _, GeneralPurposeConfig};
use blowfish::Blowfish;
use hmac::Hmac;
use sha2::{Digest as _, Sha256, Sha384};

use super::{Hash, MALFORMED, Read, Scheme, same};
use crate::password::{Error, Memory};

pub(super) const SCHEME: Scheme = Scheme {
    name: "bcrypt",
    forms: &[
        "$2a$…",
        "$2b$…",
        "$2y$…",
        "{CRYPT}$2b$…",
        "{BLF-CRYPT}$2y$…",
        "bcrypt$$2b$…",
        "bcrypt_sha256$$2b$…",
        "$bcrypt-sha256$v=2,t=2b,r=…$salt$hash",
        "$bcrypt-sha256$2b,…$salt$hash",
        "$wp$2y$…",
    ],
    read,
};

/// About two seconds. What other systems make by default is 10 to 12.
const MAX_COST: u32 = 15;
/// Half a second and more.
const DEAR_COST: u32 = 14;

/// What bcrypt looks at, with the zero byte that ends it.
const MAX_KEY: usize = 72;

struct Bcrypt {
    cost: u32,
    salt: [u8; 16],
    hash: Vec<u8>,
    key: Key,
}

/// What of the password is given to bcrypt.
enum Key {
    /// The password.
    Plain,
    /// Django's: its SHA-256 in hexadecimal.
    Django,
    /// passlib's first form: its SHA-256 in base64.
    Digest,
    /// passlib's second form: the same, keyed with the salt as it is written.
    Salted(String),
    /// WordPress's: its keyed SHA-384 in base64, without spaces around the password.
    WordPress,
}

fn read(text: &str) -> Read {
    if let Some(rest) = text.strip_prefix("$bcrypt-sha256$") {
        return Some(passlib(rest).map(boxed));
    }
    let (key, text) = match (text.strip_prefix("bcrypt_sha256$"), text.strip_prefix("$wp")) {
        (Some(rest), _) => (Key::Django, rest),
        (None, Some(rest)) if rest.starts_with('$') => (Key::WordPress, rest),
        _ => (Key::Plain, text),
    };
    let rest = ["$2a$", "$2b$", "$2y$"].iter().find_map(|kind| text.strip_prefix(kind));
    match (rest.and_then(|rest| rest.split_once('$')), key) {
        (Some((cost, rest)), key) => Some(parse(cost, rest, key).map(boxed)),
        (None, Key::Plain) if rest.is_none() => None,
        (None, _) => Some(Err(MALFORMED)),
    }
}

fn boxed(hash: Bcrypt) -> Box<dyn Hash> {
    Box::new(hash)
}

/// `v=2,t=2b,r=12$salt$hash`, and before version 1.7.3 `2b,12$salt$hash`.
fn passlib(text: &str) -> Result<Bcrypt, &'static str> {
    let mut parts = text.split('$');
    let (Some(how), Some(salt), Some(hash), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(MALFORMED);
    };
    let how: Vec<&str> = how.split(',').collect();
    let (key, cost) = match how.as_slice() {
        ["v=2", "t=2a" | "t=2b" | "t=2y", cost] => {
            (Key::Salted(salt.to_owned()), cost.strip_prefix("r=").ok_or(MALFORMED)?)
        }
        ["2a" | "2b" | "2y", cost] => (Key::Digest, *cost),
        _ => return Err(MALFORMED),
    };
    parse(&format!("{cost:0>2}"), &format!("{salt}{hash}"), key)
}

fn parse(cost: &str, rest: &str, key: Key) -> Result<Bcrypt, &'static str> {
    const ALPHABET: GeneralPurpose = GeneralPurpose::new(
        &BCRYPT,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::RequireNone)
            .with_decode_allow_trailing_bits(true),
    );
    let cost = cost.parse().ok().filter(|_| cost.len() == 2).ok_or(MALFORMED)?;
    if !(4..=MAX_COST).contains(&cost) {
        return Err("its cost is not between 4 and 15");
    }
    let (salt, hash) = rest.split_at_checked(22).ok_or(MALFORMED)?;
    let salt = ALPHABET.decode(salt).ok().and_then(|salt| salt.try_into().ok()).ok_or(MALFORMED)?;
    let hash = ALPHABET.decode(hash).ok().filter(|hash| hash.len() == 23).ok_or(MALFORMED)?;
    Ok(Bcrypt { cost, salt, hash, key })
}

impl Hash for Bcrypt {
    fn matches(&self, _: &mut Memory, password: &[u8]) -> Result<bool, Error> {
        let mut key = match &self.key {
            Key::Plain => password.to_vec(),
            Key::Django => {
                Sha256::digest(password).iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
            }
            Key::Digest => STANDARD.encode(Sha256::digest(password)).into_bytes(),
            Key::Salted(salt) => keyed::<Hmac<Sha256>>(salt.as_bytes(), password)?,
            Key::WordPress => keyed::<Hmac<Sha384>>(b"wp-sha384", trimmed(password))?,
        };
        // It ends where C's text ends: `ab\0ab` would be the same key as `ab`.
        let ends_early = key.contains(&0);
        key.push(0);
        key.truncate(MAX_KEY);
        let derived = derive(self.cost, &self.salt, &key);
        let right = derived.get(..self.hash.len()).is_some_and(|derived| same(derived, &self.hash));
        Ok(right && !ends_early)
    }

    /// With all that bcrypt looks at, nothing shows whether there was more.
    fn proves(&self, password: &[u8]) -> bool {
        !matches!(self.key, Key::Plain) || password.len() < MAX_KEY
    }

    fn is_dear(&self) -> bool {
        self.cost >= DEAR_COST
    }
}

/// A MAC in base64.
fn keyed<M: hmac::Mac + hmac::KeyInit>(key: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
    let mut mac = M::new_from_slice(key).map_err(|_| Error::StoredHash(MALFORMED))?;
    mac.update(text);
    Ok(STANDARD.encode(mac.finalize().into_bytes()).into_bytes())
}

/// PHP's `trim`.
fn trimmed(mut text: &[u8]) -> &[u8] {
    const AROUND: &[u8] = b" \n\r\t\x0b\0";
    while let [first, rest @ ..] = text
        && AROUND.contains(first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && AROUND.contains(last)
    {
        text = rest;
    }
    text
}

/// The text that is encrypted 64 times: "OrpheanBeholderScryDoubt".
const TEXT: [[u32; 2]; 3] =
    [[0x4f72_7068, 0x6561_6e42], [0x6568_6f6c, 0x6465_7253], [0x6372_7944, 0x6f75_6274]];

fn derive(cost: u32, salt: &[u8; 16], key: &[u8]) -> Vec<u8> {
    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(salt, key);
    for _ in 0..1_u32 << cost {
        state.bc_expand_key(key);
        state.bc_expand_key(salt);
    }
    let encrypted = TEXT.map(|block| (0..64).fold(block, |block, _| state.bc_encrypt(block)));
    encrypted.into_iter().flatten().flat_map(u32::to_be_bytes).collect()
}

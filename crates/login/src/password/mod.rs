//! RFC 9106, OWASP Password Storage: passwords with Argon2id; RFC 8176 `pwd`.

mod method;
mod opaque;
mod scheme;
mod written;

use std::borrow::Cow;

use argon2::Block;
use signet_core::secret::Secret;

use crate::Login;
pub use method::ByPassword;
pub(crate) use opaque::{is_typeable, opaque};
use scheme::{Argon2, Hash};
pub use scheme::{SCHEMES, Scheme};
pub use written::{Given, Refused, Written};

/// Cost of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for Parameters {
    /// OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, iterations: 2, parallelism: 1 }
    }
}

/// Longer passwords are refused before any work is done.
pub const MAX_PASSWORD: usize = 1024;

/// Memory that hashing works in; kept by each worker so that it is not claimed anew every time.
#[derive(Default)]
pub struct Memory(Vec<Block>);

/// Why a password cannot be hashed or checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The parameters are outside what Argon2 allows.
    Parameters(String),
    /// The hash cannot be computed.
    StoredHash(&'static str),
    /// The password is longer than [`MAX_PASSWORD`].
    TooLong,
    /// A new password is empty.
    Empty,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Parameters(why) => write!(f, "these Argon2 parameters cannot be used: {why}"),
            Error::StoredHash(why) => write!(f, "the stored password hash cannot be used: {why}"),
            Error::TooLong => write!(f, "the password is longer than {MAX_PASSWORD} bytes"),
            Error::Empty => f.write_str("the password is empty"),
        }
    }
}

impl std::error::Error for Error {}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The proof, when the password was right.
    pub login: Option<Login>,
    /// The stored hash was made in another way, or of the password before it was normalised; hash the
    /// password again.
    pub needs_rehash: bool,
    /// The stored text is no hash that is verified, for this reason: no password is right.
    pub unusable: Option<&'static str>,
}

/// The password method.
#[derive(Clone, Debug)]
pub struct Password {
    parameters: Parameters,
}

impl Password {
    /// With the cost of new hashes.
    pub fn new(parameters: Parameters) -> Result<Self, Error> {
        Argon2::decoy(parameters).map(|_| Self { parameters })
    }

    /// A PHC string for a new password. The salt must be random.
    pub fn hash(
        &self,
        memory: &mut Memory,
        password: &Secret<String>,
        salt: [u8; 16],
    ) -> Result<String, Error> {
        let prepared = prepared(password)?;
        if prepared.is_empty() {
            return Err(Error::Empty);
        }
        Ok(Argon2::new(memory, self.parameters, prepared.as_bytes(), salt)?.to_string())
    }

    /// A PHC string for a password that its owner has just chosen, and the proof that they know it. The salt
    /// must be random.
    pub fn enrol(
        &self,
        memory: &mut Memory,
        password: &Secret<String>,
        salt: [u8; 16],
    ) -> Result<(String, Login), Error> {
        self.hash(memory, password, salt).map(|hash| (hash, login()))
    }

    /// Whether a look at this hash takes so much memory or time that only one such is to be taken at once.
    /// New hashes do not, whatever the operator has them cost; what cannot be verified does not either.
    pub fn is_dear(&self, stored: &Secret<String>) -> bool {
        let hash = scheme::read(stored.expose()).and_then(Result::ok);
        hash.is_some_and(|hash| hash.is_dear() && !hash.is_current(self.parameters))
    }

    /// Checks a password. Without a stored hash (an unknown user, one with no password, or one whose hash
    /// cannot be verified) the same work is done and the answer is no.
    ///
    /// A password that normalisation changes is tried as it was typed too, for hashes that were made without
    /// it: always, so that the effort says nothing. A hash of another scheme costs a decoy as well, which
    /// hides those that are cheaper.
    pub fn check(
        &self,
        memory: &mut Memory,
        password: &Secret<String>,
        stored: Option<&Secret<String>>,
    ) -> Result<Checked, Error> {
        let prepared = prepared(password)?;
        let decoy = Argon2::decoy(self.parameters)?;
        let known = stored.map(|stored| match scheme::read(stored.expose()) {
            Some(read) => read.map_err(|(_, why)| why),
            None => Err("it is of no scheme that is verified"),
        });
        let (known, unusable) = match known.transpose() {
            Ok(known) => (known, None),
            Err(why) => (None, Some(why)),
        };
        let matches = |memory: &mut Memory, text: &str| {
            let hidden = known.as_ref().is_none_or(|hash| !hash.is_argon2());
            if hidden {
                decoy.matches(memory, text.as_bytes())?;
            }
            known.as_ref().map_or(Ok(false), |hash| hash.matches(memory, text.as_bytes()))
        };
        let mut looked = || {
            let normal = matches(memory, &prepared)?;
            Ok((normal, matches!(prepared, Cow::Owned(_)) && matches(memory, password.expose())?))
        };
        let looked = looked();
        memory.shrink(self.parameters);
        let (normal, raw) = looked?;
        let current = known.as_ref().is_some_and(|hash| hash.is_current(self.parameters));
        let right = normal || raw;
        let matched = if normal { &prepared } else { password.expose().as_str() };
        let whole = known.as_ref().is_some_and(|hash| hash.proves(matched.as_bytes()));
        Ok(Checked {
            login: right.then(login),
            needs_rehash: whole && right && !(normal && current),
            unusable,
        })
    }
}

impl Memory {
    /// A hash that was dearer than those made today must not keep its memory.
    fn shrink(&mut self, parameters: Parameters) {
        let ours = usize::try_from(parameters.memory_kib).unwrap_or(usize::MAX);
        if self.0.len() > ours {
            self.0.truncate(ours);
            self.0.shrink_to_fit();
        }
    }
}

fn login() -> Login {
    Login::vouched_by(&ByPassword)
}

/// A password in the form in which it is hashed; before and after, it is bounded.
fn prepared(password: &Secret<String>) -> Result<Cow<'_, str>, Error> {
    let typed = password.expose();
    let prepared = (typed.len() <= MAX_PASSWORD).then(|| opaque(typed));
    prepared.filter(|prepared| prepared.len() <= MAX_PASSWORD).ok_or(Error::TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Parameters = Parameters { memory_kib: 64, iterations: 1, parallelism: 1 };

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn new_hashes_are_ones_that_are_verified() {
        for (memory_kib, iterations, good) in
            [(1 << 18, 4, true), (1 << 18, 5, false), ((1 << 18) + 8, 1, false), (1 << 20, 1, false)]
        {
            let parameters = Parameters { memory_kib, iterations, parallelism: 1 };
            assert_eq!(Password::new(parameters).is_ok(), good, "{parameters:?}");
        }
    }

    fn method() -> Password {
        Password::new(CHEAP).unwrap()
    }

    #[test]
    fn the_right_password_yields_a_proof() {
        let mut memory = Memory::default();
        let stored = secret(&method().hash(&mut memory, &secret("krall"), [7; 16]).unwrap());
        assert!(stored.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        let checked = method().check(&mut memory, &secret("krall"), Some(&stored)).unwrap();
        let login = checked.login.unwrap();
        assert_eq!(login.amr(), ["pwd"]);
        assert!(!checked.needs_rehash);
        assert_eq!(method().check(&mut memory, &secret("Krall"), Some(&stored)).unwrap().login, None);
    }

    #[test]
    fn a_chosen_password_is_known_to_its_owner() {
        let mut memory = Memory::default();
        let (hash, login) = method().enrol(&mut memory, &secret("fitzgerald"), [7; 16]).unwrap();
        let checked = method().check(&mut memory, &secret("fitzgerald"), Some(&secret(&hash))).unwrap();
        assert_eq!(checked.login, Some(login));
    }

    #[test]
    fn nobody_has_no_password() {
        let mut memory = Memory::default();
        assert_eq!(method().check(&mut memory, &secret(""), None).unwrap().login, None);
        assert_eq!(method().check(&mut memory, &secret("krall"), None).unwrap().login, None);
    }

    /// By the work that is done, not by a clock: somebody who is unknown fills as much memory as somebody who
    /// is not.
    #[test]
    fn nobody_costs_as_much_as_somebody() {
        let (mut unknown, mut known) = (Memory::default(), Memory::default());
        let stored = secret(&method().hash(&mut Memory::default(), &secret("krall"), [7; 16]).unwrap());
        method().check(&mut unknown, &secret("wrong"), None).unwrap();
        method().check(&mut known, &secret("wrong"), Some(&stored)).unwrap();
        assert_eq!((unknown.0.len(), known.0.len()), (64, 64));
    }

    #[test]
    fn changed_parameters_ask_for_a_rehash() {
        let mut memory = Memory::default();
        let stored = secret(&method().hash(&mut memory, &secret("krall"), [7; 16]).unwrap());
        let dearer = Password::new(Parameters { iterations: 2, ..CHEAP }).unwrap();
        assert!(dearer.check(&mut memory, &secret("krall"), Some(&stored)).unwrap().needs_rehash);
        assert!(!dearer.check(&mut memory, &secret("wrong"), Some(&stored)).unwrap().needs_rehash);
    }

    #[test]
    fn a_reference_hash_verifies() {
        // From the reference implementation's test suite: argon2id, v=19, m=256 KiB, t=2, p=1.
        let stored =
            secret("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
        let checked = method().check(&mut Memory::default(), &secret("password"), Some(&stored)).unwrap();
        assert!(checked.login.is_some() && checked.needs_rehash);
    }

    #[test]
    fn the_same_keys_give_the_same_password_on_every_system() {
        let mut memory = Memory::default();
        let stored =
            secret(&method().hash(&mut memory, &secret("cr\u{e8}me br\u{fb}l\u{e9}e"), [7; 16]).unwrap());
        let typed = secret("cre\u{300}me\u{a0}bru\u{302}le\u{301}e");
        let checked = method().check(&mut memory, &typed, Some(&stored)).unwrap();
        assert!(checked.login.is_some() && !checked.needs_rehash);
    }

    #[test]
    fn a_hash_of_the_text_as_it_was_typed_counts_and_is_replaced() {
        let mut memory = Memory::default();
        let typed = secret("cre\u{300}me");
        let stored =
            secret(&Argon2::new(&mut memory, CHEAP, typed.expose().as_bytes(), [7; 16]).unwrap().to_string());
        let checked = method().check(&mut memory, &typed, Some(&stored)).unwrap();
        assert!(checked.login.is_some() && checked.needs_rehash);
        assert_eq!(method().check(&mut memory, &secret("cr\u{e8}me"), Some(&stored)).unwrap().login, None);
    }

    /// bcrypt looks at 72 bytes. Whoever knows those signs in, but does not choose the password.
    #[test]
    fn a_hash_of_the_beginning_is_not_replaced_by_one_of_the_whole() {
        let mut memory = Memory::default();
        let whole = "$2b$04$abcdefghijklmnopqrstuu.gc7UY/21CSNJGJg21jJzx9QiOpJ9bO";
        let beginning = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
        for (stored, typed, is_replaced) in [
            (whole, "x".repeat(71), true),
            (beginning, "x".repeat(72), false),
            (beginning, format!("{}-tail", "x".repeat(72)), false),
            (beginning, format!("{}-evil", "x".repeat(72)), false),
        ] {
            let checked = method().check(&mut memory, &secret(&typed), Some(&secret(stored))).unwrap();
            assert!(checked.login.is_some(), "{typed}");
            assert_eq!(checked.needs_rehash, is_replaced, "{typed}");
        }
    }

    #[test]
    fn a_hash_that_is_cheaper_than_ours_costs_a_decoy_too() {
        let mut memory = Memory::default();
        let stored = secret("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=");
        let checked = method().check(&mut memory, &secret("password"), Some(&stored)).unwrap();
        assert!(checked.login.is_some() && checked.needs_rehash);
        assert_eq!(memory.0.len(), 64);
    }

    #[test]
    fn the_memory_of_a_dear_hash_is_given_back() {
        let mut memory = Memory::default();
        let stored =
            secret("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
        method().check(&mut memory, &secret("password"), Some(&stored)).unwrap();
        assert_eq!(memory.0.len(), 64);
    }

    #[test]
    fn a_hash_is_dear_when_it_costs_much_more_than_new_ones() {
        let hash = "c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let bcrypt = "N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy";
        for (text, dear) in [
            (format!("$argon2id$v=19$m=65536,t=3,p=4${hash}"), false),
            (format!("$argon2id$v=19$m=65536,t=4,p=4${hash}"), true),
            (format!("$argon2id$v=19$m=262144,t=1,p=1${hash}"), true),
            (format!("$scrypt$ln=16,r=8,p=1${hash}"), false),
            (format!("$scrypt$ln=17,r=8,p=1${hash}"), true),
            (format!("$pbkdf2-sha256$1500000${hash}"), false),
            (format!("$pbkdf2-sha256$2000000${hash}"), true),
            (format!("$2b$12${bcrypt}"), false),
            (format!("$2b$14${bcrypt}"), true),
            (format!("$6$rounds=656000$salt${}", "a".repeat(86)), false),
            (format!("$6$rounds=900000$salt${}", "a".repeat(86)), true),
            (format!("$6$rounds=5000$salt${}", "a".repeat(86)), false),
            ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=".to_owned(), false),
            ("$argon2id$v=19$m=9999999,t=9,p=9$x$y".to_owned(), false),
        ] {
            assert_eq!(method().is_dear(&secret(&text)), dear, "{text}");
        }
        let ours = Password::new(Parameters { memory_kib: 1 << 17, iterations: 1, parallelism: 1 }).unwrap();
        let salt = "AAAAAAAAAAAAAAAAAAAAAA";
        let made = format!("$argon2id$v=19$m=131072,t=1,p=1${salt}${}", "A".repeat(43));
        assert!(!ours.is_dear(&secret(&made)) && method().is_dear(&secret(&made)));
    }

    #[test]
    fn planted_hashes_and_endless_passwords_are_refused() {
        let mut memory = Memory::default();
        let planted = secret(
            "$argon2id$v=19$m=4000000,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        );
        // They cost what an unknown name costs, and the operator learns why.
        for text in [planted, secret("krall")] {
            memory = Memory::default();
            let checked = method().check(&mut memory, &secret("krall"), Some(&text)).unwrap();
            assert!(checked.login.is_none() && checked.unusable.is_some());
            assert_eq!(memory.0.len(), 64);
        }
        assert_eq!(method().check(&mut memory, &secret(&"x".repeat(2000)), None), Err(Error::TooLong));
        assert_eq!(method().hash(&mut memory, &secret(""), [7; 16]), Err(Error::Empty));
    }
}

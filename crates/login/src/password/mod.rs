//! RFC 9106, OWASP Password Storage: passwords under Argon2id; RFC 8176 `pwd`.

mod phc;

use argon2::{Algorithm, Argon2, Block, Version};
use signet_core::secret::Secret;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize as _;

use crate::{Login, Method};
use phc::Phc;

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

/// More than this is not verified: a planted hash must not take the machine's memory.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_ITERATIONS: u32 = 64;
const OUTPUT: usize = 32;

/// Longer passwords are refused before any work is done.
pub const MAX_PASSWORD: usize = 1024;

pub(crate) const METHOD: Method = Method { name: "password", amr: "pwd" };

/// Memory that hashing works in; kept by each worker so that it is not claimed anew every time.
#[derive(Default)]
pub struct Memory(Vec<Block>);

/// Why a password cannot be hashed or checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The parameters are outside what Argon2 allows.
    Parameters(String),
    /// The stored text is no Argon2 hash that we take.
    StoredHash(&'static str),
    /// The password is longer than [`MAX_PASSWORD`].
    TooLong,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Parameters(why) => write!(f, "these Argon2 parameters cannot be used: {why}"),
            Error::StoredHash(why) => write!(f, "the stored password hash cannot be used: {why}"),
            Error::TooLong => write!(f, "the password is longer than {MAX_PASSWORD} bytes"),
        }
    }
}

impl std::error::Error for Error {}

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The proof, when the password was right.
    pub login: Option<Login>,
    /// The stored hash was made with other parameters; hash the password again.
    pub needs_rehash: bool,
}

/// The password method.
#[derive(Clone, Debug)]
pub struct Password {
    parameters: Parameters,
    decoy: String,
}

impl Password {
    /// With the cost of new hashes.
    pub fn new(parameters: Parameters) -> Result<Self, Error> {
        // A well-formed hash that no password has: unknown users cost as much as known ones.
        let decoy = Phc { parameters, salt: vec![0; 16], hash: vec![0; OUTPUT] }.to_string();
        argon(parameters)?;
        Ok(Self { parameters, decoy })
    }

    /// A PHC string for a new password. The salt must be random.
    pub fn hash(
        &self,
        memory: &mut Memory,
        password: &Secret<String>,
        salt: [u8; 16],
    ) -> Result<String, Error> {
        let hash = derive(memory, self.parameters, password, &salt, OUTPUT)?;
        Ok(Phc { parameters: self.parameters, salt: salt.to_vec(), hash }.to_string())
    }

    /// A PHC string for a password that its owner has just chosen, and the proof that they know it. The salt must be random.
    pub fn enrol(
        &self,
        memory: &mut Memory,
        password: &Secret<String>,
        salt: [u8; 16],
    ) -> Result<(String, Login), Error> {
        self.hash(memory, password, salt).map(|hash| (hash, login()))
    }

    /// Checks a password. Without a stored hash (an unknown user, or one with no password) the same work is done and the answer is no.
    pub fn check(
        &self,
        memory: &mut Memory,
        password: &Secret<String>,
        stored: Option<&Secret<String>>,
    ) -> Result<Checked, Error> {
        let phc = Phc::parse(stored.map_or(&self.decoy, |stored| stored.expose()))?;
        let mut derived = derive(memory, phc.parameters, password, &phc.salt, phc.hash.len())?;
        let right = bool::from(derived.ct_eq(&phc.hash)) && stored.is_some();
        derived.zeroize();
        let login = right.then(login);
        Ok(Checked { login, needs_rehash: right && phc.parameters != self.parameters })
    }
}

fn login() -> Login {
    Login { amr: vec![METHOD.amr.to_owned()] }
}

/// Whether a configured value is a hash already, rather than a password in clear.
pub fn is_hash(text: &str) -> bool {
    Phc::parse(text).is_ok()
}

fn argon(parameters: Parameters) -> Result<Argon2<'static>, Error> {
    let params = argon2::Params::new(
        parameters.memory_kib,
        parameters.iterations,
        parameters.parallelism,
        Some(OUTPUT),
    )
    .map_err(|error| Error::Parameters(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn derive(
    memory: &mut Memory,
    parameters: Parameters,
    password: &Secret<String>,
    salt: &[u8],
    length: usize,
) -> Result<Vec<u8>, Error> {
    if password.expose().len() > MAX_PASSWORD {
        return Err(Error::TooLong);
    }
    let argon = argon(parameters)?;
    let blocks = argon.params().block_count();
    if memory.0.len() < blocks {
        memory.0.resize(blocks, Block::default());
    }
    let work = memory.0.get_mut(..blocks).unwrap_or_default();
    let mut out = vec![0; length];
    argon
        .hash_password_into_with_memory(password.expose().as_bytes(), salt, &mut out, work)
        .map_err(|error| Error::Parameters(error.to_string()))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Parameters = Parameters { memory_kib: 64, iterations: 1, parallelism: 1 };

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
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

    /// By the work that is done, not by a clock: somebody who is unknown fills as much memory as somebody who is not.
    #[test]
    fn nobody_costs_as_much_as_somebody() {
        let (mut unknown, mut known) = (Memory::default(), Memory::default());
        let stored = secret(&method().hash(&mut Memory::default(), &secret("krall"), [7; 16]).unwrap());
        method().check(&mut unknown, &secret("wrong"), None).unwrap();
        method().check(&mut known, &secret("wrong"), Some(&stored)).unwrap();
        assert_eq!((unknown.0.len(), known.0.len()), (64, 64));
        let parameters = |text: &str| Phc::parse(text).unwrap().parameters;
        assert_eq!(parameters(&method().decoy), parameters(stored.expose()));
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
    fn planted_hashes_and_endless_passwords_are_refused() {
        let mut memory = Memory::default();
        let planted = secret(
            "$argon2id$v=19$m=4000000,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        );
        assert!(matches!(
            method().check(&mut memory, &secret("x"), Some(&planted)),
            Err(Error::StoredHash(_))
        ));
        assert!(matches!(
            method().check(&mut memory, &secret("x"), Some(&secret("krall"))),
            Err(Error::StoredHash(_))
        ));
        assert_eq!(method().check(&mut memory, &secret(&"x".repeat(2000)), None), Err(Error::TooLong));
    }
}

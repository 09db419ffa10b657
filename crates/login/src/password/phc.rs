//! The PHC string format for Argon2id: `$argon2id$v=19$m=…,t=…,p=…$SALT$HASH`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{Error, MAX_ITERATIONS, MAX_MEMORY_KIB, Parameters};

pub(super) struct Phc {
    pub(super) parameters: Parameters,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

impl Phc {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let shape = Error::StoredHash("it is not of the form $argon2id$v=19$m=…,t=…,p=…$salt$hash");
        let mut parts = text.split('$');
        let head = (parts.next(), parts.next(), parts.next());
        let (Some(costs), Some(salt), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(shape);
        };
        if head != (Some(""), Some("argon2id"), Some("v=19")) {
            return Err(shape);
        }
        let mut costs = costs.split(',');
        let mut cost = |name: &str| costs.next()?.strip_prefix(name)?.strip_prefix('=')?.parse::<u32>().ok();
        let (Some(memory_kib), Some(iterations), Some(parallelism)) = (cost("m"), cost("t"), cost("p"))
        else {
            return Err(shape);
        };
        if costs.next().is_some() {
            return Err(shape);
        }
        if memory_kib > MAX_MEMORY_KIB || iterations > MAX_ITERATIONS {
            return Err(Error::StoredHash("its cost parameters are beyond 1 GiB or 64 passes"));
        }
        let decode =
            |text| STANDARD_NO_PAD.decode(text).map_err(|_| Error::StoredHash("it holds malformed base64"));
        let (salt, hash) = (decode(salt)?, decode(hash)?);
        if salt.len() < 8 || !(16..=64).contains(&hash.len()) {
            return Err(Error::StoredHash("its salt or hash has an unusual length"));
        }
        Ok(Self { parameters: Parameters { memory_kib, iterations, parallelism }, salt, hash })
    }
}

impl fmt::Display for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parameters { memory_kib, iterations, parallelism } = self.parameters;
        let (salt, hash) = (STANDARD_NO_PAD.encode(&self.salt), STANDARD_NO_PAD.encode(&self.hash));
        write!(f, "$argon2id$v=19$m={memory_kib},t={iterations},p={parallelism}${salt}${hash}")
    }
}

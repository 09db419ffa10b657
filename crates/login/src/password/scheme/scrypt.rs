//! RFC 7914, scrypt, as passlib, Werkzeug and Django write it.

use ::scrypt::Params;

use super::{Hash, MALFORMED, Read, Scheme, base64, hexadecimal, numbers, same};
use crate::password::{Error, Memory};

pub(super) const SCHEME: Scheme = Scheme {
    name: "scrypt",
    forms: &["$scrypt$ln=…,r=…,p=…$salt$hash", "scrypt:N:r:p$salt$hash", "scrypt$N$salt$r$p$hash"],
    read,
};

/// 128·N·r bytes of memory: at most 256 MiB.
const MAX_BLOCKS: u64 = 1 << 21;

/// N·r·p: some seconds.
const MAX_WORK: u64 = 1 << 22;
/// N·r·p beyond that of 64 MiB in one pass.
const DEAR_WORK: u64 = 1 << 19;

struct Scrypt {
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

fn read(text: &str) -> Read {
    let parsed = if let Some(rest) = text.strip_prefix("$scrypt$") {
        phc(rest)
    } else if let Some(rest) = text.strip_prefix("scrypt:") {
        werkzeug(rest)
    } else if let Some(rest) = text.strip_prefix("scrypt$") {
        django(rest)
    } else {
        return None;
    };
    let judged = parsed.ok_or(MALFORMED).and_then(|(costs, salt, hash)| judge(costs, salt, hash));
    Some(judged.map(|hash| Box::new(hash) as Box<dyn Hash>))
}

/// N, r and p; salt; hash.
type Parts = ((u64, u32, u32), Vec<u8>, Vec<u8>);

fn phc(rest: &str) -> Option<Parts> {
    let [costs, salt, hash] = split(rest)?;
    let [ln, r, p] = numbers(costs, ["ln", "r", "p"])?;
    Some(((1_u64.checked_shl(ln).filter(|_| ln < 64)?, r, p), base64(salt)?, base64(hash)?))
}

fn werkzeug(rest: &str) -> Option<Parts> {
    let [costs, salt, hash] = split(rest)?;
    let mut costs = costs.split(':');
    let (n, r, p) = (costs.next()?, costs.next()?, costs.next()?);
    let costs = (n.parse().ok()?, r.parse().ok()?, p.parse().ok()?);
    Some((costs, salt.as_bytes().to_vec(), hexadecimal(hash)?))
}

fn django(rest: &str) -> Option<Parts> {
    let [n, salt, r, p, hash] = split(rest)?;
    let costs = (n.parse().ok()?, r.parse().ok()?, p.parse().ok()?);
    Some((costs, salt.as_bytes().to_vec(), base64(hash)?))
}

fn split<const N: usize>(text: &str) -> Option<[&str; N]> {
    text.split('$').collect::<Vec<_>>().try_into().ok()
}

fn judge((n, r, p): (u64, u32, u32), salt: Vec<u8>, hash: Vec<u8>) -> Result<Scrypt, &'static str> {
    if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
        return Err("scrypt does not allow its parameters");
    }
    let blocks = n.saturating_mul(r.into());
    if blocks > MAX_BLOCKS || blocks.saturating_mul(p.into()) > MAX_WORK {
        return Err("its cost is beyond 256 MiB of memory, or N·r·p of 4,194,304");
    }
    if !(16..=64).contains(&hash.len()) {
        return Err("its hash is not of 16 to 64 bytes");
    }
    let log_n = u8::try_from(n.ilog2()).map_err(|_| MALFORMED)?;
    let params = Params::new(log_n, r, p).map_err(|_| "scrypt does not allow its parameters")?;
    Ok(Scrypt { params, salt, hash })
}

impl Hash for Scrypt {
    fn matches(&self, _: &mut Memory, password: &[u8]) -> Result<bool, Error> {
        let mut derived = vec![0; self.hash.len()];
        ::scrypt::scrypt(password, &self.salt, &self.params, &mut derived)
            .map_err(|error| Error::Parameters(error.to_string()))?;
        Ok(same(&derived, &self.hash))
    }

    fn is_dear(&self) -> bool {
        let (r, p) = (u64::from(self.params.r()), u64::from(self.params.p()));
        (r * p).saturating_mul(1 << self.params.log_n()) > DEAR_WORK
    }
}

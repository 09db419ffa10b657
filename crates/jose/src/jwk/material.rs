//! RFC 7518 §6, RFC 8037 §2: the members that make up a key, per key type.

use crate::alg::{Curve, KeyType};
use crate::b64;
use crate::backend::Crt;
use crate::error::{Error, excerpt};
use crate::secret::SecretBytes;
use serde::ser::SerializeMap;
use zeroize::Zeroizing;

/// RFC 7518 §3.3: "A key of size 2048 bits or larger MUST be used".
const RSA_MINIMUM_BITS: usize = 2048;

#[derive(Debug)]
pub(crate) enum Material {
    Rsa(Rsa),
    Ec(Ec),
    Okp(Okp),
    Oct(SecretBytes),
}

#[derive(Debug)]
pub(crate) struct Rsa {
    pub(crate) n: Vec<u8>,
    pub(crate) e: Vec<u8>,
    pub(crate) private: Option<RsaPrivate>,
}

#[derive(Debug)]
pub(crate) struct RsaPrivate {
    pub(crate) d: SecretBytes,
    pub(crate) p: SecretBytes,
    pub(crate) q: SecretBytes,
    /// Absent where the key was written without them.
    pub(crate) crt: Option<Crt>,
}

#[derive(Debug)]
pub(crate) struct Ec {
    pub(crate) crv: Curve,
    pub(crate) x: Vec<u8>,
    pub(crate) y: Vec<u8>,
    pub(crate) d: Option<SecretBytes>,
}

#[derive(Debug)]
pub(crate) struct Okp {
    pub(crate) crv: OkpCurve,
    pub(crate) x: Vec<u8>,
    pub(crate) d: Option<SecretBytes>,
}

/// RFC 8037 §2: Ed25519 signs, X25519 agrees on keys; both have keys of 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OkpCurve {
    Ed25519,
    X25519,
}

impl OkpCurve {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "Ed25519",
            Self::X25519 => "X25519",
        }
    }
}

impl Material {
    pub(crate) fn key_type(&self) -> KeyType {
        match self {
            Self::Rsa(_) => KeyType::Rsa,
            Self::Ec(key) => KeyType::Ec(key.crv),
            Self::Okp(Okp { crv: OkpCurve::Ed25519, .. }) => KeyType::Ed25519,
            Self::Okp(Okp { crv: OkpCurve::X25519, .. }) => KeyType::X25519,
            Self::Oct(_) => KeyType::Oct,
        }
    }

    /// The `kty` value.
    pub(crate) fn kty(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RSA",
            Self::Ec(_) => "EC",
            Self::Okp(_) => "OKP",
            Self::Oct(_) => "oct",
        }
    }

    pub(crate) fn is_private(&self) -> bool {
        match self {
            Self::Rsa(key) => key.private.is_some(),
            Self::Ec(key) => key.d.is_some(),
            Self::Okp(key) => key.d.is_some(),
            Self::Oct(_) => true,
        }
    }

    /// The public half; a shared secret has none.
    pub(crate) fn public(&self) -> Option<Self> {
        match self {
            Self::Rsa(Rsa { n, e, .. }) => Some(Self::Rsa(Rsa { n: n.clone(), e: e.clone(), private: None })),
            Self::Ec(Ec { crv, x, y, .. }) => {
                Some(Self::Ec(Ec { crv: *crv, x: x.clone(), y: y.clone(), d: None }))
            }
            Self::Okp(Okp { crv, x, .. }) => Some(Self::Okp(Okp { crv: *crv, x: x.clone(), d: None })),
            Self::Oct(_) => None,
        }
    }

    /// Writes the members of this key, private ones too.
    pub(crate) fn serialize_members<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Self::Rsa(key) => {
                map.serialize_entry("n", &b64::encode(&key.n))?;
                map.serialize_entry("e", &b64::encode(&key.e))?;
                if let Some(private) = &key.private {
                    let RsaPrivate { d, p, q, crt } = private;
                    for (name, value) in [("d", d), ("p", p), ("q", q)] {
                        serialize_secret(map, name, value)?;
                    }
                    if let Some(Crt { dp, dq, qi }) = crt {
                        for (name, value) in [("dp", dp), ("dq", dq), ("qi", qi)] {
                            serialize_secret(map, name, value)?;
                        }
                    }
                }
                Ok(())
            }
            Self::Ec(key) => {
                map.serialize_entry("crv", key.crv.as_str())?;
                map.serialize_entry("x", &b64::encode(&key.x))?;
                map.serialize_entry("y", &b64::encode(&key.y))?;
                key.d.as_ref().map_or(Ok(()), |d| serialize_secret(map, "d", d))
            }
            Self::Okp(key) => {
                map.serialize_entry("crv", key.crv.as_str())?;
                map.serialize_entry("x", &b64::encode(&key.x))?;
                key.d.as_ref().map_or(Ok(()), |d| serialize_secret(map, "d", d))
            }
            Self::Oct(k) => serialize_secret(map, "k", k),
        }
    }
}

impl Rsa {
    pub(crate) fn check_strength(&self) -> Result<(), Error> {
        let unused = self.n.first().map_or(0, |byte| byte.leading_zeros() as usize);
        let bits = self.n.len().saturating_mul(8).saturating_sub(unused);
        if bits < RSA_MINIMUM_BITS {
            return Err(Error::WeakKey { bits, minimum: RSA_MINIMUM_BITS });
        }
        // With e = 1 anyone can sign; an even e makes no key at all.
        if matches!(self.e.as_slice(), [] | [1]) || self.e.last().is_some_and(|byte| byte & 1 == 0) {
            return Err(Error::InvalidKey("e of an RSA key must be odd and at least 3"));
        }
        Ok(())
    }
}

/// The raw texts of key members, as they are collected from a JSON object: all of them wiped when dropped.
#[derive(Default)]
pub(crate) struct Members(Vec<(String, Zeroizing<String>)>);

impl Members {
    /// Names that any key type gives a meaning to; all of them hold text.
    pub(crate) const NAMES: [&'static str; 12] =
        ["crv", "x", "y", "n", "e", "d", "p", "q", "dp", "dq", "qi", "k"];

    pub(crate) fn insert(&mut self, name: String, text: Zeroizing<String>) {
        self.0.push((name, text));
    }

    /// Builds the key of type `kty`.
    pub(crate) fn into_material(self, kty: &str) -> Result<Material, Error> {
        match kty {
            "RSA" => {
                let private = match self.get("d") {
                    None => None,
                    Some(_) => Some(RsaPrivate {
                        d: self.secret("d")?,
                        p: self.secret("p")?,
                        q: self.secret("q")?,
                        crt: match ["dp", "dq", "qi"].iter().any(|name| self.get(name).is_some()) {
                            true => Some(Crt {
                                dp: self.secret("dp")?,
                                dq: self.secret("dq")?,
                                qi: self.secret("qi")?,
                            }),
                            false => None,
                        },
                    }),
                };
                Ok(Material::Rsa(Rsa { n: self.unsigned("n")?, e: self.unsigned("e")?, private }))
            }
            "EC" => {
                let name = self.get("crv").ok_or(Error::InvalidKey("an EC key needs crv"))?;
                let crv = Curve::from_name(name).ok_or_else(|| Error::UnsupportedKey(excerpt(name)))?;
                let sized = |bytes: &[u8]| match bytes.len() == crv.size() {
                    true => Ok(()),
                    false => Err(Error::InvalidKey(
                        "x, y and d of an EC key must have the full length of the curve",
                    )),
                };
                let (x, y) = (self.bytes("x")?, self.bytes("y")?);
                sized(&x)?;
                sized(&y)?;
                let d = self.get("d").map(|_| self.secret("d")).transpose()?;
                d.as_ref().map_or(Ok(()), |d| sized(d.expose()))?;
                Ok(Material::Ec(Ec { crv, x, y, d }))
            }
            "OKP" => {
                let name = self.get("crv").ok_or(Error::InvalidKey("an OKP key needs crv"))?;
                let crv = [OkpCurve::Ed25519, OkpCurve::X25519].into_iter().find(|crv| crv.as_str() == name);
                let crv = crv.ok_or_else(|| Error::UnsupportedKey(excerpt(name)))?;
                let x = self.bytes("x")?;
                let d = self.get("d").map(|_| self.secret("d")).transpose()?;
                if x.len() != 32 || d.as_ref().is_some_and(|d| d.expose().len() != 32) {
                    return Err(Error::InvalidKey("x and d of an OKP key must have 32 bytes"));
                }
                Ok(Material::Okp(Okp { crv, x, d }))
            }
            "oct" => Ok(Material::Oct(self.secret("k")?)),
            other => Err(Error::UnsupportedKey(excerpt(other))),
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, Error> {
        let text = self.get(name).ok_or(Error::InvalidKey("the key lacks a member that its type needs"))?;
        b64::decode(text, "a key member is not base64url without padding")
    }

    fn secret(&self, name: &str) -> Result<SecretBytes, Error> {
        self.bytes(name).map(SecretBytes::new)
    }

    /// RFC 7518 §2, Base64urlUInt; a leading zero octet, which some libraries still write, is dropped.
    fn unsigned(&self, name: &str) -> Result<Vec<u8>, Error> {
        let bytes = self.bytes(name)?;
        let significant = bytes.iter().position(|&byte| byte != 0);
        Ok(bytes.get(significant.unwrap_or(bytes.len())..).unwrap_or_default().to_vec())
    }
}

fn serialize_secret<M: SerializeMap>(map: &mut M, name: &str, value: &SecretBytes) -> Result<(), M::Error> {
    let mut text = Zeroizing::new(String::with_capacity(b64::encoded_len(value.expose().len())));
    b64::encode_onto(&mut text, value.expose());
    map.serialize_entry(name, text.as_str())
}

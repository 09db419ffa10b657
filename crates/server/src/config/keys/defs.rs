//! RFC 7517 §4, RFC 7518 §6: rules for oidc-op's `key_defs`, the required keys.

use std::path::Path;

use signet_jose::alg::{Curve, KeyType};
use signet_jose::{KeyManagementAlg, SigningAlg};

use super::{TABLE, open_to_others};
use crate::config::Report;
use crate::config::tree::Step;
use crate::config::written::KeyDefWritten;
use signet::keys::{KeyDef, Purpose, read_pem_file};

pub(super) fn defs(written: &[KeyDefWritten], base: &Path, report: &mut Report) -> Vec<KeyDef> {
    let mut defs = Vec::new();
    for (index, def) in written.iter().enumerate() {
        let at = |name| [TABLE, Step::Key("key_defs"), Step::Index(index), Step::Key(name)];
        // Configurations of oidc-op have an empty text here where a key is to be made.
        let pem = def.key.as_ref().filter(|path| !path.is_empty()).map(|path| base.join(path));
        if pem.is_some() && def.uses.0.len() > 1 {
            let advice = "write one use here, and another key for the other";
            report.error(&at("use"), "one key never serves both uses", advice);
            continue;
        }
        let Some(mut key_type) = key_type(def, &at, report) else { continue };
        if !matches!(def.size, None | Some(2048 | 3072 | 4096)) {
            report.error(&at("size"), "an RSA key has 2048, 3072 or 4096 bits here", "write 2048");
        }
        for word in &def.uses.0 {
            let purpose = match word.as_str() {
                "sig" => Purpose::Sig,
                "enc" => Purpose::Enc,
                other => {
                    let what = format!("{other:?} is no use of a key");
                    report.error(&at("use"), what, "write \"sig\", \"enc\" or both");
                    continue;
                }
            };
            let unfit = match purpose {
                Purpose::Sig => key_type == KeyType::X25519,
                Purpose::Enc => key_type == KeyType::Ed25519,
            };
            if unfit {
                let advice = "Ed25519 signs, X25519 is for encryption";
                report.error(&at("use"), format!("this curve is not for {word}"), advice);
                continue;
            }
            if let Some(path) = &pem {
                match read_pem_file(path, purpose, def.kid.as_deref()) {
                    Ok(jwk) if def.crv.is_none() && def.kind.eq_ignore_ascii_case(jwk.kty()) => {
                        key_type = jwk.key_type()
                    }
                    Ok(jwk) if jwk.key_type() == key_type => {}
                    Ok(_) => {
                        let what = format!("{} holds a key of another type or curve", path.display());
                        report.error(&at("key"), what, "make `type` and `crv` fit the file");
                        continue;
                    }
                    Err(error) => {
                        let advice = "name a file with one private key in PEM, not encrypted";
                        report.error(&at("key"), error.to_string(), advice);
                        continue;
                    }
                }
                if open_to_others(path) {
                    let what = format!("accounts other than its owner can read {}", path.display());
                    report.warn(&at("key"), what, format!("chmod 600 {}", path.display()));
                }
            }
            let size = def.size.and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
            defs.push(KeyDef { purpose, key_type, size, kid: def.kid.clone(), pem: pem.clone() });
        }
    }
    defs
}

fn key_type<'a>(
    def: &KeyDefWritten,
    at: &impl Fn(&'static str) -> [Step<'a>; 4],
    report: &mut Report,
) -> Option<KeyType> {
    let curve = def.crv.as_deref();
    let found = match (def.kind.to_ascii_uppercase().as_str(), curve) {
        ("RSA", _) => KeyType::Rsa,
        ("EC", None | Some("P-256")) => KeyType::Ec(Curve::P256),
        ("EC", Some("P-384")) => KeyType::Ec(Curve::P384),
        ("EC", Some("P-521")) => KeyType::Ec(Curve::P521),
        ("OKP", None | Some("Ed25519")) => KeyType::Ed25519,
        ("OKP", Some("X25519")) => KeyType::X25519,
        ("OCT" | "SYM", _) => {
            let what = "the key ring does not use shared secrets";
            report.warn(&at("type"), what, "leave it out: Signet makes the secrets it needs itself");
            return None;
        }
        ("EC" | "OKP", Some(other)) => {
            let what = format!("there is no curve {other:?} for this type of key");
            report.error(&at("crv"), what, "write P-256, P-384 or P-521; Ed25519 or X25519 with OKP");
            return None;
        }
        _ => {
            report.error(
                &at("type"),
                format!("there is no type of key {:?}", def.kind),
                "write RSA, EC or OKP",
            );
            return None;
        }
    };
    Some(found)
}

/// The usual algorithm of each key that signs.
pub(super) fn signing_of(defs: &[KeyDef]) -> Vec<String> {
    let mut algs: Vec<String> = Vec::new();
    for def in defs.iter().filter(|def| def.purpose == Purpose::Sig) {
        // The first of each type is the one that every library knows.
        let usual = SigningAlg::ALL.into_iter().find(|alg| alg.key_type() == def.key_type);
        let usual = usual.map(|alg| alg.as_str().to_owned());
        algs.extend(usual.filter(|alg| !algs.contains(alg)));
    }
    algs
}

/// All that the keys can open.
pub(super) fn encryption_of(defs: &[KeyDef]) -> Vec<String> {
    let held =
        |alg: &KeyManagementAlg| defs.iter().any(|def| def.purpose == Purpose::Enc && alg.fits(def.key_type));
    KeyManagementAlg::ALL.into_iter().filter(held).map(|alg| alg.as_str().to_owned()).collect()
}

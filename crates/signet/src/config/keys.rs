//! RFC 7517, RFC 7518: rules for what an operator writes about the key ring.

use std::path::Path;

use signet_jose::alg::{Curve, KeyType};
use signet_jose::{KeyManagementAlg, SigningAlg};

use super::Report;
use super::known;
use super::settings::one_of;
use super::tree::Step;
use super::value::SecretText;
use super::written::{Endpoint, KeyDefWritten, Keys};
use crate::at_rest::{Kek, Keks};
use crate::keys::{KeyDef, KeyFiles, KeyOptions, Purpose};

const TABLE: Step<'static> = Step::Key("keys");

/// The key ring that is meant.
pub(super) fn judge(written: &Keys, base: &Path, report: &mut Report) -> KeyOptions {
    let defs = defs(&written.key_defs, report);
    let signing = match &written.signing {
        Some(written) => algs("signing", written, &known::signing_algs(), "there are no keys for", report),
        None if defs.is_empty() => KeyOptions::SIGNING.map(String::from).into(),
        None => signing_of(&defs),
    };
    if signing.is_empty() {
        let what = "without a key nothing can be signed";
        report.error(&[TABLE, Step::Key("signing")], what, "write [\"RS256\", \"ES256\"]");
    } else if !signing.iter().any(|alg| alg == "RS256") {
        let what = "OpenID Connect Discovery §3 asks every provider for RS256";
        let advice = "add \"RS256\" unless all applications manage without";
        report.warn(&[TABLE, Step::Key("signing")], what, advice);
    }
    let encryption = match &written.encryption {
        Some(written) => {
            algs("encryption", written, &known::own_encryption_algs(), "nobody can encrypt to us by", report)
        }
        None if defs.is_empty() => KeyOptions::ENCRYPTION.map(String::from).into(),
        None => encryption_of(&defs),
    };
    let rotate_every = written.rotate_every.0;
    if (1..KeyOptions::LEAST_ROTATION).contains(&rotate_every) {
        let what = "a key is published two hours before it signs, and must sign for a while";
        report.error(
            &[TABLE, Step::Key("rotate_every")],
            what,
            "write \"8h\" at least, or 0 to rotate by hand",
        );
    }
    let at_rest = Keks {
        current: written.kek.as_ref().and_then(|text| kek(text, &[TABLE, Step::Key("kek")], report)),
        previous: previous(&written.previous_keks, report),
    };
    let files = files(written, base, report);
    if files.private.is_some() && !files.read_only && at_rest.current.is_some() {
        let what = "the keys are encrypted in the store, but this file holds them in clear";
        let advice = "take `private_path` out: the ring in the store has its keys after the first start";
        report.warn(&[TABLE, Step::Key("private_path")], what, advice);
    }
    KeyOptions { signing, encryption, rotate_every, at_rest, files, defs, ..KeyOptions::default() }
}

/// oidc-op's name for the path of the key set.
pub(super) fn path(uri_path: Option<&String>, endpoint: &mut Endpoint, report: &mut Report) {
    let Some(uri_path) = uri_path else { return };
    let bare = |path: &str| path.trim_start_matches('/').to_owned();
    if endpoint.path.as_ref().is_some_and(|path| bare(path) != bare(uri_path)) {
        let what = "`endpoint.jwks.path` is another path";
        report.error(&[TABLE, Step::Key("uri_path")], what, "keep one of them");
    }
    endpoint.path = Some(uri_path.clone());
}

fn algs(
    name: &'static str,
    written: &[String],
    known: &[&str],
    refused: &str,
    report: &mut Report,
) -> Vec<String> {
    let mut algs: Vec<String> = Vec::new();
    for (index, alg) in written.iter().enumerate() {
        if !known.contains(&alg.as_str()) {
            let at = [TABLE, Step::Key(name), Step::Index(index)];
            report.error(&at, format!("{refused} {alg:?}"), one_of(alg, known));
        } else if !algs.contains(alg) {
            algs.push(alg.clone());
        }
    }
    algs
}

fn kek(text: &SecretText, at: &[Step<'_>], report: &mut Report) -> Option<Kek> {
    match Kek::parse(text.secret().expose()) {
        Ok(kek) => Some(kek),
        Err(why) => {
            report.error(
                at,
                why,
                "`openssl rand -hex 32` makes one; keep it outside the store and its backups",
            );
            None
        }
    }
}

fn previous(written: &[SecretText], report: &mut Report) -> Vec<Kek> {
    let mut keks = Vec::new();
    for (index, text) in written.iter().enumerate() {
        keks.extend(kek(text, &[TABLE, Step::Key("previous_keks"), Step::Index(index)], report));
    }
    keks
}

fn files(written: &Keys, base: &Path, report: &mut Report) -> KeyFiles {
    let path = |path: &Option<String>| path.as_ref().map(|path| base.join(path));
    let files = KeyFiles {
        private: path(&written.private_path),
        public: path(&written.public_path),
        read_only: written.read_only,
    };
    if let Some(private) = &files.private {
        if open_to_others(private) {
            let what = format!("others than its owner may read {}", private.display());
            let advice =
                format!("chmod 600 {}; whoever has these keys can sign as this provider", private.display());
            report.warn(&[TABLE, Step::Key("private_path")], what, advice);
        }
        if files.public.as_ref() == Some(private) {
            let what = "private and published keys cannot be in one file";
            report.error(&[TABLE, Step::Key("public_path")], what, "name another file");
        }
    }
    files
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}

fn defs(written: &[KeyDefWritten], report: &mut Report) -> Vec<KeyDef> {
    let mut defs = Vec::new();
    for (index, def) in written.iter().enumerate() {
        let at = |name| [TABLE, Step::Key("key_defs"), Step::Index(index), Step::Key(name)];
        if def.key.is_some() {
            let advice = "`signet key import` takes it as a JWK; a file with it can be `private_path`";
            report.error(&at("key"), "PEM files are not read here", advice);
            continue;
        }
        let Some(key_type) = key_type(def, &at, report) else { continue };
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
            let size = def.size.and_then(|size| usize::try_from(size).ok()).unwrap_or_default();
            defs.push(KeyDef { purpose, key_type, size, kid: def.kid.clone() });
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
            let what = "a shared secret is of no use in the key ring";
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
fn signing_of(defs: &[KeyDef]) -> Vec<String> {
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
fn encryption_of(defs: &[KeyDef]) -> Vec<String> {
    let held =
        |alg: &KeyManagementAlg| defs.iter().any(|def| def.purpose == Purpose::Enc && alg.fits(def.key_type));
    KeyManagementAlg::ALL.into_iter().filter(held).map(|alg| alg.as_str().to_owned()).collect()
}

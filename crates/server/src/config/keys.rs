//! RFC 7517, RFC 7518: rules for the configuration of the key ring.

mod defs;
mod listed;

use std::path::Path;

use self::defs::{defs, encryption_of};
use self::listed::{Listed, derived, listed};
use signet_core::near::one_of;

use super::Report;
use super::tree::Step;
use super::value::SecretText;
use super::written::{Capabilities, Endpoint, Keys};
use signet::keys::{KeyFiles, KeyOptions};
use signet::program::known;
use signet::{Kek, Keks};

const TABLE: Step<'static> = Step::Key("keys");

/// The key ring that is meant.
pub(super) fn judge(
    written: &Keys,
    capabilities: &Capabilities,
    base: &Path,
    report: &mut Report,
) -> KeyOptions {
    let defs = defs(&written.key_defs, base, report);
    let listed = listed(capabilities);
    let signing = match &written.signing {
        Some(written) => algs("signing", written, &known::signing_algs(), "there are no keys for", report),
        None => derived(&defs, &listed),
    };
    for Listed { list, index, alg } in listed {
        if !signing.is_empty() && !signing.iter().any(|known| known == alg.as_str()) {
            let at = [Step::Key("capabilities"), Step::Key(list), Step::Index(index)];
            let what = format!("there is no key for {}, so it is not offered", alg.as_str());
            let place = if written.signing.is_some() { "keys.signing" } else { "keys.key_defs" };
            report.warn(&at, what, format!("leave it out, or add one to `{place}`"));
        }
    }
    // Of words that are not known all has been said.
    let said = written.signing.as_ref().is_some_and(|written| !written.is_empty());
    if signing.is_empty() && !said {
        let what = "without a key nothing can be signed";
        report.error(&[TABLE, Step::Key("signing")], what, "write [\"RS256\", \"ES256\"]");
    } else if !signing.is_empty() && !signing.iter().any(|alg| alg == "RS256") {
        let what = "OpenID Connect Discovery §3 requires every provider to support RS256";
        let advice = "add \"RS256\" unless no application needs it";
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
                "`openssl rand -hex 32` makes a good one; keep it outside the store and its backups",
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
            let what = format!("accounts other than its owner can read {}", private.display());
            let advice = format!(
                "chmod 600 {}; anyone who has these keys can sign as this provider",
                private.display()
            );
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

#[cfg(test)]
mod tests {
    use signet_jose::alg::{Curve, KeyType};

    use super::super::{Config, Format, Loaded, Problem, Source};
    use super::*;
    use signet::keys::Purpose;

    const KEK: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn load(text: &str, base: &Path) -> Result<Loaded, Vec<Problem>> {
        let text = format!("issuer = 'https://op.example'\n{text}");
        Config::load_text(
            Source { text: &text, format: Format::Toml, base, file: None },
            &crate::run::tests::without_proxy(&text),
        )
    }

    fn keys(text: &str) -> KeyOptions {
        load(&format!("[keys]\n{text}"), Path::new("base")).unwrap().keys
    }

    fn said(text: &str) -> String {
        crate::config::tests::errors(&format!("[keys]\n{text}")).join("\n")
    }

    #[test]
    fn what_is_not_written_is_the_default() {
        let (ours, default) = (keys(""), KeyOptions::default());
        assert_eq!(format!("{ours:?}"), format!("{default:?}"));
    }

    #[test]
    fn the_configuration_of_the_oidc_op_manual_is_read_as_it_stands() {
        let text = r#"{"issuer": "https://op.example", "keys": {
            "private_path": "data/oidc_op/private/jwks.json",
            "key_defs": [{"type": "RSA", "use": ["sig"]}, {"type": "EC", "crv": "P-256", "use": ["sig"]}],
            "public_path": "data/static/jwks.json", "read_only": false, "uri_path": "static/jwks.json"}}"#;
        let source = Source { text, format: Format::Json, base: Path::new("base"), file: None };
        let loaded = Config::load_text(source, &crate::run::tests::without_proxy(text)).unwrap();
        let KeyOptions { signing, encryption, files, defs, .. } = loaded.keys;
        assert_eq!((signing, encryption), (vec!["RS256".to_owned(), "ES256".to_owned()], Vec::new()));
        assert_eq!(files.private.unwrap(), Path::new("base/data/oidc_op/private/jwks.json"));
        assert_eq!(files.public.unwrap(), Path::new("base/data/static/jwks.json"));
        assert!(!files.read_only);
        assert_eq!(
            defs.iter().map(|def| def.key_type).collect::<Vec<_>>(),
            [KeyType::Rsa, KeyType::Ec(Curve::P256)]
        );
        assert_eq!(loaded.settings.paths.of("jwks"), "/static/jwks.json");
    }

    #[test]
    fn key_defs_say_which_algorithms_there_are() {
        let both = keys(
            "key_defs = [{type='RSA', use=['sig', 'enc'], size=3072}, {type='OKP', crv='X25519', use='enc'}]",
        );
        assert_eq!(both.signing, ["RS256"]);
        assert_eq!(both.encryption[..3], ["RSA-OAEP", "RSA-OAEP-256", "ECDH-ES"]);
        assert_eq!(
            both.defs.iter().map(|def| (def.purpose, def.size)).collect::<Vec<_>>(),
            [(Purpose::Sig, 3072), (Purpose::Enc, 3072), (Purpose::Enc, 0)]
        );
        let more =
            keys("signing = ['PS256', 'RS256']\nencryption = []\nkey_defs = [{type='RSA', use='sig enc'}]");
        assert_eq!(
            (more.signing.as_slice(), more.encryption.len()),
            (&["PS256".to_owned(), "RS256".to_owned()][..], 0)
        );
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        for (text, what) in [
            ("signing = []", "nothing can be signed"),
            ("signing = ['RS265']", "did you mean \"RS256\"?"),
            ("encryption = ['A128KW']", "nobody can encrypt to us by \"A128KW\""),
            ("rotate_every = '1h'", "write \"8h\" at least"),
            ("kek = 'correct horse'", "`keys.kek`: a key-encryption key is 32 random bytes"),
            ("previous_keks = ['correct horse']", "`keys.previous_keks[0]`: a key-encryption key"),
            ("private_path = 'a'\npublic_path = 'a'", "cannot be in one file"),
            ("key_defs = [{type='DSA'}]", "`keys.key_defs[0].type`: there is no type of key \"DSA\""),
            ("key_defs = [{type='EC', crv='P-192'}]", "there is no curve \"P-192\""),
            ("key_defs = [{type='EC', use='sign'}]", "\"sign\" is no use of a key"),
            ("key_defs = [{type='OKP', use='enc'}]", "this curve is not for enc"),
            ("key_defs = [{type='RSA', size=1024}]", "2048, 3072 or 4096"),
            ("key_defs = [{type='RSA', key='a.pem'}]", "a.pem cannot be read"),
            ("key_defs = [{type='RSA', key='a.pem', use='sig enc'}]", "never serves both"),
            ("key_defs = [{type='RSA', use='enc'}]", "nothing can be signed"),
            ("uri_path = 'a'\n[endpoint.jwks]\npath = 'b'", "`endpoint.jwks.path` is another path"),
        ] {
            assert!(said(text).contains(what), "{text}: {}", said(text));
            assert!(!said(text).contains("correct horse"));
        }
    }

    #[test]
    fn algorithms_that_the_metadata_lists_have_keys() {
        let load = |text: &str| {
            let loaded = load(text, Path::new("base")).unwrap();
            let warned = loaded.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            (loaded.keys.signing, warned)
        };
        let list = "[capabilities]\nid_token_signing_alg_values_supported = ['ES256', 'PS256', 'RS256', 'HS256']\n\
                    userinfo_signing_alg_values_supported = ['RS256', 'ES512']\n";
        assert_eq!(
            load(list),
            (["RS256", "PS256", "ES256", "ES512"].map(String::from).to_vec(), String::new())
        );
        let defs = format!("{list}[keys]\nkey_defs = [{{type='EC'}}, {{type='RSA'}}]");
        let (signing, warned) = load(&defs);
        assert_eq!(signing, ["RS256", "ES256", "PS256"]);
        assert!(
            warned.contains(
                "`capabilities.userinfo_signing_alg_values_supported[1]`: there is no key for ES512"
            ),
            "{warned}"
        );
        let (signing, warned) = load(&format!("{list}[keys]\nsigning = ['RS256', 'ES256']"));
        assert_eq!(signing, ["RS256", "ES256"]);
        assert!(warned.contains("no key for PS256") && warned.contains("`keys.signing`"), "{warned}");
        let alone = load("[capabilities]\nuserinfo_signing_alg_values_supported = ['ES384']");
        assert_eq!(alone.0, ["RS256", "ES256", "ES384"]);
    }

    #[test]
    fn a_key_is_named_by_its_pem_file() {
        let folder = std::env::temp_dir().join(format!("signet-key-pem-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let p384 = include_str!("../../../signet/tests/it/pem/p384.pem");
        std::fs::write(folder.join("own.pem"), p384).unwrap();
        std::fs::write(folder.join("two.pem"), p384.repeat(2)).unwrap();
        let said = |def: &str| match load(&format!("[keys]\nkey_defs = [{{{def}}}]"), &folder) {
            Ok(loaded) => format!("{:?} {:?}", loaded.keys.signing, loaded.keys.defs),
            Err(problems) => problems.iter().map(ToString::to_string).collect(),
        };
        let read = said("type='EC', kid='main', key='own.pem'");
        assert!(
            read.starts_with("[\"ES384\"]") && read.contains("main") && read.contains("own.pem"),
            "{read}"
        );
        assert!(said("type='EC', key=''").starts_with("[\"ES256\"]"));
        for (def, what) in [
            ("type='EC', crv='P-256', key='own.pem'", "another type or curve"),
            ("type='RSA', key='own.pem'", "another type or curve"),
            ("type='EC', key='two.pem'", "there are 2 private keys"),
        ] {
            assert!(said(def).contains(what), "{}", said(def));
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_key_encryption_key_is_never_shown() {
        let keys = keys(&format!("kek = '{KEK}'\nprevious_keks = ['{}']", KEK.replace("00", "ff")));
        assert_eq!(keys.at_rest.current.as_ref().unwrap().id(), Kek::parse(KEK).unwrap().id());
        assert_eq!(keys.at_rest.previous.len(), 1);
        assert!(!format!("{keys:?}").contains("0102030405"));
    }

    #[test]
    fn warnings_tell_what_is_weak() {
        let warnings = |text: &str, base: &Path| {
            let loaded = load(&format!("[keys]\n{text}"), base).unwrap();
            loaded.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        };
        let nowhere = Path::new("base");
        assert_eq!(warnings("private_path = 'jwks.json'", nowhere), "");
        let clear = format!("private_path = 'jwks.json'\nkek = '{KEK}'");
        assert!(warnings(&clear, nowhere).contains("holds them in clear"));
        assert!(
            warnings("key_defs = [{type='RSA'}, {type='OCT', bytes=24}]", nowhere).contains("shared secret")
        );
        assert!(warnings("signing = ['ES256']", nowhere).contains("RS256"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let folder = std::env::temp_dir().join(format!("signet-keys-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let file = folder.join("jwks.json");
            std::fs::write(&file, "{}").unwrap();
            for (mode, warned) in [(0o644, true), (0o640, true), (0o600, false), (0o400, false)] {
                std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
                let warnings = warnings("private_path = 'jwks.json'", &folder);
                assert_eq!(warnings.contains("chmod 600"), warned, "{mode:o}: {warnings}");
            }
            std::fs::remove_dir_all(&folder).unwrap();
        }
    }
}

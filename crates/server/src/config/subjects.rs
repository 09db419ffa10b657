//! OpenID Connect Core §8: rules for the types of subjects.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use signet_core::env::Rng;
use signet_core::record::client::SubjectType;
use signet_core::secret::Secret;
use signet_core::settings::subjects::{Public, Subjects};

use super::tree::Step;
use super::written::{SessionParams, SubFunc};
use super::{Report, SecretText};
use signet::program::place::{LONGEST, exactly, remedy};

/// Salt files that are not there. A salt that should be read from one is empty, by which no provider can be
/// built.
#[derive(Debug, Default)]
pub struct MissingSalts(pub Vec<PathBuf>);

impl MissingSalts {
    /// Makes them, as oidc-op does: 24 random characters. `true` when there were any, and the configuration
    /// is to be read again.
    pub fn make(&self, rng: &dyn Rng) -> io::Result<bool> {
        for path in &self.0 {
            let mut bytes = [0; 12];
            rng.fill(&mut bytes);
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            write_new(path, &text)?;
        }
        Ok(!self.0.is_empty())
    }
}

/// Salts in the place of those that are missing, for a provider that serves nobody.
pub(crate) fn imagine_missing(subjects: &mut Subjects) {
    let imagined = || Secret::new(b"a salt that the first start makes".to_vec());
    if let Public::Salted(salt) = &mut subjects.public
        && salt.expose().is_empty()
    {
        *salt = imagined();
    }
    if let Some(salt) = subjects.pairwise_salt.as_mut().filter(|salt| salt.expose().is_empty()) {
        *salt = imagined();
    }
}

/// Whole or not at all: another node that reads at the same time sees the same salt.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

pub(super) fn judge(
    default_type: SubjectType,
    written: SessionParams,
    base: &Path,
    report: &mut Report,
) -> (Subjects, MissingSalts) {
    let SessionParams { salt, sub_func } = written;
    let shared = salt.map(SecretText::into_secret);
    if let Some(salt) = &shared {
        strong(salt, &[Step::Key("session_params"), Step::Key("salt")], report);
    }
    let mut missing = Vec::new();
    let mut read = |kind, written| Made::read(kind, written, shared.as_ref(), base, &mut missing, report);
    let public = match read("public", sub_func.public) {
        Made::Raw => Public::Raw,
        Made::Salted(salt) => Public::Salted(salt),
        Made::Keyed => Public::Keyed,
    };
    let pairwise_salt = match read("pairwise", sub_func.pairwise) {
        Made::Salted(salt) => Some(salt),
        Made::Raw | Made::Keyed => None,
    };
    read("ephemeral", sub_func.ephemeral);
    missing.dedup();
    (Subjects { default_type, public, pairwise_salt }, MissingSalts(missing))
}

/// What a `sub_func` comes to.
enum Made {
    Keyed,
    Salted(Secret<Vec<u8>>),
    Raw,
}

impl Made {
    fn read(
        kind: &'static str,
        written: SubFunc,
        shared: Option<&Secret<String>>,
        base: &Path,
        missing: &mut Vec<PathBuf>,
        report: &mut Report,
    ) -> Self {
        let at = |name| ["session_params", "sub_func", kind, name].map(Step::Key);
        let named = written.r#type.as_deref().unwrap_or(kind);
        let has_salt = written.salt.is_some() || written.filename.is_some();
        match type_of(named) {
            Some("raw") if kind == "public" => {
                let what = "every application then knows the usernames of users, and a client_id can be one";
                report.warn(&at("type"), what, "leave it out, unless applications know users by them");
                return Made::Raw;
            }
            Some(found) if found == kind => {}
            _ => {
                let what = format!("{kind} subjects cannot be made by {named:?}");
                let advice = if kind == "public" { "write \"public\" or \"raw\"" } else { "leave it out" };
                report.error(&at("type"), what, advice);
            }
        }
        if kind == "ephemeral" {
            if has_salt {
                let what = "ephemeral subjects are random and use no salt";
                report.error(&at("salt"), what, "leave it out");
            }
            return Made::Keyed;
        }
        let salt = match (written.salt, written.filename) {
            (Some(_), Some(_)) => {
                report.error(&at("filename"), "the salt is given in two ways", "keep one of them");
                None
            }
            (Some(salt), None) => {
                let salt = salt.into_secret();
                strong(&salt, &at("salt"), report);
                Some(bytes(&salt))
            }
            (None, Some(name)) => {
                let path = base.join(&name);
                match exactly(&path, LONGEST).map(Secret::new) {
                    Ok(text) if text.expose().is_empty() => {
                        let what = format!("the file {} is empty", path.display());
                        report.error(&at("filename"), what, "write the salt into it, or remove it");
                        None
                    }
                    // Python reads line ends so.
                    Ok(text) => {
                        if text.expose().trim().is_empty() {
                            let what = format!("the file {} contains only white space", path.display());
                            report.warn(
                                &at("filename"),
                                what,
                                "write a long random salt into it; subjects change then",
                            );
                        }
                        Some(Secret::new(text.expose().replace("\r\n", "\n").replace('\r', "\n").into()))
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        missing.push(path);
                        Some(Secret::new(Vec::new()))
                    }
                    Err(error) => {
                        let what = format!("the file {} cannot be read: {error}", path.display());
                        let advice = remedy(&path, &error);
                        let named = || "name a file; paths are relative to this one".to_owned();
                        report.error(&at("filename"), what, advice.unwrap_or_else(named));
                        None
                    }
                }
            }
            (None, None) => shared.map(bytes),
        };
        salt.map_or(Made::Keyed, Made::Salted)
    }
}

fn bytes(text: &Secret<String>) -> Secret<Vec<u8>> {
    Secret::new(text.expose().as_bytes().to_vec())
}

/// A name of ours, or the class of oidc-op that is meant.
fn type_of(named: &str) -> Option<&'static str> {
    const NAMES: [(&str, &str); 6] = [
        ("public", "PublicID"),
        ("public", "public_id"),
        ("pairwise", "PairWiseID"),
        ("pairwise", "pairwise_id"),
        ("raw", "RawID"),
        ("ephemeral", "ephemeral_id"),
    ];
    let class = named.rsplit(['.', ':']).next();
    NAMES.iter().find(|(name, theirs)| *name == named || class == Some(theirs)).map(|(name, _)| *name)
}

fn strong(salt: &Secret<String>, at: &[Step<'_>], report: &mut Report) {
    if salt.expose().is_empty() {
        report.error(at, "the salt is empty", "write it, or leave it out");
    } else if salt.expose().len() < 16 {
        let what = "with a salt of less than 16 characters usernames can be guessed from subjects";
        report.warn(at, what, "keep it only for applications that know users by these subjects");
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Format, Loaded, Problem, Source};
    use signet_core::settings::Settings;

    use super::*;

    /// Counts, so that a made salt is known.
    struct Ones;

    impl Rng for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0x11);
        }
    }

    /// A folder of this test's own.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("signet-subjects-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn load(base: &Path, text: &str) -> Result<Loaded, Vec<Problem>> {
        let text = format!("issuer = 'https://op.example'\n{text}");
        let source = Source { text: &text, format: Format::Toml, base, file: None };
        Config::load_text(source, &crate::run::tests::without_proxy(&text))
    }

    fn refused(text: &str) -> String {
        crate::config::tests::errors(text).join("\n")
    }

    fn salt_of(made: &Public) -> Option<&str> {
        match made {
            Public::Salted(salt) => Some(std::str::from_utf8(salt.expose()).unwrap()),
            _ => None,
        }
    }

    #[test]
    fn nothing_written_means_subjects_of_our_own() {
        let Loaded { settings: Settings { subjects, .. }, warnings, .. } =
            load(Path::new("base"), "").unwrap();
        assert!(matches!(subjects.public, Public::Keyed) && warnings.is_empty());
        assert!(subjects.pairwise_salt.is_none());
        assert_eq!(subjects.default_type, SubjectType::Public);
    }

    #[test]
    fn one_salt_serves_both_types_unless_one_has_its_own() {
        let text = "subject_type = 'pairwise'\n[session_params]\nsalt = 'a salt of 16 characters'\n";
        let Loaded { settings: Settings { subjects, .. }, .. } = load(Path::new("base"), text).unwrap();
        assert_eq!(salt_of(&subjects.public), Some("a salt of 16 characters"));
        assert!(subjects.pairwise_salt.is_some());
        assert_eq!(subjects.default_type, SubjectType::Pairwise);
        let own = format!("{text}[session_params.sub_func.public]\nsalt = 'another salt of 16 and more'\n");
        let Loaded { settings: Settings { subjects, .. }, .. } = load(Path::new("base"), &own).unwrap();
        assert_eq!(salt_of(&subjects.public), Some("another salt of 16 and more"));
        assert_eq!(subjects.pairwise_salt.unwrap().expose(), b"a salt of 16 characters");
    }

    #[test]
    fn the_form_of_oidc_op_is_read() {
        let text = "[session_params.sub_func]
            public = { class = 'oidcop.session.manager.PublicID', kwargs = { salt = 'sdfsdfdsf' } }
            pairwise = { class = 'oidcop.session.manager:PairWiseID', kwargs = { salt = 'sdfsdfsdf' } }";
        let Loaded { settings: Settings { subjects, .. }, warnings, .. } =
            load(Path::new("base"), text).unwrap();
        assert_eq!(salt_of(&subjects.public), Some("sdfsdfdsf"));
        assert_eq!(subjects.pairwise_salt.unwrap().expose(), b"sdfsdfsdf");
        assert_eq!(warnings.len(), 2, "two short salts: {warnings:?}");
        let raw = "[session_params.sub_func.public]\nclass = 'idpyoidc.server.session.manager.RawID'";
        let Loaded { settings: Settings { subjects, .. }, warnings, .. } =
            load(Path::new("base"), raw).unwrap();
        assert!(matches!(subjects.public, Public::Raw));
        assert!(warnings[0].to_string().contains("usernames"), "{warnings:?}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (text, what) in [
            (
                "[session_params.sub_func.pairwise]\ntype = 'raw'",
                "pairwise subjects cannot be made by \"raw\"",
            ),
            ("[session_params.sub_func.public]\ntype = 'PairWiseID'", "public subjects cannot be made by"),
            ("[session_params.sub_func.ephemeral]\nsalt = 'x'", "use no salt"),
            ("[session_params]\nsalt = ''", "this is empty"),
            ("[session_params.sub_func.public]\nsalt = 'x'\nfilename = 'y'", "given in two ways"),
            (
                "[session_params.sub_func.public]\nfunction = 'a.b'",
                "public subjects cannot be made by \"a.b\"",
            ),
        ] {
            assert!(refused(text).contains(what), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn a_pairwise_client_has_a_sector() {
        let client = "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\n";
        let two = "redirect_uris = ['https://a.example/', 'https://b.example/']\n";
        let what = "several hosts";
        assert!(refused(&format!("{client}{two}subject_type = 'pairwise'")).contains(what));
        assert!(refused(&format!("subject_type = 'pairwise'\n{client}{two}")).contains(what));
        let named = "sector_identifier_uri = 'https://a.example/uris.json'";
        load(Path::new("base"), &format!("subject_type = 'pairwise'\n{client}{two}{named}")).unwrap();
        load(Path::new("base"), &format!("subject_type = 'pairwise'\n{client}grant_types = []")).unwrap();
        let plain = "sector_identifier_uri = 'http://a.example/uris.json'";
        assert!(refused(&format!("{client}{two}{plain}")).contains("must be an absolute https address"));
    }

    #[test]
    fn a_salt_file_is_read_as_it_is_and_made_where_it_is_absent() {
        let folder = folder("file");
        let text = "[session_params.sub_func.public]\nfilename = 'subject.salt'";
        let first = load(&folder, text).unwrap();
        assert_eq!(first.missing_salts.0, [folder.join("subject.salt")]);
        assert!(first.settings.subjects.check().is_err(), "nothing can be built without the salt");
        assert!(first.missing_salts.make(&Ones).unwrap());
        let second = load(&folder, text).unwrap();
        assert_eq!(salt_of(&second.settings.subjects.public), Some("111111111111111111111111"));
        assert!(second.settings.subjects.check().is_ok() && !second.missing_salts.make(&Ones).unwrap());
        // A node that was a moment later takes what the other made.
        std::fs::write(folder.join("subject.salt"), "line\r\nend\n").unwrap();
        first.missing_salts.make(&Ones).unwrap();
        let third = load(&folder, text).unwrap();
        assert_eq!(salt_of(&third.settings.subjects.public), Some("line\nend\n"), "as Python reads it");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left there");
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_salt_file_that_is_a_folder_or_empty_is_refused() {
        let folder = folder("folder");
        std::fs::create_dir_all(folder.join("salt")).unwrap();
        std::fs::write(folder.join("empty"), "").unwrap();
        for (name, what) in [("salt", "cannot be read"), ("empty", "is empty")] {
            let text = format!("[session_params.sub_func.public]\nfilename = '{name}'");
            let problems = load(&folder, &text).unwrap_err();
            assert!(problems[0].to_string().contains(what), "{problems:?}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}

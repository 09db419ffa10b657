//! NIST SP 800-123 §5: files with secrets that other users of this machine can read.

use std::path::{Path, PathBuf};

use super::{Loaded, Place, Problem, StoreAddress};

/// Where the secrets of a configuration were read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The configuration file itself has some.
    pub inline: bool,
    /// Files that `{ file = "…" }` names, and other files of secrets, each with its key.
    pub files: Vec<(String, PathBuf)>,
}

impl Secrets {
    /// A secret was found at this place.
    pub(super) fn written(&mut self, key: &str, place: &Place) {
        match place {
            // Addresses of stores may hold a password, but none of those that there are does.
            _ if key == "store" => {}
            Place::File { .. } => self.inline = true,
            Place::Other { file, .. } if !self.files.iter().any(|(_, known)| known == file) => {
                self.files.push((String::new(), file.clone()));
            }
            Place::Other { .. } | Place::Environment(_) | Place::Nowhere => {}
        }
    }
}

/// Warns of each file with a secret that more than its owner and group can read, of a private key more than
/// its owner; and of each that belongs to somebody who is neither root, nor this account, nor the owner of
/// configuration or store: who owns a file can replace it.
pub fn exposed(file: &Path, loaded: &Loaded) -> Vec<Problem> {
    const ALL: u32 = 0o007;
    const OTHERS: u32 = 0o077;
    const WRITERS: u32 = 0o002;
    // Who can write the configuration says who is let in, whether it holds secrets or not.
    let writable = permissions(file).is_some_and(|(mode, _)| mode & WRITERS != 0);
    let config = (loaded.secrets.inline || writable).then_some((String::new(), file, ALL));
    let named = loaded.secrets.files.iter().map(|(key, file)| (key.clone(), file.as_path(), ALL));
    let tls = loaded.tls.iter().map(|tls| ("tls.key".to_owned(), tls.key.as_path(), ALL));
    let private = loaded.keys.files.private.iter();
    let keys = private.map(|file| ("keys.private_path".to_owned(), file.as_path(), OTHERS));
    let trusted = trusted(file, loaded);
    let mut problems = Vec::new();
    for (key, path, by) in config.into_iter().chain(named).chain(tls).chain(keys) {
        let Some((mode, owner)) = permissions(path) else { continue };
        let warn = |what: String, advice: String| {
            Problem::error(key.clone(), Place::Nowhere, what).instead(advice).warning()
        };
        if mode & WRITERS != 0 {
            let what = format!("others on this machine can change {}", path.display());
            problems.push(warn(what, format!("chmod o-w {}", path.display())));
        } else if mode & by != 0 {
            let what = format!("{} holds secrets, and others on this machine can read it", path.display());
            let wanted = if by == OTHERS { "600" } else { "640" };
            problems.push(warn(what, format!("chmod {wanted} {}", path.display())));
        }
        if !trusted.contains(&owner) {
            let what = format!("{} holds secrets, and belongs to another account ({owner})", path.display());
            problems.push(warn(
                what,
                format!("chown it to root or to the account that runs signet: {}", path.display()),
            ));
        }
    }
    problems
}

/// Accounts that have everything anyhow.
fn trusted(file: &Path, loaded: &Loaded) -> Vec<u32> {
    let store = match &loaded.store {
        StoreAddress::Sqlite(path) => path.ancestors().find_map(permissions),
        StoreAddress::Memory => None,
    };
    let all = [permissions(file), store, permissions(Path::new("/proc/self"))];
    std::iter::once(0).chain(all.into_iter().flatten().map(|(_, owner)| owner)).collect()
}

#[cfg(unix)]
fn permissions(path: &Path) -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|metadata| (metadata.mode(), metadata.uid()))
}

#[cfg(not(unix))]
fn permissions(_: &Path) -> Option<(u32, u32)> {
    None
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::{PermissionsExt as _, chown};

    use super::*;
    use crate::config::Config;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("signet-exposed-{name}-{}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
            let file = self.0.join(name);
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            file
        }

        fn warned(&self, text: &str, mode: u32) -> String {
            let file = self.write("signet.toml", text, mode);
            let loaded = Config::load(&file, &BTreeMap::new()).unwrap();
            exposed(&file, &loaded).iter().map(|problem| format!("{problem}\n")).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    const PLAIN: &str = "issuer = 'http://localhost:1'\nstore = 'memory:'\n";

    #[test]
    fn a_file_with_secrets_is_for_its_owner_and_group() {
        let folder = Folder::new("inline");
        let secret = format!("{PLAIN}[[users]]\nusername = 'diana'\npassword = 'krall'\n");
        assert_eq!(folder.warned(PLAIN, 0o644), "");
        let said = folder.warned(PLAIN, 0o666);
        assert!(said.contains("others on this machine can change") && said.contains("chmod o-w"), "{said}");
        assert_eq!(folder.warned(&secret, 0o640), "");
        let said = folder.warned(&secret, 0o644);
        assert!(said.contains("signet.toml holds secrets") && said.contains("chmod 640"), "{said}");
        let kek = format!("{PLAIN}keys.kek = '{}'\n", "0123456789abcdef".repeat(4));
        assert!(folder.warned(&kek, 0o644).contains("signet.toml holds secrets"));
    }

    #[test]
    fn a_file_that_is_named_for_a_secret_is_judged_in_place_of_the_configuration() {
        let folder = Folder::new("named");
        let text = format!("{PLAIN}[[users]]\nusername = 'diana'\npassword = {{ file = 'diana' }}\n");
        folder.write("diana", "krall\n", 0o640);
        assert_eq!(folder.warned(&text, 0o644), "");
        folder.write("diana", "krall\n", 0o644);
        let said = folder.warned(&text, 0o644);
        assert!(said.starts_with("`users[0].password`: ") && said.contains("diana holds secrets"), "{said}");
        assert!(!said.contains("signet.toml"), "{said}");
    }

    #[test]
    fn a_secret_that_belongs_to_somebody_else_is_named() {
        let folder = Folder::new("owner");
        let text = format!("{PLAIN}[[users]]\nusername = 'diana'\npassword = {{ file = 'diana' }}\n");
        let file = folder.write("diana", "krall\n", 0o600);
        // Only root can give a file away; for anybody else there is nothing to try.
        if chown(&file, Some(65_533), None).is_ok() && std::fs::read(&file).is_ok() {
            let said = folder.warned(&text, 0o600);
            assert!(said.contains("belongs to another account (65533)"), "{said}");
        }
    }
}

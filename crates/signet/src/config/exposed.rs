//! NIST SP 800-123 §5: files with secrets that others on this machine can read.

use std::path::Path;

use super::{Loaded, Place, Problem};

/// Warns of each file with a secret that more than its owner and group can read; of a private key, more than its owner.
pub fn exposed(file: &Path, loaded: &Loaded) -> Vec<Problem> {
    const ALL: u32 = 0o007;
    const OTHERS: u32 = 0o077;
    let secret = loaded.clients.iter().any(|client| client.client_secret.is_some())
        || loaded.users.iter().any(|user| user.password.is_some());
    let config = secret.then_some(("", file, ALL));
    let tls = loaded.tls.iter().map(|tls| ("tls.key", tls.key.as_path(), ALL));
    let keys = loaded.keys.files.private.iter().map(|file| ("keys.private_path", file.as_path(), OTHERS));
    let readable = |path: &Path, by: u32| mode(path).is_some_and(|mode| mode & by != 0);
    config
        .into_iter()
        .chain(tls)
        .chain(keys)
        .filter(|(_, path, by)| readable(path, *by))
        .map(|(key, path, _)| {
            let what = format!("{} holds secrets, and others on this machine can read it", path.display());
            let advice = format!(
                "chmod {} {}",
                if key == "keys.private_path" { "600" } else { "640" },
                path.display()
            );
            Problem::error(key, Place::Nowhere, what).instead(advice).warning()
        })
        .collect()
}

#[cfg(unix)]
fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).ok().map(|metadata| metadata.permissions().mode())
}

#[cfg(not(unix))]
fn mode(_: &Path) -> Option<u32> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::Config;

    #[test]
    fn a_file_with_secrets_is_for_its_owner_and_group() {
        let folder = std::env::temp_dir().join(format!("signet-exposed-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("signet.toml");
        let warned = |text: &str, mode: u32| {
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let loaded = Config::load(&file, &BTreeMap::new()).unwrap();
            exposed(&file, &loaded).iter().map(ToString::to_string).collect::<String>()
        };
        let plain = "issuer = 'http://localhost:1'\n";
        let secret = format!("{plain}[[users]]\nusername = 'diana'\npassword = 'krall'\n");
        assert_eq!(warned(plain, 0o644), "");
        assert_eq!(warned(&secret, 0o640), "");
        let said = warned(&secret, 0o644);
        assert!(said.contains("signet.toml holds secrets") && said.contains("chmod 640"), "{said}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

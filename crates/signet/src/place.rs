//! Whether a file could be made somewhere, found out without making it.

use std::path::Path;

/// Why no file could be made there, or put in the place of one that is there.
pub(crate) fn may_be_made(path: &Path) -> Result<(), String> {
    if path.is_dir() {
        return Err("it is a folder".into());
    }
    let above = path.ancestors().skip(1).map(|folder| match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    });
    // What is missing in between is made.
    let Some(folder) = above.into_iter().find(|folder| folder.exists()) else {
        return Err("there is no folder for it".into());
    };
    if !folder.is_dir() {
        return Err(format!("{} is not a folder", folder.display()));
    }
    probe(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// What to do about a file that this account may not read; nothing where that is not the reason.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Option<String> {
    (error.kind() == std::io::ErrorKind::PermissionDenied).then(|| {
        format!(
            "let the account that runs signet read it: `chgrp signet {0} && chmod 640 {0}`, and let it enter the folders above",
            path.display()
        )
    })
}

/// Opens a file without a name, which is gone when it is closed.
#[cfg(target_os = "linux")]
fn probe(folder: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull};
    use std::os::unix::fs::OpenOptionsExt as _;
    match std::fs::OpenOptions::new().write(true).mode(0o600).custom_flags(libc::O_TMPFILE).open(folder) {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem | StorageFull) => {
            Err(error)
        }
        Err(_) => named(folder),
    }
}

/// Where a file system has no files without names: /proc and /sys, which have none that could be made, and a
/// few that have.
#[cfg(target_os = "linux")]
fn named(folder: &Path) -> std::io::Result<()> {
    let file = folder.join(format!(".signet-probe-{}", std::process::id()));
    std::fs::OpenOptions::new().write(true).create_new(true).open(&file)?;
    std::fs::remove_file(file)
}

#[cfg(not(target_os = "linux"))]
fn probe(folder: &Path) -> std::io::Result<()> {
    match std::fs::metadata(folder)?.permissions().readonly() {
        true => Err(std::io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_made_to_find_out() {
        let folder = std::env::temp_dir().join(format!("signet-place-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("folder")).unwrap();
        std::fs::write(folder.join("file"), "").unwrap();
        for (path, why) in [
            ("new", ""),
            ("file", ""),
            ("a/b/new", ""),
            ("folder", "it is a folder"),
            ("file/new", "is not a folder"),
        ] {
            let found = may_be_made(&folder.join(path)).err().unwrap_or_default();
            assert!(found.contains(why) && found.is_empty() == why.is_empty(), "{path}: {found}");
        }
        #[cfg(target_os = "linux")]
        for nowhere in ["/proc/x.db", "/sys/x.db", "/proc/new/x.db"] {
            assert!(may_be_made(Path::new(nowhere)).is_err(), "{nowhere}");
        }
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
        std::fs::remove_dir_all(folder).unwrap();
    }
}

//! Whether a file could be made somewhere, found out without making it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use signet_core::secret::Secret;
use tokio_rustls::rustls::pki_types::pem;

/// Far more than any file has that a configuration names.
pub const LONGEST: u64 = 16 * 1024 * 1024;

/// The text of a file that may be read to its end: a device or a pipe may have none, and nobody may write to
/// it.
pub fn text(path: &Path, longest: u64) -> io::Result<String> {
    regular(path)?;
    bounded(path, longest)
}

/// The same with every character that is in the file, where each of them counts.
pub fn exactly(path: &Path, longest: u64) -> io::Result<String> {
    regular(path)?;
    whole(path, longest)
}

/// RFC 7468 §2: the text of a PEM file. Editors and the fields of forms add a mark in front, and white space
/// around the lines, which is not part of it. One in DER is text of another kind, in which no block is found.
pub fn pem(path: &Path) -> io::Result<Secret<String>> {
    regular(path)?;
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST.saturating_add(1)).read_to_end(&mut bytes)?;
    is_within(bytes.len(), LONGEST)?;
    let text = String::from_utf8(bytes);
    let text = text.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    let text = Secret::new(text);
    let lines = without_mark(text.expose()).lines().map(str::trim);
    Ok(Secret::new(lines.collect::<Vec<_>>().join("\n")))
}

/// Without the byte order mark that some editors and shells write in front of a text: nobody has typed it,
/// and nobody sees it.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The same for what an operator names by hand, which may be a pipe too.
pub fn bounded(path: &Path, longest: u64) -> io::Result<String> {
    let mut text = whole(path, longest)?;
    text.drain(..text.len() - without_mark(&text).len());
    Ok(text)
}

fn whole(path: &Path, longest: u64) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(longest.saturating_add(1)).read_to_string(&mut text)?;
    is_within(text.len(), longest)?;
    Ok(text)
}

fn is_within(length: usize, longest: u64) -> io::Result<()> {
    match u64::try_from(length) {
        Ok(length) if length <= longest => Ok(()),
        _ => Err(io::Error::other(format!("it has more than {longest} bytes"))),
    }
}

/// Whether it is a file, if there is anything at all.
pub fn regular(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        // Reading says what is wrong with a folder.
        Ok(found) if !found.is_file() && !found.is_dir() => {
            Err(io::Error::other("it is not a regular file, but a device, a pipe or a socket"))
        }
        _ => Ok(()),
    }
}

/// A folder that may be missing; what else has its name, or a link that leads nowhere, is no missing one.
pub fn folder(path: &Path) -> io::Result<Option<&Path>> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(Some(path)),
        Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !path.is_symlink() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where a symbolic link leads in the end, whether anything is there or not.
fn followed(path: &Path) -> Result<PathBuf, String> {
    const MOST: usize = 40;
    let mut at = path.to_path_buf();
    for _ in 0..MOST {
        let Ok(target) = std::fs::read_link(&at) else { return Ok(at) };
        at = at.parent().map_or_else(|| target.clone(), |folder| folder.join(&target));
    }
    Err("it is a symbolic link that leads round in a circle".to_owned())
}

/// Why no file could be made there, or put in the place of one that is there.
pub fn may_be_made(path: &Path) -> Result<(), String> {
    let target = followed(path)?;
    if target != path
        && !target.parent().is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir())
    {
        return Err(format!("it is a symbolic link to {}, whose folder is not there", target.display()));
    }
    let path = target.as_path();
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
    probe(folder).map_err(|error| {
        let denied = error.kind() == io::ErrorKind::PermissionDenied;
        let why = denied.then(|| signet_store::kept_from_making(path, folder)).flatten();
        let why = why.map(|why| format!("; {why}")).unwrap_or_default();
        format!("{}: {error}{why}", folder.display())
    })
}

/// What to do about a file that cannot be read; none where the error says it all.
pub fn remedy(path: &Path, error: &io::Error) -> Option<String> {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            let generally =
                || "let the account that runs signet read it, and enter the folders above".to_owned();
            Some(signet_store::kept_from_reading(path).unwrap_or_else(generally))
        }
        io::ErrorKind::IsADirectory => Some("name a file, not a folder".to_owned()),
        io::ErrorKind::NotADirectory => Some("a part of this path is a file, not a folder".to_owned()),
        io::ErrorKind::InvalidData => Some("save it as text in UTF-8".to_owned()),
        io::ErrorKind::NotFound => leads_nowhere(path),
        _ => None,
    }
}

/// A link is there, and so is its name in a listing of the folder; what it leads to is not.
fn leads_nowhere(path: &Path) -> Option<String> {
    let target = followed(path).ok().filter(|target| target != path)?;
    Some(format!(
        "it is a symbolic link to {}, which is not there; put the file there, or correct or remove the link",
        target.display()
    ))
}

/// Why a file cannot be read, and what to do about it, after its name: "cannot be read: …".
pub fn unread(path: &Path, error: &io::Error) -> String {
    let remedy = remedy(path, error).map(|remedy| format!("; {remedy}")).unwrap_or_default();
    format!("cannot be read: {error}{remedy}")
}

/// RFC 7468 §2: what is wrong with the text of a PEM file, in words.
pub(crate) fn unread_pem(error: pem::Error) -> String {
    const LONGEST: usize = 80;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(LONGEST).collect::<String>();
    match error {
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("the line -----END {}----- is missing, as if the file was cut short", text(&end_marker))
        }
        pem::Error::IllegalSectionStart { line } => {
            format!("the line {:?} does not end with five hyphens", text(&line))
        }
        pem::Error::Base64Decode(why) => format!("its Base64 is damaged: {why}"),
        other => other.to_string(),
    }
}

/// Opens a file without a name, which is gone when it is closed.
#[cfg(target_os = "linux")]
fn probe(folder: &Path) -> io::Result<()> {
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
fn named(folder: &Path) -> io::Result<()> {
    let file = folder.join(format!(".signet-probe-{}", std::process::id()));
    std::fs::OpenOptions::new().write(true).create_new(true).open(&file)?;
    std::fs::remove_file(file)
}

#[cfg(not(target_os = "linux"))]
fn probe(folder: &Path) -> io::Result<()> {
    match std::fs::metadata(folder)?.permissions().readonly() {
        true => Err(std::io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_has_no_end_is_not_read() {
        let said = |path: &str| text(Path::new(path), 10).unwrap_err().to_string();
        for device in ["/dev/zero", "/dev/null"] {
            assert!(said(device).contains("not a regular file"), "{device}");
        }
        assert!(said("/etc/passwd").contains("more than 10 bytes"));
        assert!(said("/tmp").contains("directory"), "{}", said("/tmp"));
        assert!(bounded(Path::new("/dev/zero"), 10).unwrap_err().to_string().contains("more than 10 bytes"));
    }

    #[test]
    fn what_an_editor_writes_around_a_text_is_not_of_it() {
        let folder = std::env::temp_dir().join(format!("signet-mark-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("text");
        for (written, read) in [
            ("\u{feff}a\u{feff}", "a\u{feff}"),
            ("a", "a"),
            ("\u{feff}", ""),
            ("\u{feff}\u{feff}", "\u{feff}"),
        ] {
            std::fs::write(&path, written).unwrap();
            assert_eq!(
                (text(&path, 10).unwrap().as_str(), bounded(&path, 10).unwrap().as_str()),
                (read, read)
            );
            assert_eq!(exactly(&path, 10).unwrap(), written);
        }
        std::fs::write(&path, "\u{feff}  -----BEGIN X-----\r\n\tAA==  \n -----END X-----").unwrap();
        assert_eq!(pem(&path).unwrap().expose(), "-----BEGIN X-----\nAA==\n-----END X-----");
        File::create(&path).unwrap().set_len(LONGEST + 1).unwrap();
        assert!(pem(&path).unwrap_err().to_string().contains("it has more than"));
        std::fs::write(&path, [0x30, 0x82, 0xff]).unwrap();
        assert!(pem(&path).unwrap().expose().starts_with('0'));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_read_is_said_with_its_cure() {
        let folder = std::env::temp_dir().join(format!("signet-unread-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("latin1"), [0xe9]).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("gone", folder.join("link")).unwrap();
        for (name, cure) in [
            ("", "name a file"),
            ("latin1", "UTF-8"),
            ("latin1/file", "is a file, not a folder"),
            ("nowhere", "(os error 2)"),
            #[cfg(unix)]
            ("link", "gone, which is not there; put the file there"),
        ] {
            let path = if name.is_empty() { folder.clone() } else { folder.join(name) };
            let said = unread(&path, &text(&path, 10).unwrap_err());
            assert!(said.contains("cannot be read: ") && said.contains(cure), "{said}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

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
        #[cfg(unix)]
        for (link, target, why) in [
            ("round", "round", "leads round in a circle"),
            ("astray", "nowhere/new", "whose folder is not there"),
            ("good", "folder/new", ""),
        ] {
            let link = folder.join(link);
            std::os::unix::fs::symlink(target, &link).unwrap();
            let found = may_be_made(&link).err().unwrap_or_default();
            assert!(found.contains(why) && found.is_empty() == why.is_empty(), "{target}: {found}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}

//! Why an account may not read or write a file, in words that say what to type: most of all after root has
//! put a backup in place, or has run a command.

use std::path::{Path, PathBuf};

/// What is in the way of this account.
pub(super) fn why(path: &Path) -> String {
    found(path)
        .unwrap_or_else(|| "its file and its folder must belong to the user that runs signet".to_owned())
}

/// Why no file can be made in the folder; where nothing else is known, because of the error.
pub(crate) fn folder(path: &Path, error: &dyn std::fmt::Display) -> String {
    found(path).unwrap_or_else(|| {
        let folder = path.parent().unwrap_or(path).display();
        format!(
            "no file can be made next to it ({error}), as SQLite and the next start need; let the user that runs signet \
             write to {folder}"
        )
    })
}

#[cfg(not(unix))]
pub(super) fn found(_: &Path) -> Option<String> {
    None
}

/// What is in the way, as far as it can be seen; root may do everything.
#[cfg(unix)]
pub(super) fn found(path: &Path) -> Option<String> {
    use std::io::ErrorKind::{NotFound, PermissionDenied};
    use std::os::unix::fs::MetadataExt as _;
    let own = Account::own()?;
    for file in super::connect::files(path) {
        let opened = std::fs::OpenOptions::new().read(true).write(true).open(&file);
        if !opened.is_err_and(|error| error.kind() == PermissionDenied) {
            continue;
        }
        return match std::fs::metadata(&file) {
            Ok(found) => Some(may_not(&own, "write", &file, &Found::of(&found), "rw")),
            Err(error) if error.kind() == NotFound => continue,
            Err(_) => Some(format!("{} may not enter a folder above {}", own.shown(), file.display())),
        };
    }
    // Files next to it have to be made.
    let folder = path.parent()?;
    let found = std::fs::metadata(folder).ok()?;
    (found.uid() != own.uid || found.mode() & 0o300 != 0o300)
        .then(|| may_not_fill(&own, path, folder, &Found::of(&found)))
}

#[cfg(not(unix))]
pub(crate) fn reading(_: &Path) -> Option<String> {
    None
}

/// Why a file or a folder cannot be read, as far as it can be seen: a folder above it that is closed, or its
/// own permissions.
#[cfg(unix)]
pub(crate) fn reading(path: &Path) -> Option<String> {
    let own = Account::own()?;
    let at = led_to(path);
    let mut above: Vec<&Path> =
        at.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()).collect();
    above.reverse();
    let is_closed = |folder: &&Path| {
        std::fs::metadata(folder.join("."))
            .is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
    };
    let closed = above.into_iter().find(is_closed);
    let (what, verb, needed) = match closed {
        Some(folder) => (folder, "enter", "x"),
        None if at.is_dir() => (at.as_path(), "read", "rx"),
        None => (at.as_path(), "read", "r"),
    };
    let found = std::fs::metadata(what).ok()?;
    Some(may_not(&own, verb, what, &Found::of(&found), needed))
}

#[cfg(not(unix))]
pub(crate) fn making(_: &Path, _: &Path) -> Option<String> {
    None
}

/// Why a file cannot be made, in the first folder above it that is there.
#[cfg(unix)]
pub(crate) fn making(path: &Path, folder: &Path) -> Option<String> {
    let own = Account::own()?;
    let found = Found::of(&std::fs::metadata(folder).ok()?);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(folder);
    Some(if parent == folder {
        may_not_fill(&own, path, folder, &found)
    } else if found.owner.uid == own.uid {
        may_not(&own, "write", folder, &found, "rwx")
    } else {
        not_there(&own, folder, &found, parent)
    })
}

/// Where a symbolic link leads.
#[cfg(unix)]
fn led_to(path: &Path) -> PathBuf {
    let target = std::fs::read_link(path).unwrap_or_else(|_| path.to_owned());
    match path.parent() {
        Some(folder) if target != path => folder.join(target),
        _ => target,
    }
}

/// What is in the way, and the command that takes it away. Who reads this may be another account than the
/// service runs as.
fn may_not(own: &Account, verb: &str, what: &Path, found: &Found, needed: &str) -> String {
    let (who, what) = (own.shown(), what.display());
    if own.uid == found.owner.uid {
        return format!("{what} belongs to {who}, but has mode {:o}; `chmod u+{needed} {what}`", found.mode);
    }
    let command = match verb {
        "write" => format!("chown {} {what}", own.target()),
        _ => format!("chgrp {} {what} && chmod g+{needed} {what}", own.group),
    };
    let whose = found.owner.shown();
    format!("{who} may not {verb} {what}, which belongs to {whose}; if signet runs as this user, `{command}`")
}

/// What is in the way of making files in a folder. One that others use too is not given away: the store gets
/// a folder of its own.
fn may_not_fill(own: &Account, path: &Path, folder: &Path, found: &Found) -> String {
    if own.uid == found.owner.uid || !is_shared(folder, found) {
        return may_not(own, "write", folder, found, "rwx");
    }
    let (who, whose, shown) = (own.shown(), found.owner.shown(), folder.display());
    // Where others may not enter, the service could not either.
    let is_closed = found.mode & 0o001 == 0 || folder == Path::new("/") || is_of_system(folder);
    let under = if is_closed { Path::new("/var/lib") } else { folder };
    let (name, within) = (path.file_name().map(Path::new).unwrap_or(path), under.join("signet"));
    let command = format!("install -d -m 700 -o {} {}", own.target().trim_end_matches(':'), within.display());
    format!(
        "{who} may not write {shown}, which belongs to {whose} and is not Signet's alone; use a folder of its own, such as \
         {}: if signet runs as this user, `{command}`",
        within.join(name).display()
    )
}

/// Whether others use a folder too: it is one of the system, or everybody may look into it and it is not
/// called after Signet.
fn is_shared(folder: &Path, found: &Found) -> bool {
    let is_own = folder.file_name().is_some_and(|name| name.to_string_lossy().contains("signet"));
    let is_high_up = folder.components().count() <= 2;
    is_high_up || is_of_system(folder) || (!is_own && found.mode & 0o007 != 0)
}

/// Where no service keeps its data.
fn is_of_system(folder: &Path) -> bool {
    ["/etc", "/usr", "/bin", "/sbin", "/lib", "/boot", "/dev", "/proc", "/sys", "/run"]
        .iter()
        .any(|one| folder.starts_with(one))
}

/// The folder of a file that cannot be made either.
fn not_there(own: &Account, folder: &Path, found: &Found, parent: &Path) -> String {
    let (who, whose) = (own.shown(), found.owner.shown());
    let command = format!("install -d -m 700 -o {} {}", own.target().trim_end_matches(':'), parent.display());
    format!(
        "{who} may not write {}, which belongs to {whose}; if signet runs as this user, `{command}`",
        folder.display()
    )
}

/// Whose a file is, and who may do what with it.
struct Found {
    owner: Account,
    mode: u32,
}

impl Found {
    #[cfg(unix)]
    fn of(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self { owner: Account::of(metadata.uid()), mode: metadata.mode() & 0o7777 }
    }
}

/// Somebody on this machine.
struct Account {
    uid: u32,
    name: Option<String>,
    /// Of this process: its group, as chgrp takes it.
    group: String,
}

impl Account {
    /// That of this process; none: root, whom nothing keeps out.
    #[cfg(unix)]
    fn own() -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let own = std::fs::metadata("/proc/self").ok().filter(|own| own.uid() != 0)?;
        let group = named("/etc/group", own.gid()).unwrap_or_else(|| own.gid().to_string());
        Some(Self { group, ..Self::of(own.uid()) })
    }

    /// With the name that /etc/passwd has for it.
    #[cfg(unix)]
    fn of(uid: u32) -> Self {
        Self { uid, name: named("/etc/passwd", uid), group: String::new() }
    }

    fn shown(&self) -> String {
        match &self.name {
            Some(name) => format!("the user {name} (uid {})", self.uid),
            None => format!("the user with uid {}", self.uid),
        }
    }

    /// As chown takes it; with its group where that has a name.
    fn target(&self) -> String {
        self.name.as_ref().map_or_else(|| self.uid.to_string(), |name| format!("{name}:"))
    }
}

/// The name that passwd(5) or group(5) has for a number.
#[cfg(unix)]
fn named(file: &str, number: u32) -> Option<String> {
    let lines = std::fs::read_to_string(file).unwrap_or_default();
    lines.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(uid: u32, name: Option<&str>) -> Account {
        let group = name.map_or_else(|| uid.to_string(), |name| format!("{name}-group"));
        Account { uid, name: name.map(str::to_owned), group }
    }

    fn of_root(mode: u32) -> Found {
        Found { owner: account(0, Some("root")), mode }
    }

    #[test]
    fn who_may_not_do_what_is_said_with_the_command_that_mends_it() {
        let signet = account(998, Some("signetop"));
        let (file, folder) = (Path::new("/var/lib/signet/signet.db"), Path::new("/etc/letsencrypt/archive"));
        assert_eq!(
            may_not(&signet, "write", file, &of_root(0o600), "rw"),
            "the user signetop (uid 998) may not write /var/lib/signet/signet.db, which belongs to the user root \
             (uid 0); if signet runs as this user, `chown signetop: /var/lib/signet/signet.db`"
        );
        let own = Found { owner: account(998, Some("signetop")), mode: 0o400 };
        assert_eq!(
            may_not(&signet, "write", file, &own, "rw"),
            "/var/lib/signet/signet.db belongs to the user signetop (uid 998), but has mode 400; \
             `chmod u+rw /var/lib/signet/signet.db`"
        );
        for (said, command) in [
            (
                may_not(&account(7, None), "write", file, &of_root(0o600), "rw"),
                "`chown 7 /var/lib/signet/signet.db`",
            ),
            (
                may_not(&signet, "enter", folder, &of_root(0o700), "x"),
                "`chgrp signetop-group /etc/letsencrypt/archive && chmod g+x /etc/letsencrypt/archive`",
            ),
            (
                not_there(&signet, Path::new("/var/lib"), &of_root(0o755), Path::new("/var/lib/signet")),
                "`install -d -m 700 -o signetop /var/lib/signet`",
            ),
        ] {
            assert!(said.ends_with(command), "{said}");
        }
    }

    /// The folder would be the service's, with all that other programs keep there.
    #[test]
    fn a_folder_that_others_use_is_not_given_away() {
        let signet = account(998, Some("signetop"));
        let said = |path: &str, mode: u32| {
            let path = Path::new(path);
            may_not_fill(&signet, path, path.parent().unwrap(), &of_root(mode))
        };
        assert_eq!(
            said("/var/lib/signet.db", 0o755),
            "the user signetop (uid 998) may not write /var/lib, which belongs to the user root (uid 0) and is not \
             Signet's alone; use a folder of its own, such as /var/lib/signet/signet.db: if signet runs as this user, \
             `install -d -m 700 -o signetop /var/lib/signet`"
        );
        for (path, mode, folder) in [
            ("/opt/signet.db", 0o755, "/opt/signet"),
            ("/boot/signet.db", 0o700, "/var/lib/signet"),
            ("/etc/f.db", 0o755, "/var/lib/signet"),
            ("/etc/signet/f.db", 0o750, "/var/lib/signet"),
            ("/f.db", 0o755, "/var/lib/signet"),
            ("/srv/data/f.db", 0o775, "/srv/data/signet"),
            ("/srv/data/f.db", 0o750, ""),
            ("/var/lib/signet/signet.db", 0o755, ""),
        ] {
            let said = said(path, mode);
            let parent = Path::new(path).parent().unwrap().display();
            let command = match folder {
                "" => format!("`chown signetop: {parent}`"),
                folder => format!("`install -d -m 700 -o signetop {folder}`"),
            };
            assert!(said.ends_with(&command), "{path}: {said}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_to_the_folder_that_may_be_closed() {
        let link = std::env::temp_dir().join(format!("signet-led-{}", std::process::id()));
        std::os::unix::fs::symlink("../archive/key.pem", &link).unwrap();
        assert_eq!(led_to(&link), std::env::temp_dir().join("../archive/key.pem"));
        std::fs::remove_file(&link).unwrap();
        assert_eq!(led_to(&link), link);
    }

    #[cfg(unix)]
    #[test]
    fn accounts_have_the_names_of_this_machine() {
        assert_eq!(Account::of(0).shown(), "the user root (uid 0)");
        assert_eq!(Account::of(u32::MAX - 1).target(), (u32::MAX - 1).to_string());
    }
}

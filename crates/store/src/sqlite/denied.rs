//! Why an account may not write the store, in words that say what to type: most of all after root has put a
//! backup in place, or has run a command.

use std::path::Path;

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
    let own = Account::of(std::fs::metadata("/proc/self").ok()?.uid());
    if own.uid == 0 {
        return None;
    }
    for file in super::connect::files(path) {
        let opened = std::fs::OpenOptions::new().read(true).write(true).open(&file);
        if !opened.is_err_and(|error| error.kind() == PermissionDenied) {
            continue;
        }
        return match std::fs::metadata(&file) {
            Ok(found) => Some(said(&own, &file, &Account::of(found.uid()), found.mode() & 0o7777, "rw")),
            Err(error) if error.kind() == NotFound => continue,
            Err(_) => Some(format!("{} may not enter a folder above {}", own.shown(), file.display())),
        };
    }
    // Files next to it have to be made.
    let folder = path.parent()?;
    let found = std::fs::metadata(folder).ok()?;
    (found.uid() != own.uid || found.mode() & 0o300 != 0o300)
        .then(|| said(&own, folder, &Account::of(found.uid()), found.mode() & 0o7777, "rwx"))
}

fn said(own: &Account, file: &Path, owner: &Account, mode: u32, needed: &str) -> String {
    let (who, file) = (own.shown(), file.display());
    if own.uid == owner.uid {
        format!("{file} belongs to {who}, but has mode {mode:o}; `chmod u+{needed} {file}`")
    } else {
        let whose = owner.shown();
        format!("{who} may not write {file}, which belongs to {whose}; `chown {} {file}`", own.target())
    }
}

/// Somebody on this machine.
struct Account {
    uid: u32,
    name: Option<String>,
}

impl Account {
    /// With the name that /etc/passwd has for it.
    #[cfg(unix)]
    fn of(uid: u32) -> Self {
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
        });
        Self { uid, name }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_write_what_is_said_with_the_command_that_mends_it() {
        let account = |uid, name: Option<&str>| Account { uid, name: name.map(str::to_owned) };
        let (signet, root) = (account(998, Some("signet")), account(0, Some("root")));
        let file = Path::new("/var/lib/signet/signet.db");
        assert_eq!(
            said(&signet, file, &root, 0o600, "rw"),
            "the user signet (uid 998) may not write /var/lib/signet/signet.db, which belongs to the user root (uid 0); \
             `chown signet: /var/lib/signet/signet.db`"
        );
        assert_eq!(
            said(&signet, file, &signet, 0o400, "rw"),
            "/var/lib/signet/signet.db belongs to the user signet (uid 998), but has mode 400; \
             `chmod u+rw /var/lib/signet/signet.db`"
        );
        assert!(
            said(&account(7, None), file, &root, 0o600, "rw")
                .ends_with("`chown 7 /var/lib/signet/signet.db`")
        );
    }

    #[cfg(unix)]
    #[test]
    fn accounts_have_the_names_of_this_machine() {
        assert_eq!(Account::of(0).shown(), "the user root (uid 0)");
        assert_eq!(Account::of(u32::MAX - 1).target(), (u32::MAX - 1).to_string());
    }
}

//! Which account of the system runs a command, as events say it.

/// The words for this process.
pub(super) fn operator() -> String {
    // Linux says it there; elsewhere it is left out. Nobody can set it, as they can a variable.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    named(uid(&status), |name| std::env::var(name).ok())
}

/// The effective one, which decides what a process may do (proc(5), `Uid`).
fn uid(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What sudo says counts only where it is root who says it: anybody can set a variable.
fn named(uid: Option<u32>, variable: impl Fn(&str) -> Option<String>) -> String {
    let Some(uid) = uid else { return "command line".to_owned() };
    let by = variable("SUDO_UID").and_then(|by| by.parse::<u32>().ok()).filter(|_| uid == 0);
    let Some(by) = by else { return format!("command line (uid {uid})") };
    match variable("SUDO_USER").filter(|name| is_name(name)) {
        Some(name) => format!("command line (uid {uid}, sudo by {name}, uid {by})"),
        None => format!("command line (uid {uid}, sudo by uid {by})"),
    }
}

/// The name of an account, as systems have them, and no text that only looks like more of the event.
fn is_name(name: &str) -> bool {
    let is_of_one = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@\\$".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(is_of_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_named_and_what_sudo_says_counts_for_root_alone() {
        let said = |uid, variables: &[(&str, &str)]| {
            let find = |name: &str| variables.iter().find(|(known, _)| *known == name);
            named(uid, |name| find(name).map(|(_, value)| (*value).to_owned()))
        };
        let sudo = [("SUDO_USER", "diana"), ("SUDO_UID", "1000")];
        assert_eq!(said(None, &sudo), "command line");
        assert_eq!(said(Some(1001), &[]), "command line (uid 1001)");
        assert_eq!(said(Some(1001), &sudo), "command line (uid 1001)");
        assert_eq!(said(Some(0), &[]), "command line (uid 0)");
        assert_eq!(said(Some(0), &sudo), "command line (uid 0, sudo by diana, uid 1000)");
        let odd = [("SUDO_USER", "diana)\nby=x"), ("SUDO_UID", "1000")];
        assert_eq!(said(Some(0), &odd), "command line (uid 0, sudo by uid 1000)");
        assert_eq!(said(Some(0), &[("SUDO_USER", "diana"), ("SUDO_UID", "x")]), "command line (uid 0)");
    }

    #[test]
    fn the_effective_one_is_meant() {
        assert_eq!(uid("Name:\tsignet\nUid:\t1000\t1001\t1002\t1003\nGid:\t7\t7\t7\t7\n"), Some(1001));
        assert_eq!(uid(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_one() {
        use std::os::unix::fs::MetadataExt as _;
        let own = std::fs::metadata("/proc/self").unwrap().uid();
        assert!(operator().starts_with(&format!("command line (uid {own}")), "{}", operator());
    }
}

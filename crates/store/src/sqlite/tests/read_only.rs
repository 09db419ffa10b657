//! Stores on a file system that is mounted read-only, which only this test sees.

use std::path::Path;
use std::process::Command;

use signet_core::id::SessionId;
use signet_core::lookup::SessionByCookie;

use super::super::*;
use super::{Place, block_on, session};
use crate::{List, Listed};

/// Names the folder in the process in which it is read-only.
const SHELF: &str = "SIGNET_TEST_SHELF";

#[test]
fn what_is_stored_is_read_where_nothing_can_be_written() {
    if let Some(shelf) = std::env::var_os(SHELF) {
        return looked_at(Path::new(&shelf));
    }
    let place = Place::new("read-only");
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    block_on(store.commit(vec![session(1)])).unwrap();
    // As a snapshot takes them while a server runs, with the last writes in the log.
    let copy = |from: &str, to: &str| std::fs::copy(place.0.join(from), place.0.join(to)).unwrap();
    for name in ["whole.db", "left.db"] {
        copy("signet.db", name);
        copy("signet.db-wal", &format!("{name}-wal"));
    }
    copy("signet.db-shm", "whole.db-shm");
    // As a server leaves it that was stopped.
    drop(store);
    assert!(!place.0.join("signet.db-wal").exists());
    let mounted = |by: &[&str], then: &[&std::ffi::OsStr]| {
        let mut command = Command::new("unshare");
        command.args(by).args(["--mount", "sh", "-c"]);
        let mount = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && shift && exec \"$@\"";
        command.arg(mount).arg("sh").arg(&place.0).args(then).env(SHELF, &place.0);
        command.status().is_ok_and(|status| status.success())
    };
    let ways: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];
    let Some(way) = ways.into_iter().find(|way| mounted(way, &["true".as_ref()])) else {
        eprintln!("skipped: this account may not mount a file system of its own");
        return;
    };
    let name = "sqlite::tests::read_only::what_is_stored_is_read_where_nothing_can_be_written";
    let own = std::env::current_exe().unwrap();
    assert!(mounted(way, &[own.as_ref(), "--exact".as_ref(), name.as_ref(), "--nocapture".as_ref()]));
}

fn looked_at(shelf: &Path) {
    let files = || std::fs::read_dir(shelf).unwrap().count();
    let before = files();
    for name in ["signet.db", "whole.db", "left.db"] {
        let path = shelf.join(name);
        let store = SqliteLook::open(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        block_on(store.migrate()).unwrap();
        let store: &dyn Store = &store;
        let hash = signet_core::secret::TokenHash::of(&1i64.to_be_bytes());
        let asked = SessionByCookie { id: SessionId(1), hash, client: None };
        assert!(block_on(store.ask(asked)).unwrap().is_some(), "{name}");
        let listed = block_on(store.list(List::first(Listed::Sessions(None), 10))).unwrap();
        assert_eq!(listed.sessions.len(), 1, "{name}");
        let why = SqliteStore::open(&path).err().unwrap().to_string();
        assert!(why.contains("mounted read-only"), "{name}: {why}");
    }
    assert_eq!(files(), before);
}

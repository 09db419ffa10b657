//! The file itself: how it fills, heals and shrinks, and what is left in it.

#[cfg(target_os = "linux")]
mod read_only;
#[cfg(target_os = "linux")]
mod small_disk;

use signet_core::change::Change;
use signet_core::id::SessionId;
use signet_core::lookup::SessionByCookie;
use signet_core::record::{Document, Session, User};
use signet_core::secret::TokenHash;
use signet_core::time::Timestamp;

use super::*;
use crate::contract::block_on;

const END: Timestamp = Timestamp(2_000_000_000);

struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("signet-store-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("signet.db")
    }

    fn size(&self) -> u64 {
        std::fs::metadata(self.file()).unwrap().len()
    }

    /// All that is on the disk.
    fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(&self.0).unwrap().map(|file| file.unwrap().path());
        files.flat_map(|file| std::fs::read(file).unwrap()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn session(id: i64) -> Change {
    Change::InsertSession(Session {
        id: SessionId(id),
        hash: TokenHash::of(&id.to_be_bytes()),
        root: SessionId(id),
        user: "u".into(),
        proofs: Vec::new(),
        created_at: END,
        expires_at: END,
        agent: Some("x".repeat(500)),
        address: None,
    })
}

fn is_there(store: &SqliteStore, id: i64) -> bool {
    let asked = SessionByCookie { id: SessionId(id), hash: TokenHash::of(&id.to_be_bytes()), client: None };
    let store: &dyn Store = store;
    block_on(store.ask(asked)).unwrap().is_some()
}

fn is_full(result: Result<(), CommitError>) -> bool {
    matches!(result, Err(CommitError::Store(StoreError::Full { .. })))
}

#[test]
fn a_full_store_still_answers_deletes_and_heals_by_itself() {
    let place = Place::new("full");
    let store = SqliteStore::open_within(&place.file(), 200).unwrap();
    block_on(store.migrate()).unwrap();
    let mut id = 0;
    let reserve = place.0.join("signet.db-reserve");
    let reserved = || std::fs::metadata(&reserve).unwrap().len();
    while block_on(store.commit(vec![session(id)])).is_ok() {
        assert_eq!(reserved(), 4 * 1024 * 1024);
        id += 1;
        assert!(id < 10_000, "it never fills");
    }
    // What is refused does not look for room: that is a file of 4 MiB each time. The keeper does, once a
    // second.
    assert!((0..10).any(|_| is_full(block_on(store.commit(vec![session(id)]))) && reserved() == 1024 * 1024));
    assert!(id > 300 && is_full(block_on(store.commit((id..id + 100).map(session).collect()))));
    // Readiness is what a write comes to.
    assert!(matches!(block_on(store.health()), Err(StoreError::Full { .. })));
    assert!(is_there(&store, 0) && is_there(&store, id - 1));
    assert!(place.size() <= 200 * 4096);
    // What has expired goes all the same, and then there is room.
    let mut gone = 0;
    while gone < usize::try_from(id).unwrap() {
        gone += block_on(store.sweep(END, 100)).unwrap();
    }
    block_on(store.health()).unwrap();
    assert!(!is_there(&store, 0));
    block_on(store.commit((0..id / 2).map(session).collect())).unwrap();
}

fn user(version: u64) -> User {
    User {
        id: "u".into(),
        username: "elvis".to_owned(),
        version,
        password: None,
        claims: serde_json::Map::new(),
        locked: version > 0,
        password_epoch: 0,
        imported: None,
        created_at: END,
        updated_at: END,
    }
}

fn put_user(version: u64) -> Change {
    Change::PutUser(Arc::new(user(version)))
}

/// What `signet user lock` writes.
fn lock(version: u64) -> Vec<Change> {
    vec![put_user(version), Change::EndUser { user: "u".into(), keep_offline: false }]
}

#[test]
fn without_room_people_are_locked_signed_out_and_removed() {
    let place = Place::new("lock-full");
    let store = SqliteStore::open_within(&place.file(), 200).unwrap();
    block_on(store.migrate()).unwrap();
    block_on(store.commit(vec![put_user(0)])).unwrap();
    let mut id = 0;
    while block_on(store.commit(vec![session(id)])).is_ok() {
        id += 1;
    }
    for taken in [
        vec![Change::EndSession(SessionId(0))],
        lock(1),
        vec![Change::DeleteUser("u".into())],
        vec![Change::Tally(signet_core::record::Tally::Clear { key: "account:u".to_owned() })],
    ] {
        block_on(store.commit(taken.clone())).unwrap_or_else(|error| panic!("{taken:?}: {error}"));
    }
    assert!(!is_there(&store, 0) && !is_there(&store, id - 1));
}

/// After a start on a full disk there is no reserve to give up: that is no reason to refuse what takes away.
#[cfg(unix)]
#[test]
fn a_store_that_begins_without_room_for_its_reserve_still_locks_people() {
    let place = Place::new("begins-full");
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    block_on(store.commit(vec![put_user(0), session(1)])).unwrap();
    drop(store);
    // Whatever is written there finds no room.
    let reserve = place.0.join("signet.db-reserve");
    std::fs::remove_file(&reserve).unwrap();
    std::os::unix::fs::symlink("/dev/full", &reserve).unwrap();
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.commit(lock(1))).unwrap();
    assert!(!is_there(&store, 1));
}

#[test]
fn while_the_reserve_is_gone_only_room_is_made() {
    let place = Place::new("reserve");
    let reserve = place.0.join("signet.db-reserve");
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    block_on(store.commit(vec![session(1)])).unwrap();
    assert_eq!(std::fs::metadata(&reserve).unwrap().len(), 4 * 1024 * 1024);
    drop(store);
    // A file system without room: what is made in place of the reserve cannot take it.
    let mut lost = Reserve::of(&place.file());
    let size = || std::fs::metadata(&reserve).map_or(0, |found| found.len());
    lost.give_up();
    assert!(size() == 1024 * 1024 && !lost.is_held());
    let steps = (0..100).take_while(|_| lost.give_more()).count();
    assert!(steps == 8 && !reserve.exists() && !lost.is_held());
    assert!(lost.regain() && size() == 4 * 1024 * 1024);
}

#[test]
fn a_file_shrinks_with_its_rows() {
    let place = Place::new("shrinks");
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    for hundred in 0..200 {
        block_on(store.commit((hundred * 100..hundred * 100 + 100).map(session).collect())).unwrap();
    }
    block_on(store.rewrite()).unwrap();
    let full = place.size();
    assert!(full > 10_000_000, "{full}");
    while block_on(store.sweep(END, 2000)).unwrap() > 0 {}
    // Pages are given back in small steps, between which other commits are made.
    let (_never, idle) = std::sync::mpsc::channel::<()>();
    for look in 0.. {
        if place.size() < full / 4 {
            break;
        }
        assert!(look < 1000, "{} of {full} bytes are left", place.size());
        let _waited = idle.recv_timeout(std::time::Duration::from_millis(50));
    }
    assert!(!is_there(&store, 0));
}

#[test]
fn nothing_of_what_was_deleted_or_replaced_is_left_once_the_file_is_written_anew() {
    let place = Place::new("traces");
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    let named = |name: &str| place.bytes().windows(name.len()).any(|bytes| bytes == name.as_bytes());
    let user = User { username: "deleted-person".to_owned(), ..user(0) };
    let key = |version, value: &[u8]| {
        let value = value.repeat(300);
        Change::PutDocument(Document { name: "keys".to_owned(), version, value })
    };
    let clear = b"private-key-in-clear ";
    block_on(store.commit(vec![Change::PutUser(Arc::new(user)), key(1, clear)])).unwrap();
    assert!(named("deleted-person") && named("private-key-in-clear"));
    block_on(store.commit(vec![Change::DeleteUser("u".into()), key(2, b"encrypted ")])).unwrap();
    block_on(store.rewrite()).unwrap();
    assert!(named("encrypted") && !named("deleted-person") && !named("private-key-in-clear"));
}

/// The file has zeros in place of what was deleted; its log has older pages until it is cut off.
#[test]
fn nothing_of_what_was_deleted_is_left_in_the_log_of_a_store_that_stays_open() {
    let place = Place::new("quiet");
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    let user = User { username: "deleted-person".to_owned(), ..user(0) };
    block_on(store.commit(vec![Change::PutUser(Arc::new(user))])).unwrap();
    block_on(store.commit(vec![Change::DeleteUser("u".into())])).unwrap();
    let is_named = || place.bytes().windows(14).any(|bytes| bytes == b"deleted-person");
    assert!(is_named());
    let (_never, idle) = std::sync::mpsc::channel::<()>();
    for look in 0.. {
        if connect::log_size(&place.file()) == 0 {
            break;
        }
        assert!(look < 1000, "the log is never cut off");
        let _waited = idle.recv_timeout(std::time::Duration::from_millis(50));
    }
    assert!(!is_named());
    block_on(store.commit(vec![session(1)])).unwrap();
    assert!(is_there(&store, 1));
}

#[cfg(unix)]
#[test]
fn files_that_were_deleted_or_replaced_are_not_written_any_more() {
    let gone = |result: Result<(), StoreError>, what: &str| match result {
        Err(StoreError::Gone { at, what: found }) => assert!(found.contains(what), "{at}: {found}"),
        other => panic!("{what}: {other:?}"),
    };
    for ending in ["", "-wal", "-shm"] {
        let place = Place::new(&format!("gone{ending}"));
        let store = SqliteStore::open(&place.file()).unwrap();
        block_on(store.migrate()).unwrap();
        let file = connect::beside(&place.file(), ending);
        let aside = place.0.join("aside");
        std::fs::rename(&file, &aside).unwrap();
        gone(block_on(store.health()), "deleted");
        assert!(block_on(store.commit(vec![session(1)])).is_err());
        std::fs::copy(&aside, &file).unwrap();
        gone(block_on(store.health()), "replaced");
        // Moved back it is the same store again.
        std::fs::rename(&aside, &file).unwrap();
        block_on(store.health()).unwrap();
        block_on(store.commit(vec![session(1)])).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_is_opened_later_does_not_read_what_took_the_place() {
    let (place, other) = (Place::new("read"), Place::new("read-other"));
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    drop(SqliteStore::open(&other.file()).unwrap());
    store.readers.lock().unwrap().clear();
    std::fs::rename(other.file(), place.file()).unwrap();
    let asked = SessionByCookie { id: SessionId(1), hash: TokenHash::of(b"1"), client: None };
    assert!(matches!(block_on(store.find(&[asked.into()])), Err(StoreError::Gone { .. })));
}

/// As `cp` does it: the file stays, its content does not.
#[cfg(unix)]
#[test]
fn a_file_that_is_overwritten_is_noticed() {
    let place = Place::new("overwritten");
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    let older = place.0.join("older.db");
    drop(SqliteStore::open(&older).unwrap());
    // Twice, so that more was done here than there.
    block_on(store.rewrite()).unwrap();
    block_on(store.rewrite()).unwrap();
    block_on(store.health()).unwrap();
    for content in [std::fs::read(&older).unwrap(), b"no database".to_vec(), Vec::new()] {
        std::fs::write(place.file(), content).unwrap();
        assert!(matches!(block_on(store.health()), Err(StoreError::Gone { .. })));
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_takes_no_file_is_noticed() {
    let place = Place::new("folder");
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    // Root may write to any folder: here something is in the way of the probe.
    let probe = connect::beside(&place.file(), "-probe");
    std::fs::create_dir(&probe).unwrap();
    assert!(matches!(block_on(store.health()), Err(StoreError::Permission { .. })));
    std::fs::remove_dir(&probe).unwrap();
    block_on(store.health()).unwrap();
}

/// What is found is said at the start; what shows later ends readiness, whatever can still be written.
#[test]
fn a_damaged_file_is_noticed() {
    let place = Place::new("damaged");
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.migrate()).unwrap();
    block_on(store.commit((0..100).map(session).collect())).unwrap();
    block_on(store.examine()).unwrap();
    drop(store);
    let table = {
        let connection = Connection::open(place.file()).unwrap();
        let page = "SELECT rootpage FROM sqlite_schema WHERE name = 'sessions'";
        usize::try_from(connection.query_row(page, [], |row| row.get::<_, i64>(0)).unwrap()).unwrap()
    };
    let mut content = std::fs::read(place.file()).unwrap();
    content[(table - 1) * 4096..table * 4096].fill(0x5a);
    std::fs::write(place.file(), content).unwrap();
    let look = SqliteLook::open(&place.file()).unwrap();
    let found = block_on(look.examine());
    assert!(
        matches!(&found, Err(StoreError::Damaged { reason, .. }) if reason.starts_with("Tree ") && !reason.contains('\n')),
        "{found:?}"
    );
    drop(look);
    let store = SqliteStore::open(&place.file()).unwrap();
    assert!(matches!(block_on(store.examine()), Err(StoreError::Damaged { .. })));
    drop(store);
    let store = SqliteStore::open(&place.file()).unwrap();
    block_on(store.health()).unwrap();
    let asked = SessionByCookie { id: SessionId(1), hash: TokenHash::of(b"1"), client: None };
    assert!(matches!(block_on(store.find(&[asked.into()])), Err(StoreError::Damaged { .. })));
    assert!(matches!(block_on(store.health()), Err(StoreError::Damaged { .. })));
}

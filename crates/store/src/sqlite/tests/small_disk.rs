//! A disk that is really full: a small one that only this test sees.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use signet_core::change::Change;
use signet_core::id::{EventId, SessionId};
use signet_core::record::{Cause, Recorded};
use signet_core::time::Timestamp;

use super::super::delete::Deletion;
use super::super::*;
use super::{block_on, is_full, is_there, lock, put_user, session};
use crate::{EventFilter, List, Listed};

/// Names the folder in the process that has the disk.
const DISK: &str = "SIGNET_TEST_DISK";

/// Runs the test that is named once more, in a process with a disk of 9 MiB of its own. Where this account
/// may mount none, there is nothing to see.
fn on_a_small_disk(test: &str, with: impl FnOnce(&Path)) {
    if let Some(disk) = std::env::var_os(DISK) {
        return with(Path::new(&disk));
    }
    let place = super::Place::new(test);
    let mounted = |by: &[&str], then: &[&std::ffi::OsStr]| {
        let mut command = Command::new("unshare");
        command.args(by).args(["--mount", "sh", "-c"]);
        command.arg("mount -t tmpfs -o size=9m none \"$1\" && shift && exec \"$@\"").arg("sh").arg(&place.0);
        command.args(then).env(DISK, &place.0);
        command.status().is_ok_and(|status| status.success())
    };
    // As root, and as anybody where the system lets them.
    let ways: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];
    let Some(way) = ways.into_iter().find(|way| mounted(way, &["true".as_ref()])) else {
        eprintln!("skipped: this account may not mount a file system of its own");
        return;
    };
    let name = format!("sqlite::tests::small_disk::{test}");
    let own = std::env::current_exe().unwrap();
    assert!(mounted(way, &[own.as_ref(), "--exact".as_ref(), name.as_ref(), "--nocapture".as_ref()]));
}

/// Other programs write until nothing more fits.
fn fill(file: &Path) {
    let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
    for block in [64 * 1024, 4096] {
        while file.write_all(&vec![1; block]).is_ok() {}
    }
}

/// A store with somebody in it, who has as many sessions as fit on a disk that others fill; how many those
/// are.
fn filled(disk: &Path) -> (SqliteStore, i64) {
    let store = SqliteStore::open(&disk.join("signet.db")).unwrap();
    block_on(store.migrate()).unwrap();
    block_on(store.commit(std::iter::once(put_user(0)).chain((0..50).map(session)).collect())).unwrap();
    assert_eq!(size(&disk.join("signet.db-reserve")), 4 << 20);
    fill(&disk.join("other"));
    let mut id = 50;
    while block_on(store.commit(vec![session(id)])).is_ok() {
        id += 1;
    }
    (store, id)
}

fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |found| found.len())
}

/// Each look asks the store to find out whether there is room.
fn refuses_all_that_adds(store: &SqliteStore, looks: usize) {
    for look in 0..looks {
        let health = block_on(store.health());
        assert!(matches!(health, Err(StoreError::Full { .. })), "{look}: {health:?}");
        assert!(is_full(block_on(store.commit(vec![session(-1)]))), "{look}");
    }
}

fn can_be_listed(path: &Path) {
    let look = SqliteLook::open(path).unwrap();
    block_on(look.migrate()).unwrap();
    let page = List { what: Listed::Users, after: None, limit: 10 };
    assert_eq!(block_on(look.list(page)).unwrap().users.len(), 1);
}

#[test]
fn a_full_disk_is_full_until_there_is_room_for_work() {
    on_a_small_disk("a_full_disk_is_full_until_there_is_room_for_work", |disk| {
        let reserve = disk.join("signet.db-reserve");
        let (store, most) = filled(disk);
        // What was given up is there, and readiness does not take it for room.
        assert_eq!(size(&reserve), 1 << 20);
        refuses_all_that_adds(&store, 20);
        assert!(is_there(&store, most - 1));
        // Nor does it with a little more.
        let other = OpenOptions::new().write(true).open(disk.join("other")).unwrap();
        other.set_len(other.metadata().unwrap().len() - (1 << 20)).unwrap();
        refuses_all_that_adds(&store, 20);
        drop(other);
        std::fs::remove_file(disk.join("other")).unwrap();
        block_on(store.health()).unwrap();
        assert_eq!(size(&reserve), 4 << 20);
        block_on(store.commit(vec![session(-1)])).unwrap();
    });
}

#[test]
fn where_others_take_every_byte_it_is_read_and_people_are_locked() {
    on_a_small_disk("where_others_take_every_byte_it_is_read_and_people_are_locked", |disk| {
        let path = disk.join("signet.db");
        let (store, most) = filled(disk);
        fill(&disk.join("another"));
        refuses_all_that_adds(&store, 3);
        // Also by connections that are new.
        store.readers.lock().unwrap().clear();
        assert!(is_there(&store, 0) && is_there(&store, most - 1));
        can_be_listed(&path);
        for id in 0..50 {
            block_on(store.commit(vec![Change::EndSession(SessionId(id))])).unwrap();
            fill(&disk.join("another"));
        }
        block_on(store.commit(lock(1))).unwrap();
        // Nor is there any room after it ended: the last of the reserve opens it, and is written to.
        drop(store);
        fill(&disk.join("another"));
        can_be_listed(&path);
        let store = SqliteStore::open(&path).unwrap();
        fill(&disk.join("another"));
        refuses_all_that_adds(&store, 3);
        block_on(store.commit(lock(2))).unwrap();
        assert!(!is_there(&store, most - 1));
        for other in ["other", "another"] {
            std::fs::remove_file(disk.join(other)).unwrap();
        }
        block_on(store.health()).unwrap();
    });
}

fn refusal(number: u64, cause: Cause) -> Change {
    let event = Recorded {
        id: EventId::at(number),
        at: Timestamp(1),
        kind: "request.refused".to_owned(),
        severity: Default::default(),
        user: None,
        username: None,
        client: Some(format!("client-{}", number % 10).as_str().into()),
        session: None,
        address: Some("192.0.2.7".to_owned()),
        request: Some(format!("{number:016}")),
        rule: Some("redirect_uri.registered".to_owned()),
        detail: [("reason".to_owned(), "x".repeat(160).into())].into_iter().collect(),
        cause,
    };
    Change::Record(Box::new(event))
}

fn causes(store: &SqliteStore) -> Vec<Cause> {
    let query = List { what: Listed::Events(EventFilter::default()), after: None, limit: 10_000 };
    block_on(store.list(query)).unwrap().events.into_iter().map(|event| event.cause).collect()
}

/// As many as strangers can leave, and more.
#[test]
fn what_strangers_left_makes_room_for_what_matters() {
    on_a_small_disk("what_strangers_left_makes_room_for_what_matters", |disk| {
        let store = SqliteStore::open(&disk.join("signet.db")).unwrap();
        block_on(store.migrate()).unwrap();
        block_on(store.commit(vec![put_user(0), refusal(0, Cause::Proven)])).unwrap();
        for some in 0..12 {
            let refusals = (1..=100).map(|number| refusal(some * 100 + number, Cause::Stranger));
            block_on(store.commit(refusals.collect())).unwrap();
        }
        fill(&disk.join("other"));
        // More of them find no room, and nothing is given up for them.
        let mut number = 2000;
        while number < 9000 && block_on(store.commit(vec![refusal(number, Cause::Stranger)])).is_ok() {
            number += 1;
        }
        assert!(is_full(block_on(store.commit(vec![refusal(number, Cause::Nameless)]))));
        // Nor for the keeper, which sorts them, whether that finds room or not.
        let sort = |answer| Work::Delete { deletion: Deletion::Sort { limit: 500 }, answer };
        let (nobody, _) = oneshot::channel();
        assert!(sort(nobody).is_dispensable());
        drop(block_on(store.ask(sort)).unwrap());
        assert_eq!(size(&disk.join("signet.db-reserve")), 4 << 20);
        assert!(causes(&store).len() > 1200);
        // What matters does, until they are gone.
        for id in 0..100 {
            block_on(store.commit(vec![session(id)])).unwrap();
            block_on(store.health()).unwrap();
        }
        let mut id = 100;
        while block_on(store.commit(vec![session(id)])).is_ok() {
            id += 1;
        }
        assert_eq!(causes(&store), [Cause::Proven]);
        refuses_all_that_adds(&store, 3);
    });
}

/// Each process that has the store open gives the reserve up for all of them.
#[test]
fn what_another_process_gave_up_is_missed() {
    on_a_small_disk("what_another_process_gave_up_is_missed", |disk| {
        let path = disk.join("signet.db");
        let store = SqliteStore::open(&path).unwrap();
        block_on(store.migrate()).unwrap();
        fill(&disk.join("other"));
        Reserve::of(&path).give_up();
        assert!(is_full(block_on(store.commit(vec![session(1)]))));
    });
}

/// What `kill -9` leaves behind: a log, and no room for its index.
#[test]
fn without_room_for_the_index_of_the_log_it_is_read_by_one_alone() {
    on_a_small_disk("without_room_for_the_index_of_the_log_it_is_read_by_one_alone", |disk| {
        let (path, copy) = (disk.join("signet.db"), disk.join("copy.db"));
        let store = SqliteStore::open(&path).unwrap();
        block_on(store.migrate()).unwrap();
        block_on(store.commit(vec![put_user(0)])).unwrap();
        std::fs::copy(&path, &copy).unwrap();
        std::fs::copy(connect::beside(&path, "-wal"), connect::beside(&copy, "-wal")).unwrap();
        fill(&disk.join("other"));
        let log = std::fs::read(connect::beside(&copy, "-wal")).unwrap();
        can_be_listed(&copy);
        assert!(std::fs::read(connect::beside(&copy, "-wal")).unwrap() == log);
    });
}

//! What only the file-based store has to answer for: the file, other processes, and errors an operator
//! understands.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use crate::place::Place;
use rusqlite::Connection;
use signet_core::change::Change;
use signet_core::lookup::{ClientById, TitlesTaken, UsersByKeys};
use signet_core::name;
use signet_core::record::{Client, Proven, User};
use signet_core::secret::TokenHash;
use signet_core::time::Timestamp;
use signet_store::contract::block_on;
use signet_store::{CommitError, EventFilter, Forget, List, Listed, SqliteStore, Store, StoreError};

fn put(id: &str) -> Vec<Change> {
    vec![Change::PutClient(Arc::new(Client::new(id)))]
}

fn is_there(store: &dyn Store, client: &str) -> bool {
    block_on(store.ask(ClientById(client.into()))).unwrap().known().is_some()
}

fn open(path: &str) -> Result<SqliteStore, StoreError> {
    let store = SqliteStore::open(path.as_ref())?;
    block_on(store.migrate())?;
    Ok(store)
}

#[test]
fn file_and_folder_are_made_for_their_owner_alone() {
    let place = Place::new("mode");
    let path = place.file("deep/er/signet.db");
    let store = open(&path).unwrap();
    block_on(store.commit(put("web"))).unwrap();
    for file in [path.clone(), format!("{path}-wal"), format!("{path}-shm")] {
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    let folder = std::fs::metadata(place.file("deep/er")).unwrap();
    assert_eq!(folder.permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_newer_schema_is_refused() {
    let place = Place::new("newer");
    let path = place.file("signet.db");
    drop(open(&path).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let error = open(&path).err().unwrap();
    assert!(matches!(error, StoreError::Newer { found: 999, .. }), "{error:?}");
    assert!(error.to_string().contains("run the newer signet"), "{error}");
}

#[test]
fn sessions_of_an_earlier_version_keep_their_proof() {
    let place = Place::new("proofs");
    let path = place.file("signet.db");
    drop(open(&path).unwrap());
    let before = serde_json::json!({
        "id": 1, "hash": TokenHash::of(b"x"), "root": 1, "user": "d", "auth_time": 5, "acr": "a", "amr": ["pwd"],
        "created_at": 4, "expires_at": 9_000_000_000_u64,
    });
    let connection = Connection::open(&path).unwrap();
    let sql = "INSERT INTO sessions (id, hash, user_id, root, expires_at, v) VALUES (1, x'00', 'd', 1, 9000000000, ?1)";
    connection.execute(sql, [before.to_string()]).unwrap();
    connection.execute_batch(WITHOUT_TITLES).unwrap();
    connection.pragma_update(None, "user_version", 2).unwrap();
    drop(connection);
    let store = open(&path).unwrap();
    let query = List { what: Listed::Sessions(None), after: None, limit: 10 };
    let sessions = block_on(store.list(query)).unwrap().sessions;
    assert_eq!(
        sessions[0].proofs,
        [Proven { method: "password".into(), amr: vec!["pwd".into()], at: Timestamp(5) }]
    );
}

#[test]
fn people_of_an_earlier_version_are_found_by_the_dotted_capital_of_turkish_as_by_an_i() {
    let place = Place::new("dotted");
    let path = place.file("signet.db");
    let ismail = User { username: "\u{130}smail".to_owned(), ..person("u") };
    let store = open(&path).unwrap();
    block_on(store.commit(vec![Change::PutUser(Arc::new(ismail))])).unwrap();
    drop(store);
    let connection = Connection::open(&path).unwrap();
    let sql = "UPDATE names SET key = 'name:i\u{307}smail' WHERE key = 'name:ismail'";
    assert_eq!(connection.execute(sql, []).unwrap(), 1);
    connection.pragma_update(None, "user_version", 10).unwrap();
    drop(connection);
    let store = open(&path).unwrap();
    let found = block_on((&store as &dyn Store).ask(UsersByKeys(name::to_sign_in("ISMAIL", false)))).unwrap();
    assert_eq!(found.len(), 1);
}

fn person(id: &str) -> User {
    User {
        id: id.into(),
        username: id.to_owned(),
        version: 0,
        password: None,
        claims: serde_json::Map::new(),
        locked: false,
        password_epoch: 0,
        imported: None,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

/// The schema before version 4.
const WITHOUT_TITLES: &str = "DROP INDEX consents_to_client; DROP TRIGGER client_has_no_titles; DROP TABLE titles; DROP TABLE events; \
     DROP TABLE event_counts; DROP TABLE event_kinds; DROP TABLE event_blocks";

/// That of version 5, without the titles that came later.
const WITHOUT_IDS: &str = concat!(
    "DROP INDEX consents_to_client; DELETE FROM titles WHERE title = 'a'; DROP TABLE events; DROP TABLE event_counts; DROP TABLE event_kinds; DROP TABLE event_blocks;",
    include_str!("../../src/sqlite/migrations/0005_events.sql")
);

/// That of version 7.
const WITH_FEWER: &str = concat!(
    "DROP INDEX consents_to_client; DELETE FROM titles; DROP TABLE events; DROP TABLE event_counts; \
     DROP TABLE event_kinds; DROP TABLE event_blocks;",
    include_str!("../../src/sqlite/migrations/0005_events.sql"),
    include_str!("../../src/sqlite/migrations/0007_sorted_events.sql"),
);

#[test]
fn clients_of_an_earlier_version_keep_their_names_and_ids_to_themselves() {
    let place = Place::new("titles");
    let path = place.file("signet.db");
    let client = |id: &str, name: &str, registered: bool| {
        let mut client = Client::new(id);
        (client.client_name, client.registered) = (Some(name.to_owned()), registered);
        Change::PutClient(Arc::new(client))
    };
    let store = open(&path).unwrap();
    let clients = vec![client("a", "Meadow Notes", false), client("b", "Stranger", true)];
    block_on(store.commit(clients)).unwrap();
    drop(store);
    let titles = ["meadow notes", "a", "stranger", "b"];
    let titles = titles.map(|name| name::taken_for(name).into_iter().next().unwrap());
    // Before version 4 there were none, before version 6 none of ids, before version 8 fewer of each.
    for (before, version) in [(WITHOUT_TITLES, 3), (WITHOUT_IDS, 5), (WITH_FEWER, 7)] {
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(before).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
        drop(connection);
        let store = open(&path).unwrap();
        let mut taken = block_on((&store as &dyn Store).ask(TitlesTaken(titles.to_vec()))).unwrap();
        taken.sort();
        let mut due = titles[..2].to_vec();
        due.sort();
        assert_eq!(taken, due, "{version}");
    }
}

#[test]
fn events_of_an_earlier_version_are_found() {
    let place = Place::new("blocks");
    let path = place.file("signet.db");
    drop(open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(concat!(
            "DROP TABLE events; DROP TABLE event_counts; DROP TABLE event_kinds; DROP TABLE event_blocks;",
            include_str!("../../src/sqlite/migrations/0005_events.sql"),
            include_str!("../../src/sqlite/migrations/0007_sorted_events.sql"),
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300) \
             INSERT INTO events (id, kind, user_id, cause, v) SELECT n, 'a.b', 'u' || (n % 100), 0, \
             '{\"at\":' || n || ',\"severity\":\"info\"}' FROM n; UPDATE events_sorted SET up_to = 250;"
        ))
        .unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    drop(connection);
    let store = open(&path).unwrap();
    let of = EventFilter { users: vec!["u7".into()], ..EventFilter::default() };
    for _ in 0..2 {
        let query = List { what: Listed::Events(of.clone()), after: None, limit: 10 };
        let found = block_on(store.list(query)).unwrap().events;
        assert_eq!(found.iter().map(|event| event.at.0).collect::<Vec<_>>(), [7, 107, 207]);
        let keep_all = Forget { most: 1000, ..Forget::default() };
        assert_eq!(block_on(store.forget(&keep_all, 10)).unwrap(), 0, "sorted by the way");
    }
    let fewer = Forget { most: 290, ..Forget::default() };
    assert_eq!(block_on(store.forget(&fewer, 100)).unwrap(), 10);
}

#[test]
fn an_unmigrated_store_says_so() {
    let place = Place::new("older");
    let store = SqliteStore::open(place.file("signet.db").as_ref()).unwrap();
    let error = block_on(store.find(&[ClientById("web".into()).into()])).unwrap_err();
    assert!(matches!(error, StoreError::Older { .. }), "{error:?}");
    let error = block_on(store.commit(put("web"))).unwrap_err();
    assert!(matches!(error, CommitError::Store(StoreError::Older { .. })), "{error:?}");
    block_on(store.migrate()).unwrap();
    block_on(store.commit(put("web"))).unwrap();
    assert!(is_there(&store, "web"));
}

#[test]
fn what_is_no_store_is_refused() {
    let place = Place::new("foreign");
    std::fs::write(place.file("letter"), "not a database, and long enough to be looked at ".repeat(40))
        .unwrap();
    let error = open(&place.file("letter")).err().unwrap();
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(place.file("letter")).unwrap().len(), 48 * 40, "it is left as it was");
    let error = open(&place.file("letter/signet.db")).err().unwrap();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    std::fs::create_dir(place.file("folder")).unwrap();
    let error = open(&place.file("folder")).err().unwrap();
    assert!(error.to_string().contains(&place.file("folder")), "{error}");
}

#[test]
fn a_database_of_another_program_is_left_as_it_was() {
    let place = Place::new("other-program");
    let path = place.file("app.db");
    for (sql, name) in [
        ("CREATE TABLE clients (id TEXT)", "tables like ours"),
        ("PRAGMA application_id = 252006674; CREATE TABLE t (x)", "its own mark"),
        ("PRAGMA application_id = 252006674; PRAGMA user_version = 1", "a mark alone"),
    ] {
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = open(&path).err().unwrap();
        assert!(matches!(error, StoreError::Foreign { .. }), "{name}: {error:?}");
        assert!(error.to_string().contains("is not a store of Signet"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644, "{name}");
        assert!(!std::fs::exists(format!("{path}-reserve")).unwrap(), "{name}");
        std::fs::remove_file(&path).unwrap();
    }
    std::fs::write(&path, "").unwrap();
    drop(open(&path).unwrap());
    drop(open(&path).unwrap());
}

/// Root's commands must leave nothing that the service cannot use.
#[test]
fn what_is_made_for_a_store_belongs_to_its_owner() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let place = Place::new("owner");
    let path = place.file("deep/signet.db");
    drop(open(&path).unwrap());
    // Only root can give files away; for anybody else there is nothing to try.
    if chown(&path, Some(65_533), Some(65_533)).is_err() {
        return;
    }
    std::fs::remove_file(format!("{path}-reserve")).unwrap();
    let fresh = place.file("fresh");
    std::fs::create_dir(&fresh).unwrap();
    chown(&fresh, Some(65_533), Some(65_533)).unwrap();
    for path in [path, format!("{fresh}/signet.db")] {
        let store = open(&path).unwrap();
        block_on(store.commit(put("web"))).unwrap();
        for file in [path.clone(), format!("{path}-reserve"), format!("{path}-wal"), format!("{path}-shm")] {
            let found = std::fs::metadata(&file).unwrap();
            assert_eq!((found.uid(), found.gid()), (65_533, 65_533), "{file}");
        }
    }
}

#[test]
fn addresses_are_told_apart() {
    let place = Place::new("address");
    block_on(signet_store::open("memory:")).unwrap();
    block_on(signet_store::open(&format!("sqlite:{}", place.file("a.db")))).unwrap();
    for wrong in ["postgres://user:pass@host/db", "memory:x", "sqlite:", "redis:", "signet.db", ""] {
        let error = block_on(signet_store::open(wrong)).err().unwrap();
        assert!(matches!(error, StoreError::Address(_)), "{wrong}: {error:?}");
        let told = error.to_string();
        assert!(told.contains("memory:") && told.contains("sqlite:PATH") && !told.contains("pass"), "{told}");
    }
}

#[test]
fn two_openings_of_one_file_see_each_other() {
    let place = Place::new("two");
    let path = place.file("signet.db");
    let (server, tool) = (open(&path).unwrap(), open(&path).unwrap());
    for round in 0..20 {
        let (here, there) = if round % 2 == 0 { (&server, &tool) } else { (&tool, &server) };
        let id = format!("c{round}");
        block_on(here.commit(put(&id))).unwrap();
        assert!(is_there(there, &id));
        assert!(matches!(block_on(there.commit(put(&id))), Err(CommitError::Conflict(_))));
    }
    // Both write at once: each commit is made by exactly one of them.
    let run = |store: &SqliteStore| {
        (0..100).filter(|n| block_on(store.commit(put(&format!("r{n}")))).is_ok()).count()
    };
    let wins = std::thread::scope(|scope| {
        let other = scope.spawn(|| run(&tool));
        run(&server) + other.join().unwrap()
    });
    assert_eq!(wins, 100);
}

#[test]
fn commits_of_one_batch_fail_one_by_one() {
    let place = Place::new("batch");
    let store = open(&place.file("signet.db")).unwrap();
    block_on(store.commit(put("taken"))).unwrap();
    // Hold the write lock so that many commits wait together and then share one transaction.
    let lock = Connection::open(place.file("signet.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let results: Vec<_> = std::thread::scope(|scope| {
        let store = &store;
        let callers: Vec<_> = (0..40)
            .map(|n| {
                scope.spawn(move || {
                    let last = if n % 3 == 0 { "taken".to_owned() } else { format!("last{n}") };
                    block_on(store.commit([put(&format!("first{n}")), put(&last)].concat()))
                })
            })
            .collect();
        lock.execute_batch("ROLLBACK").unwrap();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result.is_ok(), n % 3 != 0, "{n}: {result:?}");
        assert_eq!(is_there(&store, &format!("first{n}")), n % 3 != 0, "{n}");
    }
}

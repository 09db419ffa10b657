//! A process that is killed at any moment loses nothing that it had acknowledged, and uses nothing twice.
//!
//! The test runs itself again as the process to be killed. Four threads there issue codes, redeem them and
//! rotate their families, and say so on standard output once the store has answered; the test kills it, opens
//! the file, and holds it against what was said.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use rusqlite::Connection;
use signet_core::change::Change;
use signet_core::id::{GrantId, TokenId};
use signet_core::lookup::TokenById;
use signet_core::record::{Grant, Token, TokenKind};
use signet_core::scope::Scope;
use signet_core::secret::TokenHash;
use signet_core::time::Timestamp;
use signet_store::contract::block_on;
use signet_store::{SqliteStore, Store};

use crate::place::Place;

const ROUNDS: u32 = 10;
const WRITERS: i64 = 4;
const FILE: &str = "SIGNET_KILL_FILE";
const FIRST: &str = "SIGNET_KILL_FIRST";

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    if let Ok(file) = std::env::var(FILE) {
        let first = std::env::var(FIRST).unwrap().parse().unwrap();
        write_until_killed(&file, first);
    }
    let place = Place::new("kill");
    let file = place.file("signet.db");
    // For each code id how often its family was rotated, as far as it was acknowledged; none before it was
    // redeemed.
    let mut told: BTreeMap<i64, Option<u32>> = BTreeMap::new();
    for round in 0..ROUNDS {
        let mut child = start(&file, round);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Primes keep the moment from falling always into the same phase of a batch.
        let patience = 150 + 397 * usize::try_from(round).unwrap();
        for line in lines.by_ref().take(patience) {
            note(&mut told, &line.unwrap());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said before it died counts as well, but for a line that was cut off.
        for line in lines {
            note(&mut told, &line.unwrap());
        }
        verify(&file, &told);
    }
    assert!(told.len() > 500, "too little was written: {}", told.len());
}

fn start(file: &str, round: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::a_killed_process_loses_nothing_it_acknowledged",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FILE, file)
        .env(FIRST, (i64::from(round + 1) * 1_000_000).to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// `ack ID issued`, `ack ID redeemed` or `ack ID N`, and a full stop that shows that the line is whole.
fn note(told: &mut BTreeMap<i64, Option<u32>>, line: &str) {
    let Some(said) = line.strip_prefix("ack ").and_then(|rest| rest.strip_suffix(" .")) else { return };
    let (id, what) = said.split_once(' ').unwrap();
    let state = match what {
        "issued" => None,
        "redeemed" => Some(0),
        rotations => Some(rotations.parse().unwrap()),
    };
    told.insert(id.parse().unwrap(), state);
}

fn verify(file: &str, told: &BTreeMap<i64, Option<u32>>) {
    let store = SqliteStore::open(file.as_ref()).unwrap();
    let find = |kind, id: i64| {
        let store: &dyn Store = &store;
        let found = block_on(store.ask(TokenById { kind, id: TokenId(id), hash: None })).unwrap();
        found.map(|found| found.token)
    };
    for (id, said) in told {
        let code = find(TokenKind::AuthorizationCode, *id).unwrap_or_else(|| panic!("code {id} is lost"));
        let family = find(TokenKind::RefreshToken, *id);
        let access = find(TokenKind::AccessToken, *id);
        // One commit each: the code is used exactly when its tokens are there.
        assert_eq!(code.used, u32::from(family.is_some()), "code {id}");
        assert_eq!(family.is_some(), access.is_some(), "code {id}");
        let rotated = family.map(|family| family.used);
        assert!(rotated >= *said, "family {id}: said {said:?}, found {rotated:?}");
        // At most the one commit that was under way when the process died.
        assert!(
            rotated.unwrap_or(0) <= said.unwrap_or(0) + 1,
            "family {id}: said {said:?}, found {rotated:?}"
        );
        if rotated.is_some() {
            let again = Change::UseToken(TokenKind::AuthorizationCode, TokenId(*id), Timestamp(2));
            assert!(block_on(store.commit(vec![again])).is_err(), "code {id} is used twice");
        }
        if let Some(generation) = rotated.and_then(|rotated| rotated.checked_sub(1)) {
            assert!(
                block_on(store.commit(vec![rotate(*id, generation)])).is_err(),
                "family {id} has two heads"
            );
        }
    }
    drop(store);
    let verdict: String =
        Connection::open(file).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

fn write_until_killed(file: &str, first: i64) -> ! {
    let store = SqliteStore::open(file.as_ref()).unwrap();
    block_on(store.migrate()).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                for id in (first + writer..).step_by(WRITERS.unsigned_abs().try_into().unwrap()) {
                    step(store, issue(id), id, "issued");
                    step(store, redeem(id), id, "redeemed");
                    for from in 0..3 {
                        step(store, vec![rotate(id, from)], id, &(from + 1).to_string());
                    }
                }
            });
        }
    });
    unreachable!("the writers never end")
}

fn step(store: &SqliteStore, changes: Vec<Change>, id: i64, what: &str) {
    block_on(store.commit(changes)).unwrap();
    // One write call, so that lines of several threads do not mix.
    std::io::stdout().lock().write_all(format!("\nack {id} {what} .\n").as_bytes()).unwrap();
}

fn issue(id: i64) -> Vec<Change> {
    let grant = Grant {
        id: GrantId(id),
        user: Some("u1".into()),
        client: "web".into(),
        session: None,
        sub: "subject".to_owned(),
        scope: Scope::from_words(["openid"]),
        claims: None,
        agreed: None,
        resources: Vec::new(),
        nonce: None,
        auth_time: Timestamp(1),
        acr: None,
        amr: Vec::new(),
        offline: false,
        issued_at: Timestamp(1),
        expires_at: Timestamp::NEVER,
        revoked: false,
    };
    vec![Change::InsertGrant(grant), Change::InsertToken(token(TokenKind::AuthorizationCode, id, 1))]
}

fn redeem(id: i64) -> Vec<Change> {
    vec![
        // The use comes last: what was inserted before it must go with it when it conflicts.
        Change::InsertToken(token(TokenKind::AccessToken, id, 0)),
        Change::InsertToken(token(TokenKind::RefreshToken, id, 0)),
        Change::UseToken(TokenKind::AuthorizationCode, TokenId(id), Timestamp(2)),
    ]
}

fn rotate(id: i64, from: u32) -> Change {
    Change::RotateRefresh { id: TokenId(id), from, at: Timestamp(3), expires_at: Timestamp(1_000_000) }
}

fn token(kind: TokenKind, id: i64, max_usage: u32) -> Token {
    Token {
        id: TokenId(id),
        kind,
        hash: Some(TokenHash::of(&id.to_be_bytes())),
        grant: GrantId(id),
        based_on: None,
        issued_at: Timestamp(1),
        expires_at: Timestamp(1_000_000),
        revoked: false,
        used: 0,
        max_usage,
        used_at: Timestamp::NEVER,
        scope: None,
        audience: Vec::new(),
        code: None,
    }
}

//! Both back-ends keep the contract.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::place::Place;
use signet_store::contract::{block_on, cases, endings, reopen};
use signet_store::{MemoryStore, SqliteStore, Store};

async fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

async fn sqlite(place: &Place) -> Arc<dyn Store> {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let file = place.file(&format!("{}.db", MADE.fetch_add(1, Ordering::Relaxed)));
    signet_store::open(&format!("sqlite:{file}")).await.unwrap()
}

#[test]
fn memory_keeps_the_contract() {
    block_on(cases(&memory));
}

#[test]
fn sqlite_keeps_the_contract() {
    let place = Place::new("contract");
    block_on(cases(&async || sqlite(&place).await));
}

#[test]
fn nothing_that_is_taken_away_survives_in_memory() {
    block_on(endings(&memory));
}

#[test]
fn nothing_that_is_taken_away_survives_in_sqlite() {
    let place = Place::new("endings");
    block_on(endings(&async || sqlite(&place).await));
}

#[test]
fn sqlite_keeps_everything_when_reopened() {
    let place = Place::new("reopen");
    let path = place.file("signet.db");
    block_on(reopen(async || Arc::new(SqliteStore::open(path.as_ref()).unwrap()) as Arc<dyn Store>));
}

//! Both back-ends keep the contract.

use std::sync::Arc;

use crate::place::Place;
use signet_store::contract::{block_on, reopen, run};
use signet_store::{MemoryStore, SqliteStore, Store};

#[test]
fn memory_keeps_the_contract() {
    block_on(run(async || Arc::new(MemoryStore::new()) as Arc<dyn Store>));
}

#[test]
fn sqlite_keeps_the_contract() {
    let place = Place::new("contract");
    let made = std::cell::Cell::new(0);
    block_on(run(async || {
        made.set(made.get() + 1);
        let url = format!("sqlite:{}", place.file(&format!("{}.db", made.get())));
        signet_store::open(&url).await.unwrap()
    }));
}

#[test]
fn sqlite_keeps_everything_when_reopened() {
    let place = Place::new("reopen");
    let path = place.file("signet.db");
    block_on(reopen(async || Arc::new(SqliteStore::open(path.as_ref()).unwrap()) as Arc<dyn Store>));
}

//! Deliveries: what is tried, put off and done with, each by the one who claimed it.

use rusqlite::{Connection, Result, Row};
use signet_core::id::DeliveryId;
use signet_core::record::{Backlog, Delivery};
use signet_core::time::Timestamp;

use super::apply::one;
use super::reader::{instant, seconds};

pub(super) fn enqueue(c: &Connection, delivery: &Delivery, v: &str) -> Result<bool> {
    one(
        c,
        "INSERT INTO deliveries (id, kind, created_at, due_at, tries, v) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
         ON CONFLICT DO NOTHING",
        (
            delivery.id.0,
            &delivery.kind,
            seconds(delivery.created_at),
            seconds(delivery.due_at),
            delivery.tries,
            v,
        ),
    )
}

pub(super) fn claim(c: &Connection, id: DeliveryId, tries: u32, until: Timestamp) -> Result<bool> {
    let sql = "UPDATE deliveries SET tries = tries + 1, due_at = ?3 WHERE id = ?1 AND tries = ?2 AND tries < 4294967295";
    one(c, sql, (id.0, tries, seconds(until)))
}

pub(super) fn put_off(c: &Connection, id: DeliveryId, tries: u32, due_at: Timestamp) -> Result<bool> {
    let sql = "UPDATE deliveries SET due_at = ?3 WHERE id = ?1 AND tries = ?2";
    one(c, sql, (id.0, tries, seconds(due_at)))
}

pub(super) fn end(c: &Connection, id: DeliveryId, tries: u32) -> Result<bool> {
    one(c, "DELETE FROM deliveries WHERE id = ?1 AND tries = ?2", (id.0, tries))
}

/// The columns of a delivery that statements change, besides its JSON.
pub(super) struct DeliveryRow {
    due_at: Timestamp,
    tries: u32,
    pub(super) payload: String,
}

impl DeliveryRow {
    pub(super) fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self { due_at: instant(row, 0)?, tries: row.get(1)?, payload: row.get(2)? })
    }

    pub(super) fn over(self, delivery: Delivery) -> Delivery {
        Delivery { due_at: self.due_at, tries: self.tries, ..delivery }
    }
}

pub(super) fn backlog(row: &Row<'_>) -> Result<Backlog> {
    let count: i64 = row.get(1)?;
    Ok(Backlog { kind: row.get(0)?, count: count.unsigned_abs(), oldest: instant(row, 2)? })
}

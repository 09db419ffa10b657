//! Scenarios of the program itself: processes that are started, and ended in every way.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "integration tests are test code, helpers included"
)]

mod filled_log;
#[cfg(target_os = "linux")]
mod full_disk;
mod kill;
mod lost_log;
mod nginx;
mod reloaded;
mod signals;
mod watched;

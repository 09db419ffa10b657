//! What a protocol step decides: what to write, then what to answer.

use crate::change::Change;
use crate::event::Event;
use crate::reply::Reply;

/// Writes and an answer. The answer may be given only when the writes were committed.
#[derive(Debug)]
pub struct Decision {
    /// In order; all or none.
    pub changes: Vec<Change>,
    /// What the asker gets.
    pub reply: Reply,
    /// What happened when the writes were made, in order.
    pub events: Vec<Event>,
}

impl Decision {
    /// An answer that needs no write.
    pub fn answer(reply: impl Into<Reply>) -> Self {
        Self { changes: Vec::new(), reply: reply.into(), events: Vec::new() }
    }
}

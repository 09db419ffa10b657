//! What is stored, one file a record. Records are plain data; every rule about them is in the files that use
//! them.

pub mod attempts;
pub mod client;
pub mod consent;
pub mod delivery;
pub mod detail;
pub mod document;
pub mod event;
pub mod grant;
pub mod session;
pub mod token;
pub mod user;

pub use attempts::{Attempts, Fill, Tally};
pub use client::Client;
pub use consent::{Agreed, Consent};
pub use delivery::{Backlog, Delivery};
pub use detail::Detail;
pub use document::Document;
pub use event::{Cause, Recorded, Severity};
pub use grant::Grant;
pub use session::{Proven, Session};
pub use token::{CodeBinding, Token, TokenKind};
pub use user::User;

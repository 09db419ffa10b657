//! How records become rows: JSON, but for what a statement must see or change, which has a column of its own.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use signet_core::change::Change;
use signet_core::id::TokenId;
use signet_core::record::{CodeBinding, Detail, Recorded, Severity, Token};
use signet_core::scope::Scope;
use signet_core::time::Timestamp;

use crate::StoreError;
use crate::version::{next_client, next_user};

/// The part of a token that no statement looks at. Millions of these rows are kept, so it holds nothing that
/// a column has.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct TokenPayload {
    pub(crate) issued_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) based_on: Option<TokenId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<Scope>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) audience: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<CodeBinding>,
}

/// The part of an event that no statement looks at.
#[derive(Serialize, Deserialize)]
pub(crate) struct EventPayload {
    pub(crate) at: Timestamp,
    pub(crate) severity: Severity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rule: Option<String>,
    #[serde(default, skip_serializing_if = "Detail::is_empty")]
    pub(crate) detail: Detail,
}

/// The JSON of the record that a change writes; empty for changes that write columns only.
pub(crate) fn payload(change: &Change) -> Result<String, StoreError> {
    let json = match change {
        Change::PutClient(client) => next_client(client).and_then(|client| serde_json::to_string(&client)),
        Change::PutUser(user) => serde_json::to_string(&next_user(user)),
        Change::InsertSession(session) => serde_json::to_string(session),
        Change::PutConsent(consent) => serde_json::to_string(consent),
        Change::InsertGrant(grant) => serde_json::to_string(grant),
        Change::InsertToken(token) => serde_json::to_string(&token_payload(token.clone())),
        Change::Enqueue(delivery) => serde_json::to_string(delivery),
        Change::Record(event) => serde_json::to_string(&event_payload(event)),
        _ => Ok(String::new()),
    };
    json.map_err(|error| StoreError::Other { at: "encoding".to_owned(), reason: error.to_string() })
}

/// Named field by field, so that a new member of `Token` cannot be forgotten here.
fn token_payload(token: Token) -> TokenPayload {
    let Token {
        id: _,
        kind: _,
        hash: _,
        grant: _,
        based_on,
        issued_at,
        expires_at: _,
        revoked: _,
        used: _,
        max_usage: _,
        used_at: _,
        scope,
        audience,
        code,
    } = token;
    TokenPayload { issued_at, based_on, scope, audience, code }
}

/// The same for events.
fn event_payload(event: &Recorded) -> EventPayload {
    let Recorded {
        id: _,
        at,
        kind: _,
        severity,
        user: _,
        username,
        client: _,
        session: _,
        address,
        request,
        rule,
        detail,
        cause: _,
    } = event.clone();
    EventPayload { at, severity, username, address, request, rule, detail }
}

/// Reads a record back.
pub(crate) fn decode<T: DeserializeOwned>(what: &str, at: impl Display, json: &str) -> Result<T, StoreError> {
    // The message names place and kind of the fault, never the content, which may be secret.
    serde_json::from_str(json).map_err(|error| StoreError::Unreadable {
        at: at.to_string(),
        reason: format!(
            "a {what} cannot be read ({:?} error in column {})",
            error.classify(),
            error.column()
        ),
    })
}

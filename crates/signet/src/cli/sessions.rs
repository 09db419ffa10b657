//! `signet session`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use signet_core::id::{SessionId, UserId};
use signet_core::record::Session as Record;

use super::arguments::{Common, Session};
use super::console::date;
use super::{Console, Context};
use crate::admin::{AdminError, sessions, users};

pub(super) async fn run(command: Session, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Session::List { user, common } => list(user.as_deref(), &common, console).await,
        Session::Revoke { id, user, common, .. } => {
            revoke(id.map(SessionId), user.as_deref(), &common, console).await
        }
    }
}

async fn list(user: Option<&str>, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let user = id(&context, user).await?;
    let sessions = sessions::list(&*context.store, user.as_ref()).await?;
    let names: BTreeMap<UserId, String> = users::list(&*context.store)
        .await?
        .iter()
        .map(|user| (user.id.clone(), user.username.clone()))
        .collect();
    let name = |session: &Record| match names.get(&session.user) {
        Some(name) => name.clone(),
        None => {
            let id = session.user.as_str();
            id.strip_prefix("config:").unwrap_or(id).to_owned()
        }
    };
    if context.json {
        let shown = |session: &Record| -> Value {
            json!({
                "id": session.id.to_string(), "user": name(session), "auth_time": session.auth_time, "acr": session.acr,
                "amr": session.amr, "created_at": session.created_at, "expires_at": session.expires_at,
                "agent": session.agent, "address": session.address,
            })
        };
        return console.json(&sessions.iter().map(shown).collect());
    }
    let rows: Vec<[String; 5]> = sessions
        .iter()
        .map(|session| {
            let address = session.address.clone().unwrap_or_default();
            [
                session.id.to_string(),
                name(session),
                date(session.auth_time),
                date(session.expires_at),
                address,
            ]
        })
        .collect();
    console.table(["SESSION", "USER", "SIGNED IN", "ENDS", "ADDRESS"], &rows)
}

async fn revoke(
    session: Option<SessionId>,
    user: Option<&str>,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let count = match session {
        Some(session) => {
            sessions::revoke(&*context.store, session).await?;
            1
        }
        None => {
            let user = id(&context, user).await?;
            sessions::revoke_all(&*context.store, user.as_ref()).await?
        }
    };
    if context.json {
        return console.json(&json!({ "revoked": count }));
    }
    console.line(&format!("signed out {count} {}", if count == 1 { "browser" } else { "browsers" }))
}

/// The id of the person who is named, in the configuration or in the store.
pub(super) async fn id(context: &Context, username: Option<&str>) -> Result<Option<UserId>, AdminError> {
    let Some(username) = username else { return Ok(None) };
    Ok(Some(context.person(username).await?.id.clone()))
}

//! `signet session`.

use serde_json::{Value, json};
use signet_core::id::{SessionId, UserId};
use signet_core::record::Session as Record;

use super::arguments::{Common, Session};
use super::listing::Look;
use super::{Console, Context, listing};
use signet::admin::{AT_ONCE, AdminError, Part, Window, sessions};

pub(super) async fn run(command: Session, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Session::List { user, page, common } => list(user.as_deref(), &page.window(), &common, console).await,
        Session::Revoke { id, user, common, .. } => {
            revoke(id.map(SessionId), user.as_deref(), &common, console).await
        }
    }
}

async fn list(
    user: Option<&str>,
    window: &Window,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::read(common).await?;
    let user = id(&context, user).await?;
    let fetch = async |window: Window| {
        let Part { entries, next } = sessions::list(&*context.store, user.as_ref(), &window).await?;
        let names = listing::names(&*context.store, entries.iter().map(|session| &session.user)).await?;
        let named = |session: Record| {
            let user = names.get(&session.user).cloned().unwrap_or_default();
            Listed { session, user }
        };
        Ok(Part { entries: entries.into_iter().map(named).collect(), next })
    };
    let look = Look {
        at_once: AT_ONCE,
        name: "sessions",
        head: ["SESSION", "USER", "SIGNED IN", "ENDS", "ADDRESS"],
        shown: Listed::shown,
        row: Listed::row,
    };
    listing::print(console, context.json, &look, window, fetch).await
}

/// A session in the list, with the name of the person who is signed in.
struct Listed {
    session: Record,
    user: String,
}

impl Listed {
    fn shown(&self) -> Value {
        let Self { session, user } = self;
        json!({
            "id": session.id.to_string(), "user": user, "auth_time": session.auth_time(),
            "amr": session.amr(), "proofs": session.proofs, "created_at": session.created_at,
            "expires_at": session.expires_at, "agent": session.agent, "address": session.address,
        })
    }

    fn row(&self) -> [String; 5] {
        let Self { session, user } = self;
        let address = session.address.clone().unwrap_or_default();
        [
            session.id.to_string(),
            user.clone(),
            session.auth_time().minute(),
            session.expires_at.minute(),
            address,
        ]
    }
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
            sessions::revoke(&*context.store, &context.act(), session).await?;
            1
        }
        None => {
            let user = id(&context, user).await?;
            sessions::revoke_all(&*context.store, &context.act(), user.as_ref()).await?
        }
    };
    if context.json {
        return console.json(&json!({ "revoked": count }));
    }
    console.line(&format!("signed out {count} {}", if count == 1 { "browser" } else { "browsers" }))
}

/// The id of the person who is named, in the configuration or in the store.
async fn id(context: &Context, username: Option<&str>) -> Result<Option<UserId>, AdminError> {
    let Some(username) = username else { return Ok(None) };
    Ok(Some(context.person(username).await?.id.clone()))
}

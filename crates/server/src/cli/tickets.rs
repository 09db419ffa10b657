//! `signet client token`.

use serde_json::{Value, json};
use signet_core::registration::ticket::Ticket;
use signet_core::settings::registration::Mode;
use signet_core::time::Timestamp;

use super::arguments::ClientToken;
use super::{Console, Context};
use crate::config::Seconds;
use signet::admin::tickets;

pub(super) async fn run(command: ClientToken, console: &mut Console) -> anyhow::Result<()> {
    match command {
        ClientToken::Create { uses, expires: Seconds(expires), common } => {
            let context = Context::create(&common).await?;
            let expires_at = if expires == 0 { Timestamp::NEVER } else { context.now.plus(expires) };
            let uses = (uses > 0).then_some(uses);
            let (text, ticket) = tickets::create(&*context.store, &context.act(), uses, expires_at).await?;
            if context.json {
                let mut shown = shown(&ticket);
                if let Some(members) = shown.as_object_mut() {
                    members.insert("token".into(), text.expose().as_str().into());
                }
                return console.json(&shown);
            }
            console.line(text.expose())?;
            console.note("the token is not shown again")?;
            if context.loaded.settings.registration.mode != Mode::Token {
                let note = "it works with `registration.mode = \"token\"` only";
                console.note(&context.loaded.places.spelled(note))?;
            }
            Ok(())
        }
        ClientToken::List { common } => {
            let context = Context::read(&common).await?;
            let found = tickets::list(&*context.store, context.now).await?;
            if context.json {
                return console.json(&found.iter().map(shown).collect());
            }
            let rows: Vec<[String; 4]> = found
                .iter()
                .map(|ticket| {
                    let uses = ticket.uses_left.map_or("any number".to_owned(), |left| left.to_string());
                    let end = match ticket.expires_at {
                        Timestamp::NEVER => "never".to_owned(),
                        at => at.minute(),
                    };
                    [ticket.id.to_string(), uses, end, ticket.made_at.minute()]
                })
                .collect();
            console.table(["TOKEN", "USES LEFT", "ENDS", "MADE"], &rows)
        }
        ClientToken::Revoke { id, common } => {
            let context = Context::open(&common).await?;
            tickets::revoke(&*context.store, &context.act(), id).await?;
            if context.json {
                return console.json(&json!({ "revoked": id.to_string() }));
            }
            console.line(&format!("revoked {id}"))
        }
    }
}

fn shown(ticket: &Ticket) -> Value {
    json!({
        "id": ticket.id.to_string(),
        "uses_left": ticket.uses_left,
        "expires_at": ticket.expires_at,
        "made_at": ticket.made_at,
    })
}

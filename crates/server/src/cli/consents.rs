//! `signet consent`.

use serde_json::{Value, json};
use signet_core::id::ClientId;
use signet_core::record::Consent as Record;
use signet_core::time::Timestamp;

use super::arguments::{Common, Consent};
use super::listing::Look;
use super::{Console, Context, listing};
use signet::admin::{AT_ONCE, Part, Window, consents};

pub(super) async fn run(command: Consent, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Consent::List { user, client, page, common } => {
            let client = client.as_deref().map(ClientId::from);
            list(user.as_deref(), client.as_ref(), &page.window(), &common, console).await
        }
        Consent::Revoke { user, client, common } => {
            let client = client.as_deref().map(ClientId::from);
            revoke(&user, client.as_ref(), &common, console).await
        }
    }
}

async fn list(
    user: Option<&str>,
    client: Option<&ClientId>,
    window: &Window,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::read(common).await?;
    let user = match user {
        Some(name) => Some(context.person(name).await?.id.clone()),
        None => None,
    };
    let fetch = async |window: Window| {
        let Part { entries, next } = consents::list(&*context.store, user.as_ref(), client, &window).await?;
        let names = listing::names(&*context.store, entries.iter().map(|consent| &consent.user)).await?;
        let named = |consent: Record| {
            let user = names.get(&consent.user).cloned().unwrap_or_default();
            Listed { consent, user }
        };
        Ok(Part { entries: entries.into_iter().map(named).collect(), next })
    };
    let look = Look {
        at_once: AT_ONCE,
        name: "consents",
        head: ["USER", "CLIENT", "GIVEN", "ENDS", "SCOPE"],
        shown: Listed::shown,
        row: Listed::row,
    };
    listing::print(console, context.json, &look, window, fetch).await
}

/// A consent in the list, with the name of the person who gave it.
struct Listed {
    consent: Record,
    user: String,
}

impl Listed {
    fn shown(&self) -> Value {
        let Self { consent, user } = self;
        // Where the answers go that it is for, of an application that says that itself.
        let places: Vec<&String> = consent.by_place.keys().collect();
        json!({
            "user": user, "client": consent.client, "scope": consent.scope, "left_out": consent.left_out,
            "claims": consent.claims, "places": places, "given_at": consent.given_at, "expires_at": consent.expires_at,
        })
    }

    fn row(&self) -> [String; 5] {
        let Self { consent, user } = self;
        let ends = consent.expires_at;
        [
            user.clone(),
            consent.client.to_string(),
            consent.given_at.minute(),
            if ends == Timestamp::NEVER { "never".to_owned() } else { ends.minute() },
            consent.scope.to_string(),
        ]
    }
}

async fn revoke(
    user: &str,
    client: Option<&ClientId>,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let person = context.person(user).await?;
    let withdrawn = consents::revoke(&*context.store, &context.act(), &person.id, client).await?;
    if context.json {
        return console.json(&json!({ "revoked": withdrawn }));
    }
    match &withdrawn[..] {
        [] => console.line(&format!("{} has agreed to nothing", person.username)),
        clients => {
            let clients: Vec<&str> = clients.iter().map(|client| client.as_str()).collect();
            console.line(&format!("withdrew the consent of {} to {}", person.username, clients.join(", ")))
        }
    }
}

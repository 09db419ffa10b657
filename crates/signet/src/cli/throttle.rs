//! `signet throttle`.

use serde_json::json;
use signet_core::id::ClientId;
use signet_login::network::Network;

use super::arguments::{Common, Throttle, Whose};
use super::console::date;
use super::sessions::id;
use super::{Console, Context};
use crate::admin::throttle::{Counted, Patience};
use crate::admin::{AdminError, throttle};

pub(super) async fn run(command: Throttle, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Throttle::List { whose, waiting, common } => list(&whose, waiting, &common, console).await,
        Throttle::Clear { whose, common, .. } => clear(&whose, &common, console).await,
    }
}

async fn list(whose: &Whose, waiting: bool, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let whose = named(&context, whose).await?;
    let patience = Patience {
        limits: context.loaded.login.throttle.limits(),
        registrations: context.loaded.settings.registration.per_address,
    };
    let mut counted = throttle::list(&*context.store, &whose, &patience, context.now).await?;
    counted.retain(|one| !waiting || one.waits_until.is_some());
    if context.json {
        return console.json(&counted.iter().map(shown).collect());
    }
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let row = |one: &Counted| {
        [
            one.cause.name().to_owned(),
            one.name().to_owned(),
            or_none(one.network.clone()),
            or_none(one.waits_until.map(date)),
            date(one.until),
            one.cause.words().to_owned(),
        ]
    };
    let head = ["KIND", "NAME", "NETWORK", "WAITS UNTIL", "COUNTED UNTIL", "WHY"];
    console.table(head, &counted.iter().map(row).collect::<Vec<_>>())
}

fn shown(one: &Counted) -> serde_json::Value {
    json!({
        "kind": one.cause.name(),
        "name": one.name(),
        "account": one.account,
        "network": one.network,
        "client": one.client,
        "reason": one.cause.words(),
        "waits_until": one.waits_until,
        "until": one.until,
    })
}

async fn clear(whose: &Whose, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let whose = named(&context, whose).await?;
    let count = throttle::clear(&*context.store, &whose, context.now).await?;
    if context.json {
        return console.json(&json!({ "cleared": count }));
    }
    console.line(&format!("cleared {count} {}", if count == 1 { "count" } else { "counts" }))
}

async fn named(context: &Context, whose: &Whose) -> Result<throttle::Whose, AdminError> {
    let account = id(context, whose.account.as_deref()).await?;
    let network = match &whose.network {
        None => None,
        Some(text) => Some(Network::parse(text).ok_or_else(|| {
            let what = format!("{text:?} is neither an address nor an IPv6 network of 64, 56 or 48 bits");
            AdminError::invalid("network", what, "write \"192.0.2.7\" or \"2001:db8::/64\"")
        })?),
    };
    let client = whose.client.as_deref().map(ClientId::from);
    Ok(throttle::Whose { account, network, client })
}

//! `signet throttle`.

use serde_json::json;
use signet_core::id::UserId;
use signet_login::network::Network;

use super::arguments::{Common, Throttle, Whose};
use super::console::date;
use super::sessions::id;
use super::{Console, Context};
use crate::admin::{AdminError, throttle};

pub(super) async fn run(command: Throttle, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Throttle::List { whose, common } => list(&whose, &common, console).await,
        Throttle::Clear { whose, common, .. } => clear(&whose, &common, console).await,
    }
}

async fn list(whose: &Whose, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let (account, network) = named(&context, whose).await?;
    let counted = throttle::list(&*context.store, account.as_ref(), network, context.now).await?;
    if context.json {
        let shown =
            |one: &throttle::Counted| json!({ "kind": one.kind, "name": one.name, "until": one.until });
        return console.json(&counted.iter().map(shown).collect());
    }
    let row = |one: &throttle::Counted| [one.kind.clone(), one.name.clone(), date(one.until)];
    console.table(["KIND", "NAME", "UNTIL"], &counted.iter().map(row).collect::<Vec<_>>())
}

async fn clear(whose: &Whose, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let (account, network) = named(&context, whose).await?;
    let count = throttle::clear(&*context.store, account.as_ref(), network, context.now).await?;
    if context.json {
        return console.json(&json!({ "cleared": count }));
    }
    console.line(&format!("cleared {count} {}", if count == 1 { "count" } else { "counts" }))
}

async fn named(context: &Context, whose: &Whose) -> Result<(Option<UserId>, Option<Network>), AdminError> {
    let account = id(context, whose.account.as_deref()).await?;
    let network = match &whose.network {
        None => None,
        Some(text) => Some(Network::parse(text).ok_or_else(|| {
            let what = format!("{text:?} is neither an address nor an IPv6 network of 64, 56 or 48 bits");
            AdminError::invalid("network", what, "write \"192.0.2.7\" or \"2001:db8::/64\"")
        })?),
    };
    Ok((account, network))
}

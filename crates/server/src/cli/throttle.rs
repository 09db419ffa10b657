//! `signet throttle`.

use serde_json::json;
use signet_core::id::{ClientId, UserId};
use signet_core::time::Timestamp;
use signet_login::network::Network;

use super::arguments::{Common, Throttle, Whose};
use super::listing::Look;
use super::{Console, Context, listing};
use signet::admin::throttle::{Counted, Patience};
use signet::admin::{AT_ONCE, AdminError, Window, throttle};

/// What is listed under a name that no person has.
pub(super) const COUNT: &str = "count of wrong passwords under the name";

pub(super) async fn run(command: Throttle, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Throttle::List { whose, waiting, page, common } => {
            list(&whose, waiting, &page.window(), &common, console).await
        }
        Throttle::Clear { whose, common, .. } => clear(&whose, &common, console).await,
    }
}

async fn list(
    whose: &Whose,
    waiting: bool,
    window: &Window,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::read(common).await?;
    let (whose, _) = named(&context, whose, console).await?;
    let patience = Patience {
        limits: context.loaded.login.throttle.limits(),
        registrations: context.loaded.settings.registration.per_address,
    };
    let fetch = async |window: Window| {
        Ok(throttle::list(&*context.store, &whose, &patience, waiting, &window, context.now).await?)
    };
    let look = Look {
        // They are in the order of urgency, so that each part is a walk through all.
        at_once: 16 * AT_ONCE,
        name: "counts",
        head: ["KIND", "NAME", "NETWORK", "WAITS UNTIL", "COUNTED UNTIL", "WHY"],
        shown,
        row,
    };
    listing::print(console, context.json, &look, window, fetch).await
}

fn row(one: &Counted) -> [String; 6] {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        one.cause.name().to_owned(),
        one.name().to_owned(),
        or_none(one.network.clone()),
        or_none(one.waits_until.map(Timestamp::minute)),
        one.until.minute(),
        one.cause.words().to_owned(),
    ]
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
    let (whose, account) = named(&context, whose, console).await?;
    let count = throttle::clear(&*context.store, &context.act(), &whose).await?;
    if context.json {
        return console.json(&json!({ "cleared": count, "account": account }));
    }
    console.line(&format!("cleared {count} {}", if count == 1 { "count" } else { "counts" }))
}

/// Whose counts are meant, and how the account is called that was named.
async fn named(
    context: &Context,
    whose: &Whose,
    console: &mut Console,
) -> anyhow::Result<(throttle::Whose, Option<String>)> {
    let account = match &whose.account {
        None => None,
        Some(typed) => Some(account(context, typed, console).await?),
    };
    let network = match &whose.network {
        None => None,
        Some(text) => Some(Network::parse(text).ok_or_else(|| {
            let what = format!("{text:?} is neither an address nor an IPv6 network of 64, 56 or 48 bits");
            AdminError::invalid("network", what, "write \"192.0.2.7\" or \"2001:db8::/64\"")
        })?),
    };
    let client = whose.client.as_deref().map(ClientId::from);
    let (accounts, name) = account.unzip();
    Ok((throttle::Whose { accounts: accounts.unwrap_or_default(), network, client }, name))
}

/// Whose tries are meant: a person's, those of somebody who is gone, as they are listed, or those at a name
/// that nobody has.
async fn account(
    context: &Context,
    typed: &str,
    console: &mut Console,
) -> anyhow::Result<(Vec<UserId>, String)> {
    match context.person(typed).await {
        Err(AdminError::NotFound { .. }) => {}
        found => {
            let user = found?;
            // Somebody of that name in an earlier file is listed by it too.
            let earlier = UserId::configured(&user.username);
            return Ok((vec![user.id.clone(), earlier], user.username.clone()));
        }
    }
    let mut accounts = throttle::listed(typed).to_vec();
    let (keks, by_email) = (&context.loaded.keys.at_rest, context.loaded.settings.sign_in_by_email);
    let mut name = typed.to_owned();
    if let Some(unknown) = throttle::unknown(&*context.store, keks, typed, by_email).await?
        && throttle::is_counted(&*context.store, vec![unknown.clone()], context.now).await?
    {
        console.note(&format!(
            "no user is called {typed}; attempts at such names are counted as {unknown}, which a few of them share"
        ))?;
        name = unknown.to_string();
        accounts.push(unknown);
    } else if !throttle::is_counted(&*context.store, accounts.clone(), context.now).await? {
        // A name in the list that is none of a person goes when its counts have decayed.
        let what = if typed.starts_with('?') { COUNT } else { "user" };
        return Err(AdminError::NotFound { what, name }.into());
    }
    Ok((accounts, name))
}

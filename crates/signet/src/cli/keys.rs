//! `signet key`.

use serde_json::json;
use signet_core::time::Timestamp;

use super::arguments::Key;
use super::console::date;
use super::{Console, Context};
use crate::admin::keys;
use crate::config::Seconds;
use crate::keys::KeyInfo;

pub(super) async fn run(command: Key, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Key::List { common } => {
            let context = Context::open(&common).await?;
            let found = keys::list(&*context.store, &context.loaded.signing, context.now).await?;
            show(&context, console, &found)
        }
        Key::Rotate { keep, common } => {
            let context = Context::open(&common).await?;
            let Seconds(keep) = keep.unwrap_or_else(|| longest(&context));
            let found = keys::rotate(&*context.store, &context.loaded.signing, keep, context.now).await?;
            console.note("running servers take the new keys over within seconds")?;
            show(&context, console, &found)
        }
    }
}

/// As long as the longest token that a key may have signed, and a day for caches.
fn longest(context: &Context) -> Seconds {
    let general = &context.loaded.settings.lifetimes;
    let own = context.loaded.clients.iter().map(|client| &client.lifetimes);
    let longest = own
        .flat_map(|lifetimes| [lifetimes.access_token, lifetimes.id_token])
        .flatten()
        .fold(general.access_token.max(general.id_token), u64::max);
    Seconds(longest.saturating_add(86_400))
}

fn show(context: &Context, console: &mut Console, keys: &[KeyInfo]) -> anyhow::Result<()> {
    if context.json {
        return console.json(&json!(keys));
    }
    let state = |retired: Option<Timestamp>| match retired {
        Some(at) => format!("retired {}", date(at)),
        None => "signs".to_owned(),
    };
    let rows: Vec<[String; 4]> = keys
        .iter()
        .map(|key| [key.kid.clone(), key.alg.clone(), date(key.created_at), state(key.retired_at)])
        .collect();
    console.table(["KID", "ALGORITHM", "MADE", "STATE"], &rows)
}

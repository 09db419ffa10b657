//! `signet key`.

use anyhow::Context as _;
use serde_json::json;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;

use super::arguments::{Common, Key};
use super::{Console, Context};
use crate::config::{NewUser, Seconds};
use signet::admin::keys;
use signet::keys::{KeyInfo, KeyOptions, Promotion, Purpose, State, Taking, replace_file};

pub(super) async fn run(command: Key, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Key::List { common } => {
            let context = Context::read(&common).await?;
            let (found, due) = keys::list(&*context.store, &context.loaded.keys, context.now).await?;
            due.iter().try_for_each(|line| console.note(line))?;
            show(&context, console, &found)
        }
        Key::Rotate { now, keep, common } => {
            let context = Context::open(&common).await?;
            let promotion = match now {
                true => Promotion::Now { keep: keep.map(|Seconds(keep)| keep) },
                false => Promotion::Due,
            };
            let found = rotate(&context, promotion).await?;
            console.note(&told(&found, promotion))?;
            show(&context, console, &found)
        }
        Key::Reset { yes, common, .. } => reset(&common, yes, console).await,
        Key::Export { file, private, common } => {
            let context = Context::read(&common).await?;
            let (set, due) =
                keys::export(&*context.store, &context.loaded.keys, context.now, private).await?;
            due.iter().try_for_each(|line| console.note(line))?;
            match file {
                None => console.line(set.expose()),
                Some(path) => {
                    replace_file(&path, set.expose(), private)?;
                    if context.json {
                        return console.json(&json!({ "written": path }));
                    }
                    console.line(&format!("wrote {}", path.display()))
                }
            }
        }
        Key::Import { file, kid, retired, common } => {
            let context = Context::create(&common).await?;
            let text = Secret::new(match file.to_str() {
                Some("-") => console.read_all()?,
                _ => std::fs::read_to_string(&file)
                    .with_context(|| format!("{} cannot be read", file.display()))?,
            });
            let taking = if retired { Taking::Retired } else { Taking::Active };
            let found = keys::import(
                &*context.store,
                &context.act(),
                &context.loaded.keys,
                text.expose(),
                kid.as_deref(),
                taking,
            )
            .await?;
            console.note("running servers use them within seconds")?;
            for kid in idle(&found, &context.loaded.keys) {
                console.note(&format!(
                    "the key {kid} is published, but not used: name its algorithm in keys.signing or keys.encryption"
                ))?;
            }
            show(&context, console, &found)
        }
    }
}

/// New keys, or none: nothing is lost where they cannot be kept.
pub(super) async fn rotate(context: &Context, promotion: Promotion) -> anyhow::Result<Vec<KeyInfo>> {
    let rotated = keys::rotate(&*context.store, &context.act(), &context.loaded.keys, promotion).await;
    rotated.context("no key was rotated; the present ones stay in use")
}

async fn reset(common: &Common, yes: bool, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::alone(common).await?;
    if !yes {
        console.confirm(
            "this signs everybody out, ends all access that they granted, and creates new keys; what the lost key encrypted in the store is lost for good",
        )?;
    }
    let configured = context.loaded.users.iter().map(NewUser::configured_id);
    let (store, options) = (&*context.store, &context.loaded.keys);
    let done = keys::reset(store, &context.act(), options, configured).await?;
    let from_names = context.names_once();
    for (made, line) in [
        (done.ring, "keys: the old ones are gone; applications fetch the new ones within an hour"),
        (done.handles, "refresh tokens and known browsers: the old ones no longer work"),
        (
            done.subjects && !from_names,
            "subjects: applications know users by another sub, and take them for new users",
        ),
    ] {
        if made {
            console.note(line)?;
        }
    }
    console.note(&format!(
        "everybody is signed out, and all access that {} users granted has ended",
        done.people
    ))?;
    console.note("restart every server: one that is still running keeps using what it has in memory")?;
    if context.json {
        let new_subjects = done.subjects && !from_names;
        return console.json(&json!({
            "ring": done.ring, "refresh_tokens": done.handles, "subjects": new_subjects, "users": done.people,
            "keys": done.keys,
        }));
    }
    show(&context, console, &done.keys)
}

/// What a rotation means for who verifies and who encrypts.
fn told(keys: &[KeyInfo], promotion: Promotion) -> String {
    let from = keys.iter().filter(|key| key.state == State::Next).map(|key| key.active_from).min();
    match (promotion, from) {
        (Promotion::Due, Some(from)) => format!(
            "the next keys are created, and running servers publish them within seconds; they sign from {}, once applications have \
             had time to fetch them",
            from.minute()
        ),
        _ => "the new keys sign as soon as running servers use them, within seconds; an application that caches the key set for \
              an hour and does not fetch it again for an unknown key id refuses them until then"
            .to_owned(),
    }
}

/// Active keys for which there is no use.
fn idle<'a>(keys: &'a [KeyInfo], options: &KeyOptions) -> Vec<&'a str> {
    let wanted = |key: &KeyInfo, name: &str| match key.purpose {
        Purpose::Sig => options.signing.iter().any(|known| known == name),
        Purpose::Enc => options.encryption.iter().any(|known| known == name),
    };
    let idle =
        |key: &&KeyInfo| key.state == State::Active && !key.alg.split(' ').any(|name| wanted(key, name));
    keys.iter().filter(idle).map(|key| key.kid.as_str()).collect()
}

fn show(context: &Context, console: &mut Console, keys: &[KeyInfo]) -> anyhow::Result<()> {
    if context.json {
        return console.json(&json!(keys));
    }
    let state = |key: &KeyInfo| match key.state {
        State::Next => format!("next, from {}", key.active_from.minute()),
        State::Active => format!("active since {}", key.active_from.minute()),
        State::Retired => format!("retired {}", key.retired_at.map(Timestamp::minute).unwrap_or_default()),
    };
    let end = |at: Option<Timestamp>| at.map(Timestamp::minute).unwrap_or_default();
    let rows: Vec<[String; 6]> = keys
        .iter()
        .map(|key| {
            let purpose = key.purpose.as_str().to_owned();
            let made = key.created_at.minute();
            [key.kid.clone(), key.alg.clone(), purpose, made, state(key), end(key.removed_at)]
        })
        .collect();
    console.table(["KID", "ALGORITHM", "USE", "MADE", "STATE", "GONE"], &rows)
}

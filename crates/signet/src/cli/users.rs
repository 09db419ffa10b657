//! `signet user`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use serde_json::{Map, Value, json};
use signet_core::claims::sources::redacted;
use signet_core::name;
use signet_core::record::User as Record;
use signet_login::password::{Given, Written};

use super::arguments::{Common, PasswordSource, User};
use super::console::date;
use super::password::{Hasher, read};
use super::{Console, Context, credential};
use crate::admin::users::{self, Imported, Person, Update};
use crate::config::NewUser;

pub(super) async fn run(command: User, console: &mut Console) -> anyhow::Result<()> {
    match command {
        User::Add { username, claims, password, no_password, locked, force, common } => {
            let source = if no_password { None } else { Some(password) };
            let person = Person { username, password: None, claims: parsed(&claims)?, locked };
            add(person, source, force, &common, console).await
        }
        User::List { common } => list(&common, console).await,
        User::Show { username, common } => show(&username, &common, console).await,
        User::Passwd { username, password, keep_offline, common } => {
            passwd(&username, &password, keep_offline, &common, console).await
        }
        User::Lock { username, undo, common } => lock(&username, !undo, &common, console).await,
        User::Rm { username, common } => remove(&username, &common, console).await,
        User::Import { users, passwords, update, keep_offline, common } => {
            let update = update.then_some(Update { keep_offline });
            import(users.as_deref(), passwords.as_deref(), update, &common, console).await
        }
    }
}

async fn add(
    mut person: Person,
    password: Option<PasswordSource>,
    force: bool,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    not_configured(&context, &person.username)?;
    if !force {
        unlike_configured(&context, &person.username)?;
    }
    person.password = match password {
        Some(source) => {
            let password = read(&source, &person.username, console)?;
            Some(Hasher::new(&context.loaded.login.argon2)?.stored(&context.rng, password)?)
        }
        None => None,
    };
    let (store, rng, now) = (&*context.store, &context.rng, context.now);
    let once = context.names_once();
    let user = if force {
        users::add(store, rng, person, once, now).await?
    } else {
        users::add_distinct(store, rng, person, &context.loaded.settings.reserved_names, once, now).await?
    };
    said(&context, console, &user, &format!("added {}", user.username))
}

fn parsed(claims: &[String]) -> anyhow::Result<Map<String, Value>> {
    claims.iter().map(|text| claim(text)).collect()
}

/// `NAME=VALUE`.
fn claim(text: &str) -> anyhow::Result<(String, Value)> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .with_context(|| format!("{text:?} is not a claim; write --claim NAME=VALUE"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

async fn list(common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let users = users::list(&*context.store).await?;
    let configured = &context.loaded.users;
    if context.json {
        let stored = users.iter().map(|user| shown(user));
        let fixed = configured.iter().map(|user| {
            json!({
                "username": user.username, "claims": redacted(&user.claims), "locked": user.locked,
                "has_password": user.password.is_some(), "source": "configuration",
            })
        });
        return console.json(&fixed.chain(stored).collect());
    }
    let words = |locked: bool, password: bool| {
        let state = if locked { "locked" } else { "" };
        (state.to_owned(), if password { "yes" } else { "no" }.to_owned())
    };
    let mut rows: Vec<[String; 5]> = Vec::new();
    for user in configured {
        let name = user.claims.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let (state, password) = words(user.locked, user.password.is_some());
        rows.push([user.username.clone(), name, password, "configuration".into(), state]);
    }
    for user in &users {
        let name = user.claims.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let (state, password) = words(user.locked, user.password.is_some());
        rows.push([user.username.clone(), name, password, "store".into(), state]);
    }
    console.table(["USERNAME", "NAME", "PASSWORD", "FROM", "STATE"], &rows)
}

async fn show(username: &str, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    if let Some(user) = context.loaded.users.iter().find(|user| user.username == username) {
        let value = json!({ "username": user.username, "claims": redacted(&user.claims), "locked": user.locked,
            "has_password": user.password.is_some(), "source": "configuration" });
        return console.json(&value);
    }
    let user = users::get(&*context.store, username).await?;
    if context.json {
        return console.json(&shown(&user));
    }
    console.line(&format!("username   {}", user.username))?;
    console.line(&format!("id         {}", user.id))?;
    console.line(&format!("password   {}", if user.password.is_some() { "set" } else { "none" }))?;
    console.line(&format!("locked     {}", if user.locked { "yes" } else { "no" }))?;
    console.line(&format!("created    {}", date(user.created_at)))?;
    console.line(&format!("changed    {}", date(user.updated_at)))?;
    for (name, value) in &redacted(&user.claims) {
        console.line(&format!("claim      {name} = {value}"))?;
    }
    Ok(())
}

async fn passwd(
    username: &str,
    password: &PasswordSource,
    keep_offline: bool,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    not_configured(&context, username)?;
    // Before the password is asked for: a mistyped name shows at once.
    users::get(&*context.store, username).await?;
    let password = read(password, username, console)?;
    let hash = Hasher::new(&context.loaded.login.argon2)?.stored(&context.rng, password)?;
    let user = users::set_password(&*context.store, username, Some(hash), keep_offline, context.now).await?;
    let kept = if keep_offline { "; offline access goes on" } else { "" };
    said(
        &context,
        console,
        &user,
        &format!("{username} has a new password and is signed out everywhere{kept}"),
    )
}

async fn lock(username: &str, locked: bool, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    not_configured(&context, username)?;
    let user = users::set_locked(&*context.store, username, locked, context.now).await?;
    let what = if locked { "is locked and signed out everywhere" } else { "is unlocked" };
    said(&context, console, &user, &format!("{username} {what}"))
}

async fn remove(username: &str, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    not_configured(&context, username)?;
    users::remove(&*context.store, username).await?;
    if context.json {
        return console.json(&json!({ "removed": username }));
    }
    console.line(&format!("removed {username}"))
}

async fn import(
    claims: Option<&Path>,
    passwords: Option<&Path>,
    update: Option<Update>,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let people = people(claims, passwords)?;
    let mut hasher = Hasher::new(&context.loaded.login.argon2)?;
    let mut hashed = Vec::new();
    for (username, (claims, password)) in people {
        let password = match password {
            Some(given) if given.is_doubtful() => bail!(
                "{username}: this may be an unsalted digest, which cannot be verified; write {{\"plain\": \"…\"}} if it is \
                 the password itself; nothing was imported"
            ),
            Some(given) => match given.judge() {
                Ok(Written::Plain(text)) if update.is_some() => {
                    // The password that they have already is no new one, though its hash would be.
                    let known = users::find(&*context.store, &username).await?;
                    let known = known.as_ref().and_then(|user| user.password.as_ref());
                    let same = known.is_some_and(|known| hasher.is_of(known, &text));
                    if same { None } else { Some(hasher.stored(&context.rng, Written::Plain(text))?) }
                }
                Ok(written) => Some(hasher.stored(&context.rng, written)?),
                Err(refused) => bail!("{username}: {refused}; {}; nothing was imported", refused.advice()),
            },
            None => None,
        };
        hashed.push(Person { username, password, claims, locked: false });
    }
    let Imported { added, updated, conflicts } =
        users::import(&*context.store, &context.rng, hashed, update, context.names_once(), context.now)
            .await?;
    if context.json {
        return console.json(&json!({ "added": added, "updated": updated, "conflicts": conflicts }));
    }
    console.line(&format!(
        "{} added, {} updated, {} left alone",
        added.len(),
        updated.len(),
        conflicts.len()
    ))?;
    if !conflicts.is_empty() {
        console.note(&format!(
            "there already: {}; --update gives them the new password and claims",
            conflicts.join(", ")
        ))?;
    }
    Ok(())
}

type People = BTreeMap<String, (Map<String, Value>, Option<Given>)>;

/// oidc-op's two files, joined by uid.
fn people(claims: Option<&Path>, passwords: Option<&Path>) -> anyhow::Result<People> {
    let mut people = People::new();
    for (uid, value) in claims.map(object).transpose()?.into_iter().flatten() {
        let Value::Object(mut claims) = value else {
            bail!("the user {uid} is not an object of claims; users.json is {{\"uid\": {{\"name\": …}}}}");
        };
        // oidc-op repeats the uid there; Signet derives `sub` for each application.
        claims.remove("sub");
        people.entry(uid).or_default().0 = claims;
    }
    for (uid, value) in passwords.map(object).transpose()?.into_iter().flatten() {
        let password =
            credential::given(value).map_err(|what| anyhow!("{uid}: {what}; nothing was imported"))?;
        people.entry(uid).or_default().1 = Some(password);
    }
    Ok(people)
}

fn object(path: &Path) -> anyhow::Result<Map<String, Value>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not a JSON object", path.display()))
}

/// A new name must not be taken for that of somebody in the configuration file either.
fn unlike_configured(context: &Context, username: &str) -> anyhow::Result<()> {
    let keys = name::to_take(username);
    let like = |other: &&NewUser| name::to_take(&other.username).iter().any(|key| keys.contains(key));
    if let Some(other) = context.loaded.users.iter().find(like) {
        bail!(
            "this name could be taken for that of {}, who is in the configuration file; --force gives it all the same",
            other.username
        );
    }
    Ok(())
}

/// People of the configuration file are changed there.
fn not_configured(context: &Context, username: &str) -> anyhow::Result<()> {
    if context.loaded.users.iter().any(|user| user.username == username) {
        bail!("{username} is in the configuration file; change them there");
    }
    Ok(())
}

fn said(context: &Context, console: &mut Console, user: &Record, line: &str) -> anyhow::Result<()> {
    if context.json { console.json(&shown(user)) } else { console.line(line) }
}

fn shown(user: &Record) -> Value {
    json!({
        "id": user.id, "username": user.username, "claims": redacted(&user.claims), "locked": user.locked,
        "has_password": user.password.is_some(), "created_at": user.created_at, "updated_at": user.updated_at,
        "source": "store",
    })
}

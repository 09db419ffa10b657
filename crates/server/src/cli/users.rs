//! `signet user`.

use std::sync::Arc;

use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};
use signet_core::claims::kept;
use signet_core::claims::sources::redacted;
use signet_core::name;
use signet_core::record::User as Record;
use signet_store::Held;

use super::arguments::{Common, PasswordSource, User};
use super::listing::Look;
use super::password::{Hasher, read};
use super::removed::said_removed;
use super::{Console, Context, import, listing, refused};
use crate::config::NewUser;
use signet::admin::users::{self, Person, Update};
use signet::admin::{AT_ONCE, Part, Window};
use signet::program::counted;

pub(super) async fn run(command: User, console: &mut Console) -> anyhow::Result<()> {
    match command {
        User::Add { username, claims, password, no_password, locked, force, common } => {
            let source = if no_password { None } else { Some(password) };
            let person = Person { username, password: None, claims: parsed(&claims)?, locked: Some(locked) };
            add(person, source, force, &common, console).await
        }
        User::List { search, page, common } => {
            list(search.as_deref(), &page.window(), &common, console).await
        }
        User::Show { username, common } => show(&username, &common, console).await,
        User::Passwd { username, password, keep_offline, common } => {
            passwd(&username, &password, keep_offline, &common, console).await
        }
        User::Lock { username, common } => lock(&username, true, &common, console).await,
        User::Unlock { username, common } => lock(&username, false, &common, console).await,
        User::Rm { username, common } => remove(&username, &common, console).await,
        User::Import { users, passwords, update, keep_offline, common } => {
            let update = update.then_some(Update { keep_offline });
            import::run(users.as_deref(), passwords.as_deref(), update, &common, console).await
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
    let context = Context::create(common).await?;
    not_configured(&context, &person.username)?;
    apart(&context, &person.username, &person.claims)?;
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
    let (store, act) = (&*context.store, context.act());
    let once = context.names_once();
    let user = if force {
        users::add(store, &act, person, once).await?
    } else {
        users::add_distinct(store, &act, person, &context.loaded.settings.reserved_names, once).await?
    };
    said(&context, console, &user, &format!("added {}", user.username))
}

fn parsed(claims: &[String]) -> anyhow::Result<Map<String, Value>> {
    claims.iter().map(|text| claim(text)).collect()
}

/// `NAME=VALUE`. What the standard makes text is taken as it was typed; of other claims, tables, lists,
/// numbers, true, false and texts in quotes are JSON, and everything else is text.
fn claim(text: &str) -> anyhow::Result<(String, Value)> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| refused::invalid(format!("{text:?} is not a claim; write --claim NAME=VALUE")))?;
    let is_text = kept::is_text(&[name]) || serde_json::from_str::<IgnoredAny>(value).is_err();
    let value = if is_text || value.trim() == "null" { Value::from(value) } else { json_of(name, value)? };
    Ok((name.to_owned(), value))
}

fn json_of(name: &str, value: &str) -> anyhow::Result<Value> {
    if let Some(number) = signet_json::lost_digits(value) {
        return Err(refused::invalid(format!(
            "the claim {name}: the number {number} would lose digits; to keep it as text, put it in quotes: --claim '{name}={}'",
            if number == value { format!("{value:?}") } else { "…".to_owned() }
        )));
    }
    signet_json::written_value(value.as_bytes())
        .map_err(|why| refused::invalid(format!("the claim {name}: {why}")))
}

async fn list(
    search: Option<&str>,
    window: &Window,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::read(common).await?;
    let wanted =
        |user: &&NewUser| search.is_none_or(|text| users::is_named(&user.username, &user.claims, text));
    let fetch = async |window: Window| {
        let Part { entries, next } = users::list(&*context.store, search, &window).await?;
        let configured = context.loaded.users.iter().filter(wanted).map(Listed::Configured);
        let stored = Part { entries: entries.into_iter().map(Listed::Stored).collect(), next };
        Ok(listing::joined(&window, configured, stored, Listed::username))
    };
    let look = Look {
        at_once: AT_ONCE,
        name: "users",
        head: ["USERNAME", "NAME", "PASSWORD", "FROM", "STATE"],
        shown: Listed::shown,
        row: Listed::row,
    };
    listing::print(console, context.json, &look, window, fetch).await
}

/// Somebody in the list.
enum Listed<'a> {
    Configured(&'a NewUser),
    Stored(Arc<Record>),
}

impl Listed<'_> {
    fn username(&self) -> &str {
        match self {
            Self::Configured(user) => &user.username,
            Self::Stored(user) => &user.username,
        }
    }

    fn shown(&self) -> Value {
        match self {
            Self::Configured(user) => shown_configured(user),
            Self::Stored(user) => shown(user),
        }
    }

    fn row(&self) -> [String; 5] {
        let (claims, locked, password, source) = match self {
            Self::Configured(user) => (&user.claims, user.locked, user.password.is_some(), "configuration"),
            Self::Stored(user) => (&user.claims, user.locked, user.password.is_some(), "store"),
        };
        let name = claims.get("name").and_then(Value::as_str).unwrap_or_default();
        let (password, state) = (if password { "yes" } else { "no" }, if locked { "locked" } else { "" });
        [self.username(), name, password, source, state].map(str::to_owned)
    }
}

fn shown_configured(user: &NewUser) -> Value {
    json!({ "username": user.username, "claims": redacted(&user.claims), "locked": user.locked,
        "has_password": user.password.is_some(), "source": "configuration" })
}

async fn show(username: &str, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::read(common).await?;
    let user = context.person(username).await?;
    let written = context.loaded.users.iter().find(|written| written.configured_id() == user.id);
    let held = users::held(&*context.store, &user.id, context.now).await?;
    if context.json {
        let mut value = written.map_or_else(|| shown(&user), shown_configured);
        if let Some(members) = value.as_object_mut() {
            members.insert("sessions".into(), held.sessions.into());
            members.insert("authorizations".into(), held.grants.into());
            members.insert("consents".into(), held.consents.into());
        }
        return console.json(&value);
    }
    let has_password = written.map_or(user.password.is_some(), |written| written.password.is_some());
    console.line(&format!("username   {}", user.username))?;
    console.line(&format!("id         {}", user.id))?;
    console.line(&format!("password   {}", if has_password { "set" } else { "none" }))?;
    console.line(&format!("locked     {}", if user.locked { "yes" } else { "no" }))?;
    match written {
        Some(_) => console.line("from       configuration")?,
        None => {
            console.line("from       store")?;
            console.line(&format!("created    {}", user.created_at.minute()))?;
            console.line(&format!("changed    {}", user.updated_at.minute()))?;
        }
    }
    if held != Held::default() {
        console.line(&format!("has        {}", counted(held)))?;
    }
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
    // Before the password is asked for: a mistyped name shows at once.
    let person = context.stored_person(username).await?;
    let username = person.username.as_str();
    let password = read(password, username, console)?;
    let hash = Hasher::new(&context.loaded.login.argon2)?.stored(&context.rng, password)?;
    let user =
        users::set_password(&*context.store, &context.act(), username, Some(hash), keep_offline).await?;
    let kept = if keep_offline { "; applications with offline access keep it" } else { "" };
    said(
        &context,
        console,
        &user,
        &format!("{username} has a new password and is signed out everywhere{kept}"),
    )
}

async fn lock(username: &str, locked: bool, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let person = context.stored_person(username).await?;
    let username = person.username.as_str();
    let user = users::set_locked(&*context.store, &context.act(), username, locked).await?;
    let what = if locked { "is locked and signed out everywhere" } else { "is unlocked" };
    said(&context, console, &user, &format!("{username} {what}"))
}

async fn remove(username: &str, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    let person = context.person(username).await?;
    let is_configured = person.id.is_configured();
    if is_configured && users::find(&*context.store, &person.username).await?.is_none() {
        return context.stored_person(username).await.map(drop);
    }
    let ended = users::remove(&*context.store, &context.act(), &person.username).await?;
    said_removed(&context, console, &person.username, is_configured, ended)
}

/// A new name must not be taken for that of somebody in the configuration file either.
fn unlike_configured(context: &Context, username: &str) -> anyhow::Result<()> {
    let keys = name::to_take(username);
    let like = |other: &&NewUser| name::to_take(&other.username).iter().any(|key| keys.contains(key));
    if let Some(other) = context.loaded.users.iter().find(like) {
        return Err(refused::invalid(format!(
            "this name could be taken for that of {}, who is in the configuration file; --force uses it anyway",
            other.username
        )));
    }
    Ok(())
}

/// A name that is the address of somebody in the configuration file, or the other way round, would be two
/// people's.
pub(super) fn apart(context: &Context, username: &str, claims: &Map<String, Value>) -> anyhow::Result<()> {
    let (username, claims) = (username.to_owned(), claims.clone());
    let person = NewUser { username, password: None, claims, locked: false, was_stored: false };
    let crossed = name::crossed_by(&person.found_by());
    let crosses = |other: &&NewUser| {
        other.username != person.username
            && name::keys(&other.found_by()).iter().any(|key| crossed.contains(key))
    };
    match context.loaded.users.iter().find(crosses) {
        Some(other) => Err(users::crossing(&person.username, &other.username).into()),
        None => Ok(()),
    }
}

/// People of the configuration file are changed there.
fn not_configured(context: &Context, username: &str) -> anyhow::Result<()> {
    if context.loaded.users.iter().any(|user| user.username == username) {
        return Err(refused::configured(format!(
            "{username} is in the configuration file; change them there"
        )));
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

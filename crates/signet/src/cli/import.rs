//! `signet user import`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::{Map, Value, json};
use signet_login::password::{Given, Written};

use super::arguments::Common;
use super::password::Hasher;
use super::users::apart;
use super::{Console, Context, credential};
use crate::admin::users::{self, Imported, Person, Update};
use crate::config::lines;

/// Reads both files, judges everybody, and writes nothing unless all of them are right.
pub(super) async fn run(
    claims: Option<&Path>,
    passwords: Option<&Path>,
    update: Option<Update>,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::create(common).await?;
    let people = people(claims, passwords)?;
    let mut hasher = Hasher::new(&context.loaded.login.argon2)?;
    let (mut hashed, mut wrong) = (Vec::new(), Vec::new());
    for (username, Read { claims, password }) in people {
        apart(&context, &username, &claims)?;
        let password = match password.map(Given::judge).transpose() {
            Ok(Some(Written::Plain(text))) if update.is_some() => {
                // The password that they have already is no new one, though its hash would be.
                let known = users::find(&*context.store, &username).await?;
                let known = known.as_ref().and_then(|user| user.password.as_ref());
                let same = known.is_some_and(|known| hasher.is_of(known, &text));
                if same { None } else { Some(hasher.stored(&context.rng, Written::Plain(text))?) }
            }
            Ok(written) => written.map(|written| hasher.stored(&context.rng, written)).transpose()?,
            Err(refused) => {
                let advice = refused.advice("write {\"plain\": \"…\"}");
                wrong.push((username, format!("{refused}; {advice}")));
                continue;
            }
        };
        hashed.push(Person { username, password, claims, locked: false });
    }
    if let Some(path) = passwords.filter(|_| !wrong.is_empty()) {
        bail!("{}\nnothing was imported", said(path, &wrong));
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

/// What the files say of a person.
#[derive(Default)]
struct Read {
    claims: Map<String, Value>,
    password: Option<Given>,
}

/// oidc-op's two files, joined by uid.
fn people(claims: Option<&Path>, passwords: Option<&Path>) -> anyhow::Result<BTreeMap<String, Read>> {
    let mut people = BTreeMap::<String, Read>::new();
    for (uid, value) in claims.map(object).transpose()?.into_iter().flatten() {
        let Value::Object(mut claims) = value else {
            bail!("the user {uid} is not an object of claims; users.json is {{\"uid\": {{\"name\": …}}}}");
        };
        // oidc-op repeats the uid there; Signet derives `sub` for each application.
        claims.remove("sub");
        people.entry(uid).or_default().claims = claims;
    }
    let Some(path) = passwords else { return Ok(people) };
    let mut wrong = Vec::new();
    for (uid, value) in object(path)? {
        match credential::given(value) {
            Ok(password) => people.entry(uid).or_default().password = Some(password),
            Err(what) => wrong.push((uid, what)),
        }
    }
    if wrong.is_empty() { Ok(people) } else { bail!("{}\nnothing was imported", said(path, &wrong)) }
}

fn object(path: &Path) -> anyhow::Result<Map<String, Value>> {
    serde_json::from_str(&text(path)?).with_context(|| format!("{} is not a JSON object", path.display()))
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// What is wrong with each of these people, with the line of the file; of many the first.
fn said(path: &Path, wrong: &[(String, String)]) -> String {
    const MOST: usize = 20;
    let lines = text(path).map(|text| lines(&text)).unwrap_or_default();
    let mut wrong: Vec<(usize, &str, &str)> = wrong
        .iter()
        .map(|(name, what)| (lines.get(name).copied().unwrap_or_default(), name.as_str(), what.as_str()))
        .collect();
    wrong.sort_unstable();
    let shown = wrong.iter().take(MOST).map(|(line, name, what)| match line {
        0 => format!("{}: {name}: {what}", path.display()),
        line => format!("{}:{line}: {name}: {what}", path.display()),
    });
    let more = wrong.len().saturating_sub(MOST);
    let more = (more > 0).then(|| format!("and {more} more"));
    shown.chain(more).collect::<Vec<_>>().join("\n")
}

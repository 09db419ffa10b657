//! `signet user import`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use signet_core::claims::kept;
use signet_core::time::Timestamp;
use signet_login::password::{Given, Written};

use super::arguments::Common;
use super::password::Hasher;
use super::users::apart;
use super::{Console, Context, credential, refused};
use crate::config::{JsonPlaces, Problem};
use signet::admin::users::{self, Imported, Person, Stopped, Update};
use signet::admin::{Fault, TOGETHER};
use signet::clock::{Clock as _, SystemClock};

/// Reads both files, judges everybody, and writes nothing unless all of them are right.
pub(super) async fn run(
    claims: Option<&Path>,
    passwords: Option<&Path>,
    update: Option<Update>,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    import(&Context::create(common).await?, claims, passwords, update, console).await
}

/// The same with a store that is open.
pub(super) async fn import(
    context: &Context,
    claims: Option<&Path>,
    passwords: Option<&Path>,
    update: Option<Update>,
    console: &mut Console,
) -> anyhow::Result<()> {
    let Judged { people, bare, configured, left_out } = judged(context, claims, passwords)?;
    if let (Some(_), Some(path)) = (update, passwords) {
        refuse_unknown(context, &bare, path).await?;
    }
    let (all, once) = (people.iter().map(|(person, _)| person), context.names_once());
    users::judge_all(&*context.store, all, update, once).await.context("nothing was imported")?;
    let mut report = Report { configured, left_out, ..Report::default() };
    let written = write(context, people, update, &mut report.done, console).await;
    report.without_claims = report.done.added.iter().filter(|name| bare.contains(*name)).cloned().collect();
    match written {
        Ok(()) => report.say(context, update, console),
        Err(error) => Err(error.context(report)),
    }
}

/// With `--update` a file of passwords is about people who are there: another name in it may be a misspelt
/// one.
async fn refuse_unknown(context: &Context, bare: &BTreeSet<String>, path: &Path) -> anyhow::Result<()> {
    const WHAT: &str = "there is no such user, and only this file has the name";
    const INSTEAD: &str = "correct it, or add the user to the users file, with {} where there are no claims";
    let mut wrong = Vec::new();
    for name in bare {
        if users::find(&*context.store, name).await?.is_none() {
            wrong.push(Fault::new(name.as_str(), WHAT).instead(INSTEAD));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(nothing(path, wrong)) }
}

/// Adds people some at a time, each with the hash of their password made just before, so that an import that
/// the store interrupts goes on where it was when it is run again.
async fn write(
    context: &Context,
    people: Vec<(Person, Option<Written>)>,
    update: Option<Update>,
    done: &mut Imported,
    console: &mut Console,
) -> anyhow::Result<()> {
    let mut hasher = Hasher::new(&context.loaded.login.argon2)?;
    let mut progress = Progress::begun(people.len(), console.is_terminal(), context.now);
    let mut people = people.into_iter().peekable();
    while people.peek().is_some() {
        let mut some = Vec::new();
        for (mut person, written) in people.by_ref().take(TOGETHER) {
            let known = users::find(&*context.store, &person.username).await?;
            person.password = match (known, written) {
                // Whoever is left alone needs no hash.
                (Some(_), _) if update.is_none() => None,
                // The password that they have already is no new one, though its hash would be.
                (Some(known), Some(Written::Plain(text)))
                    if known.password.as_ref().is_some_and(|known| hasher.is_of(known, &text)) =>
                {
                    None
                }
                (_, written) => written.map(|written| hasher.stored(&context.rng, written)).transpose()?,
            };
            some.push(person);
        }
        let (store, once) = (&*context.store, context.names_once());
        let before = std::mem::take(done);
        let imported = users::import_judged(store, &context.act(), some, update, once, before).await;
        let error = match imported {
            Ok(all) => {
                *done = all;
                None
            }
            Err(Stopped { done: all, error }) => {
                *done = all;
                Some(error)
            }
        };
        if let Some(error) = error {
            return Err(error.into());
        }
        let count = done.added.len() + done.updated.len() + done.unchanged.len() + done.conflicts.len();
        if let Some(line) = progress.line(count, SystemClock.now()) {
            console.note(&line)?;
        }
    }
    Ok(())
}

/// What an import did; as the context of an error, what it did before that.
#[derive(Debug, Default)]
pub(super) struct Report {
    done: Imported,
    /// Those who were added although only the file of passwords has them.
    without_claims: Vec<String>,
    configured: Vec<String>,
    left_out: BTreeMap<String, Vec<String>>,
}

impl Report {
    pub(super) fn as_json(&self) -> Map<String, Value> {
        let Self { done, without_claims, configured, left_out } = self;
        let Imported { added, updated, unchanged, conflicts } = done;
        let members = [
            ("added", json!(added)),
            ("updated", json!(updated)),
            ("unchanged", json!(unchanged)),
            ("conflicts", json!(conflicts)),
            ("without_claims", json!(without_claims)),
            ("configured", json!(configured)),
            ("left_out", json!(left_out)),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn say(&self, context: &Context, update: Option<Update>, console: &mut Console) -> anyhow::Result<()> {
        if context.json {
            return console.json(&self.as_json().into());
        }
        let Self { done, without_claims, configured, left_out } = self;
        let Imported { added, updated, unchanged, conflicts } = done;
        let as_they_were = update.map(|_| format!("{} unchanged, ", unchanged.len())).unwrap_or_default();
        console.line(&format!(
            "{} added, {} updated, {as_they_were}{} left alone",
            added.len(),
            updated.len(),
            conflicts.len() + configured.len()
        ))?;
        if !without_claims.is_empty() {
            let names = first(without_claims.iter().cloned());
            console.note(&format!("added without claims, as only the passwords file has them: {names}"))?;
        }
        if !conflicts.is_empty() {
            let names = first(conflicts.iter().cloned());
            console.note(&match update {
                None => format!("already there: {names}; --update gives them the new password and claims"),
                Some(_) => format!(
                    "changed by somebody else in the same moment: {names}; the same command again imports them"
                ),
            })?;
        }
        if !configured.is_empty() {
            let names = first(configured.iter().cloned());
            console.note(&format!("in the configuration file: {names}; change them there"))?;
        }
        if !left_out.is_empty() {
            let each = left_out.iter().map(|(name, kinds)| format!("{name} ({})", kinds.join(", ")));
            console.note(&format!("credentials that were left out: {}", first(each)))?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.done.added.len() + self.done.updated.len();
        write!(f, "stopped after {count} users were imported")
    }
}

/// What the files say of a person.
#[derive(Default)]
struct Read {
    claims: Map<String, Value>,
    locked: Option<bool>,
    password: Option<Given>,
}

/// Everybody, each without a hash yet and with what one is made of, but those of the configuration; and what
/// was left out of their credentials.
struct Judged {
    people: Vec<(Person, Option<Written>)>,
    /// Names that only the file of passwords has.
    bare: BTreeSet<String>,
    configured: Vec<String>,
    left_out: BTreeMap<String, Vec<String>>,
}

/// oidc-op's two files, joined by uid.
fn judged(context: &Context, claims: Option<&Path>, passwords: Option<&Path>) -> anyhow::Result<Judged> {
    let mut read = BTreeMap::<String, Read>::new();
    let (mut wrong, mut left_out, mut bare) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
    for (uid, value) in claims.map(object).transpose()?.into_iter().flatten() {
        let Value::Object(mut claims) = value else {
            let what = "is not an object of claims; users.json is {\"uid\": {\"name\": …}}";
            return Err(refused::invalid(format!("the user {uid} {what}")));
        };
        // oidc-op repeats the uid there, which says nothing; another `sub` would be lost, and is refused as
        // all claims are that Signet makes itself.
        if claims.get("sub").and_then(Value::as_str) == Some(uid.as_str()) {
            claims.remove("sub");
        }
        let locked = match claims.remove("locked") {
            None => None,
            Some(Value::Bool(locked)) => Some(locked),
            Some(_) => {
                let what = "this is neither true nor false";
                wrong.push(
                    Fault::new([uid.as_str(), "locked"], what).instead("write true or false, without quotes"),
                );
                continue;
            }
        };
        wrong.extend(kept::faults(&claims).into_iter().map(|fault| fault.within([uid.as_str().into()])));
        read.insert(uid, Read { claims, locked, password: None });
    }
    if let Some(path) = claims.filter(|_| !wrong.is_empty()) {
        return Err(nothing(path, wrong));
    }
    for (uid, value) in passwords.map(object).transpose()?.into_iter().flatten() {
        match credential::picked(value) {
            Ok(picked) => {
                if !picked.left_out.is_empty() {
                    left_out.insert(uid.clone(), picked.left_out);
                }
                if !read.contains_key(&uid) {
                    bare.insert(uid.clone());
                }
                read.entry(uid).or_default().password = picked.password;
            }
            Err(what) => wrong.push(Fault::new(uid, what)),
        }
    }
    let (mut people, mut configured) = (Vec::new(), Vec::new());
    for (username, Read { claims, locked, password }) in read {
        if context.loaded.users.iter().any(|user| user.username == username) {
            bare.remove(&username);
            configured.push(username);
            continue;
        }
        apart(context, &username, &claims)?;
        match password.map(Given::judge).transpose() {
            Ok(written) => people.push((Person { username, password: None, claims, locked }, written)),
            Err(refused) => {
                let advice = refused.advice("write {\"plain\": \"…\"}");
                wrong.push(Fault::new(username, refused.to_string()).instead(advice));
            }
        }
    }
    if let Some(path) = passwords.filter(|_| !wrong.is_empty()) {
        return Err(nothing(path, wrong));
    }
    Ok(Judged { people, bare, configured, left_out })
}

fn object(path: &Path) -> anyhow::Result<Map<String, Value>> {
    let text = text(path)?;
    let members = signet_json::written_object(text.as_bytes()).map_err(|why| {
        refused::invalid(format!("{} is not a JSON object of users: {why}", path.display()))
    })?;
    if members.get("realm").is_some_and(Value::is_string) && members.get("users").is_some_and(Value::is_array)
    {
        return Err(refused::invalid(format!(
            "{} is the export of a Keycloak realm; the book says how to make files of it that are read here (Users and \
             applications, Coming from Keycloak)",
            path.display()
        )));
    }
    if signet_json::lost_digits(&text).is_some() {
        let lost = JsonPlaces::of(&text).lost_digits().into_iter().map(|at| {
            Fault::new(at, "this number would lose digits").instead("put it in quotes, if it is text")
        });
        return Err(nothing(path, lost.collect()));
    }
    Ok(members)
}

fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn nothing(path: &Path, wrong: Vec<Fault>) -> anyhow::Error {
    refused::invalid(format!("{}\nnothing was imported", said(path, wrong)))
}

/// How many of many are named.
const MOST: usize = 20;

/// The first of many, and how many more there are.
fn first(all: impl ExactSizeIterator<Item = String>) -> String {
    let more = all.len().saturating_sub(MOST);
    let shown: Vec<String> = all.take(MOST).collect();
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// What is wrong with each of these people, and where in the file; of many the first.
fn said(path: &Path, wrong: Vec<Fault>) -> String {
    let places = text(path).map(|text| JsonPlaces::of(&text)).unwrap_or_default();
    let mut wrong: Vec<Problem> = wrong.into_iter().map(|fault| places.problem(fault, path)).collect();
    wrong.sort_by_key(Problem::position);
    let shown = wrong.iter().take(MOST).map(ToString::to_string);
    let more = wrong.len().saturating_sub(MOST);
    let more = (more > 0).then(|| format!("and {more} more"));
    shown.chain(more).collect::<Vec<_>>().join("\n")
}

/// How far an import is: every few seconds on a terminal, elsewhere every so many people.
struct Progress {
    all: usize,
    on_terminal: bool,
    said: usize,
    said_at: Timestamp,
}

impl Progress {
    const SECONDS: u64 = 3;
    const PEOPLE: usize = 10_000;

    fn begun(all: usize, on_terminal: bool, now: Timestamp) -> Self {
        Self { all, on_terminal, said: 0, said_at: now }
    }

    /// What there is to say now, if there is anything.
    fn line(&mut self, done: usize, now: Timestamp) -> Option<String> {
        let due = match self.on_terminal {
            true => now.since(self.said_at) >= Self::SECONDS,
            false => done / Self::PEOPLE > self.said / Self::PEOPLE,
        };
        if !due || done >= self.all {
            return None;
        }
        (self.said, self.said_at) = (done, now);
        Some(format!("{done} of {} users", self.all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_says_how_far_it_is() {
        let at = Timestamp;
        let mut terminal = Progress::begun(1000, true, at(100));
        assert_eq!(terminal.line(250, at(102)), None);
        assert_eq!(terminal.line(500, at(103)).as_deref(), Some("500 of 1000 users"));
        assert_eq!(terminal.line(750, at(105)), None);
        assert_eq!(terminal.line(1000, at(110)), None, "the end is said otherwise");
        let mut log = Progress::begun(25_100, false, at(100));
        assert_eq!(log.line(9_750, at(200)), None);
        assert_eq!(log.line(10_000, at(200)).as_deref(), Some("10000 of 25100 users"));
        assert_eq!(log.line(10_250, at(300)), None);
        assert_eq!(log.line(20_250, at(300)).as_deref(), Some("20250 of 25100 users"));
    }
}

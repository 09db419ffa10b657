//! `signet client`.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use signet_core::client::Origin;
use signet_core::record::Client as Record;
use signet_store::Held;

use super::arguments::{Client, ClientAdd, Common, TokenFormat};
use super::listing::Look;
use super::presets::setup::{self, Filled, Known};
use super::removed::said_removed;
use super::{Console, Context};
use super::{explain, listing, presets, refused, tickets};
use crate::config::{Problem, Seconds, client_metadata};
use crate::run::fetched;
use signet::admin::clients::{self, Made, shown};
use signet::admin::{AT_ONCE, AdminError, Part, Window};
use signet::program::counted;

pub(super) async fn run(command: Client, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Client::Add(add) => self::add(*add, console).await,
        Client::List { search, page, common } => {
            list(search.as_deref(), &page.window(), &common, console).await
        }
        Client::Show { id, common } => show(&id, &common, console).await,
        Client::RotateSecret { id, keep_old, common } => rotate_secret(&id, keep_old, &common, console).await,
        Client::RevokeOldSecret { id, common } => revoke_old_secret(&id, &common, console).await,
        Client::Rm { id, common } => remove(&id, &common, console).await,
        Client::Token(command) => tickets::run(command, console).await,
    }
}

async fn add(add: ClientAdd, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::create(&add.common).await?;
    let judge = context.loaded.judge(Origin::Operator);
    let mut metadata = metadata(&add, console)?;
    let preset = add.preset.as_deref().map(presets::find).transpose()?;
    if let Some(preset) = preset {
        let doubts = presets::fill(&mut metadata, preset, add.url.as_deref(), &judge)?;
        console.warnings(&doubts)?;
    }
    if let Some(id) = metadata.get("client_id").and_then(Value::as_str) {
        not_configured(&context, id)?;
    }
    let (metadata, doubts) = client_metadata(metadata).map_err(AdminError::Invalid)?;
    console.warnings(&doubts)?;
    let made = clients::add(&*context.store, &context.act(), &metadata, &judge).await?;
    console.warnings(&made.warnings)?;
    console.problems(fetched::of_stored(&made.client, &context.loaded).as_slice())?;
    let setup = preset.map(|preset| {
        let known = Known { made: &made, url: add.url.as_deref(), settings: &context.loaded.settings };
        setup::filled(preset.setup, &known)
    });
    tell(&context, console, &made, "added", &setup.unwrap_or_default())
}

fn metadata(add: &ClientAdd, console: &mut Console) -> anyhow::Result<Map<String, Value>> {
    let mut metadata = match &add.metadata {
        Some(path) => file(path, console)?,
        None => Map::new(),
    };
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            metadata.insert(name.to_owned(), value);
        }
    };
    let list = |values: &Vec<String>| (!values.is_empty()).then(|| json!(values));
    let method = if add.public { Some("none") } else { add.auth_method.as_deref() };
    put("client_id", add.id.as_deref().map(Value::from));
    put("client_name", add.name.as_deref().map(Value::from));
    put("redirect_uris", list(&add.redirect_uris));
    put("post_logout_redirect_uris", list(&add.post_logout_redirect_uris));
    put("grant_types", list(&add.grant_types));
    put("scope", add.scope.as_deref().map(Value::from));
    put("token_endpoint_auth_method", method.map(Value::from));
    put("application_type", add.native.then(|| "native".into()));
    put("skip_consent", add.skip_consent.then(|| true.into()));
    put("claims_in_id_token", add.claims_in_id_token.then(|| true.into()));
    if add.resource_server {
        put("grant_types", Some(json!([])));
        put("response_types", Some(json!([])));
        put("may_introspect", Some(true.into()));
    }
    put(
        "access_token_format",
        add.access_token_format.map(|format| match format {
            TokenFormat::Opaque => "opaque".into(),
            TokenFormat::Jwt => "jwt".into(),
        }),
    );
    Ok(metadata)
}

fn file(path: &Path, console: &mut Console) -> anyhow::Result<Map<String, Value>> {
    let text = if path == Path::new("-") {
        console.read_all()?
    } else {
        std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?
    };
    signet_json::written_object(text.as_bytes()).map_err(|why| {
        refused::invalid(format!("{} is not a JSON object of metadata: {why}", path.display()))
    })
}

async fn list(
    search: Option<&str>,
    window: &Window,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::read(common).await?;
    let wanted = |client: &&Record| search.is_none_or(|text| clients::is_named(client, text));
    let fetch = async |window: Window| {
        let Part { entries, next } = clients::list(&*context.store, search, &window).await?;
        let configured = context.loaded.clients.iter().filter(wanted).map(Listed::Configured);
        let stored = Part { entries: entries.into_iter().map(Listed::Stored).collect(), next };
        Ok(listing::joined(&window, configured, stored, |one| one.record().client_id.as_str()))
    };
    let look = Look {
        at_once: AT_ONCE,
        name: "clients",
        head: ["CLIENT", "NAME", "AUTHENTICATION", "FROM"],
        shown: |one: &Listed<'_>| with_source(one.record(), one.source()),
        row: Listed::row,
    };
    listing::print(console, context.json, &look, window, fetch).await
}

/// A client in the list.
enum Listed<'a> {
    Configured(&'a Record),
    Stored(Arc<Record>),
}

impl Listed<'_> {
    fn record(&self) -> &Record {
        match self {
            Self::Configured(client) => client,
            Self::Stored(client) => client,
        }
    }

    fn source(&self) -> &'static str {
        match self {
            Self::Configured(_) => "configuration",
            Self::Stored(_) => "store",
        }
    }

    fn row(&self) -> [String; 4] {
        let client = self.record();
        let name = client.client_name.clone().unwrap_or_default();
        let source = if client.registered { "registration" } else { self.source() };
        [client.client_id.0.clone(), name, client.auth_methods().join(" "), source.to_owned()]
    }
}

async fn show(id: &str, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::read(common).await?;
    let configured = context.loaded.clients.iter().find(|client| client.client_id.as_str() == id);
    let held = clients::held(&*context.store, &id.into(), context.now).await?;
    match configured {
        Some(client) => show_one(&context, console, client, "configuration", held),
        None => show_one(&context, console, &*clients::get(&*context.store, id).await?, "store", held),
    }
}

fn show_one(
    context: &Context,
    console: &mut Console,
    client: &Record,
    source: &str,
    held: Held,
) -> anyhow::Result<()> {
    if context.json {
        let mut value = with_source(client, source);
        if let Some(members) = value.as_object_mut() {
            members.insert("authorizations".into(), held.grants.into());
            members.insert("consents".into(), held.consents.into());
        }
        return console.json(&value);
    }
    for line in explain::client(client, &context.loaded.settings, context.now) {
        console.line(&line)?;
    }
    if held != Held::default() {
        console.line(&format!("  It has {}.", counted(held)))?;
    }
    let faults = context.loaded.judge(Origin::Stored).review(client);
    console.problems(&faults.into_iter().map(Problem::from).collect::<Vec<_>>())?;
    console.problems(fetched::of_stored(client, &context.loaded).as_slice())
}

async fn rotate_secret(
    id: &str,
    keep_old: Seconds,
    common: &Common,
    console: &mut Console,
) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    not_configured(&context, id)?;
    let made = clients::rotate_secret(&*context.store, &context.act(), id, keep_old.0).await?;
    tell(&context, console, &made, "gave a new secret to", &[])?;
    match explain::previous_secret(&made.client, context.now) {
        Some(said) if !context.json => console.note(said.trim_start()),
        _ => Ok(()),
    }
}

async fn revoke_old_secret(id: &str, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    not_configured(&context, id)?;
    let client = clients::revoke_previous_secret(&*context.store, &context.act(), id).await?;
    if context.json {
        return console.json(&with_source(&client, "store"));
    }
    console.line(&format!("revoked the old secret of {id}"))
}

async fn remove(id: &str, common: &Common, console: &mut Console) -> anyhow::Result<()> {
    let context = Context::open(common).await?;
    if matches!(clients::get(&*context.store, id).await, Err(AdminError::NotFound { .. })) {
        not_configured(&context, id)?;
    }
    let is_configured = not_configured(&context, id).is_err();
    let ended = clients::remove(&*context.store, &context.act(), id).await?;
    said_removed(&context, console, id, is_configured, ended)
}

/// The one time that a secret is shown, and what is to be set in the application.
fn tell(
    context: &Context,
    console: &mut Console,
    made: &Made,
    done: &str,
    setup: &[Filled],
) -> anyhow::Result<()> {
    let secret = made.secret.as_ref().map(|secret| secret.expose().as_str());
    if context.json {
        let mut value = with_source(&made.client, "store");
        if let (Some(members), Some(secret)) = (value.as_object_mut(), secret) {
            members.insert("client_secret".into(), secret.into());
        }
        if let Some(members) = value.as_object_mut().filter(|_| !setup.is_empty()) {
            members.insert("settings".into(), setup.iter().flat_map(Filled::shown).collect());
        }
        return console.json(&value);
    }
    console.note(&format!("{done} {}", made.client.client_id))?;
    console.line(&format!("client_id      {}", made.client.client_id))?;
    if let Some(secret) = secret {
        console.line(&format!("client_secret  {secret}"))?;
        console.note("the secret is not shown again; `signet client rotate-secret` makes another")?;
    }
    setup.iter().flat_map(Filled::lines).try_for_each(|line| console.line(&line))
}

fn not_configured(context: &Context, id: &str) -> anyhow::Result<()> {
    if context.loaded.clients.iter().any(|client| client.client_id.as_str() == id) {
        return Err(refused::configured(format!("{id} is in the configuration file; change it there")));
    }
    Ok(())
}

fn with_source(client: &Record, source: &str) -> Value {
    let mut value = shown(client);
    if let Some(members) = value.as_object_mut() {
        members.insert("source".into(), source.into());
    }
    value
}

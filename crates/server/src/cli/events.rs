//! `signet event`.

use std::time::Duration;

use serde_json::{Value, json};
use signet_core::event::KINDS;
use signet_core::id::{ClientId, SessionId, UserId};
use signet_core::near::nearest;
use signet_core::record::Recorded;
use signet_store::EventFilter;

use super::arguments::{Common, Event, EventFilter as Written};
use super::listing::Look;
use super::{Console, Context, listing};
use signet::admin::events::{self, Tail};
use signet::admin::{AT_ONCE, AdminError, Window};
use signet::clock::{Clock as _, SystemClock};

pub(super) async fn run(command: Event, console: &mut Console) -> anyhow::Result<()> {
    match command {
        Event::List { filter, since, until, oldest_first, page, common } => {
            let context = Context::read(&common).await?;
            let filter = meant(&context, filter).await?;
            let filter = EventFilter { since, until, newest_first: !oldest_first, ..filter };
            list(&context, &filter, &page.window(), console).await
        }
        Event::Tail { filter, since, common } => {
            let context = Context::read(&common).await?;
            let filter = meant(&context, filter).await?;
            follow(&common, Tail::new(filter, since.unwrap_or_else(|| SystemClock.now())), console).await
        }
    }
}

async fn list(
    context: &Context,
    filter: &EventFilter,
    window: &Window,
    console: &mut Console,
) -> anyhow::Result<()> {
    let fetch = async |window: Window| Ok(events::list(&*context.store, filter, &window).await?);
    let look = Look {
        at_once: AT_ONCE,
        name: "events",
        head: ["TIME", "SEVERITY", "EVENT", "USER", "APPLICATION", "ADDRESS", "DETAIL"],
        shown,
        row,
    };
    listing::print(console, context.json, &look, window, fetch).await
}

fn row(event: &Recorded) -> [String; 7] {
    let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
    [
        event.at.second(),
        event.severity.as_str().to_owned(),
        event.kind.clone(),
        or_none(event.username.as_deref().or(event.user.as_ref().map(UserId::as_str))),
        or_none(event.client.as_ref().map(ClientId::as_str)),
        or_none(event.address.as_deref()),
        detail(event),
    ]
}

/// Looks once a second, each time into the file as it is by then.
async fn follow(common: &Common, mut tail: Tail, console: &mut Console) -> anyhow::Result<()> {
    const PAUSE: Duration = Duration::from_secs(1);
    loop {
        let context = Context::read(common).await?;
        for event in tail.next(&*context.store, SystemClock.now()).await? {
            print(&event, context.json, console)?;
        }
        drop(context);
        tokio::time::sleep(PAUSE).await;
    }
}

/// One line, for people or for programs.
fn print(event: &Recorded, json: bool, console: &mut Console) -> anyhow::Result<()> {
    if json {
        return console.line(&shown(event).to_string());
    }
    let who = event.username.as_deref().or(event.user.as_ref().map(UserId::as_str));
    let client = event.client.as_ref().map(ClientId::as_str);
    let named = [("user", who), ("client", client), ("address", event.address.as_deref())];
    let named = named.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    let mut words = vec![event.at.second(), event.severity.as_str().to_owned(), event.kind.clone()];
    words.extend(named);
    words.push(detail(event));
    console.line(words.join(" ").trim_end())
}

/// What a kind says of itself, and the rule that refused.
fn detail(event: &Recorded) -> String {
    let said = event.detail.iter().map(|(name, value)| match value {
        Value::String(text) if text.contains(' ') => format!("{name}={value}"),
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    });
    let rule = event.rule.iter().map(|rule| format!("rule={rule}"));
    rule.chain(said).collect::<Vec<_>>().join(" ")
}

fn shown(event: &Recorded) -> Value {
    json!({
        "id": event.id.to_string(), "at": event.at, "kind": event.kind, "severity": event.severity,
        "user": event.username, "user_id": event.user, "client": event.client,
        "session": event.session.map(|session| session.to_string()), "address": event.address,
        "request": event.request, "rule": event.rule, "detail": event.detail,
    })
}

/// Which events are meant.
async fn meant(context: &Context, written: Written) -> Result<EventFilter, AdminError> {
    let Written { user, client, session, kind, severity } = written;
    let users = match user {
        None => Vec::new(),
        Some(typed) => people(context, typed).await?,
    };
    let kind = kind.unwrap_or_default();
    if !KINDS.iter().any(|known| known.name.starts_with(&kind)) {
        let names = KINDS.iter().map(|known| known.name);
        let instead = match nearest(&kind, names) {
            Some(near) => format!("did you mean {near}?"),
            None => "docs/events.md lists the kinds".to_owned(),
        };
        return Err(AdminError::invalid("kind", format!("there is no kind of events {kind}"), &instead));
    }
    Ok(EventFilter {
        kind,
        severity: severity.unwrap_or_default(),
        users,
        client: client.map(ClientId),
        session: session.map(SessionId),
        ..EventFilter::default()
    })
}

/// Who is meant; somebody who was removed has events all the same, by the id or by the name that they had.
async fn people(context: &Context, typed: String) -> Result<Vec<UserId>, AdminError> {
    match context.person(&typed).await {
        Err(AdminError::NotFound { .. }) if is_id(&typed) => Ok(vec![UserId(typed)]),
        Err(AdminError::NotFound { what, name }) => {
            let removed = events::removed(&*context.store, &typed).await?;
            if removed.is_empty() { Err(AdminError::NotFound { what, name }) } else { Ok(removed) }
        }
        found => Ok(vec![found?.id.clone()]),
    }
}

/// Whether it looks like the id of a person in the store or in the configuration.
fn is_id(typed: &str) -> bool {
    let is_stored = typed.len() == 32 && typed.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_stored || typed.contains(':')
}

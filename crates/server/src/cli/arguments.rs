//! What can be typed. The doc comments are the help.

mod client;
mod consent;
mod event;
mod key;
mod session;
mod throttle;
mod user;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use signet_core::time::Timestamp;

pub(super) use self::client::{Client, ClientAdd, ClientToken, TokenFormat};
pub(super) use self::consent::Consent;
pub(super) use self::event::{Event, EventFilter};
pub(super) use self::key::Key;
pub(super) use self::session::Session;
pub(super) use self::throttle::{Throttle, Whose};
pub(super) use self::user::{PasswordSource, User};
use crate::config::Seconds;
use signet::admin::Window;
use signet::clock::{Clock as _, SystemClock};

/// Signet, an OpenID Provider.
#[derive(Debug, Parser)]
#[command(
    name = "signet",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Without a command: `signet demo`, which takes the options above.\n\nExamples:\n  signet\n  signet config default > signet.toml\n  signet serve --config signet.toml"
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) demo: Demo,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Try it out: a provider, a demo application and the user diana (password krall).
    Demo(Demo),
    /// Run the provider that a configuration file describes.
    Serve(Serve),
    /// Users who can sign in.
    #[command(subcommand, after_help = "Examples:\n  signet user add diana\n  signet user list")]
    User(User),
    /// Applications that users sign in to.
    #[command(
        subcommand,
        after_help = "Examples:\n  signet client add web --redirect-uri https://notes.example.org/callback\n  signet client list"
    )]
    Client(Client),
    /// Signed-in browsers.
    #[command(
        subcommand,
        after_help = "Examples:\n  signet session list\n  signet session revoke --user diana"
    )]
    Session(Session),
    /// What users have agreed to give applications.
    #[command(
        subcommand,
        after_help = "Examples:\n  signet consent list --user diana\n  signet consent revoke --user diana --client web"
    )]
    Consent(Consent),
    /// What happened: sign-ins, refusals, changes by operators.
    #[command(subcommand, after_help = "Examples:\n  signet event list --user diana\n  signet event tail")]
    Event(Event),
    /// Throttled accounts, networks and applications.
    #[command(
        subcommand,
        after_help = "Examples:\n  signet throttle list\n  signet throttle clear --account diana"
    )]
    Throttle(Throttle),
    /// Signing and encryption keys.
    #[command(subcommand, after_help = "Examples:\n  signet key list\n  signet key rotate")]
    Key(Key),
    /// The configuration file.
    #[command(
        subcommand,
        after_help = "Examples:\n  signet config default > signet.toml\n  signet config check"
    )]
    Config(Config),
}

/// Options of every command that works on stored things.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// The configuration file [default: ./signet.toml, else the demo's ./signet-data]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Which part of a list.
#[derive(Debug, Args)]
pub(super) struct Page {
    /// List at most N entries; 0: all
    #[arg(long, value_name = "N", default_value_t = Page::LIMIT)]
    limit: usize,
    /// Continue after the cursor printed with the previous page
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
}

impl Page {
    const LIMIT: usize = 100;

    pub(super) fn window(self) -> Window {
        Window { after: self.after, limit: (self.limit > 0).then_some(self.limit) }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  signet demo --port 9000 --data-dir /tmp/signet-demo")]
pub(super) struct Demo {
    /// The provider's port; the demo application has the next one
    #[arg(long, default_value_t = Demo::PORT)]
    pub(super) port: u16,
    /// The folder of the store; a second start uses it again
    #[arg(long, value_name = "DIR", default_value = Demo::DATA_DIR)]
    pub(super) data_dir: PathBuf,
}

impl Demo {
    pub(super) const PORT: u16 = 8080;
    pub(super) const DATA_DIR: &str = "signet-data";
}

#[derive(Debug, Args)]
#[command(
    after_help = "SIGHUP reloads the file; if it has problems, the old configuration stays in use. SIGINT and SIGTERM stop the server after requests in flight.\n\nExample:\n  signet serve --config /etc/signet/signet.toml"
)]
pub(super) struct Serve {
    /// The configuration file [default: ./signet.toml]
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Config {
    /// Check a configuration and say what each application may do
    #[command(after_help = "Example:\n  signet config check --config signet.toml")]
    Check {
        #[command(flatten)]
        common: Common,
    },
    /// Print the JSON Schema of the configuration, for editors
    #[command(after_help = "Example:\n  signet config schema > signet.schema.json")]
    Schema,
    /// Print a complete, commented configuration
    #[command(after_help = "Example:\n  signet config default > signet.toml")]
    Default,
}

/// An id as lists show it.
fn number(text: &str) -> Result<i64, &'static str> {
    text.parse().map_err(|_| "an id is a whole number, as the list shows it")
}

/// An instant: so long ago, or a date as lists show it.
fn instant(text: &str) -> Result<Timestamp, &'static str> {
    if let Some(Seconds(ago)) = Seconds::parse(text) {
        return Ok(SystemClock.now().minus(ago));
    }
    const FORM: &str =
        "write how long ago, such as 12h or 7d, or a time in UTC, such as 2026-11-29 or \"2026-11-29 18:30\"";
    let text = text.trim().trim_end_matches("UTC").trim_end_matches('Z').trim_end();
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "0:00"));
    let numbers =
        |text: &str, by: char| -> Option<Vec<u64>> { text.split(by).map(|part| part.parse().ok()).collect() };
    let (date, time) = (numbers(date, '-').ok_or(FORM)?, numbers(time, ':').ok_or(FORM)?);
    let day = <[u64; 3]>::try_from(date).ok().and_then(Timestamp::of_date).ok_or(FORM)?;
    match time.as_slice() {
        [hour @ ..24, minute @ ..60] => Ok(day.plus(hour * 3600 + minute * 60)),
        [hour @ ..24, minute @ ..60, second @ ..60] => Ok(day.plus(hour * 3600 + minute * 60 + second)),
        _ => Err(FORM),
    }
}

fn time(text: &str) -> Result<Seconds, &'static str> {
    Seconds::parse(text).ok_or("write seconds, or text such as 12h or 7d")
}

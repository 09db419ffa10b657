//! What can be typed. The doc comments are the help.

mod client;
mod key;
mod session;
mod throttle;
mod user;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(super) use self::client::{Client, ClientAdd, ClientToken, TokenFormat};
pub(super) use self::key::Key;
pub(super) use self::session::Session;
pub(super) use self::throttle::{Throttle, Whose};
pub(super) use self::user::{PasswordSource, User};
use crate::config::Seconds;
use signet::admin::Window;

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
    /// Serve what a configuration file says.
    Serve(Serve),
    /// People who can sign in.
    #[command(subcommand, after_help = "Examples:\n  signet user add diana\n  signet user list")]
    User(User),
    /// Applications that people sign in to.
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
    /// Who waits after wrong passwords.
    #[command(
        subcommand,
        after_help = "Examples:\n  signet throttle list\n  signet throttle clear --account diana"
    )]
    Throttle(Throttle),
    /// Keys that sign, and keys to encrypt to.
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
    /// How many are listed at most; 0: all
    #[arg(long, value_name = "N", default_value_t = Page::LIMIT)]
    limit: usize,
    /// Those after this one: what the part before ended with
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
    /// Where the store is kept; a second start uses it again
    #[arg(long, value_name = "DIR", default_value = Demo::DATA_DIR)]
    pub(super) data_dir: PathBuf,
}

impl Demo {
    pub(super) const PORT: u16 = 8080;
    pub(super) const DATA_DIR: &str = "signet-data";
}

#[derive(Debug, Args)]
#[command(
    after_help = "SIGHUP reads the file again; when it has problems, the old one stays. SIGINT and SIGTERM stop, after requests in flight.\n\nExample:\n  signet serve --config /etc/signet/signet.toml"
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

fn time(text: &str) -> Result<Seconds, &'static str> {
    Seconds::parse(text).ok_or("write seconds, or text such as 12h or 7d")
}

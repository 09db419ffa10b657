//! `signet session`.

use clap::{ArgGroup, Subcommand};

use super::{Common, Page, number};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Session {
    /// List signed-in browsers, oldest first
    #[command(after_help = "Example:\n  signet session list --user diana")]
    List {
        /// Only those of this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        common: Common,
    },
    /// Sign browsers out
    #[command(
        group = ArgGroup::new("which").args(["id", "user", "all"]).required(true),
        after_help = "Examples:\n  signet session revoke 1882167582720\n  signet session revoke --user diana"
    )]
    Revoke {
        /// One session, as `session list` shows it
        #[arg(value_parser = number)]
        id: Option<i64>,
        /// All sessions of this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// All sessions of all users
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        common: Common,
    },
}

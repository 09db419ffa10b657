//! `signet session`.

use clap::Subcommand;

use super::Common;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Session {
    /// List signed-in browsers
    #[command(after_help = "Example:\n  signet session list --user diana")]
    List {
        /// Of this person only
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Sign browsers out
    #[command(
        after_help = "Examples:\n  signet session revoke 1882167582720\n  signet session revoke --user diana"
    )]
    Revoke {
        /// One session, as `session list` shows it
        #[arg(required_unless_present_any = ["user", "all"])]
        id: Option<i64>,
        /// All of a person
        #[arg(long, value_name = "NAME", conflicts_with = "id")]
        user: Option<String>,
        /// All of everybody
        #[arg(long, conflicts_with_all = ["id", "user"])]
        all: bool,
        #[command(flatten)]
        common: Common,
    },
}

//! `signet event`.

use clap::{Args, Subcommand};
use signet_core::record::Severity;
use signet_core::time::Timestamp;

use super::{Common, Page, instant};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Event {
    /// List events, newest first
    #[command(
        after_help = "Examples:\n  signet event list --user diana\n  signet event list --kind sign_in.failed --since 24h\n  signet event list --severity warning\n  signet event list --client web --since 2026-11-01 --until 2026-12-01 --json"
    )]
    List {
        #[command(flatten)]
        filter: EventFilter,
        /// Only those since this time: how long ago, or a date and time in UTC
        #[arg(long, value_name = "TIME", value_parser = instant)]
        since: Option<Timestamp>,
        /// Only those before this time
        #[arg(long, value_name = "TIME", value_parser = instant)]
        until: Option<Timestamp>,
        /// List the oldest first
        #[arg(long)]
        oldest_first: bool,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        common: Common,
    },
    /// Print events as they happen, about a second later, until interrupted
    #[command(after_help = "Examples:\n  signet event tail\n  signet event tail --kind sign_in --json")]
    Tail {
        #[command(flatten)]
        filter: EventFilter,
        /// First print those since this time: how long ago, or a date and time in UTC
        #[arg(long, value_name = "TIME", value_parser = instant)]
        since: Option<Timestamp>,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EventFilter {
    /// Only those of this user, who may have been removed: by name or id
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) user: Option<String>,
    /// Only those of this application
    #[arg(long, value_name = "CLIENT_ID")]
    pub(in crate::cli) client: Option<String>,
    /// Only those of this session, as `session list` shows it
    #[arg(long, value_name = "ID", value_parser = super::number)]
    pub(in crate::cli) session: Option<i64>,
    /// Only those of this kind, or of all kinds whose names begin with this
    #[arg(long, value_name = "KIND")]
    pub(in crate::cli) kind: Option<String>,
    /// Only those of this severity or a higher one: info, notice or warning
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(in crate::cli) severity: Option<Severity>,
}

fn severity(text: &str) -> Result<Severity, String> {
    let found = Severity::ALL.into_iter().find(|severity| severity.as_str() == text);
    found.ok_or_else(|| "it is info, notice or warning".to_owned())
}

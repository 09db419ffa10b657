//! `signet throttle`.

use clap::{ArgGroup, Args, Subcommand};

use super::{Common, Page};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Throttle {
    /// List accounts, networks and applications that are throttled or counted: why, and until when
    #[command(
        after_help = "Examples:\n  signet throttle list\n  signet throttle list --account diana\n  signet throttle list --waiting"
    )]
    List {
        #[command(flatten)]
        whose: Whose,
        /// Only those that are throttled now
        #[arg(long)]
        waiting: bool,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        common: Common,
    },
    /// Clear what is counted, so that nobody is throttled for it any more
    #[command(
        group = ArgGroup::new("which").args(["account", "network", "client", "all"]).required(true).multiple(true),
        after_help = "Examples:\n  signet throttle clear --account diana\n  signet throttle clear --network 192.0.2.7"
    )]
    Clear {
        #[command(flatten)]
        whose: Whose,
        /// All counts
        #[arg(long, conflicts_with_all = ["account", "network", "client"])]
        all: bool,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Whose {
    /// Only those of this user, or of a name that no user has (`?…` as listed)
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) account: Option<String>,
    /// Only those from this address or network, and the IPv6 networks around it
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) network: Option<String>,
    /// Only those of this application
    #[arg(long, value_name = "CLIENT_ID")]
    pub(in crate::cli) client: Option<String>,
}

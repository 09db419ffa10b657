//! `signet consent`.

use clap::Subcommand;

use super::{Common, Page};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Consent {
    /// List what users have agreed to
    #[command(
        after_help = "Examples:\n  signet consent list --user diana\n  signet consent list --client web"
    )]
    List {
        /// Only that of this user
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// Only that to this application
        #[arg(long, value_name = "ID")]
        client: Option<String>,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        common: Common,
    },
    /// Withdraw a user's consent: the application loses its access, and has to ask again
    #[command(
        after_help = "Examples:\n  signet consent revoke --user diana --client web\n  signet consent revoke --user diana"
    )]
    Revoke {
        /// The user
        #[arg(long, value_name = "NAME")]
        user: String,
        /// To this application [default: all]
        #[arg(long, value_name = "ID")]
        client: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

//! `signet consent`.

use clap::Subcommand;

use super::{Common, Page};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Consent {
    /// List what people have agreed to
    #[command(
        after_help = "Examples:\n  signet consent list --user diana\n  signet consent list --client web"
    )]
    List {
        /// Of this person only
        #[arg(long, value_name = "NAME")]
        user: Option<String>,
        /// To this application only
        #[arg(long, value_name = "ID")]
        client: Option<String>,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        common: Common,
    },
    /// Withdraw what a person has agreed to: the application loses its access, and has to ask again
    #[command(
        after_help = "Examples:\n  signet consent revoke --user diana --client web\n  signet consent revoke --user diana"
    )]
    Revoke {
        /// Whose
        #[arg(long, value_name = "NAME")]
        user: String,
        /// To this application; without it to all
        #[arg(long, value_name = "ID")]
        client: Option<String>,
        #[command(flatten)]
        common: Common,
    },
}

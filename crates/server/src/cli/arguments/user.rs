//! `signet user`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Common, Page};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum User {
    /// Add a user
    #[command(
        after_help = "Example:\n  signet user add diana --claim name='Diana Krall' --claim email=diana@example.org"
    )]
    Add {
        /// The user name
        username: String,
        /// A claim; standard text claims are taken literally, others are parsed as JSON if possible
        #[arg(long = "claim", value_name = "NAME=VALUE")]
        claims: Vec<String>,
        #[command(flatten)]
        password: PasswordSource,
        /// Do not let them sign in with a password
        #[arg(long, conflicts_with = "password_stdin")]
        no_password: bool,
        /// Add them locked
        #[arg(long)]
        locked: bool,
        /// Accept a name that is reserved, mixes scripts, has unusual letters or looks like another user's
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        common: Common,
    },
    /// List users by name
    #[command(
        after_help = "Examples:\n  signet user list\n  signet user list --search costello --json\n  signet user list --limit 1000 --after=diana"
    )]
    List {
        /// Only those with this text in their user name, name or e-mail address
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        common: Common,
    },
    /// Show a user
    #[command(after_help = "Example:\n  signet user show diana")]
    Show {
        /// The user name
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Set a new password, which signs the user out everywhere and ends all access that they granted
    #[command(after_help = "Example:\n  pwgen 20 1 | signet user passwd diana --password-stdin")]
    Passwd {
        /// The user name
        username: String,
        #[command(flatten)]
        password: PasswordSource,
        /// Let applications with offline access keep it
        #[arg(long)]
        keep_offline: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Lock a user, which signs them out everywhere and ends all access that they granted
    #[command(after_help = "Example:\n  signet user lock diana")]
    Lock {
        /// The user name
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Unlock a user, and clear their throttling
    #[command(after_help = "Example:\n  signet user unlock diana")]
    Unlock {
        /// The user name
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Remove a user with their sessions; what they granted is revoked
    #[command(after_help = "Example:\n  signet user rm diana")]
    Rm {
        /// The user name
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Import users from users.json ({uid: claims}) and passwd.json ({uid: password hash})
    ///
    /// Users who already exist are left alone, so an import that was interrupted is finished by running it
    /// again.
    #[command(after_help = "Example:\n  signet user import --users users.json --passwords passwd.json")]
    Import {
        /// The file with claims
        #[arg(long, value_name = "FILE", required_unless_present = "passwords")]
        users: Option<PathBuf>,
        /// The file with passwords: hashes, {"plain": …}, or Keycloak's credentials
        #[arg(long, value_name = "FILE")]
        passwords: Option<PathBuf>,
        /// Give users who already exist the new password and claims; a new password ends all access that
        /// they granted
        #[arg(long)]
        update: bool,
        /// Let applications with offline access keep it when a password changes
        #[arg(long, requires = "update")]
        keep_offline: bool,
        #[command(flatten)]
        common: Common,
    },
}

/// A password is never an argument: others could read it from the list of processes.
#[derive(Debug, Args)]
pub(in crate::cli) struct PasswordSource {
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    pub(in crate::cli) password_stdin: bool,
    /// Use it as the password itself, even if it looks like a hash
    #[arg(long)]
    pub(in crate::cli) plain: bool,
}

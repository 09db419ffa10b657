//! `signet key`.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Common, time};
use crate::config::Seconds;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Key {
    /// List all keys with their state: next, active, retired
    #[command(after_help = "Example:\n  signet key list")]
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Create new keys: published at once, they sign once applications have had time to fetch them
    #[command(
        after_help = "Examples:\n  signet key rotate\n  signet key rotate --now\n  signet key rotate --now --keep 0s    # after a leak: every old key is gone at once"
    )]
    Rotate {
        /// Sign with the new keys at once. Applications that cache the key set, and do not fetch it again for
        /// an unknown key id, reject what is signed until the cache expires (an hour at most)
        #[arg(long)]
        now: bool,
        /// How long the old keys stay published, including those retired before [default: as long as
        /// anything that they signed can be valid]
        #[arg(long, value_name = "TIME", value_parser = time, requires = "now")]
        keep: Option<Seconds>,
        #[command(flatten)]
        common: Common,
    },
    /// Recreate the keys and secrets that cannot be decrypted because the key-encryption key (keys.kek)
    /// is lost
    ///
    /// Everybody is signed out and all access that they granted ends; applications fetch the new keys within
    /// an hour, and know users by another `sub` unless subjects come from names. First stop every server (the
    /// command refuses while one has the store open), and make a backup.
    #[command(after_help = "Example:\n  signet key reset --lost-kek")]
    Reset {
        /// Confirm that the key-encryption key is lost for good
        #[arg(long, required = true)]
        lost_kek: bool,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Print the published keys as a JWK Set, or write them to a file
    #[command(
        after_help = "Examples:\n  signet key export > jwks.json\n  signet key export --private backup.json"
    )]
    Export {
        /// The file to write [default: standard output]. With --private only its owner can read it
        file: Option<PathBuf>,
        /// All keys, with their private parts: anyone who has them can sign as this provider
        #[arg(long)]
        private: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Import keys from a JWK Set or a PEM file; the first of each algorithm becomes active
    #[command(
        after_help = "Examples:\n  signet key import jwks.json\n  signet key import --kid main key.pem\n  signet key import --retired old-provider.json"
    )]
    Import {
        /// A file with private keys in PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted), a JWK Set or one JWK;
        /// `-` for standard input
        file: PathBuf,
        /// The id of the key, if there is only one [default: its own `kid`, else its thumbprint]
        #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
        kid: Option<String>,
        /// Import them as retired: they only verify and decrypt what was made with them elsewhere; public
        /// keys are enough
        #[arg(long)]
        retired: bool,
        #[command(flatten)]
        common: Common,
    },
}

//! `signet client`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{Common, Page, number, time};
use crate::config::Seconds;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Client {
    /// Add an application; its secret is shown once
    #[command(
        after_help = "Examples:\n  signet client add web --name 'Meadow Notes' --redirect-uri https://notes.example.org/callback\n  signet client add desk --public --native --redirect-uri http://127.0.0.1/callback\n  signet client add job --grant-type client_credentials --scope read\n  signet client add api --resource-server\n  signet client add grafana --for grafana --url https://grafana.example.org\n  signet client add --metadata client.json"
    )]
    Add(Box<ClientAdd>),
    /// List applications by id
    #[command(after_help = "Examples:\n  signet client list\n  signet client list --search notes --json")]
    List {
        /// Only those with this text in their client_id or name
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        common: Common,
    },
    /// Show an application and what it may do
    #[command(after_help = "Example:\n  signet client show web")]
    Show {
        /// Its client_id
        id: String,
        #[command(flatten)]
        common: Common,
    },
    /// Give an application a new secret, shown once
    #[command(
        after_help = "The old secret stops working at once, unless --keep-old says for how long it is still accepted, so that all instances of the application can get the new one. What is signed or encrypted with a secret is made with the new one from then on.\n\nExamples:\n  signet client rotate-secret web --keep-old 24h\n  signet client rotate-secret web --json"
    )]
    RotateSecret {
        /// Its client_id
        id: String,
        /// How long the old secret is still accepted; 0: not at all
        #[arg(long, value_name = "TIME", value_parser = time, default_value = "0")]
        keep_old: Seconds,
        #[command(flatten)]
        common: Common,
    },
    /// Revoke the old secret that rotate-secret --keep-old kept
    #[command(after_help = "Example:\n  signet client revoke-old-secret web")]
    RevokeOldSecret {
        /// Its client_id
        id: String,
        #[command(flatten)]
        common: Common,
    },
    /// Remove an application; its grants are revoked
    #[command(after_help = "Example:\n  signet client rm web")]
    Rm {
        /// Its client_id
        id: String,
        #[command(flatten)]
        common: Common,
    },
    /// Initial access tokens, with which applications may register themselves (registration.mode = "token")
    #[command(
        subcommand,
        after_help = "Examples:\n  signet client token create --uses 5 --expires 7d\n  signet client token list"
    )]
    Token(ClientToken),
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ClientToken {
    /// Create one; it is shown once
    #[command(after_help = "Example:\n  signet client token create --uses 5 --expires 7d")]
    Create {
        /// How many registrations it allows; 0: any number
        #[arg(long, value_name = "N", default_value_t = 1)]
        uses: u32,
        /// How long it is valid; 0: unlimited
        #[arg(long, value_name = "TIME", value_parser = time, default_value = "7d")]
        expires: Seconds,
        #[command(flatten)]
        common: Common,
    },
    /// List those that are still valid
    #[command(after_help = "Example:\n  signet client token list")]
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Revoke one
    #[command(after_help = "Example:\n  signet client token revoke 1795262400")]
    Revoke {
        /// Its id, as `client token list` shows it
        #[arg(value_parser = number)]
        id: i64,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ClientAdd {
    /// Its client_id; generated if omitted
    pub(in crate::cli) id: Option<String>,
    /// Its name, shown to users
    #[arg(long)]
    pub(in crate::cli) name: Option<String>,
    /// A redirect URI; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub(in crate::cli) redirect_uris: Vec<String>,
    /// A URI for users to return to after sign-out; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    pub(in crate::cli) post_logout_redirect_uris: Vec<String>,
    /// A grant type; may be repeated
    #[arg(long = "grant-type", value_name = "TYPE")]
    pub(in crate::cli) grant_types: Vec<String>,
    /// The scopes it may request, separated by spaces
    #[arg(long)]
    pub(in crate::cli) scope: Option<String>,
    /// Its client authentication method
    #[arg(long, value_name = "METHOD", conflicts_with = "public")]
    pub(in crate::cli) auth_method: Option<String>,
    /// It cannot keep a secret: it has none, and must use PKCE
    #[arg(long)]
    pub(in crate::cli) public: bool,
    /// It runs on the user's device (RFC 8252)
    #[arg(long)]
    pub(in crate::cli) native: bool,
    /// First-party: users are not asked for consent
    #[arg(long)]
    pub(in crate::cli) skip_consent: bool,
    /// Include the claims of its scopes in ID tokens, for applications that never call the UserInfo endpoint
    #[arg(long)]
    pub(in crate::cli) claims_in_id_token: bool,
    /// An API that only introspects tokens: no redirect URIs, no grant types
    #[arg(long, conflicts_with_all = ["public", "native", "redirect_uris", "grant_types", "preset"])]
    pub(in crate::cli) resource_server: bool,
    /// Use what a well-known application needs: authjs, django-allauth, gitea, gitlab, grafana, jupyterhub,
    /// keycloak-js, kubernetes, mozilla-django-oidc, nextcloud, oauth2-proxy, synapse
    #[arg(long = "for", value_name = "APP")]
    pub(in crate::cli) preset: Option<String>,
    /// The URL of that application
    #[arg(long, value_name = "URL", requires = "preset")]
    pub(in crate::cli) url: Option<String>,
    /// The format of its access tokens
    #[arg(long, value_name = "FORMAT")]
    pub(in crate::cli) access_token_format: Option<TokenFormat>,
    /// A file with registration metadata as JSON, `-` for standard input; options take precedence
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) metadata: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) common: Common,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum TokenFormat {
    /// A handle that only Signet understands
    Opaque,
    /// RFC 9068
    Jwt,
}

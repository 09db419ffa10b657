//! What can be typed. The doc comments are the help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Seconds;

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
pub(super) enum User {
    /// Add a person
    #[command(
        after_help = "Example:\n  signet user add diana --claim name='Diana Krall' --claim email=diana@example.org"
    )]
    Add {
        /// What the person types
        username: String,
        /// A claim about them; the value is JSON, else text
        #[arg(long = "claim", value_name = "NAME=VALUE")]
        claims: Vec<String>,
        #[command(flatten)]
        password: PasswordSource,
        /// Close the password sign-in to them
        #[arg(long, conflicts_with = "password_stdin")]
        no_password: bool,
        /// Lock them from the beginning
        #[arg(long)]
        locked: bool,
        #[command(flatten)]
        common: Common,
    },
    /// List everybody
    #[command(after_help = "Example:\n  signet user list --json")]
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Show a person
    #[command(after_help = "Example:\n  signet user show diana")]
    Show {
        /// Who
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Set a new password, which signs the person out everywhere
    #[command(after_help = "Example:\n  pwgen 20 1 | signet user passwd diana --password-stdin")]
    Passwd {
        /// Who
        username: String,
        #[command(flatten)]
        password: PasswordSource,
        #[command(flatten)]
        common: Common,
    },
    /// Lock a person, which signs them out everywhere
    #[command(after_help = "Example:\n  signet user lock diana\n  signet user lock diana --undo")]
    Lock {
        /// Who
        username: String,
        /// Unlock them
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Remove a person with their sessions; what they granted is revoked
    #[command(after_help = "Example:\n  signet user rm diana")]
    Rm {
        /// Who
        username: String,
        #[command(flatten)]
        common: Common,
    },
    /// Import oidc-op's users.json ({uid: claims}) and passwd.json ({uid: password})
    #[command(after_help = "Example:\n  signet user import --users users.json --passwords passwd.json")]
    Import {
        /// The file with claims
        #[arg(long, value_name = "FILE", required_unless_present = "passwords")]
        users: Option<PathBuf>,
        /// The file with passwords, in clear or as Argon2 hashes
        #[arg(long, value_name = "FILE")]
        passwords: Option<PathBuf>,
        /// Give those who are there already the new password and claims
        #[arg(long)]
        update: bool,
        #[command(flatten)]
        common: Common,
    },
}

/// A password is never an argument: others could read it from the list of processes.
#[derive(Debug, Args)]
pub(super) struct PasswordSource {
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    pub(super) password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Client {
    /// Add an application; its secret is shown once
    #[command(
        after_help = "Examples:\n  signet client add web --name 'Meadow Notes' --redirect-uri https://notes.example.org/callback\n  signet client add desk --public --native --redirect-uri http://127.0.0.1/callback\n  signet client add job --grant-type client_credentials --scope read\n  signet client add --metadata client.json"
    )]
    Add(Box<ClientAdd>),
    /// List all applications
    #[command(after_help = "Example:\n  signet client list")]
    List {
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
    /// Give an application a new secret, shown once; the old one is of no use from then on
    #[command(after_help = "Example:\n  signet client rotate-secret web --json")]
    RotateSecret {
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
pub(super) enum ClientToken {
    /// Make one, shown once
    #[command(after_help = "Example:\n  signet client token create --uses 5 --expires 7d")]
    Create {
        /// Registrations it is good for; 0: any number
        #[arg(long, value_name = "N", default_value_t = 1)]
        uses: u32,
        /// How long it holds; 0: without end
        #[arg(long, value_name = "TIME", value_parser = time, default_value = "7d")]
        expires: Seconds,
        #[command(flatten)]
        common: Common,
    },
    /// List those that are still good
    #[command(after_help = "Example:\n  signet client token list")]
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Make one useless
    #[command(after_help = "Example:\n  signet client token revoke 1795262400")]
    Revoke {
        /// Which, as `client token list` shows it
        id: i64,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Debug, Args)]
pub(super) struct ClientAdd {
    /// Its client_id; made up when left out
    pub(super) id: Option<String>,
    /// Its name, shown to people
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Where answers may go; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub(super) redirect_uris: Vec<String>,
    /// Where people may be sent after sign-out; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    pub(super) post_logout_redirect_uris: Vec<String>,
    /// A grant type; may be repeated
    #[arg(long = "grant-type", value_name = "TYPE")]
    pub(super) grant_types: Vec<String>,
    /// The scopes it may ask for, with spaces between
    #[arg(long)]
    pub(super) scope: Option<String>,
    /// How it shows who it is at the token endpoint
    #[arg(long, value_name = "METHOD", conflicts_with = "public")]
    pub(super) auth_method: Option<String>,
    /// It cannot keep a secret: no secret, PKCE instead
    #[arg(long)]
    pub(super) public: bool,
    /// It runs on the person's device (RFC 8252)
    #[arg(long)]
    pub(super) native: bool,
    /// First-party: people are not asked for consent
    #[arg(long)]
    pub(super) skip_consent: bool,
    /// How its access tokens look
    #[arg(long, value_name = "FORMAT")]
    pub(super) access_token_format: Option<TokenFormat>,
    /// A file with registration metadata as JSON, `-` for standard input; options go before it
    #[arg(long, value_name = "FILE")]
    pub(super) metadata: Option<PathBuf>,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum TokenFormat {
    /// A handle that only Signet understands
    Opaque,
    /// RFC 9068
    Jwt,
}

#[derive(Debug, Subcommand)]
pub(super) enum Session {
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

#[derive(Debug, Subcommand)]
pub(super) enum Key {
    /// List all keys with their state: next, active, retired
    #[command(after_help = "Example:\n  signet key list")]
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Make new keys: published at once, they sign when every application had the time to see them
    #[command(
        after_help = "Examples:\n  signet key rotate\n  signet key rotate --now\n  signet key rotate --now --keep 0s    # after a leak: no key is left that was there"
    )]
    Rotate {
        /// Sign with the new keys at once. Applications that keep the key set, and do not fetch it again for a key id that they do not know, refuse what is signed until they do (an hour at most)
        #[arg(long)]
        now: bool,
        /// How long the old keys stay published, those that retired before as well [default: as long as anything that they signed can hold]
        #[arg(long, value_name = "TIME", value_parser = time, requires = "now")]
        keep: Option<Seconds>,
        #[command(flatten)]
        common: Common,
    },
    /// Print the published keys as a JWK Set, or write them to a file
    #[command(
        after_help = "Examples:\n  signet key export > jwks.json\n  signet key export --private backup.json"
    )]
    Export {
        /// Where to write; standard output when left out. With --private only its owner may read it
        file: Option<PathBuf>,
        /// All keys, with their private parts: whoever has them can sign as this provider
        #[arg(long)]
        private: bool,
        #[command(flatten)]
        common: Common,
    },
    /// Take over keys from a JWK Set or a PEM file; of each algorithm the first one signs from now on
    #[command(
        after_help = "Examples:\n  signet key import jwks.json\n  signet key import --kid main key.pem\n  signet key import --retired old-provider.json"
    )]
    Import {
        /// A file with private keys in PEM (PKCS #8, PKCS #1 or SEC 1, not encrypted), a JWK Set or one JWK; `-` for standard input
        file: PathBuf,
        /// The id of a key that comes alone [default: as it says, else its thumbprint]
        #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
        kid: Option<String>,
        /// They only verify and decrypt what was made with them elsewhere; public keys are enough
        #[arg(long)]
        retired: bool,
        #[command(flatten)]
        common: Common,
    },
}

fn time(text: &str) -> Result<Seconds, &'static str> {
    Seconds::parse(text).ok_or("write seconds, or text such as 12h or 7d")
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

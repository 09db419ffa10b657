//! Commands as people type them, on a store of their own.

mod applications;
#[path = "../../../../signet/src/admin/users/import/busy.rs"]
mod busy;
mod configuration;
mod events;
mod hashes;
mod imports;
mod keys;
mod lists;
mod people;
mod presets;
mod texts;
mod throttled;
mod twins;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::{CommandFactory as _, Parser as _};
use serde_json::Value;
use signet::clock::{Clock as _, SystemClock};
use signet::keys::KeyRing;
use signet_core::change::Change;
use signet_core::claims::Names;
use signet_core::record::Consent;
use signet_core::scope::Scope;
use signet_core::time::Timestamp;
use signet_store::Store as _;

use super::console::tests::console;
use super::*;

/// A folder with a configuration; removed with everything in it at the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("signet-cli-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let place = Self(folder);
        place.write("signet.toml", CONFIG);
        place
    }

    /// With a store, which commands that read do not make.
    fn with_store() -> Self {
        let place = Self::new();
        one_thread().unwrap().block_on(async {
            let store = signet_store::SqliteStore::open(&place.0.join("signet.db")).unwrap();
            store.migrate().await.unwrap();
        });
        place
    }

    /// With the keys too that a first start makes.
    fn with_keys() -> Self {
        let place = Self::with_store();
        place.make_keys();
        place
    }

    /// Somebody has agreed to give an application what it wants.
    fn agreed(&self, consents: &[(&str, &str)]) {
        let put = |(user, client): &(&str, &str)| {
            Change::PutConsent(Consent {
                user: (*user).into(),
                client: (*client).into(),
                scope: Scope::from_words(["openid", "email"]),
                left_out: Scope::default(),
                claims: Names::default(),
                by_place: std::collections::BTreeMap::new(),
                given_at: Timestamp(1_795_000_000),
                expires_at: Timestamp::NEVER,
            })
        };
        one_thread().unwrap().block_on(async {
            let store = signet_store::SqliteStore::open(&self.0.join("signet.db")).unwrap();
            store.commit(consents.iter().map(put).collect()).await.unwrap();
        });
    }

    /// As a server does when it starts.
    fn make_keys(&self) {
        let loaded = context::load(&self.0.join("signet.toml")).unwrap();
        let url = loaded.store.url();
        one_thread().unwrap().block_on(async {
            let store = signet_store::open(&url).await.unwrap();
            store.migrate().await.unwrap();
            KeyRing::open(&*store, &loaded.keys, SystemClock.now()).await.unwrap();
        });
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        // Whatever the umask: files with secrets are nobody else's, else every command says so.
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs a command line; its exit code as text, standard output and standard error.
    fn try_run(&self, line: &[&str], input: &str) -> (String, String, String) {
        let config = self.0.join("signet.toml");
        let words = std::iter::once("signet").chain(line.iter().copied());
        let words = words.chain(["--config", config.to_str().unwrap()]);
        let words: Vec<&str> = words.collect();
        let (mut console, out, err) = console(input, words.contains(&"--json"));
        let code = match run(Arguments::try_parse_from(words).unwrap(), &mut console) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => console.fail(&error),
        };
        let hidden = |text: String| text.replace(self.0.to_str().unwrap(), "FOLDER");
        (format!("{code:?}"), hidden(out.text()), hidden(err.text()))
    }

    fn run(&self, line: &[&str], input: &str) -> String {
        let (code, out, err) = self.try_run(line, input);
        assert_eq!(code, format!("{:?}", ExitCode::SUCCESS), "{line:?}: {err}");
        out
    }

    fn json(&self, line: &[&str], input: &str) -> Value {
        let line: Vec<&str> = line.iter().copied().chain(["--json"]).collect();
        serde_json::from_str(&self.run(&line, input)).unwrap()
    }

    /// What is said when it fails, which it must, with exit code 1.
    fn fails(&self, line: &[&str]) -> String {
        let (code, out, err) = self.try_run(line, "");
        assert_eq!((code, out.as_str()), (format!("{:?}", ExitCode::from(1)), ""), "{err}");
        err
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A folder that stays behind does no harm.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}

const CONFIG: &str = r#"
issuer = "https://op.example"
proxy.trusted = []
store = "sqlite:signet.db"
[login.argon2]
memory_kib = 64
iterations = 1
[[clients]]
client_id = "fixed"
client_secret = "0123456789abcdef"
redirect_uris = ["https://app.example/cb", "http://app.example/cb"]
[[users]]
username = "diana"
password = "krall"
claims = { name = "Diana Krall" }
"#;

#[test]
fn every_command_explains_itself_with_an_example() {
    fn walk(command: &mut clap::Command, path: &str, all: &mut String) {
        let help = command.render_long_help().to_string();
        assert!(help.contains("Example"), "{path} has no example");
        let help: Vec<&str> = help.lines().map(str::trim_end).collect();
        all.push_str(&format!("\n$ {path} --help\n{}\n", help.join("\n")));
        let names: Vec<String> = command
            .get_subcommands()
            .map(|c| c.get_name().to_owned())
            .filter(|name| name != "help")
            .collect();
        for name in names {
            walk(command.find_subcommand_mut(&name).unwrap(), &format!("{path} {name}"), all);
        }
    }
    let mut command = Arguments::command();
    command.build();
    command.clone().debug_assert();
    let mut all = String::new();
    walk(&mut command, "signet", &mut all);
    insta::assert_snapshot!(all);
}

#[test]
fn without_a_command_it_is_the_demo_with_its_known_addresses() {
    assert!(Arguments::try_parse_from(["signet"]).unwrap().command.is_none());
    let demo = Arguments::try_parse_from(["signet"]).unwrap().demo;
    assert_eq!((demo.port, demo.data_dir), (8080, "signet-data".into()));
}

#[test]
fn a_password_cannot_be_an_argument() {
    assert!(Arguments::try_parse_from(["signet", "user", "add", "diana", "krall"]).is_err());
    assert!(Arguments::try_parse_from(["signet", "user", "add", "diana", "--password", "krall"]).is_err());
}

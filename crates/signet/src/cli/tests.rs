//! Commands as people type them, on a store of their own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use clap::{CommandFactory as _, Parser as _};
use serde_json::Value;

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

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs a command line; its exit code as text, standard output and standard error.
    fn try_run(&self, line: &[&str], input: &str) -> (String, String, String) {
        let config = self.0.join("signet.toml");
        let words = std::iter::once("signet").chain(line.iter().copied());
        let words = words.chain(["--config", config.to_str().unwrap()]);
        let (mut console, out, err) = console(input);
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
fn no_output_holds_the_access_token_of_a_distributed_claim() {
    let place = Place::new();
    let sources =
        r#"_claim_sources={"bank":{"endpoint":"https://bank.example/c","access_token":"ksj3n283dke"}}"#;
    let names = r#"_claim_names={"credit_score":"bank"}"#;
    let add = ["user", "add", "elvis", "--no-password", "--claim", names, "--claim", sources];
    let shown = place.json(&add, "");
    assert_eq!(shown["claims"]["_claim_sources"]["bank"]["endpoint"], "https://bank.example/c");
    let outputs = [
        shown.to_string(),
        place.run(&["user", "show", "elvis"], ""),
        place.json(&["user", "show", "elvis"], "").to_string(),
        place.json(&["user", "list"], "").to_string(),
    ];
    for output in outputs {
        assert!(!output.contains("ksj3n283dke"), "{output}");
    }
    let refused = place.fails(&["user", "add", "ella", "--no-password", "--claim", names]);
    assert!(refused.contains("_claim_sources"), "{refused}");
}

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

#[test]
fn a_person_comes_changes_and_goes() {
    let place = Place::new();
    let added = place.json(
        &[
            "user",
            "add",
            "elvis",
            "--claim",
            "name=Elvis Costello",
            "--claim",
            "email_verified=true",
            "--password-stdin",
        ],
        "alison\n",
    );
    assert_eq!(added["claims"], serde_json::json!({"name": "Elvis Costello", "email_verified": true}));
    assert_eq!(added["has_password"], true);
    assert!(added.get("password").is_none());
    assert!(
        place
            .fails(&["user", "add", "elvis", "--no-password"])
            .contains("there is a user elvis already; `signet user show elvis`")
    );
    assert_eq!(
        place.run(&["user", "list"], ""),
        "USERNAME  NAME            PASSWORD  FROM           STATE\n\
         diana     Diana Krall     yes       configuration\n\
         elvis     Elvis Costello  yes       store\n"
    );
    assert_eq!(place.json(&["user", "lock", "elvis"], "")["locked"], true);
    assert_eq!(place.json(&["user", "show", "elvis"], "")["locked"], true);
    assert_eq!(place.run(&["user", "lock", "elvis", "--undo"], ""), "elvis is unlocked\n");
    assert!(
        place.run(&["user", "passwd", "elvis", "--password-stdin"], "veronica\r\n").contains("signed out")
    );
    assert_eq!(place.run(&["user", "rm", "elvis"], ""), "removed elvis\n");
    assert_eq!(
        place.fails(&["user", "show", "elvis"]),
        "error: there is no user elvis; `signet user list` shows all\n"
    );
}

#[test]
fn the_stored_password_is_the_one_that_was_given() {
    let place = Place::new();
    place.run(&["user", "add", "elvis", "--password-stdin"], "alison\n");
    let url = format!("sqlite:{}", place.0.join("signet.db").display());
    let stored = one_thread().unwrap().block_on(async {
        let store = signet_store::open(&url).await.unwrap();
        crate::admin::users::get(&*store, "elvis").await.unwrap()
    });
    let method = signet_login::password::Password::new(Default::default()).unwrap();
    let mut memory = Default::default();
    let mut right = |text: &str| {
        let typed = signet_core::secret::Secret::new(text.to_owned());
        method.check(&mut memory, &typed, stored.password.as_ref()).unwrap().login.is_some()
    };
    assert!(right("alison"));
    assert!(!right("alison\n"));
    assert!(!right("veronica"));
}

#[test]
fn what_cannot_be_meant_changes_nothing() {
    let place = Place::new();
    for (line, said) in [
        (vec!["user", "add", "elvis", "--claim", "sub=1", "--no-password"], "Signet makes this claim itself"),
        (vec!["user", "add", "elvis", "--claim", "name", "--no-password"], "write --claim NAME=VALUE"),
        (vec!["user", "add", " elvis", "--no-password"], "neither begins nor ends with a space"),
        (vec!["user", "add", "elvis", "--password-stdin"], "the password is empty"),
        (vec!["user", "add", "elvis"], "use --password-stdin"),
        (vec!["user", "add", "diana", "--no-password"], "in the configuration file"),
        (vec!["user", "rm", "diana"], "in the configuration file"),
        (vec!["client", "rm", "fixed"], "in the configuration file"),
        (vec!["client", "rm", "nobody"], "there is no client nobody"),
        (vec!["client", "add", "x", "--redirect-uri", "app.example"], "is not an absolute address"),
        (vec!["client", "add", "x", "--grant-type", "password"], "there is no grant_types value"),
        (vec!["session", "revoke", "17"], "there is no session 17"),
        (vec!["session", "revoke", "--user", "nobody"], "there is no user nobody"),
    ] {
        let err = place.fails(&line);
        assert!(err.starts_with("error: ") && err.contains(said), "{line:?}: {err}");
    }
    assert_eq!(place.json(&["user", "list"], "").as_array().unwrap().len(), 1);
    assert_eq!(place.json(&["client", "list"], "").as_array().unwrap().len(), 1);
}

#[test]
fn oidc_op_s_files_are_imported_and_their_conflicts_told() {
    let place = Place::new();
    let users = place
        .write("users.json", r#"{"elvis": {"sub": "elvis", "name": "Elvis"}, "nina": {"name": "Nina"}}"#);
    let passwords = place.write("passwd.json", r#"{"elvis": "alison", "ella": "fitzgerald"}"#);
    let both = ["user", "import", "--users", &users, "--passwords", &passwords];
    let first = place.json(&both, "");
    assert_eq!(first["added"], serde_json::json!(["ella", "elvis", "nina"]));
    let (_, out, err) = place.try_run(&both, "");
    assert_eq!(out, "0 added, 0 updated, 3 left alone\n");
    assert!(err.contains("there already: ella, elvis, nina; --update"), "{err}");
    let more = place.write("users.json", r#"{"nina": {"email": "nina@example.org"}}"#);
    assert_eq!(
        place.run(&["user", "import", "--users", &more, "--update"], ""),
        "0 added, 1 updated, 0 left alone\n"
    );
    let nina = place.json(&["user", "show", "nina"], "");
    assert_eq!(nina["claims"], serde_json::json!({"name": "Nina", "email": "nina@example.org"}));
    let broken = place.write("passwd.json", r#"{"good": "x", "bad": "$2b$12$abcdefghijklmnopqrstuv"}"#);
    assert!(place.fails(&["user", "import", "--passwords", &broken]).contains("nothing was imported"));
    assert!(place.fails(&["user", "show", "good"]).contains("there is no user good"));
}

#[test]
fn a_client_s_secret_is_shown_once_and_kept_as_a_hash() {
    let place = Place::new();
    let made = place
        .json(&["client", "add", "web", "--redirect-uri", "https://app.example/cb", "--name", "Web"], "");
    let secret = made["client_secret"].as_str().unwrap();
    assert!(secret.starts_with("sgk_") && secret.len() == 63, "{secret}");
    let shown = place.run(&["client", "show", "web", "--json"], "");
    assert!(!shown.contains(secret) && !shown.contains("client_secret_hash"), "{shown}");
    assert!(!shown.contains("\"client_secret\""), "{shown}");
    let stored = std::fs::read(place.0.join("signet.db-wal")).unwrap_or_default();
    assert!(!stored.windows(secret.len()).any(|part| part == secret.as_bytes()));
    let again = place.json(&["client", "rotate-secret", "web"], "");
    assert_ne!(again["client_secret"], made["client_secret"]);
    assert!(
        place
            .fails(&["client", "add", "web", "--redirect-uri", "https://app.example/cb"])
            .contains("already")
    );
    let public =
        place.json(&["client", "add", "--public", "--native", "--redirect-uri", "http://127.0.0.1/cb"], "");
    assert!(public.get("client_secret").is_none());
    let id = public["client_id"].as_str().unwrap();
    assert!(place.fails(&["client", "rotate-secret", id]).contains("has no secret: its method is none"));
    let service = r#"{"client_id": "job", "grant_types": ["client_credentials"], "scope": "read"}"#;
    assert_eq!(place.json(&["client", "add", "--metadata", "-"], service)["scope"], "read");
    assert_eq!(place.run(&["client", "rm", "job"], ""), "removed job\n");
    let names = place.json(&["client", "list"], "");
    let names: Vec<&str> = names.as_array().unwrap().iter().filter_map(|c| c["client_id"].as_str()).collect();
    assert_eq!(
        names,
        ["fixed", id, "web"].into_iter().filter(|n| *n != "web").chain(["web"]).collect::<Vec<_>>()
    );
}

#[test]
fn a_secret_that_signs_is_long_enough() {
    let place = Place::new();
    let metadata = r#"{"redirect_uris": ["https://hs.example/cb"], "id_token_signed_response_alg": "HS512"}"#;
    let made = place.json(&["client", "add", "hs", "--metadata", &place.write("hs.json", metadata)], "");
    let again = place.json(&["client", "rotate-secret", "hs"], "");
    for shown in [made, again] {
        assert!(shown["client_secret"].as_str().unwrap().len() >= 64, "{shown}");
    }
}

#[test]
fn keys_are_made_once_and_rotated_on_demand() {
    let place = Place::new();
    let first = place.json(&["key", "list"], "");
    assert_eq!(first, place.json(&["key", "list"], ""));
    assert_eq!(count(&first, "active"), 4);
    let (_, out, said) = place.try_run(&["key", "rotate", "--json"], "");
    let rotated: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((count(&rotated, "active"), count(&rotated, "next"), count(&rotated, "retired")), (4, 4, 0));
    assert!(said.contains("they sign from 20"), "{said}");
    let (_, out, said) = place.try_run(&["key", "rotate", "--now", "--keep", "7d", "--json"], "");
    let now: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((count(&now, "active"), count(&now, "next"), count(&now, "retired")), (4, 0, 4));
    assert!(said.contains("refuses them until then"), "{said}");
    for key in now.as_array().unwrap().iter().filter(|key| key["state"] == "retired") {
        let seconds = |member: &str| key[member].as_u64().unwrap();
        assert_eq!(seconds("removed_at") - seconds("retired_at"), 7 * 86_400);
    }
    assert!(!now.to_string().contains("\"d\""));
    let table = place.run(&["key", "list"], "");
    assert!(
        table.starts_with("KID ")
            && table.contains("RSA-OAEP RSA-OAEP-256")
            && table.contains("active since")
    );
    assert!(Arguments::try_parse_from(["signet", "key", "rotate", "--keep", "7d"]).is_err());
}

#[test]
fn keys_go_out_and_come_in_as_key_sets() {
    let place = Place::new();
    let public = place.run(&["key", "export"], "");
    assert!(public.contains("\"kid\"") && !public.contains("\"d\""));
    let backup = place.0.join("backup.json").to_str().unwrap().to_owned();
    place.run(&["key", "export", "--private", &backup], "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let other = Place::new();
    let imported = other.json(&["key", "import", &backup], "");
    assert_eq!((count(&imported, "active"), count(&imported, "retired")), (4, 4));
    let theirs: Value = serde_json::from_str(&public).unwrap();
    let ours: Value = serde_json::from_str(&other.run(&["key", "export"], "")).unwrap();
    let kids = |set: &Value| {
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kids(&ours)[..4], kids(&theirs)[..]);
    let verified = Place::new();
    let retired = verified.json(&["key", "import", "--retired", "-"], &public);
    assert_eq!((count(&retired, "active"), count(&retired, "retired")), (4, 4));
    assert!(verified.fails(&["key", "import", "nowhere.json"]).contains("nowhere.json cannot be read"));
    let broken = verified.write("broken.json", r#"{"keys": [{"kty": "EC", "kid": "x"}]}"#);
    assert!(verified.fails(&["key", "import", &broken]).contains("key 1 (kid \"x\"): an EC key needs crv"));
}

#[test]
fn keys_come_in_as_pem() {
    let place = Place::new();
    let p384 = include_str!("../../tests/it/pem/p384.pem");
    let rsa = include_str!("../../tests/it/pem/rsa.pem");
    let both = place.write("both.pem", &format!("{p384}{rsa}"));
    let kids = |set: &str| {
        let set: Value = serde_json::from_str(set).unwrap();
        set["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    place.run(&["key", "import", &both], "");
    let published = place.run(&["key", "export"], "");
    let thumbprint = |pem: &str| signet_jose::Jwk::from_pem(pem).unwrap().thumbprint();
    for pem in [p384, rsa] {
        assert!(kids(&published).contains(&thumbprint(pem)), "{published}");
    }
    assert!(place.fails(&["key", "import", "--kid", "main", &both]).contains("there are 2 here"));

    let named = Place::new();
    let list = named.json(&["key", "import", "--kid", "main", "-"], rsa);
    assert!(list.as_array().unwrap().iter().any(|key| key["kid"] == "main" && key["state"] == "active"));

    for (text, what) in [
        (rsa.replace("PRIVATE", "ENCRYPTED PRIVATE"), "the PEM key is encrypted"),
        (rsa.replace("PRIVATE KEY", "CERTIFICATE"), "this is a certificate, not a key"),
        (rsa.replace("PRIVATE", "PUBLIC"), "this is a public key"),
        (rsa.replace("PRIVATE", "OPENSSH PRIVATE"), "ssh-keygen -p"),
        (rsa.replace("END", "FIN"), "no whole block"),
        (include_str!("../../tests/it/pem/rsa1024.pem").to_owned(), "2048"),
        (include_str!("../../tests/it/pem/secp256k1.pem").to_owned(), "only P-256, P-384 and P-521"),
    ] {
        let file = named.write("wrong.pem", &text);
        let said = named.fails(&["key", "import", &file]);
        assert!(said.contains(what), "{said}");
    }
}

#[test]
fn keys_without_an_algorithm_sign_by_each_of_their_type() {
    let place = Place::new();
    let key = signet_jose::Jwk::from_pem(include_str!("../../tests/it/pem/rsa.pem")).unwrap();
    let mut key = serde_json::to_value(key).unwrap();
    // As oidc-op writes them: neither alg nor the numbers that follow from the others.
    for member in ["dp", "dq", "qi"] {
        key.as_object_mut().unwrap().remove(member).unwrap();
    }
    key["kid"] = "theirs".into();
    let file = place.write("theirs.json", &serde_json::json!({"keys": [key]}).to_string());
    let list = place.json(&["key", "import", &file], "");
    let rsa = list.as_array().unwrap().iter().find(|key| key["kid"] == "theirs").unwrap();
    assert_eq!((rsa["state"].as_str(), count(&list, "retired")), (Some("active"), 1), "{list}");
    // Its way to another store leaves it as it is.
    let backup = place.0.join("backup.json").to_str().unwrap().to_owned();
    place.run(&["key", "export", "--private", &backup], "");
    let other = Place::new();
    let there = other.json(&["key", "import", &backup], "");
    assert!(there.as_array().unwrap().iter().any(|key| key["kid"] == "theirs" && key["state"] == "active"));
}

fn count(keys: &Value, state: &str) -> usize {
    keys.as_array().unwrap().iter().filter(|key| key["state"] == state).count()
}

#[test]
fn sessions_of_nobody_are_an_empty_list() {
    let place = Place::new();
    assert_eq!(place.json(&["session", "list", "--user", "diana"], ""), serde_json::json!([]));
    assert_eq!(place.run(&["session", "revoke", "--all"], ""), "signed out 0 browsers\n");
}

#[test]
fn a_configuration_is_explained() {
    let place = Place::new();
    let (code, out, err) = place.try_run(&["config", "check"], "");
    assert_eq!(code, format!("{:?}", ExitCode::SUCCESS));
    insta::assert_snapshot!(format!("{out}\n{err}"));
}

#[test]
fn an_application_of_the_implicit_flow_is_explained() {
    let place = Place::new();
    place.write(
        "signet.toml",
        r#"
issuer = "http://127.0.0.1:9400"
store = "memory:"

[[clients]]
client_id = "old"
client_secret = "a-secret-of-more-than-16-characters"
redirect_uris = ["https://old.example.org/cb"]
response_types = ["id_token token", "id_token"]
grant_types = ["implicit"]
"#,
    );
    let out = place.run(&["config", "check"], "");
    assert!(
        out.contains("  gets tokens through the browser, where it asks for id_token, id_token token.\n"),
        "{out}"
    );
    assert!(out.contains("  ID tokens are signed by RS256 and hold for 1h.\n"), "{out}");
    assert!(!out.contains("authorization code flow") && !out.contains("can get no tokens"), "{out}");
}

#[test]
fn a_wrong_configuration_ends_with_two() {
    let place = Place::new();
    place.write("signet.toml", "isuer = \"https://op.example\"\n");
    for line in [["config", "check"], ["user", "list"]] {
        let (code, out, err) = place.try_run(&line, "");
        assert_eq!((code, out.as_str()), (format!("{:?}", ExitCode::from(2)), ""));
        assert!(
            err.contains("signet.toml:1:1: `isuer`: this key is not known; did you mean `issuer`?"),
            "{err}"
        );
    }
}

#[test]
fn files_that_are_named_must_be_there() {
    let place = Place::new();
    place.write(
        "signet.toml",
        "issuer = \"https://op.example\"\ntls = { cert = \"cert.pem\", key = \"key.pem\" }\n",
    );
    place.write("key.pem", "");
    let (code, _, err) = place.try_run(&["config", "check"], "");
    assert_eq!(code, format!("{:?}", ExitCode::from(2)));
    assert_eq!(
        err,
        "error: `tls.cert`: there is no FOLDER/cert.pem; paths are relative to the configuration file\n"
    );
}

#[test]
fn a_store_in_memory_cannot_be_worked_on() {
    let place = Place::new();
    place.write("signet.toml", "issuer = \"https://op.example\"\nstore = \"memory:\"\n");
    assert!(place.fails(&["user", "list"]).contains("write store = \"sqlite:PATH\""));
}

#[test]
fn initial_access_tokens_are_made_listed_and_revoked() {
    let place = Place::new();
    let made = place.json(&["client", "token", "create", "--uses", "3", "--expires", "1h"], "");
    assert!(made["token"].as_str().unwrap().starts_with("sgn_"), "{made}");
    assert_eq!(made["uses_left"], 3);
    let once = place.run(&["client", "token", "create"], "");
    assert_eq!(once.trim().len(), 63, "{once}");
    place.run(&["client", "token", "create", "--uses", "0", "--expires", "0"], "");
    let listed = place.json(&["client", "token", "list"], "");
    let uses: Vec<&Value> = listed.as_array().unwrap().iter().map(|one| &one["uses_left"]).collect();
    assert_eq!(uses, [&Value::from(3), &Value::from(1), &Value::Null]);
    assert_eq!(listed[2]["expires_at"], 0);
    assert!(!listed.to_string().contains("hash") && !listed.to_string().contains("sgn_"), "{listed}");
    let table = place.run(&["client", "token", "list"], "");
    assert!(table.contains("any number") && table.contains("never"), "{table}");
    let id = listed[0]["id"].to_string();
    assert_eq!(place.run(&["client", "token", "revoke", &id], ""), format!("revoked {id}\n"));
    assert_eq!(
        place.fails(&["client", "token", "revoke", &id]),
        format!("error: there is no initial access token {id}; `signet client token list` shows all\n")
    );
    assert_eq!(place.json(&["client", "token", "list"], "").as_array().unwrap().len(), 2);
}

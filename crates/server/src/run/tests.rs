//! What `signet config check` passes is what `signet serve` serves.

mod files;
mod listening;
mod refused;

use std::path::PathBuf;

use super::*;
use crate::config::{Format, Source, StoreAddress};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("signet-run-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("templates")).unwrap();
        let key = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let other = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
        let folder = Self(folder);
        folder.write("cert.pem", &key.cert.pem());
        folder.write("key.pem", &key.signing_key.serialize_pem());
        folder.write("other-key.pem", &other.signing_key.serialize_pem());
        folder.write("text.txt", "not a certificate");
        folder.write("v1.pem", VERSION_1);
        folder.write("jwks.json", "{\"keys\": [}");
        #[cfg(unix)]
        for (link, target) in [("round.db", "round.db"), ("astray.db", "nowhere/signet.db")] {
            std::os::unix::fs::symlink(target, folder.0.join(link)).unwrap();
        }
        folder.write("templates/login.html", "{{ nothing.of.this }}");
        for inner in ["walled.db-wal", "reserved.db-reserve", "themed/assets", "filed"] {
            std::fs::create_dir_all(folder.0.join(inner)).unwrap();
        }
        folder.write("filed/locales", "");
        #[cfg(unix)]
        std::os::unix::fs::symlink("gone.css", folder.0.join("themed/assets/theme.css")).unwrap();
        // Of the fields of SQLite's header these tell: the page size, the versions, the number of pages, a
        // mark of another program.
        let mut foreign = vec![0; 512];
        foreign[..16].copy_from_slice(b"SQLite format 3\0");
        foreign[16..24].copy_from_slice(&[2, 0, 1, 1, 0, 64, 32, 32]);
        foreign[28..32].copy_from_slice(&[0, 0, 0, 1]);
        foreign[47] = 4;
        foreign[59] = 1;
        foreign[68..72].copy_from_slice(&[9, 9, 9, 9]);
        // An empty page of the table of tables.
        foreign[100] = 13;
        foreign[105..107].copy_from_slice(&[2, 0]);
        std::fs::write(folder.0.join("foreign.db"), foreign).unwrap();
        folder
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn load(&self, text: &str) -> Result<Loaded, Vec<Problem>> {
        let format = if text.starts_with('{') { Format::Json } else { Format::Toml };
        let source = Source { text, format, base: &self.0, file: None };
        Config::load_text(source, &without_proxy(text))
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> =
            std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// All that is wrong, in the words for people.
    async fn verdict(&self, text: &str, purpose: Purpose<'_>) -> Vec<String> {
        let prepared = match self.load(text) {
            Ok(loaded) => prepare(loaded, purpose).await.map(drop),
            Err(problems) => Err(problems),
        };
        prepared.err().unwrap_or_default().iter().map(ToString::to_string).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A certificate without extensions, as `openssl x509 -req` makes it.
const VERSION_1: &str = "\
-----BEGIN CERTIFICATE-----
MIIBIzCBywIUPQKVKWXVyINBDs26XxMExVC36PgwCgYIKoZIzj0EAwIwFDESMBAG
A1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyOTE4NDc0MloYDzIxMjYxMTA1MTg0NzQy
WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAR3lfJ90XGRQ1jFpPntWhq6v7HcQzXb/nU9CSV4Ah8JUju7RSXbbEYkC87frRys
9BwxirVYtKIw9V8FnRGGufyFMAoGCCqGSM49BAMCA0cAMEQCIEMmizZRHMqudQuX
60vKKAx2cm7SRaEUWux1OvEMYHZHAiACZmSSGuyWFm3tMV4QT7pvHOgQ68ZpQSNl
QkvjnVZ/Dg==
-----END CERTIFICATE-----\n";

const HEAD: &str = "issuer = 'https://op.example'\nkeys = { signing = ['ES256'], encryption = [] }\n";

/// For texts that are about something else: that no proxy is in front of an issuer with https.
pub(crate) fn without_proxy(text: &str) -> BTreeMap<String, String> {
    let said = text.contains("trusted") || text.contains("SIGNET__PROXY");
    (!said).then(|| ("SIGNET__PROXY__TRUSTED".to_owned(), "[]".to_owned())).into_iter().collect()
}

/// For the tests of the whole configuration: what is wrong with a text, which `config check` and `serve` must
/// see alike.
pub(crate) fn both(source: Source<'_>) -> Vec<String> {
    let verdict = |purpose: Purpose| -> Vec<String> {
        let variables = without_proxy(source.text);
        let problems = match Config::load_text(source, &variables) {
            Err(problems) => problems,
            // Nothing is made where no folder is.
            Ok(_) => match Config::load_text(source, &{
                let store =
                    (!source.base.is_dir()).then(|| ("SIGNET__STORE".to_owned(), "memory:".to_owned()));
                variables.into_iter().chain(store).collect()
            }) {
                Err(problems) => problems,
                Ok(loaded) => {
                    let run = || {
                        let runtime =
                            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                        runtime.block_on(prepare(loaded, purpose)).err().unwrap_or_default()
                    };
                    std::thread::scope(|scope| scope.spawn(run).join().unwrap())
                }
            },
        };
        problems.iter().map(ToString::to_string).collect()
    };
    let (checked, served) = (verdict(Purpose::Checking), verdict(Purpose::Serving));
    assert_eq!(checked, served, "{}", source.text);
    checked
}

#[tokio::test]
async fn what_is_wrong_with_several_parts_is_said_at_once() {
    let folder = Folder::new("several");
    let text = format!(
        "{HEAD}tls = {{ cert = 'text.txt', key = 'key.pem' }}\ntemplate_dir = 'nowhere'\noutbound = {{ extra_ca = ['text.txt'] }}\nstore = 'sqlite:templates'\n"
    );
    let checked = folder.verdict(&text, Purpose::Checking).await;
    assert_eq!(checked.len(), 4, "{checked:#?}");
}

#[tokio::test]
async fn both_pass_the_same_and_a_check_makes_nothing() {
    let folder = Folder::new("good");
    let before = folder.files();
    for more in [
        "store = 'memory:'",
        "store = 'sqlite:new/signet.db'",
        "tls = { cert = 'cert.pem', key = 'key.pem' }\nlisten = '0.0.0.0:8443'\nstore = 'memory:'",
        "listen = '0.0.0.0:8080'\nproxy = { trusted = ['10.0.0.1'] }\nstore = 'memory:'",
        "outbound = { extra_ca = ['cert.pem'] }\nstore = 'memory:'",
        "store = 'memory:'\n[session_params.sub_func.public]\nfilename = 'salt'",
        "store = 'memory:'\n[[users]]\nusername = 'diana'\npassword = 'krall'",
        "store = 'memory:'\nmetrics.listen = '127.0.0.1:9401'",
        "store = 'memory:'\noutbound.allow = ['10.0.0.0/8', 'keys.internal']",
    ] {
        let text = format!("{HEAD}{more}\n");
        let nothing: [&str; 0] = [];
        assert_eq!(folder.verdict(&text, Purpose::Checking).await, nothing, "{more}");
        assert_eq!(folder.files(), before, "{more}");
    }
    let text = "issuer = 'https://op.example'\nkeys = { signing = ['ES256'], encryption = [], private_path = 'keys/new.json', public_path = 'new.json' }\n\
                store = 'sqlite:new/signet.db'\n";
    for purpose in [Purpose::Checking, Purpose::Serving, Purpose::Checking] {
        assert_eq!(folder.verdict(text, purpose).await, [""; 0]);
        assert_eq!(folder.files() == before, !folder.0.join("new").exists());
    }
    let of_another = text.replace(
        "signing = ['ES256']",
        "kek = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'",
    );
    assert_eq!(
        folder.verdict(&of_another, Purpose::Checking).await,
        [""; 0],
        "a ring in clear is taken over"
    );
}

#[tokio::test]
async fn a_file_of_oidc_op_is_checked_and_served_as_it_stands() {
    let folder = Folder::new("oidc-op");
    folder.write("passwd.json", r#"{"paula": "a long password"}"#);
    folder.write("templates/user_pass.jinja2", "{{ page_header }}");
    let endpoint =
        |class: &str, path: &str| serde_json::json!({"class": class, "path": path, "kwargs": {"note": "x"}});
    let text = serde_json::json!({
        "domain": "127.0.0.1", "port": 5000, "own_table": {"of": "the web application"},
        "webserver": {"server_cert": "cert.pem", "server_key": "key.pem", "domain": "127.0.0.1", "port": 5000},
        "op": {"server_info": {
            "issuer": "https://{domain}:{port}/",
            "keys": {"private_path": "private/jwks.json", "key_defs": [{"type": "EC", "crv": "P-256", "use": ["sig"]}],
                "public_path": "static/jwks.json", "uri_path": "static/jwks.json"},
            "endpoint": {
                "authorization_endpoint": endpoint("oidcop.oidc.authorization.Authorization", "{}/authorization"),
                "token_endpoint": endpoint("oidcop.oidc.token.Token", "{}/token"),
            },
            "authentication": {"user": {"acr": "urn:a", "class": "oidcop.user_authn.user.UserPassJinja2", "kwargs": {
                "db": {"class": "oidcop.util.JSONDictDB", "kwargs": {"filename": "passwd.json"}}, "page_header": "Hello"}}},
            "template_dir": "templates", "session_key": {"kty": "oct"},
            "token_handler_args": {"code": {"kwargs": {"lifetime": 600, "password": "x"}},
                "token": {"class": "oidcop.token.jwt_token.JWTToken", "kwargs": {"aud": ["https://api.example"], "note": 1}}},
        }},
    })
    .to_string();
    let nothing: [&str; 0] = [];
    assert_eq!(folder.verdict(&text, Purpose::Checking).await, nothing);
    assert_eq!(folder.verdict(&text, Purpose::Serving).await, nothing);
    let weaker = text.replace("\"note\":1", "\"encrypt\":true");
    for purpose in [Purpose::Checking, Purpose::Serving] {
        let said = folder.verdict(&weaker, purpose).await.join("\n");
        assert!(
            said.contains("token.kwargs.encrypt`: this is not known here, and leaving it out could weaken"),
            "{said}"
        );
    }
}

/// Two providers on one store would take each other's sessions and tokens for their own.
#[tokio::test]
async fn a_store_goes_with_its_issuer() {
    let folder = Folder::new("moved");
    let keys = "keys = { signing = ['ES256'], encryption = [] }\nstore = 'sqlite:signet.db'\n";
    let old = format!("issuer = 'https://old.example'\n{keys}");
    let new = format!("issuer = 'https://new.example'\n{keys}");
    assert_eq!(folder.verdict(&old, Purpose::Serving).await, [""; 0]);
    for purpose in [Purpose::Checking, Purpose::Serving] {
        let said = folder.verdict(&new, purpose).await.concat();
        assert!(said.contains("`store`: the store belongs to the issuer https://old.example"), "{said}");
    }
    let said = folder.verdict(&new, Purpose::Checking).await.concat();
    assert!(said.contains("write `moved_from = \"https://old.example\"` if"), "{said}");
    let moved = format!("moved_from = 'https://old.example'\n{new}");
    for purpose in [Purpose::Checking, Purpose::Serving, Purpose::Checking] {
        assert_eq!(folder.verdict(&moved, purpose).await, [""; 0]);
    }
    assert!(folder.verdict(&old, Purpose::Checking).await.concat().contains("https://new.example"));
}

#[tokio::test]
async fn a_metrics_listener_open_to_the_world_is_a_warning() {
    let folder = Folder::new("metrics");
    let text = format!("{HEAD}store = 'memory:'\nmetrics.listen = '0.0.0.0:9401'\n");
    let loaded = folder.load(&text).unwrap();
    let warned: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert!(warned.concat().contains("everybody who reaches 0.0.0.0:9401 can read metrics"), "{warned:?}");
    assert_eq!(folder.verdict(&text, Purpose::Checking).await, [""; 0]);
}

/// What may be served by another process just now, by an account that is not this one's.
#[cfg(unix)]
#[tokio::test]
async fn a_check_leaves_no_trace_in_a_store_that_is_there() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let folder = Folder::new("untouched");
    let text =
        format!("{HEAD}store = 'sqlite:signet.db'\n[[users]]\nusername = 'diana'\npassword = 'krall'\n");
    assert_eq!(folder.verdict(&text, Purpose::Serving).await, [""; 0]);
    let path = folder.0.join("signet.db");
    std::fs::remove_file(folder.0.join("signet.db-reserve")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let state = || {
        let found = std::fs::metadata(&path).unwrap();
        (folder.files(), std::fs::read(&path).unwrap(), found.mode(), found.mtime_nsec(), found.ino())
    };
    let before = state();
    assert_eq!(folder.verdict(&text, Purpose::Checking).await, [""; 0]);
    assert_eq!(state(), before);
    // While it is served, what was committed a moment ago is seen.
    let serving = signet_store::open(&StoreAddress::Sqlite(path.clone()).url()).await.unwrap();
    let owner = signet::program::owner::NAME;
    let found = serving.ask(signet_core::lookup::DocumentNamed(owner.into())).await.unwrap().unwrap();
    let moved = signet_core::record::Document {
        version: found.version + 1,
        value: b"https://new.example".to_vec(),
        ..found
    };
    serving.commit(vec![signet_core::change::Change::PutDocument(moved)]).await.unwrap();
    let before = folder.files();
    assert!(folder.verdict(&text, Purpose::Checking).await.concat().contains("https://new.example"));
    assert_eq!(folder.files(), before);
}

/// Discovery promises them, and people who choose one would get another.
#[tokio::test]
async fn a_language_that_no_page_has_is_doubted() {
    let folder = Folder::new("languages");
    let warned = async |languages: &str| {
        let text = format!(
            "{HEAD}store = 'memory:'\nlisten = '127.0.0.1:18431'\ncapabilities.ui_locales_supported = {languages}\n"
        );
        let prepared = prepare(folder.load(&text).unwrap(), Purpose::Checking).await;
        let warnings = prepared.map_err(|problems| format!("{problems:?}")).unwrap().warnings;
        warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(warned("['en', 'de-AT', 'FR']").await, "");
    let said = warned("['en', 'deutsch', 'ja']").await;
    for words in [
        "`capabilities.ui_locales_supported[1]`: there are no pages in \"deutsch\"",
        "\"ja\"; there are",
        "ja.ftl",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// Clients can be added by command or register themselves: only who is nowhere is doubted.
#[tokio::test]
async fn clients_that_an_api_names_are_looked_for_in_the_store() {
    use signet_core::change::Change;
    use signet_core::record::Client;

    let folder = Folder::new("named");
    let text = format!(
        "{HEAD}store = 'sqlite:{}'\nlisten = '127.0.0.1:18432'\n[[resources]]\nidentifier = 'urn:x'\n\
         open_to = ['stored', 'lost']\nintrospected_by = ['api', 'spa']\n\
         [[clients]]\nclient_id = 'written'\nredirect_uris = ['https://a.example/']\n",
        folder.0.join("named.db").display()
    );
    let warned = async |purpose| {
        let prepared = prepare(folder.load(&text).unwrap(), purpose).await;
        let warnings = prepared.map_err(|problems| format!("{problems:?}")).unwrap().warnings;
        let said = warnings.iter().map(ToString::to_string).collect::<Vec<_>>();
        said.into_iter().filter(|said| said.contains("resources[0]")).collect::<Vec<_>>()
    };
    assert_eq!(warned(Purpose::Checking).await.len(), 4, "there is no store yet");
    assert_eq!(warned(Purpose::Serving).await.len(), 4);
    let loaded = folder.load(&text).unwrap();
    let store = signet_store::open(&loaded.store.url()).await.unwrap();
    let secret = Some(signet_core::secret::Secret::new("a-secret-of-the-api".to_owned()));
    let api = Client { client_secret: secret, ..Client::new("api") };
    for client in [Client::new("stored"), api, Client::new("spa")] {
        store.commit(vec![Change::PutClient(Arc::new(client))]).await.unwrap();
    }
    drop(store);
    for purpose in [Purpose::Checking, Purpose::Serving] {
        let said = warned(purpose).await;
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(
            said[0].contains("`resources[0].open_to`: no client \"lost\" is in this file or"),
            "{said:?}"
        );
        assert!(said[1].contains("`resources[0].introspected_by`: \"spa\" has no secret"), "{said:?}");
    }
}

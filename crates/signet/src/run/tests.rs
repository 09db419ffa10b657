//! What `signet config check` passes is what `signet serve` serves.

use std::path::PathBuf;

use super::*;
use crate::config::{Format, Source};

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
        folder.write("jwks.json", "{\"keys\": [}");
        folder.write("templates/login.html", "{{ nothing.of.this }}");
        folder
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn load(&self, text: &str) -> Result<Loaded, Vec<Problem>> {
        let format = if text.starts_with('{') { Format::Json } else { Format::Toml };
        let source = Source { text, format, base: &self.0, file: None };
        Config::load_text(source, &BTreeMap::new())
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<_> =
            std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// All that is wrong, in the words for people.
    async fn verdict(&self, text: &str, purpose: Purpose) -> Vec<String> {
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

const HEAD: &str = "issuer = 'https://op.example'\nkeys = { signing = ['ES256'], encryption = [] }\n";

#[tokio::test]
async fn both_refuse_the_same_with_the_key_and_its_line() {
    let folder = Folder::new("faulty");
    let before = folder.files();
    for (more, said) in [
        (
            "store = 'memory:'\nlisten = '0.0.0.0:8080'",
            "line 4, column 10: `listen`: 0.0.0.0:8080 is not this machine alone",
        ),
        ("store = 'postgres://a:hidden@b/c'", "line 3, column 9: `store`: PostgreSQL is not in this version"),
        ("store = 'sqlite:cert.pem/signet.db'", "`store`: "),
        ("store = 'sqlite:templates'", "`store`: "),
        ("store = 'sqlite:text.txt'", "`store`: "),
        ("tls = { cert = 'text.txt', key = 'key.pem' }", "line 3, column 16: `tls.cert`: "),
        ("tls = { cert = 'cert.pem', key = 'text.txt' }", "`tls.key`: "),
        ("tls = { cert = 'cert.pem', key = 'other-key.pem' }", "`tls.key`: "),
        ("tls = { cert = 'nowhere.pem', key = 'key.pem' }", "`tls.cert`: "),
        ("template_dir = 'templates'", "line 3, column 16: `template_dir`: "),
        ("template_dir = 'nowhere'", "`template_dir`: "),
        ("outbound = { extra_ca = ['text.txt'] }", "`outbound.extra_ca`: "),
        ("[session_params.sub_func.public]\nfilename = 'nowhere/salt'", "the salt file"),
        (
            "[[clients]]\nclient_id = 'a'\ngrant_types = []\njwks = { keys = [{ kty = 'RSA', n = 'AQ', e = 'AQAB', dp = 'AQ' }] }",
            "the private member dp",
        ),
        (
            "[[clients]]\nclient_id = 'a'\ngrant_types = []\njwks = { keys = [{ kty = 'RSA', n = 'A+', e = 'AQAB' }] }",
            "is not base64url",
        ),
    ] {
        let text = format!("{HEAD}{more}\n");
        let [checked, served] =
            [folder.verdict(&text, Purpose::Checking).await, folder.verdict(&text, Purpose::Serving).await];
        assert!(checked.iter().any(|problem| problem.contains(said)), "{more}: {checked:?}");
        assert_eq!(checked, served, "{more}");
        assert!(!checked.iter().any(|problem| problem.contains("hidden")), "{checked:?}");
    }
    let text = "issuer = 'https://op.example'\nkeys = { private_path = 'jwks.json' }\n";
    let checked = folder.verdict(text, Purpose::Checking).await;
    assert!(checked[0].contains("`keys.private_path`: "), "{checked:?}");
    assert_eq!(checked, folder.verdict(text, Purpose::Serving).await);
    assert_eq!(folder.files(), before, "nothing is made for what is refused");
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

//! docs/serving.md: a configuration that is read again is judged as at a start, and the same is said of it.

use std::io::{BufRead as _, BufReader, PipeReader};
use std::os::unix::fs::PermissionsExt as _;

use crate::lost_log::Serving;

const RELOADED: &str = "configuration reloaded";
const REFUSED: &str = "failed to reload the configuration; the old one stays in use";

struct Log(BufReader<PipeReader>);

impl Log {
    /// All that is said up to the line that tells what came of it, which has to have these words.
    fn until(&mut self, words: &str) -> String {
        let (mut said, mut line) = (String::new(), String::new());
        while !["started", RELOADED, REFUSED].iter().any(|end| line.contains(end)) {
            line.clear();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "it has ended: {said}");
            said.push_str(&line.replace("\\\"", "\""));
        }
        assert!(line.contains(words), "{said}");
        said
    }
}

fn usual(port: u16) -> String {
    format!(
        "issuer = 'http://localhost:{port}'\nstore = 'memory:'\nkeys = {{ signing = ['ES256'], encryption = [] }}\n"
    )
}

fn serving(name: &str) -> (Serving, Log) {
    let (reader, log) = std::io::pipe().unwrap();
    let own = |port| format!("{}listen = '127.0.0.1:{port}'\n", usual(port));
    let server = Serving::with(name, log, |port, _| own(port));
    let mut log = Log(BufReader::new(reader));
    log.until("started");
    (server, log)
}

#[test]
fn what_is_dangerous_or_doubtful_is_said_at_each_reload() {
    let (server, mut log) = serving("doubts");
    std::fs::create_dir_all(server.folder.join("own/locales")).unwrap();
    std::fs::write(server.folder.join("own/locales/en.ftl"), "sign-up-tilte = Join us\n").unwrap();
    let doubtful = "listen = '127.0.0.1:1'
        capabilities.ui_locales_supported = ['ja']
        template_dir = 'own'
        [dangerous]
        pkce_plain = true
        public_clients_without_pkce = true
        http_hosts = ['signet']
        [outbound]
        allow_private_addresses = true
        [login.argon2]
        memory_kib = 6000
        [[resources]]
        identifier = 'urn:x'
        open_to = ['lost']
        [[clients]]
        client_id = 'web'
        client_secret = '0123456789abcdef'
        client_secret_expires_at = 1000000000
        redirect_uris = ['https://a.example/']\n";
    server.write(&format!("{}{doubtful}", usual(server.port)));
    let file = server.folder.join("signet.toml");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    for _ in 0..2 {
        server.hang_up();
        let said = log.until(RELOADED);
        for words in [
            "DANGEROUS: the PKCE method `plain` is allowed",
            "DANGEROUS: clients without a secret need no PKCE",
            "DANGEROUS: the issuer may be plain http at signet",
            "DANGEROUS: applications can make Signet call addresses of your internal network",
            "`login.argon2.memory_kib`: this is less than OWASP recommends",
            "others on this machine can change",
            "applications ask at port",
            "`clients[0].client_secret_expires_at`: ",
            "there are no pages in \"ja\"",
            "no page has a text `sign-up-tilte`",
            "no client \"lost\" is in this file or in the store",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
    server.write(&format!("{}listen = '127.0.0.1:{}'\n", usual(server.port), server.port));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    server.hang_up();
    let said = log.until(RELOADED);
    assert!(!said.contains("DANGEROUS") && !said.contains("OWASP"), "{said}");
    assert!(server.terminated().success());
}

#[test]
fn what_refuses_a_reload_is_said_with_its_file_and_line() {
    let (server, mut log) = serving("refused");
    let usual = format!("{}listen = '127.0.0.1:{}'\n", usual(server.port), server.port);
    for (more, place) in [
        // Read by itself, put together with the store, and what only a start makes.
        ("login.argon2.memory_kib = 1", "signet.toml:5:27: `login.argon2.memory_kib`: "),
        ("keys.public_path = 'signet.toml/jwks.json'", "signet.toml:5:20: `keys.public_path`: "),
        ("[session_params.sub_func.public]\nfilename = 'salt'", "`session_params`: there is no salt file"),
    ] {
        let text =
            usual.replace("keys = { signing = ['ES256'], encryption = [] }", "keys.signing = ['ES256']");
        server.write(&format!("{text}{more}\n"));
        server.hang_up();
        let said = log.until(REFUSED);
        assert!(said.contains("signet.toml:") && said.contains(place), "{place}: {said}");
    }
    server.write(&usual);
    server.hang_up();
    log.until(RELOADED);
    assert!(server.terminated().success());
}

//! What `signet config check` and `signet serve` refuse alike.

use super::*;

#[tokio::test]
async fn both_refuse_the_same_with_the_key_and_its_line() {
    let folder = Folder::new("faulty");
    let of_old = "issuer = 'https://old.example'\nkeys = { signing = ['ES256'], encryption = [] }\nstore = 'sqlite:moved.db'\n";
    assert_eq!(folder.verdict(of_old, Purpose::Serving).await, [""; 0]);
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
        ("tls = { cert = 'text.txt', key = 'text.txt' }", "`tls.cert`: "),
        ("tls = { cert = 'key.pem', key = 'cert.pem' }", "holds no certificate in PEM form"),
        ("tls = { cert = 'cert.pem', key = 'cert.pem' }", "`tls.key`: "),
        ("tls = { cert = 'v1.pem', key = 'key.pem' }", "X.509 version 3"),
        ("store = 'sqlite:/proc/signet.db'", "`store`: "),
        ("store = 'sqlite:foreign.db'", "`store`: "),
        ("store = 'sqlite:moved.db'", "the store belongs to the issuer https://old.example"),
        (
            "store = 'memory:'\nlisten = '192.0.2.1:8080'\nproxy.trusted = ['192.0.2.2']",
            "`listen`: 192.0.2.1 is not an address",
        ),
        (
            "store = 'memory:'\nmetrics.listen = '192.0.2.1:9401'",
            "`metrics.listen`: 192.0.2.1 is not an address",
        ),
        ("metrics.listen = '127.0.0.1:8080'", "`metrics.listen`: "),
        (
            "listen = '0.0.0.0:8080'\nproxy.trusted = ['10.0.0.1']\nmetrics.listen = '127.0.0.1:8080'",
            "`metrics.listen`: ",
        ),
        ("outbound.allow = ['0.0.0.0/0']", "`outbound.allow[0]`: "),
        ("outbound.allow = ['::/0']", "`outbound.allow[0]`: "),
        ("outbound.allow = ['a..b']", "`outbound.allow[0]`: "),
        ("endpoint.token.path = '/interaction/token'", "`endpoint.token.path`: "),
        ("endpoint.token.path = '/userinfo'", "`endpoint.token.path`: "),
        ("endpoint.token.path = '/register/token'", "would both be at"),
        ("endpoint.jwks.path = '/health'", "`endpoint.jwks.path`: "),
        ("dangerous.http_hosts = ['-a']", "`dangerous.http_hosts[0]`: "),
        ("moved_from = 'old'", "`moved_from`: "),
        (
            "allowed_scopes = ['openid']\n[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\nredirect_uris = ['https://a.example/']\nscope = 'openid read'",
            "write some of openid",
        ),
        (
            "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\nredirect_uris = ['https://a.example/']\ntoken_endpoint_auth_method = []",
            "`clients[0].token_endpoint_auth_method`: ",
        ),
        (
            "[[clients]]\nclient_id = 'a'\nclient_secret = 'x'\nredirect_uris = ['https://a.example/']",
            "`clients[0].client_secret`: ",
        ),
        (
            "[[clients]]\nclient_id = 'a-client-of-mine'\nclient_secret = 'a-client-of-mine'\nredirect_uris = ['https://a.example/']",
            "`clients[0].client_secret`: ",
        ),
        (
            "[[clients]]\nclient_id = 'a'\ngrant_types = []\nlogo_uri = 'http://a.example/logo.png'",
            "`clients[0].logo_uri`: ",
        ),
        (
            "[[clients]]\nclient_id = 'a'\ngrant_types = []\npolicy_uri = 'https://-a.example/'",
            "`clients[0].policy_uri`: ",
        ),
        (
            "[[clients]]\nclient_id = 'a'\ngrant_types = []\njwks = { keys = [{ kty = 'AKP', pub = 'AA' }] }",
            "no key that can be used",
        ),
        (
            "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\nredirect_uris = ['https://A.example:443/']",
            "write https://a.example/",
        ),
        (
            "[[clients]]\nclient_id = 'a'\ngrant_types = []\njwks = { keys = [{ kty = 'EC', crv = 'P-256', x = 'AAAA', y = 'AAAA' }] }",
            "`clients[0].jwks`: key 0 cannot be used",
        ),
        (
            "[[registration.software_statements]]\nissuer = 'https://a.example'\njwks = { keys = [{ kty = 'OKP', crv = 'Ed25519', x = 'AAAA' }] }",
            "`registration.software_statements[0].jwks`: key 0 cannot be used",
        ),
        (
            "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef'\nredirect_uris = ['http://127.0.0.1:80/cb']",
            "write http://127.0.0.1/cb",
        ),
        (
            "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef0123456789abcdef'\nredirect_uris = ['https://a.example/']\nrequest_object_signing_alg = 'HS512'",
            "`clients[0].client_secret`: HS512 needs a secret of 64 bytes at least",
        ),
        (
            "[[clients]]\nclient_id = 'a'\nclient_secret = '0123456789abcdef0123456789abcdef'\nredirect_uris = ['https://a.example/']\ntoken_endpoint_auth_method = 'client_secret_jwt'\ntoken_endpoint_auth_signing_alg = 'HS384'",
            "`clients[0].client_secret`: HS384 needs a secret of 48 bytes at least",
        ),
        ("cors.allowed_origins = ['capacitor://localhost/']", "\"capacitor://localhost/\" is not an origin"),
        (
            "cors.allowed_origins = ['https://app.example', 'null']",
            "`cors.allowed_origins[1]`: \"null\" is the origin of",
        ),
        ("template_dir = 'templates'", "line 3, column 16: `template_dir`: "),
        ("template_dir = 'nowhere'", "`template_dir`: "),
        ("template_dir = 'filed'", "filed/locales: cannot be read: "),
        #[cfg(unix)]
        ("template_dir = 'themed'", "gone.css, which is not there; put the file there, or correct or remove"),
        (
            "store = 'sqlite:walled.db'",
            "walled.db-wal is a folder, but the store keeps a file of its own there",
        ),
        ("store = 'sqlite:reserved.db'", "reserved.db-reserve is a folder, but the store"),
        ("store = 'sqlite:round.db'", "leads round in a circle"),
        ("store = 'sqlite:astray.db'", "whose folder is not there"),
        ("tls = { cert = '/dev/zero', key = 'key.pem' }", "not a regular file"),
        ("tls = { cert = 'cert.pem', key = '/dev/zero' }", "not a regular file"),
        ("outbound = { extra_ca = ['/dev/zero'] }", "not a regular file"),
        ("[session_params.sub_func.public]\nfilename = '/dev/zero'", "not a regular file"),
        (
            "[[clients]]\nclient_id = 'a'\nclient_secret = { file = '/dev/zero' }\nredirect_uris = ['https://a.example/']",
            "`clients[0].client_secret`: the file /dev/zero cannot be read: it is not a regular file",
        ),
        (
            "[[clients]]\nclient_id = 'a'\nclient_secret = '                        '\nredirect_uris = ['https://a.example/']",
            "`clients[0].client_secret`: ",
        ),
        ("registration = { mode = 'open', scopes = [] }", "`registration.scopes`: "),
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
    for issuer in [
        "https://op.example/.well-known/openid-configuration",
        "https://a..b",
        "https://-a.example",
        "https://op.example:0",
        "http://signet:9400",
    ] {
        let text = format!("issuer = '{issuer}'\nstore = 'memory:'\n");
        let checked = folder.verdict(&text, Purpose::Checking).await;
        assert!(checked.iter().any(|problem| problem.contains("`issuer`")), "{issuer}: {checked:?}");
        assert_eq!(checked, folder.verdict(&text, Purpose::Serving).await);
    }
    let text = "issuer = 'https://op.example'\nkeys = { private_path = 'jwks.json' }\n";
    let checked = folder.verdict(text, Purpose::Checking).await;
    assert!(checked[0].contains("`keys.private_path`: "), "{checked:?}");
    assert_eq!(checked, folder.verdict(text, Purpose::Serving).await);
    assert_eq!(folder.files(), before, "nothing is made for what is refused");
}

/// The same where the store is there already, and has been served.
#[tokio::test]
async fn a_folder_where_a_store_keeps_a_file_of_its_own_is_named() {
    let folder = Folder::new("beside");
    let text = format!("{HEAD}store = 'sqlite:mine.db'\n");
    assert_eq!(folder.verdict(&text, Purpose::Serving).await, [""; 0]);
    for ending in ["-wal", "-shm", "-journal", "-reserve"] {
        let beside = folder.0.join(format!("mine.db{ending}"));
        drop(std::fs::remove_file(&beside));
        std::fs::create_dir(&beside).unwrap();
        for purpose in [Purpose::Checking, Purpose::Serving] {
            let said = folder.verdict(&text, purpose).await.join("\n");
            assert!(
                said.contains(&format!("mine.db{ending} is a folder, but the store")),
                "{purpose:?}: {said}"
            );
        }
        std::fs::remove_dir(&beside).unwrap();
    }
    assert_eq!(folder.verdict(&text, Purpose::Serving).await, [""; 0]);
}

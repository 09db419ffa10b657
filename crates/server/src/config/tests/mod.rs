//! The whole way from text to meaning.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::run::tests::{both, without_proxy};

mod algorithms;
mod client;
mod empty;
mod environment;
mod format;
mod oidc_op;
mod texts;
mod untouched;

const MINIMAL: &str = r#"
issuer = "http://127.0.0.1:9400"
listen = "127.0.0.1:9400"
store  = "memory:"                 # or "sqlite:PATH"
# tls = { cert = "cert.pem", key = "key.pem" }

[[clients]]                        # any registration metadata of OpenID Connect and the oidc-op client directives
client_id = "web"
client_secret = "a-secret"
redirect_uris = ["http://127.0.0.1:9999/cb"]
token_endpoint_auth_method = "client_secret_basic"
skip_consent = false

[[users]]                          # also importable from oidc-op's users.json and passwd.json
username = "diana"
password = "krall"                 # or an argon2 hash
claims = { name = "Diana Krall", email = "diana@example.org", email_verified = true }

[keys]                             # made on first start where absent
signing = ["RS256", "ES256"]

[outbound]                         # for development and conformance runs only
allow_private_addresses = false
extra_ca = []
"#;

fn from(text: &str, format: Format, variables: &[(&str, &str)]) -> Result<Loaded, Vec<Problem>> {
    let mut variables: BTreeMap<String, String> =
        variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    variables.extend(without_proxy(text));
    Config::load_text(Source { text, format, base: Path::new("base"), file: None }, &variables)
}

pub(super) fn toml(text: &str) -> Result<Loaded, Vec<Problem>> {
    from(text, Format::Toml, &[])
}

fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// What is wrong with a text whose first line is a good issuer, for `config check` and for `serve`.
pub(super) fn errors(text: &str) -> Vec<String> {
    let text = format!("issuer = \"https://op.example\"\n{text}");
    both(Source { text: &text, format: Format::Toml, base: Path::new("base"), file: None })
}

#[test]
fn the_minimal_configuration_loads_as_it_stands() {
    let loaded = toml(MINIMAL).unwrap();
    assert_eq!(loaded.settings.issuer, "http://127.0.0.1:9400");
    assert_eq!(loaded.listen.to_string(), "127.0.0.1:9400");
    assert!(matches!(loaded.store, StoreAddress::Memory));
    assert_eq!(loaded.signing, ["RS256", "ES256"]);
    let client = &loaded.clients[0];
    assert!(client.client_secret.as_ref().unwrap().matches("a-secret"));
    assert_eq!(client.redirect_uris, ["http://127.0.0.1:9999/cb"]);
    assert_eq!(client.auth_method(), "client_secret_basic");
    let user = &loaded.users[0];
    assert_eq!(user.configured_id().as_str(), "config:diana");
    assert!(matches!(&user.password, Some(Password::Plain(text)) if text.matches("krall")));
    assert_eq!(user.claims["email_verified"], true);
    assert_eq!(said(&loaded.warnings).len(), 1, "only the short secret: {:?}", said(&loaded.warnings));
}

/// Behind a proxy that nobody named all people come from one address.
#[test]
fn an_https_issuer_on_this_machine_names_its_proxy_or_says_that_there_is_none() {
    let with = |more: &str| {
        let text = format!("issuer = \"https://op.example\"\nstore = \"memory:\"\n{more}");
        let source = Source { text: &text, format: Format::Toml, base: Path::new("base"), file: None };
        Config::load_text(source, &BTreeMap::new())
            .map(|loaded| said(&loaded.warnings).join("\n"))
            .map_err(|problems| said(&problems).join("\n"))
    };
    // However the listener came to be there.
    for listen in ["listen = \"127.0.0.1:9400\"\n", "port = 9400\n", ""] {
        let refused = with(listen).unwrap_err();
        assert!(refused.contains("proxy.trusted") && refused.contains("trusted = []"), "{listen}: {refused}");
        for meant in [
            "[proxy]\ntrusted = []\n",
            "[proxy]\ntrusted = [\"127.0.0.1\"]\n",
            "tls = { cert = \"c\", key = \"k\" }\n",
        ] {
            assert_eq!(with(&format!("{listen}{meant}")).unwrap(), "", "{listen}{meant}");
        }
    }
    assert_eq!(
        said(&toml("issuer = \"http://127.0.0.1:9400\"\nlisten = \"127.0.0.1:9400\"").unwrap().warnings),
        [""; 0]
    );
}

#[test]
fn the_hash_of_nothing_is_no_secret() {
    for (nothing, what) in [
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "empty secret"),
        ("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "empty secret"),
        ("01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b", "a line break"),
    ] {
        let client = format!(
            "[[clients]]\nclient_id = \"web\"\nclient_secret_hash = \"{nothing}\"\nredirect_uris = [\"https://a.example/\"]\n"
        );
        assert!(errors(&client).join("\n").contains(what), "{:?}", errors(&client));
    }
}

#[test]
fn no_debug_output_holds_a_secret() {
    let shown = format!("{:?}", toml(MINIMAL).unwrap());
    assert!(!shown.contains("a-secret") && !shown.contains("krall"), "{shown}");
    let broken = toml(&MINIMAL.replace("client_id = \"web\"", "client_id = 7")).unwrap_err();
    assert!(!format!("{broken:?}").contains("a-secret"));
}

#[test]
fn what_is_not_written_has_the_core_s_defaults() {
    let loaded = toml("issuer = 'https://op.example'").unwrap();
    let core = Settings::new("https://op.example", signet_core::endpoint::paths());
    assert_eq!(format!("{:?}", loaded.settings), format!("{core:?}"));
    assert!(
        matches!(loaded.store, StoreAddress::Sqlite(path) if path == Path::new("base/signet-data/signet.db"))
    );
    assert_eq!(loaded.listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn all_that_is_wrong_is_said_at_once_with_its_cure() {
    let text = r#"
issuer = "https://op.example/"
lisen = "127.0.0.1:9400"
store = "mysql://root:hunter2@db"
port = 70000
[lifetimes]
code = "20m"
session = "a while"
[keys]
signing = ["RS265", "HS256"]
[log]
level = "verbose"
[endpoint.token]
path = "/userinfo"
[[clients]]
client_id = "a"
client_secret = 12345
redirect_uri = ["https://app.example/cb"]
grant_types = ["authorisation_code"]
[[clients]]
client_secret = "0123456789abcdef"
[[clients]]
client_id = "b"
client_secret = "0123456789abcdef"
redirect_uris = "https://app.example/cb"
dpop_bound_access_tokens = true
id_token_signed_response_alg = "PS256"
[[users]]
username = "diana"
password = "$2b$12$abcdefghijklmnopqrstuv"
claims = { sub = "1", email_verified = "yes" }
[[users]]
username = "diana"
admin = true
"#;
    let source = Source { text, format: Format::Toml, base: Path::new("base"), file: None };
    insta::assert_snapshot!(both(source).join("\n"));
}

#[test]
fn oidc_op_s_names_are_read_as_ours() {
    let loaded = toml(
        r#"
        issuer = "https://{domain}:{port}"
        domain = "op.example"
        port = 8443
        listen = "0.0.0.0:{port}"
        [[clients]]
        client_id = "a"
        client_secret = "0123456789abcdef"
        "client_name#de" = "Wiesenbuch"
        redirect_uris = ["https://{domain}:8000/cb"]
        post_logout_redirect_uri = "https://app.example/bye"
        allowed_scopes = ["openid", "email"]
        grant_types_supported = ["authorization_code"]
        auth_method = "client_secret_post"
        pkce_essential = true
        "#,
    )
    .unwrap();
    assert_eq!(loaded.settings.issuer, "https://op.example:8443");
    assert_eq!(loaded.listen.to_string(), "0.0.0.0:8443");
    let client = &loaded.clients[0];
    assert_eq!(client.redirect_uris, ["https://op.example:8000/cb"]);
    assert_eq!(client.post_logout_redirect_uris, ["https://app.example/bye"]);
    assert_eq!(client.scope.as_ref().unwrap().to_string(), "openid email");
    assert_eq!(client.grant_types.as_deref().unwrap(), ["authorization_code"]);
    assert_eq!(client.auth_method(), "client_secret_post");
    assert_eq!(client.require_pkce, Some(true));
    assert_eq!(client.display_name("de"), ("Wiesenbuch".to_owned(), None));
}

/// One problem does not hide another, wherever it shows.
#[test]
fn everything_is_reported_at_once() {
    let text = "bogus = 1
        template_dir = 'nowhere'
        tls = { cert = 'nowhere.pem' }
        outbound.extra_ca = ['nope.pem']
        authentication.strong = { methods = ['otp'] }
        [[clients]]
        client_id = 'a'
        token_endpoint_auth_method = 'private_key_jwt'
        redirect_uris = ['https://a.example/cb']
        [[users]]
        username = 'diana'
        password = '$1$oldmd5$'";
    let said = said(&toml(text).unwrap_err());
    for key in [
        "`bogus`: this key",
        "`template_dir`: ",
        "`tls.cert`: ",
        "`tls.key`: this is missing",
        "`outbound.extra_ca`: base/nope.pem: ",
        "`authentication.strong.acr`: this is missing",
        "`authentication.strong.methods[0]`: ",
        "`issuer`: ",
        "`clients[0].jwks`: ",
        "`users[0].password`: ",
    ] {
        assert_eq!(said.iter().filter(|problem| problem.contains(key)).count(), 1, "{key}: {said:#?}");
    }
    assert!(!said.iter().any(|problem| problem.contains("urn:missing")), "{said:#?}");
}

#[test]
fn scopes_without_openid_are_doubtful() {
    let warned = |scopes: &str| {
        let text =
            format!("issuer = 'http://127.0.0.1:9400'\nlisten = '127.0.0.1:9400'\nallowed_scopes = {scopes}");
        said(&toml(&text).unwrap().warnings)
    };
    assert!(
        matches!(&warned("['profile']")[..], [one] if one.contains("`allowed_scopes`: without \"openid\"")),
        "{:?}",
        warned("['profile']")
    );
    assert_eq!(warned("['openid', 'profile']"), [""; 0]);
}

#[test]
fn a_placeholder_without_its_value_is_refused() {
    let problems = said(&toml("issuer = \"https://{domain}\"\n").unwrap_err());
    assert!(problems[0].contains("{domain} cannot be filled in"), "{problems:?}");
}

#[test]
fn secrets_come_from_files_beside_the_configuration() {
    let folder = std::env::temp_dir().join(format!("signet-config-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("web.secret"), "from a file, 16+\n").unwrap();
    std::fs::write(folder.join("empty"), "\n").unwrap();
    let text = |file: &str| {
        format!(
            "issuer='https://op.example'\n[[clients]]\nclient_id='a'\ngrant_types=[]\nclient_secret={{ file='{file}' }}"
        )
    };
    let load = |text: &str, variables: &BTreeMap<_, _>| {
        let variables = without_proxy(text).into_iter().chain(variables.clone()).collect();
        Config::load_text(Source { text, format: Format::Toml, base: &folder, file: None }, &variables)
    };
    let loaded = load(&text("web.secret"), &BTreeMap::new()).unwrap();
    assert!(loaded.clients[0].client_secret.as_ref().unwrap().matches("from a file, 16+"));
    std::fs::write(folder.join("marked"), "\u{feff}from a file, 16+\r\n").unwrap();
    let loaded = load(&text("marked"), &BTreeMap::new()).unwrap();
    assert!(loaded.clients[0].client_secret.as_ref().unwrap().matches("from a file, 16+"));
    let missing = said(&load(&text("none"), &BTreeMap::new()).unwrap_err()).remove(0);
    assert!(missing.starts_with("line 5, column 15: `clients[0].client_secret`: the file "), "{missing}");
    let empty = said(&load(&text("empty"), &BTreeMap::new()).unwrap_err()).remove(0);
    assert!(empty.contains("is empty"), "{empty}");
    let variable =
        BTreeMap::from([("SIGNET__CLIENTS__0__CLIENT_SECRET__FILE".to_owned(), "web.secret".to_owned())]);
    let plain = text("x").replace("{ file='x' }", "'to be replaced, 16'");
    let loaded = load(&plain, &variable).unwrap();
    assert!(loaded.clients[0].client_secret.as_ref().unwrap().matches("from a file, 16+"));
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The names of a struct's fields, from its pretty debug form.
fn fields(shown: String) -> Vec<String> {
    let own = shown.lines().filter_map(|line| line.strip_prefix("    "));
    own.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once(':')?.0.to_owned()))
        .collect()
}

#[test]
fn every_member_of_a_client_and_every_setting_can_be_written() {
    let schema = Config::schema();
    let written = schema["$defs"]["ClientWritten"]["properties"].as_object().unwrap();
    for field in fields(format!("{:#?}", Client::new("x"))) {
        // What is localised has keys of its own; what a client that registers itself is given cannot be
        // written. Several methods are a list in the singular.
        let made = [
            "extra",
            "registered",
            "registration_access_token_hash",
            "token_endpoint_auth_methods",
            "version",
        ]
        .contains(&field.as_str());
        assert!(made || written.contains_key(&field), "clients[].{field} cannot be configured");
    }
}

#[test]
fn which_request_objects_are_taken_can_be_said() {
    let capabilities = |more: &str| {
        let loaded = toml(&format!("issuer = \"https://op.example\"\n[capabilities]\n{more}")).unwrap();
        (loaded.settings.request_objects, said(&loaded.warnings).join("\n"))
    };
    let (usual, _) = capabilities("");
    assert!(usual.by_value && usual.by_reference && usual.unsigned && !usual.unregistered_uris);
    let (closed, _) = capabilities(
        "request_parameter_supported=false\nrequest_uri_parameter_supported=false\nunsigned_request_objects=false",
    );
    assert!(!closed.by_value && !closed.by_reference && !closed.unsigned);
    let (open, warned) = capabilities("require_request_uri_registration=false");
    assert!(open.unregistered_uris && warned.contains("strangers"), "{warned}");
}

#[test]
fn a_proxy_is_not_everybody() {
    for everybody in ["0.0.0.0/0", "::/0", "128.0.0.0/1", "::/7", "2000::/7", "64:ff9b::/96", "2002::/16"] {
        let said = errors(&format!("proxy.trusted = ['10.0.0.0/8', '{everybody}']")).join("\n");
        assert!(said.contains("proxy.trusted[1]") && said.contains("own addresses"), "{said}");
        let said = errors(&format!("outbound.allow = ['10.0.0.0/8', '{everybody}']")).join("\n");
        assert!(said.contains("outbound.allow[1]") && said.contains("own networks"), "{said}");
    }
}

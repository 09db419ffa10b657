//! The whole way from text to meaning.

use std::collections::BTreeMap;
use std::path::Path;

use signet_core::secret::Secret;

use super::*;

const MINIMAL: &str = r#"
issuer = "http://127.0.0.1:9400"
listen = "127.0.0.1:9400"
store  = "memory:"                 # or "sqlite:PATH", or "postgres://…"
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
    let variables: BTreeMap<String, String> =
        variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Config::load_text(Source { text, format, base: Path::new("base"), file: None }, &variables)
}

fn toml(text: &str) -> Result<Loaded, Vec<Problem>> {
    from(text, Format::Toml, &[])
}

fn said(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// What is wrong with a text whose first line is a good issuer.
fn errors(text: &str) -> Vec<String> {
    let text = format!("issuer = \"https://op.example\"\n{text}");
    said(&toml(&text).err().unwrap_or_default())
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
    let secret = || Secret::new(vec![0; 32]);
    let core = signet_core::settings::Settings::new("https://op.example", secret(), secret());
    let ours = loaded.settings.into_settings(secret(), secret());
    assert_eq!(format!("{ours:?}"), format!("{core:?}"));
    assert!(
        matches!(loaded.store, StoreAddress::Sqlite(path) if path == Path::new("base/signet-data/signet.db"))
    );
    assert_eq!(loaded.listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn three_formats_say_the_same() {
    let yaml = r#"
issuer: http://127.0.0.1:9400
listen: 127.0.0.1:9400
store: "memory:"
clients:
  - client_id: web
    client_secret: a-secret
    redirect_uris: ["http://127.0.0.1:9999/cb"]
    token_endpoint_auth_method: client_secret_basic
    skip_consent: false
users:
  - username: diana
    password: krall
    claims: { name: Diana Krall, email: diana@example.org, email_verified: true }
keys:
  signing: [RS256, ES256]
outbound:
  allow_private_addresses: false
  extra_ca: []
"#;
    let json = r#"{
  "issuer": "http://127.0.0.1:9400", "listen": "127.0.0.1:9400", "store": "memory:",
  "clients": [{"client_id": "web", "client_secret": "a-secret", "redirect_uris": ["http://127.0.0.1:9999/cb"],
    "token_endpoint_auth_method": "client_secret_basic", "skip_consent": false}],
  "users": [{"username": "diana", "password": "krall",
    "claims": {"name": "Diana Krall", "email": "diana\u0040example.org", "email_verified": true}}],
  "keys": {"signing": ["RS256", "ES256"]},
  "outbound": {"allow_private_addresses": false, "extra_ca": []}
}"#;
    let show = |loaded: Loaded| {
        let Loaded { warnings, .. } = &loaded;
        let count = warnings.len();
        format!("{:?} {count}", Loaded { warnings: Vec::new(), ..loaded })
    };
    let toml = show(toml(MINIMAL).unwrap());
    assert_eq!(show(from(yaml, Format::Yaml, &[]).unwrap()), toml);
    assert_eq!(show(from(json, Format::Json, &[]).unwrap()), toml);
}

#[test]
fn each_format_names_line_and_column() {
    let problems = |text, format| said(&from(text, format, &[]).unwrap_err());
    let expected = ["line 3, column 3: `keys.sining`: this key is not known; did you mean `signing`?"];
    assert_eq!(problems("issuer: https://op.example\nkeys:\n  sining: []\n", Format::Yaml), expected);
    assert_eq!(problems("issuer = 'https://op.example'\n[keys]\n  sining = []\n", Format::Toml), expected);
    assert_eq!(
        problems("{\"issuer\": \"https://op.example\", \"keys\":\n{\n  \"sining\": []}}", Format::Json),
        expected
    );
}

#[test]
fn broken_text_is_placed() {
    let first = |text, format| said(&from(text, format, &[]).unwrap_err()).remove(0);
    let toml = first("issuer = \"x\nlisten = 3", Format::Toml);
    assert!(toml.starts_with("line 1, column ") && toml.contains("not TOML"), "{toml}");
    let yaml = first("issuer: [a\nlisten: b: c", Format::Yaml);
    assert!(yaml.starts_with("line 2, column ") && yaml.contains("not YAML"), "{yaml}");
    let json = first("{\"issuer\":\n \"x\",}", Format::Json);
    assert!(json.starts_with("line 2, column ") && json.contains("not JSON"), "{json}");
    let twice = first("a: 1\na: 2", Format::Yaml);
    assert!(twice.starts_with("line 2, column "), "{twice}");
    let twice =
        first("{\"issuer\": \"https://a.example\",\n\"issuer\": \"https://b.example\"}", Format::Json);
    assert_eq!(twice, "line 2, column 1: `issuer`: this is written twice; keep one of them");
}

#[test]
fn an_empty_file_asks_for_the_issuer() {
    let expected = ["`issuer`: this is missing; write issuer = \"https://login.example.org\""];
    for (text, format) in
        [("", Format::Toml), ("", Format::Yaml), ("{}", Format::Json), ("issuer:\n", Format::Yaml)]
    {
        assert_eq!(
            said(&from(text, format, &[]).unwrap_err()).join("").split("`issuer`").last(),
            expected[0].split("`issuer`").last()
        );
    }
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
    insta::assert_snapshot!(said(&toml(text).unwrap_err()).join("\n"));
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
    assert_eq!(client.display_name("de"), "Wiesenbuch");
}

#[test]
fn a_placeholder_without_its_value_is_refused() {
    let problems = said(&toml("issuer = \"https://{domain}\"\n").unwrap_err());
    assert!(problems[0].contains("{domain} cannot be filled in"), "{problems:?}");
}

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_defaults() {
    let loaded = from(
        MINIMAL,
        Format::Toml,
        &[
            ("SIGNET__ISSUER", "https://env.example"),
            ("SIGNET__LIFETIMES__ACCESS_TOKEN", "10m"),
            ("SIGNET__LIFETIMES__CODE", "30"),
            ("SIGNET__KEYS__SIGNING", "[\"ES256\", \"RS256\"]"),
            ("SIGNET__CLIENTS__0__CLIENT_SECRET", "1234567890123456"),
            ("SIGNET__CLIENTS__1__CLIENT_ID", "second"),
            ("SIGNET__CLIENTS__1__GRANT_TYPES", "[]"),
            ("SIGNET__DANGEROUS__PKCE_PLAIN", "true"),
            ("SIGNET__SCOPES_TO_CLAIMS", "{ team = [\"groups\"] }"),
        ],
    )
    .unwrap();
    assert_eq!(loaded.settings.issuer, "https://env.example");
    assert_eq!(loaded.settings.lifetimes.access_token, 600);
    assert_eq!(loaded.settings.lifetimes.code, 30);
    assert_eq!(loaded.settings.lifetimes.id_token, 3600);
    assert_eq!(loaded.settings.default_signing_alg, "ES256");
    assert!(loaded.clients[0].client_secret.as_ref().unwrap().matches("1234567890123456"));
    assert_eq!(loaded.clients[1].client_id.as_str(), "second");
    assert!(loaded.settings.dangerous.pkce_plain);
    assert_eq!(loaded.settings.scopes["team"].claims, ["groups"]);
}

#[test]
fn a_list_can_begin_in_the_environment() {
    let variables = [
        ("SIGNET__ISSUER", "https://op.example"),
        ("SIGNET__USERS__0__USERNAME", "1984"),
        ("SIGNET__USERS__0__PASSWORD", "0001"),
    ];
    let loaded = from("", Format::Toml, &variables).unwrap();
    assert_eq!(loaded.users[0].username, "1984");
    assert!(matches!(&loaded.users[0].password, Some(Password::Plain(text)) if text.matches("0001")));
}

#[test]
fn problems_of_the_environment_name_the_variable() {
    let variables = [
        ("SIGNET__LIFETIMES__ACESS_TOKEN", "1h"),
        ("SIGNET__CLIENTS__7__CLIENT_ID", "x"),
        ("SIGNET__", "x"),
        ("SIGNET__LOG__LEVEL", "loud"),
    ];
    let said = said(&from(MINIMAL, Format::Toml, &variables).unwrap_err());
    insta::assert_snapshot!(said.join("\n"));
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
        Config::load_text(Source { text, format: Format::Toml, base: &folder, file: None }, variables)
    };
    let loaded = load(&text("web.secret"), &BTreeMap::new()).unwrap();
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

#[test]
fn a_service_has_no_redirect_and_a_browser_application_needs_one() {
    let client =
        |more: &str| errors(&format!("[[clients]]\nclient_id='a'\nclient_secret='0123456789abcdef'\n{more}"));
    assert_eq!(client("grant_types=['client_credentials']\nresponse_types=[]\nscope='read'"), [""; 0]);
    assert_eq!(client("grant_types=['client_credentials']"), [""; 0]);
    assert!(
        client("")[0]
            .contains("`clients[0].redirect_uris`: what comes through the browser needs a redirect URI")
    );
    assert!(client("grant_types=['client_credentials']\nresponse_types=['code']")[0].contains("of no use"));
    assert!(
        client("grant_types=['client_credentials']\ntoken_endpoint_auth_method='none'")[0]
            .contains("with a secret")
    );
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
        // What is localised has keys of its own; what a client that registers itself is given cannot be written.
        let made = ["extra", "registered", "registration_access_token_hash"].contains(&field.as_str());
        assert!(made || written.contains_key(&field), "clients[].{field} cannot be configured");
    }
    let draft = fields(format!("{:#?}", toml("issuer = 'https://op.example'").unwrap().settings));
    let secret = || Secret::new(Vec::new());
    for field in fields(format!("{:#?}", signet_core::settings::Settings::new("x", secret(), secret()))) {
        // `subjects` hold secrets, which a draft cannot: they come beside it.
        let made = ["subject_salt", "handle_key", "subjects"].contains(&field.as_str());
        assert!(made || draft.contains(&field), "the setting {field} cannot be configured");
    }
}

#[test]
fn every_member_that_is_written_arrives() {
    // More members than the macro for JSON can take.
    let metadata = r#"{
        "client_id": "a", "client_secret": "0123456789abcdef", "client_secret_expires_at": 7, "client_id_issued_at": 8,
        "software_id": "i", "software_version": "v", "software_statement": "s",
        "client_name": "n", "client_uri": "https://a.example/u", "logo_uri": "https://a.example/l",
        "policy_uri": "https://a.example/p", "tos_uri": "https://a.example/t", "contacts": ["c"],
        "application_type": "native", "redirect_uris": ["https://a.example/"],
        "post_logout_redirect_uris": ["https://a.example/o"], "response_types": ["code"],
        "grant_types": ["authorization_code"], "token_endpoint_auth_method": "client_secret_post",
        "token_endpoint_auth_signing_alg": "HS256", "id_token_signed_response_alg": "RS256",
        "userinfo_signed_response_alg": "RS256", "introspection_signed_response_alg": "RS256", "default_max_age": 9,
        "id_token_encrypted_response_alg": "RSA-OAEP-256", "id_token_encrypted_response_enc": "A256GCM",
        "userinfo_encrypted_response_alg": "RSA-OAEP", "userinfo_encrypted_response_enc": "A128GCM",
        "introspection_encrypted_response_alg": "ECDH-ES", "introspection_encrypted_response_enc": "A192GCM",
        "request_object_signing_alg": "ES256", "request_object_encryption_alg": "ECDH-ES+A128KW",
        "request_object_encryption_enc": "A128CBC-HS256", "request_uris": ["https://a.example/r"],
        "require_signed_request_object": true, "subject_type": "pairwise",
        "sector_identifier_uri": "https://a.example/s",
        "require_auth_time": true, "default_acr_values": ["x"], "initiate_login_uri": "https://a.example/i",
        "scopes_to_claims": {"openid": ["sub"]},
        "add_claims": {
            "always": {"userinfo": {"email": {"essential": true}}, "id_token": {}, "introspection": {}, "access_token": {}},
            "by_scope": {"userinfo": false, "id_token": true, "introspection": null, "access_token": true}
        },
        "jwks": {"keys": []}, "scope": "openid", "skip_consent": true, "require_pkce": true,
        "access_token_format": "jwt", "access_token_audience": ["y"], "resources": ["z"],
        "refresh_without_offline_access": true, "may_introspect": true, "fapi": true,
        "lifetimes": {"code": 1, "access_token": 2, "refresh_token": 3, "id_token": 4}
    }"#;
    let metadata: serde_json::Value = serde_json::from_str(metadata).unwrap();
    let (client, _) = client_from_metadata(&metadata, &["RS256".into()]).unwrap();
    let arrived = serde_json::to_value(&client).unwrap();
    for (name, value) in metadata.as_object().unwrap() {
        assert_eq!(&arrived[name], value, "{name}");
    }
    let schema = Config::schema();
    for (name, property) in schema["$defs"]["ClientWritten"]["properties"].as_object().unwrap() {
        let elsewhere = ["client_secret_hash", "jwks_uri"].contains(&name.as_str());
        assert!(
            elsewhere || property.get("x-kept").is_some() || metadata.get(name).is_some(),
            "{name} is not tried here"
        );
    }
}

#[test]
fn a_client_that_signs_assertions_has_keys_instead_of_a_secret() {
    let client = |more: &str| {
        errors(&format!(
            "[[clients]]\nclient_id='a'\ngrant_types=['client_credentials']\ntoken_endpoint_auth_method='private_key_jwt'\n{more}"
        ))
    };
    assert!(client("")[0].contains("private_key_jwt needs the client's keys"));
    assert_eq!(client("jwks_uri='https://a.example/jwks'"), [""; 0]);
    assert_eq!(client("jwks={keys=[]}"), [""; 0]);
    assert!(client("jwks={}")[0].contains("a key set has a list"));
    assert!(client("jwks={keys=[{kty='EC', d='x'}]}")[0].contains("only public ones"));
    assert!(
        client("jwks={keys=[]}\njwks_uri='https://a.example/jwks'")[0].contains("by value and by address")
    );
}

#[test]
fn a_client_that_signs_with_its_secret_has_a_long_one_in_clear() {
    let client = |more: &str| {
        errors(&format!(
            "[[clients]]\nclient_id='a'\ngrant_types=['client_credentials']\ntoken_endpoint_auth_method='client_secret_jwt'\n{more}"
        ))
    };
    let secret = |length: usize, alg: &str| client(&format!("client_secret='{}'\n{alg}", "s".repeat(length)));
    let alg = |alg: &str| format!("token_endpoint_auth_signing_alg='{alg}'");
    assert!(client(&format!("client_secret_hash='{}'", "0".repeat(64)))[0].contains("not its hash"));
    for (length, name) in [(32, "HS256"), (48, "HS384"), (64, "HS512")] {
        assert_eq!(secret(length, &alg(name)), [""; 0]);
        assert!(
            secret(length - 1, &alg(name))[0].contains(&format!("{name} needs a secret of {length} bytes"))
        );
    }
    assert!(secret(31, "")[0].contains("HS256 needs"));
    assert!(secret(32, &alg("ES256"))[0].contains("client_secret_jwt does not sign by"));
    let keys = "[[clients]]\nclient_id='a'\ngrant_types=['client_credentials']\ntoken_endpoint_auth_method='private_key_jwt'\njwks={keys=[]}\n";
    assert_eq!(errors(&format!("{keys}{}", alg("PS256"))), [""; 0]);
    assert!(errors(&format!("{keys}{}", alg("HS256")))[0].contains("private_key_jwt does not sign by"));
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
fn what_a_client_says_of_its_request_objects_fits_together() {
    let client = |more: &str| {
        errors(&format!("[[clients]]\nclient_id='a'\nredirect_uris=['https://a.example/cb']\n{more}"))
    };
    let hash = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg";
    for good in [
        "request_object_signing_alg='none'",
        "request_object_signing_alg='ES256'\njwks={keys=[]}\nrequire_signed_request_object=true",
        "request_object_signing_alg='HS256'\nclient_secret='0123456789abcdef'",
        "request_object_encryption_alg='RSA-OAEP-256'\nrequest_object_encryption_enc='A256GCM'",
        &format!("request_uris=['https://a.example/r', 'https://a.example/r#{hash}']"),
    ] {
        assert_eq!(client(good), [""; 0], "{good}");
    }
    for (bad, why) in [
        ("request_object_signing_alg='ES255'", "no signature algorithm"),
        ("request_object_signing_alg='none'\nrequire_signed_request_object=true", "unsigned"),
        ("request_object_signing_alg='none'\nfapi=true", "unsigned"),
        ("request_object_signing_alg='ES256'", "ES256 needs the client's keys"),
        ("request_object_signing_alg='HS256'\njwks={keys=[]}", "HS256 computes with the client's secret"),
        ("require_signed_request_object=true", "nothing is known to verify"),
        ("request_object_encryption_alg='RSA1_5'", "no encryption algorithm"),
        ("request_object_encryption_alg='dir'\nrequest_object_encryption_enc='A1'", "no encryption algorithm"),
        ("request_object_encryption_enc='A256GCM'", "of no use without the other"),
        ("request_uris=['a.example/r']", "not a web address"),
        ("request_uris=['ftp://a.example/r']", "not a web address"),
        ("request_uris=['https://u:p@a.example/r']", "user or password"),
        ("request_uris=['https://a.example/r#v1']", "not the hash"),
        ("request_uris=['https://a.example/r#']", "not the hash"),
        (&format!("request_uris=['https://a.example/{}']", "r".repeat(500)), "longer than 512"),
    ] {
        let told = client(bad);
        assert!(told.iter().any(|line| line.contains(why)), "{bad}: {told:?}");
    }
}

#[test]
fn metadata_of_a_stored_client_is_judged_by_the_same_rules() {
    let good = serde_json::json!({"client_id": "a", "client_secret": "0123456789abcdef", "redirect_uris": ["https://a.example/"]});
    let (client, warnings) = client_from_metadata(&good, &["RS256".into()]).unwrap();
    assert_eq!(client.client_id.as_str(), "a");
    assert!(warnings.is_empty());
    assert!(check_client(&client, &["RS256".into()]).is_empty());
    let bad = serde_json::json!({"client_id": "a", "redirect_uri": "https://a.example/"});
    assert_eq!(
        said(&client_from_metadata(&bad, &["RS256".into()]).unwrap_err())[0],
        "`redirect_uri`: this key is not known; did you mean `redirect_uris`?"
    );
}

#[test]
fn no_depth_whatever_overflows_the_stack() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    for (text, format) in [
        (format!("issuer = {}", deep("[", "]")), Format::Toml),
        (format!("issuer = {}", deep("{a=", "}")), Format::Toml),
        (format!("issuer: {}", deep("[", "]")), Format::Yaml),
        (format!("issuer: {}", deep("{a: ", "}")), Format::Yaml),
        (deep("[", "]"), Format::Json),
        (deep("{\"a\":", "}"), Format::Json),
    ] {
        assert!(from(&text, format, &[]).is_err());
    }
    assert!(from("", Format::Toml, &[("SIGNET__ISSUER", &deep("[", "]"))]).is_err());
    assert!(from("", Format::Toml, &[(&format!("SIGNET__{}X", "A__".repeat(100_000)), "1")]).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_whatever_panics(text in "\\PC*", variable in "\\PC*", name in "[A-Z0-9_]{0,12}") {
        let name = format!("SIGNET__{name}");
        for format in [Format::Toml, Format::Yaml, Format::Json] {
            let _ = from(&text, format, &[(&name, &variable)]);
        }
    }

    #[test]
    fn no_value_whatever_panics(
        key in proptest::sample::select(vec!["issuer", "listen", "store", "clients", "users", "scopes", "keys", "endpoint", "login"]),
        value in proptest::sample::select(vec!["0", "-1", "1.5", "''", "'x'", "[]", "['']", "[[]]", "[{}]", "{}", "true", "9223372036854775807", "1979-05-27", "{ a = { b = [1] } }"]),
    ) {
        let _ = toml(&format!("{key} = {value}\n"));
        let _ = toml(&format!("issuer='https://op.example'\n[[clients]]\nclient_id = {value}\nredirect_uris = {value}\nlifetimes = {value}\n"));
    }
}

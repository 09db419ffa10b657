//! One configuration in three formats, and texts that are none.

use super::*;

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

/// An address begins like a number, of which TOML then says that it is none.
#[test]
fn a_text_without_quotes_is_shown_with_them() {
    for (text, advice) in [
        ("listen = 127.0.0.1:9370", "put it in quotes: \"127.0.0.1:9370\""),
        ("[proxy]\ntrusted = [\"::1\", 10.0.0.0/8]", "put it in quotes: \"10.0.0.0/8\""),
        ("lifetimes.code = 60s # a minute", "string values must be quoted"),
        ("store = sqlite:x", "string values must be quoted"),
    ] {
        let said = said(&toml(text).unwrap_err()).join("\n");
        assert!(said.contains(advice), "{text}: {said}");
    }
    let said = said(&toml("issuer = \"https://op.example").unwrap_err()).join("\n");
    assert!(!said.contains("put it in quotes"), "{said}");
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
    let toml = "issuer = \"https://login.example.org\"";
    let yaml = "issuer: \"https://login.example.org\"";
    let json = "\"issuer\": \"https://login.example.org\"";
    for (text, format, line) in [
        ("", Format::Toml, toml),
        ("", Format::Yaml, yaml),
        ("{}", Format::Json, json),
        ("issuer:\n", Format::Yaml, yaml),
    ] {
        let said = said(&from(text, format, &[]).unwrap_err()).join("");
        assert!(said.ends_with(&format!("`issuer`: this is missing; write `{line}`")), "{said}");
    }
}

/// Advice that is given before the file is known, and after it was read.
#[test]
fn advice_about_clients_and_people_is_in_the_format_of_the_file() {
    let text = r#"{
        "issuer": "https://op.example",
        "proxy": {"trusted": []},
        "clients": [
            {"client_id": "a", "redirect_uris": ["https://a.example/"], "token_endpoint_auth_method": "client_secret_basic"},
            {"client_id": "b", "grant_types": [], "client_secret": "0123456789abcdef", "jwks_uri": "https://10.0.0.7/jwks"}
        ],
        "users": [{"username": "diana", "password": "krall", "claims": {"address": "x"}}]
    }"#;
    let file = Some(Path::new("signet.json"));
    let problems =
        |text: &str| both(Source { text, format: Format::Json, base: Path::new("base"), file }).join("\n");
    let all = problems(text);
    for line in [r#"`"token_endpoint_auth_method": "none"`"#, r#"`{"formatted": "…"}`"#] {
        assert!(all.contains(line), "{line}: {all}");
    }
    let good =
        text.replace("_basic", "_basic\", \"client_secret\": \"0123456789abcdef").replace("\"x\"", "{}");
    let fetched = problems(&good);
    assert!(fetched.contains(r#"`"outbound": {"allow": ["10.0.0.7"]}`"#), "{fetched}");
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

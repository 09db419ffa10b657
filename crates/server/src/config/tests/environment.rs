//! What the environment says, and where it is wrong.

use super::*;

#[test]
fn the_environment_goes_before_the_file_and_the_file_before_defaults() {
    let loaded = from(
        MINIMAL,
        Format::Toml,
        &[
            ("SIGNET__ISSUER", "https://env.example"),
            ("SIGNET__PROXY__TRUSTED", "[]"),
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
fn a_list_in_the_environment_has_any_number_of_entries() {
    let entry = |at: usize| (format!("SIGNET__USERS__{at}__USERNAME"), format!("person{at}"));
    let mut variables: Vec<(String, String)> = (0..101).map(entry).collect();
    variables.push(("SIGNET__ISSUER".to_owned(), "https://op.example".to_owned()));
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let loaded = from("", Format::Toml, &variables).unwrap();
    let names = loaded.users.iter().map(|user| user.username.clone());
    assert!(names.eq((0..101).map(|at| format!("person{at}"))));
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
fn an_empty_variable_is_an_error_that_names_it() {
    let variables = [
        ("SIGNET__CLIENTS__0__CLIENT_SECRET", ""),
        ("SIGNET__CLIENTS__0__SUBJECT_TYPE", ""),
        ("SIGNET__CLIENTS__0__TOKEN_ENDPOINT_AUTH_METHOD", ""),
        ("SIGNET__CLIENTS__1__CLIENT_ID", "hashed"),
        ("SIGNET__CLIENTS__1__CLIENT_SECRET_HASH", ""),
        ("SIGNET__CLIENTS__1__REDIRECT_URIS", "[\"https://a.example/\"]"),
        ("SIGNET__SUBJECT_TYPE", ""),
        ("SIGNET__STORE", ""),
        ("SIGNET__KEYS__KEK", ""),
        ("SIGNET__KEYS__PRIVATE_PATH", ""),
        ("SIGNET__TEMPLATE_DIR", ""),
    ];
    let said = said(&from(MINIMAL, Format::Toml, &variables).unwrap_err());
    for (name, _) in variables.iter().filter(|(_, text)| text.is_empty()) {
        let named = said.iter().filter(|line| line.contains(&format!("environment variable {name}: ")));
        assert_eq!(named.count(), 1, "{name}: {said:#?}");
    }
    assert!(
        said.iter()
            .any(|line| line.contains("CLIENT_SECRET_HASH: `clients[1].client_secret_hash`: this is empty"))
    );
}

#[test]
fn a_length_of_time_that_is_none_is_named() {
    assert!(errors("lifetimes.code = -5")[0].contains("-5 seconds are no length of time"));
}

#[test]
fn an_empty_text_in_the_file_is_an_error() {
    let client = "[[clients]]\nclient_id='a'\nredirect_uris=['https://a.example/']\n";
    for more in ["client_secret_hash=''", "client_secret=''", "request_object_signing_alg=''", "jwks_uri=''"]
    {
        let found = errors(&format!("{client}{more}")).join("\n");
        assert!(found.contains("this is empty"), "{more}: {found}");
    }
    for text in ["tls={cert='',key='k'}", "keys.private_path=''", "moved_from=''"] {
        let found = errors(text).join("\n");
        assert!(found.contains("this is empty"), "{text}: {found}");
    }
}

#[test]
fn a_variable_with_one_underscore_is_named() {
    let variables = [
        ("SIGNET_LOG__LEVEL", "debug"),
        ("SIGNET_ISSUER", "https://op.example"),
        ("SIGNET_PORT", "tcp://10.0.0.1:80"),
        ("SIGNET_PORT_80_TCP", "tcp://10.0.0.1:80"),
        ("SIGNET_SERVICE_HOST", "10.0.0.1"),
        ("SIGNET_VERSION", "1"),
    ];
    let loaded = from(MINIMAL, Format::Toml, &variables).unwrap();
    let said = said(&loaded.warnings);
    let said: Vec<&String> = said.iter().filter(|said| said.contains("environment variable")).collect();
    assert_eq!(
        said,
        [
            "environment variable SIGNET_ISSUER: this variable is not read: it has only one underscore after SIGNET; write SIGNET__ISSUER",
            "environment variable SIGNET_LOG__LEVEL: this variable is not read: it has only one underscore after SIGNET; write SIGNET__LOG__LEVEL",
        ]
    );
}

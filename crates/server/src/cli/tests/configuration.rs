//! `signet config`, and what every command needs of a configuration.

use super::*;

#[test]
fn a_configuration_is_explained() {
    let place = Place::new();
    place.write("signet.toml", &format!("listen = \"127.0.0.1:18432\"{CONFIG}"));
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
    assert!(out.contains("  ID tokens are signed by RS256 and are valid for 1h.\n"), "{out}");
    assert!(!out.contains("authorization code flow") && !out.contains("can get no tokens"), "{out}");
}

#[test]
fn who_may_register_and_how_keys_are_kept_is_explained() {
    let place = Place::new();
    place.write(
        "signet.toml",
        "issuer = \"https://op.example\"\nproxy.trusted = []\n[registration]\nmode = \"open\"\nclient_id_metadata_documents = true\n\
         client_id_metadata_document_hosts = [\"apps.example.org\"]\n[keys]\nrotate_every = \"30d\"\n\
         kek = \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\"\n",
    );
    let means = place.json(&["config", "check"], "")["means"].to_string();
    for line in [
        "Anybody can register an application.",
        "An application can use the URL of its metadata document as client_id, at apps.example.org.",
        "Keys are replaced every 30d; in the store they are encrypted.",
    ] {
        assert!(means.contains(line), "{means}");
    }
    let nowhere = "issuer = \"https://op.example\"\nproxy.trusted = []\n[registration]\nmode = \"open\"\n\
                   client_id_metadata_documents = true\nclient_id_metadata_document_hosts = []\n";
    place.write("signet.toml", nowhere);
    let means = place.json(&["config", "check"], "")["means"].to_string();
    assert!(means.contains("as client_id, at no host."), "{means}");
}

#[test]
fn nothing_is_said_of_tokens_that_a_resource_server_cannot_get() {
    let place = Place::with_store();
    place.write(
        "signet.toml",
        "issuer = \"https://op.example\"\nproxy.trusted = []\nstore = \"sqlite:signet.db\"\n[[clients]]\nclient_id = \"api\"\n\
         client_secret = \"0123456789abcdef\"\ngrant_types = []\nmay_introspect = true\n",
    );
    let out = place.run(&["client", "show", "api"], "");
    assert!(out.contains("can get no tokens") && out.contains("may introspect"), "{out}");
    assert!(!out.contains("Access tokens") && !out.contains("may ask for"), "{out}");
}

/// A server of an earlier version may be running, which knows nothing of newer tables.
#[test]
fn no_command_brings_a_store_up_to_date_below_a_server() {
    let place = Place::with_store();
    let path = place.0.join("signet.db");
    // SQLite's file format §1.3.15: the user version, in which the schema's is kept.
    let age = |bytes: &mut Vec<u8>| bytes[60..64].copy_from_slice(&[0, 0, 0, 1]);
    let mut bytes = std::fs::read(&path).unwrap();
    age(&mut bytes);
    std::fs::write(&path, &bytes).unwrap();
    for reads in [&["user", "list"][..], &["client", "show", "fixed"], &["event", "list"], &["key", "list"]] {
        let said = place.fails(reads);
        assert!(
            said.contains("has tables of an earlier version") && said.contains("start `signet serve`"),
            "{said}"
        );
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    place.run(&["config", "check"], "");
    let server = signet_store::SqliteStore::open(&path).unwrap();
    let said = place.fails(&["user", "add", "elvis", "--no-password"]);
    assert!(said.contains("another process has it open: restart the server"), "{said}");
    drop(server);
    assert_eq!(std::fs::read(&path).unwrap()[60..64], [0, 0, 0, 1]);
    // Without one it is.
    let place = Place::new();
    drop(signet_store::SqliteStore::open(&place.0.join("signet.db")).unwrap());
    place.run(&["user", "add", "elvis", "--no-password"], "");
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
fn problems_can_be_read_by_programs() {
    let place = Place::new();
    for (text, key, line) in [
        ("isuer = \"https://op.example\"\n", "isuer", 1),
        ("issuer = \"https://op.example\"\nlisten = \"0.0.0.0:8080\"\n", "listen", 2),
    ] {
        place.write("signet.toml", text);
        let (code, out, _) = place.try_run(&["config", "check", "--json"], "");
        assert_eq!(code, format!("{:?}", ExitCode::from(2)));
        let out: Value = serde_json::from_str(&out).unwrap();
        let found = out["problems"].as_array().unwrap().iter().find(|problem| problem["key"] == key);
        assert_eq!(found.unwrap()["line"], line);
    }
}

#[test]
fn files_that_are_named_must_be_there() {
    let place = Place::new();
    place.write(
        "signet.toml",
        "issuer = \"https://op.example\"\ntls = { cert = \"cert.pem\", key = \"key.pem\" }\n\
         [keys]\nprivate_path = \"jwks.json\"\nread_only = true\n",
    );
    place.write("key.pem", "");
    let (code, _, err) = place.try_run(&["config", "check"], "");
    assert_eq!(code, format!("{:?}", ExitCode::from(2)));
    assert!(
        err.contains("signet.toml:2:16: `tls.cert`: FOLDER/cert.pem: cannot be read: No such file"),
        "{err}"
    );
    assert!(
        err.contains(
            "signet.toml:4:16: `keys.private_path`: the keys cannot be used: there is no FOLDER/jwks.json"
        ),
        "{err}"
    );
}

#[test]
fn a_store_in_memory_cannot_be_worked_on() {
    let place = Place::new();
    place.write("signet.toml", "issuer = \"https://op.example\"\nproxy.trusted = []\nstore = \"memory:\"\n");
    assert!(place.fails(&["user", "list"]).contains("write `store = \"sqlite:PATH\"`"));
}

/// A misspelt path must not become a store.
#[test]
fn commands_that_read_make_no_store() {
    let place = Place::new();
    let files = || std::fs::read_dir(&place.0).unwrap().count();
    let before = files();
    for line in [
        &["user", "list"][..],
        &["user", "show", "paula"],
        &["user", "lock", "paula"],
        &["user", "rm", "paula"],
        &["client", "list"],
        &["client", "show", "web"],
        &["client", "rm", "web"],
        &["client", "rotate-secret", "web"],
        &["client", "token", "list"],
        &["session", "list"],
        &["throttle", "list"],
        &["key", "list"],
        &["key", "rotate"],
    ] {
        let said = place.fails(line);
        assert!(
            said.contains("no store at FOLDER/signet.db; `signet serve` or `signet user add` creates it"),
            "{said}"
        );
        assert_eq!(files(), before, "{line:?}");
    }
    place.run(&["user", "add", "paula", "--password-stdin"], "a long password\n");
    place.run(&["user", "list"], "");
}

#[test]
fn a_scope_that_nobody_offers_is_named_with_those_that_are() {
    let place = Place::new();
    let line = ["client", "add", "job", "--grant-type", "client_credentials", "--scope", "read"];
    let (_, _, err) = place.try_run(&line, "");
    assert!(err.contains("does not offer read") && err.contains("offered are address, email, "), "{err}");
}

/// What is written for a developer has to be what the server does.
#[test]
fn what_apis_and_applications_get_is_explained_as_it_is() {
    let place = Place::new();
    let secret = "client_secret = \"a-secret-of-more-than-16-characters\"";
    place.write(
        "signet.toml",
        &format!(
            r#"
issuer = "http://127.0.0.1:9400"
store = "memory:"
[capabilities]
token_endpoint_auth_methods_supported = ["client_secret_post", "none"]
[[resources]]
identifier = "https://es.example"
scopes = ["es.read"]
signing_alg = "ES256"
typ = "JWT"
access_token_format = "jwt"
lifetimes = {{ access_token = "5m" }}
introspected_by = ["api"]
[[resources]]
identifier = "https://usual.example"
[[clients]]
client_id = "job"
{secret}
grant_types = ["client_credentials"]
resources = ["https://mine.example"]
[[clients]]
client_id = "api"
{secret}
grant_types = []
[[clients]]
client_id = "cli"
application_type = "native"
redirect_uris = ["http://127.0.0.1/callback"]
[[clients]]
client_id = "spa"
redirect_uris = ["http://localhost:3000/callback", "https://spa.example/callback"]
[[clients]]
client_id = "inside"
redirect_uris = ["http://intranet.example/callback"]
"#
        ),
    );
    let out = place.run(&["config", "check"], "");
    for line in [
        "  Its tokens have the audience https://es.example and the scopes es.read, and are JWTs (typ JWT, signed by ES256); valid for 5m; api may introspect \
         them.\n",
        "  Its tokens have the audience https://usual.example and no scopes of its own, and are as the application has them, by default opaque; JWTs have \
         typ at+jwt, signed by RS256; valid for 1h unless the application says otherwise; no client of this file may introspect them.\n",
        "job: a service that authenticates with its secret (client_secret_post)\n  client_secret_basic is not accepted: \
         capabilities.token_endpoint_auth_methods_supported does not have it.\n",
        "  Access tokens are opaque and valid for 1h, for APIs that say nothing else.\n",
        "  It may request its own resources https://mine.example.\n",
        "api: a resource server that authenticates with its secret (client_secret_post)\n",
        "  People see a page for each request, as any program on their device could make it.\n",
        "  With the scope offline_access, or without openid, it gets refresh tokens; unused for 30d they end.\n",
        "  People are asked for consent once, and again when it wants more. They see a page for each request that is answered on their device, as any \
         program there could make it.\n",
        "  Redirect URI: http://localhost:3000/callback (any port)\n",
        "  Redirect URI: http://intranet.example/callback\n",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    // Only of this machine any port is taken.
    let inside = out.split("inside: ").nth(1).unwrap_or_default();
    assert!(inside.contains("  People are asked for consent once, and again when it wants more.\n"), "{out}");
}

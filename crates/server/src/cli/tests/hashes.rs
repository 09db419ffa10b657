//! Hashes of other systems, at each door through which an operator brings them.

use super::*;
use crate::config::{Config, Format, Password, Source};

/// A name, and what is written there.
type Written = (String, String);

/// Takes each of these texts in at one door; what it says of each that it refuses.
struct Door {
    name: &'static str,
    refused: fn(&[Written]) -> String,
}

const DOORS: &[Door] = &[
    Door { name: "import, a text", refused: |all| imported(all, |hash| hash.into()) },
    Door { name: "import, a table", refused: |all| imported(all, |hash| serde_json::json!({"hash": hash})) },
    Door {
        name: "TOML, a text",
        refused: |all| configured(Format::Toml, &toml(all, |hash| format!("'{hash}'")), &[]),
    },
    Door {
        name: "TOML, a table",
        refused: |all| configured(Format::Toml, &toml(all, |hash| format!("{{ hash = '{hash}' }}")), &[]),
    },
    Door {
        name: "YAML",
        refused: |all| {
            let person = |(name, hash): &Written| format!("  - username: {name}\n    password: '{hash}'\n");
            let people: String = all.iter().map(person).collect();
            configured(Format::Yaml, &format!("issuer: https://op.example\nusers:\n{people}"), &[])
        },
    },
    Door {
        name: "JSON",
        refused: |all| {
            let person =
                |(name, hash): &Written| serde_json::json!({"username": name, "password": {"hash": hash}});
            let people: Vec<Value> = all.iter().map(person).collect();
            let config = serde_json::json!({"issuer": "https://op.example", "users": people});
            configured(Format::Json, &config.to_string(), &[])
        },
    },
    Door {
        name: "environment",
        refused: |all| {
            let variables: Vec<Written> = all
                .iter()
                .enumerate()
                .flat_map(|(at, (name, hash))| {
                    let key = |member: &str| format!("SIGNET__USERS__{at}__{member}");
                    [(key("USERNAME"), name.clone()), (key("PASSWORD"), hash.clone())]
                })
                .collect();
            configured(Format::Toml, "issuer = 'https://op.example'", &variables)
        },
    },
    Door {
        name: "user add",
        refused: |all| {
            let place = Place::new();
            let add = |(name, hash): &Written| {
                let (code, _, err) = place.try_run(&["user", "add", name, "--password-stdin"], hash);
                if code == format!("{:?}", ExitCode::SUCCESS) {
                    String::new()
                } else {
                    format!("{name}: {err}\n")
                }
            };
            all.iter().map(add).collect()
        },
    },
    Door {
        name: "user passwd",
        refused: |all| {
            let place = Place::new();
            place.run(&["user", "add", "elvis", "--no-password"], "");
            let change = |(name, hash): &Written| {
                let (code, _, err) = place.try_run(&["user", "passwd", "elvis", "--password-stdin"], hash);
                if code == format!("{:?}", ExitCode::SUCCESS) {
                    String::new()
                } else {
                    format!("{name}: {err}\n")
                }
            };
            all.iter().map(change).collect()
        },
    },
];

fn imported(all: &[Written], written: fn(&str) -> Value) -> String {
    let place = Place::new();
    let people: serde_json::Map<String, Value> =
        all.iter().map(|(name, hash)| (name.clone(), written(hash))).collect();
    let file = place.write("passwd.json", &serde_json::to_string_pretty(&people).unwrap());
    let (code, out, err) = place.try_run(&["user", "import", "--passwords", &file], "");
    let good = code == format!("{:?}", ExitCode::SUCCESS);
    assert_eq!(good, out.starts_with(&format!("{} added", all.len())), "{out}{err}");
    if good { String::new() } else { err }
}

fn toml(all: &[Written], written: fn(&str) -> String) -> String {
    let person =
        |(name, hash): &Written| format!("[[users]]\nusername = '{name}'\npassword = {}\n", written(hash));
    "issuer = 'https://op.example'\n".to_owned() + &all.iter().map(person).collect::<String>()
}

fn configured(format: Format, text: &str, variables: &[Written]) -> String {
    let source = Source { text, format, base: std::path::Path::new("/nowhere"), file: None };
    let trusted = ("SIGNET__PROXY__TRUSTED".to_owned(), "[]".to_owned());
    let variables = variables.iter().cloned().chain([trusted]).collect();
    match Config::load_text(source, &variables) {
        Ok(loaded) => {
            let hash = |password: &Option<Password>| matches!(password, Some(Password::Hash(_)));
            assert!(loaded.users.iter().all(|user| hash(&user.password)), "{text}");
            String::new()
        }
        Err(problems) => problems.iter().map(|problem| format!("{problem}\n")).collect(),
    }
}

#[test]
fn every_hash_that_is_verified_is_taken_at_every_door() {
    const MADE: &str = include_str!("../../../../login/tests/hashes.tsv");
    let vectors = MADE.lines().filter(|line| !line.starts_with('#'));
    let vectors = vectors.map(|line| line.split_once('\t').unwrap().1.to_owned());
    let more = [
        "{ARGON2}$argon2id$v=19$m=64,t=2,p=2$c2Vhc2FsdDg$5UXvqwX2v75zdzciWen4cMeMiFxuYnYj",
        "{BLF-CRYPT}$2b$04$abcdefghijklmnopqrstuuSXxILBM7OMjz06pU6DjD56dCH23CHyO",
        "{SSHA}RPAP6cZHn1LkSNf/fMfHsDLZuhFhYmNk",
    ];
    let all = vectors.chain(more.map(str::to_owned)).enumerate();
    let all: Vec<Written> = all.map(|(at, hash)| (format!("person{at}"), hash)).collect();
    assert!(all.iter().filter(|(_, hash)| hash.starts_with('{')).count() > 10);
    for Door { name, refused } in DOORS {
        assert_eq!(refused(&all), "", "{name}");
    }
}

#[test]
fn a_hash_that_is_not_verified_is_refused_by_name_at_every_door() {
    let all = [
        ("{MD5}X03MO1qnZdYdgyfeuILPmQ==", "{MD5}"),
        ("{SMD5}8HJb0eOiTZgyQZUGWpY2OXNhbHQ=", "{SMD5}"),
        ("{PKCS5S2}jXBQMTqaOmAh9ZNuRErmH6oAHnZ3", "{PKCS5S2}"),
        ("{x-issha, 1024}C0624bSFV4PFEkj0QQFY2KmwLvhHjnqg", "{x-issha, 1024}"),
        ("{SSHA}c2hvcnQ=", "LDAP SHA"),
        ("$apr1$Ab1cD2eF$0000000000000000000000", "Apache"),
    ];
    for Door { name, refused } in DOORS {
        for (hash, scheme) in all {
            let refused = refused(&[("person".to_owned(), hash.to_owned())]);
            assert!(refused.contains(scheme) && !refused.contains("JSON"), "{name}: {hash}: {refused}");
        }
    }
}

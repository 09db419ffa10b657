//! RFC 8018, RFC 9106: the password of an imported user: a hash, a table that says what it is, or a
//! credential as exported by Keycloak.

use serde_json::{Map, Value};
use signet_core::secret::Secret;
use signet_login::password::Given;

/// What was taken of somebody's credentials.
#[derive(Debug)]
pub(super) struct Picked {
    /// Their password; none where they had none.
    pub(super) password: Option<Given>,
    /// The kinds of what was left out.
    pub(super) left_out: Vec<String>,
}

/// What a value of a file of passwords is: a password, or credentials of which one is the password, as
/// Keycloak exports them. Of several passwords the one that Keycloak prefers is taken.
pub(super) fn picked(value: Value) -> Result<Picked, String> {
    // Tables of a database keep JSON as text.
    let text = value.as_str().filter(|text| is_json(text));
    let inner = text.map(|text| {
        signet_json::written_value(text.as_bytes()).map_err(|error| format!("it is not usable JSON: {error}"))
    });
    let inner = inner.transpose()?;
    let inner = inner.filter(|inner| inner.is_array() || inner.get("credentialData").is_some());
    let list = match inner.unwrap_or(value) {
        Value::Array(list) => list,
        Value::Object(mut user) if user.get("credentials").is_some_and(Value::is_array) => {
            match user.remove("credentials") {
                Some(Value::Array(list)) => list,
                _ => Vec::new(),
            }
        }
        one => {
            let kind = one.get("type").and_then(Value::as_str);
            // As one of a list.
            if kind.is_none_or(|kind| kind == PASSWORD) {
                return Ok(Picked { password: Some(given(one)?), left_out: Vec::new() });
            }
            vec![one]
        }
    };
    let mut passwords = Vec::new();
    let mut left_out = Vec::new();
    for (place, credential) in list.into_iter().enumerate() {
        let kind = credential.get("type").and_then(Value::as_str);
        match kind.or(credential.get("credentialData").map(|_| PASSWORD)) {
            Some(PASSWORD) => passwords.push((rank(&credential), place, credential)),
            Some(kind) => left_out.push(kind.chars().take(40).collect()),
            None => {
                return Err(
                    "a list of credentials has objects with type, credentialData and secretData".to_owned()
                );
            }
        }
    }
    passwords.sort_by_key(|(rank, place, _)| (*rank, *place));
    let mut passwords = passwords.into_iter().map(|(_, _, credential)| credential);
    let password = passwords.next().map(given).transpose()?;
    left_out.extend(passwords.map(|_| "another password".to_owned()));
    Ok(Picked { password, left_out })
}

const PASSWORD: &str = "password";

/// Whether a text begins as an object or a list of objects does. `{SSHA}…` begins with a brace too, and is a
/// hash: RFC 2307 §5.3 writes the scheme where an object has a quotation mark.
fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    let text = text.strip_prefix('[').map_or(text, str::trim_start);
    let first = text.strip_prefix('{').map(|rest| rest.trim_start().chars().next());
    matches!(first, Some(Some('"' | '}'))) || text.starts_with(']')
}

/// Keycloak tries those with the lowest number first; those without one in their order.
fn rank(credential: &Value) -> i64 {
    credential.get("priority").and_then(Value::as_i64).unwrap_or(i64::MAX)
}

/// What a password is.
fn given(value: Value) -> Result<Given, String> {
    const SHAPE: &str = "a password is a hash, {\"plain\": …}, {\"hash\": …}, or a credential with credentialData and secretData";
    match value {
        Value::String(text) => Ok(Given::Foreign(Secret::new(text))),
        Value::Object(mut table) => match (table.remove("plain"), table.remove("hash")) {
            (Some(Value::String(text)), None) => Ok(Given::Plain(Secret::new(text))),
            (None, Some(Value::String(text))) => Ok(Given::Hash(Secret::new(text))),
            (None, None) => keycloak(&table).map(|text| Given::Hash(Secret::new(text))),
            _ => Err(SHAPE.to_owned()),
        },
        _ => Err(SHAPE.to_owned()),
    }
}

/// Keycloak's credential in the form that says the same in one line.
fn keycloak(credential: &Map<String, Value>) -> Result<String, String> {
    let data = inner(credential, "credentialData")?;
    let secret = inner(credential, "secretData")?;
    let text = |name: &str| secret.get(name).and_then(Value::as_str).map(|text| text.trim_end_matches('='));
    let (hash, salt) = text("value").zip(text("salt")).ok_or("its secretData lacks value or salt")?;
    let iterations = number(data.get("hashIterations")).ok_or("its credentialData lacks hashIterations")?;
    match data.get("algorithm").and_then(Value::as_str) {
        Some("pbkdf2") => Ok(format!("$pbkdf2$i={iterations}${salt}${hash}")),
        Some("pbkdf2-sha256") => Ok(format!("$pbkdf2-sha256$i={iterations}${salt}${hash}")),
        Some("pbkdf2-sha512") => Ok(format!("$pbkdf2-sha512$i={iterations}${salt}${hash}")),
        Some("argon2") => {
            // Each parameter is a list of one text.
            let more = data.get("additionalParameters");
            let word = |name: &str| {
                let value = more.and_then(|more| more.get(name))?;
                value.get(0).unwrap_or(value).as_str()
            };
            let (kind, version) = (word("type").unwrap_or("id"), word("version").unwrap_or("1.3"));
            let version = if version == "1.0" { 16 } else { 19 };
            let (memory, lanes) = word("memory")
                .zip(word("parallelism"))
                .ok_or("its additionalParameters lack memory or parallelism")?;
            Ok(format!("$argon2{kind}$v={version}$m={memory},t={iterations},p={lanes}${salt}${hash}"))
        }
        _ => Err("its algorithm is none of pbkdf2, pbkdf2-sha256, pbkdf2-sha512 and argon2".to_owned()),
    }
}

/// JSON in a text, or as it is.
fn inner(credential: &Map<String, Value>, name: &str) -> Result<Map<String, Value>, String> {
    match credential.get(name) {
        Some(Value::String(text)) => {
            signet_json::written_object(text.as_bytes()).map_err(|error| format!("its {name}: {error}"))
        }
        Some(Value::Object(table)) => Ok(table.clone()),
        _ => Err(format!("this credential has no {name}")),
    }
}

fn number(value: Option<&Value>) -> Option<u64> {
    let value = value?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use signet_login::password::{Memory, Parameters, Password, Written};

    use super::*;

    fn verifies(credential: Value) -> bool {
        let given = picked(credential).unwrap().password.unwrap();
        let Ok(Written::Hash(hash)) = given.judge() else { return false };
        let method = Password::new(Parameters { memory_kib: 64, iterations: 1, parallelism: 1 }).unwrap();
        let typed = Secret::new("crème brûlée".to_owned());
        method.check(&mut Memory::default(), &typed, Some(&hash)).unwrap().login.is_some()
    }

    #[test]
    fn keycloaks_credentials_are_hashes() {
        let pbkdf2 = json!({
            "type": "password",
            "secretData": "{\"value\":\"4tVN4gUZM7mo+iUpygY0C14UgvoZkwAP6Fpd1y74DLQ=\",\
                            \"salt\":\"c2Vhc2FsdHNlYXNhbHQxNg==\",\"additionalParameters\":{}}",
            "credentialData": "{\"hashIterations\":1000,\"algorithm\":\"pbkdf2-sha256\",\"additionalParameters\":{}}",
        });
        assert!(verifies(Value::String(pbkdf2.to_string())));
        assert!(verifies(pbkdf2));
        let argon2 = json!({
            "type": "password",
            "secretData": { "value": "5UXvqwX2v75zdzciWen4cMeMiFxuYnYj", "salt": "c2Vhc2FsdDg=" },
            "credentialData": { "hashIterations": 2, "algorithm": "argon2", "additionalParameters": {
                "hashLength": ["24"], "memory": ["64"], "type": ["id"], "version": ["1.3"], "parallelism": ["2"] } },
        });
        assert!(verifies(argon2));
    }

    fn of_password(value: &str, priority: Option<i64>) -> Value {
        let mut credential = json!({
            "type": "password", "secretData": { "value": value, "salt": "c2FsdHNhbHQ=" },
            "credentialData": { "hashIterations": 1000, "algorithm": "pbkdf2-sha256" },
        });
        if let Some(priority) = priority {
            credential["priority"] = priority.into();
        }
        credential
    }

    #[test]
    fn a_member_that_occurs_twice_is_named() {
        let credential = |data: &str| json!({"credentialData": data, "secretData": "{\"value\": \"b25l\", \"salt\": \"c2FsdA\"}"});
        let twice = r#"{"hashIterations": 1000, "algorithm": "pbkdf2-sha256", "hashIterations": 1}"#;
        let whole = r#"{"credentialData": {}, "credentialData": {}}"#;
        for (value, named) in [
            (credential(twice), ["credentialData", "\"hashIterations\" occurs twice"]),
            (json!(whole), ["credentialData", "occurs twice"]),
        ] {
            let said = picked(value).unwrap_err();
            assert!(named.iter().all(|word| said.contains(word)), "{said}");
        }
    }

    #[test]
    fn of_several_credentials_the_password_that_keycloak_prefers_is_taken() {
        let otp =
            json!({"type": "otp", "priority": 1, "secretData": "{\"value\":\"x\"}", "credentialData": "{}"});
        let old = json!({"type": "password-history", "secretData": {"value": "aGlzdA", "salt": "x"}});
        for (list, hash, left_out) in [
            (json!([otp, of_password("b25l", None)]), Some("b25l"), vec!["otp"]),
            (
                json!([of_password("b25l", Some(20)), of_password("dHdv", Some(10))]),
                Some("dHdv"),
                vec!["another password"],
            ),
            (
                json!([of_password("b25l", None), of_password("dHdv", None)]),
                Some("b25l"),
                vec!["another password"],
            ),
            (
                json!({"username": "x", "credentials": [old, of_password("b25l", None)]}),
                Some("b25l"),
                vec!["password-history"],
            ),
            (json!([otp]), None, vec!["otp"]),
            (otp.clone(), None, vec!["otp"]),
            (json!([]), None, vec![]),
        ] {
            let picked = picked(list.clone()).unwrap();
            let found = match &picked.password {
                Some(Given::Hash(text)) => Some(text.expose().as_str()),
                _ => None,
            };
            assert_eq!(found.is_some(), hash.is_some(), "{list}");
            assert!(found.zip(hash).is_none_or(|(found, hash)| found.ends_with(hash)), "{list}");
            assert_eq!(picked.left_out, left_out, "{list}");
        }
        for wrong in [json!(["krall"]), json!([{"value": "krall"}]), json!([7])] {
            assert!(picked(wrong.clone()).unwrap_err().contains("credentialData"), "{wrong}");
        }
    }

    #[test]
    fn what_is_no_password_is_refused_with_the_reason() {
        for (value, why) in [
            (json!(7), "a password is a hash"),
            (json!({"plain": "x", "hash": "y"}), "a password is a hash"),
            (json!({"type": "password"}), "credentialData"),
            (
                json!({"credentialData": "{}", "secretData": "{\"value\":\"x\",\"salt\":\"y\"}"}),
                "hashIterations",
            ),
            (
                json!({"credentialData": {"hashIterations": 1, "algorithm": "md5"}, "secretData": {"value": "x", "salt": "y"}}),
                "algorithm",
            ),
        ] {
            let said = picked(value.clone()).unwrap_err();
            assert!(said.contains(why), "{value}: {said}");
        }
    }
}

//! RFC 8018, RFC 9106: the password of an imported person: a hash, a table that says what it is, or a
//! credential as Keycloak exports it.

use serde_json::{Map, Value};
use signet_core::secret::Secret;
use signet_login::password::Given;

/// What a value of a file of passwords is.
pub(super) fn given(value: Value) -> Result<Given, String> {
    const SHAPE: &str = "a password is a hash, {\"plain\": …}, {\"hash\": …}, or a credential with credentialData and secretData";
    match value {
        // Tables of a database keep JSON as text.
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(table)) if table.contains_key("credentialData") => given(Value::Object(table)),
            _ => Ok(Given::Foreign(Secret::new(text))),
        },
        Value::Object(mut table) => match (table.remove("plain"), table.remove("hash")) {
            (Some(Value::String(text)), None) => Ok(Given::Plain(Secret::new(text))),
            (None, Some(Value::String(text))) => Ok(Given::Hash(Secret::new(text))),
            (None, None) => {
                keycloak(&table).map(|text| Given::Hash(Secret::new(text))).map_err(str::to_owned)
            }
            _ => Err(SHAPE.to_owned()),
        },
        _ => Err(SHAPE.to_owned()),
    }
}

/// Keycloak's credential in the form that says the same in one line.
fn keycloak(credential: &Map<String, Value>) -> Result<String, &'static str> {
    let data = inner(credential, "credentialData").ok_or("this credential has no credentialData")?;
    let secret = inner(credential, "secretData").ok_or("this credential has no secretData")?;
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
        _ => Err("its algorithm is none of pbkdf2, pbkdf2-sha256, pbkdf2-sha512 and argon2"),
    }
}

/// JSON in a text, or as it is.
fn inner(credential: &Map<String, Value>, name: &str) -> Option<Map<String, Value>> {
    match credential.get(name)? {
        Value::String(text) => serde_json::from_str(text).ok(),
        Value::Object(table) => Some(table.clone()),
        _ => None,
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
        let Ok(Written::Hash(hash)) = given(credential).unwrap().judge() else { return false };
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

    #[test]
    fn what_is_no_password_is_refused_with_the_reason() {
        for (value, why) in [
            (json!(7), "a password is a hash"),
            (json!({"plain": "x", "hash": "y"}), "a password is a hash"),
            (json!({"type": "otp"}), "credentialData"),
            (
                json!({"credentialData": "{}", "secretData": "{\"value\":\"x\",\"salt\":\"y\"}"}),
                "hashIterations",
            ),
            (
                json!({"credentialData": {"hashIterations": 1, "algorithm": "md5"}, "secretData": {"value": "x", "salt": "y"}}),
                "algorithm",
            ),
        ] {
            let said = given(value.clone()).unwrap_err();
            assert!(said.contains(why), "{value}: {said}");
        }
    }
}

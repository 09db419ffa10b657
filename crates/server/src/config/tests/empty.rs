//! An empty text is a variable that was not set: wherever the schema takes text it is an error.

use serde_json::{Value as Json, json};

use super::super::schema::kinds;
use super::*;

/// A place where text may be, by the key that errors name, and the configuration that is empty there.
type Place = (String, Json);

fn places(root: &Json, schema: &Json, key: &str, around: &dyn Fn(Json) -> Json, found: &mut Vec<Place>) {
    let schema = resolved(root, schema);
    // Of that everything is claims of a person, which may be empty.
    if schema.get("x-kind").is_some_and(|kind| kind == "person") {
        return;
    }
    if kinds(schema).contains(&"string") {
        found.push((key.to_owned(), around(json!(""))));
    }
    if let Some(item) = schema.get("items") {
        places(root, item, &format!("{key}[0]"), &|value| around(json!([value])), found);
    }
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    for (name, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
        places(root, property, &below(name), &|value| around(json!({ name: value })), found);
    }
    if let Some(others) = schema.get("additionalProperties").filter(|others| others.is_object()) {
        places(root, others, &below("x"), &|value| around(json!({ "x": value })), found);
    }
}

fn resolved<'a>(root: &'a Json, mut schema: &'a Json) -> &'a Json {
    loop {
        let branches = schema.get("anyOf").and_then(Json::as_array);
        let own = |branch: &&Json| branch.get("type").and_then(Json::as_str) != Some("null");
        if let Some(branch) = branches.and_then(|branches| branches.iter().find(own)) {
            schema = branch;
        } else if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
            schema = root.pointer(target.strip_prefix('#').unwrap()).unwrap();
        } else {
            return schema;
        }
    }
}

#[test]
fn an_empty_text_is_an_error_wherever_text_is() {
    // Configurations of oidc-op have one where a key is to be made.
    const MEANT: [&str; 1] = ["keys.key_defs[0].key"];
    let root = Config::schema();
    let mut found = Vec::new();
    let around = |mut value: Json| {
        // Without these nothing else is looked at.
        let mut name = |table: &str, key: &str| {
            if let Some(table) = value.pointer_mut(table).and_then(Json::as_object_mut) {
                table.entry(key).or_insert(json!("https://op.example"));
            }
        };
        name("", "issuer");
        name("/users/0", "username");
        value
    };
    places(&root, &root, "", &around, &mut found);
    assert!(found.len() > 150, "{}", found.len());
    let mut passed = Vec::new();
    for (key, text) in found {
        let problems = from(&text.to_string(), Format::Json, &[]).err().unwrap_or_default();
        // Of a secret the whole may be named, however it is given.
        let outer = |key: &&str| {
            let forms = [".file", ".plain", ".hash"];
            forms.iter().find_map(|form| key.strip_suffix(form).map(str::to_owned))
        };
        let wholes = std::iter::successors(Some(key.clone()), |key| outer(&key.as_str()));
        if !wholes.into_iter().any(|whole| problems.iter().any(|problem| problem.key() == whole)) {
            passed.push(key);
        }
    }
    assert_eq!(passed, MEANT);
}

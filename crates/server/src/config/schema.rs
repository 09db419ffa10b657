//! What the schema says of a key: for checks, and for what operators read.

use serde_json::Value as Json;

/// Other names of a key.
pub(super) fn aliases(property: &Json) -> impl Iterator<Item = &str> {
    property.get("x-aliases").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
}

/// What a key with a language behind `#` takes.
pub(super) fn by_pattern<'a>(schema: &'a Json, name: &str) -> Option<&'a Json> {
    let (stem, language) = name.split_once('#')?;
    let pattern = format!("^{stem}#.+$");
    schema.get("patternProperties")?.get(pattern).filter(|_| !language.is_empty())
}

/// The words of an enumeration.
pub(super) fn words(schema: &Json) -> Vec<&str> {
    let listed = schema.get("enum").and_then(Json::as_array).into_iter().flatten();
    let branches = schema.get("oneOf").and_then(Json::as_array).into_iter().flatten();
    listed.chain(branches.filter_map(|branch| branch.get("const"))).filter_map(Json::as_str).collect()
}

/// The kinds of value that a schema takes, without null.
pub(super) fn kinds(schema: &Json) -> Vec<&str> {
    match schema.get("type") {
        Some(Json::String(kind)) => vec![kind],
        Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).filter(|k| *k != "null").collect(),
        _ => Vec::new(),
    }
}

/// The first example of a key, as TOML.
pub(super) fn example(property: &Json) -> Option<String> {
    let example = property.get("examples")?.get(0)?;
    Some(example.to_string())
}

/// What operators call it.
pub(super) fn kind_name(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a table",
        _ => return None,
    })
}

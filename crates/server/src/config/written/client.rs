//! OpenID Connect Dynamic Client Registration §2, RFC 7591 §2: an application, as written; its keys are the
//! rows of `signet_core::client::members`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use signet_core::client::kind::Kind;
use signet_core::client::members::{MEMBERS, Member};

use super::AddClaimsWritten;
use crate::config::value::{Seconds, SecretText, Words};

/// The metadata of an application; it is judged by the table of members.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientWritten(pub Map<String, Value>);

/// A client's own lifetimes; others use the global defaults.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ClientLifetimes {
    /// Authorization codes.
    code: Option<Seconds>,
    /// Access tokens.
    access_token: Option<Seconds>,
    /// Refresh tokens.
    refresh_token: Option<Seconds>,
    /// ID tokens.
    id_token: Option<Seconds>,
}

impl JsonSchema for ClientWritten {
    fn schema_name() -> Cow<'static, str> {
        "ClientWritten".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let properties: Map<String, Value> =
            MEMBERS.iter().map(|member| (member.name.to_owned(), property(member, generator))).collect();
        let localised = MEMBERS.iter().filter(|member| member.localised);
        let localised: Map<String, Value> = localised
            .map(|member| (format!("^{}#.+$", member.name), json!({ "type": "string", "x-judged": true })))
            .collect();
        json_schema!({
            "description": "An application. Texts and URLs can be given by language, for example as `client_name#de`.",
            "type": "object",
            "properties": properties,
            "patternProperties": localised,
            "additionalProperties": false,
            "required": ["client_id"],
            "x-judged": true,
        })
    }
}

/// What the schema says of a member.
fn property(member: &Member, generator: &mut SchemaGenerator) -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let (kind, default) = match member.kind {
        Kind::Kept | Kind::NotGiven => return json!({ "x-kept": true, "x-judged": true }),
        Kind::Flag => (json!({ "type": "boolean" }), json!(false)),
        Kind::Number => (json!({ "type": "integer", "minimum": 0 }), json!(0)),
        Kind::OneOf(words) => (json!({ "type": "string", "enum": words }), json!(words.first())),
        Kind::Choice("subject_types_supported") => {
            (json!({ "type": "string", "enum": ["public", "pairwise", "ephemeral"] }), Value::Null)
        }
        Kind::Texts | Kind::Choices(_) | Kind::Wishes(_) => (texts, Value::Null),
        Kind::Keys => (json!({ "type": "object" }), Value::Null),
        Kind::Several(..) | Kind::Scope => (Words::json_schema(generator).to_value(), Value::Null),
        Kind::Secret => (SecretText::json_schema(generator).to_value(), Value::Null),
        Kind::Duration => (Seconds::json_schema(generator).to_value(), Value::Null),
        Kind::Durations => (generator.subschema_for::<ClientLifetimes>().to_value(), Value::Null),
        Kind::Table => (table(member.name, texts, generator), Value::Null),
        Kind::Text | Kind::Hash | Kind::Name | Kind::Page | Kind::Fetched | Kind::Choice(_) => {
            (json!({ "type": "string" }), Value::Null)
        }
    };
    let mut property = Map::from_iter([("description".to_owned(), member.doc.into())]);
    property.extend(kind.as_object().cloned().unwrap_or_default());
    // Tables have parts of their own, and secrets are read from files.
    if !matches!(member.kind, Kind::Table | Kind::Durations | Kind::Secret) {
        property.insert("x-judged".to_owned(), true.into());
    }
    let other: Vec<&str> = member.aliases.iter().copied().chain(member.singular).collect();
    if !other.is_empty() {
        property.insert("x-aliases".to_owned(), json!(other));
    }
    if let Ok(example) = serde_json::from_str::<Value>(member.example) {
        property.insert("examples".to_owned(), json!([example]));
    } else if !default.is_null() {
        property.insert("default".to_owned(), default);
    }
    property.into()
}

/// The parts of a table of the operator's.
fn table(name: &str, texts: Value, generator: &mut SchemaGenerator) -> Value {
    match name {
        "add_claims" => generator.subschema_for::<AddClaimsWritten>().to_value(),
        "scopes_to_claims" => json!({ "type": "object", "additionalProperties": texts }),
        _ => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
    }
}

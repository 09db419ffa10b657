//! `[endpoint]`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use signet_core::endpoint::ENDPOINTS;

/// Paths of the endpoints, by name. The table of endpoints says which there are.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Endpoints(pub BTreeMap<String, Endpoint>);

impl Endpoints {
    /// The path that is written for an endpoint.
    pub fn path(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.path.as_deref()
    }
}

impl JsonSchema for Endpoints {
    fn schema_name() -> Cow<'static, str> {
        "Endpoints".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let row = generator.subschema_for::<Endpoint>();
        let property = |endpoint: &&dyn signet_core::endpoint::Endpoint| {
            let mut property = row.clone();
            property.insert("description".into(), format!("Default `{}`.", endpoint.path()).into());
            (endpoint.name().to_owned(), Value::from(property))
        };
        let properties: Map<String, Value> = ENDPOINTS.iter().map(property).collect();
        json_schema!({
            "description": "Paths of the endpoints.",
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        })
    }
}

/// One endpoint.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoint {
    /// Its path below the issuer.
    #[schemars(extend("examples" = ["/oauth/token"]))]
    pub path: Option<String>,
}

//! Authentication contexts and sign-in hints, as written.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::config::value::Seconds;

/// How a user must be signed in, and the name by which applications request it.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(transform = super::text_by_language, extend("required" = ["acr"]))]
pub struct ContextWritten {
    /// The `acr` value.
    #[schemars(extend("examples" = ["urn:example:password"]))]
    pub acr: String,
    /// What the user must do; all methods are required. This version supports only `password`, the default.
    #[schemars(extend("x-aliases" = ["method"]))]
    pub methods: Vec<String>,
    /// Only a sign-in within the request counts, never an earlier session.
    pub fresh: bool,
    /// How long a sign-in counts. Default: as long as the session.
    #[schemars(extend("x-aliases" = ["expires_in"]))]
    pub lifetime: Option<Seconds>,
    /// The text shown to users who are asked for it; `label#de` in a language.
    pub label: Option<String>,
    /// `label#de` and the like.
    #[serde(flatten)]
    #[schemars(skip)]
    pub languages: BTreeMap<String, String>,
    /// oidc-op's class, instead of `methods`.
    pub class: Option<String>,
    /// oidc-op's arguments of the class; `expires_in` is `lifetime`.
    pub kwargs: Map<String, Value>,
}

/// Authentication contexts requested by a `login_hint`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoginHint2Acrs {
    /// oidc-op's class; there is one only.
    #[schemars(extend("examples" = ["LoginHint2Acrs"]))]
    pub class: Option<String>,
    /// Its arguments.
    pub kwargs: LoginHint2AcrsKwargs,
}

/// Authentication contexts requested by the scheme of a `login_hint`.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoginHint2AcrsKwargs {
    /// The scheme of a `login_hint` → the `acr` values that it requests, in order of preference, if the
    /// request has none.
    #[schemars(extend("examples" = [{"eid": ["urn:example:eid"]}]))]
    pub scheme_map: BTreeMap<String, Vec<String>>,
}

/// How the name in a `login_hint` is interpreted. The sign-in page shows the hint itself, without `tel:`,
/// `mail:` or `email:`. Signet does not look up its owner, because anyone who knows an address could then
/// read the user name on the page.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoginHintLookup {
    /// Replaces the leading 0 of a telephone number.
    #[schemars(extend("examples" = ["+46"]))]
    pub default_country_code: Option<String>,
    /// oidc-op's class; there is one only.
    #[schemars(extend("examples" = ["LoginHintLookup"]))]
    pub class: Option<String>,
    /// oidc-op's arguments of the class; they are not needed.
    pub kwargs: Map<String, Value>,
}

/// Named values in the order in which they were written.
#[derive(Debug)]
pub struct InOrder<T>(pub Vec<(String, T)>);

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Serialize> Serialize for InOrder<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for InOrder<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = InOrder<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(InOrder(entries))
            }
        }

        from.deserialize_map(Entries(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for InOrder<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "InOrder".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let value = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": value })
    }
}

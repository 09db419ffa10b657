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

/// How a person must be signed in, and the name by which applications ask for it.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["acr"]))]
pub struct ContextWritten {
    /// The `acr` value.
    #[schemars(extend("examples" = ["urn:example:password"]))]
    pub acr: String,
    /// What the person must do, all of it. Only `password` is there in this version, and it is the default.
    #[schemars(extend("x-aliases" = ["method"]))]
    pub methods: Vec<String>,
    /// Only a sign-in within the request counts, never a session from before.
    pub fresh: bool,
    /// How long a sign-in counts; default: as long as the session.
    #[schemars(extend("x-aliases" = ["expires_in"]))]
    pub lifetime: Option<Seconds>,
    /// Shown to people who are asked for it.
    pub label: Option<String>,
    /// oidc-op's class, in place of `methods`.
    pub class: Option<String>,
    /// oidc-op's arguments of the class; `expires_in` is `lifetime`.
    pub kwargs: Map<String, Value>,
}

/// What a `login_hint` asks for.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoginHint2Acrs {
    /// oidc-op's class; there is one only.
    #[schemars(extend("examples" = ["LoginHint2Acrs"]))]
    pub class: Option<String>,
    /// Its arguments.
    pub kwargs: LoginHint2AcrsKwargs,
}

/// What a `login_hint` asks for by its scheme.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoginHint2AcrsKwargs {
    /// The scheme of a `login_hint` → the `acr` values that it asks for, preferred first, where the request
    /// itself names none.
    #[schemars(extend("examples" = [{"eid": ["urn:example:eid"]}]))]
    pub scheme_map: BTreeMap<String, Vec<String>>,
}

/// How the name in a `login_hint` is read. The sign-in page is filled in with the hint itself, without
/// `tel:`, `mail:` or `email:`; it is never looked up who that is, because anyone who knows an address could
/// then read the user name off the page.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LoginHintLookup {
    /// What takes the place of the leading 0 of a telephone number.
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

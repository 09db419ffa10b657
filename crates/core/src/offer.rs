//! OpenID Connect Discovery §3, RFC 8414 §2: what an operator offers of everything that is implemented.
//!
//! Metadata shows no more, registration takes no more, and what goes beyond it is refused where it is used.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Lists of the provider's metadata, made shorter by the operator; what is not named is offered whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    lists: BTreeMap<String, Vec<String>>,
    /// The `claims` parameter is read; else it is passed over (OpenID Connect Core §5.5).
    pub claims_parameter: bool,
}

impl Default for Offer {
    fn default() -> Self {
        Self { lists: BTreeMap::new(), claims_parameter: true }
    }
}

impl Offer {
    /// Offers of a list of the metadata these values only.
    pub fn only(&mut self, list: &str, values: Vec<String>) {
        self.lists.insert(list.to_owned(), values);
    }

    /// Whether a value of that list is offered.
    pub fn has(&self, list: &str, value: &str) -> bool {
        self.lists.get(list).is_none_or(|values| values.iter().any(|offered| offered == value))
    }

    /// Takes out of the metadata what is not offered. RFC 8414 §3.2: a list without entries is left out.
    pub(crate) fn narrow(&self, document: &mut Map<String, Value>) {
        for (list, offered) in &self.lists {
            let Some(Value::Array(values)) = document.get_mut(list) else { continue };
            values.retain(|value| offered.iter().any(|offered| value == offered));
            if values.is_empty() {
                document.shift_remove(list);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_named_is_offered_whole() {
        let mut offer = Offer::default();
        assert!(offer.has("response_types_supported", "code"));
        offer.only("response_types_supported", vec!["code".into(), "device".into()]);
        assert!(offer.has("response_types_supported", "code"));
        assert!(!offer.has("response_types_supported", "id_token"));
        assert!(offer.has("grant_types_supported", "id_token"));
    }

    #[test]
    fn metadata_is_made_shorter_and_never_longer() {
        let mut offer = Offer::default();
        offer.only("a", vec!["z".into(), "y".into(), "none of ours".into()]);
        offer.only("b", Vec::new());
        offer.only("c", vec!["x".into()]);
        let mut document = json!({"a": ["x", "y", "z"], "b": ["x"], "c": "text", "d": ["x"]});
        offer.narrow(document.as_object_mut().unwrap());
        assert_eq!(document, json!({"a": ["y", "z"], "c": "text", "d": ["x"]}));
    }
}

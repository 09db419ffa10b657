//! RFC 7591 §3.2.2: what is said of a value that is not among those offered, and who could offer it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Judge, Origin};
use crate::alg;
use crate::client_auth::{OFFERED, Proof};
use crate::near::nearest;
use crate::response_type::{self, ResponseType};
use crate::settings::Settings;
use crate::token::protect::NONE;

/// How a value comes to be offered.
pub enum Remedy<'a> {
    /// Not at all.
    None,
    /// By what this function says to operators: of a list, and a value.
    Write(fn(&str, &str) -> Option<String>),
    /// By a setting of the operator's, which strangers can ask for; with the lists as they could be.
    Ask(&'a Settings, Map<String, Value>),
}

impl Judge<'_> {
    /// A value that is not among those offered, and what to do about it.
    pub(super) fn not_offered(&self, list: Option<&str>, value: &str, offered: &[&str]) -> (String, String) {
        // Of names that are right somewhere, one is not another with a typing error.
        let misspelt = !alg::is_known(value) && Proof::of(value).is_none();
        let near = nearest(value, offered.iter().copied()).filter(|_| misspelt);
        let instead = match near {
            _ if offered.is_empty() => "nor is any other; leave it out".to_owned(),
            Some(near) => format!("did you mean {near:?}?"),
            None => format!("choose one of {}", offered.join(", ")),
        };
        let what = format!("{value} is not offered here");
        let list = list.unwrap_or_default();
        match &self.remedy {
            Remedy::Write(advice) => (what, advice(list, value).unwrap_or(instead)),
            Remedy::Ask(settings, possible) => match self.setting(settings, possible, list, value) {
                Some(setting) => {
                    let what = format!("{value} is not offered to applications that register themselves");
                    let others = match offered {
                        [] => "leave it out".to_owned(),
                        _ => format!("choose one of {}", offered.join(", ")),
                    };
                    (what, format!("{others}, or ask the operator to allow it by {setting}"))
                }
                None => (what, instead),
            },
            Remedy::None => (what, instead),
        }
    }

    /// The setting by which clients that register could have a value.
    fn setting(
        &self,
        settings: &Settings,
        possible: &Map<String, Value>,
        list: &str,
        value: &str,
    ) -> Option<String> {
        let has = |lists: &Map<String, Value>| {
            let values = lists.get(list).and_then(Value::as_array);
            values.is_some_and(|values| values.iter().any(|one| one == value))
        };
        // Metadata lists methods that are offered only.
        let proof = Proof::of(value).filter(|_| list == OFFERED);
        if proof.is_none() && !has(possible) {
            return None;
        }
        // No setting makes a document a place for secrets.
        if self.origin == Origin::Document && proof.is_some_and(Proof::needs_secret) {
            return None;
        }
        if !settings.offer.has(list, value) {
            return Some(format!("capabilities.{list}"));
        }
        let policy = &settings.registration;
        match list {
            "grant_types_supported" => Some("registration.grant_types".to_owned()),
            response_type::OFFERED => {
                let needs = ResponseType::find(value)?.grant_types();
                let lacks: BTreeSet<_> =
                    needs.filter(|grant| !policy.grant_types.iter().any(|own| own == grant)).collect();
                let lacks = lacks.into_iter().collect::<Vec<_>>().join(" and ");
                Some(format!("{lacks} in registration.grant_types"))
            }
            "scopes_supported" => policy.scopes.as_ref().map(|_| "registration.scopes".to_owned()),
            _ if value == NONE && !policy.unsigned => Some("registration.unsigned".to_owned()),
            _ => None,
        }
    }
}

//! RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2: what members of client metadata may be.

use serde_json::Value;

use crate::fault::{Place, Step};

/// What a member may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Flag,
    /// A whole number.
    Number,
    /// A length of time: seconds; operators may write `"1h"`.
    Duration,
    /// A table of lengths of time.
    Durations,
    /// Text.
    Text,
    /// The client secret.
    Secret,
    /// A SHA-256 in hexadecimal.
    Hash,
    /// A text that users see next to our own words.
    Name,
    /// The URL of a page or picture that users see.
    Page,
    /// A URL that Signet fetches.
    Fetched,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A value of this list of the provider's metadata.
    Choice(&'static str),
    /// The same, of which operators may name several; the others are kept in this member of the record.
    Several(&'static str, &'static str),
    /// Values of this list of the provider's metadata.
    Choices(&'static str),
    /// The same, which an operator may come to offer later.
    Wishes(&'static str),
    /// Words of a scope.
    Scope,
    /// A list of texts.
    Texts,
    /// A JWK Set.
    Keys,
    /// A table of the operator's, with the shape of the record.
    Table,
    /// Anything: kept for other tools.
    Kept,
    /// A wish for protection that is not given.
    NotGiven,
}

impl Kind {
    /// The list of the provider's metadata from which it is chosen.
    pub fn list(self) -> Option<&'static str> {
        match self {
            Self::Choice(list) | Self::Several(list, _) | Self::Choices(list) | Self::Wishes(list) => {
                Some(list)
            }
            _ => None,
        }
    }

    /// What operators are to write instead of an empty text: it is a variable that was not set, and taken for
    /// absent it would lift what the member is there to demand.
    pub(super) fn instead_of_nothing(self) -> &'static str {
        match self {
            Self::Scope => "write its scopes, or [] if it has none, or leave it out for all that are offered",
            Self::Secret => "write a long random one; a client without a secret leaves it out",
            Self::Hash => {
                "write the 64 hexadecimal digits of the secret's SHA-256; a client without a secret leaves it out"
            }
            _ => "write a value, or leave it out",
        }
    }

    /// Where an empty text is in a value. Lists of texts and keys have rules of their own for their entries.
    pub(super) fn nothing_in(self, name: &str, value: &Value) -> Option<Place> {
        let mut steps = vec![Step::Member(name.to_owned())];
        let deep = matches!(self, Self::Table | Self::Kept);
        is_nothing(value, deep, &mut steps).then_some(Place(steps))
    }
}

/// Leaves the steps at the first empty text.
fn is_nothing(value: &Value, deep: bool, steps: &mut Vec<Step>) -> bool {
    let entries: Vec<(Step, &Value)> = match value {
        Value::String(text) => return text.is_empty(),
        Value::Array(list) if deep => {
            list.iter().enumerate().map(|(at, entry)| (Step::Entry(at), entry)).collect()
        }
        Value::Object(table) if deep => {
            table.iter().map(|(name, entry)| (Step::Member(name.clone()), entry)).collect()
        }
        _ => return false,
    };
    entries.into_iter().any(|(step, entry)| {
        steps.push(step);
        let found = is_nothing(entry, deep, steps);
        if !found {
            steps.pop();
        }
        found
    })
}

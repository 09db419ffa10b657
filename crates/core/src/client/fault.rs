//! What is wrong with a client's metadata, where, and what to write instead: the same words for operators and
//! for clients that register. In ASCII, as they are sent to clients too.

use std::fmt;

use super::Origin;
use super::members::MEMBERS;
use crate::error::{Error, ErrorCode};
use crate::rule;

/// Whether a client can be as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It may be meant so.
    Warning,
    /// It cannot.
    Error,
}

/// How much a fault matters: a row of [`SEVERITIES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Nothing good can come of it.
    Wrong,
    /// Weak, but in use where it was written before.
    Weak,
    /// An operator may know better.
    Doubtful,
    /// Only worth a word to the operator.
    Hint,
    /// The application finds out itself; its operator should not have to.
    Careless,
    /// Strangers cannot have it.
    Trust,
}

use Severity::{Error as E, Warning as W};

/// Whom a fault stops, and who is warned: for each weight, in the order of [`Origin`].
static SEVERITIES: &[(Weight, [Option<Severity>; 5])] = &[
    //                 operator import   stored   registration document
    (Weight::Wrong, [Some(E), Some(E), Some(E), Some(E), Some(E)]),
    (Weight::Weak, [Some(E), Some(W), Some(W), Some(E), Some(E)]),
    (Weight::Doubtful, [Some(W), Some(W), Some(W), Some(E), Some(E)]),
    (Weight::Hint, [Some(W), Some(W), Some(W), None, None]),
    (Weight::Careless, [Some(E), Some(E), Some(E), None, None]),
    (Weight::Trust, [None, None, None, Some(E), Some(E)]),
];

/// A step from a client into its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a member, of the client or of a table in it.
    Member(String),
    /// To an entry of a list.
    Entry(usize),
}

/// Where in the metadata; empty: the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(pub Vec<Step>);

impl From<&str> for Place {
    fn from(member: &str) -> Self {
        Self(vec![Step::Member(member.to_owned())])
    }
}

impl From<(&str, usize)> for Place {
    fn from((member, entry): (&str, usize)) -> Self {
        Self(vec![Step::Member(member.to_owned()), Step::Entry(entry)])
    }
}

impl<const N: usize> From<[&str; N]> for Place {
    fn from(members: [&str; N]) -> Self {
        Self(members.map(|member| Step::Member(member.to_owned())).into())
    }
}

impl Place {
    /// The member of the client.
    fn member(&self) -> &str {
        match self.0.first() {
            Some(Step::Member(name)) => name,
            _ => "",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Member(name) if index == 0 => f.write_str(name)?,
                Step::Member(name) => write!(f, ".{name}")?,
                Step::Entry(entry) => write!(f, "[{entry}]")?,
            }
        }
        Ok(())
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub instead: String,
    /// Whether it stops the one who asks.
    pub severity: Severity,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.0.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{}; {}", self.what, self.instead)
    }
}

impl From<&Fault> for Error {
    /// RFC 7591 §3.2.2: the refusal of a registration.
    fn from(fault: &Fault) -> Self {
        let name = fault.place.member();
        let code = match name {
            "redirect_uris" => ErrorCode::InvalidRedirectUri,
            _ => ErrorCode::InvalidClientMetadata,
        };
        let base = name.split('#').next().unwrap_or_default();
        let error = Error::new(code, fault.to_string());
        match MEMBERS.iter().find(|member| member.name == base) {
            Some(member) => error.at(member.rule),
            None if base.is_empty() => error,
            // Of what nobody knows, only wishes for protection are refused.
            None => error.at(&rule::PROTECTION),
        }
    }
}

/// All that was found so far.
pub(super) struct Faults {
    pub(super) origin: Origin,
    found: Vec<Fault>,
    /// Members that were left out for a fault: what follows from that is not worth saying.
    pub(super) left_out: Vec<String>,
}

impl Faults {
    pub(super) fn new(origin: Origin) -> Self {
        Self { origin, found: Vec::new(), left_out: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        weight: Weight,
        place: impl Into<Place>,
        what: impl Into<String>,
        instead: impl Into<String>,
    ) {
        let column = self.origin as usize;
        let row = SEVERITIES.iter().find(|(known, _)| *known == weight).map(|(_, row)| row);
        let Some(severity) = row.and_then(|row| row.get(column).copied().flatten()) else { return };
        let place = place.into();
        if !self.left_out.iter().any(|name| name == place.member()) {
            self.found.push(Fault { place, what: what.into(), instead: instead.into(), severity });
        }
    }

    pub(super) fn wrong(
        &mut self,
        place: impl Into<Place>,
        what: impl Into<String>,
        instead: impl Into<String>,
    ) {
        self.add(Weight::Wrong, place, what, instead);
    }

    pub(super) fn into_found(self) -> Vec<Fault> {
        self.found
    }
}

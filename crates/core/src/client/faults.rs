//! What is wrong with a client's metadata, and how much that matters to whom. In ASCII, as it is sent to
//! clients too.

use super::Origin;
use super::members::MEMBERS;
use crate::error::{Error, ErrorCode};
use crate::fault::{Fault, Place, Severity};
use crate::rule;

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
            self.found.push(Fault { severity, ..Fault::new(place, what).instead(instead) });
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

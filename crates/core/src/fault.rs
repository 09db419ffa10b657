//! What is wrong with something that was written, where, and what to write instead: the same words for
//! operators, embedders and clients that register.

use std::fmt;

/// Whether it can be as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It may be meant so.
    Warning,
    /// It cannot.
    Error,
}

/// A step from what was written into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a member of a table.
    Member(String),
    /// To an entry of a list.
    Entry(usize),
}

impl From<&str> for Step {
    fn from(member: &str) -> Self {
        Self::Member(member.to_owned())
    }
}

impl From<usize> for Step {
    fn from(entry: usize) -> Self {
        Self::Entry(entry)
    }
}

/// Where it is; empty: the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(pub Vec<Step>);

impl From<String> for Place {
    fn from(member: String) -> Self {
        Self(if member.is_empty() { Vec::new() } else { vec![Step::Member(member)] })
    }
}

impl From<&str> for Place {
    fn from(member: &str) -> Self {
        member.to_owned().into()
    }
}

impl From<Vec<String>> for Place {
    fn from(members: Vec<String>) -> Self {
        Self(members.into_iter().map(Step::Member).collect())
    }
}

impl From<(&str, usize)> for Place {
    fn from((member, entry): (&str, usize)) -> Self {
        Self(vec![member.into(), entry.into()])
    }
}

impl<const N: usize> From<[&str; N]> for Place {
    fn from(members: [&str; N]) -> Self {
        Self(members.map(Step::from).into())
    }
}

impl Place {
    /// The first member on the way, the name of which says by which rule it is judged.
    pub fn member(&self) -> &str {
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

/// One thing that is wrong, or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub instead: Option<String>,
    /// Whether it stops the one who wrote it.
    pub severity: Severity,
}

impl Fault {
    /// Something wrong.
    pub fn new(place: impl Into<Place>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into(), instead: None, severity: Severity::Error }
    }

    /// The same with advice.
    #[must_use]
    pub fn instead(mut self, advice: impl Into<String>) -> Self {
        self.instead = Some(advice.into());
        self
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same, seen from what its place is in.
    #[must_use]
    pub fn within<const N: usize>(mut self, outer: [Step; N]) -> Self {
        self.place.0.splice(..0, outer);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.0.is_empty() {
            write!(f, "`{}`: ", self.place)?;
        }
        f.write_str(&self.what)?;
        match &self.instead {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_place_and_cure() {
        let fault = Fault::new(["address", "floor"], "is no number");
        assert_eq!(fault.to_string(), "`address.floor`: is no number");
        let fault = fault.within(["users".into(), 3.into()]).instead("write one");
        assert_eq!(fault.to_string(), "`users[3].address.floor`: is no number; write one");
        assert_eq!(Fault::new("", "nothing is here").to_string(), "nothing is here");
    }
}

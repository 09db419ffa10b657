//! What is wrong with a configuration, where, and what to write instead.

use std::fmt;
use std::path::PathBuf;

pub use signet_core::fault::Severity;
use signet_core::fault::{self, Fault};

use super::Format;

/// Where a value was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: it is missing, or it is a default.
    #[default]
    Nowhere,
    /// In the file; both count from 1.
    File {
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
    },
    /// In another file that the configuration names.
    Other {
        /// Which.
        file: PathBuf,
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
    },
    /// In this environment variable.
    Environment(String),
}

/// One thing that is wrong with a configuration, and where that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What, under which key, such as `clients[0].redirect_uris[1]`, and whether Signet can start with it.
    pub fault: Fault,
    /// The file that was read, as it was named.
    pub file: Option<PathBuf>,
    /// Where it is.
    pub place: Place,
}

impl Problem {
    /// Something that keeps Signet from starting.
    pub fn error(key: impl Into<fault::Place>, place: Place, what: impl Into<String>) -> Self {
        Self { fault: Fault::new(key, what), file: None, place }
    }

    /// The same with advice. Of a file that has been read it is in the format of that.
    #[must_use]
    pub fn instead(self, advice: impl Into<String>) -> Self {
        let advice = advice.into();
        let advice =
            self.file.as_deref().map_or_else(|| advice.clone(), |file| Format::of(file).spelled(&advice));
        Self { fault: self.fault.instead(advice), ..self }
    }

    /// The same as a warning.
    #[must_use]
    pub fn warning(self) -> Self {
        Self { fault: self.fault.warning(), ..self }
    }

    /// Whether it keeps Signet from starting.
    pub fn is_error(&self) -> bool {
        self.fault.severity == Severity::Error
    }

    /// Its line and column, by which problems are put in order; what is in no file comes first.
    pub fn position(&self) -> (usize, usize) {
        match self.place {
            Place::File { line, column } => (line, column),
            _ => (0, 0),
        }
    }

    /// The key; empty when it concerns the whole file.
    pub fn key(&self) -> String {
        self.fault.place.to_string()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.place, &self.file) {
            (Place::Environment(name), _) => write!(f, "environment variable {name}: ")?,
            (Place::Other { file, line, column }, _) => write!(f, "{}:{line}:{column}: ", file.display())?,
            (Place::File { line, column }, Some(file)) => write!(f, "{}:{line}:{column}: ", file.display())?,
            (Place::File { line, column }, None) => write!(f, "line {line}, column {column}: ")?,
            (Place::Nowhere, Some(file)) => write!(f, "{}: ", file.display())?,
            (Place::Nowhere, None) => {}
        }
        self.fault.fmt(f)
    }
}

impl From<Fault> for Problem {
    /// Of something that is in no file.
    fn from(fault: Fault) -> Self {
        Self { fault, file: None, place: Place::Nowhere }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_its_place_key_and_cure() {
        let mut problem = Problem::error("issuer", Place::File { line: 3, column: 7 }, "is empty")
            .instead("write your address");
        assert_eq!(problem.to_string(), "line 3, column 7: `issuer`: is empty; write your address");
        problem.file = Some("a.toml".into());
        assert_eq!(problem.to_string(), "a.toml:3:7: `issuer`: is empty; write your address");
        problem.place = Place::Environment("SIGNET__ISSUER".into());
        assert_eq!(
            problem.to_string(),
            "environment variable SIGNET__ISSUER: `issuer`: is empty; write your address"
        );
    }
}

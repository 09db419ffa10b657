//! What is wrong with a configuration, where, and what to write instead.

use std::fmt;
use std::path::PathBuf;

use signet::admin;
use signet_core::client;
pub use signet_core::client::Severity;

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

/// One thing that is wrong, in words its writer can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether it keeps Signet from starting.
    pub severity: Severity,
    /// The file that was read, as it was named.
    pub file: Option<PathBuf>,
    /// Where it is.
    pub place: Place,
    /// The key, such as `clients[0].redirect_uris[1]`; empty when it concerns the whole file.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to write instead.
    pub instead: Option<String>,
}

impl Problem {
    /// Something that keeps Signet from starting.
    pub fn error(key: impl Into<String>, place: Place, what: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: None,
            place,
            key: key.into(),
            what: what.into(),
            instead: None,
        }
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
        if !self.key.is_empty() {
            write!(f, "`{}`: ", self.key)?;
        }
        f.write_str(&self.what)?;
        match &self.instead {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

impl From<client::Fault> for Problem {
    /// Of a client that is in no file.
    fn from(fault: client::Fault) -> Self {
        Self::from(&admin::Fault::from(fault))
    }
}

impl From<&admin::Fault> for Problem {
    /// Of something that was given elsewhere.
    fn from(fault: &admin::Fault) -> Self {
        let admin::Fault { key, what, instead, severity } = fault.clone();
        Self { instead, severity, ..Self::error(key, Place::Nowhere, what) }
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

//! Ways for a person to prove who they are. Pure: no clock, no threads, no store; the shell brings those.
//!
//! A [`Login`] is the proof that somebody did. Only this crate makes one.

pub mod password;
pub mod sign_up;
pub mod throttle;

/// A proof that a person has just shown who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    acr: Option<String>,
    amr: Vec<String>,
}

impl Login {
    /// The authentication context that was reached.
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }

    /// How (RFC 8176).
    pub fn amr(&self) -> &[String] {
        &self.amr
    }
}

//! Ways for a person to prove who they are. Pure: no clock, no threads, no store; the shell brings those.
//!
//! A [`Login`] is the proof that somebody did. Only this crate makes one.

pub mod device;
pub mod network;
pub mod password;
pub mod sign_up;
pub mod throttle;

/// A proof that a person has just shown who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    amr: Vec<String>,
}

/// A way to prove who one is.
#[derive(Debug, PartialEq, Eq)]
pub struct Method {
    /// What operators call it.
    pub name: &'static str,
    /// RFC 8176: what its proof always says.
    pub amr: &'static str,
}

/// Every method, as authentication contexts may name it.
pub static METHODS: &[Method] = &[password::METHOD];

impl Method {
    /// By what operators call it.
    pub fn find(name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }
}

impl Login {
    /// How (RFC 8176).
    pub fn amr(&self) -> &[String] {
        &self.amr
    }
}

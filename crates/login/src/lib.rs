//! Ways for a person to prove who they are. Pure: no clock, no threads, no store; the shell brings those.
//!
//! Each is a [`Method`] with the same verbs, and a line in [`METHODS`]; applications that embed Signet add
//! their own. A [`Login`] is the proof that somebody did: a method vouches for it.

pub mod device;
pub mod method;
pub mod network;
pub mod password;
pub mod sign_up;
pub mod throttle;

pub use method::{Answer, Done, Fields, FollowUp, Method, Page, Sent, Whom, Work};

/// A proof that a person has just shown who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    method: &'static str,
    amr: Vec<String>,
}

/// The method that people are asked for where nothing says otherwise. Its page is the usual one, and a form
/// with a password that names no method is an answer to it.
pub const USUAL: &dyn Method = &password::ByPassword;

/// Every method of Signet's own, as authentication contexts may name it, preferred first.
pub static METHODS: &[&dyn Method] = &[USUAL];

/// The method that operators call so.
pub fn find(name: &str) -> Option<&'static dyn Method> {
    METHODS.iter().find(|method| method.name() == name).copied()
}

impl Login {
    /// The proof of a method, which vouches for the person whose answer it has judged. Whatever else makes
    /// one lets anybody in.
    pub fn vouched_by(method: &dyn Method) -> Self {
        Self { method: method.name(), amr: method.amr().iter().map(|value| (*value).to_owned()).collect() }
    }

    /// By which method.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// What that says of it (RFC 8176).
    pub fn amr(&self) -> &[String] {
        &self.amr
    }
}

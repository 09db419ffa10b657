//! OpenID Connect Core §3.1.2.3, §3.1.2.4; Initiating User Registration §4: whether a user must be asked,
//! what, and why. The first named reason wins.

mod consent;
mod create;
mod login;
mod select_account;

use crate::authorization::destination::Destination;
use crate::authorization::{Asked, Present};
use crate::env::Env;
use crate::prompt::{Ask, Reason};
use crate::record::Client;

/// A reason, and when it holds.
struct Row {
    reason: Reason,
    holds: fn(&Situation<'_, '_>) -> bool,
}

/// What reasons look at.
pub struct Situation<'a, 'e> {
    /// Settings and the instant.
    pub env: &'a Env<'e>,
    /// Who asks.
    pub client: &'a Client,
    /// What was asked.
    pub asked: &'a Asked,
    /// Where it is answered.
    pub destination: &'a dyn Destination,
    /// Who is there, and what was done within this request.
    pub present: &'a Present,
}

/// The sign-in method by which to ask, where a person is asked to sign in; `chosen` is the one that they are
/// at.
pub fn method(s: &Situation<'_, '_>, reason: &Reason, chosen: Option<&str>) -> Option<&'static str> {
    login::method(s, reason.why, chosen).filter(|_| reason.ask == Ask::Login)
}

/// The first reason to ask something, in the order new account, login, account, consent; and last that
/// nothing was answered.
pub fn first(situation: &Situation<'_, '_>) -> Option<&'static Reason> {
    [create::REASONS, login::REASONS, select_account::REASONS, consent::REASONS, select_account::LAST]
        .into_iter()
        .flatten()
        .find(|row| (row.holds)(situation))
        .map(|row| &row.reason)
}

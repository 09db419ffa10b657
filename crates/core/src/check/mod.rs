//! The matrix of checks: a row for each rule, a column for each endpoint that takes authorization requests.
//! A request passes the rows of its column in this order, once its callback is verified.

mod acr_values;
mod claims;
mod code_challenge;
pub(crate) mod display;
mod id_token_hint;
mod max_age;
mod nonce;
mod prompt;
mod request_object;
mod resource;
mod response_mode;
mod response_type;
mod scope;
mod single;
mod state;

use crate::authorization::{Asked, At, Source};
use crate::env::Env;
use crate::error::Error;
use crate::params::Params;
use crate::record::Client;
use crate::rule::Rule;

/// One rule: reads what it needs from the parameters into `Asked`, or refuses.
pub struct Check {
    /// The parameter or rule, as it is named in specifications.
    pub name: &'static str,
    /// What is refused by it, and where that is defined.
    pub rule: &'static Rule,
    /// Where it is a rule.
    pub at: &'static [At],
    run: fn(&Env<'_>, &Client, &Params, &mut Asked) -> Result<(), Error>,
}

/// Every check, in order.
pub static CHECKS: &[Check] = &[
    single::CHECK,
    request_object::CHECK,
    state::CHECK,
    response_type::CHECK,
    response_mode::CHECK,
    scope::CHECK,
    nonce::CHECK,
    code_challenge::CHECK,
    prompt::CHECK,
    max_age::CHECK,
    display::CHECK,
    claims::CHECK,
    id_token_hint::CHECK,
    acr_values::CHECK,
    resource::CHECK,
];

/// Runs a column of the matrix.
pub fn all(at: At, env: &Env<'_>, client: &Client, params: &Params, source: Source) -> Result<Asked, Error> {
    let mut asked = Asked { source, ..Asked::default() };
    for check in CHECKS.iter().filter(|check| check.at.contains(&at)) {
        (check.run)(env, client, params, &mut asked).map_err(|error| error.at(check.rule))?;
    }
    Ok(asked)
}

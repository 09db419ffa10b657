//! `[login]` and `[sign_up]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use signet_login::password::Parameters;
use signet_login::throttle::Limits;

use crate::config::value::Seconds;

/// Password sign-in.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// Threads that check passwords; 0: as many as processors.
    pub workers: usize,
    /// Sign-ins that may wait for a thread; more are asked to come again.
    pub queue: usize,
    /// People may sign in by their e-mail address too, where `email_verified` is true and nobody else has it.
    pub by_email: bool,
    /// The Argon2id parameters of new hashes; older hashes are renewed when their owner signs in.
    pub argon2: Argon2,
    /// Waiting after wrong passwords.
    pub throttle: Throttle,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            workers: 0,
            queue: 64,
            by_email: false,
            argon2: Argon2::default(),
            throttle: Throttle::default(),
        }
    }
}

/// Argon2id parameters.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Argon2 {
    /// Memory of one check, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for Argon2 {
    fn default() -> Self {
        let Parameters { memory_kib, iterations, parallelism } = Parameters::default();
        Self { memory_kib, iterations, parallelism }
    }
}

/// Waiting after wrong passwords.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Throttle {
    /// Wrong passwords for one account before the first wait.
    pub account: u32,
    /// Wrong passwords from one address before the first wait; many people may share one.
    pub address: u32,
    /// The first wait; each further wrong password doubles it.
    pub first_wait: Seconds,
    /// The longest wait.
    pub longest_wait: Seconds,
    /// Quiet after which wrong passwords are forgotten.
    pub forget_after: Seconds,
}

impl Default for Throttle {
    fn default() -> Self {
        let Limits { account, address, first_wait, longest_wait, forget_after } = Limits::default();
        Self {
            account,
            address,
            first_wait: Seconds(first_wait),
            longest_wait: Seconds(longest_wait),
            forget_after: Seconds(forget_after),
        }
    }
}

/// New accounts that people make themselves.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignUp {
    /// Anybody may make an account, from the sign-in page or when an application asks for it by `prompt=create`. New accounts from one
    /// address wait by `login.throttle`; e-mail addresses are not confirmed.
    pub enabled: bool,
    /// Names that nobody new is given, in place of the built-in list (`admin`, `root`, `postmaster` …); what looks like one of them is refused
    /// too. `signet user add --force` gives them all the same.
    #[schemars(extend("examples" = [["admin", "root", "postmaster"]]))]
    pub reserved_names: Option<Vec<String>>,
}

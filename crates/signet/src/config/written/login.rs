//! `[login]` and `[sign_up]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use signet_core::name::RESERVED;
use signet_login::password::Parameters;
use signet_login::throttle::Limits;

use crate::config::value::Seconds;

/// Password sign-in.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// Threads that check passwords; 0: as many as processors.
    pub workers: usize,
    /// Sign-ins of one network that may wait for a thread; more wait for a place, and after five seconds are
    /// asked to come again.
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

/// Waiting after wrong passwords. Everything here refills with time, and people who sign in well are not kept
/// out by those who do not.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Throttle {
    /// Wrong passwords for one account at once. Each browser in which its owner signed in before has as many
    /// of its own, so that nobody else keeps them out.
    pub account: u32,
    /// Time after which one more is allowed.
    pub account_refill: Seconds,
    /// Wrong passwords for one account in 30 days from browsers in which its owner never signed in; NIST SP
    /// 800-63B allows 100.
    pub strangers_per_month: u32,
    /// Names with wrong passwords from one address at once (in IPv6 from one /64, four times as many from a
    /// /56, sixteen times from a /48). Many people may share an address: another try at the same name weighs
    /// a quarter, and who signs in well makes up for one.
    pub address: u32,
    /// Time after which one more is allowed.
    pub address_refill: Seconds,
}

impl Default for Throttle {
    fn default() -> Self {
        let Limits { account, account_refill, strangers_per_month, address, address_refill } =
            Limits::default();
        Self {
            account,
            account_refill: Seconds(account_refill),
            strangers_per_month,
            address,
            address_refill: Seconds(address_refill),
        }
    }
}

impl Throttle {
    /// How patient to be with wrong passwords.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            account: self.account,
            account_refill: self.account_refill.0,
            strangers_per_month: self.strangers_per_month,
            address: self.address,
            address_refill: self.address_refill.0,
        }
    }
}

/// New accounts that people make themselves.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignUp {
    /// Anybody may make an account, from the sign-in page or when an application asks for it by
    /// `prompt=create`. New accounts from one address wait by `login.throttle`; e-mail addresses are not
    /// confirmed.
    pub enabled: bool,
    /// Names that nobody new is given, nor what looks like one of them. `signet user add --force` gives them
    /// all the same.
    pub reserved_names: Vec<String>,
}

impl Default for SignUp {
    fn default() -> Self {
        Self { enabled: false, reserved_names: RESERVED.iter().map(|name| (*name).to_owned()).collect() }
    }
}

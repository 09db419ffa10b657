//! `[login]` and `[sign_up]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use signet_core::name::RESERVED;
use signet_login::password::Parameters;
use signet_login::throttle::Limits;

use crate::config::value::Seconds;
use signet::LoginOptions;

/// Password sign-in.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// Threads that verify passwords; 0: as many as processors.
    pub workers: usize,
    /// Sign-ins from one network that can wait for a thread. Others wait for a place, and get an error after
    /// five seconds.
    pub queue: usize,
    /// Users can also sign in with their e-mail address, if `email_verified` is true and nobody else has it.
    pub by_email: bool,
    /// The Argon2id parameters of new hashes; older hashes are renewed when their owner signs in.
    pub argon2: Argon2,
    /// Throttling after wrong passwords.
    pub throttle: Throttle,
}

impl Login {
    /// How passwords are treated.
    pub(crate) fn options(&self) -> LoginOptions {
        LoginOptions {
            parameters: Parameters {
                memory_kib: self.argon2.memory_kib,
                iterations: self.argon2.iterations,
                parallelism: self.argon2.parallelism,
            },
            limits: self.throttle.limits(),
            threads: self.workers,
            queue: self.queue,
        }
    }
}

impl Default for Login {
    fn default() -> Self {
        let LoginOptions { threads, queue, .. } = LoginOptions::default();
        Self {
            workers: threads,
            queue,
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
    /// Memory per verification, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
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

/// Throttling after wrong passwords. All budgets refill over time, and successful users are not locked out by
/// others' failures.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Throttle {
    /// Wrong passwords for one account before it is throttled. Each browser in which its owner has signed in
    /// before has the same budget of its own, so that nobody else can lock the owner out.
    pub account: u32,
    /// Time after which one more is allowed.
    pub account_refill: Seconds,
    /// Wrong passwords for one account in 30 days from browsers in which its owner never signed in; NIST SP
    /// 800-63B allows 100.
    pub strangers_per_month: u32,
    /// Names with wrong passwords from one address before it is throttled (for IPv6, a /64; four times as
    /// many from a /56, sixteen times from a /48). Since many users may share an address, another attempt at
    /// the same name counts a quarter, and each successful sign-in restores one.
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

/// Accounts that users create themselves.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SignUp {
    /// Anyone can create an account, from the sign-in page or if an application requests it with
    /// `prompt=create`. New accounts from one address are throttled by `login.throttle`; e-mail addresses are
    /// not confirmed.
    pub enabled: bool,
    /// Names that new users cannot choose, including names that look like one of them.
    /// `signet user add --force` allows them.
    pub reserved_names: Vec<String>,
}

impl Default for SignUp {
    fn default() -> Self {
        Self { enabled: false, reserved_names: RESERVED.iter().map(|name| (*name).to_owned()).collect() }
    }
}

//! NIST SP 800-63B §3.2.2: the number of attempts, and which values are valid.

use signet_core::fault::Fault;

use super::bucket::MONTH;

/// How patient to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wrong passwords for an account at once: from strangers, and again from each browser in which its owner
    /// signed in before.
    pub account: u32,
    /// Seconds after which one more is allowed.
    pub account_refill: u64,
    /// Wrong passwords for an account from strangers in 30 days.
    pub strangers_per_month: u32,
    /// Names with wrong passwords from one network at once; many people may share one.
    pub address: u32,
    /// Seconds after which one more is allowed.
    pub address_refill: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { account: 5, account_refill: 60, strangers_per_month: 100, address: 50, address_refill: 60 }
    }
}

impl Limits {
    /// The numbers that cannot be meant, because they would protect nobody, or keep everybody out, and those
    /// that are doubtful.
    pub fn faults(&self) -> Vec<Fault> {
        const MONTH_IN_SECONDS: u64 = MONTH / 1000;
        let numbers = [
            ("account", u64::from(self.account), 1, 1000),
            ("account_refill", self.account_refill, 1, MONTH_IN_SECONDS),
            ("strangers_per_month", self.strangers_per_month.into(), 2, 1_000_000),
            ("address", self.address.into(), 1, 1_000_000),
            ("address_refill", self.address_refill, 1, MONTH_IN_SECONDS),
        ];
        let fault = |(name, value, least, most): (&str, u64, u64, u64)| {
            let what = match value {
                value if value < least => "so little would let nobody sign in, or everybody guess",
                value if value > most => "so much would let everybody guess, or nobody in for months",
                101.. if name == "strangers_per_month" => {
                    let what = "NIST SP 800-63B allows no more than 100 wrong passwords in a row";
                    return Some(Fault::new(name, what).instead("write 100").warning());
                }
                _ => return None,
            };
            Some(Fault::new(name, what).instead("leave it out for the default"))
        };
        numbers.into_iter().filter_map(fault).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_would_protect_nobody_or_keep_everybody_out_are_named() {
        let fault =
            |limits: Limits| limits.faults().iter().map(|fault| fault.place.to_string()).collect::<Vec<_>>();
        assert!(fault(Limits::default()).is_empty());
        let none =
            Limits { account: 0, account_refill: 0, strangers_per_month: 1, address: 0, address_refill: 0 };
        let all = ["account", "account_refill", "strangers_per_month", "address", "address_refill"];
        assert_eq!(fault(none), all);
        assert_eq!(fault(Limits { account_refill: u64::MAX, ..Limits::default() }), ["account_refill"]);
        assert_eq!(fault(Limits { account: u32::MAX, ..Limits::default() }), ["account"]);
    }
}

//! How passwords are treated.

use signet_core::fault::Fault;
use signet_login::password::Parameters;
use signet_login::throttle::Limits;

/// How passwords are treated.
#[derive(Clone, Debug)]
pub struct LoginOptions {
    /// The cost of new hashes.
    pub parameters: Parameters,
    /// How patient to be with wrong ones.
    pub limits: Limits,
    /// Hashing threads; 0: one per core.
    pub threads: usize,
    /// Sign-ins of one network that may wait for a thread.
    pub queue: usize,
}

impl Default for LoginOptions {
    fn default() -> Self {
        Self { parameters: Parameters::default(), limits: Limits::default(), threads: 0, queue: 64 }
    }
}

impl LoginOptions {
    /// The numbers that cannot be meant, and those that are doubtful.
    pub fn faults(&self) -> Vec<Fault> {
        let counts = [
            ("threads", self.threads, 0, 1024, "write 0 for one per processor"),
            ("queue", self.queue, 1, 100_000, "write 64"),
        ];
        let beyond = counts.into_iter().filter(|(_, value, least, most, _)| !(least..=most).contains(&value));
        let beyond = beyond.map(|(name, value, least, most, advice)| {
            let what = format!("{value} is out of range: this must be between {least} and {most}");
            Fault::new(name, what).instead(advice)
        });
        let parameters = self.parameters.faults().into_iter();
        let parameters = parameters.map(|fault| fault.within(["parameters".into()]));
        let limits = self.limits.faults().into_iter().map(|fault| fault.within(["limits".into()]));
        beyond.chain(parameters).chain(limits).collect()
    }
}

//! Lifetimes that can be meant: what zero, or far too much, would make of each.

use super::Lifetimes;
use crate::fault::Fault;

/// What is longer has no meaning, and would not fit where times are added.
const CENTURY: u64 = 100 * 366 * 86_400;

impl Lifetimes {
    /// What is wrong or doubtful, each by the name of its member.
    pub fn faults(&self) -> Vec<Fault> {
        let (mut faults, hour) = (Vec::new(), "write a length of time such as \"1h\"");
        let all = [
            ("code", self.code, true),
            ("access_token", self.access_token, true),
            ("refresh_token", self.refresh_token, true),
            ("id_token", self.id_token, true),
            ("grant", self.grant, false),
            ("session", self.session, true),
            ("interaction", self.interaction, true),
            ("consent", self.consent, false),
            ("refresh_grace", self.refresh_grace, false),
        ];
        for (name, seconds, has_end) in all {
            if has_end && seconds == 0 {
                faults.push(Fault::new(name, "this must have an end").instead(hour));
            } else if seconds > CENTURY {
                faults.push(Fault::new(name, "this is longer than a hundred years").instead(hour));
            }
        }
        if self.code > 600 {
            let what = "a code may be valid for ten minutes at most (RFC 6749 §4.1.2)";
            faults.push(Fault::new("code", what).instead("write \"60s\""));
        }
        if self.refresh_grace > 600 {
            let what = "for that long, anyone who steals a used refresh token can use it again";
            faults.push(Fault::new("refresh_grace", what).instead("write \"30s\""));
        }
        if self.interaction > 86_400 {
            let what = "nobody takes more than a day to sign in";
            faults.push(Fault::new("interaction", what).instead("write \"1h\""));
        }
        if self.access_token > 86_400 {
            let what = "an access token that is valid for more than a day is worth stealing";
            let advice = "write \"1h\", and let applications refresh";
            faults.push(Fault::new("access_token", what).instead(advice).warning());
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Severity;

    #[test]
    fn a_lifetime_that_nobody_can_mean_is_named() {
        let judged = |change: fn(&mut Lifetimes)| {
            let mut lifetimes = Lifetimes::default();
            change(&mut lifetimes);
            let faults = lifetimes.faults();
            faults.iter().map(|fault| format!("{} {:?}", fault.place, fault.severity)).collect::<Vec<_>>()
        };
        assert_eq!(judged(|_| ()), [""; 0]);
        type Case = (fn(&mut Lifetimes), &'static str);
        let cases: &[Case] = &[
            (|all| all.interaction = 0, "interaction"),
            (|all| all.session = u64::MAX, "session"),
            (|all| all.grant = u64::MAX, "grant"),
            (|all| all.consent = u64::MAX, "consent"),
            (|all| all.code = 601, "code"),
            (|all| all.refresh_grace = 601, "refresh_grace"),
            (|all| all.interaction = 86_401, "interaction"),
        ];
        for (change, place) in cases {
            assert_eq!(judged(*change), [format!("{place} {:?}", Severity::Error)]);
        }
        assert_eq!(judged(|all| all.access_token = 86_401), ["access_token Warning"]);
    }
}

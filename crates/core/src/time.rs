//! Instants and durations in whole seconds, as JWTs count them (RFC 7519 §2, NumericDate).

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// For expiry fields: this thing does not expire.
    pub const NEVER: Timestamp = Timestamp(0);

    /// The instant `seconds` later.
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The instant `seconds` earlier.
    pub fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` until this instant, 0 when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Year, month and day, in UTC.
    pub fn date(self) -> [u64; 3] {
        // A year begins in March here, so that the leap day is its last.
        let days = self.0 / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        [year_of_era + era * 400 + u64::from(month <= 2), month, day]
    }

    /// Date, hour and minute in UTC, for people.
    pub fn minute(self) -> String {
        let [year, month, day] = self.date();
        let [hour, minute, _] = self.clock();
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
    }

    /// The same with the second.
    pub fn second(self) -> String {
        let [year, month, day] = self.date();
        let [hour, minute, second] = self.clock();
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }

    /// As programs read it (RFC 3339 §5.6), with this many milliseconds more.
    pub fn rfc3339(self, milliseconds: u64) -> String {
        let [year, month, day] = self.date();
        let [hour, minute, second] = self.clock();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
    }

    /// Hour, minute and second, in UTC.
    fn clock(self) -> [u64; 3] {
        let rest = self.0 % 86_400;
        [rest / 3600, rest / 60 % 60, rest % 60]
    }

    /// The beginning of a day, in UTC; none where there is no such day.
    pub fn of_date(date: [u64; 3]) -> Option<Self> {
        let [year, month, day] = date;
        if !(1970..=9999).contains(&year) {
            return None;
        }
        let (year_from_march, shifted) =
            if month > 2 { (year, month - 3) } else { (year - 1, month.checked_add(9)?) };
        let (era, year_of_era) = (year_from_march / 400, year_from_march % 400);
        let day_of_year =
            (153u64.checked_mul(shifted)?.checked_add(2)? / 5).checked_add(day.checked_sub(1)?)?;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
        let instant = Self(days.checked_mul(86_400)?);
        (instant.date() == date).then_some(instant)
    }

    /// Whether an expiry instant (`NEVER` means it has none) has come.
    pub fn expired_at(self, now: Timestamp) -> bool {
        self != Self::NEVER && now >= self
    }
}

const UNITS: [(&str, u64); 5] = [("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)];

/// A length of time in seconds, from `"10m"`, `"1h 30m"` and the like; a bare number counts seconds.
pub fn seconds(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    if let Ok(seconds) = rest.parse() {
        return Some(seconds);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let end = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(end)?;
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(*size)?)?;
        rest = tail.trim_start();
    }
    Some(total)
}

/// The shortest text that reads back as the same.
pub fn written(seconds: u64) -> String {
    match UNITS.iter().find(|(_, size)| seconds > 0 && seconds.is_multiple_of(*size)) {
        Some((unit, size)) => format!("{}{unit}", seconds / size),
        None => "0s".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_dates() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (951_868_800, "2000-03-01 00:00 UTC"),
            (1_735_689_599, "2024-12-31 23:59 UTC"),
            (1_795_250_000, "2026-11-21 08:33 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(Timestamp(seconds).minute(), text);
        }
        assert_eq!(Timestamp(1_735_689_599).second(), "2024-12-31 23:59:59 UTC");
        assert_eq!(Timestamp(1_735_689_599).rfc3339(7), "2024-12-31T23:59:59.007Z");
    }
}

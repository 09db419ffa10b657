use serde::Serialize;

/// How long something takes, for people: in the largest unit of which there is more than one and a half, and
/// rounded up, so that nobody comes back too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// There is a text `time-UNIT`.
    pub unit: Unit,
    /// How many of it.
    pub count: u64,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
}

impl Span {
    /// A number of seconds.
    pub fn of(seconds: u64) -> Self {
        const UNITS: [(Unit, u64); 3] = [(Unit::Days, 86_400), (Unit::Hours, 3600), (Unit::Minutes, 60)];
        let fits = |(_, length): &&(Unit, u64)| seconds >= length + length / 2;
        let (unit, length) = UNITS.iter().find(fits).copied().unwrap_or((Unit::Seconds, 1));
        Self { unit, count: seconds.div_ceil(length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_a_unit_that_people_count_in() {
        for (seconds, unit, count) in [
            (0, Unit::Seconds, 0),
            (1, Unit::Seconds, 1),
            (89, Unit::Seconds, 89),
            (90, Unit::Minutes, 2),
            (5399, Unit::Minutes, 90),
            (5400, Unit::Hours, 2),
            (51_840, Unit::Hours, 15),
            (129_599, Unit::Hours, 36),
            (129_600, Unit::Days, 2),
            (2_592_000, Unit::Days, 30),
        ] {
            assert_eq!(Span::of(seconds), Span { unit, count }, "{seconds}");
        }
    }
}

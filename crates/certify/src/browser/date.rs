//! RFC 6265 §5.1.1: dates as cookies write them, in any of the forms seen in the wild.

/// Seconds since 1970, or `None` where a browser ignores the date; dates before 1970 count as 1970.
pub(super) fn parse(text: &str) -> Option<u64> {
    let delimiter = |c: char| !(c.is_ascii_alphanumeric() || c == ':' || u32::from(c) >= 0x7f);
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(delimiter).filter(|token| !token.is_empty()) {
        if time.is_none() && token.contains(':') {
            time = Some(clock(token)?);
        } else if day.is_none() && token.len() <= 2 && token.parse::<u64>().is_ok() {
            day = token.parse::<u64>().ok();
        } else if month.is_none() && month_of(token).is_some() {
            month = month_of(token);
        } else if year.is_none() && (2..=4).contains(&token.len()) {
            year = token.parse::<u64>().ok();
        }
    }
    let year = match year? {
        short @ 0..=69 => short + 2000,
        short @ 70..=99 => short + 1900,
        long => long,
    };
    let (day, month) = (day.filter(|day| (1..=31).contains(day))?, month?);
    (year >= 1601).then_some(())?;
    Some(days_since_1970(year, month, day).map_or(0, |days| days * 86_400 + time.unwrap_or_default()))
        .filter(|_| time.is_some())
}

fn clock(token: &str) -> Option<u64> {
    let mut parts = token.splitn(3, ':').map(str::parse::<u64>);
    match (parts.next()?, parts.next()?, parts.next()?) {
        (Ok(hour @ 0..=23), Ok(minute @ 0..=59), Ok(second @ 0..=59)) => {
            Some(hour * 3600 + minute * 60 + second)
        }
        _ => None,
    }
}

fn month_of(token: &str) -> Option<u64> {
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let short = token.get(..3)?.to_ascii_lowercase();
    (1u64..).zip(names).find(|(_, name)| *name == short).map(|(number, _)| number)
}

fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let in_year =
        before.get(usize::try_from(month).ok()?.checked_sub(1)?)? + u64::from(leap(year) && month > 2) + day
            - 1;
    let last = year.checked_sub(1)?;
    let leaps = |year: u64| year / 4 - year / 100 + year / 400;
    Some(year.checked_sub(1970)? * 365 + leaps(last) - leaps(1969) + in_year)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_every_form() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "06-november-1994 08:49:37",
        ] {
            assert_eq!(parse(text), Some(784_111_777), "{text}");
        }
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        assert_eq!(parse("Fri, 31 Dec 1965 23:59:59 GMT"), Some(0));
    }

    #[test]
    fn ignores_what_is_no_date() {
        for text in [
            "",
            "soon",
            "01 Jan 2024",
            "99 Jan 2024 00:00:00",
            "01 Foo 2024 00:00:00",
            "01 Jan 1500 00:00:00",
            "01 Jan 2024 25:00:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}

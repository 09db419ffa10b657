//! RFC 8259 §6: numbers that are kept as they are written.

/// Whether a number is written as JSON has numbers.
pub fn is_number(text: &str) -> bool {
    let is_json = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    is_json && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Whether a decimal number has the same value after it was read: whole numbers of 64 bits, and fractions of
/// which no digit is lost. Leading zeros and a leading plus would be lost, and so they are no number.
pub fn keeps_digits(text: &str) -> bool {
    let Some(written) = decimal(text) else { return false };
    let is_whole = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
    if is_whole {
        return text.parse::<i64>().is_ok();
    }
    let read: Option<f64> = text.parse().ok().filter(|number: &f64| number.is_finite());
    read.is_some_and(|number| decimal(&format!("{number:e}")) == Some(written))
}

/// The first number in a JSON text that would lose digits.
pub fn lost_digits(json: &str) -> Option<&str> {
    let mut rest = json;
    loop {
        let start = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit())?;
        rest = rest.get(start..)?;
        if rest.starts_with('"') {
            rest = rest.get(string(rest)..)?;
            continue;
        }
        let of_number = |c: char| matches!(c, '+' | '-' | '.' | 'e' | 'E') || c.is_ascii_digit();
        let (number, behind) = rest.split_at(rest.find(|c| !of_number(c)).unwrap_or(rest.len()));
        if !keeps_digits(number) {
            return Some(number);
        }
        rest = behind;
    }
}

/// How long the string is with which a text begins.
fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    });
    end.map_or(text.len(), |end| end + 2)
}

/// A decimal number: whether it is negative, its digits without zeros around them, and the power of ten of
/// the last.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let is_padded = whole.len() > 1 && whole.starts_with('0');
    if digits.is_empty() || is_padded || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - kept.len()).ok()?;
    let behind = i64::try_from(fraction.len()).ok()?;
    let kept = kept.trim_start_matches('0');
    if kept.is_empty() {
        return Some((false, String::new(), 0));
    }
    Some((negative, kept.to_owned(), exponent.checked_add(zeros)?.checked_sub(behind)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_digits_or_is_none() {
        let kept =
            ["0", "-0", "7", "-12", "1.5", "1.10", "0.1", "1e5", "1E+5", "2.5e-3", "9223372036854775807"];
        for text in kept {
            assert!(keeps_digits(text), "{text}");
        }
        for text in [
            "9223372036854775808",
            "12345678901234567890123",
            "0.12345678901234567890123",
            "1e400",
            "1e10111111151111111",
            "1e99999999999999999999",
            "9007199254740993.0",
            "007",
            "-01",
            "+5",
            "",
            "-",
            "e5",
            "0x1f",
            "inf",
            "1_000",
        ] {
            assert!(!keeps_digits(text), "{text}");
        }
    }

    #[test]
    fn numbers_in_a_text_are_found_and_strings_passed_over() {
        let long = "12345678901234567890123";
        assert_eq!(lost_digits(&format!(r#"{{"a\"": [1, "{long}", {{"b": {long}}}], "c": 1}}"#)), Some(long));
        for text in ["", "[1, -2.5e3, true, null]", r#"{"1e999": "\\", "b": "\""}"#, "\"unclosed 1e999"] {
            assert_eq!(lost_digits(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_those_of_json() {
        assert!(["1", "-1.5", "1e5"].iter().all(|text| is_number(text)));
        assert!(
            ["+1", "007", "0x1f", "1_000", "", "true", "1 2", "\"1\"", "inf"]
                .iter()
                .all(|text| !is_number(text))
        );
    }
}

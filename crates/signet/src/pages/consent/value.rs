//! OpenID Connect Core §5.1: the value of a claim, formatted for users.

use std::ops::Range;

use serde::Serialize;
use serde_json::{Map, Value};
use signet_core::time::Timestamp;

/// Characters of one text, lines of one claim, and entries of one list: what is longer is cut, and the page
/// says so.
const MAX_TEXT: usize = 300;
const MAX_LINES: usize = 12;

/// One line of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// As it is.
    Text(String),
    /// Yes or no.
    Yes(bool),
    /// A word that is translated by this key.
    Word(&'static str),
    /// A day; the year may be secret.
    Date {
        /// Four digits.
        year: Option<String>,
        /// From 1.
        month: u64,
        /// From 1.
        day: u64,
    },
    /// A language.
    Language {
        /// Its code, which has a text.
        name: String,
        /// Script and region; empty without.
        rest: String,
    },
    /// So many more.
    More(usize),
}

/// The lines of a claim's value.
pub(super) fn items(claim: &str, value: &Value) -> Vec<Item> {
    let all = match (claim, value) {
        ("updated_at", Value::Number(seconds)) => {
            vec![instant(seconds.as_u64()).unwrap_or_else(|| text(value))]
        }
        ("gender", Value::String(word)) => vec![gender(word).unwrap_or_else(|| text(value))],
        ("birthdate", Value::String(date)) => vec![birthdate(date).unwrap_or_else(|| text(value))],
        ("address", Value::Object(parts)) => address(parts),
        ("locale", Value::String(tag)) => vec![language(tag).unwrap_or_else(|| text(value))],
        _ => lines(value),
    };
    let more = all.len().saturating_sub(MAX_LINES);
    let shown = all.into_iter().take(MAX_LINES);
    shown.chain((more > 0).then_some(Item::More(more))).collect()
}

fn lines(value: &Value) -> Vec<Item> {
    match value {
        Value::Bool(yes) => vec![Item::Yes(*yes)],
        Value::String(written) => written
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| Item::Text(readable(line)))
            .collect(),
        Value::Array(entries) => entries_of(entries),
        Value::Object(members) => {
            let member =
                |(name, value): (&String, &Value)| Item::Text(readable(&format!("{name}: {}", plain(value))));
            members.iter().map(member).collect()
        }
        Value::Number(_) | Value::Null => vec![text(value)],
    }
}

/// Short entries in one line, unless one has a comma of its own; what is empty is no entry.
fn entries_of(entries: &[Value]) -> Vec<Item> {
    let all = entries;
    let entries: Vec<&Value> = all.iter().filter(|entry| !plain(entry).trim().is_empty()).collect();
    if entries.is_empty() {
        return vec![Item::Text(readable(&Value::from(all).to_string()))];
    }
    let in_line = |entry: &&Value| is_short(entry) && !plain(entry).contains(',');
    if !entries.iter().all(in_line) {
        return entries.into_iter().map(text).collect();
    }
    let (mut line, mut shown) = (String::new(), 0);
    for entry in &entries {
        let entry = plain(entry);
        if shown > 0 && line.chars().count() + entry.chars().count() + 2 > MAX_TEXT {
            break;
        }
        line.push_str(if shown > 0 { ", " } else { "" });
        line.push_str(&entry);
        shown += 1;
    }
    let more = entries.len() - shown;
    [Item::Text(readable(&line))].into_iter().chain((more > 0).then_some(Item::More(more))).collect()
}

/// OpenID Connect Core §5.1.1: as one would write it on a letter; where it is there as one text and in parts,
/// what the text does not have.
fn address(parts: &Map<String, Value>) -> Vec<Item> {
    const PARTS: [&str; 6] = ["formatted", "street_address", "postal_code", "locality", "region", "country"];
    let written = |name: &str| parts.get(name).map(plain).unwrap_or_default();
    let formatted = written("formatted");
    let whole = letters(&formatted);
    let [_, street, code, locality, region, country] = PARTS.map(written);
    let is_there = |text: &str| whole.contains(&letters(text));
    // The code and the place share a line in most countries; where regions are written, they are between
    // them.
    let place = if region.is_empty() { [code, locality, region] } else { [locality, region, code] };
    let place = place.into_iter().filter(|part| !is_there(part)).collect::<Vec<_>>().join(" ");
    let others = parts.keys().filter(|name| !PARTS.contains(&name.as_str())).map(|name| written(name));
    let parts: Vec<String> = [street, place, country].into_iter().chain(others).collect();
    let more = parts.iter().flat_map(|part| part.lines()).filter(|line| !is_there(line));
    let all = formatted.lines().chain(more);
    all.filter(|line| !line.trim().is_empty()).map(|line| Item::Text(readable(line))).collect()
}

/// What is the same however it is set: without spaces, marks and case.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A language tag (BCP 47): the language, and what follows it.
pub(super) fn language(tag: &str) -> Option<Item> {
    let mut parts = tag.split(['-', '_']);
    let part = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let name = parts.next().filter(|name| part(name))?.to_ascii_lowercase();
    let rest: Vec<&str> = parts.collect();
    rest.iter().all(|one| part(one)).then(|| Item::Language { name, rest: rest.join("-") })
}

/// OpenID Connect Core §5.1 defines two values; others are anybody's own words.
fn gender(word: &str) -> Option<Item> {
    match word {
        "female" => Some(Item::Word("claim-gender-female")),
        "male" => Some(Item::Word("claim-gender-male")),
        _ => None,
    }
}

/// `1964-11-16`, `0000-11-16` without the year, or the year alone.
fn birthdate(text: &str) -> Option<Item> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().filter(|year| year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()))?;
    let mut number = || parts.next().filter(|part| part.len() == 2).and_then(|part| part.parse::<u64>().ok());
    let (month, day) = (number()?, number()?);
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day);
    fits.then(|| Item::Date { year: (year != "0000").then(|| year.to_owned()), month, day })
}

/// The day of an instant, if somebody can have changed something then: neither before there was the web, nor
/// as far ahead as milliseconds that are read as seconds.
fn instant(seconds: Option<u64>) -> Option<Item> {
    const PLAUSIBLE: Range<u64> = 662_688_000..4_102_444_800;
    let [year, month, day] = Timestamp(seconds.filter(|seconds| PLAUSIBLE.contains(seconds))?).date();
    Some(Item::Date { year: Some(year.to_string()), month, day })
}

fn is_short(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn text(value: &Value) -> Item {
    Item::Text(readable(&plain(value)))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Bounded, on one line, and without marks that would turn the text around it.
pub(super) fn readable(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let clean = text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c });
    let mut clean: String = clean.take(MAX_TEXT + 1).collect();
    if let Some((end, _)) = clean.char_indices().nth(MAX_TEXT) {
        clean.truncate(end);
        clean.push('…');
    }
    clean.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(claim: &str, value: Value) -> Vec<String> {
        let written = |item| match item {
            Item::Text(text) => text,
            other => serde_json::to_string(&other).unwrap(),
        };
        items(claim, &value).into_iter().map(written).collect()
    }

    #[test]
    fn every_kind_of_value_can_be_read() {
        for (claim, value, expected) in [
            ("name", json!("Diana Krall"), &["Diana Krall"][..]),
            ("age", json!(60), &["60"]),
            ("staff", json!(true), &[r#"{"yes":true}"#]),
            ("groups", json!(["staff", "jazz", 7]), &["staff, jazz, 7"]),
            ("groups", json!(["Sales, EMEA", "c", "", null, " "]), &["Sales, EMEA", "c"]),
            ("groups", json!(["", null]), &[r#"["",null]"#]),
            ("posts", json!([{"at": "x"}, "y"]), &[r#"{"at":"x"}"#, "y"]),
            ("desk", json!({"floor": 2, "room": "b"}), &["floor: 2", "room: b"]),
            ("note", json!("one\n\n two "), &["one", "two"]),
            ("birthdate", json!("1964-11-16"), &[r#"{"date":{"year":"1964","month":11,"day":16}}"#]),
            ("birthdate", json!("0000-11-16"), &[r#"{"date":{"year":null,"month":11,"day":16}}"#]),
            ("birthdate", json!("1964"), &["1964"]),
            ("birthdate", json!("1964-13-16"), &["1964-13-16"]),
            ("updated_at", json!(1_700_000_000), &[r#"{"date":{"year":"2023","month":11,"day":14}}"#]),
            ("updated_at", json!(1), &["1"]),
            ("updated_at", json!(1_700_000_000_000_u64), &["1700000000000"]),
            ("updated_at", json!(253_402_300_799_u64), &["253402300799"]),
            ("updated_at", json!("yesterday"), &["yesterday"]),
            ("locale", json!("de"), &[r#"{"language":{"name":"de","rest":""}}"#]),
            ("locale", json!("zh_Hant_TW"), &[r#"{"language":{"name":"zh","rest":"Hant-TW"}}"#]),
            ("locale", json!("klingon, please"), &["klingon, please"]),
        ] {
            assert_eq!(texts(claim, value), expected, "{claim}");
        }
    }

    #[test]
    fn an_address_reads_as_on_a_letter() {
        let parts = json!({"country": "Sweden", "locality": "Umeå", "street_address": "Skolgatan 1\n2 tr", "floor": 2});
        assert_eq!(texts("address", parts), ["Skolgatan 1", "2 tr", "Umeå", "Sweden", "2"]);
        let both = json!({"formatted": "Skolgatan 1\nUmeå", "locality": "Umeå", "country": "Sweden"});
        assert_eq!(texts("address", both), ["Skolgatan 1", "Umeå", "Sweden"]);
        let place = json!({"street_address": "Skolgatan 1", "postal_code": "903 25", "locality": "Umeå", "region": "AC"});
        assert_eq!(texts("address", place), ["Skolgatan 1", "Umeå AC 903 25"]);
        // The text alone where it says what the parts say, however that is set.
        let both = json!({
            "formatted": "Skolgatan 1, 2 tr\nSE-903 25 UMEÅ", "street_address": "Skolgatan 1\n2 tr",
            "postal_code": "90325", "locality": "Umeå", "country": "SE",
        });
        assert_eq!(texts("address", both), ["Skolgatan 1, 2 tr", "SE-903 25 UMEÅ"]);
        assert_eq!(texts("address", json!("Umeå")), ["Umeå"]);
    }

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        let long = texts("bio", json!("a".repeat(5000)));
        assert!(long[0].chars().count() == MAX_TEXT + 1 && long[0].ends_with('…'), "{long:?}");
        let many = texts("bio", json!("line\n".repeat(20)));
        assert_eq!((many.len(), many[MAX_LINES].as_str()), (MAX_LINES + 1, r#"{"more":8}"#));
        let groups: Vec<String> = (0..100).map(|n| format!("group-{n}")).collect();
        let groups = texts("groups", json!(groups));
        assert!(
            groups[0].starts_with("group-0, group-1") && groups[1].starts_with(r#"{"more":"#),
            "{groups:?}"
        );
    }

    #[test]
    fn no_value_turns_the_text_around_it() {
        assert_eq!(texts("name", json!("a\u{202e}b\u{0}c\u{2066}d")), ["ab cd"]);
    }
}

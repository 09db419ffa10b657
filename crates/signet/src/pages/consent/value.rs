//! OpenID Connect Core §5.1: the value of a claim, formatted for users.

use std::ops::Range;

use serde::Serialize;
use serde_json::{Map, Value};
use signet_core::time::Timestamp;

/// Characters of one text, and lines of one claim, that are shown at once: of what is longer the page shows
/// the beginning, and the whole if the person asks for it.
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
pub(super) struct Shown {
    /// What is shown at once.
    pub(super) first: Vec<Item>,
    /// All of it, if that is more.
    pub(super) whole: Vec<Item>,
}

/// The lines of a claim's value.
pub(super) fn shown(claim: &str, value: &Value) -> Shown {
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
    let line = match value {
        Value::Array(entries) => in_one_line(entries),
        _ => None,
    };
    let first = line.unwrap_or_else(|| {
        let more = all.len().saturating_sub(MAX_LINES);
        all.iter().take(MAX_LINES).cloned().chain((more > 0).then_some(Item::More(more))).collect()
    });
    let is_part = |item: &Item| match item {
        Item::Text(text) => is_long(text),
        item => matches!(item, Item::More(_)),
    };
    let whole = if first.iter().any(is_part) { all } else { Vec::new() };
    Shown { first: first.into_iter().map(shortened).collect(), whole }
}

fn lines(value: &Value) -> Vec<Item> {
    match value {
        Value::Bool(yes) => vec![Item::Yes(*yes)],
        Value::String(written) => written
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| Item::Text(clean(line)))
            .collect(),
        Value::Array(all) => match entries_of(all)[..] {
            [] => vec![Item::Text(clean(&value.to_string()))],
            ref entries => entries.iter().map(|entry| text(entry)).collect(),
        },
        Value::Object(members) => {
            let member =
                |(name, value): (&String, &Value)| Item::Text(clean(&format!("{name}: {}", plain(value))));
            members.iter().map(member).collect()
        }
        Value::Number(_) | Value::Null => vec![text(value)],
    }
}

/// What is empty is no entry.
fn entries_of(all: &[Value]) -> Vec<&Value> {
    all.iter().filter(|entry| !plain(entry).trim().is_empty()).collect()
}

/// Short entries are in one line, unless one has a comma of its own.
fn in_one_line(all: &[Value]) -> Option<Vec<Item>> {
    let entries = entries_of(all);
    let in_line = |entry: &&Value| is_short(entry) && !plain(entry).contains(',');
    if entries.is_empty() || !entries.iter().all(in_line) {
        return None;
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
    Some([Item::Text(clean(&line))].into_iter().chain((more > 0).then_some(Item::More(more))).collect())
}

fn is_long(text: &str) -> bool {
    text.chars().nth(MAX_TEXT).is_some()
}

fn shortened(item: Item) -> Item {
    match item {
        Item::Text(text) => Item::Text(short(text)),
        item => item,
    }
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
    all.filter(|line| !line.trim().is_empty()).map(|line| Item::Text(clean(line))).collect()
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
    Item::Text(clean(&plain(value)))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// On one line, and without marks that would turn the text around it.
fn clean(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let clean = text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c });
    clean.collect::<String>().trim().to_owned()
}

fn short(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The same, and bounded.
pub(super) fn readable(text: &str) -> String {
    short(clean(text))
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
        shown(claim, &value).first.into_iter().map(written).collect()
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
    fn of_what_is_long_the_beginning_is_shown_and_the_whole_is_there() {
        let long = "a".repeat(5000);
        let texts = |items: &[Item]| -> Vec<String> {
            let text = |item: &Item| match item {
                Item::Text(text) => text.clone(),
                other => serde_json::to_string(other).unwrap(),
            };
            items.iter().map(text).collect()
        };
        let one = shown("bio", &json!(long));
        assert_eq!(texts(&one.first), [format!("{}…", "a".repeat(MAX_TEXT))]);
        assert_eq!(texts(&one.whole), std::slice::from_ref(&long));
        let many = shown("bio", &json!("line\n".repeat(20)));
        assert_eq!((many.first.len(), many.whole.len()), (MAX_LINES + 1, 20));
        assert_eq!(texts(&many.first).last().unwrap(), r#"{"more":8}"#);
        let groups: Vec<String> = (0..100).map(|n| format!("group-{n}")).collect();
        let list = shown("groups", &json!(groups));
        let first = texts(&list.first);
        assert!(first[0].starts_with("group-0, group-1") && first[1].starts_with(r#"{"more":"#), "{first:?}");
        assert_eq!(texts(&list.whole), groups);
        assert_eq!(texts(&shown("groups", &json!([long, "b"])).whole), [long, "b".to_owned()]);
        for value in [json!("Diana"), json!(["a", "b"]), json!(["a, b", "c"]), json!(7), json!([])] {
            assert!(shown("groups", &value).whole.is_empty(), "{value}");
        }
    }

    #[test]
    fn no_value_turns_the_text_around_it() {
        assert_eq!(texts("name", json!("a\u{202e}b\u{0}c\u{2066}d")), ["ab cd"]);
    }
}

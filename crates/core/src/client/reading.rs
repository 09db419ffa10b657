//! RFC 7591 §2, OpenID Connect Dynamic Client Registration 1.0 §2: how a member of client metadata is read,
//! by its kind.

use serde_json::{Map, Value, json};

use super::faults::{Faults, Weight};
use super::kind::Kind;
use super::{Judge, Origin};
use super::{keys, presentation};
use crate::fault::Place;
use crate::record::Client;
use crate::response_type::{self, ResponseType};
use crate::scope::Scope;
use crate::time::seconds;
use crate::uri;

/// Nobody needs more of anything.
const MAX_ENTRIES: usize = 100;
const MAX_TEXT: usize = 2048;
/// What is longer has no meaning, and would not fit where times are added.
const CENTURY: u64 = 100 * 366 * 86_400;

/// A member while it is read.
pub(super) struct Reading<'a> {
    pub(super) judge: &'a Judge<'a>,
    /// Its name, perhaps with a language.
    pub(super) name: &'a str,
    pub(super) faults: &'a mut Faults,
}

impl Reading<'_> {
    /// What goes into the record. `None`: nothing, as it is empty or wrong.
    pub(super) fn read(&mut self, kind: Kind, value: &Value, record: &mut Map<String, Value>) -> Option<()> {
        // What is stored was judged when it was written; a client without a scope has an empty one there.
        let written = matches!(self.judge.origin, Origin::Operator | Origin::Import);
        if let Some(place) = kind.nothing_in(self.name, value).filter(|_| written) {
            return self.wrong(place, "this is empty".into(), kind.instead_of_nothing());
        }
        let value = match kind {
            Kind::Flag => self.flag(value)?,
            Kind::Number => self.number(value)?,
            Kind::Duration => self.duration(self.name.into(), value)?,
            Kind::Durations => self.durations(value)?,
            Kind::Secret => self.plain(value)?.into(),
            Kind::Hash => self.text(value)?.to_ascii_lowercase().into(),
            Kind::Text => self.text(value)?.into(),
            Kind::Name => presentation::name(self, value)?,
            Kind::Page => presentation::page(self, value)?,
            Kind::Fetched => self.fetched(value)?,
            Kind::OneOf(words) => self.choice(value, words)?,
            Kind::Choice(list) => self.choice(value, &self.judge.list(list))?,
            Kind::Several(list, others) => self.several(value, list, others, record)?,
            Kind::Choices(list) => self.choices(value, list, Weight::Wrong)?,
            Kind::Wishes(list) => self.choices(value, list, Weight::Doubtful)?,
            Kind::Scope => self.scope(value)?,
            Kind::Texts => self.texts(value)?.into(),
            Kind::Keys => keys::read(self, value)?,
            Kind::Table => self.table(value.clone())?,
            Kind::Kept => self.kept(value),
            Kind::NotGiven => return self.not_given(value),
        };
        record.insert(self.name.to_owned(), value);
        Some(())
    }

    /// The value is wrong, so that the member is left out.
    pub(super) fn wrong<T>(&mut self, place: Place, what: String, instead: &str) -> Option<T> {
        self.faults.wrong(place, what, instead);
        self.faults.left_out.push(self.name.to_owned());
        None
    }

    fn must_be<T>(&mut self, place: Place, wanted: &str, value: &Value) -> Option<T> {
        let instead = match value {
            Value::Bool(_) | Value::Number(_) if wanted == "text" => "put it in quotes",
            Value::String(_) if wanted.starts_with("a list") => "put it in brackets: [\"...\"]",
            Value::String(text)
                if wanted == "true or false" && ["true", "false"].contains(&text.as_str()) =>
            {
                "write it without quotes"
            }
            Value::String(_) if wanted == "true or false" => "write true or false, without quotes",
            Value::String(_) if wanted.starts_with("a whole number") => "write the number without quotes",
            _ => "change it, or leave it out",
        };
        self.wrong(place, format!("this must be {wanted}, but it is {}", called(value)), instead)
    }

    fn flag(&mut self, value: &Value) -> Option<Value> {
        if value.is_boolean() {
            Some(value.clone())
        } else {
            self.must_be(self.name.into(), "true or false", value)
        }
    }

    fn number(&mut self, value: &Value) -> Option<Value> {
        match whole(value) {
            Some(number) => Some(number.into()),
            None => self.must_be(self.name.into(), "a whole number that is not negative", value),
        }
    }

    fn duration(&mut self, place: Place, value: &Value) -> Option<Value> {
        let written = value.as_str().filter(|_| !self.judge.origin.is_stranger());
        match whole(value).or_else(|| written.and_then(seconds)) {
            Some(length) if length <= CENTURY => Some(length.into()),
            Some(_) => self.wrong(place, "this is longer than a hundred years".into(), "write fewer seconds"),
            None if self.judge.origin.is_stranger() => {
                self.must_be(place, "a whole number of seconds", value)
            }
            None => {
                let advice = "write seconds, or text such as \"90s\", \"10m\", \"12h\", \"30d\"";
                let what = match value.as_str() {
                    Some(text) => format!("{text:?} is not a length of time"),
                    None => format!("this must be a length of time, but it is {}", called(value)),
                };
                self.wrong(place, what, advice)
            }
        }
    }

    fn durations(&mut self, value: &Value) -> Option<Value> {
        let Some(table) = value.as_object() else { return self.must_be(self.name.into(), "a table", value) };
        let mut read = Map::new();
        for (name, value) in table.iter().filter(|(_, value)| !value.is_null()) {
            let place = Place::from([self.name, name]);
            let length = self.duration(place.clone(), value)?;
            if length == 0 {
                let advice = "write a length of time such as \"1h\"";
                return self.wrong(place, "this must have an end".into(), advice);
            }
            read.insert(name.clone(), length);
        }
        self.table(read.into())
    }

    /// Text. RFC 7592 §2.2: of those who register, an empty text is as if the member were not there.
    pub(super) fn text<'v>(&mut self, value: &'v Value) -> Option<&'v str> {
        self.plain(value).filter(|text| !text.is_empty())
    }

    fn plain<'v>(&mut self, value: &'v Value) -> Option<&'v str> {
        let Some(text) = value.as_str() else { return self.must_be(self.name.into(), "text", value) };
        if text.len() > MAX_TEXT && self.judge.origin.is_stranger() {
            let what = format!("this is longer than {MAX_TEXT} bytes");
            return self.wrong(self.name.into(), what, "write a shorter one");
        }
        Some(text)
    }

    fn fetched(&mut self, value: &Value) -> Option<Value> {
        let uri = self.text(value)?;
        if let Some(fault) = uri::fault(uri) {
            self.faults.wrong(self.name, format!("{uri} {}", fault.what), fault.instead);
        } else if !uri.starts_with("https:") && !uri.starts_with("http:") {
            // Whether it may come by plain http is for the rules to say.
            let what = format!("{uri} must be an absolute https address");
            self.faults.wrong(self.name, what, "write https://HOST/PATH");
        }
        Some(uri.into())
    }

    fn choice(&mut self, value: &Value, known: &[&str]) -> Option<Value> {
        let text = self.text(value)?;
        self.offered(self.name.into(), text, known, Weight::Wrong)
    }

    fn offered(&mut self, place: Place, text: &str, known: &[&str], weight: Weight) -> Option<Value> {
        if known.contains(&text) {
            return Some(text.into());
        }
        let list = super::members::find(self.name).and_then(|member| member.kind.list());
        let (what, instead) = self.judge.not_offered(list, text, known);
        self.faults.add(weight, place, what, instead);
        if weight == Weight::Wrong {
            self.faults.left_out.push(self.name.to_owned());
            return None;
        }
        Some(text.into())
    }

    fn several(
        &mut self,
        value: &Value,
        list: &str,
        others: &str,
        record: &mut Map<String, Value>,
    ) -> Option<Value> {
        let known = self.judge.list(list);
        if value.is_string() || self.judge.origin.is_stranger() {
            return self.choice(value, &known);
        }
        let mut read = Vec::new();
        for text in self.texts(value)? {
            read.push(self.offered(self.name.into(), &text, &known, Weight::Wrong)?);
        }
        if read.is_empty() {
            let advice =
                "leave it out for all that go with a secret, or write \"none\" for a client without one";
            return self.wrong(self.name.into(), "without a method the client gets no tokens".into(), advice);
        }
        let first = read.remove(0);
        record.insert(others.to_owned(), read.into());
        Some(first)
    }

    fn choices(&mut self, value: &Value, list: &str, weight: Weight) -> Option<Value> {
        let known = self.judge.list(list);
        let mut read: Vec<Value> = Vec::new();
        let mut texts = self.texts(value)?;
        for text in &mut texts {
            // The words of a response type come in any order.
            let canonical = ResponseType::find(text).filter(|_| list == response_type::OFFERED);
            *text = canonical.map_or_else(|| std::mem::take(text), |found| found.name.to_owned());
        }
        // RFC 7591 §3.2.1: clients list all that they could make use of; what is not offered is left out as
        // long as something is left.
        let is_some_left = texts.iter().any(|text| known.contains(&text.as_str()));
        let narrows = self.judge.origin.is_stranger() && is_some_left;
        for (index, text) in texts.iter().enumerate() {
            if narrows && !known.contains(&text.as_str()) {
                continue;
            }
            let value = self.offered((self.name, index).into(), text, &known, weight)?;
            if !read.contains(&value) {
                read.push(value);
            }
        }
        Some(read.into())
    }

    fn scope(&mut self, value: &Value) -> Option<Value> {
        let words: Vec<String> = match value {
            Value::String(text) => {
                text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
            }
            Value::Array(_) if !self.judge.origin.is_stranger() => self.texts(value)?,
            _ => return self.must_be(self.name.into(), "text", value),
        };
        if value.is_string() && words.is_empty() && self.judge.origin.is_stranger() {
            return None;
        }
        if words.len() > MAX_ENTRIES && self.judge.origin.is_stranger() {
            let what = format!("this has more than {MAX_ENTRIES} words");
            return self.wrong(self.name.into(), what, "name fewer scopes");
        }
        for word in &words {
            if Scope::parse(word).is_err() || word.contains(' ') {
                let what = format!("{word:?} has a character that no scope has (RFC 6749 section 3.3)");
                let advice = "write words of ASCII letters, digits and marks, without quotes and backslashes";
                return self.wrong(self.name.into(), what, advice);
            }
        }
        Some(Scope::from_words(words.iter().map(String::as_str)).to_string().into())
    }

    /// A list of texts, each once. An empty list says something only where an operator writes it.
    pub(super) fn texts(&mut self, value: &Value) -> Option<Vec<String>> {
        let Some(list) = value.as_array() else {
            return self.must_be(self.name.into(), "a list of texts", value);
        };
        let stranger = self.judge.origin.is_stranger();
        if list.len() > MAX_ENTRIES && stranger {
            let what = format!("this has more than {MAX_ENTRIES} entries");
            return self.wrong(self.name.into(), what, "name fewer");
        }
        let mut texts: Vec<String> = Vec::new();
        for (index, entry) in list.iter().enumerate() {
            let place = Place::from((self.name, index));
            let Some(text) = entry.as_str() else { return self.must_be(place, "text", entry) };
            if text.is_empty() {
                return self.wrong(place, "this is empty".into(), "leave it out");
            }
            if text.len() > MAX_TEXT && stranger {
                let what = format!("this is longer than {MAX_TEXT} bytes");
                return self.wrong(place, what, "write a shorter one");
            }
            if texts.iter().any(|earlier| earlier == text) {
                self.faults.add(Weight::Hint, place, "this is written twice", "keep one");
            } else {
                texts.push(text.to_owned());
            }
        }
        (!texts.is_empty() || !stranger).then_some(texts)
    }

    /// What the record can hold.
    fn table(&mut self, value: Value) -> Option<Value> {
        match serde_json::from_value::<Client>(json!({ "client_id": "", self.name: value })) {
            Ok(_) => Some(value),
            Err(error) => self.wrong(self.name.into(), error.to_string(), "see the configuration reference"),
        }
    }

    fn kept(&mut self, value: &Value) -> Value {
        if self.judge.origin != Origin::Stored {
            let what = "this is kept with the client, but does nothing in this version";
            self.faults.add(Weight::Hint, self.name, what, "leave it out unless other tools read it");
        }
        value.clone()
    }

    /// RFC 9449 §5.2, RFC 8705 §3.4, RFC 9126 §6, JARM §3: a client that asks for protection relies on it, so
    /// it must not learn by an attack that its wish was left out.
    pub(super) fn not_given(&mut self, value: &Value) -> Option<()> {
        let asks_nothing =
            matches!(value, Value::Bool(false) | Value::Null) || matches!(value.as_str(), Some("none" | ""));
        if !asks_nothing {
            let advice = "leave it out, if the application can do without";
            self.faults.wrong(self.name, "this provider does not give that protection", advice);
        }
        None
    }
}

/// A whole number, which JSON may also write as `60.0` (RFC 8259 §6).
fn whole(value: &Value) -> Option<u64> {
    /// Up to here every whole number has a float of its own.
    const MOST: f64 = 9_007_199_254_740_992.0;
    let float = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..MOST).contains(number));
    value.as_u64().or_else(|| format!("{:.0}", float?).parse().ok())
}

/// What people call a value.
fn called(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(number) if number.is_i64() && !number.is_u64() => "a negative number",
        Value::Number(_) => "a whole number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

//! RFC 6749 §3.1, §3.2 and appendix B: request parameters, read once; duplicates and sizes are checked here.

use std::borrow::Cow;

use crate::error::Error;
use crate::rule;

/// The longest query or form that is read at all.
pub const MAX_TOTAL: usize = 64 * 1024;
/// Names and values that one address of ours, or one answer of ours, carries on at most.
pub const LONGEST_CARRIED: usize = 8 * 1024;
/// The longest query that we write, with its encoding: a buffer of 16 KiB, as proxies have, also holds the
/// rest of the address and the other headers. The book names it.
pub const LONGEST_QUERY: usize = 12 * 1024;
/// How long a value is in an address.
pub(crate) fn encoded_length(value: &str) -> usize {
    url::form_urlencoded::byte_serialize(value.as_bytes()).map(str::len).sum()
}

const MAX_COUNT: usize = 128;
const MAX_VALUE: usize = 32 * 1024;

/// RFC 8707 §2 and RFC 8693 §2.1: the only parameters that may come several times.
const REPEATABLE: &[&str] = &["resource", "audience"];

/// Decoded request parameters in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    pairs: Vec<(String, String)>,
}

impl Params {
    /// Reads `application/x-www-form-urlencoded` text: a query or a form body.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_known(text, |_| true)
    }

    /// The same for an endpoint that ignores parameters that it does not know (RFC 6749 §3.1), even where
    /// their value is no text.
    pub fn parse_known(text: &str, is_known: impl Fn(&str) -> bool) -> Result<Self, Error> {
        if text.len() > MAX_TOTAL {
            return Err(broken("the request is longer than 64 KiB"));
        }
        let mut pairs = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, after) = cut(rest, b'&');
            rest = after;
            if piece.is_empty() {
                continue;
            }
            let (name, value) = cut(piece, b'=');
            let name = decode(name)?;
            let value = match decode(value) {
                Err(_) if !is_known(&name) => continue,
                value => value?,
            };
            size(&name, &value)?;
            pairs.push((name.into_owned(), value.into_owned()));
        }
        count(&pairs)?;
        Ok(Self { pairs })
    }

    /// From pairs that were read before.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self { pairs }
    }

    /// All pairs, as they came.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The first value; an empty one counts as absent (RFC 6749 §3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// Every value of a repeatable parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.pairs.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    /// The value, or `invalid_request` naming what is missing.
    pub fn require(&self, name: &'static str) -> Result<&str, Error> {
        self.get(name).ok_or_else(|| Error::invalid_request(format!("{name} is missing")))
    }

    /// Only these parameters, for what reads them later.
    pub fn only(&self, names: &[&str]) -> Self {
        let kept = self.pairs.iter().filter(|(name, _)| names.contains(&name.as_str()));
        Self { pairs: kept.cloned().collect() }
    }

    /// What an address of ours carries on of these parameters: those that are read there, once each. None
    /// where they would make an address that browsers and proxies do not carry, or would be refused there
    /// anyway.
    pub fn carried(&self, is_read: impl Fn(&str) -> bool) -> Option<String> {
        let kept = self.pairs.iter().filter(|(name, value)| is_read(name) && !value.is_empty());
        let kept = Self { pairs: kept.cloned().collect() };
        let query = self.single().is_ok().then(|| kept.encode())?;
        (query.len() <= LONGEST_QUERY).then_some(query)
    }

    /// A parameter that came more than once although it must not.
    pub fn duplicate(&self) -> Option<&str> {
        self.pairs.iter().enumerate().find_map(|(at, (name, _))| {
            let repeated = self.pairs.iter().skip(at + 1).any(|(other, _)| other == name);
            (repeated && !is_repeatable(name)).then_some(name.as_str())
        })
    }

    /// Refuses duplicates.
    pub fn single(&self) -> Result<(), Error> {
        match self.duplicate() {
            Some(name) => {
                let name = if is_plain(name) { name } else { "a parameter" };
                Err(Error::invalid_request(format!("{name} is given more than once")).at(&rule::SINGLE))
            }
            None => Ok(()),
        }
    }

    /// The same with this value of one parameter, or without it.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: Option<&str>) -> Self {
        self.pairs.retain(|(other, _)| value.is_some() || other != name);
        for (_, old) in self.pairs.iter_mut().filter(|(other, _)| other == name) {
            value.unwrap_or_default().clone_into(old);
        }
        self
    }

    /// Writes the parameters as a query again.
    pub fn encode(&self) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(self.pairs.iter());
        out.finish()
    }
}

/// Anybody can write any text into an address as the name of a parameter: pages show no more than a word.
fn is_plain(name: &str) -> bool {
    let part = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    name.len() <= 40 && name.bytes().all(part)
}

/// Whether a parameter may come several times.
pub(crate) fn is_repeatable(name: &str) -> bool {
    REPEATABLE.contains(&name)
}

/// Holds parameters that came by another way than a form to the same bounds.
pub(crate) fn bounded(pairs: &[(String, String)]) -> Result<(), Error> {
    for (name, value) in pairs {
        size(name, value)?;
        if name.contains('\0') || value.contains('\0') {
            return Err(not_text());
        }
    }
    count(pairs)
}

fn size(name: &str, value: &str) -> Result<(), Error> {
    if value.len() > MAX_VALUE || name.len() > 256 {
        return Err(broken("a parameter is longer than 32 KiB"));
    }
    Ok(())
}

fn count(pairs: &[(String, String)]) -> Result<(), Error> {
    if pairs.len() > MAX_COUNT {
        return Err(broken("the request has more than 128 parameters"));
    }
    Ok(())
}

fn broken(why: &'static str) -> Error {
    Error::invalid_request(why).at(&rule::PARAMETERS)
}

fn not_text() -> Error {
    broken("a parameter is not valid UTF-8 text")
}

/// What is before the first such character, which is one of ASCII, and what is behind it.
fn cut(text: &str, at: u8) -> (&str, &str) {
    let place = text.bytes().position(|byte| byte == at).unwrap_or(text.len());
    (text.get(..place).unwrap_or(text), text.get(place + 1..).unwrap_or_default())
}

/// Undoes `application/x-www-form-urlencoded` for one name or value.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, Error> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | b'+' | 0)) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = (hex(rest.next()), hex(rest.next()));
                let (Some(high), Some(low)) = digits else {
                    return Err(broken("a percent sign is not followed by two hexadecimal digits"));
                };
                bytes.push(high << 4 | low);
            }
            other => bytes.push(other),
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Ok(Cow::Owned(text)),
        _ => Err(not_text()),
    }
}

fn hex(byte: Option<u8>) -> Option<u8> {
    byte.and_then(|b| (b as char).to_digit(16)).and_then(|d| u8::try_from(d).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_forms() {
        let params = Params::parse("a=1&b=x%20y+z&&c=&d").unwrap();
        assert_eq!(params.get("a"), Some("1"));
        assert_eq!(params.get("b"), Some("x y z"));
        assert_eq!(params.get("c"), None);
        assert_eq!(params.get("d"), None);
        assert_eq!(params.require("zz").unwrap_err().description, "zz is missing");
    }

    #[test]
    fn finds_duplicates_but_allows_resources() {
        assert_eq!(Params::parse("a=1&b=2&a=1").unwrap().duplicate(), Some("a"));
        assert_eq!(Params::parse("resource=1&resource=2").unwrap().duplicate(), None);
    }

    #[test]
    fn a_name_that_is_a_text_of_somebodys_is_not_repeated() {
        let said = |query: &str| Params::parse(query).unwrap().single().unwrap_err().description;
        assert_eq!(said("foo_2=1&foo_2=1"), "foo_2 is given more than once");
        for text in ["Your session expired", "evil.example", &"x".repeat(41)] {
            assert_eq!(said(&format!("{text}=1&{text}=2")), "a parameter is given more than once");
        }
    }

    #[test]
    fn refuses_what_cannot_be_text() {
        for bad in ["a=%zz", "a=%1", "a=%ff%fe", "a=%00", "a=\0", "%e9=1"] {
            assert!(Params::parse(bad).is_err(), "{bad}");
        }
        assert!(Params::parse(&"a".repeat(MAX_TOTAL + 1)).is_err());
        assert!(Params::parse(&"a=1&".repeat(200)).is_err());
    }

    #[test]
    fn what_is_not_known_may_hold_anything() {
        let read = |text| Params::parse_known(text, |name| name == "a").map(|params| params.pairs);
        let pairs = vec![("a".to_owned(), "1".to_owned()), ("c".to_owned(), "2".to_owned())];
        assert_eq!(read("a=1&b=%FF&b=%zz&c=2").unwrap(), pairs);
        for bad in ["a=%FF", "%FF=1", "a=1&a=%zz"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn encoding_round_trips(pairs in proptest::collection::vec(("[a-z]{1,8}", "[^\0]{0,20}"), 0..8)) {
            let params = Params::from_pairs(pairs);
            prop_assert_eq!(Params::parse(&params.encode()).unwrap(), params);
        }

        #[test]
        fn never_panics(text in ".*") {
            let _outcome = Params::parse(&text);
        }
    }
}

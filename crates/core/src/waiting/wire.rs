//! The bytes of a waiting request inside its sealed address: as short as can be, text as it is.

use super::Interaction;
use crate::authorization::Source;
use crate::id::{ClientId, InteractionId, SessionId, UserId};
use crate::scope::Scope;
use crate::secret::TokenHash;
use crate::time::Timestamp;

impl Interaction {
    /// As it is sealed. The client is among the parameters.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        out.push(match self.source {
            Source::Plain => 0,
            Source::Unsigned => 1,
            Source::Signed => 2,
        });
        out.extend(self.id.0.to_be_bytes());
        out.extend(self.browser.as_bytes());
        number(&mut out, self.started_at.0);
        number(&mut out, self.expires_at.0);
        maybe(&mut out, self.object_until.map(|until| until.0));
        for session in [self.authenticated, self.selected, self.declined] {
            maybe(&mut out, session.map(|id| id.0.cast_unsigned()));
        }
        maybe(&mut out, self.sign_up.map(u64::from));
        maybe(&mut out, self.consented.as_ref().map(|_| 1));
        if let Some(user) = &self.consented {
            text(&mut out, user.as_str());
        }
        text(&mut out, &self.left_out.to_string());
        for (name, value) in &self.params {
            text(&mut out, name);
            text(&mut out, value);
        }
        out
    }

    /// Reads it back; none for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        let [source] = *from.take(1)? else { return None };
        let mut record = Self {
            source: match source {
                0 => Source::Plain,
                1 => Source::Unsigned,
                2 => Source::Signed,
                _ => return None,
            },
            id: InteractionId(i64::from_be_bytes(from.take(8)?.try_into().ok()?)),
            browser: TokenHash::from_bytes(from.take(16)?.try_into().ok()?),
            started_at: Timestamp(from.number()?),
            expires_at: Timestamp(from.number()?),
            object_until: from.maybe()?.map(Timestamp),
            authenticated: from.session()?,
            selected: from.session()?,
            declined: from.session()?,
            sign_up: from.maybe()?.map(|new| new != 0),
            consented: match from.maybe()? {
                Some(_) => Some(UserId(from.text()?)),
                None => None,
            },
            left_out: Scope::parse(&from.text()?).ok()?,
            client: ClientId(String::new()),
            params: Vec::new(),
        };
        while !from.0.is_empty() {
            record.params.push((from.text()?, from.text()?));
        }
        let client = record.params.iter().find(|(name, _)| name == "client_id")?;
        record.client = ClientId(client.1.clone());
        Some(record)
    }
}

/// Seven bits a byte, the last ones first; all but the last byte have the eighth set.
fn number(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

fn maybe(out: &mut Vec<u8>, value: Option<u64>) {
    out.push(u8::from(value.is_some()));
    if let Some(value) = value {
        number(out, value);
    }
}

fn text(out: &mut Vec<u8>, text: &str) {
    number(out, u64::try_from(text.len()).unwrap_or(u64::MAX));
    out.extend(text.as_bytes());
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..10 {
            let [byte] = *self.take(1)? else { return None };
            value |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn maybe(&mut self) -> Option<Option<u64>> {
        match *self.take(1)? {
            [0] => Some(None),
            _ => self.number().map(Some),
        }
    }

    fn session(&mut self) -> Option<Option<SessionId>> {
        Some(self.maybe()?.map(|id| SessionId(id.cast_signed())))
    }

    fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        Some(std::str::from_utf8(self.take(length)?).ok()?.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn some_session() -> impl Strategy<Value = Option<SessionId>> {
        proptest::option::of(any::<i64>().prop_map(SessionId))
    }

    prop_compose! {
        fn interaction()(
            ids in (any::<i64>(), any::<[u8; 16]>(), 0_usize..3),
            times in (any::<u64>(), any::<u64>(), proptest::option::of(any::<u64>())),
            sessions in (some_session(), some_session(), some_session()),
            sign_up in proptest::option::of(any::<bool>()),
            consented in proptest::option::of(".{0,20}"),
            left_out in proptest::option::of("[a-z_]{1,20}"),
            params in proptest::collection::vec((".{0,10}", ".{0,30}"), 0..6),
        ) -> Interaction {
            let mut params = params;
            params.push(("client_id".to_owned(), "web".to_owned()));
            let client = params.iter().find(|(name, _)| name == "client_id").unwrap().1.clone();
            Interaction {
                id: InteractionId(ids.0),
                browser: TokenHash::from_bytes(ids.1),
                client: ClientId(client),
                params,
                source: [Source::Plain, Source::Unsigned, Source::Signed][ids.2],
                object_until: times.2.map(Timestamp),
                started_at: Timestamp(times.0),
                expires_at: Timestamp(times.1),
                authenticated: sessions.0,
                selected: sessions.1,
                declined: sessions.2,
                sign_up,
                consented: consented.map(UserId),
                left_out: Scope::from_words(left_out.as_deref()),
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(interaction in interaction()) {
            prop_assert_eq!(Interaction::decode(&interaction.encode()), Some(interaction));
        }

        #[test]
        fn control_characters_do_not_grow(value in "[\u{1}-\u{1f}]{100}") {
            let params = vec![("client_id".to_owned(), "web".to_owned()), ("state".to_owned(), value)];
            let bytes = Interaction { params, ..sample() }.encode();
            prop_assert!(bytes.len() < 220, "{}", bytes.len());
        }

        #[test]
        fn anything_else_is_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _outcome = Interaction::decode(&bytes);
        }
    }

    fn sample() -> Interaction {
        let bytes = [&[0_u8; 25][..], &[0; 9], &[9], b"client_id", &[3], b"web"].concat();
        Interaction::decode(&bytes).unwrap()
    }
}

//! The bytes of a waiting request inside its sealed address: as short as can be, text as it is.

use super::{Account, By, Interaction, Stage, Step};
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
        out.push(match self.sign_up {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        });
        text(&mut out, &self.proven.join(" "));
        maybe(&mut out, self.step.as_ref().map(|_| 1));
        if let Some(Step { method, state }) = &self.step {
            text(&mut out, method);
            text(&mut out, state);
        }
        self.stage.encode(&mut out);
        for (name, value) in &self.params {
            text(&mut out, name);
            text(&mut out, value);
        }
        out
    }

    /// Reads it back; none for anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        let mut record = Self {
            source: match from.byte()? {
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
            sign_up: match from.byte()? {
                0 => None,
                1 => Some(false),
                2 => Some(true),
                _ => return None,
            },
            proven: from.text()?.split_whitespace().map(str::to_owned).collect(),
            step: match from.maybe()? {
                Some(_) => Some(Step { method: from.text()?, state: from.text()? }),
                None => None,
            },
            stage: Stage::decode(&mut from)?,
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

impl Stage {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Stage::Asked { declined: None } => out.push(ASKED),
            Stage::Asked { declined: Some(session) } => {
                out.push(DECLINED);
                number(out, session.0.cast_unsigned());
            }
            Stage::Known(account) => {
                out.push(KNOWN);
                account.encode(out);
            }
            Stage::Consented { account, user, left_out } => {
                out.push(CONSENTED);
                account.encode(out);
                text(out, user.as_str());
                text(out, &left_out.to_string());
            }
        }
    }

    fn decode(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.byte()? {
            ASKED => Stage::Asked { declined: None },
            DECLINED => Stage::Asked { declined: Some(from.session()?) },
            KNOWN => Stage::Known(Account::decode(from)?),
            CONSENTED => Stage::Consented {
                account: Account::decode(from)?,
                user: UserId(from.text()?),
                left_out: Scope::parse(&from.text()?).ok()?,
            },
            _ => return None,
        })
    }
}

/// What the bytes of a stage begin with.
const ASKED: u8 = 0;
const DECLINED: u8 = 1;
const KNOWN: u8 = 2;
const CONSENTED: u8 = 3;

impl Account {
    fn encode(self, out: &mut Vec<u8>) {
        out.push(match self.by {
            By::Found => 0,
            By::Choice => 1,
            By::SignIn => 2,
        });
        number(out, self.root.0.cast_unsigned());
    }

    fn decode(from: &mut Reader<'_>) -> Option<Self> {
        let by = match from.byte()? {
            0 => By::Found,
            1 => By::Choice,
            2 => By::SignIn,
            _ => return None,
        };
        Some(Self { root: from.session()?, by })
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

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn maybe(&mut self) -> Option<Option<u64>> {
        match self.byte()? {
            0 => Some(None),
            1 => self.number().map(Some),
            _ => None,
        }
    }

    fn session(&mut self) -> Option<SessionId> {
        self.number().map(|id| SessionId(id.cast_signed()))
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

    fn account() -> impl Strategy<Value = Account> {
        let by = prop::sample::select(vec![By::Found, By::Choice, By::SignIn]);
        (any::<i64>(), by).prop_map(|(id, by)| Account { root: SessionId(id), by })
    }

    fn stage() -> impl Strategy<Value = Stage> {
        let declined = proptest::option::of(any::<i64>().prop_map(SessionId));
        let left_out = proptest::option::of("[a-z_]{1,20}");
        prop_oneof![
            declined.prop_map(|declined| Stage::Asked { declined }),
            account().prop_map(Stage::Known),
            (account(), ".{0,20}", left_out).prop_map(|(account, user, left_out)| Stage::Consented {
                account,
                user: UserId(user),
                left_out: Scope::from_words(left_out.as_deref()),
            }),
        ]
    }

    prop_compose! {
        fn interaction()(
            ids in (any::<i64>(), any::<[u8; 16]>(), 0_usize..3),
            times in (any::<u64>(), any::<u64>(), proptest::option::of(any::<u64>())),
            proven in proptest::collection::vec("[a-z_]{1,9}", 0..3),
            step in proptest::option::of(("[a-z_]{1,9}", ".{0,20}")),
            sign_up in proptest::option::of(any::<bool>()),
            stage in stage(),
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
                proven,
                step: step.map(|(method, state)| Step { method, state }),
                sign_up,
                stage,
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
        let bytes = [&[0_u8; 25][..], &[0; 7], &[9], b"client_id", &[3], b"web"].concat();
        Interaction::decode(&bytes).unwrap()
    }
}

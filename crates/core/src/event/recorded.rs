//! An event as it is kept: within a kibibyte, whoever chose its words. What is cut ends in `…`.

use serde_json::Value;

use super::{Event, Holds, Kept, Kind, What};
use crate::id::{ClientId, EventId, UserId};
use crate::record::{Cause, Detail, Recorded};
use crate::time::Timestamp;

/// Characters of one text that are kept, and of all texts of a detail.
const LONGEST: usize = 160;
const MOST: usize = 320;
/// Bytes of all ids of a detail. Where ids are kept, no user or request is: there is room.
const IDS: usize = 720;

/// Bytes of an event, written as JSON: numbers, the names of members and what a store needs are counted as
/// [`FRAME`], so that a row of any store has no more.
pub const ROW: usize = 1024;
const FRAME: usize = 160;
/// Bytes of a name.
const NAME: usize = 160;
/// Bytes of where a request came from, and of its own name.
const PLACE: usize = 64;
/// What is left of a text of which nothing is kept.
const CUT: char = '…';
/// Bytes that JSON writes for one byte at most: `\u0001`.
const LONGEST_ESCAPE: usize = 6;

/// Where the request came from by which something happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source<'a> {
    /// The network address.
    pub address: Option<&'a str>,
    /// The name of the request.
    pub request: Option<&'a str>,
}

impl Event {
    /// As it is kept.
    pub fn recorded(&self, id: EventId, at: Timestamp, from: Source<'_>) -> Recorded {
        let kind = self.what.kind();
        Recorded {
            id,
            at,
            kind: kind.name.to_owned(),
            severity: kind.severity,
            user: self.user.as_ref().map(|user| user.id.clone()),
            username: self.username().map(clipped),
            client: self.client.clone(),
            session: self.session,
            address: from.address.map(clipped),
            request: from.request.map(clipped),
            rule: self.what.rule().map(str::to_owned),
            detail: self.what.detail(),
            cause: self.cause(kind),
        }
        .bounded()
    }

    fn cause(&self, kind: &Kind) -> Cause {
        match kind.kept {
            Kept::Always => Cause::Proven,
            Kept::Ordinary => Cause::Ordinary,
            // Anybody can be refused without being asked.
            Kept::Routine if !matches!(self.what, What::Refused { .. }) => Cause::Ordinary,
            _ if self.user.is_some() || self.client.is_some() => Cause::Stranger,
            _ => Cause::Nameless,
        }
    }
}

/// A person or an application as events name it: an id that is longer is cut, so that whoever looks for its
/// events looks for this.
pub fn named(id: &str) -> String {
    within(id, NAME)
}

impl Recorded {
    /// The same in [`ROW`] bytes at most. Of the detail the longest texts go first.
    pub fn bounded(mut self) -> Self {
        let names =
            [self.user.as_mut().map(|user| &mut user.0), self.client.as_mut().map(|client| &mut client.0)];
        names.into_iter().chain([self.username.as_mut()]).flatten().for_each(|name| bound(name, NAME));
        let places = [self.address.as_mut(), self.request.as_mut()];
        places.into_iter().flatten().for_each(|place| bound(place, PLACE));
        // Most events are so short that nothing has to be counted.
        if self.length(|text| text.len() * LONGEST_ESCAPE) <= ROW {
            return self;
        }
        loop {
            let excess = self.length(length).saturating_sub(ROW);
            if excess == 0 {
                return self;
            }
            let texts = self.detail.values_mut().filter_map(|value| match value {
                Value::String(text) if length(text) > CUT.len_utf8() => Some(text),
                _ => None,
            });
            match texts.max_by_key(|text| length(text)) {
                Some(text) => {
                    let most = length(text).saturating_sub(excess);
                    bound(text, most);
                }
                None => return self,
            }
        }
    }

    fn length(&self, of: fn(&str) -> usize) -> usize {
        let user = self.user.as_ref().map(UserId::as_str);
        let client = self.client.as_ref().map(ClientId::as_str);
        let others = [&self.username, &self.address, &self.request, &self.rule].map(Option::as_deref);
        let texts = [Some(self.kind.as_str()), user, client].into_iter().chain(others).flatten().map(of);
        let detail = |(name, value): (&str, &Value)| match value {
            Value::String(text) => name.len() + of(text) + "\"\":\"\",".len(),
            Value::Bool(_) => name.len() + "\"\":false,".len(),
            other => name.len() + other.to_string().len() + "\"\":,".len(),
        };
        FRAME + texts.sum::<usize>() + self.detail.iter().map(detail).sum::<usize>()
    }
}

impl What {
    /// What is kept besides who and where; what [`super::KINDS`] says of it, but for what only the log may
    /// say.
    fn detail(&self) -> Detail {
        let (kind, said) = (self.kind(), self.said());
        let mut room = Room { left: MOST, left_of_ids: IDS };
        let mut detail = Detail::default();
        for (name, value) in said.iter() {
            let member = kind.member(name);
            if member.is_some_and(|member| member.log_only) {
                continue;
            }
            let are_ids = member.is_some_and(|member| member.holds == Holds::Ids);
            match value.as_str() {
                Some(ids) if are_ids => detail.insert(*name, room.ids(ids)),
                Some(text) => detail.insert(*name, room.text(text)),
                None => detail.insert(*name, value.clone()),
            }
        }
        detail
    }
}

/// What a detail still has room for.
struct Room {
    left: usize,
    left_of_ids: usize,
}

impl Room {
    fn text(&mut self, text: &str) -> String {
        let text = cut(text, LONGEST.min(self.left));
        self.left = self.left.saturating_sub(text.chars().count());
        text
    }

    /// As many ids as there is room for, each of them whole.
    fn ids(&mut self, ids: &str) -> String {
        let mut named: Vec<&str> = Vec::new();
        let mut ids = ids.split(' ').peekable();
        while let Some(id) = ids.next_if(|id| length(id) < self.left_of_ids) {
            self.left_of_ids -= length(id) + 1;
            named.push(id);
        }
        let more = ids.count();
        let more = (more > 0).then(|| format!("and {more} more"));
        let text: Vec<&str> = named.into_iter().chain(more.as_deref()).collect();
        text.join(" ")
    }
}

fn clipped(text: &str) -> String {
    cut(text, LONGEST)
}

/// The bytes of a text inside JSON. What is longer there are bytes below 128, so that no character has to be
/// put together.
fn length(text: &str) -> usize {
    text.len() + text.bytes().map(more).sum::<usize>()
}

/// How many bytes more than one it is inside JSON.
fn more(byte: u8) -> usize {
    match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 1,
        0..b' ' => LONGEST_ESCAPE - 1,
        _ => 0,
    }
}

/// Holds a text to so many bytes inside JSON, with the mark of what was cut.
fn bound(text: &mut String, most: usize) {
    if text.len() * LONGEST_ESCAPE <= most || length(text) <= most {
        return;
    }
    let mut room = most.saturating_sub(CUT.len_utf8());
    let mut is_kept = |c: char| {
        let written = c.len_utf8() + u8::try_from(c).map_or(0, more);
        let left = room.checked_sub(written);
        room = left.unwrap_or_default();
        left.is_some()
    };
    let end = text.char_indices().find(|(_, c)| !is_kept(*c)).map(|(at, _)| at);
    text.truncate(end.unwrap_or(text.len()));
    text.push(CUT);
}

fn within(text: &str, most: usize) -> String {
    let mut text = text.to_owned();
    bound(&mut text, most);
    text
}

fn cut(text: &str, longest: usize) -> String {
    // No text has more characters than bytes.
    let end = (text.len() > longest).then(|| text.char_indices().nth(longest)).flatten();
    match end {
        Some((end, _)) => text.get(..end).unwrap_or_default().chars().chain([CUT]).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Failure, Who, kind};
    use crate::rule;
    use crate::testing::{client, user};

    const AT: Timestamp = Timestamp(1_795_000_000);

    fn recorded(event: &Event) -> Recorded {
        event.recorded(EventId(1), AT, Source { address: Some("192.0.2.7"), request: Some("r-1") })
    }

    #[test]
    fn a_refusal_is_kept_with_its_rule_and_within_bounds() {
        let what = What::Rejected {
            endpoint: "token",
            kind: &kind::REQUEST_REFUSED,
            code: "invalid_request",
            rule: Some(&rule::SINGLE),
            reason: "é".repeat(5000),
            detail: None,
        };
        let event = Event { what, client: None, user: None, session: None };
        let kept = recorded(&event);
        assert_eq!((kept.kind.as_str(), kept.rule.as_deref()), ("request.refused", Some(rule::SINGLE.id)));
        assert_eq!(kept.cause, Cause::Nameless);
        assert_eq!((kept.address.as_deref(), kept.request.as_deref()), (Some("192.0.2.7"), Some("r-1")));
        assert!(serde_json::to_string(&kept.detail).unwrap().len() < 600);
        let named = Event { client: Some("web".into()), ..event };
        assert_eq!(recorded(&named).cause, Cause::Stranger);
    }

    /// As JSON, which has more around it than any store writes.
    fn row(kept: &Recorded) -> usize {
        let payload = serde_json::json!({
            "at": kept.at, "severity": kept.severity, "username": kept.username, "address": kept.address,
            "request": kept.request, "rule": kept.rule, "detail": kept.detail,
        });
        let ids = kept.user.as_ref().map(UserId::as_str).into_iter();
        let ids = ids.chain(kept.client.as_ref().map(ClientId::as_str)).chain([kept.kind.as_str()]);
        payload.to_string().len() + ids.map(str::len).sum::<usize>() + "id, session, cause".len()
    }

    #[test]
    fn an_event_has_a_kibibyte_whatever_is_in_it() {
        for text in ["x", "é", "😀", "\u{1}", "\"", "\n", "…"] {
            let long = text.repeat(3000);
            let said =
                ["by", "added", "active", "retired", "removed"].map(|name| (name, long.as_str().into()));
            for what in [
                What::of(&kind::KEY_CHANGED, said),
                What::Rejected {
                    endpoint: "pushed_authorization_request",
                    kind: &kind::CLIENT_AUTHENTICATION_FAILED,
                    code: "unauthorized_client",
                    rule: Some(&rule::REDIRECT_URI),
                    reason: long.clone(),
                    detail: Some(long.clone()),
                },
                What::of(
                    &kind::SIGN_IN_SUCCEEDED,
                    ["method", "amr"].map(|name| (name, long.as_str().into())),
                ),
                What::of(&kind::TOKEN_WITHHELD, [("issued_to", long.as_str().into())]),
            ] {
                let who = Who { id: long.as_str().into(), username: long.clone() };
                let session = Some(crate::id::SessionId(i64::MAX));
                let event = Event { what, client: Some(long.as_str().into()), user: Some(who), session };
                let from = Source { address: Some(&long), request: Some(&long) };
                let mut kept = event.recorded(EventId(i64::MAX), AT, from);
                assert!(row(&kept) <= ROW, "{} {kept:?}", row(&kept));
                assert_eq!(kept.client.as_ref().map(ClientId::as_str), Some(named(&long).as_str()));
                assert!(kept.username.as_ref().is_some_and(|name| name.ends_with(CUT)));
                // What is counted says how often, too.
                kept.detail.insert("times", u64::MAX);
                assert!(row(&kept.bounded()) <= ROW);
            }
        }
    }

    /// What a text takes is what JSON writes.
    #[test]
    fn a_text_is_as_long_as_json_writes_it() {
        let all: String = (0..0x800).filter_map(char::from_u32).chain(['€', '😀', '…']).collect();
        for c in all.chars() {
            let text = format!("x{c}");
            assert_eq!(length(&text), serde_json::to_string(&text).unwrap().len() - 2, "{text:?}");
        }
    }

    #[test]
    fn what_fits_is_kept_as_it_is() {
        for text in ["", "web", "https://app.example/client.json", &"x".repeat(NAME)] {
            assert_eq!(named(text), text);
        }
        let cut = named(&"x".repeat(NAME + 1));
        assert_eq!((cut.len(), named(&cut)), (NAME, cut.clone()));
        assert_eq!(within("aé😀", 4), "a…");
        assert_eq!(within("aé😀", 0), "…");
        assert_eq!((within("\"\u{1}x", 9), within("\"\u{1}x", 8)), ("\"\u{1}x".into(), "\"…".into()));
    }

    #[test]
    fn a_row_says_all_of_its_event() {
        let said = [("by", "x".repeat(5000).into()), ("seconds", 7.into()), ("page", true.into())];
        let kept = recorded(&Event::of_person(What::of(&kind::CLIENT_REMOVED, said), None));
        assert_eq!((kept.kind.as_str(), kept.cause), ("client.removed", Cause::Proven));
        assert_eq!(kept.detail["by"].as_str().unwrap().chars().count(), LONGEST + 1);
        assert_eq!((&kept.detail["seconds"], &kept.detail["page"]), (&Value::from(7), &Value::from(true)));
    }

    #[test]
    fn ids_are_whole_and_as_many_as_there_is_room_for() {
        let id = |number: usize| format!("{number:043}");
        let ids = |count| (0..count).map(id).collect::<Vec<_>>().join(" ");
        let kept = |added: usize, removed: usize| {
            let said = [("by", "x".into()), ("added", ids(added).into()), ("removed", ids(removed).into())];
            let kept = recorded(&Event::of_person(What::of(&kind::KEY_CHANGED, said), None));
            assert!(serde_json::to_string(&kept.detail).unwrap().len() < 840);
            ["added", "removed"].map(|name| kept.detail[name].as_str().unwrap().to_owned())
        };
        assert_eq!(kept(8, 8), [ids(8), ids(8)]);
        assert_eq!(kept(12, 6), [ids(12), format!("{} and 2 more", ids(4))]);
        assert_eq!(kept(40, 1), [format!("{} and 24 more", ids(16)), "and 1 more".to_owned()]);
    }

    #[test]
    fn what_was_typed_by_nobody_is_not_kept() {
        let what = What::SignInFailed { reason: Failure::Wrong("no"), unknown_name: Some("0badcafe".into()) };
        let kept = recorded(&Event::new(what, &client("web"), None));
        assert!(!format!("{kept:?}").contains("0badcafe"));
        let kinds = [&kind::SIGN_IN_THROTTLED, &kind::SIGN_IN_BUSY, &kind::SIGN_UP_REFUSED];
        for kind in kinds {
            let said = [("reason", "no".into()), ("unknown_name", "0badcafe".into())];
            let kept = recorded(&Event::of_person(What::of(kind, said), None));
            assert_eq!(kept.detail.iter().collect::<Vec<_>>(), [("reason", &Value::from("no"))]);
        }
    }

    #[test]
    fn whoever_is_refused_without_being_asked_is_routine() {
        let refused =
            |rule| What::Refused { code: "x", rule: Some(rule), reason: String::new(), detail: None };
        assert_eq!(refused(&rule::INTERACTION).kind().kept, Kept::Routine);
        let asked = recorded(&Event::new(refused(&rule::INTERACTION), &client("web"), None));
        assert_eq!(asked.cause, Cause::Stranger);
        let what = refused(&rule::SCOPE);
        assert_eq!(what.kind().kept, Kept::Bounded);
        let kept = recorded(&Event::new(what, &client("web"), Some(&user("diana"))));
        assert_eq!((kept.user, kept.username.as_deref()), (Some(user("diana").id), Some("diana")));
    }
}

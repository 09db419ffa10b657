//! An event as it is kept: within a kibibyte, whoever chose its words. What is cut ends in `…`.

use serde_json::{Map, Value};

use super::{Event, Holds, Kept, Kind, What};
use crate::id::{ClientId, EventId, UserId};
use crate::record::{Cause, Recorded};
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
        self.user = self.user.map(|user| UserId(named(user.as_str())));
        self.client = self.client.map(|client| ClientId(named(client.as_str())));
        self.username = self.username.map(|name| within(&name, NAME));
        self.address = self.address.map(|address| within(&address, PLACE));
        self.request = self.request.map(|request| within(&request, PLACE));
        loop {
            let excess = self.length().saturating_sub(ROW);
            let texts = self.detail.values_mut().filter_map(|value| match value {
                Value::String(text) if length(text) > CUT.len_utf8() => Some(text),
                _ => None,
            });
            match texts.max_by_key(|text| length(text)) {
                Some(text) if excess > 0 => *text = within(text, length(text).saturating_sub(excess)),
                _ => return self,
            }
        }
    }

    fn length(&self) -> usize {
        let user = self.user.as_ref().map(UserId::as_str);
        let client = self.client.as_ref().map(ClientId::as_str);
        let others = [&self.username, &self.address, &self.request, &self.rule].map(Option::as_deref);
        let texts = [Some(self.kind.as_str()), user, client].into_iter().chain(others).flatten().map(length);
        let detail = |(name, value): (&String, &Value)| match value {
            Value::String(text) => name.len() + length(text) + "\"\":\"\",".len(),
            other => name.len() + other.to_string().len() + "\"\":,".len(),
        };
        FRAME + texts.sum::<usize>() + self.detail.iter().map(detail).sum::<usize>()
    }
}

impl What {
    /// The rule that refused, by its name.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Refused { rule, .. } | Self::Rejected { rule, .. } => rule.map(|rule| rule.id),
            _ => None,
        }
    }

    /// What is kept besides who and where; what [`super::KINDS`] says of it.
    fn detail(&self) -> Map<String, Value> {
        let mut detail = Detail { left: MOST, left_of_ids: IDS, members: Map::new() };
        match self {
            Self::Authorized { response_type, scope, page } => {
                detail.say("response_type", response_type);
                detail.say("scope", &scope.to_string());
                detail.put("page", *page);
            }
            Self::Refused { code, reason, .. } => {
                detail.say("error", code);
                detail.say("reason", reason);
            }
            Self::Rejected { endpoint, code, reason, .. } => {
                detail.say("endpoint", endpoint);
                detail.say("error", code);
                detail.say("reason", reason);
            }
            Self::Consented { scope } | Self::Told { scope } => detail.say("scope", &scope.to_string()),
            Self::Issued { grant_type, scope, audience, .. } => {
                detail.say("grant_type", grant_type);
                detail.say("scope", &scope.to_string());
                detail.say("audience", &audience.join(" "));
            }
            Self::Withheld { issued_to } => detail.say("issued_to", issued_to.as_str()),
            Self::Introspected { issued_to, active } => {
                detail.put("active", *active);
                issued_to.iter().map(ClientId::as_str).for_each(|client| detail.say("issued_to", client));
            }
            Self::SignedOut { confirmed } => {
                detail.say("by", if *confirmed { "person" } else { "application" });
            }
            Self::SignedIn { method, amr } => {
                detail.say("method", method);
                detail.say("amr", &amr.join(" "));
            }
            Self::SignInFailed { reason, .. } => detail.say("reason", reason.words()),
            Self::SignUpRefused { reason, .. } => detail.say("reason", reason),
            Self::SignInBusy { reason, .. } => detail.say("reason", reason),
            Self::SignInThrottled { throttled, reason, seconds, .. } => {
                detail.say("throttled", throttled);
                detail.say("reason", reason);
                detail.put("seconds", *seconds);
            }
            Self::Of { kind, said } => {
                for (name, value) in said {
                    let are_ids = kind.member(name).is_some_and(|member| member.holds == Holds::Ids);
                    match value.as_str() {
                        Some(ids) if are_ids => detail.name(name, ids),
                        Some(text) => detail.say(name, text),
                        None => detail.put(name, value.clone()),
                    }
                }
            }
            Self::Denied
            | Self::Replayed { .. }
            | Self::Registered { .. }
            | Self::RegistrationChanged { .. } => {}
        }
        detail.members
    }
}

/// Members of a detail, of bounded size.
struct Detail {
    left: usize,
    left_of_ids: usize,
    members: Map<String, Value>,
}

impl Detail {
    fn say(&mut self, name: &str, text: &str) {
        let text = cut(text, LONGEST.min(self.left));
        self.left = self.left.saturating_sub(text.chars().count());
        self.put(name, text);
    }

    /// As many ids as there is room for, each of them whole.
    fn name(&mut self, name: &str, ids: &str) {
        let mut named: Vec<&str> = Vec::new();
        let mut ids = ids.split(' ').peekable();
        while let Some(id) = ids.next_if(|id| length(id) < self.left_of_ids) {
            self.left_of_ids -= length(id) + 1;
            named.push(id);
        }
        let more = ids.count();
        let more = (more > 0).then(|| format!("and {more} more"));
        let text: Vec<&str> = named.into_iter().chain(more.as_deref()).collect();
        self.put(name, text.join(" "));
    }

    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.members.insert(name.to_owned(), value.into());
    }
}

fn clipped(text: &str) -> String {
    cut(text, LONGEST)
}

/// The bytes of a text inside JSON.
fn length(text: &str) -> usize {
    text.chars().map(written).sum()
}

fn written(c: char) -> usize {
    match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        '\0'..' ' => 6,
        c => c.len_utf8(),
    }
}

/// As much of a text as has so many bytes inside JSON, with the mark of what was cut.
fn within(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(CUT.len_utf8());
    let kept = text.chars().scan(0, |bytes, c| {
        *bytes += written(c);
        (*bytes <= room).then_some(c)
    });
    kept.chain([CUT]).collect()
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
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
                },
                What::SignedIn { method: long.clone(), amr: vec![long.clone(); 9] },
                What::Withheld { issued_to: long.as_str().into() },
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
                kept.detail.insert("times".to_owned(), u64::MAX.into());
                assert!(row(&kept.bounded()) <= ROW);
            }
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

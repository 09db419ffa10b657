//! One line of the log for each thing that happens: who, at which application, from where.

use std::borrow::Cow;

use serde_json::{Map, Value};
use signet_core::event::{Event, Level};

/// What there is to say of an event, by name.
struct Said<'a>(Cow<'a, [(&'static str, Value)]>);

impl Said<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(said, _)| *said == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.as_u64()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    /// What has no field of its own.
    fn more(&self) -> Option<String> {
        let others = self.0.iter().filter(|(name, _)| !FIELDS.contains(name));
        let others: Map<String, Value> =
            others.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        (!others.is_empty()).then(|| Value::Object(others).to_string())
    }
}

/// The members that have a field of their own, each of which `tracing` has to know by its name.
macro_rules! fields {
    ($($text:ident)*; $($number:ident)*; $($flag:ident)*) => {
        const FIELDS: &[&str] =
            &["error", $(stringify!($text),)* $(stringify!($number),)* $(stringify!($flag),)*];

        /// Writes the line; its words, which the row of its kind has, stay as they are, so that they can be
        /// searched for.
        pub(super) fn log(event: &Event, address: Option<&str>) {
            let (client, username) = (event.client.as_ref().map(|client| client.as_str()), event.username());
            let (kind, rule) = (event.what.kind(), event.what.rule());
            let words = kind.line();
            let said = Said(event.what.said());
            macro_rules! line {
                ($level:ident) => {
                    tracing::event!(
                        tracing::Level::$level,
                        username,
                        client,
                        address,
                        code = said.text("error"),
                        rule,
                        $($text = said.text(stringify!($text)),)*
                        $($number = said.number(stringify!($number)),)*
                        $($flag = said.flag(stringify!($flag)),)*
                        more = said.more(),
                        "{words}"
                    )
                };
            }
            match kind.level {
                Level::Warn => line!(WARN),
                Level::Info => line!(INFO),
                Level::Debug => line!(DEBUG),
                Level::Off => {}
            }
        }
    };
}

fields! {
    by method amr response_type grant_type scope audience resource issued_to throttled unknown_name left_out detail reason;
    seconds;
    page active
}

#[cfg(test)]
mod tests {
    use signet_core::event::KINDS;

    use super::*;

    #[test]
    fn what_has_no_field_of_its_own_is_said_too() {
        let more = |said: &[(&'static str, Value)]| Said(said.into()).more();
        assert_eq!(more(&[("by", "server".into()), ("seconds", 7.into())]), None);
        let said = [("by", "server".into()), ("devices", 2.into()), ("from", "x".into())];
        assert_eq!(more(&said).as_deref(), Some(r#"{"devices":2,"from":"x"}"#));
    }

    /// Else the line would say it as part of `more`, under another name than before.
    #[test]
    fn what_only_the_log_says_has_a_field_of_its_own() {
        for member in KINDS.iter().flat_map(|kind| kind.members).filter(|member| member.log_only) {
            assert!(FIELDS.contains(&member.name), "{}", member.name);
        }
    }
}

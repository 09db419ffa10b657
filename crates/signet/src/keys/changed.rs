//! NIST SP 800-57 part 1 §8: what a change of the ring means for each key, for the log and as an event.

use signet_core::change::Change;
use signet_core::event::{Event, Source, What, kind};
use signet_core::id::EventId;
use signet_core::time::Timestamp;

use super::KeyOptions;
use super::key::{Key, State};
use super::ring::{KeyInfo, info};

/// The write that keeps which keys came, changed and went, and by whom; none for the first ones of a store.
pub(super) fn event(options: &KeyOptions, before: &[Key], after: &[Key], now: Timestamp) -> Option<Change> {
    let infos = |keys: &[Key]| -> Vec<KeyInfo> { keys.iter().map(|key| info(key, options, now)).collect() };
    // What came to be by time alone was so before.
    let named = changed(&infos(before), &infos(after));
    if before.is_empty() || named.iter().all(Option::is_none) {
        return None;
    }
    let [added, active, retired, removed] = named;
    // Where there is no room for all, those that came and went are named first.
    let said = [("added", added), ("removed", removed), ("active", active), ("retired", retired)];
    let said = said.into_iter().filter_map(|(name, ids)| Some((name, ids?.into())));
    let (by, id) = match &options.by {
        Some(by) => (by.name.clone(), EventId::at(by.now_ms)),
        None => ("server".to_owned(), EventId::first_at(now)),
    };
    let what = What::of(&kind::KEY_CHANGED, [("by", by.into())].into_iter().chain(said));
    let event = Event::of_person(what, None);
    Some(Change::Record(Box::new(event.recorded(id, now, Source::default()))))
}

/// Says which keys came, changed and went, by their ids; nothing where none did.
pub(crate) fn log_change(before: &[KeyInfo], after: &[KeyInfo]) {
    let changed = changed(before, after);
    if changed.iter().all(Option::is_none) {
        return;
    }
    let [keys_added, keys_active, keys_retired, keys_removed] = changed;
    tracing::info!(keys_added, keys_active, keys_retired, keys_removed, "signing keys changed");
}

/// Those that are new, that sign from now on, that another has replaced, and that are gone.
fn changed(before: &[KeyInfo], after: &[KeyInfo]) -> [Option<String>; 4] {
    let state = |those: &[KeyInfo], kid: &str| those.iter().find(|key| key.kid == kid).map(|key| key.state);
    let ids = |those: &[KeyInfo], is_it: &dyn Fn(&KeyInfo) -> bool| {
        let ids: Vec<&str> = those.iter().filter(|key| is_it(key)).map(|key| key.kid.as_str()).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    };
    let turned = |to: State| {
        let is_it = |key: &KeyInfo| key.state == to && state(before, &key.kid).is_some_and(|was| was != to);
        ids(after, &is_it)
    };
    [
        ids(after, &|key| state(before, &key.kid).is_none()),
        turned(State::Active),
        turned(State::Retired),
        ids(before, &|key| state(after, &key.kid).is_none()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Purpose;

    #[test]
    fn each_key_is_named_under_what_became_of_it() {
        let key = |kid: &str, state| KeyInfo {
            kid: kid.to_owned(),
            alg: "ES256".to_owned(),
            purpose: Purpose::Sig,
            state,
            created_at: Timestamp(1),
            active_from: Timestamp(1),
            retired_at: None,
            removed_at: None,
        };
        let before = [key("old", State::Retired), key("current", State::Active), key("coming", State::Next)];
        let after = [key("current", State::Retired), key("coming", State::Active), key("new", State::Next)];
        let named = ["new", "coming", "current", "old"].map(|kid| Some(kid.to_owned()));
        assert_eq!(changed(&before, &after), named);
        assert_eq!(changed(&after, &after), [const { None }; 4]);
    }
}

//! What happened: kept with what caused it or not at all, found by whom and what it is about, forgotten by
//! age and number.

use std::sync::Arc;

use signet_core::change::Change;
use signet_core::id::{ClientId, EventId, SessionId, UserId};
use signet_core::record::{Cause, Detail, Recorded, Severity};

use super::fixtures::*;
use super::races::{RACERS, winners};
use super::{commit, conflict};
use crate::{EventFilter, Forget, List, Listed, Store};

/// Of the second after the first ones.
pub(super) fn event(second: u64, kind: &str) -> Recorded {
    Recorded {
        id: EventId::first_at(NOW.plus(second)),
        at: NOW.plus(second),
        kind: kind.to_owned(),
        severity: Severity::Notice,
        user: None,
        username: None,
        client: None,
        session: None,
        address: None,
        request: None,
        rule: None,
        detail: Detail::default(),
        cause: Cause::Proven,
    }
}

fn full(second: u64, kind: &str) -> Recorded {
    Recorded {
        severity: Severity::Warning,
        user: Some("u1".into()),
        username: Some("diana".to_owned()),
        client: Some("web".into()),
        session: Some(SessionId(7)),
        address: Some("2001:db8::1".to_owned()),
        request: Some("0badcafe-1".to_owned()),
        rule: Some("scope".to_owned()),
        detail: [("page", true.into()), ("scope", "é".into())].into_iter().collect(),
        ..event(second, kind)
    }
}

fn warning(second: u64, kind: &str) -> Recorded {
    Recorded { severity: Severity::Warning, ..event(second, kind) }
}

fn record(event: Recorded) -> Change {
    Change::Record(Box::new(event))
}

/// All pages of so many.
async fn all(store: &dyn Store, filter: EventFilter, limit: usize) -> Vec<Recorded> {
    let mut query = List { what: Listed::Events(filter), after: None, limit };
    let mut events = Vec::new();
    loop {
        let page = store.list(query.clone()).await.unwrap();
        assert!(page.events.len() <= limit);
        events.extend(page.events);
        query.after = page.next;
        if query.after.is_none() {
            return events;
        }
    }
}

async fn seconds(store: &dyn Store, filter: EventFilter) -> Vec<u64> {
    let of = async |limit| -> Vec<u64> {
        all(store, filter.clone(), limit).await.iter().map(|event| event.at.since(NOW)).collect()
    };
    let found = of(100).await;
    for limit in [1, 2, 3] {
        assert_eq!(of(limit).await, found, "{filter:?} by {limit}");
    }
    found
}

pub(super) async fn kept_with_their_cause(store: &dyn Store) {
    let cause = || Change::InsertGrant(grant(1, None));
    commit(store, vec![cause(), record(full(1, "a.b")), record(event(2, "a.c"))]).await;
    assert_eq!(all(store, EventFilter::default(), 9).await, [full(1, "a.b"), event(2, "a.c")]);
    conflict(store, 1, vec![record(event(3, "a.c")), cause()]).await;
    assert_eq!(all(store, EventFilter::default(), 9).await.len(), 2);
}

/// Several processes write them, some a moment after they happened: the order is that of time, and within a
/// millisecond that of the commits.
pub(super) async fn in_the_order_of_time(store: &dyn Store) {
    let at = |millisecond: u64, kind: &str| {
        let id = EventId::at(NOW.0 * 1000 + millisecond);
        record(Recorded { id, ..event(0, kind) })
    };
    commit(store, vec![at(500, "d")]).await;
    commit(store, vec![at(500, "e"), at(501, "g")]).await;
    commit(store, vec![at(499, "b"), at(7, "a"), at(499, "c")]).await;
    commit(store, vec![at(500, "f")]).await;
    let every = EventFilter::default;
    for limit in [1, 3, 9] {
        let listed = all(store, every(), limit).await;
        let kinds: String = listed.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, "abcdefg");
        let mut newest_first = all(store, EventFilter { newest_first: true, ..every() }, limit).await;
        newest_first.reverse();
        assert_eq!(newest_first, listed);
    }
    let since = EventFilter { since: Some(NOW), until: Some(NOW.plus(1)), ..every() };
    assert_eq!(all(store, since, 9).await.len(), 7);
}

pub(super) async fn filters(store: &dyn Store) {
    let events = [
        full(1, "sign_in.failed"),
        event(2, "sign_in.succeeded"),
        Recorded { user: Some("u2".into()), ..full(3, "token.issued") },
        Recorded { client: Some("other".into()), ..full(4, "sign_in.succeeded") },
        Recorded { session: None, ..full(5, "sign_up.refused") },
    ];
    commit(store, events.map(record).to_vec()).await;
    let every = EventFilter::default;
    let kind = |kind: &str| EventFilter { kind: kind.to_owned(), ..every() };
    let since = |second| Some(NOW.plus(second));
    assert_eq!(seconds(store, every()).await, [1, 2, 3, 4, 5]);
    assert_eq!(seconds(store, EventFilter { newest_first: true, ..every() }).await, [5, 4, 3, 2, 1]);
    assert_eq!(seconds(store, kind("sign_")).await, [1, 2, 4, 5]);
    assert_eq!(seconds(store, EventFilter { newest_first: true, ..kind("sign_in.") }).await, [4, 2, 1]);
    assert_eq!(seconds(store, kind("sign_in.succeeded")).await, [2, 4]);
    assert!(seconds(store, kind("sign_in.succeeded.not")).await.is_empty());
    let of_user = EventFilter { users: vec!["u1".into()], ..every() };
    assert_eq!(seconds(store, of_user.clone()).await, [1, 4, 5]);
    assert_eq!(seconds(store, EventFilter { kind: "sign_in".into(), ..of_user }).await, [1, 4]);
    let of_both = EventFilter { users: vec!["u2".into(), "u1".into()], ..every() };
    assert_eq!(seconds(store, of_both).await, [1, 3, 4, 5]);
    assert_eq!(seconds(store, EventFilter { client: Some("web".into()), ..every() }).await, [1, 3, 5]);
    let of_session = EventFilter { session: Some(SessionId(7)), ..every() };
    assert_eq!(seconds(store, of_session.clone()).await, [1, 3, 4]);
    let least = |severity| EventFilter { severity, ..every() };
    commit(store, vec![record(warning(6, "code.reused")), record(warning(7, "of.a_newer_version"))]).await;
    let newest_first = EventFilter { newest_first: true, ..least(Severity::Warning) };
    let of_user = EventFilter { users: vec!["u1".into()], ..least(Severity::Notice) };
    let of_kind = EventFilter { kind: "code.".to_owned(), ..least(Severity::Warning) };
    for _ in 0..2 {
        assert_eq!(seconds(store, least(Severity::Info)).await, [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(seconds(store, least(Severity::Notice)).await, [1, 6, 7]);
        assert_eq!(seconds(store, least(Severity::Warning)).await, [6, 7]);
        assert_eq!(seconds(store, newest_first.clone()).await, [7, 6]);
        assert_eq!(seconds(store, of_user.clone()).await, [1]);
        assert_eq!(seconds(store, of_kind.clone()).await, [6]);
        // Sorted, as far as the back-end sorts.
        assert_eq!(store.forget(&keep_all(), 100).await.unwrap(), 0);
    }
    assert_eq!(seconds(store, EventFilter { since: since(2), until: since(4), ..every() }).await, [2, 3]);
    let late = EventFilter { since: since(3), newest_first: true, ..of_session };
    assert_eq!(seconds(store, late).await, [4, 3]);
    let never = EventFilter { since: since(4), until: since(2), ..every() };
    assert!(seconds(store, never).await.is_empty());
    let unread = List { what: Listed::Events(every()), after: Some("x".to_owned()), limit: 1 };
    assert!(store.list(unread).await.is_err());
}

fn keep_all() -> Forget {
    Forget { most: 1000, few_of_strangers: 1000, ..Forget::default() }
}

pub(super) async fn forgotten(store: &dyn Store) {
    let stranger = |second, cause| Recorded { cause, ..event(second, "request.refused") };
    let mut events: Vec<Recorded> = (0..10).map(|second| event(second, "token.issued")).collect();
    events.extend((10..20).map(|second| event(second, "code.reused")));
    events.extend((20..30).map(|second| stranger(second, Cause::Stranger)));
    events.extend((30..40).map(|second| stranger(second, Cause::Nameless)));
    commit(store, events.into_iter().map(record).collect()).await;
    let every = EventFilter::default;
    assert_eq!(store.forget(&keep_all(), 100).await.unwrap(), 0);

    // Of each kind by its own age, in steps.
    let before = [("token.issued".to_owned(), NOW.plus(5)), ("never".to_owned(), NOW.plus(99))];
    let aged = Forget { before: before.into(), otherwise: NOW.plus(12), ..keep_all() };
    assert_eq!(store.forget(&aged, 3).await.unwrap(), 3);
    let mut gone = 3;
    while gone < 7 {
        gone += store.forget(&aged, 3).await.unwrap();
    }
    assert_eq!(store.forget(&aged, 3).await.unwrap(), 0);
    let left = seconds(store, every()).await;
    assert_eq!(left, (5..10).chain(12..40).collect::<Vec<u64>>());

    // Who names nobody is forgotten sooner, and first where strangers have too much.
    let sooner = Forget { nameless: NOW.plus(33), ..keep_all() };
    assert_eq!(store.forget(&sooner, 100).await.unwrap(), 3);
    let fewer = Forget { few_of_strangers: 12, ..keep_all() };
    assert_eq!(store.forget(&fewer, 100).await.unwrap(), 5);
    assert_eq!(store.forget(&fewer, 100).await.unwrap(), 0);
    let fewer = Forget { few_of_strangers: 8, ..keep_all() };
    assert_eq!(store.forget(&fewer, 100).await.unwrap(), 4);
    let left = seconds(store, every()).await;
    assert_eq!(left, (5..10).chain(12..20).chain(22..30).collect::<Vec<u64>>());

    // Of all that is too much the oldest go.
    let fewest = Forget { most: 4, ..keep_all() };
    assert_eq!(store.forget(&fewest, 10).await.unwrap(), 10);
    assert_eq!(store.forget(&fewest, 100).await.unwrap(), 7);
    assert_eq!(seconds(store, every()).await, [26, 27, 28, 29]);
    let none = Forget { otherwise: NOW.plus(1000), ..keep_all() };
    assert_eq!(store.forget(&none, 100).await.unwrap(), 4);
    assert_eq!(all(store, every(), 9).await, []);

    // Next to many others, strangers may have a quarter as many.
    let mut events: Vec<Recorded> = (0..40).map(|second| event(second, "token.issued")).collect();
    events.extend((40..60).map(|second| stranger(second, Cause::Stranger)));
    commit(store, events.into_iter().map(record).collect()).await;
    let few = Forget { few_of_strangers: 3, ..keep_all() };
    assert_eq!(store.forget(&few, 100).await.unwrap(), 10);
    assert_eq!(seconds(store, every()).await, (0..40).chain(50..60).collect::<Vec<u64>>());
    // What is too old does not count for what is too much.
    let aged = Forget { otherwise: NOW.plus(20), ..few };
    assert_eq!(store.forget(&aged, 100).await.unwrap(), 25);
    assert_eq!(seconds(store, every()).await, (20..40).chain(55..60).collect::<Vec<u64>>());
}

/// Both rules at once take no more than each of them; what people do every day goes before what is rare.
pub(super) async fn forgotten_by_rank(store: &dyn Store) {
    let of = |second, cause| Recorded { cause, ..event(second, "a.b") };
    let mut events: Vec<Recorded> = (0..10).map(|second| of(second, Cause::Stranger)).collect();
    events.extend((10..20).map(|second| of(second, Cause::Nameless)));
    commit(store, events.into_iter().map(record).collect()).await;
    let every = EventFilter::default;
    let both = Forget { otherwise: NOW.plus(10), few_of_strangers: 12, ..keep_all() };
    assert_eq!(store.forget(&both, 100).await.unwrap(), 10);
    assert_eq!(seconds(store, every()).await, (10..20).collect::<Vec<u64>>());

    let mut events: Vec<Recorded> = (20..25).map(|second| of(second, Cause::Proven)).collect();
    events.extend((25..35).map(|second| of(second, Cause::Ordinary)));
    commit(store, events.into_iter().map(record).collect()).await;
    let fewer = Forget { most: 18, ..keep_all() };
    assert_eq!(store.forget(&fewer, 3).await.unwrap(), 3);
    assert_eq!(store.forget(&fewer, 100).await.unwrap(), 4);
    assert_eq!(seconds(store, every()).await, (10..25).chain(32..35).collect::<Vec<u64>>());
    let fewer = Forget { most: 14, ..keep_all() };
    assert_eq!(store.forget(&fewer, 100).await.unwrap(), 4);
    assert_eq!(seconds(store, every()).await, (11..25).collect::<Vec<u64>>());
}

/// What is written after a list was looked through, and what comes late, is found by every way.
pub(super) async fn found_whenever_they_come(store: &dyn Store) {
    let every = EventFilter::default;
    let filters = [
        EventFilter { kind: "a.".to_owned(), ..every() },
        EventFilter { users: vec!["u1".into()], ..every() },
        EventFilter { client: Some("web".into()), ..every() },
        EventFilter { session: Some(SessionId(7)), ..every() },
    ];
    let mut expected = Vec::new();
    for second in [5, 6, 2, 9, 1, 7] {
        commit(store, vec![record(full(second, "a.b")), record(event(second + 20, "b.c"))]).await;
        expected.push(second);
        expected.sort_unstable();
        for filter in &filters {
            assert_eq!(seconds(store, filter.clone()).await, expected, "{filter:?}");
            let newest_first = EventFilter { newest_first: true, ..filter.clone() };
            let mut listed = seconds(store, newest_first).await;
            listed.reverse();
            assert_eq!(listed, expected, "{filter:?}");
        }
        assert_eq!(seconds(store, every()).await.len(), expected.len() * 2);
        // Sorted, as far as the back-end sorts.
        assert_eq!(store.forget(&keep_all(), 100).await.unwrap(), 0);
    }
    let fewer = Forget { most: 5, ..keep_all() };
    assert_eq!(store.forget(&fewer, 100).await.unwrap(), 7);
    assert_eq!(store.forget(&fewer, 100).await.unwrap(), 0);
}

/// What is rare is found among much else, and nothing else is, whatever was forgotten in between.
pub(super) async fn found_among_many(store: &dyn Store) {
    let of = |n: u64| Recorded {
        user: Some(UserId(format!("u{}", if n % 400 == 399 { 1000 } else { n % 97 }))),
        client: Some(ClientId(format!("c{}", n % 5))),
        session: Some(SessionId(n.cast_signed() / 10)),
        cause: [Cause::Proven, Cause::Stranger, Cause::Nameless, Cause::Ordinary]
            [n.to_le_bytes()[0] as usize % 4],
        ..event(n, ["a.b", "a.c", "d.e"][(n / 200) as usize % 3])
    };
    let is_late = |n: &u64| n % 50 == 7;
    let mut model: Vec<Recorded> = (0..1600).map(of).collect();
    for late in [false, true] {
        let now: Vec<Change> = (0..1600).filter(|n| is_late(n) == late).map(of).map(record).collect();
        commit(store, now).await;
        // Sorted, as far as the back-end sorts.
        assert_eq!(
            store
                .forget(&Forget { most: 9999, few_of_strangers: 9999, ..Forget::default() }, 1)
                .await
                .unwrap(),
            0
        );
    }
    commit(store, (1600..1650).map(of).map(record).collect()).await;
    model.extend((1600..1650).map(of));
    all_found(store, &model).await;

    let aged = Forget {
        before: [("a.b".to_owned(), NOW.plus(900)), ("d.e".to_owned(), NOW.plus(450))].into(),
        nameless: NOW.plus(1000),
        most: 9999,
        few_of_strangers: 9999,
        ..Forget::default()
    };
    let before = model.len();
    model.retain(|event| !aged.is_due(event));
    let mut gone = 0;
    while gone < before - model.len() {
        let step = store.forget(&aged, 90).await.unwrap();
        assert!(step > 0 && step <= 90);
        gone += step;
    }
    assert_eq!(store.forget(&aged, 90).await.unwrap(), 0);
    all_found(store, &model).await;

    let fewer = Forget { most: 100, few_of_strangers: 9999, ..Forget::default() };
    while store.forget(&fewer, 90).await.unwrap() > 0 {}
    let left = all(store, EventFilter::default(), 100).await;
    assert_eq!(left.len(), 100);
    all_found(store, &left).await;
}

/// Whatever is sought is found in both orders, by pages of any size.
async fn all_found(store: &dyn Store, model: &[Recorded]) {
    let every = EventFilter::default;
    let user = |user: &str| EventFilter { users: vec![user.into()], ..every() };
    for filter in [
        every(),
        user("u1000"),
        user("u3"),
        user("nobody"),
        EventFilter { users: vec!["u1000".into(), "u5".into()], ..every() },
        EventFilter { kind: "a.".to_owned(), ..user("u4") },
        EventFilter { kind: "d.e".to_owned(), client: Some("c2".into()), ..every() },
        EventFilter { session: Some(SessionId(101)), ..every() },
        EventFilter { since: Some(NOW.plus(500)), until: Some(NOW.plus(1200)), ..user("u6") },
    ] {
        let is_within = |event: &&Recorded| {
            filter.since.is_none_or(|since| event.at >= since)
                && filter.until.is_none_or(|until| event.at < until)
        };
        let mut expected: Vec<&Recorded> =
            model.iter().filter(|event| filter.has(event)).filter(is_within).collect();
        for newest_first in [false, true] {
            for limit in [7, 100] {
                let found = all(store, EventFilter { newest_first, ..filter.clone() }, limit).await;
                assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?} by {limit}");
            }
            expected.reverse();
        }
    }
}

/// Each commit that is made leaves its event, and no other does; that others happen at the same instant
/// refuses none.
pub(super) async fn one_for_each_winner(store: Arc<dyn Store>) {
    let mut all_won = 0;
    for round in 0..20_i64 {
        let second = round.unsigned_abs();
        all_won += winners(&store, move |_| vec![record(event(second, "a.same"))]).await;
        let race = move |_| vec![record(event(second, "a.own")), Change::InsertGrant(grant(round, None))];
        assert_eq!(winners(&store, race).await, 1);
    }
    let racers = usize::try_from(RACERS).unwrap();
    assert_eq!(all_won, 20 * racers);
    let count = async |kind: &str| {
        all(&*store, EventFilter { kind: kind.to_owned(), ..EventFilter::default() }, 100).await.len()
    };
    assert_eq!((count("a.same").await, count("a.own").await), (20 * racers, 20));
}

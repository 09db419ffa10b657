//! Many people in few commits.

use signet_core::record::Recorded;
use signet_store::{EventFilter, MemoryStore};

use super::busy::{Busy, person};
use super::*;
use crate::admin::{Act, Window, events, users};
use crate::clock::SystemRng;

const NOW: Timestamp = Timestamp(1_795_000_000);

fn act() -> Act<'static> {
    Act::new("a test", NOW.0 * 1000, &SystemRng)
}

fn people(count: usize) -> Vec<Person> {
    (0..count).map(|number| person(&format!("p{number:04}"))).collect()
}

async fn run(store: &Busy, update: bool) -> Imported {
    let update = update.then_some(Update { keep_offline: false });
    import(store, &act(), people(600), update, true).await.unwrap()
}

#[tokio::test]
async fn many_people_are_few_commits() {
    let busy = Busy::new(None);
    assert_eq!(run(&busy, false).await.added.len(), 600);
    assert_eq!(*busy.commits.lock().unwrap(), 3);
    let again = run(&busy, false).await;
    assert_eq!((again.added.len(), again.conflicts.len(), *busy.commits.lock().unwrap()), (0, 600, 3));
    let update = Some(Update { keep_offline: false });
    let renamed = |number: usize| with_email(&format!("p{number:04}"), &format!("p{number}@example.org"));
    let renamed = import(&busy, &act(), (0..600).map(renamed).collect(), update, true).await;
    assert_eq!(renamed.unwrap().updated.len(), 600);
    assert_eq!(*busy.commits.lock().unwrap(), 6);
}

#[tokio::test]
async fn who_was_added_in_the_same_moment_keeps_the_name_and_the_others_are_added() {
    let imported = run(&Busy::new(Some("p0007")), false).await;
    assert_eq!((imported.added.len(), imported.conflicts), (599, vec!["p0007".to_owned()]));
}

fn with_email(name: &str, email: &str) -> Person {
    let claims = serde_json::json!({"email": email, "email_verified": true});
    Person { claims: claims.as_object().unwrap().clone(), ..person(name) }
}

/// What is refused, with nothing written.
async fn refused(store: &MemoryStore, people: Vec<Person>, update: bool) -> String {
    let update = update.then_some(Update { keep_offline: false });
    let before = names(store).await;
    let stopped = import(store, &act(), people, update, true).await.unwrap_err();
    assert_eq!((stopped.done.clone(), names(store).await), (Imported::default(), before), "{stopped}");
    assert!(matches!(stopped.error, AdminError::Invalid(_)), "{stopped}");
    stopped.to_string()
}

async fn names(store: &MemoryStore) -> Vec<String> {
    let all = users::list(store, None, &Default::default()).await.unwrap().entries;
    all.into_iter().map(|user| user.username.clone()).collect()
}

#[tokio::test]
async fn two_who_would_answer_to_one_address_are_named_before_anybody_is_written() {
    let store = MemoryStore::new();
    let crossed = |people: Vec<Person>| people.into_iter().chain(self::people(600)).collect::<Vec<_>>();
    let name = || person("p@example.org");
    let apart = |refused: String, names: [&str; 2]| {
        assert!(names.iter().all(|name| refused.contains(name)), "{refused}");
        assert_eq!(refused.lines().count(), 1, "each pair once: {refused}");
    };
    // Both in the file, far from each other.
    let mut far = crossed(vec![with_email("a", "p@example.org")]);
    far.push(name());
    apart(refused(&store, far, false).await, ["one of a and", "p@example.org"]);
    // One of them in the store.
    users::add(&store, &act(), with_email("b", "p@example.org"), false).await.unwrap();
    apart(refused(&store, crossed(vec![name()]), false).await, ["b", "p@example.org"]);
    // By new claims of somebody who is there.
    users::add(&store, &act(), person("q@example.org"), false).await.unwrap();
    let moved = || crossed(vec![with_email("b", "q@example.org")]);
    apart(refused(&store, moved(), true).await, ["b", "q@example.org"]);
    // Who is left alone crosses nobody.
    assert_eq!(import(&store, &act(), moved(), None, true).await.unwrap().added.len(), 600);
}

#[tokio::test]
async fn a_name_that_somebody_had_is_refused_before_anybody_is_written() {
    let store = MemoryStore::new();
    users::add(&store, &act(), person("zoot"), true).await.unwrap();
    users::remove(&store, &act(), "zoot").await.unwrap();
    let people = || people(600).into_iter().chain([person("zoot")]).collect::<Vec<_>>();
    assert!(refused(&store, people(), false).await.contains("zoot was the name of somebody before"));
    assert_eq!(import(&store, &act(), people(), None, false).await.unwrap().added.len(), 601);
}

#[tokio::test]
async fn an_import_that_the_store_interrupts_says_what_it_did_and_goes_on_from_there() {
    let store = Busy::failing_after(2);
    let stopped = import(&store, &act(), people(600), None, true).await.unwrap_err();
    assert!(matches!(stopped.error, AdminError::Store(_)), "{stopped}");
    assert_eq!((stopped.done.added.len(), names(&store.store).await.len()), (500, 500));
    store.mend();
    let rest = run(&store, false).await;
    assert_eq!((rest.added.len(), rest.conflicts), (100, stopped.done.added));
}

/// Who is as the file has them stays signed in.
#[tokio::test]
async fn people_of_whom_nothing_is_new_are_not_written() {
    let busy = Busy::new(None);
    let person = |email: &str, locked: Option<bool>, hash: &str| Person {
        password: Some(Secret::new(hash.to_owned())),
        locked,
        ..with_email("diana", email)
    };
    let update = Some(Update { keep_offline: false });
    let later = Act::new("a test", NOW.plus(9).0 * 1000, &SystemRng);
    let run = async |person: Person| {
        let done = import(&busy, &later, vec![person], update, true).await.unwrap();
        let diana = users::get(&busy, "diana").await.unwrap();
        ((done.updated.len(), done.unchanged.len()), diana.version, diana.updated_at)
    };
    let first = person("d@example.org", None, "$argon2id$a");
    users::add(&busy, &act(), first, true).await.unwrap();
    let before = *busy.commits.lock().unwrap();
    for locked in [None, Some(false)] {
        assert_eq!(run(person("d@example.org", locked, "$argon2id$a")).await, ((0, 1), 1, NOW));
    }
    // Nor does it matter in which order the file has the claims.
    let mut turned = person("d@example.org", None, "$argon2id$a");
    turned.claims = turned.claims.into_iter().rev().collect();
    assert_eq!(run(turned).await.0, (0, 1));
    assert_eq!(*busy.commits.lock().unwrap(), before);
    for other in [
        person("e@example.org", None, "$argon2id$a"),
        person("e@example.org", Some(true), "$argon2id$a"),
        person("e@example.org", Some(true), "$argon2id$b"),
    ] {
        assert_eq!(run(other).await.0, (1, 0));
    }
    assert_eq!(run(person("e@example.org", None, "$argon2id$b")).await.0, (0, 1));
}

#[tokio::test]
async fn a_claim_that_is_null_is_none_and_takes_away_what_was_there() {
    let store = MemoryStore::new();
    let claims = |email: Value| {
        let claims =
            serde_json::json!({"name": "Ella", "email": email, "email_verified": null, "nickname": null});
        Person { claims: claims.as_object().unwrap().clone(), ..person("ella") }
    };
    let update = Some(Update { keep_offline: false });
    let known = async || {
        let ella = users::get(&store, "ella").await.unwrap();
        Value::from(ella.claims.clone())
    };
    users::add(&store, &act(), claims("ella@example.org".into()), false).await.unwrap();
    assert_eq!(known().await, serde_json::json!({"name": "Ella", "email": "ella@example.org"}));
    import(&store, &act(), vec![claims(Value::Null)], update, false).await.unwrap();
    assert_eq!(known().await, serde_json::json!({"name": "Ella"}));
    import(&store, &act(), vec![claims(Value::Null)], update, false).await.unwrap();
    assert_eq!(known().await, serde_json::json!({"name": "Ella"}));
}

/// Who is changed is named with what was changed, unless there are very many.
#[tokio::test]
async fn a_changed_person_is_an_event_by_name_and_of_many_the_rest_is_counted() {
    let store = MemoryStore::new();
    let import = async |people: Vec<Person>| {
        import(&store, &act(), people, Some(Update { keep_offline: false }), true).await.unwrap();
    };
    let changed = async || -> Vec<(String, String)> {
        let filter = EventFilter { kind: "user.changed".to_owned(), ..EventFilter::default() };
        let events = events::list(&store, &filter, &Window::default()).await.unwrap().entries;
        let said =
            |event: Recorded| (event.username.unwrap(), event.detail["changed"].as_str().unwrap().to_owned());
        events.into_iter().map(said).collect()
    };
    let named = |name: &str| {
        let claims = serde_json::json!({"name": name, "email": "e@example.org", "email_verified": true});
        Person { claims: claims.as_object().unwrap().clone(), ..person("ella") }
    };
    import(vec![named("Ella")]).await;
    import(vec![named("Ella")]).await;
    assert_eq!(changed().await, []);
    import(vec![named("Ella Fitzgerald")]).await;
    let hash = || Some(Secret::new("$argon2id$a".to_owned()));
    import(vec![Person { password: hash(), locked: Some(true), ..named("Ella Fitzgerald") }]).await;
    import(vec![with_email("ella", "f@example.org")]).await;
    let of_ella = ["claims", "password locked", "email"].map(|what| ("ella".to_owned(), what.to_owned()));
    assert_eq!(changed().await, of_ella);

    let all = |claim: &str, locked| -> Vec<Person> {
        let claims = serde_json::json!({"nickname": claim}).as_object().unwrap().clone();
        people(600).into_iter().map(|person| Person { claims: claims.clone(), locked, ..person }).collect()
    };
    import(all("x", None)).await;
    assert_eq!(changed().await.len(), 3, "who is new is only counted");
    import(all("y", None)).await;
    assert_eq!(changed().await.len(), 3 + NAMED);
    import(all("z", Some(true))).await;
    assert_eq!(changed().await.len(), 3 + NAMED + 600);
    let filter = EventFilter { kind: "user.imported".to_owned(), ..EventFilter::default() };
    let counted = events::list(&store, &filter, &Window::default()).await.unwrap().entries;
    let number = |event: &Recorded| event.detail.get("updated")?.as_u64();
    assert_eq!(counted.iter().filter_map(number).sum::<u64>(), 3 + 600 + 600);
}

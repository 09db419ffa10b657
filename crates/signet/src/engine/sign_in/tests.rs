//! Sign-ins whose password cannot be looked at.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use signet_core::id::UserId;
use signet_core::params::Params;
use signet_core::secret::Secret;
use signet_core::time::Timestamp;
use signet_login::Fields;
use signet_login::password::{Memory, Parameters, Password};
use signet_login::throttle::Limits;
use signet_store::{List, Listed};

use super::*;
use crate::pool::{Cost, Pool};
use crate::{LoginOptions, Provider};

const CHEAP: Parameters = Parameters { memory_kib: 8, iterations: 1, parallelism: 1 };
const UNUSABLE: &str =
    "$argon2id$v=19$m=4000000000,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

/// A provider whose store has Ella, of whose network one password may wait at a time.
async fn provider(hash: &str) -> Provider {
    let limits = Limits { account: 2, ..Limits::default() };
    let login = LoginOptions { parameters: CHEAP, limits, ..LoginOptions::default() };
    let mut provider = Provider::builder("https://op.example").login(login).build().await.unwrap();
    let pool = Pool::start(1, 1).unwrap().with_patience(Duration::from_millis(10));
    Arc::get_mut(&mut provider.inner).unwrap().pool = pool;
    let ella = User {
        id: UserId("ella".into()),
        username: "ella".into(),
        password: Some(Secret::new(hash.to_owned())),
        claims: Default::default(),
        locked: false,
        password_epoch: 0,
        imported: None,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        version: 0,
    };
    provider.inner.store.commit(vec![Change::PutUser(Arc::new(ella))]).await.unwrap();
    provider
}

fn visitor() -> Visitor {
    Visitor { address: Some("192.0.2.7".to_owned()), ..Visitor::default() }
}

async fn sign_in(provider: &Provider, password: &str) -> Result<Attempt, Error> {
    let form = [("username", "ella"), ("password", password)];
    let pairs = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let fields = Fields::of(&Params::from_pairs(pairs.to_vec()));
    let (visitor, client, asking) = (visitor(), ClientId::from("web"), Asking::of(provider));
    let sent = Sent { fields: &fields, state: "", now: asking.now(), chance: [0; 16] };
    let trial = Trial { visitor: &visitor, client: &client, method: &ByPassword, sent };
    asking.sign_in(&trial).await.map(Option::unwrap)
}

async fn counted(provider: &Provider) -> Vec<Attempts> {
    provider.inner.store.list(List::first(Listed::Attempts, 100)).await.unwrap().attempts
}

fn cheap() -> String {
    let typed = Secret::new("fitzgerald".to_owned());
    Password::new(CHEAP).unwrap().hash(&mut Memory::default(), &typed, [7; 16]).unwrap()
}

#[tokio::test]
async fn a_hash_that_cannot_be_verified_looks_like_a_wrong_password() {
    let provider = provider(UNUSABLE).await;
    for password in ["fitzgerald", UNUSABLE] {
        let refused = sign_in(&provider, password).await.unwrap().outcome.err().unwrap();
        assert!(matches!(refused, Problem::Wrong(_) | Problem::Wait { .. }), "{refused:?}");
    }
    assert!(!counted(&provider).await.is_empty());
}

const DEAR: &str = "$argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

#[tokio::test]
async fn who_finds_no_place_among_the_dear_hashes_has_nothing_counted_and_others_go_on() {
    let pool = || Pool::start(1, 2).unwrap().with_patience(Duration::from_millis(10));
    let (mut dear, mut usual) = (provider(DEAR).await, provider(&cheap()).await);
    for provider in [&mut dear, &mut usual] {
        Arc::get_mut(&mut provider.inner).unwrap().pool = pool();
    }
    let place = dear.inner.pool.enter(visitor().lane(), Cost::Dear).await.unwrap();
    assert_eq!(sign_in(&dear, "wrong").await.unwrap().outcome.err(), Some(Problem::Busy));
    assert_eq!(counted(&dear).await, []);
    let _place = usual.inner.pool.enter(visitor().lane(), Cost::Dear).await.unwrap();
    assert!(sign_in(&usual, "fitzgerald").await.unwrap().outcome.is_ok());
    drop(place);
    assert!(matches!(sign_in(&dear, "wrong").await.unwrap().outcome, Err(Problem::Wrong(_))));
}

/// Half of an office has the hashes of the system that it comes from.
#[tokio::test]
async fn those_with_dear_hashes_leave_turns_to_others_of_their_network() {
    let provider = provider(DEAR).await;
    let state = provider.state();
    let take = |number: usize, cost| {
        let keys = keys(&state, &visitor(), &format!("somebody-{number}"), None);
        provider.inner.turns.take(gates(&state, &keys, &visitor(), cost).collect::<Vec<_>>())
    };
    let (mut taken, mut waiting) = (Vec::new(), Vec::new());
    for number in 0..64 {
        let mut turn = Box::pin(take(number, Cost::Dear));
        match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turns) => taken.push(turns.unwrap()),
            Poll::Pending => waiting.push(turn),
        }
    }
    assert!(!taken.is_empty() && !waiting.is_empty());
    assert!(take(64, Cost::Usual).await.is_some());
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_not_counted() {
    let mut provider = provider(&cheap()).await;
    Arc::get_mut(&mut provider.inner).unwrap().pool = Pool::losing();
    for _ in 0..5 {
        assert_eq!(sign_in(&provider, "fitzgerald").await.err().unwrap().code, ErrorCode::ServerError);
    }
    assert_eq!(counted(&provider).await, []);
}

/// Keeps the thread of a pool busy until the returned end is dropped.
async fn busy(provider: &Provider, cost: Cost) -> std::sync::mpsc::Sender<()> {
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let place = provider.inner.pool.enter(Lane::Background, cost).await.unwrap();
    let provider = provider.clone();
    tokio::spawn(async move {
        let held = provider.inner.pool.run(place, move |_| (begun.send(()), gate.recv().is_ok()).1);
        held.await
    });
    begins.await.unwrap();
    go
}

/// The server would end the request, with the look counted.
#[tokio::test]
async fn whose_turn_does_not_come_in_time_gets_the_page_and_has_nothing_counted() {
    for (hash, cost) in [(DEAR.to_owned(), Cost::Dear), (cheap(), Cost::Usual)] {
        let mut provider = provider(&hash).await;
        let pool = Pool::start(1, 2).unwrap().with_longest(Duration::from_millis(50));
        Arc::get_mut(&mut provider.inner).unwrap().pool = pool;
        let held = busy(&provider, cost).await;
        for _ in 0..5 {
            assert_eq!(sign_in(&provider, "wrong").await.unwrap().outcome.err(), Some(Problem::Busy));
        }
        assert_eq!(counted(&provider).await, []);
        drop(held);
    }
}

#[tokio::test]
async fn a_request_that_ends_before_the_look_has_nothing_counted() {
    let mut provider = provider(&cheap()).await;
    Arc::get_mut(&mut provider.inner).unwrap().pool = Pool::start(1, 8).unwrap();
    let held = busy(&provider, Cost::Usual).await;
    for _ in 0..5 {
        // It is counted when the connection ends.
        let counts = async {
            while counted(&provider).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = sign_in(&provider, "wrong") => panic!("the thread is busy"),
            () = counts => {}
        }
        let given_back = async {
            while !counted(&provider).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), given_back).await.unwrap();
    }
    drop(held);
    assert!(sign_in(&provider, "fitzgerald").await.unwrap().outcome.is_ok());
}

#[tokio::test]
async fn who_finds_no_place_in_the_queue_has_nothing_counted() {
    let provider = provider(&cheap()).await;
    let place = provider.inner.pool.enter(visitor().lane(), Cost::Usual).await.unwrap();
    for _ in 0..5 {
        assert_eq!(sign_in(&provider, "wrong").await.unwrap().outcome.err(), Some(Problem::Busy));
    }
    assert_eq!(counted(&provider).await, []);
    drop(place);
    assert!(sign_in(&provider, "fitzgerald").await.unwrap().outcome.is_ok());
    assert!(!counted(&provider).await.is_empty(), "it is given back with the session");
}

/// The first sign-in after an import has the hash replaced, while a second one is under way.
#[tokio::test]
async fn a_right_answer_counts_where_the_same_password_got_another_hash_meanwhile() {
    let again = async |change: fn(&mut User, Secret<String>)| {
        let provider = provider(&cheap()).await;
        let attempt = sign_in(&provider, "fitzgerald").await.unwrap();
        let asking = Asking::of(&provider);
        let found = asking.ask(UserById(UserId("ella".into()))).await.unwrap().unwrap();
        let mut ella = found.duplicate();
        change(&mut ella, Secret::new(cheap() + "x"));
        provider.inner.store.commit(vec![Change::PutUser(Arc::new(ella))]).await.unwrap();
        let (visitor, client, fields) =
            (visitor(), ClientId::from("web"), Fields::of(&Params::from_pairs(Vec::new())));
        let sent = Sent { fields: &fields, state: "", now: asking.now(), chance: [0; 16] };
        let trial = Trial { visitor: &visitor, client: &client, method: &ByPassword, sent };
        let writes = attempt.writes.len();
        let still = asking.still(&trial, attempt).await.unwrap();
        still.is_some_and(|still| {
            let is_latest = matches!(&still.outcome, Ok(Progress::Proven(user, _)) if user.version > 1);
            is_latest && still.writes.len() == writes
        })
    };
    assert!(again(|ella, hash| ella.renew_hash(hash, None)).await);
    assert!(!again(|ella, hash| ella.set_password(Some(hash))).await);
    assert!(!again(|ella, _| ella.set_password(None)).await);
    assert!(!again(|ella, _| ella.locked = true).await);
}

//! Sign-ins whose password cannot be looked at.

use std::time::Duration;

use signet_core::id::UserId;
use signet_core::time::Timestamp;
use signet_login::password::{Memory, Parameters, Password};
use signet_store::{List, Listed};

use super::*;
use crate::LoginOptions;
use crate::pool::Pool;

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
    let (client, password) = (ClientId::from("web"), Secret::new(password.to_owned()));
    provider.sign_in(&provider.state(), &visitor(), &client, "ella", &password).await
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
        assert!(matches!(refused, Problem::Wrong(_) | Problem::Wait(_)), "{refused:?}");
    }
    assert!(!counted(&provider).await.is_empty());
}

/// Two looks that take much memory or time would hold both threads of a small machine.
#[tokio::test]
async fn of_hashes_that_take_much_one_is_looked_at_at_a_time_and_others_go_on() {
    const DEAR: &str =
        "$argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let dear = provider(DEAR).await;
    let alone = dear.inner.pool.alone().await.unwrap();
    assert_eq!(sign_in(&dear, "wrong").await.err().unwrap().code, ErrorCode::TemporarilyUnavailable);
    assert_eq!(counted(&dear).await, []);
    let other = Password::new(CHEAP).unwrap();
    let free = dear.inner.pool.enter(Lane::Network(None)).await.unwrap();
    let hashed = dear.inner.pool.run(free, move |memory| other.check(memory, &Secret::new("x".into()), None));
    assert!(hashed.await.unwrap().is_ok());
    drop(alone);
    assert!(matches!(sign_in(&dear, "wrong").await.unwrap().outcome, Err(Problem::Wrong(_))));
    // It was alone until it ended, and no longer.
    assert!(dear.inner.pool.alone().await.is_ok());
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

#[tokio::test]
async fn who_finds_no_place_in_the_queue_has_nothing_counted() {
    let provider = provider(&cheap()).await;
    let place = provider.inner.pool.enter(visitor().lane()).await.unwrap();
    for _ in 0..5 {
        let refused = sign_in(&provider, "wrong").await.err().unwrap();
        assert_eq!(refused.code, ErrorCode::TemporarilyUnavailable);
    }
    assert_eq!(counted(&provider).await, []);
    drop(place);
    assert!(sign_in(&provider, "fitzgerald").await.unwrap().outcome.is_ok());
    assert!(!counted(&provider).await.is_empty(), "it is given back with the session");
}

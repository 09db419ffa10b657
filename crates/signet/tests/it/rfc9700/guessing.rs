//! NIST SP 800-63B §5.2.2, CWE-362: many guesses at the same instant.

use signet_certify::assert::Arrived as _;
use signet_login::password::Parameters;
use signet_store::{List, Listed};
use tokio::task::JoinSet;

use crate::op::{Op, World, client, password, session_of};
use crate::outside::StoreKind;

/// All of them are let in before the first is counted. No more are answered than one after the other, and the
/// right one among the others looks like they do.
#[tokio::test]
async fn guesses_at_the_same_instant_are_counted_one_by_one() {
    for store in [StoreKind::Memory, StoreKind::Sqlite] {
        let world = World::of([client("web")]).on(store).login(|login| login.limits.account = 3);
        let op = Op::with(world).await;
        let page = op.rp("web").authorize("openid").login_page().await;
        let guess = |text: &str| page.clone().fill("username", "diana").fill("password", text);
        let counted = || op.log().matches("sign-in failed").count();
        // Three are looked at, and told that they are wrong or have to wait now; all others have to wait.
        // After the wait one more is.
        for (so_far, looked_at) in [(3, 3), (4, 1)] {
            let mut guesses = JoinSet::new();
            for number in 0..24 {
                let page = guess(&format!("guess {number}"));
                guesses.spawn(async move { page.submit("sign-in").await });
            }
            let pages = guesses.join_all().await.into_iter().map(|landed| landed.on_page());
            let told: Vec<u16> = pages.map(|page| page.status.as_u16()).collect();
            assert_eq!(counted(), so_far, "{told:?}");
            assert!(told.iter().filter(|status| **status == 429).count() >= 24 - looked_at, "{told:?}");
            // Not even the right one is told apart now.
            let right = guess(password("diana")).submit("sign-in").await.on_page();
            assert_eq!((right.status.as_u16(), counted()), (429, so_far));
            assert!(session_of(op.browser()).is_none());
            op.advance(60);
        }
        assert!(guess(password("diana")).submit("sign-in").await.on_page().has("consent-allow"));
    }
}

/// Each tries another name, so that no account has to wait; their network has.
#[tokio::test]
async fn names_tried_at_the_same_instant_count_one_by_one_for_their_network() {
    for store in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(store)).await;
        op.come_from("192.0.2.7");
        let page = op.rp("web").authorize("openid").login_page().await;
        let mut guesses = JoinSet::new();
        for number in 0..200 {
            let page = page.clone().fill("username", &format!("nobody{number}")).fill("password", "guess");
            guesses.spawn(async move { page.submit("sign-in").await });
        }
        guesses.join_all().await;
        assert_eq!(op.metric("signet_password_checks_total").await, 50);
        assert_eq!(op.metric("signet_sign_ins_total{result=\"wrong\"}").await, 50);
        assert_eq!(op.metric("signet_sign_ins_total{result=\"throttled\"}").await, 150);
        assert_eq!(op.log().matches("sign-in failed").count(), 50);
        let right = page.clone().fill("username", "diana").fill("password", password("diana"));
        assert_eq!(right.clone().submit("sign-in").await.on_page().status, 429);
        op.come_from("192.0.2.8");
        assert!(right.submit("sign-in").await.on_page().has("consent-allow"));
    }
}

/// More than a network has tries, and all of them right: they wait for each other, and nobody is sent away.
#[tokio::test]
async fn an_office_that_signs_in_at_the_same_instant_is_not_kept_out() {
    // Long enough that all of them have come before the first is looked at.
    let slow = Parameters { memory_kib: 8 * 1024, iterations: 8, parallelism: 1 };
    let op = Op::with(World::of([client("web")]).login(|login| {
        login.parameters = slow;
        login.limits.address = 2;
    }))
    .await;
    op.come_from("192.0.2.7");
    let mut people = JoinSet::new();
    for number in 0..24 {
        let name = ["diana", "ella", "elvis"][number % 3];
        let flow = op.rp("web").at(&op.another_browser()).authorize("openid");
        let page = flow.login_page().await.fill("username", name).fill("password", password(name));
        people.spawn(async move { page.submit("sign-in").await });
    }
    for landed in people.join_all().await {
        assert!(landed.on_page().has("consent-allow"));
    }
    let counted = op.store().list(List::first(Listed::Attempts, 100)).await.unwrap().attempts;
    assert!(counted.iter().all(|row| row.key.starts_with("forgiven:")), "{counted:?}");
}

/// An account that several people share, or a robot with many workers.
#[tokio::test]
async fn right_passwords_of_one_account_at_the_same_instant_wait_for_each_other_from_everywhere() {
    let slow = Parameters { memory_kib: 8 * 1024, iterations: 8, parallelism: 1 };
    let op = Op::with(World::of([client("web")]).login(|login| {
        login.parameters = slow;
        login.limits.account = 2;
    }))
    .await;
    let mut pages = Vec::new();
    for _ in 0..12 {
        let flow = op.rp("web").at(&op.another_browser()).authorize("openid");
        pages.push(flow.login_page().await.fill("username", "diana").fill("password", password("diana")));
    }
    let mut browsers = JoinSet::new();
    for (number, page) in pages.into_iter().enumerate() {
        op.come_from(&format!("192.0.{number}.7"));
        browsers.spawn(async move { page.submit("sign-in").await });
        // It leaves before the next one comes from somewhere else.
        tokio::task::yield_now().await;
    }
    for landed in browsers.join_all().await {
        assert!(landed.on_page().has("consent-allow"));
    }
}

#[tokio::test]
async fn a_guess_whose_connection_ends_while_it_is_looked_at_stays_counted() {
    let dear = Parameters { memory_kib: 32 * 1024, iterations: 10, parallelism: 1 };
    let op = Op::with(World::of([client("web")]).login(|login| {
        login.parameters = dear;
        login.limits.address = 1;
    }))
    .await;
    op.come_from("192.0.2.7");
    let page = op.rp("web").authorize("openid").login_page().await;
    let guess = page.clone().fill("username", "nobody").fill("password", "guess");
    let asking = tokio::spawn(async move { guess.submit("sign-in").await });
    let counted = async || op.store().list(List::first(Listed::Attempts, 100)).await.unwrap().attempts;
    op.until(async || !counted().await.is_empty()).await;
    asking.abort();
    let _ended = asking.await;
    let next =
        page.fill("username", "somebody-else").fill("password", "guess").submit("sign-in").await.on_page();
    assert_eq!(next.status, 429, "{:?}", counted().await);
}

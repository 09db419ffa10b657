//! NIST SP 800-63B §5.2.2, CWE-362: many guesses at the same instant.

use signet_certify::assert::Arrived as _;
use tokio::task::JoinSet;

use crate::op::{Op, World, client, password, session_of};
use crate::outside::StoreKind;

/// All of them are let in before the first is counted. No more are answered than one after the other, and the right one among the
/// others looks like they do.
#[tokio::test]
async fn guesses_at_the_same_instant_are_counted_one_by_one() {
    for store in [StoreKind::Memory, StoreKind::Sqlite] {
        let world = World::of([client("web")]).on(store).login(|login| login.limits.account = 3);
        let op = Op::with(world).await;
        let page = op.rp("web").authorize("openid").login_page().await;
        let guess = |text: &str| page.clone().fill("username", "diana").fill("password", text);
        let counted = || op.log().matches("a sign-in was refused").count();
        // Three are looked at, and told that they are wrong or have to wait now; all others have to wait. After the wait one more is.
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

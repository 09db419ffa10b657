//! RFC 6749 §4.1.2, §10.5; RFC 9700 §2.1.1, §4.14: a code or refresh token that is used twice, also at the
//! same instant.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use signet_certify::Code;
use signet_certify::assert::Judged as _;
use tokio::task::JoinSet;

use crate::flow::Rp;
use crate::op::{Op, World, client};
use crate::outside::StoreKind;

async fn active(rp: &Rp, token: &str) -> bool {
    rp.introspect(token).await.succeeded().json["active"].as_bool().unwrap()
}

#[tokio::test]
async fn a_replayed_code_revokes_all_that_was_minted_from_it() {
    for kind in StoreKind::BOTH {
        for format in ["opaque", "jwt"] {
            let spec = client("web").set("access_token_format", format);
            let op = Op::with(World::of([spec]).on(kind)).await;
            let web = op.rp("web");
            let first = web.signed_in("diana", "openid offline_access").await;
            let second = web.refresh(first.refresh_token()).await.tokens();
            let other = web.authorize("openid offline_access").signed_in().await;
            web.userinfo(&second).await.succeeded();

            let reply = web.redeem(&first.code).await.refused("invalid_grant");
            assert!(reply.json["error_description"].as_str().unwrap().contains("used before"));
            for token in [&first.tokens, &second] {
                web.userinfo(token).await.refused("invalid_token");
                assert!(!active(&web, &token.access_token).await);
                assert!(!active(&web, token.refresh().unwrap()).await);
                web.refresh(token.refresh().unwrap()).await.refused("invalid_grant");
            }
            // Once more, long after: still a replay, and still nothing else falls.
            op.advance(7200);
            web.redeem(&first.code).await.refused("invalid_grant");
            web.refresh(other.refresh_token()).await.tokens();
        }
    }
}

#[tokio::test]
async fn a_thief_of_another_client_cannot_revoke_by_replay() {
    let op = Op::with([client("web"), client("thief")]).await;
    let signed_in = op.rp("web").signed_in("diana", "openid").await;
    op.rp("thief").redeem(&signed_in.code).await.refused("invalid_grant");
    op.rp("web").userinfo(&signed_in.tokens).await.succeeded();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_redemptions_have_at_most_one_winner_who_loses_all() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web").set("skip_consent", true)]).on(kind)).await;
        let web = op.rp("web");
        web.authorize("openid offline_access").login("diana").code().await;
        for _ in 0..5 {
            let code = web.authorize("openid offline_access").code().await;
            let mut racers = JoinSet::new();
            for _ in 0..12 {
                let (party, code) = (web.party.clone(), code.clone());
                racers.spawn(async move { party.redeem(&code).await.unwrap() });
            }
            let replies = racers.join_all().await;
            let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status.is_success());
            assert!(won.len() <= 1, "{kind:?}: {} succeeded", won.len());
            for reply in lost {
                reply.refused("invalid_grant");
            }
            for reply in won {
                // Somebody else had the code too: what it gave is dead.
                let tokens = reply.tokens();
                web.userinfo(&tokens).await.refused("invalid_token");
                web.refresh(tokens.refresh().unwrap()).await.refused("invalid_grant");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_refreshes_of_one_client_agree_on_one_successor() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web")]).on(kind)).await;
        let web = op.rp("web");
        let signed_in = web.signed_in("diana", "openid offline_access").await;
        let mut head = signed_in.refresh_token().to_owned();
        for _ in 0..5 {
            let mut racers = JoinSet::new();
            for _ in 0..12 {
                let (party, token) = (web.party.clone(), head.clone());
                racers.spawn(async move { party.refresh(&token).await.unwrap() });
            }
            let mut heads: Vec<String> = racers
                .join_all()
                .await
                .iter()
                .map(|reply| reply.tokens().refresh().unwrap().to_owned())
                .collect();
            heads.sort();
            heads.dedup();
            assert_eq!(heads.len(), 1, "{kind:?}");
            assert!(!active(&web, &head).await, "the old one is no head any more");
            head = heads.remove(0);
            assert!(active(&web, &head).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_that_races_a_revocation_leaves_nothing() {
    for kind in StoreKind::BOTH {
        let op = Op::with(World::of([client("web").set("skip_consent", true)]).on(kind)).await;
        let web = op.rp("web");
        web.authorize("openid offline_access").login("diana").code().await;
        for _ in 0..5 {
            let signed_in = web.authorize("openid offline_access").signed_in().await;
            let token = signed_in.refresh_token().to_owned();
            let (party, other) = (web.party.clone(), web.party.clone());
            let (mine, same) = (token.clone(), token.clone());
            let refresh = tokio::spawn(async move { party.refresh(&mine).await.unwrap() });
            let revoke = tokio::spawn(async move { other.revoke(&same).await.unwrap() });
            let (refreshed, revoked) = (refresh.await.unwrap(), revoke.await.unwrap());
            revoked.ok();
            assert!(!active(&web, &token).await);
            if refreshed.status.is_success() {
                let tokens = refreshed.tokens();
                assert!(
                    !active(&web, &tokens.access_token).await
                        && !active(&web, tokens.refresh().unwrap()).await
                );
            }
        }
    }
}

/// One thing that somebody does; numbers choose among what there is.
#[derive(Clone, Debug)]
enum Deed {
    Redeem(usize),
    Refresh(usize),
    RevokeRefresh(usize),
    RevokeAccess(usize),
    Wait(u64),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        2 => (0..2usize).prop_map(Deed::Redeem),
        6 => (0..20usize).prop_map(Deed::Refresh),
        1 => (0..20usize).prop_map(Deed::RevokeRefresh),
        1 => (0..20usize).prop_map(Deed::RevokeAccess),
        2 => prop_oneof![Just(1), Just(9), Just(10), Just(61)].prop_map(Deed::Wait),
    ];
    prop::collection::vec(deed, 1..24)
}

/// What was seen of one code.
struct Family {
    code: Code,
    redeemed: usize,
    refresh_tokens: Vec<String>,
    access_tokens: Vec<String>,
}

async fn play(kind: StoreKind, deeds: &[Deed]) {
    let op = Op::with(World::of([client("web").set("skip_consent", true)]).on(kind)).await;
    let web = op.rp("web");
    let mut families = Vec::new();
    for flow in
        [web.authorize("openid offline_access").login("diana"), web.authorize("openid offline_access")]
    {
        let code = flow.code().await;
        families.push(Family { code, redeemed: 0, refresh_tokens: Vec::new(), access_tokens: Vec::new() });
    }
    for deed in deeds {
        match deed {
            Deed::Wait(seconds) => op.advance(*seconds),
            Deed::Redeem(which) => {
                let family = &mut families[*which];
                let reply = web.redeem(&family.code).await.unwrap();
                if reply.status.is_success() {
                    family.redeemed += 1;
                    keep(family, &reply.tokens());
                } else {
                    reply.refused("invalid_grant");
                }
            }
            Deed::Refresh(which) => {
                let Some((family, token)) = choose(&mut families, *which, |family| &family.refresh_tokens)
                else {
                    continue;
                };
                // The head, and the one before it where the answer was lost: no honest client has an older
                // one.
                let is_old = family.refresh_tokens.iter().rev().take(2).all(|young| *young != token);
                let reply = web.refresh(&token).await.unwrap();
                if reply.status.is_success() {
                    assert!(!is_old, "a token was good that only a thief still has");
                    keep(family, &reply.tokens());
                } else {
                    reply.refused("invalid_grant");
                }
                for token in family.refresh_tokens.iter().filter(|_| is_old) {
                    assert!(!active(&web, token).await, "a family outlived the thief's attempt");
                }
            }
            Deed::RevokeRefresh(which) => {
                let Some((_, token)) = choose(&mut families, *which, |family| &family.refresh_tokens) else {
                    continue;
                };
                web.revoke(&token).await.succeeded();
                assert!(!active(&web, &token).await);
            }
            Deed::RevokeAccess(which) => {
                let Some((_, token)) = choose(&mut families, *which, |family| &family.access_tokens) else {
                    continue;
                };
                web.revoke(&token).await.succeeded();
                assert!(!active(&web, &token).await);
            }
        }
        for family in &families {
            assert!(family.redeemed <= 1, "a code was redeemed twice");
            let mut heads = 0;
            for token in &family.refresh_tokens {
                heads += usize::from(active(&web, token).await);
            }
            assert!(heads <= 1, "{heads} live heads");
            if heads == 0 && !family.refresh_tokens.is_empty() {
                for token in &family.access_tokens {
                    assert!(!active(&web, token).await, "an access token outlived its revoked family");
                }
            }
        }
    }
}

fn keep(family: &mut Family, tokens: &signet_certify::Tokens) {
    family.access_tokens.push(tokens.access_token.clone());
    let refresh = tokens.refresh().unwrap().to_owned();
    if !family.refresh_tokens.contains(&refresh) {
        family.refresh_tokens.push(refresh);
    }
}

fn choose(
    families: &mut [Family],
    which: usize,
    of: impl Fn(&Family) -> &Vec<String>,
) -> Option<(&mut Family, String)> {
    let count: usize = families.iter().map(|family| of(family).len()).sum();
    let mut at = which.checked_rem(count)?;
    for family in families {
        if at < of(family).len() {
            let token = of(family)[at].clone();
            return Some((family, token));
        }
        at -= of(family).len();
    }
    None
}

/// What chance must not be needed for: a thief with a token that is too old comes at once, and comes later.
fn known() -> [Vec<Deed>; 2] {
    use Deed::{Redeem, Refresh, Wait};
    [
        vec![Redeem(0), Refresh(0), Refresh(1), Refresh(0)],
        vec![Redeem(0), Refresh(0), Wait(61), Refresh(1), Refresh(0), Redeem(1)],
    ]
}

#[test]
fn whatever_happens_a_family_has_at_most_one_live_head() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for kind in StoreKind::BOTH {
        for deeds in known() {
            runtime.block_on(play(kind, &deeds));
        }
        let config = Config { cases: 16, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new(config);
        runner
            .run(&deeds(), |deeds| {
                runtime.block_on(play(kind, &deeds));
                Ok(())
            })
            .unwrap();
    }
}

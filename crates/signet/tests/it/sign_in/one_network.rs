//! A measurement: how long others wait while one network sends all it can.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use signet_certify::assert::Arrived as _;
use signet_login::password::Parameters;

use crate::op::{CHEAP, Op, World, client, password};

/// One network sends as many sign-ins as it can, with its own right password, and people of another one sign
/// in meanwhile.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement that takes a minute: cargo test -p signet --test it -- --ignored --nocapture one_network"]
async fn one_network_that_sends_all_it_can_holds_up_no_other() {
    type Address = fn(usize) -> String;
    let networks: [(&str, Address); 5] = [
        ("an IPv4 address", |_| "192.0.2.66".to_owned()),
        ("an IPv4 /24", |number| format!("192.0.2.{number}")),
        ("an IPv6 /64", |number| format!("2001:db8::{number:x}")),
        ("an IPv6 /56", |number| format!("2001:db8:0:{number:x}::1")),
        ("an IPv6 /48", |number| format!("2001:db8:0:{:x}::1", number * 256)),
    ];
    for (name, address) in networks {
        sent_by(name, address).await;
    }
}

#[expect(clippy::print_stdout, reason = "figures of a measurement that is asked for")]
async fn sent_by(name: &str, address: fn(usize) -> String) {
    const ATTACKERS: usize = 100;
    const HONEST: usize = 50;
    let world = World::of([client("web")]).login(|login| {
        login.parameters = Parameters { memory_kib: 4096, ..CHEAP };
        login.threads = 2;
        login.limits.account = 1000;
    });
    let op = Op::with(world).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let attackers: Vec<_> = (0..ATTACKERS)
        .map(|number| {
            let (there, sent) = (op.rp("web").at(&op.browser_at(&address(number))), sent.clone());
            tokio::spawn(async move {
                loop {
                    let page = there.authorize("openid").prompt("login").login_page().await;
                    let _whatever = page
                        .fill("username", "elvis")
                        .fill("password", password("elvis"))
                        .submit("sign-in")
                        .await;
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    while sent.load(Ordering::Relaxed) < ATTACKERS {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (mut waits, mut refused) = (Vec::new(), 0);
    for _ in 0..HONEST {
        let there = op.rp("web").at(&op.browser_at("198.51.100.7"));
        let page = there.authorize("openid").login_page().await;
        let began = Instant::now();
        let landed = page.fill("username", "ella").fill("password", password("ella")).submit("sign-in").await;
        waits.push(began.elapsed());
        refused += usize::from(!landed.on_page().has("consent-allow"));
    }
    attackers.iter().for_each(|attacker| attacker.abort());
    for attacker in attackers {
        let _aborted = attacker.await;
    }
    waits.sort_unstable();
    let busy = op.metric("signet_password_checks_refused_total").await;
    println!(
        "{} sign-ins sent by {name}, {busy} refused; of {HONEST} from elsewhere {refused} were refused; median {:?}, longest {:?}",
        sent.load(Ordering::Relaxed),
        waits[HONEST / 2],
        waits[HONEST - 1]
    );
    assert_eq!(refused, 0);
}

//! Receivers that work, fail and hang; nodes that share a store; a process that is killed. Time is tokio's,
//! paused, so that hours pass in no time.

use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::{Method, StatusCode};
use signet_core::env::Env;
use signet_core::id::DeliveryId;
use signet_store::{MemoryStore, SqliteStore, Store};
use tokio::time::{Instant, sleep};

use super::*;
use crate::clock::Clock;
use crate::keys::KeyOptions;
use crate::outbound::{Outbound, OutboundError, OutboundOptions, Outgoing, Sending};
use crate::outbox::{Courier, Outbox};

const START: u64 = 1_800_000_000;

/// Starts late by so many seconds, and goes on with tokio's time.
struct Running(Instant, u64);

impl Clock for Running {
    fn now_ms(&self) -> u64 {
        (START + self.1) * 1000 + u64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// Sends the delivery's `data` to an address that may depend on it.
struct Fake;

impl Courier for Fake {
    fn kind(&self) -> &'static str {
        "fake"
    }

    fn request(&self, _: &Env<'_>, delivery: &Delivery) -> Result<Outgoing, String> {
        let client = delivery.client.clone().ok_or("it goes to nobody")?;
        let host = std::env::var(RECEIVER).unwrap_or_else(|_| format!("https://{client}.example"));
        let body = format!("{} {}", delivery.id, delivery.data).into();
        Ok(Outgoing { method: Method::POST, url: host, content_type: Some("text/plain"), body })
    }
}

/// What arrived and when, and how the hosts behave.
struct World {
    start: Instant,
    arrived: Mutex<Vec<(u64, String)>>,
    tried: Mutex<Vec<u64>>,
    at_one: AtomicUsize,
    most_at_one: AtomicUsize,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            arrived: Mutex::default(),
            tried: Mutex::default(),
            at_one: AtomicUsize::new(0),
            most_at_one: AtomicUsize::new(0),
        })
    }

    fn arrived(&self) -> Vec<(u64, String)> {
        let mut arrived = self.arrived.lock().unwrap().clone();
        arrived.sort();
        arrived
    }
}

impl Sending for Arc<World> {
    fn send<'a>(
        &'a self,
        request: &'a Outgoing,
    ) -> Pin<Box<dyn Future<Output = Result<StatusCode, OutboundError>> + Send + 'a>> {
        Box::pin(async move {
            let at = self.start.elapsed().as_secs();
            self.tried.lock().unwrap().push(at);
            let host = request.url.trim_start_matches("https://").trim_end_matches(".example");
            match host {
                "fails" => Ok(StatusCode::SERVICE_UNAVAILABLE),
                "hangs" => {
                    let now = self.at_one.fetch_add(1, Ordering::SeqCst) + 1;
                    self.most_at_one.fetch_max(now, Ordering::SeqCst);
                    sleep(Duration::from_secs(6)).await;
                    self.at_one.fetch_sub(1, Ordering::SeqCst);
                    Err(OutboundError::Slow)
                }
                "recovers" if at < 100 => Err(OutboundError::Private),
                slow => {
                    sleep(Duration::from_millis(if slow == "slow" { 4000 } else { 20 })).await;
                    let body = String::from_utf8(request.body.to_vec()).unwrap();
                    self.arrived.lock().unwrap().push((at, body));
                    Ok(StatusCode::NO_CONTENT)
                }
            }
        })
    }
}

async fn provider(store: Arc<dyn Store>, outbound: Arc<dyn Sending>, late: u64) -> Provider {
    let keys = KeyOptions { signing: vec!["ES256".into()], encryption: Vec::new(), ..KeyOptions::default() };
    let clock = Arc::new(Running(Instant::now(), late));
    let builder = Provider::builder("https://op.example").keys(keys).clock(clock).store(store);
    let mut provider = builder.build().await.unwrap();
    let inner = Arc::get_mut(&mut provider.inner).unwrap();
    inner.outbox = Outbox::new(outbound);
    inner.outbox.couriers = vec![&Fake];
    provider
}

fn delivery(id: i64, client: &str) -> Delivery {
    Delivery {
        id: DeliveryId(id),
        kind: "fake".to_owned(),
        client: Some(client.into()),
        data: "hello".to_owned(),
        created_at: Timestamp(START),
        due_at: Timestamp(START),
        expires_at: Timestamp(START + 600),
        tries: 0,
    }
}

async fn enqueue(provider: &Provider, deliveries: impl IntoIterator<Item = Delivery>) {
    assert!(provider.inner.commit(deliveries.into_iter().map(Change::Enqueue).collect()).await.unwrap());
}

async fn waiting(store: &dyn Store) -> usize {
    store.list(List::first(Listed::Deliveries, 1000)).await.unwrap().deliveries.len()
}

#[tokio::test(start_paused = true)]
async fn what_is_written_is_sent_at_once() {
    let (store, world) = (Arc::new(MemoryStore::new()), World::new());
    let provider = provider(store.clone(), Arc::new(world.clone()), 0).await;
    let rounds = tokio::spawn(Rounds::new(provider.clone()).run());
    sleep(Duration::from_millis(3001)).await;
    enqueue(&provider, [delivery(1, "works")]).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(world.arrived(), [(3, "1 hello".to_owned())]);
    assert_eq!(waiting(&*store).await, 0);
    rounds.abort();
}

#[tokio::test(start_paused = true)]
async fn failures_are_tried_again_with_doubling_pauses_until_the_end() {
    let (store, world) = (Arc::new(MemoryStore::new()), World::new());
    let provider = provider(store.clone(), Arc::new(world.clone()), 0).await;
    let rounds = tokio::spawn(Rounds::new(provider.clone()).run());
    enqueue(&provider, [delivery(1, "fails")]).await;
    sleep(Duration::from_secs(3600)).await;
    let tried = world.tried.lock().unwrap().clone();
    let pauses: Vec<u64> = tried.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses.len(), 6, "the seventh pause would go past its end: {tried:?}");
    for (doublings, pause) in pauses.into_iter().enumerate() {
        let due = FIRST_PAUSE << doublings;
        assert!((due..=due + PACE.as_secs()).contains(&pause), "{tried:?}");
    }
    assert_eq!(waiting(&*store).await, 0);
    let metrics = provider.metrics().text().unwrap();
    for line in [
        "signet_delivery_tries_total{kind=\"fake\",outcome=\"failed\"} 6",
        "signet_delivery_tries_total{kind=\"fake\",outcome=\"given_up\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{metrics}");
    }
    rounds.abort();
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_comes_back_gets_what_it_missed() {
    let (store, world) = (Arc::new(MemoryStore::new()), World::new());
    let provider = provider(store.clone(), Arc::new(world.clone()), 0).await;
    let rounds = tokio::spawn(Rounds::new(provider.clone()).run());
    enqueue(&provider, (0..50).map(|id| delivery(id, "recovers"))).await;
    sleep(Duration::from_secs(99)).await;
    assert_eq!(waiting(&*store).await, 50);
    let metrics = provider.metrics().text().unwrap();
    assert!(metrics.contains("signet_deliveries_waiting{kind=\"fake\"} 50"), "{metrics}");
    let age = metrics
        .lines()
        .find_map(|line| line.strip_prefix("signet_deliveries_oldest_seconds{kind=\"fake\"} "));
    assert!((90..=99).contains(&age.unwrap().parse::<u64>().unwrap()), "{metrics}");
    sleep(Duration::from_secs(150)).await;
    assert_eq!((world.arrived().len(), waiting(&*store).await), (50, 0));
    rounds.abort();
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_hangs_holds_up_no_other() {
    let (store, world) = (Arc::new(MemoryStore::new()), World::new());
    let provider = provider(store.clone(), Arc::new(world.clone()), 0).await;
    let rounds = tokio::spawn(Rounds::new(provider.clone()).run());
    enqueue(&provider, (0..400).map(|id| delivery(id, "hangs"))).await;
    enqueue(&provider, (400..420).map(|id| delivery(id, "works"))).await;
    enqueue(&provider, (420..425).map(|id| delivery(id, "slow"))).await;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(world.arrived().len(), 25, "{:?}", world.arrived());
    assert_eq!(world.most_at_one.load(Ordering::SeqCst), MOST_TO_ONE);
    rounds.abort();
}

#[tokio::test(start_paused = true)]
async fn of_several_nodes_one_delivers() {
    let (store, world) = (Arc::new(MemoryStore::new()), World::new());
    let mut nodes = JoinSet::new();
    let mut first = None;
    for _ in 0..3 {
        let node = provider(store.clone(), Arc::new(world.clone()), 0).await;
        nodes.spawn(Rounds::new(node.clone()).run());
        first.get_or_insert(node);
    }
    enqueue(&first.unwrap(), (0..200).map(|id| delivery(id, "works"))).await;
    sleep(Duration::from_secs(60)).await;
    let mut arrived: Vec<_> = world.arrived().into_iter().map(|(_, body)| body).collect();
    arrived.dedup();
    assert_eq!((world.arrived().len(), arrived.len(), waiting(&*store).await), (200, 200, 0));
}

#[tokio::test(start_paused = true)]
async fn what_its_node_left_is_delivered_by_another_after_the_lease() {
    let (store, world) = (Arc::new(MemoryStore::new()), World::new());
    let node = provider(store.clone(), Arc::new(world.clone()), 0).await;
    let claimed = Change::Claim { id: DeliveryId(1), tries: 0, until: Timestamp(START + LEASE) };
    enqueue(&node, [delivery(1, "works")]).await;
    assert!(node.inner.commit(vec![claimed]).await.unwrap());
    let rounds = tokio::spawn(Rounds::new(node).run());
    sleep(Duration::from_secs(LEASE - 1)).await;
    assert_eq!(world.arrived(), []);
    sleep(PACE + Duration::from_secs(1)).await;
    assert_eq!(world.arrived().len(), 1);
    rounds.abort();
}

#[tokio::test(start_paused = true)]
async fn what_can_never_be_sent_waits_for_a_version_that_can_until_its_end() {
    let (store, world) = (Arc::new(MemoryStore::new()), World::new());
    let provider = provider(store.clone(), Arc::new(world.clone()), 0).await;
    let rounds = tokio::spawn(Rounds::new(provider.clone()).run());
    let unknown = Delivery { kind: "of a newer version".to_owned(), ..delivery(1, "works") };
    enqueue(&provider, [unknown, Delivery { client: None, ..delivery(2, "works") }]).await;
    sleep(Duration::from_secs(200)).await;
    assert_eq!((world.arrived().len(), waiting(&*store).await), (0, 2));
    sleep(Duration::from_secs(600)).await;
    assert_eq!((world.arrived().len(), waiting(&*store).await), (0, 0));
    rounds.abort();
}

const RECEIVER: &str = "SIGNET_TEST_OUTBOX_RECEIVER";
const FOLDER: &str = "SIGNET_TEST_OUTBOX_FOLDER";
const LIFE: &str = "SIGNET_TEST_OUTBOX_LIFE";

/// Not a test by itself: the process that the next one kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a part of killed_processes_lose_no_delivery"]
async fn owes_and_delivers() {
    let (Ok(folder), Ok(life)) = (std::env::var(FOLDER), std::env::var(LIFE)) else { return };
    let life: u32 = life.parse().unwrap();
    let store = Arc::new(SqliteStore::open(&Path::new(&folder).join("signet.db")).unwrap());
    let options = OutboundOptions { allow_private_addresses: true, ..OutboundOptions::default() };
    // Each life begins after the leases of the one before it.
    let outbound = Arc::new(Outbound::new(&options).unwrap());
    let provider = provider(store, outbound, u64::from(life) * 60).await;
    let _rounds = tokio::spawn(Rounds::new(provider.clone()).run());
    for number in 0..200 {
        let id = i64::from(life) * 1000 + number;
        if life < 4 {
            let due = Timestamp(START + u64::from(life) * 60);
            enqueue(&provider, [Delivery { due_at: due, ..delivery(id, "works") }]).await;
            // Acknowledged: from here on it may not be lost.
            println!("owed {id}");
        }
        sleep(Duration::from_millis(3)).await;
    }
    sleep(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "starts and kills processes for some seconds"]
async fn killed_processes_lose_no_delivery() {
    use std::collections::BTreeSet;
    use std::io::{BufRead as _, BufReader};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let arrived: Arc<Mutex<BTreeSet<i64>>> = Arc::default();
    let kept = arrived.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = kept.clone();
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"hello") {
                    let mut bytes = [0; 512];
                    match stream.read(&mut bytes).await {
                        Ok(read) if read > 0 => request.extend_from_slice(&bytes[..read]),
                        _ => return,
                    }
                }
                let text = String::from_utf8_lossy(&request).into_owned();
                let id = text.rsplit_once("\r\n\r\n").unwrap().1.trim_end_matches(" hello").parse().unwrap();
                kept.lock().unwrap().insert(id);
                let _gone = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            });
        }
    });

    let folder = std::env::temp_dir().join(format!("signet-outbox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut owed: BTreeSet<i64> = BTreeSet::new();
    for life in 1..=4_u64 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["engine::outbox::tests::owes_and_delivers", "--exact", "--ignored", "--nocapture"])
            .env(FOLDER, &folder)
            .env(LIFE, life.to_string())
            .env(RECEIVER, &url)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reading = std::thread::spawn(move || {
            let line = |line: std::io::Result<String>| line.ok()?.rsplit_once("owed ")?.1.parse::<i64>().ok();
            lines.filter_map(line).collect::<Vec<_>>()
        });
        if life < 4 {
            sleep(Duration::from_millis(900 + 150 * life)).await;
        } else {
            let all = || owed.is_subset(&arrived.lock().unwrap());
            for _ in 0..300 {
                if all() {
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        owed.extend(reading.join().unwrap());
    }
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(owed.len() > 30, "too few were owed to prove anything: {}", owed.len());
    let arrived = arrived.lock().unwrap();
    assert!(owed.is_subset(&arrived), "lost: {:?}", owed.difference(&arrived).collect::<Vec<_>>());
}

#[test]
fn pauses_double_up_to_an_hour() {
    assert_eq!([1, 2, 3, 9, 10, 11, 4000].map(pause), [5, 10, 20, 1280, 2560, 3600, 3600]);
}

#[test]
fn a_lease_outlasts_a_request() {
    assert!(Duration::from_secs(LEASE) > 4 * crate::outbound::LONGEST);
}

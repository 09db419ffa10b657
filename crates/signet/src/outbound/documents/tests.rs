use super::super::testing::World;
use super::*;

const URL: &str = "https://web.example/document";

impl Documents {
    /// What is at an address, for somebody who comes from nowhere.
    async fn fetched(&self, url: &str, what: Expected) -> Outcome {
        self.at(&asked(url, what), None).await.map_err(|crowded| format!("{crowded:?}"))?
    }
}

/// Only operators write down where request objects are.
fn asked(url: &str, what: Expected) -> lookup::Fetch {
    let chosen = if what == Expected::RequestObject { Chosen::ByOperator } else { Chosen::ByStranger };
    lookup::Fetch { url: url.to_owned(), what, chosen }
}

fn with(world: Arc<World>) -> (Arc<World>, Arc<Documents>) {
    let documents = Documents::new(world.clone(), Arc::new(world.clone()));
    (world, Arc::new(documents))
}

#[tokio::test]
async fn request_objects_are_fetched_each_time_unless_their_address_names_their_hash() {
    let (world, documents) = with(World::new());
    world.serve("e30.e30.", Some(3600));
    let foreign = hash("something else");
    for (url, fetches) in [
        (URL.to_owned(), 3),
        (format!("{URL}#"), 3),
        (format!("{URL}#{foreign}"), 3),
        (format!("{URL}#{}", hash("e30.e30.")), 1),
    ] {
        let before = world.fetches();
        for _ in 0..3 {
            assert_eq!(&*documents.fetched(&url, Expected::RequestObject).await.unwrap(), "e30.e30.");
        }
        assert_eq!(world.fetches() - before, fetches, "{url}");
    }
    assert!(locked(&world.asked).iter().all(|url| url == URL), "a fragment is never sent");
    assert!(documents.under_way.are_over());
}

#[tokio::test]
async fn what_is_kept_ends_when_its_server_says_so() {
    for (max_age, kept) in [(None, USUAL), (Some(30), 30), (Some(0), 0), (Some(9_999_999), FRESH.1)] {
        let (world, documents) = with(World::new());
        world.serve("{}", max_age);
        let url = format!("{URL}#{}", hash("{}"));
        documents.fetched(&url, Expected::RequestObject).await.unwrap();
        world.pass(kept.saturating_sub(1));
        documents.fetched(&url, Expected::RequestObject).await.unwrap();
        assert_eq!(world.fetches(), if kept == 0 { 2 } else { 1 }, "{max_age:?}");
        world.pass(1);
        documents.fetched(&url, Expected::RequestObject).await.unwrap();
        assert_eq!(world.fetches(), if kept == 0 { 3 } else { 2 }, "{max_age:?}");
    }
    for (max_age, kept) in [(None, USUAL), (Some(0), FRESH.0), (Some(9_999_999), FRESH.1)] {
        let (world, documents) = with(World::new());
        world.serve("{}", max_age);
        documents.fetched(URL, Expected::ClientMetadata).await.unwrap();
        world.pass(kept - 1);
        documents.fetched(URL, Expected::ClientMetadata).await.unwrap();
        assert_eq!(world.fetches(), 1, "{max_age:?}");
        world.pass(1);
        documents.fetched(URL, Expected::ClientMetadata).await.unwrap();
        assert_eq!(world.fetches(), 2, "{max_age:?}");
    }
    let (world, documents) = with(World::new());
    world.serve("[]", Some(3600));
    for _ in 0..2 {
        documents.fetched(URL, Expected::SectorIdentifier).await.unwrap();
    }
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn a_failure_is_remembered_for_a_moment() {
    for (what, chosen, pause) in [
        (Expected::ClientMetadata, Chosen::ByStranger, PAUSE),
        (Expected::SectorIdentifier, Chosen::ByStranger, PAUSE),
        (Expected::RequestObject, Chosen::ByStranger, PAUSE),
        (Expected::RequestObject, Chosen::ByOperator, MOMENT),
    ] {
        let (world, documents) = with(World::new());
        let at = async |url: String| documents.at(&lookup::Fetch { url, what, chosen }, None).await.unwrap();
        for number in 0..3 {
            // Another fragment is the same address.
            assert!(at(format!("{URL}#{number}")).await.unwrap_err().contains("too long"));
            assert!(at(URL.to_owned()).await.is_err());
        }
        assert_eq!(world.fetches(), 1, "{what:?} {chosen:?}");
        world.pass(pause);
        world.serve("{}", None);
        at(URL.to_owned()).await.unwrap();
    }
}

/// Whose network has its share may not begin a request; somebody else may begin the same one meanwhile.
#[tokio::test]
async fn one_network_that_asks_keeps_nobody_else_out() {
    let (world, documents) = with(World::gated());
    let mut waiting = tokio::task::JoinSet::new();
    let mut ask = |url: String, asker: &str| {
        let (documents, asker) = (documents.clone(), Network::parse(asker));
        waiting.spawn(async move { documents.at(&asked(&url, Expected::ClientMetadata), asker).await })
    };
    for number in 0..STRANGERS.all / 4 {
        ask(format!("https://192.0.{number}.1/"), "198.51.100.1");
    }
    while world.fetches() < STRANGERS.all / 4 {
        tokio::task::yield_now().await;
    }
    let refused = documents.at(&asked(URL, Expected::ClientMetadata), Network::parse("198.51.100.1")).await;
    assert_eq!(refused.err(), Some(Crowded::FromNetwork));
    ask(URL.to_owned(), "203.0.113.9");
    while world.fetches() == STRANGERS.all / 4 {
        tokio::task::yield_now().await;
    }
    // Who asks for what is on its way already waits for that, from wherever they come.
    let joined = ask(URL.to_owned(), "198.51.100.1");
    tokio::task::yield_now().await;
    assert!(!joined.is_finished());
    assert_eq!(world.fetches(), STRANGERS.all / 4 + 1);
}

#[tokio::test]
async fn one_network_makes_us_fetch_so_often() {
    let (world, documents) = with(World::new());
    world.serve("e30.e30.", None);
    for (chosen, most) in [(Chosen::ByStranger, STRANGERS.at_once), (Chosen::ByOperator, OPERATORS.at_once)] {
        let fetch = lookup::Fetch { url: URL.to_owned(), what: Expected::RequestObject, chosen };
        let ask = async |asker: &str| documents.at(&fetch, Network::parse(asker)).await.err();
        for _ in 0..most {
            assert_eq!(ask("198.51.100.1").await, None);
        }
        assert!(matches!(ask("198.51.100.1").await, Some(Crowded::TooOften(_))));
        assert_eq!(ask("203.0.113.9").await, None);
        world.pass(1);
        assert_eq!(ask("198.51.100.1").await, None);
    }
}

#[tokio::test]
async fn what_is_kept_as_one_kind_is_not_taken_for_another() {
    let (world, documents) = with(World::new());
    world.serve("{}", None);
    documents.fetched(URL, Expected::ClientMetadata).await.unwrap();
    documents.fetched(URL, Expected::RequestObject).await.unwrap();
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn long_documents_and_binary_ones_are_refused() {
    let (world, documents) = with(World::new());
    for what in [Expected::RequestObject, Expected::ClientMetadata, Expected::SectorIdentifier] {
        world.serve("x".repeat(longest(what)), Some(0));
        assert_eq!(documents.fetched(URL, what).await.unwrap().len(), longest(what));
        world.pass(FRESH.0);
        world.serve("x".repeat(longest(what) + 1), Some(0));
        assert!(documents.fetched(URL, what).await.unwrap_err().contains("longer"));
        world.pass(PAUSE);
    }
    world.serve(vec![0xff], None);
    assert!(documents.fetched(URL, Expected::RequestObject).await.unwrap_err().contains("UTF-8"));
}

#[tokio::test]
async fn many_that_want_the_same_wait_for_one_request() {
    let (world, documents) = with(World::new());
    world.serve("{}", None);
    let mut waiting = tokio::task::JoinSet::new();
    for number in 0..20 {
        let documents = documents.clone();
        waiting.spawn(async move {
            documents.fetched(&format!("{URL}#{number}"), Expected::RequestObject).await.unwrap();
        });
    }
    waiting.join_all().await;
    assert_eq!(world.fetches(), 1);
    assert!(documents.under_way.are_over());
}

#[tokio::test]
async fn only_so_many_requests_are_under_way() {
    let (world, documents) = with(World::gated());
    world.serve("{}", None);
    let mut waiting = tokio::task::JoinSet::new();
    for number in 0..OPERATORS.all {
        let documents = documents.clone();
        waiting.spawn(
            async move { documents.fetched(&format!("{URL}/{number}"), Expected::RequestObject).await },
        );
    }
    while world.fetches() < OPERATORS.all {
        tokio::task::yield_now().await;
    }
    let why = documents.fetched(URL, Expected::RequestObject).await.unwrap_err();
    assert_eq!(why, "InAll");
    assert_eq!(world.fetches(), OPERATORS.all);
    // Those that are given up leave nothing behind.
    waiting.shutdown().await;
    assert!(documents.under_way.are_over());
    assert_eq!(documents.operators.under_way(), 0);
}

#[tokio::test]
async fn addresses_that_anybody_may_name_do_not_hold_up_those_that_are_registered() {
    let (world, documents) = with(World::gated());
    world.serve("{}", None);
    let Places { all: most, to_one_host: most_to_one_host, .. } = STRANGERS;
    let mut waiting = tokio::task::JoinSet::new();
    for number in 0..2 * most_to_one_host {
        let documents = documents.clone();
        waiting.spawn(async move {
            documents.fetched(&format!("https://slow.example/{number}"), Expected::ClientMetadata).await
        });
    }
    while world.fetches() < most_to_one_host {
        tokio::task::yield_now().await;
    }
    for number in 0..2 * most {
        let documents = documents.clone();
        waiting.spawn(async move {
            documents.fetched(&format!("https://{number}.example/"), Expected::ClientMetadata).await
        });
    }
    while world.fetches() < most {
        tokio::task::yield_now().await;
    }
    for what in [Expected::ClientMetadata, Expected::SectorIdentifier] {
        let why = documents.fetched(URL, what).await.unwrap_err();
        assert_eq!(why, "InAll");
    }
    assert_eq!(world.fetches(), most);
    let try_again = |what| {
        let documents = documents.clone();
        async move { documents.fetched(URL, what).await }
    };
    waiting.spawn(try_again(Expected::RequestObject));
    while world.fetches() == most {
        tokio::task::yield_now().await;
    }
    // Nobody is turned away any longer than the others are there.
    waiting.shutdown().await;
    waiting.spawn(try_again(Expected::ClientMetadata));
    while world.fetches() == most + 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_host_with_many_documents_makes_room_among_its_own() {
    let (world, documents) = with(World::new());
    world.serve("{}", Some(60));
    documents.fetched(URL, Expected::ClientMetadata).await.unwrap();
    world.serve("{}", Some(86_400));
    let Bounds { most_of_one_host, .. } = KEPT;
    for number in 0..2 * most_of_one_host {
        documents.fetched(&format!("https://many.example/{number}"), Expected::ClientMetadata).await.unwrap();
    }
    assert_eq!(locked(&documents.kept).size().0, most_of_one_host + 1);
    let before = world.fetches();
    documents.fetched(URL, Expected::ClientMetadata).await.unwrap();
    assert_eq!(world.fetches(), before);
}

#[tokio::test]
async fn what_is_in_use_stays_whoever_names_ever_new_addresses() {
    let (world, documents) = with(World::new());
    world.serve("{}", Some(600));
    documents.fetched(URL, Expected::ClientMetadata).await.unwrap();
    documents.fetched("https://idle.example/", Expected::ClientMetadata).await.unwrap();
    world.serve("{}", Some(86_400));
    let Bounds { most, .. } = KEPT;
    for number in 0..2 * most {
        documents.fetched(&format!("https://{number}.example/"), Expected::ClientMetadata).await.unwrap();
        if number % 500 == 0 {
            documents.fetched(URL, Expected::ClientMetadata).await.unwrap();
        }
    }
    assert_eq!(locked(&documents.kept).size().0, most);
    assert_eq!(world.fetches(), 2 * most + 2, "it was fetched once");
    documents.fetched("https://idle.example/", Expected::ClientMetadata).await.unwrap();
    assert_eq!(world.fetches(), 2 * most + 3, "nobody had asked for it");
}

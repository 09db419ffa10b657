use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use signet_jose::{SigningAlg, SigningKey};

use super::super::testing::World;
use super::*;

const URL: &str = "https://web.example/jwks";

fn world() -> (Arc<World>, KeysOfClients) {
    let world = World::new();
    (world.clone(), KeysOfClients::new(world.clone(), Arc::new(world)))
}

fn serve(world: &World, keys: &[&SigningKey], max_age: Option<u64>) {
    world.serve(jwks(keys).to_string(), max_age);
}

fn key(kid: &str) -> SigningKey {
    SigningKey::generate(SigningAlg::Es256).unwrap().with_kid(kid)
}

fn jwks(keys: &[&SigningKey]) -> Value {
    json!({"keys": keys.iter().map(|key| key.public_jwk().unwrap()).collect::<Vec<_>>()})
}

fn client(url: &str) -> Client {
    Client { jwks_uri: Some(url.into()), ..Client::new("web") }
}

impl KeysOfClients {
    /// The keys, for somebody who comes from nowhere.
    async fn had(&self, client: &Client, kid: Option<&str>) -> Option<Arc<dyn ClientKeys>> {
        self.of(client, kid, None).await.unwrap()
    }
}

/// Whether a token that this key signs is good; else why not.
async fn judged(keys: &KeysOfClients, client: &Client, by: &SigningKey) -> Result<(), String> {
    let token = jws::sign(by, None, b"{}").unwrap();
    keys.had(client, Some(by.kid())).await.unwrap().verify(&token, "ES256").map_err(|JoseError(why)| why)
}

#[tokio::test]
async fn keys_by_value_serve_until_the_registration_changes() {
    let (world, keys) = world();
    let (one, two) = (key("1"), key("2"));
    let mut web = Client { jwks: Some(jwks(&[&one])), ..Client::new("web") };
    for _ in 0..2 {
        judged(&keys, &web, &one).await.unwrap();
        assert!(judged(&keys, &web, &two).await.is_err());
    }
    web.jwks = Some(jwks(&[&two]));
    judged(&keys, &web, &two).await.unwrap();
    web.jwks = Some(json!({"keys": 7}));
    assert!(judged(&keys, &web, &two).await.unwrap_err().contains("cannot be used"));
    assert!(keys.had(&Client::new("web"), None).await.is_none());
    assert_eq!(world.fetches(), 0);
}

/// Strangers register what they like: a thousand sets of any length would fill the memory.
#[tokio::test]
async fn a_long_set_by_value_serves_and_is_not_kept() {
    let one = key("1");
    let mut set = jwks(&[&one]);
    for (more, kept) in [(1, 1), (MOST_VALUE, 0)] {
        let (_, keys) = world();
        set["keys"][0]["x5c"] = json!(["A".repeat(more)]);
        let web = Client { jwks: Some(set.clone()), ..Client::new("web") };
        for _ in 0..2 {
            judged(&keys, &web, &one).await.unwrap();
        }
        assert_eq!(locked(&keys.by_value).len(), kept, "{more}");
    }
}

#[tokio::test]
async fn the_algorithm_is_the_one_that_is_asked_for() {
    let (_, keys) = world();
    let one = key("1");
    let web = Client { jwks: Some(jwks(&[&one])), ..Client::new("web") };
    let token = jws::sign(&one, None, b"{}").unwrap();
    let keys = keys.had(&web, None).await.unwrap();
    keys.verify(&token, "ES256").unwrap();
    for alg in ["ES384", "RS256", "HS256", "none", ""] {
        assert!(keys.verify(&token, alg).is_err(), "{alg}");
    }
}

#[tokio::test]
async fn what_is_encrypted_names_the_key_that_fits_its_algorithm() {
    use signet_jose::DecryptionKey;
    use signet_jose::alg::{Curve, KeyType};

    let (_, keys) = world();
    let made = |key_type, kid: &str| DecryptionKey::generate(key_type).unwrap().with_kid(kid);
    let (rsa, ec) = (made(KeyType::Rsa, "rsa"), made(KeyType::Ec(Curve::P384), "ec"));
    let signs = key("signs").public_jwk().unwrap();
    let set = json!({"keys": [signs, rsa.public_jwk().unwrap(), ec.public_jwk().unwrap()]});
    let keys = keys.had(&Client { jwks: Some(set), ..Client::new("web") }, None).await.unwrap();
    for (alg, key) in [("RSA-OAEP", &rsa), ("RSA-OAEP-256", &rsa), ("ECDH-ES", &ec), ("ECDH-ES+A256KW", &ec)]
    {
        let how = Encryption { alg, enc: "A256GCM", typ: None, cty: Some("JWT") };
        let token = keys.encrypt(how, b"for the client").unwrap();
        let token = jwe::decode(&token, MAX_TOKEN).unwrap();
        assert_eq!((token.kid(), token.cty(), token.typ()), (key.kid(), Some("JWT"), None), "{alg}");
        assert_eq!(token.decrypt(key).unwrap(), b"for the client");
    }
    for (alg, enc) in [("A128KW", "A256GCM"), ("dir", "A128GCM"), ("RSA1_5", "A128GCM"), ("RSA-OAEP", "none")]
    {
        assert!(keys.encrypt(Encryption { alg, enc, typ: None, cty: None }, b"x").is_err(), "{alg} {enc}");
    }
    let none = world().1.had(&Client { jwks: Some(jwks(&[&key("1")])), ..Client::new("web") }, None).await;
    let how = Encryption { alg: "RSA-OAEP", enc: "A128GCM", typ: None, cty: None };
    assert!(none.unwrap().encrypt(how, b"x").unwrap_err().0.contains("encryption by RSA-OAEP"));
}

#[tokio::test]
async fn a_set_is_kept_as_long_as_its_server_says_within_bounds() {
    let one = key("1");
    for (max_age, kept) in [(None, USUAL), (Some(0), 60), (Some(300), 300), (Some(86_400), 3600)] {
        let (world, keys) = world();
        serve(&world, &[&one], max_age);
        judged(&keys, &client(URL), &one).await.unwrap();
        world.pass(kept - 1);
        judged(&keys, &client(URL), &one).await.unwrap();
        assert_eq!(world.fetches(), 1, "{max_age:?}");
        world.pass(1);
        judged(&keys, &client(URL), &one).await.unwrap();
        assert_eq!(world.fetches(), 2, "{max_age:?}");
    }
}

#[tokio::test]
async fn an_unknown_kid_is_looked_for_but_not_at_any_pace() {
    let (world, keys) = world();
    let (one, two) = (key("1"), key("2"));
    serve(&world, &[&one], None);
    judged(&keys, &client(URL), &one).await.unwrap();
    serve(&world, &[&two], None);
    assert!(judged(&keys, &client(URL), &two).await.is_err());
    assert_eq!(world.fetches(), 1, "too early");
    world.pass(PAUSE);
    judged(&keys, &client(URL), &two).await.unwrap();
    assert!(judged(&keys, &client(URL), &one).await.is_err(), "the rotated key is gone");
    assert_eq!(world.fetches(), 2);
}

#[tokio::test]
async fn a_key_without_a_name_does_not_hide_the_one_that_follows_it() {
    let (world, keys) = world();
    let (one, two) = (key("1"), key("2"));
    let mut nameless = jwks(&[&one]);
    nameless["keys"][0].as_object_mut().unwrap().remove("kid");
    world.serve(nameless.to_string(), None);
    judged(&keys, &client(URL), &one).await.unwrap();
    serve(&world, &[&two], None);
    world.pass(PAUSE);
    judged(&keys, &client(URL), &two).await.unwrap();
}

#[tokio::test]
async fn a_failing_server_is_left_alone_for_a_while() {
    let (world, keys) = world();
    let one = key("1");
    for _ in 0..3 {
        let why = judged(&keys, &client(URL), &one).await.unwrap_err();
        assert_eq!(why, "jwks_uri: the host took too long");
    }
    assert_eq!(world.fetches(), 1);
    world.pass(PAUSE);
    serve(&world, &[&one], None);
    judged(&keys, &client(URL), &one).await.unwrap();
}

#[tokio::test]
async fn old_keys_serve_while_the_server_is_down_but_not_for_ever() {
    let (world, keys) = world();
    let one = key("1");
    serve(&world, &[&one], Some(60));
    judged(&keys, &client(URL), &one).await.unwrap();
    world.fail();
    world.pass(60);
    judged(&keys, &client(URL), &one).await.unwrap();
    world.pass(STALE - 1);
    judged(&keys, &client(URL), &one).await.unwrap();
    world.pass(1);
    assert!(judged(&keys, &client(URL), &one).await.is_err());
    world.serve("<html>", None);
    world.pass(PAUSE);
    assert!(judged(&keys, &client(URL), &one).await.unwrap_err().contains("cannot be used"));
}

#[tokio::test]
async fn many_that_wait_for_the_same_set_fetch_it_once() {
    let (world, keys) = world();
    let (one, web) = (key("1"), client(URL));
    serve(&world, &[&one], None);
    let keys = Arc::new(keys);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (keys, one, web) = (keys.clone(), one.clone(), client(web.jwks_uri.as_deref().unwrap()));
        waiting.spawn(async move { judged(&keys, &web, &one).await });
    }
    for outcome in waiting.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(world.fetches(), 1);
}

#[tokio::test]
async fn the_number_of_sets_is_bounded() {
    let (world, keys) = world();
    let one = key("1");
    serve(&world, &[&one], None);
    for number in 0..=MOST_SETS {
        keys.had(&client(&format!("{URL}/{number}")), None).await.unwrap();
        let by_value = Client { jwks: Some(json!({"keys": []})), ..Client::new(format!("{number}")) };
        keys.had(&by_value, None).await.unwrap();
        world.pass(1);
    }
    assert_eq!(locked(&keys.by_address).len(), MOST_SETS);
    assert_eq!(locked(&keys.by_value).len(), MOST_SETS);
    assert!(!locked(&keys.by_address).contains_key(&(Whose::Known, format!("{URL}/0"))), "the oldest goes");
}

#[test]
fn a_huge_set_is_not_read_to_its_end() {
    let keys: Vec<SigningKey> = (0..MOST_KEYS + 1).map(|number| key(&number.to_string())).collect();
    let set = jwks(&keys.iter().collect::<Vec<_>>()).to_string();
    let set = Keys::parse(set.as_bytes(), Whose::Known).unwrap();
    assert!(set.has("0") && set.has(&(MOST_KEYS - 1).to_string()) && !set.has(&MOST_KEYS.to_string()));
}

#[tokio::test]
async fn slow_servers_of_one_host_do_not_hold_up_the_others() {
    let world = World::gated();
    let keys = Arc::new(KeysOfClients::new(world.clone(), Arc::new(world.clone())));
    let most_to_one_host = OPERATORS.to_one_site;
    let mut waiting = tokio::task::JoinSet::new();
    let mut ask = |client: Client| {
        let keys = keys.clone();
        waiting.spawn(async move { keys.had(&client, None).await.is_some() });
    };
    for number in 0..most_to_one_host {
        ask(client(&format!("https://slow.example/{number}")));
    }
    while world.fetches() < most_to_one_host {
        tokio::task::yield_now().await;
    }
    let refused = keys.of(&client("https://slow.example/one-more"), None, None).await.err();
    assert_eq!(refused, Some((Crowded::AtHost, "https://slow.example/one-more".to_owned())));
    assert_eq!(world.fetches(), most_to_one_host);
    ask(client(URL));
    while world.fetches() == most_to_one_host {
        tokio::task::yield_now().await;
    }
    // Nobody has looked at those who registered themselves: they have places of their own.
    let stranger = |url: &str| Client { registered: true, ..client(url) };
    ask(stranger("https://slow.example/stranger"));
    while world.fetches() == most_to_one_host + 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn keys_of_before_serve_where_there_is_no_place_to_fetch_them() {
    let (world, keys) = world();
    let (one, asker) = (key("1"), Network::parse("198.51.100.1"));
    let stranger = Client { registered: true, ..client(URL) };
    serve(&world, &[&one], None);
    judged(&keys, &stranger, &one).await.unwrap();
    world.pass(USUAL);
    let elsewhere = Client { registered: true, ..client("https://other.example/jwks") };
    for number in 0..STRANGERS.at_once {
        let url = format!("https://other.example/{number}");
        keys.of(&Client { registered: true, ..client(&url) }, None, asker).await.unwrap();
    }
    assert!(matches!(keys.of(&elsewhere, None, asker).await.err(), Some((Crowded::TooOften(_), _))));
    assert!(keys.of(&stranger, Some("1"), asker).await.unwrap().is_some());
    assert!(keys.of(&stranger, Some("2"), asker).await.is_err());
}

/// Keys that anybody may choose: none takes much more work than those in use, and few are tried.
#[tokio::test]
async fn keys_of_strangers_take_no_more_work_than_those_in_use() {
    let four: Vec<SigningKey> = (0..4).map(|_| key("k")).collect();
    let set = Some(jwks(&four.iter().collect::<Vec<_>>()));
    let known = Client { jwks: set.clone(), ..Client::new("web") };
    let stranger = Client { registered: true, jwks: set, ..Client::new("stranger") };
    let (_, keys) = world();
    for (number, by) in four.iter().enumerate() {
        judged(&keys, &known, by).await.unwrap();
        assert_eq!(judged(&keys, &stranger, by).await.is_ok(), number < STRANGERS_TRIES, "{number}");
    }
    let rsa = |kid: &str, bytes: usize, e: &str| json!({"kty": "RSA", "kid": kid, "n": URL_SAFE_NO_PAD.encode(vec![255; bytes]), "e": e});
    let set =
        json!({"keys": [rsa("usual", 512, "AQAB"), rsa("long", 513, "AQAB"), rsa("many", 256, "AQAAAAE")]});
    for (whose, costly) in [(Whose::Known, true), (Whose::Stranger, false)] {
        let keys = Keys::parse(set.to_string().as_bytes(), whose).unwrap();
        assert_eq!(["usual", "long", "many"].map(|kid| keys.has(kid)), [true, costly, costly], "{whose:?}");
    }
}

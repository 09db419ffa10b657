//! RFC 6749 §2.3: one method per request, the registered one, and the same error for all failures.

use super::*;
use crate::error::ErrorCode;
use crate::reply::Contents;
use crate::testing::{self, SECRET, World, incoming, incoming_basic};
use crate::time::Timestamp;

fn authenticate(incoming: &Incoming, client: Option<Client>) -> Result<Authenticated, Error> {
    let world = World::new();
    let auth = ClientAuth::parse(incoming)?.unwrap();
    assert_eq!(auth.lookup(), [ClientById(auth.client_id().clone()).into()]);
    let facts = client.map_or_else(Facts::default, |client| Facts::default().with_client(Arc::new(client)));
    auth.decide(&world.env(), &facts).map(|(client, _)| client)
}

fn post(secret: &str) -> Incoming {
    incoming(&[("client_id", "web"), ("client_secret", secret)])
}

fn post_client() -> Client {
    let mut client = testing::client("web");
    client.token_endpoint_auth_method = Some("client_secret_post".into());
    client
}

#[test]
fn every_file_is_one_line_of_the_table() {
    let mut names: Vec<&str> = METHODS.iter().map(|method| method.name()).collect();
    names.sort_unstable();
    assert_eq!(names, testing::files_of("client_auth"));
}

#[test]
fn what_a_method_proves_by_is_in_its_row() {
    let of = |name: &str| Proof::of(name).map(|proof| (proof.needs_secret(), proof.is_assertion()));
    assert_eq!(of("client_secret_basic"), Some((true, false)));
    assert_eq!(of("client_secret_post"), Some((true, false)));
    assert_eq!(of("client_secret_jwt"), Some((true, true)));
    assert_eq!(of("private_key_jwt"), Some((false, true)));
    assert_eq!(of("none"), Some((false, false)));
    assert_eq!(of("client_secret_unheard_of_jwt"), None);
}

#[test]
fn each_method_proves_its_own_client() {
    let basic = authenticate(&incoming_basic("web", SECRET, &[]), Some(testing::client("web"))).unwrap();
    assert_eq!(basic.client_id.as_str(), "web");
    authenticate(&post(SECRET), Some(post_client())).unwrap();
    authenticate(&incoming(&[("client_id", "spa")]), Some(testing::public_client("spa"))).unwrap();
}

#[test]
fn unknown_client_and_wrong_secret_look_the_same() {
    let unknown = authenticate(&incoming_basic("web", "wrong", &[]), None).unwrap_err();
    let wrong = authenticate(&incoming_basic("web", "wrong", &[]), Some(testing::client("web"))).unwrap_err();
    let public =
        authenticate(&incoming_basic("web", "x", &[]), Some(testing::public_client("web"))).unwrap_err();
    let other_method = authenticate(&incoming_basic("web", "wrong", &[]), Some(post_client())).unwrap_err();
    let silent = authenticate(&incoming(&[("client_id", "web")]), Some(testing::client("web"))).unwrap_err();
    let unknown_silent = authenticate(&incoming(&[("client_id", "web")]), None).unwrap_err();
    for error in [&wrong, &public, &other_method, &silent, &unknown_silent] {
        assert_eq!((error.code, &error.description), (ErrorCode::InvalidClient, &unknown.description));
    }
    // Only the log knows.
    for (error, due) in [
        (wrong, "wrong client secret"),
        (unknown, "unknown client"),
        (public, "this client is public and has no secret"),
        (silent, "a confidential client did not authenticate"),
    ] {
        assert_eq!(error.detail.as_deref(), Some(due));
    }
}

#[test]
fn the_facts_of_another_client_prove_nothing() {
    let error =
        authenticate(&incoming_basic("web", SECRET, &[]), Some(testing::client("other"))).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClient);
}

#[test]
fn only_the_registered_method_will_do() {
    let mut basic = testing::client("web");
    basic.token_endpoint_auth_method = Some("client_secret_basic".into());
    let error = authenticate(&post(SECRET), Some(basic)).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClient);
    assert_eq!(
        error.description,
        "this client accepts client_secret_basic, but authenticated by client_secret_post"
    );
    // Who is refused has shown who they are, and so has the event.
    let event = error.rejected("token").unwrap();
    assert_eq!(event.client.as_ref().map(ClientId::as_str), Some("web"));
    let kept = event.recorded(crate::id::EventId(1), testing::NOW, crate::event::Source::default());
    assert_eq!(kept.cause, crate::record::Cause::Stranger);
    let error = authenticate(&incoming_basic("web", SECRET, &[]), Some(post_client())).unwrap_err();
    assert!(error.description.contains("accepts client_secret_post"));
}

#[test]
fn a_refusal_names_what_is_accepted_and_the_setting_that_narrows_it() {
    let mut world = World::new();
    world.settings.offer.only(OFFERED, vec!["client_secret_post".into()]);
    let client = testing::client("web");
    assert_eq!(accepted(&client, &world.settings), ["client_secret_post"]);
    assert_eq!(
        unaccepted(&client, &world.settings, "client_secret_basic").description,
        "this client accepts client_secret_post, but authenticated by client_secret_basic, which \
         capabilities.token_endpoint_auth_methods_supported does not have"
    );
    let mut none = World::new();
    none.settings.offer.only(OFFERED, vec!["private_key_jwt".into()]);
    assert_eq!(
        unaccepted(&client, &none.settings, "private_key_jwt").description,
        "this client accepts none of the methods that are offered, but authenticated by private_key_jwt"
    );
    let metadata = crate::discovery::metadata(&world.settings, world.env().jose);
    for endpoint in ["token", "revocation", "introspection"] {
        let algs = |metadata: &serde_json::Value| {
            metadata.get(format!("{endpoint}_endpoint_auth_signing_alg_values_supported")).is_some()
        };
        assert!(!algs(&metadata), "{endpoint}");
        let all = World::new();
        assert!(algs(&crate::discovery::metadata(&all.settings, all.env().jose)), "{endpoint}");
    }
}

#[test]
fn where_an_operator_names_no_method_the_secret_comes_by_header_or_body() {
    for request in [post(SECRET), incoming_basic("web", SECRET, &[])] {
        authenticate(&request, Some(testing::client("web"))).unwrap();
    }
    let registered = Client { registered: true, ..testing::client("web") };
    assert!(authenticate(&post(SECRET), Some(registered)).is_err(), "RFC 7591 section 2: the default");
    let mut world = World::new();
    world.settings.offer.only(OFFERED, vec!["client_secret_basic".into()]);
    let auth = ClientAuth::parse(&post(SECRET)).unwrap().unwrap();
    let facts = Facts::default().with_client(Arc::new(testing::client("web")));
    let error = auth.decide(&world.env(), &facts).map(|_| ()).unwrap_err();
    assert!(error.description.contains("client_secret_post"), "what is not offered is not taken: {error}");
}

#[test]
fn an_operator_may_name_several_methods() {
    let mut client = post_client();
    client.token_endpoint_auth_methods = vec!["client_secret_basic".into()];
    for request in [post(SECRET), incoming_basic("web", SECRET, &[])] {
        authenticate(&request, Some(client_like(&client))).unwrap();
    }
}

fn client_like(client: &Client) -> Client {
    serde_json::from_value(serde_json::to_value(client).unwrap()).unwrap()
}

#[test]
fn a_public_client_may_name_itself_by_basic_with_an_empty_secret() {
    let spa = authenticate(&incoming_basic("spa", "", &[]), Some(testing::public_client("spa"))).unwrap();
    assert_eq!(spa.client_id.as_str(), "spa");
    let with_body = incoming_basic("spa", "", &[("client_id", "spa"), ("client_secret", "")]);
    authenticate(&with_body, Some(testing::public_client("spa"))).unwrap();
    assert!(authenticate(&incoming_basic("web", "", &[]), Some(testing::client("web"))).is_err());
}

#[test]
fn a_hashed_secret_works_as_well() {
    let mut client = Client::new("web");
    client.client_secret_hash =
        Some(Sha256::digest(SECRET).iter().map(|byte| format!("{byte:02X}")).collect());
    authenticate(&incoming_basic("web", SECRET, &[]), Some(client)).unwrap();
    let mut client = Client::new("web");
    client.client_secret_hash = Some("a-secret".into());
    assert!(authenticate(&incoming_basic("web", SECRET, &[]), Some(client)).is_err());
}

#[test]
fn an_empty_secret_never_matches() {
    let mut client = testing::client("web");
    client.client_secret = Some(Secret::new(String::new()));
    let error = authenticate(&incoming_basic("web", "", &[]), Some(client)).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClient);
    let mut client = Client::new("web");
    client.client_secret_hash = Some(Sha256::digest("").iter().map(|byte| format!("{byte:02x}")).collect());
    assert!(authenticate(&incoming_basic("web", "", &[]), Some(client)).is_err());
}

#[test]
fn an_expired_secret_is_refused() {
    let mut client = testing::client("web");
    client.client_secret_expires_at = testing::NOW;
    let error = authenticate(&incoming_basic("web", SECRET, &[]), Some(client)).unwrap_err();
    assert_eq!(
        error.description,
        "the client secret has expired; update the registration, or ask the operator for a new one"
    );
    let mut client = testing::client("web");
    client.client_secret_expires_at = Timestamp(testing::NOW.0 + 1);
    authenticate(&incoming_basic("web", SECRET, &[]), Some(client)).unwrap();
}

/// One whose secret was replaced a while ago.
fn rotated() -> Client {
    let mut client = testing::client("web");
    client.client_secret_previous = client.client_secret.replace(Secret::new("the-new-one".into()));
    client.client_secret_previous_expires_at = Timestamp(testing::NOW.0 + 1);
    client
}

#[test]
fn the_previous_secret_is_as_good_as_the_new_one_until_its_end() {
    let hashed = || {
        let hash = |secret: &str| Sha256::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut client = rotated();
        client.client_secret = None;
        client.client_secret_hash = Some(hash("the-new-one"));
        client.client_secret_previous = None;
        client.client_secret_previous_hash = Some(hash(SECRET));
        client
    };
    for make in [rotated as fn() -> Client, hashed] {
        for request in [post(SECRET), post("the-new-one"), incoming_basic("web", SECRET, &[])] {
            authenticate(&request, Some(make())).unwrap();
        }
        let wrong = authenticate(&post("another"), Some(make())).unwrap_err();
        assert_eq!(wrong.detail.as_deref(), Some("wrong client secret"));
        let mut ended = make();
        ended.client_secret_previous_expires_at = testing::NOW;
        authenticate(&post("the-new-one"), Some(client_like(&ended))).unwrap();
        let error = authenticate(&post(SECRET), Some(ended)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidClient);
        assert!(error.description.contains("was replaced by a new one"), "{error}");
        let mut endless = make();
        endless.client_secret_previous_expires_at = Timestamp::NEVER;
        authenticate(&post(SECRET), Some(client_like(&endless))).unwrap();
        endless.forget_previous_secret();
        let error = authenticate(&post(SECRET), Some(endless)).unwrap_err();
        assert_eq!(error.detail.as_deref(), Some("wrong client secret"));
    }
}

/// The end of each is its own.
#[test]
fn a_new_secret_that_has_ended_does_not_end_the_previous_one() {
    let mut client = rotated();
    client.client_secret_expires_at = testing::NOW;
    authenticate(&post(SECRET), Some(client_like(&client))).unwrap();
    let error = authenticate(&post("the-new-one"), Some(client)).unwrap_err();
    assert!(error.description.contains("has expired"), "{error}");
}

#[test]
fn a_previous_secret_that_is_empty_or_alone_proves_nothing() {
    let mut client = rotated();
    client.client_secret_previous = Some(Secret::new(String::new()));
    for secret in ["", SECRET] {
        assert!(authenticate(&incoming_basic("web", secret, &[]), Some(client_like(&client))).is_err());
    }
    let mut alone = rotated();
    alone.client_secret = None;
    assert!(authenticate(&post(SECRET), Some(alone)).is_err(), "it is a public client then");
}

#[test]
fn who_still_has_the_previous_secret_is_an_event() {
    let world = World::new();
    let event = |secret: &str| {
        let auth = ClientAuth::parse(&post(secret)).unwrap().unwrap();
        let facts = Facts::default().with_client(Arc::new(rotated()));
        let done = auth.then(&world.env(), facts, |_, _| Ok(Decision::answer(Contents::Empty))).unwrap();
        done.events.iter().map(|event| event.what.kind().name).collect::<Vec<_>>()
    };
    assert_eq!(event(SECRET), ["client.previous_secret_used"]);
    assert!(event("the-new-one").is_empty());
}

#[test]
fn several_methods_at_once_are_an_invalid_request() {
    let both = incoming_basic("web", SECRET, &[("client_id", "web"), ("client_secret", SECRET)]);
    let error = authenticate(&both, Some(testing::client("web"))).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequest);
    assert!(error.description.contains("client_secret_basic and by client_secret_post"));
}

#[test]
fn a_request_without_a_method_or_with_an_unknown_one_has_none() {
    let bearer = testing::with_header(incoming(&[("client_id", "web")]), "authorization", "Bearer abc");
    for request in [incoming(&[]), bearer] {
        assert!(ClientAuth::parse(&request).unwrap().is_none());
    }
}

#[test]
fn debug_output_of_a_proof_hides_the_secret() {
    let proof = authenticate(&incoming_basic("web", SECRET, &[]), Some(testing::client("web"))).unwrap();
    assert!(!format!("{proof:?}").contains(SECRET));
}

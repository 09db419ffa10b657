//! From where request objects are fetched, and which are offered.

use super::{OBJECT_URI, sent};
use crate::error::ErrorCode;
use crate::record::Client;
use crate::testing::World;

#[test]
fn only_registered_addresses_are_fetched() {
    for good in [OBJECT_URI.to_owned(), format!("{OBJECT_URI}#version-2")] {
        sent().by_reference(&good).accepted();
    }
    let versioned = |client: &mut Client| client.request_uris = vec![format!("{OBJECT_URI}#version-1")];
    sent().client(versioned).by_reference(OBJECT_URI).accepted();
    let anywhere = |world: &mut World| world.settings.request_objects.unregistered_uris = true;
    sent().world(anywhere).by_reference("https://web.example/unregistered").accepted();
    let long = format!("https://web.example/{}", "x".repeat(512));
    for (uri, why) in [
        ("https://web.example/request.jwt?more=1", "not registered"),
        ("https://web.example/request", "not registered"),
        ("https://evil.example/request.jwt", "not registered"),
        ("HTTPS://web.example/request.jwt", "not registered"),
        ("file:///etc/passwd", "https"),
        ("data:application/jwt,e30.e30.", "https"),
        ("request.jwt", "https"),
        (
            "urn:ietf:params:oauth:request_uri:abc",
            "pushed authorization requests are not offered here; send the parameters themselves",
        ),
        (&long, "512"),
    ] {
        let (code, told, _) = sent().by_reference(uri).refused();
        assert_eq!(code, ErrorCode::InvalidRequestUri, "{uri}");
        assert!(told.contains(why), "{uri}: {told}");
    }
    let (code, told, _) = sent().outer("request_uri", OBJECT_URI).refused();
    assert_eq!(code, ErrorCode::InvalidRequestUri);
    assert!(told.contains("cannot be fetched") && !told.contains("no route"), "{told}");
}

#[test]
fn what_is_not_offered_is_refused() {
    let by_value = sent().world(|world| world.settings.request_objects.by_value = false).by_value();
    assert_eq!(by_value.refused().0, ErrorCode::RequestNotSupported);
    let by_reference = sent().world(|world| world.settings.request_objects.by_reference = false);
    assert_eq!(by_reference.by_reference(OBJECT_URI).refused().0, ErrorCode::RequestUriNotSupported);
    let both = sent().by_value().by_reference(OBJECT_URI);
    assert_eq!(both.refused().0, ErrorCode::InvalidRequest);
    let mut twice = sent().by_value();
    twice.outer.push(("request".into(), "e30.e30.".into()));
    assert_eq!(twice.refused().0, ErrorCode::InvalidRequest);
    assert_eq!(sent().outer("client_id", "stranger").by_value().refused().0, ErrorCode::InvalidClient);
}

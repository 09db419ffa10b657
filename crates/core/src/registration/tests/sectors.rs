//! OpenID Connect Registration §5: the list of a sector, which is fetched only for clients that may register.

use std::sync::Arc;

use serde_json::json;

use super::{open, register_with, with};
use crate::endpoint::Step;
use crate::endpoint::registration::Register;
use crate::error::ErrorCode;
use crate::handle::{Handle, Kind};
use crate::incoming::Incoming;
use crate::lookup::{Chosen, Expected, Facts, Fetch};
use crate::settings::registration::Mode;
use crate::testing::with_header;

#[test]
fn the_list_of_a_sector_must_name_every_redirect_uri() {
    let world = open();
    let metadata = with(json!({"sector_identifier_uri": "https://sector.example/uris"}));
    let request =
        Register::parse(&world.env(), &Incoming::default(), metadata.to_string().as_bytes()).unwrap();
    let (url, chosen) = ("https://sector.example/uris".into(), Chosen::ByStranger);
    let list = Fetch { url, what: Expected::SectorIdentifier, chosen };
    assert_eq!(request.follow_up(&world.env(), &Facts::default()), [list.clone().into()]);
    let fetched = |fetched: Result<&str, &str>| {
        Facts::default().with(list.clone(), fetched.map(Arc::from).map_err(str::to_owned))
    };
    register_with(&world, &metadata, &fetched(Ok(r#"["https://b.example/", "https://app.example/cb"]"#)))
        .unwrap();
    for (facts, words) in [
        (fetched(Ok(r#"["https://app.example/other"]"#)), "https://app.example/cb is not in the list"),
        (fetched(Ok(r#"{"uris": []}"#)), "JSON list"),
        (fetched(Ok("<html>")), "JSON list"),
        (fetched(Err("the host took too long")), "cannot be fetched"),
    ] {
        let error = register_with(&world, &metadata, &facts).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidClientMetadata);
        assert!(error.description.contains(words) && !error.description.contains("took too long"), "{error}");
    }
}

#[test]
fn nobody_makes_signet_fetch_who_may_not_register() {
    let mut world = open();
    let metadata =
        with(json!({"sector_identifier_uri": "https://sector.example/uris", "subject_type": "magic"}));
    let request =
        Register::parse(&world.env(), &Incoming::default(), metadata.to_string().as_bytes()).unwrap();
    assert_eq!(request.follow_up(&world.env(), &Facts::default()), []);
    world.settings.registration.mode = Mode::Token;
    let metadata = with(json!({"sector_identifier_uri": "https://sector.example/uris"}));
    let none =
        Register::parse(&world.env(), &Incoming::default(), metadata.to_string().as_bytes()).map(|_| ());
    assert_eq!(none.unwrap_err().code, ErrorCode::MissingToken);
    let wrong = Handle::mint(&world.env(), Kind::InitialAccess, 7).encode();
    let incoming = with_header(Incoming::default(), "authorization", &format!("Bearer {wrong}"));
    let request = Register::parse(&world.env(), &incoming, metadata.to_string().as_bytes()).unwrap();
    assert_eq!(request.follow_up(&world.env(), &Facts::default()), []);
    assert_eq!(request.decide(&world.env(), Facts::default()).unwrap_err().code, ErrorCode::InvalidToken);
}

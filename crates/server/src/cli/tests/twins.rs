//! What is stored under a name that the configuration file has too, and what goes with what is removed.

use super::*;
use crate::run::{Purpose, prepare};

const DUP: &str = "[[clients]]\nclient_id = \"dup\"\nclient_secret = \"0123456789abcdef\"\n\
                   redirect_uris = [\"https://dup.example/cb\"]\n";
const ELVIS: &str = "[[users]]\nusername = \"elvis\"\npassword = \"costello\"\n";

/// A store with an application and a user, who has consented to it.
fn stored() -> Place {
    let place = Place::new();
    place.run(&["client", "add", "dup", "--redirect-uri", "https://dup.example/cb"], "");
    let elvis = place.json(&["user", "add", "elvis", "--password-stdin"], "costello\n");
    place.agreed(&[(elvis["id"].as_str().unwrap(), "dup"), ("somebody", "dup")]);
    place
}

fn warnings(place: &Place) -> Vec<String> {
    let said = place.json(&["config", "check"], "")["warnings"].clone();
    let said = said.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned());
    said.filter(|text| text.contains("stored") || text.contains("store has")).collect()
}

fn start(place: &Place) {
    let loaded = context::load(&place.0.join("signet.toml")).unwrap();
    one_thread().unwrap().block_on(async {
        let prepared = prepare(loaded, Purpose::Serving).await.unwrap();
        let said: Vec<String> = prepared.warnings.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|text| text.contains("replaces the stored client dup")), "{said:?}");
    });
}

#[test]
fn what_an_entry_takes_from_something_stored_is_said_before() {
    let place = stored();
    assert_eq!(warnings(&place), [""; 0]);
    place.write("signet.toml", &format!("{CONFIG}{ELVIS}{DUP}"));
    let said = warnings(&place);
    assert!(
        matches!(&said[..], [client, user]
            if client.contains("signet.toml:20:")
            && client.contains("`clients[1].client_id`: this entry replaces the stored client dup, which loses 2 consents for good")
            && client.ends_with("to keep everything, leave dup in the store and take this entry out")
            && user.contains("`users[1].username`: this entry replaces the stored user elvis, which loses 1 consent for good")),
        "{said:#?}"
    );
    start(&place);
    let said = warnings(&place);
    assert!(
        matches!(&said[..], [client, user]
            if client.ends_with("the store has a client with this client_id too, which is not used; `signet client rm dup` removes the stored one")
            && user.ends_with("`signet user rm elvis` removes the stored one")),
        "{said:#?}"
    );
    let stays = "from the store; the entry in the configuration file stays\n";
    assert_eq!(place.run(&["client", "rm", "dup"], ""), format!("removed dup {stays}"));
    assert_eq!(place.run(&["user", "rm", "elvis"], ""), format!("removed elvis {stays}"));
    assert_eq!(warnings(&place), [""; 0]);
    assert!(place.fails(&["client", "rm", "dup"]).contains("dup is in the configuration file"));
    assert!(place.fails(&["user", "rm", "elvis"]).contains("elvis is in the configuration file"));
}

#[test]
fn what_goes_with_what_is_removed_is_counted() {
    let place = stored();
    let counts = |value: Value| (value["authorizations"].clone(), value["consents"].clone());
    assert_eq!(counts(place.json(&["client", "show", "dup"], "")), (0.into(), 2.into()));
    assert!(place.run(&["client", "show", "dup"], "").contains("  It has 2 consents.\n"));
    assert!(place.run(&["user", "show", "elvis"], "").contains("has        1 consent\n"));
    let gone = place.json(&["user", "rm", "elvis"], "");
    let expected = serde_json::json!({"removed": "elvis", "sessions": 0, "authorizations": 0, "consents": 1});
    assert_eq!(gone, expected);
    assert_eq!(place.run(&["client", "rm", "dup"], ""), "removed dup, with 1 consent\n");
}

#[test]
fn a_scope_that_stored_applications_have_is_missed() {
    let place = Place::new();
    let with = format!("{CONFIG}[scopes.read]\ndescription = \"Read\"\n");
    place.write("signet.toml", &with);
    place.run(&["client", "add", "job", "--grant-type", "client_credentials", "--scope", "read"], "");
    assert_eq!(warnings(&place), [""; 0]);
    place.write("signet.toml", CONFIG);
    let said = warnings(&place);
    assert!(
        matches!(&said[..], [text] if text.contains("\"read\" is not offered") && text.contains("never get it: job")),
        "{said:?}"
    );
}

//! Where those go whose request object is refused.

use proptest::prelude::*;
use serde_json::json;

use super::{OTHER_URI, Sent, Told, decided, sent};
use crate::reply::Contents;
use crate::testing::{NOW, REDIRECT_URI, SECRET};

#[test]
fn a_refusal_goes_to_a_registered_address_or_nowhere() {
    let evil = "https://evil.example/cb";
    let goes = |request: Sent| request.by_value().refused().2;
    let to = |told: Told, uri: &str, state: &str| {
        let Told::Client(url) = told else { panic!("nobody was told") };
        assert!(url.starts_with(&format!("{uri}?error=invalid_request_object&")), "{url}");
        assert!(url.contains(state), "{url}");
    };
    // Before the signature is known to be good, what is outside says where.
    let forged = || sent().signed_by("ES256", "k-2");
    assert_eq!(goes(forged()), Told::Nobody);
    to(goes(forged().outer("redirect_uri", OTHER_URI).outer("state", "s")), OTHER_URI, "&state=s&");
    assert_eq!(goes(forged().outer("redirect_uri", evil)), Told::Nobody);
    // After that, what is inside.
    let late = || sent().claim("exp", NOW.0 - 60);
    to(goes(late()), REDIRECT_URI, "&state=inner&");
    to(goes(late().outer("redirect_uri", OTHER_URI).outer("state", "s")), REDIRECT_URI, "&state=inner&");
    to(goes(late().outer("redirect_uri", evil)), REDIRECT_URI, "&state=inner&");
    assert_eq!(goes(late().claim("redirect_uri", evil).outer("redirect_uri", REDIRECT_URI)), Told::Nobody);
    assert_eq!(goes(late().unsigned().claim("redirect_uri", evil)), Told::Nobody);
}

/// RFC 9700 §4.11.2: who registers itself sends nobody anywhere by requests that are wrong on purpose.
#[test]
fn of_a_client_that_registered_itself_the_person_is_told() {
    let late = sent().claim("exp", NOW.0 - 60).client(|client| client.registered = true);
    assert_eq!(late.by_value().refused().2, Told::Nobody);
    let silent =
        sent().claim("exp", NOW.0 - 60).claim("prompt", "none").client(|client| client.registered = true);
    assert!(matches!(silent.by_value().refused().2, Told::Client(_)));
}

proptest! {
    /// Whatever it holds, nobody is sent where the client is not.
    #[test]
    fn no_object_leads_anywhere_else(
        claims in prop::collection::btree_map(
            prop::sample::select(vec!["redirect_uri", "response_mode", "state", "exp", "aud", "client_id", "iss", "scope", "prompt", "response_type"]),
            prop::sample::select(vec![
                json!("https://evil.example/cb"), json!(["https://evil.example/cb"]), json!(REDIRECT_URI), json!("fragment"),
                json!("none"), json!(1), json!({}), json!("web"), json!("code"), json!("https://web.example@evil.example/cb"),
            ]),
            0..8,
        ),
        outer in prop::sample::select(vec!["", "https://evil.example/cb", REDIRECT_URI, "https://web.example.evil.example/cb"]),
        alg in prop::sample::select(vec![("none", ""), ("ES256", "k-1"), ("ES256", "k-2"), ("HS256", SECRET)]),
    ) {
        let mut request = sent().signed_by(alg.0, alg.1).outer("redirect_uri", outer);
        for (name, value) in claims {
            request = request.claim(name, value);
        }
        let request = request.by_value();
        let reply = match request.resolve() {
            Err(refused) => Some(refused.1),
            Ok((ready, facts)) => match decided(&request.world.env(), &ready, &facts) {
                Ok(decision) => match decision.reply.body {
                    Contents::Redirect(url) => Some(Told::Client(url)),
                    Contents::Interact(interact) => interact.returns_to.map(Told::Client),
                    other => panic!("{other:?}"),
                },
                Err(_) => None,
            },
        };
        if let Some(Told::Client(url)) = reply {
            let safe = [REDIRECT_URI, OTHER_URI].iter().any(|uri| {
                url.strip_prefix(uri).is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#']))
            });
            prop_assert!(safe, "{url}");
        }
    }
}

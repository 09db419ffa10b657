//! OpenID Connect Core §3.1.2.4: a user's remembered consent to a client.

use serde::{Deserialize, Serialize};

use crate::claims::Names;
use crate::id::{ClientId, UserId};
use crate::scope::Scope;
use crate::time::Timestamp;

/// One per person and client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Who agreed.
    pub user: UserId,
    /// To what application.
    pub client: ClientId,
    /// Everything agreed so far.
    pub scope: Scope,
    /// Optional scopes that the person left out the last time they were asked.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub left_out: Scope,
    /// The claims that were named on the page, those of the scopes among them.
    pub claims: Names,
    /// Where the application's answers could go then, if it says that itself: see `Client::heeds`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<String>,
    /// When it was last given.
    pub given_at: Timestamp,
    /// `NEVER`, or when it has to be asked again.
    pub expires_at: Timestamp,
}

impl Consent {
    /// Whether it still speaks for the person.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.expires_at.expired_at(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Client;
    use crate::testing;

    /// A client with these redirect URIs, and what somebody agreed to give it.
    fn agreed(registered: bool, redirect_uris: &[&str]) -> (Client, Consent) {
        let mut client = testing::client("app");
        client.registered = registered;
        client.redirect_uris = redirect_uris.iter().map(|uri| (*uri).to_owned()).collect();
        let consent = Consent {
            user: "diana".into(),
            client: "app".into(),
            scope: Scope::default(),
            left_out: Scope::default(),
            claims: Names::default(),
            places: client.places(),
            given_at: testing::NOW,
            expires_at: Timestamp::NEVER,
        };
        (client, consent)
    }

    #[test]
    fn a_consent_to_a_stranger_speaks_for_the_places_that_it_had() {
        let uris =
            ["https://app.example/cb", "https://app.example/b", "http://127.0.0.1/cb", "com.example.app:/cb"];
        let (client, consent) = agreed(true, &uris);
        assert_eq!(consent.places, ["127.0.0.1", "com.example.app:", "https://app.example"]);
        for heeded in ["https://app.example/c?x", "http://127.0.0.1:49152/cb", "com.example.app:/d"] {
            assert!(client.heeds(&consent, Some(heeded)), "{heeded}");
        }
        for other in [
            "https://other.example/cb",
            "https://app.example:8443/cb",
            "http://localhost/cb",
            "org.example:/",
            "",
        ] {
            assert!(!client.heeds(&consent, Some(other)), "{other}");
        }
        assert!(!client.heeds(&consent, None), "an answer that goes to no place");
        let before = Consent { places: Vec::new(), ..consent };
        assert!(
            !client.heeds(&before, Some("https://app.example/cb")),
            "given when places were not remembered"
        );
    }

    #[test]
    fn the_operators_own_clients_stay_what_they_are_wherever_they_go() {
        let (client, consent) = agreed(false, &["https://app.example/cb"]);
        assert!(consent.places.is_empty() && client.heeds(&consent, Some("https://other.example/cb")));
    }
}

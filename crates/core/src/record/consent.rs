//! OpenID Connect Core §3.1.2.4: a user's remembered consent to a client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::claims::Names;
use crate::id::{ClientId, UserId};
use crate::record::Client;
use crate::scope::Scope;
use crate::time::Timestamp;
use crate::uri;

/// One per person and client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Who agreed.
    pub user: UserId,
    /// To what application.
    pub client: ClientId,
    /// Everything agreed so far, wherever answers go.
    pub scope: Scope,
    /// Optional scopes that the person left out the last time they were asked.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub left_out: Scope,
    /// The claims that were named on the page, those of the scopes among them.
    pub claims: Names,
    /// Of an application that says itself where its answers go: what was agreed, by the [`uri::Place`] that
    /// the page named. This alone counts for it, see [`Consent::at`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_place: BTreeMap<String, Agreed>,
    /// When it was last given.
    pub given_at: Timestamp,
    /// `NEVER`, or when it has to be asked again.
    pub expires_at: Timestamp,
}

/// What a person agreed to, for answers that go to one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// Everything agreed so far.
    pub scope: Scope,
    /// Optional scopes that the person left out the last time they were asked.
    #[serde(default, skip_serializing_if = "Scope::is_empty")]
    pub left_out: Scope,
    /// The claims that were named on the page, those of the scopes among them.
    pub claims: Names,
    /// When it was last given.
    pub given_at: Timestamp,
    /// `NEVER`, or when it has to be asked again.
    pub expires_at: Timestamp,
}

impl Consent {
    /// What is kept when somebody agrees on a page of this request: for a client that says itself where its
    /// answers go, it counts for the place that the page named. What they agreed to for other places is kept
    /// as long as answers can go there.
    pub fn given(
        user: UserId,
        client: &Client,
        returns_to: Option<&str>,
        agreed: Agreed,
        before: Option<&Self>,
    ) -> Self {
        let mut by_place = BTreeMap::new();
        if client.registered {
            let places = client.places();
            let kept = |place: &str, of: &Agreed| {
                places.contains(place) && !of.expires_at.expired_at(agreed.given_at)
            };
            let others = before.iter().flat_map(|before| &before.by_place);
            let others = others.filter(|(place, of)| kept(place, of));
            by_place.extend(others.map(|(place, of)| (place.clone(), of.clone())));
            let named = returns_to.and_then(uri::place_of);
            by_place.extend(named.map(|place| (place.to_string(), agreed.clone())));
        }
        let Agreed { scope, left_out, claims, given_at, expires_at } = agreed;
        let scope = by_place.values().fold(scope, |all, of| all.union(&of.scope));
        let claims = by_place.values().fold(claims, |all, of| all.and(&of.claims));
        let left_out = left_out.filtered(|word| !scope.contains(word));
        let client = client.client_id.clone();
        Self { user, client, scope, left_out, claims, by_place, given_at, expires_at }
    }

    /// What it says of answers that the browser takes to this address, if to any. Where the client itself
    /// says where they go, people agree to the place that the page names: it is all that they can go by, and
    /// at another one it may be somebody else.
    pub fn at(&self, client: &Client, returns_to: Option<&str>) -> Option<Self> {
        if !client.registered {
            return Some(self.clone());
        }
        let place = uri::place_of(returns_to?)?.to_string();
        let Agreed { scope, left_out, claims, given_at, expires_at } = self.by_place.get(&place)?.clone();
        let (user, client, by_place) = (self.user.clone(), self.client.clone(), BTreeMap::new());
        Some(Self { user, client, scope, left_out, claims, by_place, given_at, expires_at })
    }

    /// Whether it still speaks for the person.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.expires_at.expired_at(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const SITE: &str = "https://app.example/cb";

    fn app(registered: bool, redirect_uris: &[&str]) -> Client {
        let mut client = testing::client("app");
        client.registered = registered;
        client.redirect_uris = redirect_uris.iter().map(|uri| (*uri).to_owned()).collect();
        client
    }

    /// What somebody allows whose page names where this address leads.
    fn allowed(client: &Client, at: &str, scope: &str, before: Option<&Consent>) -> Consent {
        let agreed = Agreed {
            scope: Scope::parse(scope).unwrap(),
            left_out: Scope::default(),
            claims: Scope::parse(scope).unwrap().iter().collect(),
            given_at: testing::NOW,
            expires_at: Timestamp::NEVER,
        };
        Consent::given("diana".into(), client, Some(at), agreed, before)
    }

    fn scope_at(consent: &Consent, client: &Client, at: &str) -> Option<String> {
        consent.at(client, Some(at)).map(|consent| consent.scope.to_string())
    }

    #[test]
    fn a_consent_to_a_stranger_is_for_the_place_that_the_page_named() {
        let uris = [SITE, "https://evil.example/cb", "http://127.0.0.1/cb", "com.example.app:/cb"];
        let client = app(true, &uris);
        for (named, same) in [
            (SITE, "https://app.example/c?x"),
            ("http://127.0.0.1/cb", "http://localhost:49152/cb"),
            ("com.example.app:/cb", "com.example.app:/d"),
        ] {
            let consent = allowed(&client, named, "openid", None);
            assert!(consent.at(&client, Some(same)).is_some(), "{same}");
            let others = ["https://app.example:8443/cb", "http://app.example/cb", "org.example:/", ""];
            let others = others.iter().chain(uris.iter().filter(|uri| **uri != named));
            for other in others {
                assert_eq!(consent.at(&client, Some(other)), None, "{named} {other}");
            }
            assert_eq!(consent.at(&client, None), None, "an answer that goes to no place");
        }
    }

    #[test]
    fn what_is_agreed_for_one_place_is_not_agreed_for_another() {
        let (evil, client) = ("https://evil.example/cb", app(true, &[SITE, "https://evil.example/cb"]));
        let first = allowed(&client, SITE, "openid email", None);
        let both = allowed(&client, evil, "openid", Some(&first));
        assert_eq!(scope_at(&both, &client, SITE).as_deref(), Some("openid email"));
        assert_eq!(scope_at(&both, &client, evil).as_deref(), Some("openid"));
        assert!(!both.at(&client, Some(evil)).unwrap().claims.has("email"));
        // All of it is what operators see, and what was given away.
        assert_eq!((both.scope.to_string(), both.claims.has("email")), ("openid email".into(), true));
        // Where no answer can go any more, nothing is agreed.
        let moved = app(true, &["https://evil.example/cb"]);
        let after = allowed(&moved, evil, "openid", Some(&both));
        assert_eq!(scope_at(&after, &client, SITE), None);
    }

    #[test]
    fn a_place_is_asked_again_in_its_own_time() {
        let client = app(true, &[SITE, "http://127.0.0.1/cb"]);
        let mut first = allowed(&client, SITE, "openid", None);
        first.by_place.values_mut().for_each(|of| of.expires_at = testing::NOW);
        let both = allowed(&client, "http://127.0.0.1/cb", "openid", Some(&first));
        assert_eq!(both.at(&client, Some(SITE)), None);
    }

    /// What was kept before pages named the place of each consent says of all places that one of them was it.
    #[test]
    fn a_consent_without_the_place_of_its_page_is_none() {
        let client = app(true, &[SITE]);
        let mut stored = serde_json::to_value(allowed(&client, SITE, "openid", None)).unwrap();
        stored.as_object_mut().unwrap().remove("by_place");
        stored["places"] = serde_json::json!(["https://app.example", "https://evil.example"]);
        let consent: Consent = serde_json::from_value(stored).unwrap();
        assert_eq!(consent.at(&client, Some(SITE)), None);
    }

    #[test]
    fn the_operators_own_clients_stay_what_they_are_wherever_they_go() {
        let client = app(false, &[SITE]);
        let consent = allowed(&client, SITE, "openid", None);
        assert!(consent.by_place.is_empty());
        assert_eq!(scope_at(&consent, &client, "https://other.example/cb").as_deref(), Some("openid"));
    }
}

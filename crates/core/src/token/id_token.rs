//! OpenID Connect Core §2, §3.1.3.6, §3.3.2.11: ID tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::protect::{ID_TOKEN, NONE, To, protect};
use crate::alg;
use crate::claims::Point;
use crate::env::Env;
use crate::error::Error;
use crate::record::{Grant, User};
use crate::release::{self, Released};
use crate::scope::Scope;
use crate::subject;
use crate::time::Timestamp;

/// What an ID token holds besides its grant's authentication.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras<'a> {
    /// `nonce` of the authorization request.
    pub nonce: Option<&'a str>,
    /// The access token issued with it → `at_hash`.
    pub access_token: Option<&'a str>,
    /// The code issued with it by the authorization endpoint → `c_hash`.
    pub code: Option<&'a str>,
    /// The scope of the access token issued with it, where that may be narrower than the grant's.
    pub scope: Option<&'a Scope>,
    /// It is all that the client gets (`response_type=id_token`), so the claims of the scopes are in it.
    pub alone: bool,
}

/// An ID token for the client, protected as it registered. It has one audience, so `azp` is never due.
pub fn build(
    env: &Env<'_>,
    to: &To<'_>,
    grant: &Grant,
    user: &User,
    extras: &Extras<'_>,
) -> Result<String, Error> {
    let (settings, client) = (env.settings, to.client);
    let alg = ID_TOKEN.alg(env, client).unwrap_or(NONE);
    let seconds = client.lifetimes.id_token.unwrap_or(settings.lifetimes.id_token);
    let point = if extras.alone { Point::IdTokenAlone } else { Point::IdToken };
    let scope = extras.scope.unwrap_or(&grant.scope);
    let payload = Payload {
        iss: &settings.issuer,
        sub: &grant.sub,
        aud: client.client_id.as_str(),
        exp: env.now.plus(seconds),
        iat: env.now,
        auth_time: grant.auth_time,
        nonce: extras.nonce,
        acr: grant.acr.as_deref(),
        amr: &grant.amr,
        sid: grant.session.map(|root| subject::sid(env.secrets, root, &client.client_id)),
        at_hash: extras.access_token.map(|token| half_hash(alg, token)),
        c_hash: extras.code.map(|code| half_hash(alg, code)),
        claims: release::release(settings, client, user, grant, scope, point),
    };
    let bytes = serde_json::to_vec(&payload).map_err(|e| Error::server(e.to_string()))?;
    protect(env, &ID_TOKEN, to, &bytes)
}

/// The left half of a value's hash by the ID token's algorithm, base64url (SHA-512 for EdDSA, which has it
/// inside; SHA-256 where nothing is signed).
pub fn half_hash(name: &str, value: &str) -> String {
    let digest = alg::hash(name, value);
    let half = digest.len() / 2;
    URL_SAFE_NO_PAD.encode(digest.get(..half).unwrap_or(&digest))
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    exp: Timestamp,
    iat: Timestamp,
    auth_time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    amr: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_hash: Option<String>,
    #[serde(flatten)]
    claims: Released<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::ClaimsRequest;
    use crate::error::ErrorCode;
    use crate::record::Client;
    use crate::testing::{self, World, opened};
    use serde_json::{Value, json};

    fn direct(client: &Client) -> To<'_> {
        To { client, keys: None, direct: true }
    }

    fn built(client: &Client, change: impl Fn(&mut Grant), extras: &Extras<'_>) -> (Value, Value) {
        let world = World::new();
        let diana = testing::user("diana");
        let mut grant = world.grant(client, &diana, "openid email");
        change(&mut grant);
        opened(&build(&world.env(), &direct(client), &grant, &diana, extras).unwrap())
    }

    #[test]
    fn it_tells_who_signed_in_when_and_how() {
        let client = testing::client("web");
        let (header, payload) = built(&client, |_| {}, &Extras { nonce: Some("n"), ..Extras::default() });
        assert_eq!(header, json!({"alg": "RS256", "typ": "JWT"}));
        let world = World::new();
        let grant = world.grant(&client, &testing::user("diana"), "openid");
        let sid = subject::sid(&world.secrets, grant.session.unwrap(), &client.client_id);
        assert_eq!(
            payload,
            json!({
                "iss": "https://op.example", "sub": grant.sub, "aud": "web", "exp": world.now.0 + 3600, "iat": world.now.0,
                "auth_time": world.now.0 - 60, "nonce": "n", "acr": "urn:signet:password", "amr": ["pwd"], "sid": sid,
            })
        );
    }

    #[test]
    fn members_that_are_not_known_are_left_out() {
        let bare = |grant: &mut Grant| {
            (grant.acr, grant.session) = (None, None);
            grant.amr.clear();
        };
        let (_, payload) = built(&testing::client("web"), bare, &Extras::default());
        let names: Vec<&String> = payload.as_object().unwrap().keys().collect();
        assert_eq!(names, ["iss", "sub", "aud", "exp", "iat", "auth_time"]);
    }

    #[test]
    fn the_client_chooses_algorithm_and_lifetime() {
        let mut client = testing::client("web");
        client.id_token_signed_response_alg = Some("ES256".into());
        client.lifetimes.id_token = Some(5);
        let (header, payload) = built(&client, |_| {}, &Extras::default());
        assert_eq!(header["alg"], "ES256");
        assert_eq!(payload["exp"].as_u64(), payload["iat"].as_u64().map(|iat| iat + 5));
    }

    #[test]
    fn an_algorithm_without_a_key_is_the_registrations_fault() {
        let world = World::new();
        let (mut client, diana) = (testing::client("web"), testing::user("diana"));
        client.id_token_signed_response_alg = Some("PS512".into());
        let grant = world.grant(&client, &diana, "openid");
        let error = build(&world.env(), &direct(&client), &grant, &diana, &Extras::default()).unwrap_err();
        assert_eq!(error.code, ErrorCode::UnauthorizedClient);
        assert!(error.description.contains("signed by PS512"), "{error}");
    }

    #[test]
    fn an_unsigned_token_has_the_hashes_of_sha_256() {
        let mut client = testing::client("web");
        let extras = Extras { access_token: Some("token"), ..Extras::default() };
        let with_key = built(&client, |_| {}, &extras).1;
        client.id_token_signed_response_alg = Some(NONE.into());
        let (header, payload) = built(&client, |_| {}, &extras);
        assert_eq!(header["alg"], "none");
        assert_eq!(payload["at_hash"], half_hash("RS256", "token"));
        assert_eq!(payload, with_key);
        for (alg, same) in [("HS256", "RS256"), ("HS384", "ES384"), ("HS512", "PS512")] {
            assert_eq!(half_hash(alg, "token"), half_hash(same, "token"));
        }
    }

    #[test]
    fn what_is_issued_with_it_is_bound_by_half_hashes() {
        // OpenID Connect Core, appendices A.3 and A.4.
        let extras = Extras {
            access_token: Some("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            code: Some("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            ..Extras::default()
        };
        let (_, payload) = built(&testing::client("web"), |_| {}, &extras);
        assert_eq!(payload["at_hash"], "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(payload["c_hash"], "LDktKdoQak3Pk0cnXxCltA");
        for (alg, length) in [("ES256", 22), ("PS384", 32), ("RS512", 43), ("EdDSA", 43)] {
            assert_eq!(half_hash(alg, "token").len(), length, "{alg}");
        }
    }

    #[test]
    fn claims_come_when_asked_or_when_it_is_alone() {
        let client = testing::client("web");
        let asked = |grant: &mut Grant| {
            grant.claims = Some(
                ClaimsRequest::parse(r#"{"id_token":{"name":null,"auth_time":{"essential":true}}}"#).unwrap(),
            );
        };
        let (_, payload) = built(&client, asked, &Extras::default());
        assert_eq!(payload["name"], "Diana Krall");
        assert!(payload.get("email").is_none());
        let (_, payload) = built(&client, |_| {}, &Extras { alone: true, ..Extras::default() });
        assert_eq!(
            (&payload["email"], &payload["email_verified"]),
            (&json!("diana@example.org"), &json!(true))
        );
        assert!(payload.get("name").is_none());
    }
}

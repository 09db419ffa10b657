//! OpenID Connect Core 1.0 §3.1.3.7, §3.1.3.8, §3.3.2.10: what makes an ID token believable.

use serde_json::Value;
use signet_jose::{JwkSet, SigningAlg, hash::half_hash};

use super::{AuthorizationRequest, RelyingParty, Tokens};
use crate::Error;

/// What an ID token must fit, besides its issuer and client.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected<'a> {
    /// The nonce of the request; where there was none, the token must have none either.
    pub nonce: Option<&'a str>,
    /// Whether the token came from a refresh, where the nonce may be left out (§12.2).
    pub refreshed: bool,
    /// The `max_age` of the request.
    pub max_age: Option<u64>,
    /// The access token that came along: `at_hash` must fit it.
    pub access_token: Option<&'a str>,
    /// The code that came along: `c_hash` must fit it.
    pub code: Option<&'a str>,
    /// Whether it all came from the authorization endpoint, where both hashes are required.
    pub front_channel: bool,
}

impl AuthorizationRequest {
    /// What an ID token that answers this request must fit.
    pub fn expected(&self) -> Expected<'_> {
        let max_age = self.get("max_age").and_then(|seconds| seconds.parse().ok());
        Expected { nonce: self.get("nonce"), max_age, ..Expected::default() }
    }
}

impl RelyingParty {
    /// The claims of the ID token in a token response to this request, after every check.
    pub async fn claims(&self, request: &AuthorizationRequest, tokens: &Tokens) -> Result<Value, Error> {
        let token = tokens.id_token.as_deref().ok_or_else(|| Error::new("no ID token was issued"))?;
        let expected = Expected { access_token: Some(&tokens.access_token), ..request.expected() };
        self.verify_id_token(token, expected).await
    }

    /// OpenID Connect Core §12.2: the claims of the ID token in a refresh response, which must continue the
    /// one before.
    pub async fn refreshed_claims(&self, before: &Value, tokens: &Tokens) -> Result<Value, Error> {
        let token = tokens.id_token.as_deref().ok_or_else(|| Error::new("no ID token was issued"))?;
        let nonce = before.get("nonce").and_then(Value::as_str);
        let expected = Expected {
            nonce,
            refreshed: true,
            access_token: Some(&tokens.access_token),
            ..Expected::default()
        };
        let claims = self.verify_id_token(token, expected).await?;
        match ["iss", "sub", "aud", "azp", "auth_time"]
            .iter()
            .find(|name| claims.get(**name) != before.get(**name))
        {
            Some(name) => {
                Err(Error::new(format!("ID token: {name} changed with the refresh"))
                    .after(|| self.wire().tail()))
            }
            None => Ok(claims),
        }
    }

    /// The claims of any ID token, after every check against the keys that are published now.
    pub async fn verify_id_token(&self, token: &str, expected: Expected<'_>) -> Result<Value, Error> {
        let keys = self.jwks().await?;
        keys.json_object()?;
        let keys = JwkSet::from_json(&keys.body).map_err(|cause| keys.wrong(cause.to_string()))?;
        let checked = self.opened_claims(token, &keys).and_then(|(alg, claims)| {
            if alg.is_none() && expected.front_channel {
                return Err("it came through the browser unsigned".to_owned());
            }
            self.check_claims(&claims, alg, expected)?;
            Ok(claims)
        });
        checked.map_err(|why| Error::new(format!("ID token: {why}")).after(|| self.wire().tail()))
    }

    /// The claims, and the algorithm that signed them, if any.
    fn opened_claims(&self, token: &str, keys: &JwkSet) -> Result<(Option<SigningAlg>, Value), String> {
        let opened = self.open(token, Some(&self.id_token_alg), self.id_token_encryption, keys)?;
        let claims = serde_json::from_slice(&opened.payload)
            .map_err(|cause| format!("the claims are not JSON: {cause}"))?;
        Ok((self.id_token_alg.parse().ok(), claims))
    }

    fn check_claims(
        &self,
        claims: &Value,
        alg: Option<SigningAlg>,
        expected: Expected<'_>,
    ) -> Result<(), String> {
        // Where nothing is signed, the hashes are those of the default algorithm.
        let alg = alg.unwrap_or(SigningAlg::Rs256);
        let members = claims.as_object().ok_or("the claims are not an object")?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let number = |name: &str| {
            claims.get(name).and_then(Value::as_u64).ok_or(format!("{name} is missing or no integer"))
        };
        let must = |good: bool, why: &str| if good { Ok(()) } else { Err(why.to_owned()) };
        let shown = |name: &str| claims.get(name).cloned().unwrap_or_default().to_string();
        if let Some((name, _)) = members.iter().find(|(_, value)| value.is_null()) {
            return Err(format!("{name} is null"));
        }
        must(
            text("iss") == Some(&self.issuer),
            &format!("iss is {}, expected {:?}", shown("iss"), self.issuer),
        )?;
        let sub = text("sub").unwrap_or_default();
        must((1..=255).contains(&sub.len()) && sub.is_ascii(), &format!("sub is {}", shown("sub")))?;
        let audiences: Vec<&Value> = match claims.get("aud") {
            Some(Value::Array(many)) => many.iter().collect(),
            one => one.into_iter().collect(),
        };
        must(
            audiences.iter().any(|aud| *aud == &self.client_id),
            &format!("aud is {}, expected {:?}", shown("aud"), self.client_id),
        )?;
        must(
            audiences.len() == 1 || text("azp").is_some(),
            "azp is missing although there are several audiences",
        )?;
        must(text("azp").is_none_or(|azp| azp == self.client_id), &format!("azp is {}", shown("azp")))?;

        let (now, exp, iat) = (self.wire().now(), number("exp")?, number("iat")?);
        must(exp + self.leeway > now, &format!("exp {exp} has passed, it is {now}"))?;
        must(iat <= now + self.leeway, &format!("iat {iat} lies ahead, it is {now}"))?;
        must(exp > iat, &format!("exp {exp} is not after iat {iat}"))?;
        let nonce_fits =
            text("nonce") == expected.nonce || expected.refreshed && claims.get("nonce").is_none();
        must(nonce_fits, &format!("nonce is {}, expected {:?}", shown("nonce"), expected.nonce))?;
        if claims.get("auth_time").is_some() || expected.max_age.is_some() {
            let auth_time = number("auth_time")?;
            must(auth_time <= now + self.leeway, &format!("auth_time {auth_time} lies ahead, it is {now}"))?;
            let oldest = expected.max_age.map_or(0, |age| now.saturating_sub(age + self.leeway));
            must(
                auth_time >= oldest,
                &format!("auth_time {auth_time} is older than max_age allows, it is {now}"),
            )?;
        }
        let hash = |name: &str, value: Option<&str>| match (claims.get(name), value) {
            (Some(found), Some(value)) => {
                must(*found == half_hash(alg, value), &format!("{name} does not fit"))
            }
            (None, Some(_)) if expected.front_channel => Err(format!("{name} is missing")),
            _ => Ok(()),
        };
        hash("at_hash", expected.access_token)?;
        hash("c_hash", expected.code)
    }
}

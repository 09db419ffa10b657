//! OpenID Connect Core §3.1.3 and §5.3, RFC 6749 §6: the application's direct requests to its provider. The
//! requests are those that any application would send; they only stay within the process.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use signet_core::secret::Secret;
use signet_jose::{JwkSet, KeySet};
use tower::ServiceExt as _;
use url::form_urlencoded;

use super::data::CLIENT_ID;

/// RFC 8414 §2: the part that the application uses.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) end_session_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
}

/// RFC 6749 §5.1, OpenID Connect Core §3.1.3.3.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    #[serde(default)]
    pub(super) expires_in: u64,
    pub(super) refresh_token: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) id_token: Option<String>,
}

/// Why a sign-in does not go on: the provider's words, or the application's own finding.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) detail: Option<String>,
}

impl Refusal {
    pub(super) fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { code: code.to_owned(), detail: Some(detail.into()) }
    }
}

/// RFC 6749 §5.2.
#[derive(Deserialize)]
struct Refused {
    error: String,
    error_description: Option<String>,
}

/// The provider, as the application reaches it.
pub(super) struct Upstream {
    router: Router,
    client_secret: Secret<String>,
    pub(super) metadata: Metadata,
}

impl Upstream {
    /// OpenID Connect Discovery §4: asks the provider where everything is.
    pub(super) async fn discover(
        router: Router,
        issuer: &str,
        client_secret: Secret<String>,
    ) -> Result<Self, Refusal> {
        let address = format!("{issuer}/.well-known/openid-configuration");
        let metadata: Metadata = ask(&router, Request::get(address), Body::empty()).await?;
        if metadata.issuer != issuer {
            return Err(Refusal::new("wrong_issuer", "the metadata are those of another issuer"));
        }
        Ok(Self { router, client_secret, metadata })
    }

    /// Redeems a code or a refresh token.
    pub(super) async fn tokens(&self, form: &[(&str, &str)]) -> Result<Tokens, Refusal> {
        // RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(CLIENT_ID), encoded(self.client_secret.expose()));
        let request = Request::post(&self.metadata.token_endpoint)
            .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        ask(&self.router, request, body.into()).await
    }

    /// Asks for the claims.
    pub(super) async fn userinfo(&self, access_token: &str) -> Result<Map<String, Value>, Refusal> {
        let request = Request::get(&self.metadata.userinfo_endpoint);
        ask(&self.router, request.header(AUTHORIZATION, format!("Bearer {access_token}")), Body::empty())
            .await
    }

    /// The keys that verify ID tokens.
    pub(super) async fn keys(&self) -> Result<KeySet, Refusal> {
        let set: JwkSet = ask(&self.router, Request::get(&self.metadata.jwks_uri), Body::empty()).await?;
        Ok(set.verifying_keys())
    }
}

async fn ask<T: DeserializeOwned>(
    router: &Router,
    request: http::request::Builder,
    body: Body,
) -> Result<T, Refusal> {
    const LIMIT: usize = 1024 * 1024;
    let unusable = |error: String| Refusal::new("unusable_answer", error);
    // The address that such a request has when it comes by way of the network.
    let request = request.extension(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
    let request = request.body(body).map_err(|error| unusable(error.to_string()))?;
    let response = match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status();
    let body = to_bytes(response.into_body(), LIMIT).await.map_err(|error| unusable(error.to_string()))?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|error| unusable(error.to_string()));
    }
    Err(match serde_json::from_slice(&body) {
        Ok(Refused { error, error_description }) => Refusal { code: error, detail: error_description },
        Err(_) => unusable(format!("the provider answered {status}")),
    })
}

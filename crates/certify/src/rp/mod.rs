//! OpenID Connect Core 1.0 §3.1: the client's side, strict about everything a provider may get wrong.

mod assertion;
mod authorization;
mod id_token;
mod protected;
mod reply;
mod request_object;

use std::fmt;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Method, Request, header};
use serde_json::{Value, json};
use signet_jose::SigningKey;
use signet_jose::jwe::DecryptionKeys;
use url::Url;

pub use assertion::ASSERTION_TYPE;
pub use authorization::{AuthorizationRequest, AuthorizationResponse, Code, Pkce};
pub use id_token::Expected;
pub use protected::{Encrypted, Opened};
pub use reply::{Reply, Tokens};
pub use request_object::{Protection, sealed_by_secret};

use crate::{Error, Wire};

/// How the client proves who it is at the provider's endpoints.
#[derive(Clone)]
#[non_exhaustive]
pub enum ClientAuth {
    /// `none`: only `client_id` in the body.
    None,
    /// `client_secret_basic`, with this secret.
    Basic(String),
    /// `client_secret_post`, with this secret.
    Post(String),
    /// `client_secret_jwt`, with this secret and HS256.
    SecretJwt(String),
    /// `private_key_jwt`, with this key.
    PrivateKeyJwt(SigningKey),
}

impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Basic(_) => "client_secret_basic",
            Self::Post(_) => "client_secret_post",
            Self::SecretJwt(_) => "client_secret_jwt",
            Self::PrivateKeyJwt(_) => "private_key_jwt",
        })
    }
}

/// RFC 6750 §2: the ways to show an access token at the userinfo endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// GET with the `Authorization` header.
    Get,
    /// POST with the `Authorization` header.
    Post,
    /// POST with `access_token` in the body.
    Body,
}

/// A registered client as its own software sees itself; cheap to clone and change.
#[derive(Clone)]
pub struct RelyingParty {
    /// The provider it trusts, as configured: the exact text counts.
    pub issuer: String,
    /// Its name at the provider.
    pub client_id: String,
    /// How it authenticates.
    pub auth: ClientAuth,
    /// Where it wants to be answered.
    pub redirect_uri: String,
    /// Its registered `id_token_signed_response_alg`.
    pub id_token_alg: String,
    /// Its registered encryption of ID tokens; none: they must come unencrypted.
    pub id_token_encryption: Option<Encrypted>,
    /// Its own private keys, for what is encrypted to it.
    pub decryption_keys: DecryptionKeys,
    /// Seconds by which clocks may differ.
    pub leeway: u64,
    wire: Wire,
    metadata: Arc<OnceLock<Value>>,
}

impl RelyingParty {
    /// A public client that expects RS256; set the other fields, or use the `with` methods.
    pub fn new(wire: &Wire, issuer: &str, client_id: &str, redirect_uri: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            auth: ClientAuth::None,
            redirect_uri: redirect_uri.to_owned(),
            id_token_alg: "RS256".to_owned(),
            id_token_encryption: None,
            decryption_keys: DecryptionKeys::default(),
            leeway: 5,
            wire: wire.clone(),
            metadata: Arc::default(),
        }
    }

    /// The same client, authenticating in this way.
    pub fn with_auth(mut self, auth: ClientAuth) -> Self {
        self.auth = auth;
        self
    }

    /// The same client, wanting to be answered here.
    pub fn with_redirect_uri(mut self, redirect_uri: &str) -> Self {
        redirect_uri.clone_into(&mut self.redirect_uri);
        self
    }

    /// The same client, registered for ID tokens signed by this algorithm.
    pub fn with_id_token_alg(mut self, alg: &str) -> Self {
        alg.clone_into(&mut self.id_token_alg);
        self
    }

    /// The wire it talks on.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// OpenID Connect Discovery §4: fetches the metadata anew and checks its issuer.
    pub async fn discover(&self) -> Result<Value, Error> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let reply = self.raw(Request::get(url.as_str()).body(Bytes::new())?).await?;
        let metadata = reply.json_object()?.clone();
        if metadata.get("issuer").and_then(Value::as_str) != Some(self.issuer.as_str()) {
            let issuer = metadata.get("issuer").cloned().unwrap_or_default();
            return Err(reply.wrong(format!("issuer is {issuer}, expected exactly {:?}", self.issuer)));
        }
        Ok(metadata)
    }

    /// The metadata, fetched once for this client and its clones.
    pub async fn metadata(&self) -> Result<&Value, Error> {
        if self.metadata.get().is_none() {
            let fetched = self.discover().await?;
            self.metadata.get_or_init(|| fetched);
        }
        self.metadata.get().ok_or_else(|| Error::new("the metadata is gone"))
    }

    /// An endpoint by its metadata name without `_endpoint`; `jwks_uri` by that name.
    pub async fn endpoint(&self, name: &str) -> Result<String, Error> {
        let member = if name == "jwks_uri" { name.to_owned() } else { format!("{name}_endpoint") };
        let url = self.metadata().await?.get(&member).and_then(Value::as_str);
        let url = url.ok_or_else(|| Error::new(format!("the metadata has no {member}")))?;
        Url::parse(url).map_err(|cause| Error::new(format!("{member} {url:?}: {cause}")))?;
        Ok(url.to_owned())
    }

    /// RFC 7517 §5: the provider's keys as they are now.
    pub async fn jwks(&self) -> Result<Reply, Error> {
        let url = self.endpoint("jwks_uri").await?;
        self.raw(Request::get(url).body(Bytes::new())?).await
    }

    /// RFC 6749 §4.1.3: swaps a code for tokens.
    pub async fn redeem(&self, code: &Code) -> Result<Reply, Error> {
        let mut params = vec![("grant_type", "authorization_code"), ("code", &code.value)];
        params.extend(code.redirect_uri.as_deref().map(|uri| ("redirect_uri", uri)));
        params.extend(code.verifier.as_deref().map(|verifier| ("code_verifier", verifier)));
        self.token_request(&params).await
    }

    /// RFC 6749 §6: asks for fresh tokens.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Reply, Error> {
        self.token_request(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// RFC 6749 §4.4: asks for a token of the client's own; an empty scope is left out.
    pub async fn client_credentials(&self, scope: &str) -> Result<Reply, Error> {
        let mut params = vec![("grant_type", "client_credentials")];
        params.extend((!scope.is_empty()).then_some(("scope", scope)));
        self.token_request(&params).await
    }

    /// Any request to the token endpoint, with the client's authentication added.
    pub async fn token_request(&self, params: &[(&str, &str)]) -> Result<Reply, Error> {
        self.call("token", params).await
    }

    /// RFC 7662 §2.1: asks what a token is worth.
    pub async fn introspect(&self, token: impl AsRef<str>) -> Result<Reply, Error> {
        self.call("introspection", &[("token", token.as_ref())]).await
    }

    /// RFC 7009 §2.1: gives a token back.
    pub async fn revoke(&self, token: impl AsRef<str>) -> Result<Reply, Error> {
        self.call("revocation", &[("token", token.as_ref())]).await
    }

    /// OpenID Connect Core §5.3.1: asks for the claims, by GET and header.
    pub async fn userinfo(&self, access_token: impl AsRef<str>) -> Result<Reply, Error> {
        self.userinfo_by(Bearer::Get, access_token).await
    }

    /// OpenID Connect Core §5.3.1: asks for the claims, showing the token in the given way.
    pub async fn userinfo_by(&self, way: Bearer, access_token: impl AsRef<str>) -> Result<Reply, Error> {
        let (url, token) = (self.endpoint("userinfo").await?, access_token.as_ref());
        let mut request = Request::builder().uri(url);
        if way != Bearer::Get {
            request = request.method(Method::POST);
        }
        if way == Bearer::Body {
            let request =
                request.header(header::CONTENT_TYPE, FORM).body(form(&[("access_token", token)]))?;
            return self.raw(request).await;
        }
        self.raw(request.header(header::AUTHORIZATION, format!("Bearer {token}")).body(Bytes::new())?).await
    }

    /// Posts parameters to an endpoint, with the client's authentication added.
    pub async fn call(&self, endpoint: &str, params: &[(&str, &str)]) -> Result<Reply, Error> {
        let mut request = Request::post(self.endpoint(endpoint).await?).header(header::CONTENT_TYPE, FORM);
        let mut params = params.to_vec();
        let assertion;
        match &self.auth {
            ClientAuth::None => params.push(("client_id", &self.client_id)),
            ClientAuth::Post(secret) => {
                params.push(("client_id", &self.client_id));
                params.push(("client_secret", secret));
            }
            ClientAuth::Basic(secret) => {
                request = request.header(header::AUTHORIZATION, basic(&self.client_id, secret));
            }
            ClientAuth::SecretJwt(_) | ClientAuth::PrivateKeyJwt(_) => {
                assertion = self.assertion(&json!({}))?;
                params.push(("client_assertion_type", ASSERTION_TYPE));
                params.push(("client_assertion", &assertion));
            }
        }
        self.raw(request.body(form(&params))?).await
    }

    /// Any request at all, sent as it stands (a missing `Host` and `Accept` are added).
    pub async fn raw(&self, mut request: Request<Bytes>) -> Result<Reply, Error> {
        let host = request.uri().authority().map(|authority| authority.as_str().to_owned());
        let headers = request.headers_mut();
        if let Some(host) = host {
            headers.entry(header::HOST).or_insert(host.try_into().map_err(http::Error::from)?);
        }
        headers.entry(header::ACCEPT).or_insert(header::HeaderValue::from_static("application/json"));
        let asked = reply::Asked::of(&request);
        let response = self.wire.send(&self.client_id, request).await?;
        Ok(Reply::new(asked, response, self.wire.tail()))
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

fn form(params: &[(&str, &str)]) -> Bytes {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish().into()
}

/// RFC 6749 §2.3.1: name and secret are form-encoded before they become a user and a password.
fn basic(client_id: &str, secret: &str) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret))))
}

#[cfg(test)]
mod tests;

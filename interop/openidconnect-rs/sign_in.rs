//! The openidconnect crate signs a person in, as its documentation shows, against a running Signet.

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::reqwest::blocking::Client as Http;
use openidconnect::{
    AccessTokenHash, AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use std::collections::HashMap;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

struct Registered {
    id: &'static str,
    secret: Option<&'static str>,
    method: AuthType,
}

const BASIC: Registered =
    Registered { id: "basic", secret: Some("a-first-secret-of-enough-length"), method: AuthType::BasicAuth };
const POST: Registered =
    Registered { id: "post", secret: Some("another-secret-of-enough-length"), method: AuthType::RequestBody };
const PUBLIC: Registered = Registered { id: "public", secret: None, method: AuthType::RequestBody };
const TRUSTED: Registered =
    Registered { id: "trusted", secret: Some("a third: with+signs/and%more"), method: AuthType::BasicAuth };

fn environment(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run this through interop/run"))
}

fn http() -> Http {
    Http::builder().redirect(openidconnect::reqwest::redirect::Policy::none()).build().unwrap()
}

fn discover(registered: &Registered) -> Client {
    let issuer = IssuerUrl::new(environment("ISSUER")).unwrap();
    let metadata = CoreProviderMetadata::discover(&issuer, &http()).unwrap();
    let methods = metadata.token_endpoint_auth_methods_supported().unwrap();
    assert!(methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
    let origin = if registered.id == "public" { "http://127.0.0.1:54321".into() } else { environment("APP") };
    let secret = registered.secret.map(|secret| ClientSecret::new(secret.into()));
    CoreClient::from_provider_metadata(metadata, ClientId::new(registered.id.into()), secret)
        .set_auth_type(registered.method.clone())
        .set_redirect_uri(RedirectUrl::new(format!("{origin}/cb")).unwrap())
}

struct Answer {
    parameters: HashMap<String, String>,
    verifier: PkceCodeVerifier,
    nonce: Nonce,
}

/// Sends a person to the provider and takes the answer that they bring back, once its state is right.
fn authorize(client: &Client, scopes: &[&str], answer: &str) -> Answer {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow: CoreAuthenticationFlow = AuthenticationFlow::AuthorizationCode;
    let mut request =
        client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random).set_pkce_challenge(challenge);
    for scope in scopes {
        request = request.add_scope(Scope::new((*scope).into()));
    }
    let (url, state, nonce) = request.add_extra_param("prompt", "consent").url();

    let mut person = openidconnect::url::Url::parse(&environment("PERSON")).unwrap();
    person.query_pairs_mut().append_pair("url", url.as_str()).append_pair("answer", answer);
    let reply = http().get(person).send().unwrap();
    let status = reply.status();
    let back = reply.text().unwrap();
    assert!(status.is_success(), "{back}");

    let back = openidconnect::url::Url::parse(&back).unwrap();
    let parameters: HashMap<String, String> = back.query_pairs().into_owned().collect();
    assert_eq!(parameters["state"], *state.secret());
    Answer { parameters, verifier, nonce }
}

fn signs_in(registered: &Registered) {
    let client = discover(registered);
    let answer = authorize(&client, &["profile", "email", "offline_access"], "allow");
    let code = AuthorizationCode::new(answer.parameters["code"].clone());
    let tokens =
        client.exchange_code(code).unwrap().set_pkce_verifier(answer.verifier).request(&http()).unwrap();

    let id_token = tokens.id_token().unwrap();
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, &answer.nonce).unwrap();
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = id_token.signing_alg().unwrap();
        let key = id_token.signing_key(&verifier).unwrap();
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key).unwrap();
        assert_eq!(actual, *expected);
    }
    assert!(id_token.claims(&verifier, &Nonce::new("another".into())).is_err());

    let about: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request(&http())
        .unwrap();
    assert_eq!(about.email().unwrap().as_str(), "diana@example.org");
    assert_eq!(about.email_verified(), Some(true));

    let refresh = tokens.refresh_token().expect("offline_access was granted");
    let renewed = client.exchange_refresh_token(refresh).unwrap().request(&http()).unwrap();
    assert_ne!(renewed.access_token().secret(), tokens.access_token().secret());
}

#[test]
fn client_secret_basic_signs_in() {
    signs_in(&BASIC);
}

#[test]
fn client_secret_post_signs_in_with_es256() {
    signs_in(&POST);
}

#[test]
fn public_client_signs_in() {
    signs_in(&PUBLIC);
}

#[test]
fn secret_that_needs_percent_encoding_signs_in() {
    let client = discover(&TRUSTED);
    let answer = authorize(&client, &["profile"], "allow");
    let code = AuthorizationCode::new(answer.parameters["code"].clone());
    let tokens =
        client.exchange_code(code).unwrap().set_pkce_verifier(answer.verifier).request(&http()).unwrap();
    assert!(tokens.id_token().unwrap().claims(&client.id_token_verifier(), &answer.nonce).is_ok());
}

#[test]
fn denied_consent_is_access_denied() {
    let client = discover(&BASIC);
    let answer = authorize(&client, &["profile"], "deny");
    assert_eq!(answer.parameters["error"], "access_denied");
    assert!(!answer.parameters.contains_key("code"));
}

#[test]
fn client_credentials() {
    let issuer = IssuerUrl::new(environment("ISSUER")).unwrap();
    let metadata = CoreProviderMetadata::discover(&issuer, &http()).unwrap();
    let secret = ClientSecret::new("a-fourth-secret-of-enough-length".into());
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new("service".into()), Some(secret));
    let tokens = client
        .exchange_client_credentials()
        .unwrap()
        .add_scope(Scope::new("read".into()))
        .request(&http())
        .unwrap();
    assert!(tokens.id_token().is_none());
    assert!(tokens.refresh_token().is_none());
}

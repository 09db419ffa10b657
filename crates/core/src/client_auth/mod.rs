//! RFC 6749 §2.3, OpenID Connect Core §9: client authentication. Exactly one method a request, and it is the registered one.

mod client_secret_basic;
mod client_secret_jwt;
mod client_secret_post;
mod none;
mod private_key_jwt;

use std::ops::Deref;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::change::Change;
use crate::decision::Decision;
use crate::endpoint::Incoming;
use crate::env::Env;
use crate::error::Error;
use crate::id::ClientId;
use crate::lookup::{Facts, Lookup};
use crate::record::Client;
use crate::secret::{Secret, constant_time_eq};

/// Every method, by the names of `token_endpoint_auth_method`.
pub static METHODS: &[&dyn Method] = &[
    &client_secret_basic::ClientSecretBasic,
    &client_secret_post::ClientSecretPost,
    &client_secret_jwt::ClientSecretJwt,
    &private_key_jwt::PrivateKeyJwt,
    &none::None,
];

/// One way for a client to show who it is.
pub trait Method: Send + Sync {
    /// The wire name.
    fn name(&self) -> &'static str;
    /// Where it is defined.
    fn spec(&self) -> &'static str;
    /// Reads what the method needs; `Ok(None)` when the request does not use it.
    fn parse(&self, incoming: &Incoming) -> Result<Option<Box<dyn Credentials>>, Error>;
}

/// What a client presented by one method.
pub trait Credentials: Send + Sync {
    /// Who it claims to be.
    fn client_id(&self) -> &ClientId;
    /// Facts needed beside the client.
    fn lookup(&self) -> Vec<Lookup> {
        Vec::new()
    }
    /// Judges the proof, with the same effort and the same [`refused`] when there is no such client. What must be written to use the
    /// proof up comes back.
    fn prove(&self, env: &Env<'_>, client: Option<&Client>, facts: &Facts) -> Result<Vec<Change>, Error>;
}

/// A client that has shown who it is: the proof that every grant asks for. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Authenticated(Arc<Client>);

impl Authenticated {
    /// The record, shared.
    pub fn client(&self) -> &Arc<Client> {
        &self.0
    }
}

impl Deref for Authenticated {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.0
    }
}

/// The client authentication of one request.
pub struct ClientAuth {
    method: &'static str,
    credentials: Box<dyn Credentials>,
}

impl ClientAuth {
    /// Finds the one method that the request uses.
    pub fn parse(incoming: &Incoming) -> Result<Self, Error> {
        let mut found = None;
        for method in METHODS {
            let Some(credentials) = method.parse(incoming)? else { continue };
            let this = Self { method: method.name(), credentials };
            if let Some(Self { method: first, .. }) = found.replace(this) {
                return Err(Error::invalid_request(format!(
                    "the client authenticates by {first} and by {} at once; use one of them",
                    method.name()
                )));
            }
        }
        found.ok_or_else(|| {
            let names: Vec<&str> = METHODS.iter().map(|method| method.name()).collect();
            Error::invalid_client(format!(
                "no usable client authentication in the request; use one of {}",
                names.join(", ")
            ))
        })
    }

    /// Who the client claims to be.
    pub fn client_id(&self) -> &ClientId {
        self.credentials.client_id()
    }

    /// The client, and what its method needs.
    pub fn lookup(&self) -> Vec<Lookup> {
        let mut lookups = vec![Lookup::Client(self.client_id().clone())];
        lookups.extend(self.credentials.lookup());
        lookups
    }

    /// Proves the client, and tells what must be written with whatever it does next.
    pub fn decide(&self, env: &Env<'_>, facts: &Facts) -> Result<(Authenticated, Vec<Change>), Error> {
        let client = facts.client.as_ref().filter(|client| client.client_id == *self.client_id());
        let changes = self.credentials.prove(env, client.map(Arc::as_ref), facts)?;
        let client = client.ok_or_else(|| refused("unknown client"))?;
        let unsaid = client.token_endpoint_auth_method.is_none();
        let offered = || env.settings.offer.has("token_endpoint_auth_methods_supported", self.method);
        if !client.takes_method(self.method) || unsaid && !offered() {
            // Only somebody who has proved to be the client gets here, so this tells no stranger that the client exists.
            return Err(Error::invalid_client(format!(
                "this client is registered for {}, but authenticated by {}",
                client.auth_methods().join(" or "),
                self.method
            )));
        }
        Ok((Authenticated(client.clone()), changes))
    }

    /// Proves the client and lets it do what it came for. What uses the proof up is written whatever comes of that: an assertion that
    /// brought a refusal must not be good a second time.
    pub fn then(
        &self,
        env: &Env<'_>,
        facts: Facts,
        next: impl FnOnce(&Authenticated, Facts) -> Result<Decision, Error>,
    ) -> Result<Decision, Error> {
        let (client, mut changes) = self.decide(env, &facts)?;
        match next(&client, facts) {
            Ok(decision) => {
                changes.extend(decision.changes);
                Ok(Decision { changes, ..decision })
            }
            Err(mut error) => {
                changes.append(&mut error.changes);
                Err(error.with(changes).about(client.client()))
            }
        }
    }
}

/// The one refusal for unknown clients and failed proofs; only the log knows which it was.
pub fn refused(detail: &'static str) -> Error {
    Error::invalid_client(
        "the client is unknown, its secret is wrong, or it is registered for another authentication method",
    )
    .because(detail)
}

/// What a client presents that sends its secret in clear, wherever the two stand.
struct IdAndSecret {
    client_id: ClientId,
    secret: Secret<String>,
    /// The secret by another reading of the same bytes, where there is one.
    otherwise: Option<Secret<String>>,
}

impl Credentials for IdAndSecret {
    fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    fn prove(&self, env: &Env<'_>, client: Option<&Client>, _facts: &Facts) -> Result<Vec<Change>, Error> {
        let stored = client.and_then(|client| client.client_secret.as_ref());
        let hashed = client.and_then(|client| client.client_secret_hash.as_deref());
        let digest = |secret: &Secret<String>| <[u8; 32]>::from(Sha256::digest(secret.expose()));
        let presented = digest(&self.secret);
        let otherwise = digest(self.otherwise.as_ref().unwrap_or(&self.secret));
        // Always three hashes and two comparisons: an unknown client takes as long as a wrong secret.
        let own: [u8; 32] = Sha256::digest(stored.map_or("", |secret| secret.expose().as_str())).into();
        let (usable, expected) = match (stored, hashed.map(unhex)) {
            (Some(secret), _) => (!secret.expose().is_empty(), own),
            (None, Some(Some(hash))) => (true, hash),
            (None, Some(None) | None) => (false, own),
        };
        // The hash of nothing may have been configured by mistake: nothing proves nothing.
        let usable = usable && !self.secret.expose().is_empty();
        let equal = constant_time_eq(&presented, &expected) | constant_time_eq(&otherwise, &expected);
        let Some(client) = client.filter(|_| equal && usable) else {
            return Err(refused(if client.is_some() { "wrong client secret" } else { "unknown client" }));
        };
        in_force(env, client)?;
        Ok(Vec::new())
    }
}

/// OpenID Connect Registration §3.2: a secret may have an end.
fn in_force(env: &Env<'_>, client: &Client) -> Result<(), Error> {
    if client.client_secret_expires_at.expired_at(env.now) {
        return Err(Error::invalid_client(
            "the client secret has expired; update the registration, or ask the operator for a new one",
        ));
    }
    Ok(())
}

/// A SHA-256 as registered: 64 hexadecimal digits.
fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    if pairs.len() != bytes.len() {
        return None;
    }
    for (to, [high, low]) in bytes.iter_mut().zip(pairs) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *to = u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::testing::{self, SECRET, World, incoming, incoming_basic};
    use crate::time::Timestamp;

    fn authenticate(incoming: &Incoming, client: Option<Client>) -> Result<Authenticated, Error> {
        let world = World::new();
        let auth = ClientAuth::parse(incoming)?;
        assert_eq!(auth.lookup(), [Lookup::Client(auth.client_id().clone())]);
        let facts = Facts { client: client.map(Arc::new), ..Facts::default() };
        auth.decide(&world.env(), &facts).map(|(client, _)| client)
    }

    fn post(secret: &str) -> Incoming {
        incoming(&[("client_id", "web"), ("client_secret", secret)])
    }

    fn post_client() -> Client {
        let mut client = testing::client("web");
        client.token_endpoint_auth_method = Some("client_secret_post".into());
        client
    }

    #[test]
    fn every_file_is_one_line_of_the_table() {
        let mut names: Vec<&str> = METHODS.iter().map(|method| method.name()).collect();
        names.sort_unstable();
        assert_eq!(names, testing::files_of("client_auth"));
    }

    #[test]
    fn each_method_proves_its_own_client() {
        let basic = authenticate(&incoming_basic("web", SECRET, &[]), Some(testing::client("web"))).unwrap();
        assert_eq!(basic.client_id.as_str(), "web");
        authenticate(&post(SECRET), Some(post_client())).unwrap();
        authenticate(&incoming(&[("client_id", "spa")]), Some(testing::public_client("spa"))).unwrap();
    }

    #[test]
    fn unknown_client_and_wrong_secret_look_the_same() {
        let unknown = authenticate(&incoming_basic("web", "wrong", &[]), None).unwrap_err();
        let wrong =
            authenticate(&incoming_basic("web", "wrong", &[]), Some(testing::client("web"))).unwrap_err();
        let public =
            authenticate(&incoming_basic("web", "x", &[]), Some(testing::public_client("web"))).unwrap_err();
        let other_method =
            authenticate(&incoming_basic("web", "wrong", &[]), Some(post_client())).unwrap_err();
        let silent =
            authenticate(&incoming(&[("client_id", "web")]), Some(testing::client("web"))).unwrap_err();
        let unknown_silent = authenticate(&incoming(&[("client_id", "web")]), None).unwrap_err();
        for error in [&wrong, &public, &other_method, &silent, &unknown_silent] {
            assert_eq!((error.code, &error.description), (ErrorCode::InvalidClient, &unknown.description));
        }
        assert_ne!(wrong.detail, unknown.detail);
    }

    #[test]
    fn the_facts_of_another_client_prove_nothing() {
        let error =
            authenticate(&incoming_basic("web", SECRET, &[]), Some(testing::client("other"))).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidClient);
    }

    #[test]
    fn only_the_registered_method_will_do() {
        let mut basic = testing::client("web");
        basic.token_endpoint_auth_method = Some("client_secret_basic".into());
        let error = authenticate(&post(SECRET), Some(basic)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidClient);
        assert_eq!(
            error.description,
            "this client is registered for client_secret_basic, but authenticated by client_secret_post"
        );
        let error = authenticate(&incoming_basic("web", SECRET, &[]), Some(post_client())).unwrap_err();
        assert!(error.description.contains("registered for client_secret_post"));
    }

    #[test]
    fn where_an_operator_names_no_method_the_secret_comes_by_header_or_body() {
        for request in [post(SECRET), incoming_basic("web", SECRET, &[])] {
            authenticate(&request, Some(testing::client("web"))).unwrap();
        }
        let registered = Client { registered: true, ..testing::client("web") };
        assert!(authenticate(&post(SECRET), Some(registered)).is_err(), "RFC 7591 section 2: the default");
        let mut world = World::new();
        world
            .settings
            .offer
            .only("token_endpoint_auth_methods_supported", vec!["client_secret_basic".into()]);
        let auth = ClientAuth::parse(&post(SECRET)).unwrap();
        let facts = Facts { client: testing::shared(testing::client("web")), ..Facts::default() };
        let error = auth.decide(&world.env(), &facts).map(|_| ()).unwrap_err();
        assert!(
            error.description.contains("client_secret_post"),
            "what is not offered is not taken: {error}"
        );
    }

    #[test]
    fn an_operator_may_name_several_methods() {
        let mut client = post_client();
        client.token_endpoint_auth_methods = vec!["client_secret_basic".into()];
        for request in [post(SECRET), incoming_basic("web", SECRET, &[])] {
            authenticate(&request, Some(client_like(&client))).unwrap();
        }
    }

    fn client_like(client: &Client) -> Client {
        serde_json::from_value(serde_json::to_value(client).unwrap()).unwrap()
    }

    #[test]
    fn a_public_client_may_name_itself_by_basic_with_an_empty_secret() {
        let spa = authenticate(&incoming_basic("spa", "", &[]), Some(testing::public_client("spa"))).unwrap();
        assert_eq!(spa.client_id.as_str(), "spa");
        let with_body = incoming_basic("spa", "", &[("client_id", "spa"), ("client_secret", "")]);
        authenticate(&with_body, Some(testing::public_client("spa"))).unwrap();
        assert!(authenticate(&incoming_basic("web", "", &[]), Some(testing::client("web"))).is_err());
    }

    #[test]
    fn a_hashed_secret_works_as_well() {
        let mut client = Client::new("web");
        client.client_secret_hash =
            Some(Sha256::digest(SECRET).iter().map(|byte| format!("{byte:02X}")).collect());
        authenticate(&incoming_basic("web", SECRET, &[]), Some(client)).unwrap();
        let mut client = Client::new("web");
        client.client_secret_hash = Some("a-secret".into());
        assert!(authenticate(&incoming_basic("web", SECRET, &[]), Some(client)).is_err());
    }

    #[test]
    fn an_empty_secret_never_matches() {
        let mut client = testing::client("web");
        client.client_secret = Some(Secret::new(String::new()));
        let error = authenticate(&incoming_basic("web", "", &[]), Some(client)).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidClient);
        let mut client = Client::new("web");
        client.client_secret_hash =
            Some(Sha256::digest("").iter().map(|byte| format!("{byte:02x}")).collect());
        assert!(authenticate(&incoming_basic("web", "", &[]), Some(client)).is_err());
    }

    #[test]
    fn an_expired_secret_is_refused() {
        let mut client = testing::client("web");
        client.client_secret_expires_at = testing::NOW;
        let error = authenticate(&incoming_basic("web", SECRET, &[]), Some(client)).unwrap_err();
        assert_eq!(
            error.description,
            "the client secret has expired; update the registration, or ask the operator for a new one"
        );
        let mut client = testing::client("web");
        client.client_secret_expires_at = Timestamp(testing::NOW.0 + 1);
        authenticate(&incoming_basic("web", SECRET, &[]), Some(client)).unwrap();
    }

    #[test]
    fn several_methods_at_once_are_an_invalid_request() {
        let both = incoming_basic("web", SECRET, &[("client_id", "web"), ("client_secret", SECRET)]);
        let error = authenticate(&both, Some(testing::client("web"))).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest);
        assert!(error.description.contains("client_secret_basic and by client_secret_post"));
    }

    #[test]
    fn no_method_or_an_unknown_one_is_an_invalid_client() {
        let bearer =
            Incoming { authorization: Some("Bearer abc".into()), ..incoming(&[("client_id", "web")]) };
        for request in [incoming(&[]), bearer] {
            let error = authenticate(&request, Some(testing::client("web"))).unwrap_err();
            assert_eq!(error.code, ErrorCode::InvalidClient);
            assert!(
                error.description.contains("client_secret_post, client_secret_jwt, private_key_jwt, none")
            );
        }
    }

    #[test]
    fn debug_output_of_a_proof_hides_the_secret() {
        let proof = authenticate(&incoming_basic("web", SECRET, &[]), Some(testing::client("web"))).unwrap();
        assert!(!format!("{proof:?}").contains(SECRET));
    }
}

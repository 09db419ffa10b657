//! draft-ietf-oauth-client-id-metadata-document §3, §4: clients whose `client_id` is the URL of their
//! metadata.
//!
//! Such a client is never stored: it is what its document says whenever it is asked for. Nobody has looked at
//! it, so it is treated like one that registered itself.

use serde_json::Value;
use url::Url;

use super::{invalid, judge};
use crate::client::{self, Metadata, Origin};
use crate::env::Env;
use crate::error::Error;
use crate::id::ClientId;
use crate::record::Client;
use crate::settings::registration::Policy;
use crate::uri;

/// Everything that is written down about a client has this in it.
const MAX_ADDRESS: usize = 512;
/// What can only be agreed on between two (§4.1).
const SHARED: &[&str] = &[
    "client_secret",
    "client_secret_hash",
    "client_secret_expires_at",
    "client_secret_previous",
    "client_secret_previous_hash",
    "client_secret_previous_expires_at",
];

/// The address to fetch for a client that is not registered, or what is wrong with it; none where its name is
/// no address, or these are not taken here.
pub fn address<'a>(policy: &Policy, id: &'a ClientId) -> Option<Result<&'a str, &'static str>> {
    if !policy.metadata_documents || !is_address(id.as_str()) {
        return None;
    }
    let Some(host) = host(id.as_str()) else {
        return Some(Err(
            "its address must be https, with a path, without fragment, user, password and dot segments, and as URL parsers write it",
        ));
    };
    let allowed = policy.metadata_document_hosts.as_ref().is_none_or(|hosts| hosts.contains(&host));
    allowed.then(|| Ok(id.as_str()))
}

fn is_address(id: &str) -> bool {
    let starts =
        |scheme: &str| id.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    starts("https:") || starts("http:")
}

/// §3: an https address with a path, without fragment, credentials and dot segments, written as a URL parser
/// writes it: everybody must mean the same document by it.
fn host(id: &str) -> Option<String> {
    let url = Url::parse(id).ok()?;
    let plain = url.scheme() == "https"
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
        && uri::has_plain_host(&url)
        && uri::has_uri_characters(id)
        && id.len() <= MAX_ADDRESS
        // It differs where there is no path at all, too. A bare `/` is one, though §3 recommends another.
        && url.as_str() == id;
    url.host_str().filter(|_| plain).map(str::to_owned)
}

/// The client that a document describes.
pub fn read(env: &Env<'_>, id: &ClientId, text: &str) -> Result<Client, Error> {
    let metadata = Metadata::parse(text.as_bytes())?;
    if metadata.text("client_id") != Some(id.as_str()) {
        return Err(invalid(
            "client_id in the metadata document must be the document's own address, to the letter",
        ));
    }
    if let Some(name) = SHARED.iter().find(|name| metadata.get(name).is_some()) {
        return Err(invalid(format!("{name} has no place in a metadata document, which everybody can read")));
    }
    if metadata.get("sector_identifier_uri").is_some() {
        return Err(invalid("sector_identifier_uri is not taken from a metadata document"));
    }
    if env.settings.registration.require_software_statement {
        return Err(invalid("clients need a software statement here, so they have to register"));
    }
    judge(env, &metadata, Origin::Document, Client { registered: true, ..Client::new(id.as_str()) })
}

/// What of a document cannot be used, by name, for the log.
pub fn left_out(text: &str, client: &Client) -> Vec<String> {
    let Ok(metadata) = Metadata::parse(text.as_bytes()) else { return Vec::new() };
    super::left_out(&metadata, &Value::Object(client::shown(client)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::World;

    const ID: &str = "https://app.example/client.json";

    fn policy() -> Policy {
        Policy { metadata_documents: true, ..Policy::default() }
    }

    #[test]
    fn an_address_that_all_read_alike_is_a_client_id() {
        for good in [
            ID,
            "https://app.example:8443/a/b",
            "https://app.example/client?v=1",
            "https://app.example/a/",
            "https://app.example/",
        ] {
            assert_eq!(address(&policy(), &ClientId::from(good)), Some(Ok(good)), "{good}");
        }
        let long = format!("https://app.example/{}", "x".repeat(500));
        for other in ["web", "urn:example:app", "org.example.app:/", " https://app.example/client.json", ""] {
            assert_eq!(address(&policy(), &ClientId::from(other)), None, "{other}");
        }
        for bad in [
            "https://app.example",
            "https://app.example?v=1",
            "https://app;x.example/client.json",
            "https://app.example/a|b",
            "http://app.example/client.json",
            "https://app.example/client.json#x",
            "https://app.example/client.json#",
            "https://user@app.example/client.json",
            "https://user:pass@app.example/client.json",
            "https://app.example/a/../client.json",
            "https://app.example/./client.json",
            "https://app.example/%2e%2e/client.json",
            "HTTPS://app.example/client.json",
            "https://APP.example/client.json",
            "https://app.example:443/client.json",
            "https:app.example/client.json",
            long.as_str(),
        ] {
            let hint = address(&policy(), &ClientId::from(bad)).unwrap().unwrap_err();
            assert!(hint.contains("https, with a path"), "{bad}");
            assert_eq!(address(&Policy::default(), &ClientId::from(bad)), None, "{bad}");
        }
    }

    #[test]
    fn the_operator_says_whether_and_from_where() {
        assert_eq!(address(&Policy::default(), &ClientId::from(ID)), None);
        let narrow = Policy { metadata_document_hosts: Some(vec!["apps.example".into()]), ..policy() };
        assert_eq!(address(&narrow, &ClientId::from(ID)), None);
        assert!(address(&narrow, &ClientId::from("https://apps.example/x")).is_some());
    }

    #[test]
    fn a_document_describes_a_client_without_secrets() {
        let mut world = World::new();
        world.settings.registration.grant_types.push("client_credentials".into());
        let document = |more: Value| {
            let mut document = json!({"client_id": ID, "redirect_uris": ["https://app.example/cb"]});
            for (name, value) in more.as_object().unwrap() {
                document[name] = value.clone();
            }
            read(&world.env(), &ClientId::from(ID), &document.to_string())
        };
        let client = document(json!({"client_name": "App", "skip_consent": true})).unwrap();
        assert!(client.registered && client.is_public() && !client.skip_consent);
        assert_eq!((client.client_id.as_str(), client.client_name.as_deref()), (ID, Some("App")));
        let jwks = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "eA"}]});
        let signing =
            document(json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks})).unwrap();
        assert_eq!(signing.auth_method(), "private_key_jwt");
        for (more, words) in [
            (json!({"client_id": "https://app.example/other.json"}), "to the letter"),
            (json!({"client_id": null}), "to the letter"),
            (json!({"client_secret": "s"}), "everybody can read"),
            (json!({"client_secret_expires_at": 0}), "everybody can read"),
            (
                json!({"token_endpoint_auth_method": "client_secret_basic"}),
                "choose one of private_key_jwt, none",
            ),
            (
                json!({"grant_types": ["authorization_code", "client_credentials"]}),
                "cannot have client_credentials",
            ),
            (json!({"sector_identifier_uri": "https://victim.example/"}), "sector_identifier_uri"),
            (json!({"redirect_uris": ["http://app.example/cb"]}), "over the network in clear"),
            (json!({"id_token_signed_response_alg": "HS256"}), "client secret"),
            (json!({"id_token_encrypted_response_alg": "A128KW"}), "client secret"),
        ] {
            let error = document(more.clone()).map(|client| client.client_id).unwrap_err();
            assert!(error.description.contains(words), "{more}: {error}");
        }
    }
}

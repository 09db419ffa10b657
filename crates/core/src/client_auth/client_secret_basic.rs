//! RFC 6749 §2.3.1, RFC 7617 §2: ID and secret by HTTP Basic, each form-urlencoded.
//!
//! Many applications leave the encoding out, which shows only where the secret has `+` or `%` in it. So the
//! secret is compared as it came, too. An empty secret is no secret, here as in the body: that request is one
//! of method `none`.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Credentials, IdAndSecret, Method, Proof};
use crate::error::Error;
use crate::id::ClientId;
use crate::incoming::Incoming;
use crate::params;
use crate::rule::{self, Rule};
use crate::secret::Secret;

/// `client_secret_basic`
pub(super) struct ClientSecretBasic;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Method for ClientSecretBasic {
    fn name(&self) -> &'static str {
        "client_secret_basic"
    }

    fn proof(&self) -> Proof {
        Proof::Secret
    }

    fn rule(&self) -> &'static Rule {
        &rule::CLIENT_SECRET_BASIC
    }

    fn parse(&self, incoming: &Incoming) -> Result<Option<Box<dyn Credentials>>, Error> {
        let Some((client_id, raw)) = read(incoming)? else { return Ok(None) };
        if raw.expose().is_empty() {
            return Ok(None);
        }
        let decoded = match params::decode(raw.expose()) {
            Ok(Cow::Owned(text)) => Some(Secret::new(text)),
            // Nothing was encoded, or not as it should be: there is one reading.
            Ok(Cow::Borrowed(_)) | Err(_) => None,
        };
        let (secret, undecoded) = match decoded {
            Some(decoded) => (decoded, Some(raw)),
            None => (raw, None),
        };
        Ok(Some(Box::new(IdAndSecret { client_id, secret, undecoded })))
    }
}

/// Who says so by HTTP Basic, and with which secret, still as it came.
pub(super) fn read(incoming: &Incoming) -> Result<Option<(ClientId, Secret<String>)>, Error> {
    let basic = incoming.credentials().filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let Some((_, encoded)) = basic else { return Ok(None) };
    let decoded = BASE64.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = Secret::new(decoded.ok_or_else(|| malformed("it must be base64 of id, colon and secret"))?);
    let (client_id, secret) = pair(decoded.expose())?;
    if incoming.params.get("client_id").is_some_and(|named| named != client_id.as_str()) {
        return Err(Error::invalid_client(
            "client_id in the body names another client than the Authorization header",
        ));
    }
    Ok(Some((client_id, Secret::new(secret.to_owned()))))
}

/// An id that is an address (draft-ietf-oauth-client-id-metadata-document §3) and was not encoded has colons
/// of its own: the last one ends it.
fn pair(decoded: &str) -> Result<(ClientId, &str), Error> {
    let no_colon = || malformed("there is no colon between id and secret");
    if decoded.starts_with("https://") || decoded.starts_with("http://") {
        let (id, secret) = decoded.rsplit_once(':').ok_or_else(no_colon)?;
        if !id.contains("://") {
            return Err(malformed(
                "there is no colon after the id, which is an address; form-urlencode it first",
            ));
        }
        return Ok((ClientId(id.to_owned()), secret));
    }
    let (id, secret) = decoded.split_once(':').ok_or_else(no_colon)?;
    let id = params::decode(id).map_err(|_| malformed("the id must be form-urlencoded first"))?;
    Ok((ClientId(id.into_owned()), secret))
}

fn malformed(why: &str) -> Error {
    Error::invalid_client(format!("the Authorization header is malformed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::lookup::Facts;
    use crate::testing::{World, client, incoming, incoming_basic, with_header};

    fn header(value: &str) -> Incoming {
        with_header(incoming(&[]), "authorization", value)
    }

    #[test]
    fn id_and_secret_are_percent_decoded() {
        let request = incoming_basic("https%3A%2F%2Fweb.example%2F", "a+b%2B%25%3A", &[]);
        let basic = ClientSecretBasic.parse(&request).unwrap().unwrap();
        assert_eq!(basic.client_id().as_str(), "https://web.example/");
        let world = World::new();
        let mut record = client("https://web.example/");
        record.client_secret = Some(Secret::new("a b+%:".into()));
        basic.prove(&world.env(), Some(&record), &Facts::default()).unwrap();
    }

    #[test]
    fn a_secret_that_was_not_encoded_is_taken_as_it_came() {
        let world = World::new();
        let proves = |sent: &str, registered: &str| {
            let basic = ClientSecretBasic.parse(&incoming_basic("web", sent, &[])).unwrap().unwrap();
            let mut record = client("web");
            record.client_secret = Some(Secret::new(registered.into()));
            basic.prove(&world.env(), Some(&record), &Facts::default()).is_ok()
        };
        for secret in ["a+b/c=", "50%", "50%zz", "%41", "100%25", "caf%e9"] {
            assert!(proves(secret, secret), "{secret}");
        }
        assert!(proves("%41+b", "A b") && proves("%41+b", "%41+b"));
        assert!(!proves("%41+b", "A+b") && !proves("a b", "a+b"));
    }

    #[test]
    fn an_address_that_was_not_encoded_is_an_id() {
        let encoded = |text: &str| header(&format!("Basic {}", BASE64.encode(text)));
        for (sent, id, secret) in [
            ("https://app.example/client.json:", "https://app.example/client.json", ""),
            ("https://app.example:8443/a:s3cret", "https://app.example:8443/a", "s3cret"),
            ("https%3A%2F%2Fapp.example%2Fa:s", "https://app.example/a", "s"),
            ("https:x", "https", "x"),
        ] {
            let (client_id, found) = read(&encoded(sent)).unwrap().unwrap();
            assert_eq!((client_id.as_str(), found.expose().as_str()), (id, secret), "{sent}");
        }
        let error = read(&encoded("https://app.example/client.json")).err().unwrap();
        assert!(error.description.contains("no colon after the id"), "{error}");
    }

    #[test]
    fn an_empty_secret_is_none() {
        assert!(ClientSecretBasic.parse(&incoming_basic("web", "", &[])).unwrap().is_none());
    }

    #[test]
    fn scheme_case_padding_and_the_same_id_in_the_body_do_not_matter() {
        for good in ["Basic d2ViOng=", "basic d2ViOng", "BASIC  d2ViOng= "] {
            let basic = ClientSecretBasic.parse(&header(good)).unwrap().unwrap();
            assert_eq!(basic.client_id().as_str(), "web", "{good}");
        }
        assert!(
            ClientSecretBasic.parse(&incoming_basic("web", "x", &[("client_id", "web")])).unwrap().is_some()
        );
    }

    #[test]
    fn malformed_credentials_are_an_invalid_client() {
        let no_colon = header("Basic d2Vi");
        let bytes = header("Basic //46//4=");
        for bad in [header("Basic"), header("Basic ***"), no_colon, bytes, incoming_basic("%zz", "x", &[])] {
            let error = ClientSecretBasic.parse(&bad).err().unwrap();
            assert_eq!(error.code, ErrorCode::InvalidClient, "{bad:?}");
            assert!(error.description.contains("malformed"));
        }
    }

    #[test]
    fn another_client_id_in_the_body_is_refused() {
        let error =
            ClientSecretBasic.parse(&incoming_basic("web", "x", &[("client_id", "other")])).err().unwrap();
        assert_eq!(error.code, ErrorCode::InvalidClient);
    }

    #[test]
    fn other_schemes_are_not_this_method() {
        assert!(ClientSecretBasic.parse(&header("Bearer d2ViOng=")).unwrap().is_none());
        assert!(ClientSecretBasic.parse(&incoming(&[])).unwrap().is_none());
    }
}

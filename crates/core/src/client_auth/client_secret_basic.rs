//! RFC 6749 §2.3.1, RFC 7617 §2: ID and secret by HTTP Basic, each form-urlencoded.
//!
//! Many applications leave the encoding out, which shows only where one of the two has `+` or `%` in it. So
//! the secret is compared as it came, too, and where nobody has the id, it is looked for as it came. An empty
//! secret is no secret, here as in the body: that request is one of method `none`.

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
        let Some((BasicId { id: client_id, undecoded: undecoded_id }, raw)) = read(incoming)? else {
            return Ok(None);
        };
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
        Ok(Some(Box::new(IdAndSecret { client_id, undecoded_id, secret, undecoded })))
    }
}

/// A client as HTTP Basic names it.
pub(super) struct BasicId {
    pub(super) id: ClientId,
    /// As it came, where that is another text.
    pub(super) undecoded: Option<ClientId>,
}

impl BasicId {
    fn of(raw: &str) -> Self {
        let undecoded = ClientId(raw.to_owned());
        match params::decode(raw) {
            Ok(Cow::Owned(text)) => Self { id: ClientId(text), undecoded: Some(undecoded) },
            // Nothing was encoded, or not as it should be: there is one reading.
            Ok(Cow::Borrowed(_)) | Err(_) => Self { id: undecoded, undecoded: None },
        }
    }

    /// The one that the body names, too.
    fn named(self, named: &str) -> Result<Self, Error> {
        let ids = [Some(self.id), self.undecoded];
        let id = ids.into_iter().flatten().find(|id| id.as_str() == named);
        id.map(|id| Self { id, undecoded: None }).ok_or_else(|| {
            let words = "client_id in the body names another client than the Authorization header";
            Error::invalid_client(words)
        })
    }
}

/// Who says so by HTTP Basic, and with which secret, still as it came.
pub(super) fn read(incoming: &Incoming) -> Result<Option<(BasicId, Secret<String>)>, Error> {
    let basic = incoming.credentials().filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let Some((_, encoded)) = basic else { return Ok(None) };
    let decoded = BASE64.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = Secret::new(decoded.ok_or_else(|| malformed("it must be base64 of id, colon and secret"))?);
    let (id, secret) = pair(decoded.expose())?;
    let id = match incoming.params.get("client_id") {
        Some(named) => id.named(named)?,
        None => id,
    };
    Ok(Some((id, Secret::new(secret.to_owned()))))
}

/// An id that is an address (draft-ietf-oauth-client-id-metadata-document §3) and was not encoded has colons
/// of its own: the last one ends it.
fn pair(decoded: &str) -> Result<(BasicId, &str), Error> {
    let no_colon = || malformed("there is no colon between id and secret");
    if decoded.starts_with("https://") || decoded.starts_with("http://") {
        let (id, secret) = decoded.rsplit_once(':').ok_or_else(no_colon)?;
        if !id.contains("://") {
            return Err(malformed(
                "there is no colon after the id, which is an address; form-urlencode it first",
            ));
        }
        return Ok((BasicId { id: ClientId(id.to_owned()), undecoded: None }, secret));
    }
    let (id, secret) = decoded.split_once(':').ok_or_else(no_colon)?;
    Ok((BasicId::of(id), secret))
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
            let (named, found) = read(&encoded(sent)).unwrap().unwrap();
            assert_eq!((named.id.as_str(), found.expose().as_str()), (id, secret), "{sent}");
        }
        let error = read(&encoded("https://app.example/client.json")).err().unwrap();
        assert!(error.description.contains("no colon after the id"), "{error}");
    }

    #[test]
    fn an_id_that_was_not_encoded_may_be_meant_as_it_came() {
        let ids = |sent: &str, body: &[(&str, &str)]| {
            let named = read(&incoming_basic(sent, "x", body)).unwrap().map(|(named, _)| named);
            named.map(|BasicId { id, undecoded }| (id.0, undecoded.map(|id| id.0))).unwrap()
        };
        let owned = |id: &str, undecoded: Option<&str>| (id.to_owned(), undecoded.map(str::to_owned));
        assert_eq!(ids("web", &[]), owned("web", None));
        assert_eq!(ids("web+1", &[]), owned("web 1", Some("web+1")));
        assert_eq!(ids("50%off", &[]), owned("50%off", None));
        assert_eq!(ids("web%2B1", &[]), owned("web+1", Some("web%2B1")));
        // The body says which is meant.
        assert_eq!(ids("web+1", &[("client_id", "web+1")]), owned("web+1", None));
        assert_eq!(ids("web+1", &[("client_id", "web 1")]), owned("web 1", None));
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
        for bad in [header("Basic"), header("Basic ***"), no_colon, bytes] {
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

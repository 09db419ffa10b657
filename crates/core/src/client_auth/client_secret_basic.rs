//! RFC 6749 §2.3.1, RFC 7617 §2: id and secret by HTTP Basic, each form-urlencoded before.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Credentials, IdAndSecret, Method};
use crate::endpoint::Incoming;
use crate::error::Error;
use crate::id::ClientId;
use crate::params;
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

    fn spec(&self) -> &'static str {
        "RFC 6749 section 2.3.1"
    }

    fn parse(&self, incoming: &Incoming) -> Result<Option<Box<dyn Credentials>>, Error> {
        let basic = incoming.credentials().filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
        let Some((_, encoded)) = basic else { return Ok(None) };
        let decoded = BASE64.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let decoded =
            Secret::new(decoded.ok_or_else(|| malformed("it must be base64 of id, colon and secret"))?);
        let pair = decoded.expose().split_once(':');
        let (id, secret) = pair.ok_or_else(|| malformed("there is no colon between id and secret"))?;
        let plain =
            |text| params::decode(text).map_err(|_| malformed("id and secret must be form-urlencoded first"));
        let client_id = ClientId(plain(id)?.into_owned());
        if incoming.params.get("client_id").is_some_and(|named| named != client_id.as_str()) {
            return Err(Error::invalid_client(
                "client_id in the body names another client than the Authorization header",
            ));
        }
        Ok(Some(Box::new(IdAndSecret { client_id, secret: Secret::new(plain(secret)?.into_owned()) })))
    }
}

fn malformed(why: &str) -> Error {
    Error::invalid_client(format!("the Authorization header is malformed: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::lookup::Facts;
    use crate::testing::{World, client, incoming, incoming_basic};

    fn header(value: &str) -> Incoming {
        Incoming { authorization: Some(value.into()), ..incoming(&[]) }
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
        for bad in [header("Basic"), header("Basic ***"), no_colon, bytes, incoming_basic("web", "%zz", &[])]
        {
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

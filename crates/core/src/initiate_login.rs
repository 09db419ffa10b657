//! OpenID Connect Core §4: sign-in initiated by a third party, which sends the user to the application; the
//! application then sends an ordinary request.

use crate::record::Client;
use crate::uri;

/// Where the application starts a sign-in with this issuer; none when it registered no such place.
pub fn address(client: &Client, issuer: &str) -> Option<String> {
    let place = client.initiate_login_uri.as_deref()?;
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("iss", issuer).finish();
    Some(uri::with_query(place, &query))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn it_names_the_issuer_and_keeps_the_registered_query() {
        let mut client = testing::client("web");
        assert_eq!(address(&client, "https://op.example"), None);
        for (place, expected) in [
            ("https://web.example/login", "https://web.example/login?iss=https%3A%2F%2Fop.example"),
            ("https://web.example/login?a=1", "https://web.example/login?a=1&iss=https%3A%2F%2Fop.example"),
        ] {
            client.initiate_login_uri = Some(place.into());
            assert_eq!(address(&client, "https://op.example").as_deref(), Some(expected));
        }
    }
}

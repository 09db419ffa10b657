//! RFC 8252 §7: whom an answer reaches at an address, as pages name it.

use std::fmt;

use url::Url;

use super::{is_loopback, origin_of};

/// Whom an answer reaches; a consent is given for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A site, by its origin.
    Site(String),
    /// A program on the person's own machine, whose ports are free (RFC 8252 §7.3).
    Device,
    /// The application on the device that has this scheme, with its colon (RFC 8252 §7.1).
    Scheme(String),
}

/// As consents keep it. No origin and no scheme is `loopback`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Site(name) | Self::Scheme(name) => name,
            Self::Device => "loopback",
        })
    }
}

/// Whom an answer reaches at this address. None where the host is no plain one.
pub fn place_of(uri: &str) -> Option<Place> {
    let url = Url::parse(uri).ok()?;
    match url.scheme() {
        "https" | "http" if is_loopback(&url) => Some(Place::Device),
        "https" | "http" => origin_of(uri).map(Place::Site),
        scheme => Some(Place::Scheme(format!("{scheme}:"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_origin_this_machine_or_a_scheme() {
        for (uri, place) in [
            ("https://rp.example/cb?x", "https://rp.example"),
            ("https://rp.example:8443/", "https://rp.example:8443"),
            ("http://127.0.0.1:49152/cb", "loopback"),
            ("http://[::1]/cb", "loopback"),
            ("http://app.localhost:3000/cb", "loopback"),
            ("https://loopback/cb", "https://loopback"),
            ("com.example.app:/cb", "com.example.app:"),
            ("com.example.app://localhost/cb", "com.example.app:"),
        ] {
            assert_eq!(place_of(uri).unwrap().to_string(), place, "{uri}");
        }
        assert_eq!(place_of("https://x;y/"), None);
        assert_eq!(place_of(""), None);
    }
}

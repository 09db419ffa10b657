//! OWASP Cross-Site Request Forgery: a form must carry what only a page shown to this browser could tell it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use signet_core::env::Rng;
use signet_core::id::UserId;
use signet_core::secret::constant_time_eq;

/// Seconds for which a browser keeps its marker: as long as browsers keep anything.
pub(crate) const MARKER_LIFETIME: u64 = 400 * 86_400;

/// A new marker for a browser.
pub(crate) fn marker(rng: &dyn Rng) -> String {
    let mut bytes = [0; 32];
    rng.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The token for a browser's marker: a hash of a value that other sites can neither read nor set.
pub(crate) fn token(marker: &str) -> String {
    let mut sha = Sha256::new();
    sha.update(b"signet form ");
    sha.update(marker.as_bytes());
    URL_SAFE_NO_PAD.encode(sha.finalize())
}

/// What a form is tied to that says something of an account: to the browser, and to the person whom its page
/// showed. Another tab may have changed accounts since; that the same person has signed in once more there
/// changes nothing.
pub(crate) fn of_account(marker: &str, user: Option<&UserId>) -> String {
    format!("{marker} {}", user.map_or("", UserId::as_str))
}

/// What a page's form says of the page: in one field, so that no template can leave out half of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sent<'a> {
    /// The token.
    pub(crate) token: Option<&'a str>,
    /// What the page showed, where that counts.
    pub(crate) shown: Option<&'a str>,
    /// Who was signed in, under seal.
    pub(crate) person: Option<&'a str>,
}

impl<'a> Sent<'a> {
    /// Reads the field.
    pub(crate) fn of(field: Option<&'a str>) -> Self {
        let mut parts = field.into_iter().flat_map(|field| field.splitn(3, '.'));
        let mut part = || parts.next().filter(|part| !part.is_empty());
        Self { token: part(), shown: part(), person: part() }
    }
}

/// Whether a form's token belongs to this browser.
pub(crate) fn matches(marker: Option<&str>, sent: Option<&str>) -> bool {
    match (marker, sent) {
        (Some(marker), Some(sent)) => constant_time_eq(token(marker).as_bytes(), sent.as_bytes()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_up_to_three_parts() {
        let (token, shown, person) = (Some("t"), Some("s"), Some("p.q"));
        assert_eq!(Sent::of(Some("t.s.p.q")), Sent { token, shown, person });
        assert_eq!(Sent::of(Some("t..p.q")), Sent { token, shown: None, person });
        assert_eq!(Sent::of(Some("t")), Sent { token, ..Sent::default() });
        assert_eq!(Sent::of(None), Sent::default());
    }

    #[test]
    fn only_this_browsers_token_passes() {
        assert!(matches(Some("marker"), Some(&token("marker"))));
        assert!(!matches(Some("marker"), Some(&token("other"))));
        assert!(!matches(Some("marker"), Some("")));
        assert!(!matches(None, Some(&token("marker"))));
        assert!(!matches(Some("marker"), None));
    }
}

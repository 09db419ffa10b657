//! OWASP Cross-Site Request Forgery: a form must carry what only a page shown to this browser could tell it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use signet_core::env::Rng;
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

/// What a form is tied to that says something of an account: to the browser, and to the sign-in that its page
/// showed. Another tab may have changed accounts since.
pub(crate) fn of_sign_in(marker: &str, session: Option<&str>) -> String {
    format!("{marker} {}", session.unwrap_or_default())
}

/// A form's token, and after a dot what the page showed, where that counts. In one field, so that no template
/// can leave out half of it.
pub(crate) fn parts(sent: Option<&str>) -> (Option<&str>, Option<&str>) {
    match sent.and_then(|sent| sent.split_once('.')) {
        Some((token, shown)) => (Some(token), Some(shown)),
        None => (sent, None),
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
    fn only_this_browsers_token_passes() {
        assert!(matches(Some("marker"), Some(&token("marker"))));
        assert!(!matches(Some("marker"), Some(&token("other"))));
        assert!(!matches(Some("marker"), Some("")));
        assert!(!matches(None, Some(&token("marker"))));
        assert!(!matches(Some("marker"), None));
    }
}

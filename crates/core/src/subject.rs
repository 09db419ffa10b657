//! OpenID Connect Core §8: subject identifiers, and the session identifier that logout messages will name (Front-Channel Logout §3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::id::{ClientId, SessionId, UserId};
use crate::record::Client;
use crate::settings::Settings;

/// The person's `sub` at this client: the same at every client, stable as long as the salt is, and telling nothing about the directory.
pub fn sub(settings: &Settings, user: &UserId, _client: &Client) -> String {
    keyed::<20>(settings, &[b"signet public sub", user.as_str().as_bytes()])
}

/// `sid`: one per browser sign-in chain and client. Keyed, because session ids can be guessed and two clients must not find out by
/// guessing that they serve the same browser.
pub fn sid(settings: &Settings, root: SessionId, client: &ClientId) -> String {
    keyed::<16>(settings, &[b"signet sid", &root.0.to_be_bytes(), client.as_str().as_bytes()])
}

fn keyed<const N: usize>(settings: &Settings, parts: &[&[u8]]) -> String {
    // HMAC takes keys of any length: the else arm cannot be reached.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(settings.subject_salt.expose()) else {
        return String::new();
    };
    for part in parts {
        // The length before each part keeps `ab` + `c` apart from `a` + `bc`.
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    let digest: [u8; 32] = mac.finalize().into_bytes().into();
    URL_SAFE_NO_PAD.encode(digest.get(..N).unwrap_or(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::testing;

    #[test]
    fn a_sub_is_stable_opaque_and_the_same_at_every_client() {
        let settings = testing::settings();
        let (web, other) = (testing::client("web"), testing::client("other"));
        let diana = UserId::from("diana");
        let first = sub(&settings, &diana, &web);
        assert_eq!(first, sub(&settings, &diana, &web));
        assert_eq!(first, sub(&settings, &diana, &other));
        assert_ne!(first, sub(&settings, &UserId::from("babs"), &web));
        assert_eq!(first.len(), 27);
    }

    #[test]
    fn a_sub_depends_on_the_salt() {
        let settings = testing::settings();
        let mut resalted = testing::settings();
        resalted.subject_salt = Secret::new(b"another salt".to_vec());
        let (web, diana) = (testing::client("web"), UserId::from("diana"));
        assert_ne!(sub(&settings, &diana, &web), sub(&resalted, &diana, &web));
    }

    #[test]
    fn a_sid_differs_by_session_and_client() {
        let settings = testing::settings();
        let at = |session, client: &str| sid(&settings, SessionId(session), &ClientId::from(client));
        assert_eq!(at(1, "web"), at(1, "web"));
        assert_ne!(at(1, "web"), at(2, "web"));
        assert_ne!(at(1, "web"), at(1, "other"));
        assert_eq!(at(1, "web").len(), 22);
    }
}

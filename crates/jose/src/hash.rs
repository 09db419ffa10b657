//! OpenID Connect Core §3.1.3.6, §3.3.2.11: the half hashes `at_hash`, `c_hash` and `s_hash`.

use crate::{alg::SigningAlg, b64, backend};

/// The left half of the hash of `value`, base64url-encoded; the hash is the one of the ID token's `alg`
/// (SHA-512 for Ed25519, which has it inside).
#[must_use]
pub fn half_hash(alg: SigningAlg, value: &str) -> String {
    let digest = backend::digest(alg.hash(), value.as_bytes());
    let bytes = digest.as_ref();
    let (left, _) = bytes.split_at_checked(bytes.len() / 2).unwrap_or((bytes, &[]));
    b64::encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    // OpenID Connect Core, appendices A.3 and A.4: an access token and a code with their half hashes.
    #[test]
    fn the_examples_of_openid_connect_core() {
        assert_eq!(
            half_hash(SigningAlg::Rs256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        assert_eq!(
            half_hash(SigningAlg::Rs256, "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            "LDktKdoQak3Pk0cnXxCltA"
        );
    }

    #[test]
    fn the_length_follows_the_hash() {
        for (alg, length) in [
            (SigningAlg::Es256, 22),
            (SigningAlg::Ps384, 32),
            (SigningAlg::Hs512, 43),
            (SigningAlg::EdDsa, 43),
            (SigningAlg::Ed25519, 43),
        ] {
            assert_eq!(half_hash(alg, "token").len(), length, "{alg}");
        }
    }
}

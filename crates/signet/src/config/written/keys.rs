//! The key ring, as people write it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::value::{Seconds, SecretText, Words};
use crate::keys::KeyOptions;

/// The key ring. Keys are kept in the store and made on first start where absent; a key is published before
/// it signs, and stays published as long as anything that it signed can be valid.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// Signature algorithms to have a key for; the first is the default. Default: those of `key_defs`, else
    /// RS256 and ES256.
    #[schemars(extend("examples" = [["RS256", "ES256"]]))]
    pub signing: Option<Vec<String>>,
    /// Algorithms by which others may encrypt to Signet (request objects). Default: those of `key_defs`, else
    /// RSA-OAEP, RSA-OAEP-256 and ECDH-ES, alone and with A128KW, A192KW, A256KW. An empty list: none.
    #[schemars(extend("examples" = [["RSA-OAEP-256", "ECDH-ES"]]))]
    pub encryption: Option<Vec<String>>,
    /// After this time another key takes an active one's place, published two hours before; 0: never by
    /// itself.
    pub rotate_every: Seconds,
    /// The key-encryption key: 32 random bytes as 64 hexadecimal digits or in base64url
    /// (`openssl rand -hex 32`). With it, private keys and the secrets behind subjects and refresh tokens are
    /// encrypted in the store, from the next start on.
    #[schemars(extend("examples" = ["a secret of 64 hexadecimal digits"]))]
    pub kek: Option<SecretText>,
    /// Key-encryption keys that `kek` had before. What they encrypted is read, and written anew: under `kek`,
    /// or in clear without one. They can be taken out after the next start.
    #[schemars(extend("examples" = [["a secret of 64 hexadecimal digits"]]))]
    pub previous_keks: Vec<SecretText>,
    /// oidc-op: a JWK Set with private keys, taken into the ring at each start. What is new there is used at
    /// once, of several keys for one algorithm the first; what is taken out there retires. What the ring has
    /// parted with is not taken from it again: `signet key import` takes such a key back. Unless `read_only`,
    /// the file is made where absent, and rewritten when the ring has changed, for its owner alone (mode
    /// 0600); like every such file it is in clear, whatever `kek` says.
    #[schemars(extend("examples" = ["private/jwks.json"]))]
    pub private_path: Option<String>,
    /// oidc-op: the keys that are to be there. Missing ones are made, others in the file of `private_path`
    /// retire.
    pub key_defs: Vec<KeyDefWritten>,
    /// oidc-op: where the published JWK Set is written, for another server of static files.
    #[schemars(extend("examples" = ["static/jwks.json"]))]
    pub public_path: Option<String>,
    /// oidc-op: the file of `private_path` is never written and alone says which keys there are, so that
    /// nothing is rotated. For algorithms that it has no key for, one is made and kept in the store; name
    /// fewer in `signing` and `encryption` if there are to be none.
    pub read_only: bool,
    /// oidc-op: the path of the published JWK Set, as `endpoint.jwks.path`.
    #[schemars(extend("examples" = ["static/jwks.json"]))]
    pub uri_path: Option<String>,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            signing: None,
            encryption: None,
            rotate_every: Seconds(KeyOptions::ROTATE_EVERY),
            kek: None,
            previous_keks: Vec::new(),
            private_path: None,
            key_defs: Vec::new(),
            public_path: None,
            read_only: false,
            uri_path: None,
        }
    }
}

/// oidc-op: keys that are to be there. Missing ones are made, others in the file of `private_path` retire.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KeyDefWritten {
    /// `RSA`, `EC` or `OKP`; `oct` is left out, for Signet makes its shared secrets itself.
    #[serde(rename = "type")]
    #[schemars(extend("examples" = ["EC"]))]
    pub kind: String,
    /// `sig`, `enc` or both: one key for each.
    #[serde(rename = "use")]
    pub uses: Words,
    /// `P-256`, `P-384` or `P-521` of an EC key; `Ed25519` or `X25519` of an OKP key.
    #[schemars(extend("examples" = ["P-256"]))]
    pub crv: Option<String>,
    /// Its id; made up when left out.
    #[schemars(extend("examples" = ["main"]))]
    pub kid: Option<String>,
    /// Bits of an RSA key: 2048, 3072 or 4096.
    #[schemars(extend("examples" = [2048]))]
    pub size: Option<u32>,
    /// Of an `oct` key; not looked at.
    #[schemars(extend("examples" = [24]))]
    pub bytes: Option<u32>,
    /// The key itself: a PEM file with one private key, not encrypted, relative to this file. It is taken
    /// into the ring at each start, under `kid` or its thumbprint, for one `use`.
    #[schemars(extend("examples" = ["key.pem"]))]
    pub key: Option<String>,
}

impl Default for KeyDefWritten {
    fn default() -> Self {
        Self {
            kind: String::new(),
            uses: Words(vec!["sig".to_owned()]),
            crv: None,
            kid: None,
            size: None,
            bytes: None,
            key: None,
        }
    }
}

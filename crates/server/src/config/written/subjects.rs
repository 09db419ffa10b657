//! OpenID Connect Core §8: the types of subjects, as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::value::SecretText;

/// Subjects as derived by oidc-op, for applications that already know them. Without this Signet derives
/// subjects from its own key, which it keeps in the store.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SessionParams {
    /// The salt of oidc-op's public and pairwise subjects.
    #[schemars(extend("examples" = ["the salt of the provider before"]))]
    pub salt: Option<SecretText>,
    /// How each type of subject is derived.
    pub sub_func: SubFuncs,
}

/// How each type of subject is derived.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubFuncs {
    /// The same subject at all applications: SHA-256 of username and salt.
    pub public: SubFunc,
    /// One subject in each sector: SHA-256 of username, sector and salt. The sector is the host of
    /// `sector_identifier_uri` or of the redirect URIs.
    pub pairwise: SubFunc,
    /// A random subject for each sign-in session; it uses no salt.
    pub ephemeral: SubFunc,
}

/// How one type of subject is derived.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubFunc {
    /// The name of the type, or `raw` for public subjects that are the username itself. oidc-op's classes
    /// `PublicID`, `PairWiseID` and `RawID` are accepted too.
    #[schemars(extend("x-aliases" = ["class"], "examples" = ["raw"]))]
    pub r#type: Option<String>,
    /// The salt, if it differs from that of `session_params`. Also read from `kwargs`.
    #[schemars(extend("examples" = ["the salt of the provider before"]))]
    pub salt: Option<SecretText>,
    /// A file with the salt, instead of `salt`. Every character counts. If the file does not exist, it is
    /// created with random content when the server starts. Also read from `kwargs`.
    #[schemars(extend("examples" = ["subject.salt"]))]
    pub filename: Option<String>,
}

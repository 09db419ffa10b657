//! OpenID Connect Core §8: how people are named to applications, as written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::value::SecretText;

/// Subjects as oidc-op made them, for applications that know people by these. Without any of this Signet
/// makes subjects by a key of its own, which it keeps in the store.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SessionParams {
    /// The salt of oidc-op's public and pairwise subjects.
    #[schemars(extend("examples" = ["the salt of the provider before"]))]
    pub salt: Option<SecretText>,
    /// How each type of subject is made.
    pub sub_func: SubFuncs,
}

/// How each type of subject is made.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubFuncs {
    /// One subject at all applications: SHA-256 of username and salt.
    pub public: SubFunc,
    /// One subject in each sector: SHA-256 of username, sector and salt. The sector is the host of
    /// `sector_identifier_uri` or of the redirect URIs.
    pub pairwise: SubFunc,
    /// Another subject for each sign-in session, by chance: it takes no salt.
    pub ephemeral: SubFunc,
}

/// How one type of subject is made.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SubFunc {
    /// The type's own name, or `raw` for public subjects that are the username itself. oidc-op's classes
    /// `PublicID`, `PairWiseID` and `RawID` are read as these.
    #[schemars(extend("x-aliases" = ["class"], "examples" = ["raw"]))]
    pub r#type: Option<String>,
    /// The salt, if it is not that of `session_params`. Also read from `kwargs`.
    #[schemars(extend("examples" = ["the salt of the provider before"]))]
    pub salt: Option<SecretText>,
    /// Instead: a file with the salt, every character of which counts. One that is absent is made when the
    /// server starts, with random content. Also read from `kwargs`.
    #[schemars(extend("examples" = ["subject.salt"]))]
    pub filename: Option<String>,
}

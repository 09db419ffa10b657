//! OpenID Connect Core §5.4: where claims are released, and the operator's settings for each place.

use serde::{Deserialize, Serialize};

use super::Selection;

/// Where claims are released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// The UserInfo endpoint.
    UserInfo,
    /// An ID token that comes with (or leads to) an access token.
    IdToken,
    /// An ID token alone (`response_type=id_token`): with the claims of the scopes, as there is no UserInfo
    /// to ask.
    IdTokenAlone,
    /// The introspection endpoint.
    Introspection,
    /// Access tokens: inside those that are JWTs, at introspection for all.
    AccessToken,
}

/// Something for each release point, by the names that oidc-op gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct At<T> {
    /// The UserInfo endpoint.
    pub userinfo: T,
    /// ID tokens.
    pub id_token: T,
    /// The introspection endpoint.
    pub introspection: T,
    /// Access tokens.
    pub access_token: T,
}

impl<T> At<T> {
    /// The point that a name means.
    pub fn at(&self, point: Point) -> &T {
        match point {
            Point::UserInfo => &self.userinfo,
            Point::IdToken | Point::IdTokenAlone => &self.id_token,
            Point::Introspection => &self.introspection,
            Point::AccessToken => &self.access_token,
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> [&T; 4] {
        [&self.userinfo, &self.id_token, &self.introspection, &self.access_token]
    }
}

/// What is released at one point besides what a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointRules {
    /// Always.
    pub base_claims: Selection,
    /// Always, and before the base.
    pub always_add_claims: Selection,
    /// The claims of the granted scopes.
    pub add_claims_by_scope: bool,
    /// A client's own [`AddClaims`] count.
    pub enable_claims_per_client: bool,
}

impl Default for PointRules {
    fn default() -> Self {
        Self {
            base_claims: Selection::default(),
            always_add_claims: Selection::default(),
            add_claims_by_scope: false,
            enable_claims_per_client: true,
        }
    }
}

impl At<PointRules> {
    /// OpenID Connect Core §5.4: the claims of scopes are released at UserInfo.
    pub fn standard() -> Self {
        let userinfo = PointRules { add_claims_by_scope: true, ..PointRules::default() };
        Self { userinfo, ..Self::default() }
    }
}

/// What an operator changes about the release points for one client.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AddClaims {
    /// These come whatever is asked.
    pub always: At<Selection>,
    /// Whether the claims of the granted scopes come, in place of the point's own rule.
    pub by_scope: At<Option<bool>>,
}

impl AddClaims {
    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

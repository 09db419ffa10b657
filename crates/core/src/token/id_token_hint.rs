//! OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2: an ID token of ours, shown back to us. It may have expired.

use serde::Deserialize;

use crate::env::Env;

/// What a hint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Who, as that client knows them.
    pub sub: String,
    /// Whom it was issued to.
    pub audience: Vec<String>,
    /// From which sign-in.
    pub sid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    sid: Option<String>,
    exp: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Reads a hint; `None` unless one of our keys signed it as an ID token of this issuer. Those end at some time; a signed UserInfo
/// answer, which looks the same otherwise, does not (RFC 8725 §3.11).
pub fn read(env: &Env<'_>, token: &str) -> Option<Hint> {
    let opened = env.jose.open_own(token).ok()?;
    if opened.typ.is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return None;
    }
    let claims: Claims = serde_json::from_slice(&opened.payload).ok()?;
    let audience = match claims.aud {
        Audience::One(one) => vec![one],
        Audience::Many(many) => many,
    };
    (claims.iss == env.settings.issuer && claims.exp.is_some()).then_some(Hint {
        sub: claims.sub,
        audience,
        sid: claims.sid,
    })
}

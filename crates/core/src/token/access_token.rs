//! RFC 6749 §1.4, RFC 9068 §2: access tokens, as a handle or as a JWT. Both have a row, so that both can be
//! revoked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{Minted, end, record};
use crate::claims::Point;
use crate::env::{Env, JoseError};
use crate::error::Error;
use crate::handle::{Handle, Kind};
use crate::id::TokenId;
use crate::lookup::TokenById;
use crate::record::client::AccessTokenFormat;
use crate::record::{Client, Grant, Token, TokenKind, User};
use crate::release::{self, Released};
use crate::resource;
use crate::scope::Scope;
use crate::settings::resources::Typ;
use crate::time::Timestamp;

/// What a new access token is for.
#[derive(Debug)]
pub struct For<'a> {
    /// Who will present it.
    pub client: &'a Client,
    /// What it depends on.
    pub grant: &'a Grant,
    /// About whom; none when the client acts for itself.
    pub user: Option<&'a User>,
    /// The grant's scope or a part of it.
    pub scope: &'a Scope,
    /// Where it may be presented; see [`crate::resource::audience`].
    pub audience: Vec<String>,
    /// The code or refresh token it comes from.
    pub based_on: Option<TokenId>,
}

/// A new access token in the client's format.
pub fn mint(env: &Env<'_>, wanted: For<'_>) -> Result<Minted, Error> {
    let For { client, grant, user, scope, audience, based_on } = wanted;
    let seconds = resource::access_token_lifetime(env.settings, client, &audience);
    let terms = resource::terms(env.settings, &audience);
    let record = Token {
        expires_at: end(env.now, seconds, grant),
        scope: (*scope != grant.scope).then(|| scope.clone()),
        audience,
        ..record(env, TokenKind::AccessToken, grant, based_on)
    };
    match terms.format.or(client.access_token_format).unwrap_or(env.settings.access_token_format) {
        AccessTokenFormat::Opaque => {
            let handle = Handle::mint(env, Kind::Access, record.id.0);
            Ok(Minted { wire: handle.encode(), record: Token { hash: Some(handle.hash()), ..record } })
        }
        AccessTokenFormat::Jwt => {
            let payload = payload(env, client, grant, user, scope, &record)?;
            // Its reader may know nothing but our published keys, so the client's own choices do not count
            // here.
            let alg = terms.signing_alg.unwrap_or(&env.settings.default_signing_alg);
            let typ = if terms.typ == Typ::Jwt { PLAIN } else { TYP };
            let wire = env.jose.sign(alg, typ, &payload).map_err(|JoseError(why)| Error::server(why))?;
            Ok(Minted { wire, record })
        }
    }
}

/// Where a presented access token's row must be; `None` when we cannot have made it. Whether it is still
/// good, the row tells.
pub fn read(env: &Env<'_>, wire: &str) -> Option<TokenById> {
    let kind = TokenKind::AccessToken;
    if let Some(handle) = Handle::decode(Kind::Access, wire) {
        return Some(TokenById { kind, id: TokenId(handle.id), hash: Some(handle.hash()) });
    }
    if wire.bytes().filter(|b| *b == b'.').count() != 2 {
        return None;
    }
    let jws = env.jose.open_own(wire).ok()?;
    // RFC 9068 §4: an ID token or another of our JWTs must not pass for an access token.
    let typ = jws.typ?;
    let typ = typ.strip_prefix("application/").unwrap_or(&typ);
    let claims: Known = serde_json::from_slice(&jws.payload).ok()?;
    let plain = || {
        let audience = claims.aud.as_ref().map(Named::all).unwrap_or_default();
        typ.eq_ignore_ascii_case(PLAIN) && resource::terms(env.settings, &audience).typ == Typ::Jwt
    };
    if claims.iss != env.settings.issuer || !(typ.eq_ignore_ascii_case(TYP) || plain()) {
        return None;
    }
    Some(TokenById { kind, id: read_jti(&claims.jti)?, hash: None })
}

const TYP: &str = "at+jwt";
/// For resources that ask for it. ID tokens have no `jti`, so they are not taken for access tokens here all
/// the same.
const PLAIN: &str = "JWT";

#[derive(Deserialize)]
struct Known {
    iss: String,
    jti: String,
    aud: Option<Named>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Named {
    One(String),
    Several(Vec<String>),
}

impl Named {
    fn all(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.clone()],
            Self::Several(several) => several.clone(),
        }
    }
}

/// RFC 9068 §2.2.
#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: Audience<'a>,
    client_id: &'a str,
    #[serde(skip_serializing_if = "Scope::is_empty")]
    scope: &'a Scope,
    exp: Timestamp,
    iat: Timestamp,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    amr: &'a [String],
    #[serde(flatten)]
    claims: Released<'a>,
}

/// RFC 7519 §4.1.3: one audience is written as a string.
#[derive(Serialize)]
#[serde(untagged)]
enum Audience<'a> {
    One(&'a str),
    Several(&'a [String]),
}

fn payload(
    env: &Env<'_>,
    client: &Client,
    grant: &Grant,
    user: Option<&User>,
    scope: &Scope,
    record: &Token,
) -> Result<Vec<u8>, Error> {
    let released = |user| release::release(env.settings, client, user, grant, scope, Point::AccessToken);
    let payload = Payload {
        iss: &env.settings.issuer,
        sub: &grant.sub,
        aud: match record.audience.as_slice() {
            [one] => Audience::One(one),
            several => Audience::Several(several),
        },
        client_id: grant.client.as_str(),
        scope,
        exp: record.expires_at,
        iat: record.issued_at,
        jti: jti(env, record.id),
        auth_time: grant.user.as_ref().map(|_| grant.auth_time),
        acr: grant.acr.as_deref(),
        amr: &grant.amr,
        claims: user.map(released).unwrap_or_default(),
    };
    serde_json::to_vec(&payload).map_err(|e| Error::server(e.to_string()))
}

/// The row's id, by which a presented token is found, and chance, so that jtis tell nothing about each other.
fn jti(env: &Env<'_>, id: TokenId) -> String {
    let mut bytes: [u8; 16] = env.random();
    for (to, from) in bytes.iter_mut().zip(id.0.to_be_bytes()) {
        *to = from;
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read_jti(jti: &str) -> Option<TokenId> {
    let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(jti).ok()?.try_into().ok()?;
    let (id, _chance) = bytes.split_first_chunk::<8>()?;
    Some(TokenId(i64::from_be_bytes(*id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Selection;
    use crate::testing::{self, World, opened};
    use serde_json::{Value, json};

    fn minted(world: &World, format: AccessTokenFormat, scope: &str) -> (Minted, Grant) {
        let mut client = testing::client("web");
        client.access_token_format = Some(format);
        let grant = world.grant(&client, &testing::user("diana"), "openid email");
        let (scope, audience) = (Scope::parse(scope).unwrap(), vec!["https://op.example".to_owned()]);
        let wanted = For {
            client: &client,
            grant: &grant,
            user: None,
            scope: &scope,
            audience,
            based_on: Some(TokenId(9)),
        };
        (mint(&world.env(), wanted).unwrap(), grant)
    }

    #[test]
    fn an_opaque_token_is_a_handle_of_its_row() {
        let world = World::new();
        let (minted, grant) = minted(&world, AccessTokenFormat::Opaque, "openid email");
        let (kind, id, hash) = (TokenKind::AccessToken, minted.record.id, minted.record.hash);
        assert!(hash.is_some());
        assert_eq!(read(&world.env(), &minted.wire), Some(TokenById { kind, id, hash }));
        assert_eq!((minted.record.grant, minted.record.based_on), (grant.id, Some(TokenId(9))));
        assert_eq!(minted.record.expires_at, world.now.plus(3600));
        assert_eq!(minted.record.scope, None);
    }

    #[test]
    fn a_jwt_has_the_members_of_rfc_9068() {
        let world = World::new();
        let (minted, grant) = minted(&world, AccessTokenFormat::Jwt, "openid");
        let (header, payload) = opened(&minted.wire);
        assert_eq!(header, json!({"alg": "RS256", "typ": "at+jwt"}));
        let jti = payload["jti"].as_str().unwrap();
        assert_eq!(
            payload,
            json!({
                "iss": "https://op.example", "sub": grant.sub, "aud": "https://op.example", "client_id": "web", "scope": "openid",
                "exp": world.now.0 + 3600, "iat": world.now.0, "jti": jti, "auth_time": world.now.0 - 60,
                "acr": "urn:signet:password", "amr": ["pwd"],
            })
        );
        assert_eq!(minted.record.scope, Some(Scope::from_words(["openid"])));
        assert_eq!(minted.record.hash, None);
        let (kind, id) = (TokenKind::AccessToken, minted.record.id);
        assert_eq!(read(&world.env(), &minted.wire), Some(TokenById { kind, id, hash: None }));
    }

    #[test]
    fn a_jwt_tells_the_claims_of_its_release_point_and_never_others_than_its_own() {
        let mut world = World::new();
        world.settings.release.access_token.add_claims_by_scope = true;
        let (mut client, mut diana) = (testing::client("web"), testing::user("diana"));
        client.access_token_format = Some(AccessTokenFormat::Jwt);
        client.add_claims.always.access_token = Selection::of(["name", "sub", "client_id", "nickname"]);
        diana.claims.insert("client_id".into(), "forged".into());
        diana.claims.insert("nickname".into(), Value::Null);
        let grant = world.grant(&client, &diana, "openid email");
        let scope = Scope::from_words(["openid"]);
        let mint = |user, scope| {
            let wanted =
                For { client: &client, grant: &grant, user, scope, audience: Vec::new(), based_on: None };
            opened(&mint(&world.env(), wanted).unwrap().wire).1
        };
        let payload = mint(Some(&diana), &grant.scope);
        assert_eq!(
            (&payload["email"], &payload["name"]),
            (&json!("diana@example.org"), &json!("Diana Krall"))
        );
        assert_eq!((&payload["sub"], &payload["client_id"]), (&json!(grant.sub), &json!("web")));
        assert!(payload.get("nickname").is_none());
        assert!(mint(Some(&diana), &scope).get("email").is_none(), "its own scope counts");
        assert!(mint(None, &grant.scope).get("name").is_none());
    }

    #[test]
    fn a_token_never_outlives_its_grant() {
        let world = World::new();
        let client = testing::client("web");
        let mut grant = world.grant(&client, &testing::user("diana"), "openid");
        grant.expires_at = world.now.plus(7);
        let scope = grant.scope.clone();
        let wanted = For {
            client: &client,
            grant: &grant,
            user: None,
            scope: &scope,
            audience: Vec::new(),
            based_on: None,
        };
        assert_eq!(mint(&world.env(), wanted).unwrap().record.expires_at, world.now.plus(7));
    }

    #[test]
    fn other_jwts_of_ours_are_no_access_tokens() {
        let world = World::new();
        let env = world.env();
        let jti = jti(&env, TokenId(4));
        let sign =
            |typ: &str, payload: Value| env.jose.sign("RS256", typ, payload.to_string().as_bytes()).unwrap();
        let good = json!({"iss": "https://op.example", "jti": jti});
        assert!(read(&env, &sign("application/at+jwt", good.clone())).is_some());
        for bad in [
            sign("JWT", good.clone()),
            sign("at+jwt", json!({"iss": "https://other.example", "jti": jti})),
            sign("at+jwt", json!({"iss": "https://op.example"})),
            sign("at+jwt", json!({"iss": "https://op.example", "jti": "AAAA"})),
            sign("at+jwt", good.clone()).replace(".c2lnbmVk", ".Zm9yZ2Vk"),
            "a.b.c".to_owned(),
        ] {
            assert_eq!(read(&env, &bad), None, "{bad}");
        }
    }
}

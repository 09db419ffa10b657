//! OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2: an ID token that we issued, sent back to us. It may
//! have expired.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::protect::{ID_TOKEN, NONE};
use crate::alg::is_mac;
use crate::env::{Env, OwnJws};
use crate::jwe::{self, Closed};
use crate::jwt::Work;
use crate::record::Client;

/// What a hint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Who, as that client knows them.
    pub sub: String,
    /// Whom it was issued to.
    pub audience: Vec<String>,
    /// From which sign-in.
    pub sid: Option<String>,
    /// At which assurance.
    pub acr: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    sid: Option<String>,
    acr: Option<String>,
    exp: Option<u64>,
    /// No ID token of ours has one: it is an access token whose `typ` says nothing.
    jti: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    alg: String,
    typ: Option<String>,
}

const JWS_PARTS: usize = 3;
const JWE_PARTS: usize = 5;
const NO_JWT: &str = "it is no JWT";
const NO_JWT_INSIDE: &str = "what is encrypted in it is no JWT";
const NOT_OFFERED: &str = "it is encrypted by an algorithm that is not offered";

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Opens a hint that the client has encrypted to us: to our key, or under the secret that both hold. Anybody
/// can make one, so it is done once, and the caller counts it. Under the secret we encrypt ID tokens
/// ourselves, which come back as they are; to our key everything is encrypted as request objects are.
pub fn open(env: &Env<'_>, token: &str, client: Option<&Client>) -> Result<String, &'static str> {
    parts(token).filter(|parts| *parts == JWE_PARTS).ok_or(NO_JWT)?;
    let kind = if Work::of(token) == Work::ItsSecret { ID_TOKEN.name } else { "request_object" };
    let inside = jwe::open(env, token, client, kind).map_err(|closed| match closed {
        Closed::NotOffered(..) => NOT_OFFERED,
        Closed::Locked(_) => "it cannot be decrypted",
        Closed::NoText => NO_JWT_INSIDE,
    })?;
    if parts(&inside) == Some(JWS_PARTS) { Ok(inside) } else { Err(NO_JWT_INSIDE) }
}

/// Reads a hint in clear, or tells the log why it is none: it must be an ID token of this issuer, signed by
/// one of our keys, or with the secret of the client that shows it, where that client is registered for it.
/// Nobody has signed one of algorithm `none`, so it hints at nothing. ID tokens end at some time; a signed
/// UserInfo answer, which looks the same otherwise, does not (RFC 8725 §3.11).
///
/// Applications keep ID tokens for as long as people use them, which is longer than keys live. So a hint that
/// cannot be read is no fault of the request: it is no hint.
pub fn read(env: &Env<'_>, token: &str, client: Option<&Client>) -> Result<Hint, &'static str> {
    if parts(token).ok_or(NO_JWT)? == JWE_PARTS {
        return Err("it is still encrypted");
    }
    if let Ok(signed) = env.jose.open_own(token) {
        return understood(env, &signed);
    }
    if header(token).is_some_and(|header| header.alg == NONE) {
        return Err("nobody has signed it (alg none)");
    }
    let by_secret = client.and_then(|client| Some((client, by_secret(env, token, client)?)));
    let (client, signed) = by_secret.ok_or("no key that is still here has signed it")?;
    let hint = understood(env, &signed)?;
    // The secret speaks for this client only.
    let own = hint.audience.iter().any(|aud| aud == client.client_id.as_str());
    own.then_some(hint).ok_or("it is signed with the secret of a client to which it was not issued")
}

fn understood(env: &Env<'_>, signed: &OwnJws) -> Result<Hint, &'static str> {
    const NO_ID_TOKEN: &str = "it is signed, but is no ID token";
    if signed.typ.as_ref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err(NO_ID_TOKEN);
    }
    let claims: Claims = serde_json::from_slice(&signed.payload).map_err(|_| NO_ID_TOKEN)?;
    if claims.exp.is_none() || claims.jti.is_some() {
        return Err(NO_ID_TOKEN);
    }
    if claims.iss != env.settings.issuer {
        return Err("it is of another issuer");
    }
    let audience = match claims.aud {
        Audience::One(one) => vec![one],
        Audience::Many(many) => many,
    };
    Ok(Hint { sub: claims.sub, audience, sid: claims.sid, acr: claims.acr })
}

/// OpenID Connect Core §10.1: what the client's secret signed by the algorithm that it registered for its ID
/// tokens.
fn by_secret(env: &Env<'_>, token: &str, client: &Client) -> Option<OwnJws> {
    let alg = (ID_TOKEN.signed_alg)(client).filter(|alg| is_mac(alg))?;
    let signed = |secret: &[u8]| env.jose.verify_mac(token, secret, alg).is_ok();
    if !client.computing_secrets(env.now).any(signed) {
        return None;
    }
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    Some(OwnJws { typ: header(token)?.typ, payload })
}

fn header(token: &str) -> Option<Header> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?).ok()
}

/// RFC 7515 §7.1, RFC 7516 §7.1: how many parts a compact serialization has; none where it is none.
fn parts(token: &str) -> Option<usize> {
    let encoded = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let count = token.split('.').count();
    let shaped = matches!(count, JWS_PARTS | JWE_PARTS) && token.split('.').all(encoded);
    (shaped && header(token).is_some()).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Encryption;
    use crate::testing::{self, SECRET, World, sealed};
    use crate::token::id_token::{self, Extras};
    use crate::token::protect::To;

    /// An ID token of Diana for a client so registered.
    fn issued(alg: &str) -> (Client, String) {
        let world = World::new();
        let (mut client, diana) = (testing::client("web"), testing::user("diana"));
        client.id_token_signed_response_alg = Some(alg.into());
        let grant = world.grant(&client, &diana, "openid");
        let to = To { client: &client, keys: None, direct: true };
        let token = id_token::build(&world.env(), &to, &grant, &diana, &Extras::default()).unwrap();
        (client, token)
    }

    fn read(token: &str, client: Option<&Client>) -> Option<Hint> {
        judged(token, client).ok()
    }

    fn judged(token: &str, client: Option<&Client>) -> Result<Hint, &'static str> {
        let world = World::new();
        let clear = token.split('.').count() != JWE_PARTS;
        let token = if clear { Ok(token.to_owned()) } else { open(&world.env(), token, client) }?;
        super::read(&world.env(), &token, client)
    }

    fn to_us(token: &str, holder: &str) -> String {
        let how = Encryption { alg: "RSA-OAEP", enc: "A256GCM", typ: None, cty: Some("JWT") };
        sealed(how, token.as_bytes(), holder.as_bytes())
    }

    #[test]
    fn what_our_key_signed_is_read_whoever_shows_it() {
        let (client, token) = issued("ES256");
        let hint = read(&token, None).unwrap();
        assert_eq!(hint.audience, ["web"]);
        assert!(hint.sid.is_some());
        assert_eq!(read(&token, Some(&client)), Some(hint));
        assert_eq!(read(&token.replace(".c2lnbmVk", ".Zm9yZ2Vk"), Some(&client)), None);
    }

    #[test]
    fn what_a_secret_signed_is_read_for_its_client_only() {
        let (client, token) = issued("HS256");
        assert_eq!(read(&token, Some(&client)).unwrap().audience, ["web"]);
        assert_eq!(read(&token, None), None);
        let mut other = testing::client("other");
        other.id_token_signed_response_alg = Some("HS256".into());
        // Another client with the same secret is another client still.
        assert_eq!(read(&token, Some(&other)), None);
        let mut rotated = testing::client("web");
        rotated.id_token_signed_response_alg = Some("HS256".into());
        rotated.client_secret = Some(crate::secret::Secret::new("another".into()));
        assert_eq!(read(&token, Some(&rotated)), None);
        // Until the secret that it had before ends.
        rotated.client_secret_previous = Some(crate::secret::Secret::new(SECRET.into()));
        assert!(read(&token, Some(&rotated)).is_some());
        assert!(read(&to_us(&token, SECRET), Some(&rotated)).is_some());
        rotated.client_secret_previous_expires_at = testing::NOW;
        assert_eq!(read(&token, Some(&rotated)), None);
        assert_eq!(read(&to_us(&token, SECRET), Some(&rotated)), None);
        // Of a client that is not registered for it, the secret signs nothing of ours.
        for alg in [None, Some("ES256"), Some("HS256"), Some(NONE)] {
            let mut client = testing::client("web");
            client.id_token_signed_response_alg = alg.map(str::to_owned);
            assert_eq!(read(&token, Some(&client)).is_some(), alg.is_some_and(is_mac), "{alg:?}");
        }
    }

    #[test]
    fn what_nobody_signed_hints_at_nothing() {
        let (client, token) = issued(NONE);
        assert_eq!(read(&token, Some(&client)), None);
        assert_eq!(read(&to_us(&token, "op"), Some(&client)), None);
    }

    #[test]
    fn the_log_learns_why_a_hint_cannot_be_read() {
        let (client, unsigned) = issued(NONE);
        let (_, forged) = issued("ES256");
        let forged = forged.replace(".c2lnbmVk", ".Zm9yZ2Vk");
        for (token, why) in [
            ("not-a-token", NO_JWT),
            ("a.b.c", NO_JWT),
            ("a.b.c.d.e", NO_JWT),
            ("", NO_JWT),
            (&*unsigned, "nobody has signed it (alg none)"),
            (&*forged, "no key that is still here has signed it"),
            (&*to_us("not-a-token", "op"), NO_JWT_INSIDE),
            (&*to_us(&forged, "somebody else"), "it cannot be decrypted"),
        ] {
            assert_eq!(judged(token, Some(&client)), Err(why), "{token}");
        }
    }

    #[test]
    fn what_is_encrypted_to_us_is_opened_first() {
        for alg in ["ES256", "HS256"] {
            let (client, token) = issued(alg);
            let expected = read(&token, Some(&client));
            assert!(expected.is_some());
            for holder in ["op", SECRET] {
                assert_eq!(read(&to_us(&token, holder), Some(&client)), expected, "{alg} {holder}");
            }
            assert_eq!(read(&to_us(&token, "somebody else"), Some(&client)), None);
            assert_eq!(read(&to_us(&to_us(&token, "op"), "op"), Some(&client)), None);
        }
    }

    #[test]
    fn what_is_not_offered_is_not_opened() {
        let (client, token) = issued("ES256");
        let by = |alg, enc, holder: &str| {
            let how = Encryption { alg, enc, typ: None, cty: Some("JWT") };
            sealed(how, token.as_bytes(), holder.as_bytes())
        };
        let mut world = World::new();
        let lists = [
            ("request_object_encryption_alg_values_supported", "RSA-OAEP-256"),
            ("request_object_encryption_enc_values_supported", "A128CBC-HS256"),
            ("id_token_encryption_alg_values_supported", "A128KW"),
        ];
        for (list, only) in lists {
            world.settings.offer.only(list, vec![only.to_owned()]);
        }
        for (sent, expected) in [
            (by("RSA-OAEP", "A128CBC-HS256", "op"), Err(NOT_OFFERED)),
            (by("RSA-OAEP-256", "A256GCM", "op"), Err(NOT_OFFERED)),
            (by("RSA-OAEP-256", "A128CBC-HS256", "op"), Ok(token.clone())),
            (by("dir", "A256GCM", SECRET), Err(NOT_OFFERED)),
            // As this client is sent its ID tokens.
            (by("A128KW", "A256GCM", SECRET), Ok(token.clone())),
        ] {
            assert_eq!(open(&world.env(), &sent, Some(&client)), expected, "{sent}");
        }
    }

    #[test]
    fn other_things_that_we_sign_are_no_hints() {
        let world = World::new();
        let claims = |more: &str| format!(r#"{{"iss":"https://op.example","sub":"d","aud":"web"{more}}}"#);
        let sign = |typ: &str, claims: &str| world.env().jose.sign("ES256", typ, claims.as_bytes()).unwrap();
        assert!(read(&sign("JWT", &claims(r#","exp":1"#)), None).is_some());
        assert_eq!(read(&sign("JWT", &claims("")), None), None);
        assert_eq!(read(&sign("at+jwt", &claims(r#","exp":1"#)), None), None);
        assert_eq!(
            read(&sign("JWT", r#"{"iss":"https://other.example","sub":"d","aud":"web","exp":1}"#), None),
            None
        );
        assert_eq!(read("", None), None);
    }
}

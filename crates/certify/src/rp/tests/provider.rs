//! A provider in one function, good unless told otherwise.

use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};
use signet_jose::{SigningAlg, SigningKey, hash::half_hash, jws};

use super::{CB, OP};
use crate::Wire;
use crate::fake::{NOW, json as json_reply, page, param, redirect, wire};
use crate::wire::locked;

/// How the scripted provider departs from the good one.
#[derive(Clone, Copy, Default)]
pub(super) struct Flaws {
    pub(super) issuer: Option<&'static str>,
    pub(super) state: bool,
    pub(super) iss: bool,
    pub(super) code_again: bool,
    pub(super) tokens_live: bool,
    pub(super) open_redirect: bool,
    pub(super) cached: bool,
    pub(super) any_verifier: bool,
    pub(super) private_key: bool,
    pub(super) repeated_kid: bool,
    pub(super) bare_page: bool,
    pub(super) unchallenged: bool,
}

/// What a scripted provider remembers.
#[derive(Default)]
struct Memory {
    request: String,
    redeemed: usize,
    revoked: bool,
}

/// A provider in one function: one person, one client, one code at a time.
pub(super) fn provider(flaws: Flaws) -> Wire {
    let key = SigningKey::generate(SigningAlg::Es256).unwrap();
    let memory = Mutex::new(Memory::default());
    wire(move |request| {
        let mut memory = locked(&memory);
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body = request.body().clone();
        let bearer =
            request.headers().get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
        match request.uri().path() {
            "/.well-known/openid-configuration" => json_reply(200, &metadata(flaws)),
            "/jwks" => json_reply(200, &published(&key, flaws)),
            "/authorize" => authorize(&mut memory, query, flaws),
            "/login" => page(
                "<form method=post action=/consent><input id=username name=u><input id=password name=password type=password>\
                              <button id=sign-in>Go</button></form>",
            ),
            "/consent" if param(&body, "password").as_deref() != Some("krall") => page(
                "<form method=post><div role=alert>No match</div><input id=password name=password type=password><button id=sign-in>Go</button></form>",
            ),
            "/consent" if flaws.bare_page => {
                let form =
                    page("<form method=post action=/done><button id=consent-allow>Allow</button></form>");
                Response::builder().header("content-type", "text/html").body(form.into_body()).unwrap()
            }
            "/consent" => {
                page("<form method=post action=/done><button id=consent-allow>Allow</button></form>")
            }
            "/done" => done(&memory, flaws),
            "/token" => token(&mut memory, &key, &body, bearer.as_deref(), flaws),
            "/userinfo" => userinfo(&memory, bearer.as_deref(), flaws),
            path => panic!("nobody should ask for {path}"),
        }
    })
}

pub(super) fn metadata(flaws: Flaws) -> Value {
    json!({
        "issuer": flaws.issuer.unwrap_or(OP), "authorization_endpoint": "https://op.test/authorize",
        "token_endpoint": "https://op.test/token", "userinfo_endpoint": "https://op.test/userinfo",
        "jwks_uri": "https://op.test/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"], "authorization_response_iss_parameter_supported": true
    })
}

fn published(key: &SigningKey, flaws: Flaws) -> Value {
    let jwk = if flaws.private_key { key.to_jwk() } else { key.public_jwk() }.unwrap();
    let copies = if flaws.repeated_kid { 2 } else { 1 };
    let jwk = serde_json::to_value(&jwk).unwrap();
    json!({ "keys": vec![jwk; copies] })
}

fn authorize(memory: &mut Memory, query: String, flaws: Flaws) -> Response<Bytes> {
    let asked = |name: &str| param(query.as_bytes(), name).unwrap_or_default();
    let target = asked("redirect_uri");
    if target != CB && !flaws.open_redirect {
        let mut answer = page("<main data-error=invalid_request>This link cannot be used</main>");
        *answer.status_mut() = StatusCode::BAD_REQUEST;
        return answer;
    }
    if asked("prompt") == "none" {
        let description = "error_description=nobody+is+signed+in";
        let state = if flaws.state { "another".to_owned() } else { asked("state") };
        return redirect(303, &format!("{target}?error=login_required&{description}&state={state}&iss={OP}"));
    }
    *memory = Memory { request: query, ..Memory::default() };
    redirect(303, "/login")
}

fn done(memory: &Memory, flaws: Flaws) -> Response<Bytes> {
    let asked = |name: &str| param(memory.request.as_bytes(), name).unwrap_or_default();
    let (state, mode) = (asked("state"), asked("response_mode"));
    let state = if flaws.state { "another".to_owned() } else { state };
    let iss = if flaws.iss { "https://evil.test" } else { OP };
    match mode.as_str() {
        "form_post" => page(&format!(
            "<form method=post action='{CB}'><input type=hidden name=code value=c1><input type=hidden name=state value={state}>\
             <input type=hidden name=iss value={iss}></form>"
        )),
        "fragment" => redirect(303, &format!("{CB}#code=c1&state={state}&iss={iss}")),
        _ => redirect(303, &format!("{CB}?code=c1&state={state}&iss={iss}")),
    }
}

fn refuse(status: u16, code: &str, challenge: Option<&str>) -> Response<Bytes> {
    let mut response =
        json_reply(status, &json!({ "error": code, "error_description": "because the script says so" }));
    if let Some(challenge) = challenge {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.parse().unwrap());
    }
    response
}

fn token(
    memory: &mut Memory,
    key: &SigningKey,
    body: &[u8],
    authorization: Option<&str>,
    flaws: Flaws,
) -> Response<Bytes> {
    // The client "web app" with the secret "s:1%", percent-encoded before base64.
    if authorization != Some(&format!("Basic {}", STANDARD.encode("web+app:s%3A1%25"))) {
        return refuse(401, "invalid_client", Some("Basic realm=\"op\""));
    }
    let verifier = param(body, "code_verifier").unwrap_or_default();
    let challenge = URL_SAFE_NO_PAD.encode(<sha2::Sha256 as sha2::Digest>::digest(verifier));
    if param(memory.request.as_bytes(), "code_challenge") != Some(challenge) && !flaws.any_verifier {
        return refuse(400, "invalid_grant", None);
    }
    memory.redeemed += 1;
    if memory.redeemed > 1 && !flaws.code_again {
        memory.revoked = !flaws.tokens_live;
        return refuse(400, "invalid_grant", None);
    }
    let claims = json!({
        "iss": OP, "sub": "diana-1", "aud": "web app", "iat": NOW, "exp": NOW + 300, "auth_time": NOW - 10,
        "nonce": param(memory.request.as_bytes(), "nonce"), "at_hash": half_hash(SigningAlg::Es256, "at-1")
    });
    let id_token = jws::sign(key, None, claims.to_string().as_bytes()).unwrap();
    let mut answer = json_reply(
        200,
        &json!({ "access_token": "at-1", "token_type": "Bearer", "expires_in": 300, "id_token": id_token }),
    );
    if flaws.cached {
        answer.headers_mut().remove(header::CACHE_CONTROL);
    }
    answer
}

fn userinfo(memory: &Memory, bearer: Option<&str>, flaws: Flaws) -> Response<Bytes> {
    match bearer {
        None if flaws.unchallenged => refuse(400, "invalid_request", None),
        None => {
            let challenge = (header::WWW_AUTHENTICATE, "Bearer realm=\"op\"");
            Response::builder().status(401).header(challenge.0, challenge.1).body(Bytes::new()).unwrap()
        }
        Some("Bearer at-1") if !memory.revoked => json_reply(200, &json!({ "sub": "diana-1" })),
        Some(_) => refuse(401, "invalid_token", Some("Bearer realm=\"op\", error=\"invalid_token\"")),
    }
}

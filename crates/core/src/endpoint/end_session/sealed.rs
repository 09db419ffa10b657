//! OpenID Connect RP-Initiated Logout §2: a request sent by a form, encrypted in the URL of a redirect, so
//! that its cookies are sent along.
//!
//! An ID token in an address ends up in histories and in logs of proxies. What it says of the person, the
//! client and the sign-in is all that is needed, and nobody but us can read it there.

use serde::{Deserialize, Serialize};

use super::{Request, Shown, too_long};
use crate::env::Env;
use crate::error::Error;
use crate::id::ClientId;
use crate::params::LONGEST_QUERY;
use crate::secret::keyed;
use crate::token::id_token_hint::Hint;

/// What a sealed request begins with, as handles do.
const PREFIX: &str = "sgo_";

#[derive(Serialize, Deserialize)]
struct Kept {
    until: u64,
    hint: Heard,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    state: Option<String>,
}

/// What the hint said.
#[derive(Serialize, Deserialize)]
enum Heard {
    Nothing,
    Says { sub: String, audience: Vec<String>, sid: Option<String> },
    Unreadable,
}

impl Request {
    /// The value of [`SEALED`](super::SEALED) in the address where the request goes on.
    pub fn seal(&self, env: &Env<'_>) -> Result<String, Error> {
        let kept = Kept {
            until: env.now.plus(env.settings.lifetimes.interaction).0,
            hint: match &self.hint {
                None => Heard::Nothing,
                Some(Shown::Sent(_) | Shown::Unreadable(_) | Shown::Unread) => Heard::Unreadable,
                Some(Shown::Says(Hint { sub, audience, sid, .. })) => {
                    Heard::Says { sub: sub.clone(), audience: audience.clone(), sid: sid.clone() }
                }
            },
            client_id: self.client_id.as_ref().map(|id| id.0.clone()),
            redirect_uri: self.redirect_uri.clone(),
            state: self.state.clone(),
        };
        let failed = |why: String| Error::server(format!("sealing a sign-out request: {why}"));
        let bytes = serde_json::to_vec(&kept).map_err(|error| failed(error.to_string()))?;
        let body = env.jose.seal(&key(env), &bytes).map_err(|error| failed(error.0))?;
        if body.len() > LONGEST_QUERY {
            return Err(too_long());
        }
        Ok(format!("{PREFIX}{body}"))
    }

    /// What cannot be opened is a request that vouches for nothing. What has ended vouches for no sign-in any
    /// more, but still says who asks and where they would have the person go.
    pub(super) fn unseal(env: &Env<'_>, sealed: &str) -> Self {
        let Some(kept) = opened(env, sealed) else {
            let hint = Some(Shown::Unread);
            return Self { hint, client_id: None, redirect_uri: None, state: None };
        };
        let client_of_hint = match &kept.hint {
            Heard::Says { audience, .. } => audience.first().cloned(),
            Heard::Nothing | Heard::Unreadable => None,
        };
        let hint = match kept.hint {
            _ if env.now.0 >= kept.until => Some(Shown::Unread),
            Heard::Nothing => None,
            Heard::Unreadable => Some(Shown::Unread),
            Heard::Says { sub, audience, sid } => Some(Shown::Says(Hint { sub, audience, sid, acr: None })),
        };
        let client_id = kept.client_id.or(client_of_hint).as_deref().map(ClientId::from);
        Self { hint, client_id, redirect_uri: kept.redirect_uri, state: kept.state }
    }
}

fn opened(env: &Env<'_>, sealed: &str) -> Option<Kept> {
    let body = sealed.strip_prefix(PREFIX).filter(|body| body.len() <= LONGEST_QUERY)?;
    serde_json::from_slice(&env.jose.unseal(&key(env), body).ok()?).ok()
}

/// For nothing but these requests, though made from the key of all handles.
fn key(env: &Env<'_>) -> [u8; 32] {
    keyed(&env.secrets.handle_key, "sign-out request", &[])
}

//! RFC 6749 §1.3: what a user grants with a response.

use super::Asked;
use crate::env::Env;
use crate::id::GrantId;
use crate::record::{Client, Grant, Session, User};
use crate::subject;
use crate::time::Timestamp;

/// The grant under which all is minted that the answer leads to.
pub(crate) fn grant(env: &Env<'_>, client: &Client, asked: &Asked, session: &Session, user: &User) -> Grant {
    let lifetimes = &env.settings.lifetimes;
    let offline = asked.scope.contains("offline_access");
    let tokens_end = env.now.plus(
        client
            .lifetimes
            .code
            .unwrap_or(lifetimes.code)
            .saturating_add(client.lifetimes.access_token.unwrap_or(lifetimes.access_token)),
    );
    let session_end = (!offline).then(|| tokens_end.max(session.expires_at));
    let own_end = (lifetimes.grant > 0).then(|| env.now.plus(lifetimes.grant));
    let expires_at = session_end.into_iter().chain(own_end).min().unwrap_or(Timestamp::NEVER);
    Grant {
        id: GrantId(env.ids.next()),
        user: Some(session.user.clone()),
        client: client.client_id.clone(),
        session: Some(session.root),
        sub: subject::sub(env, client, user, session.root),
        scope: asked.scope.clone(),
        claims: asked.claims.clone(),
        agreed: (!client.skip_consent).then(|| asked.names(env, client, Some(user)).clone()),
        resources: asked.resources.clone(),
        nonce: asked.nonce.clone(),
        auth_time: session.auth_time(),
        acr: None,
        amr: session.amr(),
        offline,
        issued_at: env.now,
        expires_at,
        revoked: false,
    }
}

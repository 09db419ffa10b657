//! RFC 6749 §4.2.2, OpenID Connect Core §3.2.2.5: `token`, an access token through the browser.

use super::Part;
use crate::change::Change;
use crate::resource;
use crate::time::Timestamp;
use crate::token::access_token;

pub(super) const PART: Part = Part {
    name: "token",
    grant_type: "implicit",
    is_token: true,
    mint: |env, sent, answer| {
        let granted = &sent.granted;
        let (client, grant) = (granted.client, &granted.grant);
        let audience = resource::audience(env.settings, client, &grant.resources, &grant.scope, &[])?;
        let scope = &resource::narrowed(env.settings, &audience, &grant.scope);
        let user = Some(granted.user);
        let wanted = access_token::For { client, grant, user, scope, audience, based_on: None };
        let access = access_token::mint(env, wanted)?;
        answer.fields.push(("access_token".into(), access.wire.clone()));
        answer.fields.push(("token_type".into(), "Bearer".into()));
        if access.record.expires_at != Timestamp::NEVER {
            let seconds = access.record.expires_at.since(env.now);
            answer.fields.push(("expires_in".into(), seconds.to_string()));
        }
        answer.fields.push(("scope".into(), scope.to_string()));
        answer.changes.push(Change::InsertToken(access.record));
        answer.access_token = Some(access.wire);
        Ok(())
    },
};

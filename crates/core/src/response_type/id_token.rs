//! OpenID Connect Core §3.2.2.5, §3.3.2.5: `id_token`, through the browser.

use super::Part;
use crate::token::id_token::{self, Extras};
use crate::token::protect::To;

pub(super) const PART: Part = Part {
    name: "id_token",
    grant_type: "implicit",
    is_token: true,
    mint: |env, sent, answer| {
        let granted = &sent.granted;
        let extras = Extras {
            nonce: granted.nonce,
            access_token: answer.access_token.as_deref(),
            code: answer.code.as_deref(),
            scope: None,
            alone: answer.access_token.is_none() && answer.code.is_none(),
        };
        let to = To { client: granted.client, keys: granted.keys, direct: false };
        let id_token = id_token::build(env, &to, &granted.grant, granted.user, &extras)?;
        answer.fields.push(("id_token".into(), id_token));
        Ok(())
    },
};

//! RFC 6749 §4.1.2: `code`.

use super::ResponseType;
use crate::change::Change;
use crate::decision::Decision;
use crate::endpoint::authorization::Granted;
use crate::env::Env;
use crate::error::Error;
use crate::record::CodeBinding;
use crate::token;

pub(super) const TYPE: ResponseType = ResponseType {
    name: "code",
    spec: "RFC 6749 section 4.1.2",
    has_tokens: false,
    grant_type: "authorization_code",
    answer,
};

fn answer(env: &Env<'_>, granted: Granted<'_>) -> Result<Decision, Error> {
    let binding = CodeBinding {
        redirect_uri: granted.callback.redirect_uri().to_owned(),
        challenge: granted.asked.challenge.clone(),
    };
    let code = token::code::mint(env, &granted.grant, granted.client, binding);
    let changes = vec![Change::InsertGrant(granted.grant), Change::InsertToken(code.record)];
    Ok(Decision { changes, reply: granted.callback.deliver(vec![("code".into(), code.wire)]) })
}

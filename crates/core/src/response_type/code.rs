//! RFC 6749 §4.1.2: `code`.

use super::Part;
use crate::change::Change;
use crate::record::CodeBinding;
use crate::token;

pub(super) const PART: Part = Part {
    name: "code",
    grant_type: "authorization_code",
    is_token: false,
    mint: |env, sent, answer| {
        let granted = &sent.granted;
        let binding =
            CodeBinding { redirect_uri: sent.redirect_uri.to_owned(), challenge: granted.challenge.cloned() };
        let code = token::code::mint(env, &granted.grant, granted.client, binding);
        answer.changes.push(Change::InsertToken(code.record));
        answer.fields.push(("code".into(), code.wire.clone()));
        answer.code = Some(code.wire);
        Ok(())
    },
};

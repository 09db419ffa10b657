//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 7591 §2.1, RFC 6749 §4: response types, the grant
//! types that they need, and what each requires of a client.

use super::faults::{Faults, Weight};
use super::{Judge, Origin};
use crate::record::Client;
use crate::response_type::ResponseType;
use crate::uri;

const CODE: &str = "authorization_code";
const IMPLICIT: &str = "implicit";
const SERVICE: &str = "client_credentials";

pub(super) fn rule(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    if judge.origin.is_stranger() {
        fill(judge, client, faults);
        keep_from_this_machine(client);
    } else {
        complete(judge, client, faults);
    }
    agree(client, faults);
    spare(client, faults);
}

fn named(client: &Client) -> impl Iterator<Item = &'static ResponseType> {
    client.response_types.iter().flatten().filter_map(|name| ResponseType::find(name))
}

/// RFC 7591 §2.1: the grant types that response types need.
fn due(client: &Client) -> Vec<String> {
    let mut due: Vec<String> = Vec::new();
    for grant in named(client).flat_map(ResponseType::grant_types) {
        if !due.iter().any(|earlier| earlier == grant) {
            due.push(grant.to_owned());
        }
    }
    due
}

/// What a client that registers did not say: the record says what it gets.
fn fill(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    let without_types = client.response_types.is_none();
    let grants = client
        .grant_types
        .take()
        .unwrap_or_else(|| if without_types { vec![CODE.to_owned()] } else { due(client) });
    if judge.origin == Origin::Document && grants.iter().any(|grant| grant == SERVICE) {
        let what = "a client that is known by its metadata document cannot have client_credentials";
        faults.wrong("grant_types", what, "leave it out");
    }
    // RFC 7591 §3.2.1: clients list all that they could make use of; what is not offered is left out as long
    // as something is left.
    let allowed = judge.list("grant_types_supported");
    let (grants, others): (Vec<String>, Vec<String>) =
        grants.into_iter().partition(|grant| allowed.contains(&grant.as_str()));
    if let (true, Some(grant)) = (grants.is_empty(), others.first()) {
        let (what, instead) = judge.not_offered(Some("grant_types_supported"), grant, &allowed);
        faults.wrong("grant_types", what, instead);
    }
    let has = |name: &str| grants.iter().any(|grant| grant == name);
    if without_types && !has(CODE) && has(IMPLICIT) {
        let what = "grant_types has implicit, so response_types must say which of its answers is wanted";
        faults.wrong("response_types", what, "name one, such as \"id_token\"");
    }
    if without_types {
        client.response_types = Some(if has(CODE) { vec!["code".to_owned()] } else { Vec::new() });
    }
    client.grant_types = Some(grants);
}

/// RFC 7591 §3.2.1, OpenID Connect Dynamic Client Registration 1.0 §2: a web application cannot have tokens
/// sent to the machine that it runs on. It gets the rest of what it lists, if there is any; otherwise its
/// addresses are refused.
fn keep_from_this_machine(client: &mut Client) {
    let closed = |uri: &String| uri::is_closed_to_tokens(uri, client.application_type);
    if !client.allows_grant(IMPLICIT) || !client.redirect_uris.iter().any(closed) {
        return;
    }
    let grants = client.grant_types.iter().flatten().filter(|grant| *grant != IMPLICIT);
    let grants: Vec<_> = grants.cloned().collect();
    let types = named(client).filter(|found| found.grant_types().all(|grant| grant != IMPLICIT));
    let types: Vec<_> = types.map(|found| found.name.to_owned()).collect();
    if !grants.is_empty() && !types.is_empty() {
        client.grant_types = Some(grants);
        client.response_types = Some(types);
    }
}

/// An operator who names response types that need `implicit` means that grant type too. What is not said is
/// left to the defaults of the record.
fn complete(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    let known = judge.list("grant_types_supported");
    for (index, grant) in client.grant_types.iter().flatten().enumerate() {
        if !known.contains(&grant.as_str()) {
            let (what, instead) = judge.not_offered(Some("grant_types_supported"), grant, &known);
            faults.wrong(("grant_types", index), what, instead);
        }
    }
    let mut grants = due(client);
    if client.grant_types.is_none() && grants.iter().any(|grant| grant == IMPLICIT) {
        if grants.iter().any(|grant| grant == CODE) {
            grants.push("refresh_token".to_owned());
        }
        client.grant_types = Some(grants);
    }
    if client.response_types.is_none() && !client.allows_grant(CODE) {
        client.response_types = Some(Vec::new());
    }
}

/// What cannot be used otherwise.
fn agree(client: &Client, faults: &mut Faults) {
    for response_type in named(client) {
        if let Some(grant) = response_type.grant_types().find(|grant| !client.allows_grant(grant)) {
            let what =
                format!("{} needs {grant} among grant_types (RFC 7591 section 2.1)", response_type.name);
            faults.wrong("response_types", what, "add it there, or leave the response type out");
        }
    }
    let code = client.allows_grant(CODE);
    if code && client.response_types.is_some() && !named(client).any(|found| found.has("code")) {
        let what = "grant_types has authorization_code, so response_types must have one with code";
        let weight = match client.response_types.as_deref() {
            Some([]) => Weight::Wrong,
            _ => Weight::Doubtful,
        };
        faults.add(weight, "response_types", what, "add \"code\", or take authorization_code out");
    }
    let by_browser = code || client.allows_grant(IMPLICIT) || named(client).next().is_some();
    if by_browser && client.redirect_uris.is_empty() {
        let advice = "write where responses can be sent, such as [\"https://APPLICATION/callback\"]";
        faults.wrong("redirect_uris", "this is missing, and responses come through the browser", advice);
    }
}

/// What is not needed, or safer otherwise.
fn spare(client: &Client, faults: &mut Faults) {
    if named(client).any(|response_type| response_type.has("token")) {
        let what =
            "access tokens that come through the browser can be stolen on the way (RFC 9700 section 2.1.2)";
        faults.add(Weight::Hint, "response_types", what, "use `code` with PKCE, if the application can");
    }
    if client.allows_grant(IMPLICIT) && !named(client).any(ResponseType::has_tokens) {
        let advice = "take \"implicit\" out of `grant_types`, or name the response type in `response_types`";
        faults.add(Weight::Hint, "grant_types", "no response type of this client needs `implicit`", advice);
    }
    let refresh = client.grant_types.is_some() && client.allows_grant("refresh_token");
    if refresh && !client.allows_grant(CODE) {
        let advice = "add \"authorization_code\", or take \"refresh_token\" out";
        faults.add(Weight::Hint, "grant_types", "no grant of this client issues refresh tokens", advice);
    }
}

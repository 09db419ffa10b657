//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 8252 §7, RFC 9700 §4.1: where users can be
//! redirected.

use super::{Asked, Group, invalid};
use crate::error::{Error, ErrorCode};
use crate::record::Client;
use crate::rule;
use crate::uri;

pub(super) const GROUP: Group = Group {
    name: "redirects",
    rule: &rule::REDIRECTS,
    members: &["redirect_uris", "post_logout_redirect_uris", "initiate_login_uri"],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    let members = asked.members;
    let wrong = |words: String| Error::new(ErrorCode::InvalidRedirectUri, words);
    client.redirect_uris =
        members.texts("redirect_uris").map_err(|e| wrong(e.description.into_owned()))?.unwrap_or_default();
    let by_browser = client.response_types.as_ref().is_some_and(|types| !types.is_empty());
    if client.redirect_uris.is_empty() && by_browser {
        return Err(wrong("redirect_uris is missing: say where answers may go".into()));
    }
    let implicit = client.allows_grant("implicit");
    for uri in &client.redirect_uris {
        if let Some(why) = uri::registration_problem(uri, client.application_type, implicit) {
            return Err(wrong(format!("redirect_uris: {uri} {why}")));
        }
        if let Some(name) = uri::says_beforehand(uri, uri::ANSWERS) {
            return Err(wrong(beforehand("redirect_uris", uri, name)));
        }
    }
    client.post_logout_redirect_uris = match members.texts("post_logout_redirect_uris")? {
        Some(uris) => uris,
        // Some software has a singular member; passed over, people would find no way back.
        None => members.text("post_logout_redirect_uri")?.map(str::to_owned).into_iter().collect(),
    };
    for uri in &client.post_logout_redirect_uris {
        if let Some(why) = uri::registration_problem(uri, client.application_type, false) {
            return Err(invalid(format!("post_logout_redirect_uris: {uri} {why}")));
        }
        if let Some(name) = uri::says_beforehand(uri, &["state"]) {
            return Err(invalid(beforehand("post_logout_redirect_uris", uri, name)));
        }
    }
    client.initiate_login_uri = members.text("initiate_login_uri")?.map(str::to_owned);
    if let Some(uri) = &client.initiate_login_uri {
        if !is_https(uri) {
            return Err(invalid("initiate_login_uri must be an absolute https address"));
        }
        if let Some(name) = uri::says_beforehand(uri, &["iss"]) {
            return Err(invalid(beforehand("initiate_login_uri", uri, name)));
        }
    }
    Ok(())
}

fn beforehand(member: &str, uri: &str, name: &str) -> String {
    format!("{member}: {uri} has {name} in its query, which Signet adds itself; give yours another name")
}

/// An absolute https address, written as addresses are.
pub(super) fn is_https(uri: &str) -> bool {
    uri::fault(uri).is_none() && uri.starts_with("https:")
}

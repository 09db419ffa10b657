//! OpenID Connect Dynamic Client Registration 1.0 §2, RFC 7591 §2.1: response types, the grant types that
//! they need, and scope.

use super::{Asked, Group, Origin, invalid, not_offered};
use crate::error::Error;
use crate::record::Client;
use crate::record::client::ApplicationType;
use crate::resource;
use crate::response_type::ResponseType;
use crate::rule;
use crate::scope::Scope;

const CODE: &str = "authorization_code";

pub(super) const GROUP: Group = Group {
    name: "flows",
    rule: &rule::FLOWS,
    members: &["application_type", "response_types", "grant_types", "scope"],
    localised: &[],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    client.application_type = match asked.members.text("application_type")? {
        None | Some("web") => ApplicationType::Web,
        Some("native") => ApplicationType::Native,
        Some(other) => return Err(not_offered("application_type", other, vec!["web", "native"])),
    };
    let wished = response_types(asked)?;
    let grants = allowed_grants(asked, wished.as_deref())?;
    let wished = match wished {
        Some(wished) => wished,
        None if grants.iter().any(|grant| grant == CODE) => ResponseType::find("code").into_iter().collect(),
        None if grants.iter().any(|grant| grant == "implicit") => {
            return Err(invalid(
                "grant_types has implicit, so response_types must say which of its answers is wanted",
            ));
        }
        None => Vec::new(),
    };
    for response_type in &wished {
        for due in response_type.grant_types() {
            if !grants.iter().any(|grant| grant == due) {
                return Err(invalid(format!(
                    "response_types: {} needs {due} among grant_types (RFC 7591 section 2.1)",
                    response_type.name
                )));
            }
        }
    }
    if grants.iter().any(|grant| grant == CODE) && !wished.iter().any(|t| t.has("code")) {
        return Err(invalid("grant_types has authorization_code, so response_types must have one with code"));
    }
    client.response_types = Some(wished.iter().map(|t| t.name.to_owned()).collect());
    client.grant_types = Some(grants);
    client.scope = scope(asked, client)?;
    Ok(())
}

fn response_types(asked: &Asked<'_>) -> Result<Option<Vec<&'static ResponseType>>, Error> {
    let Some(written) = asked.members.texts("response_types")? else { return Ok(None) };
    let mut found: Vec<&'static ResponseType> = Vec::new();
    let may = |grant: &str| asked.policy().grant_types.iter().any(|allowed| allowed == grant);
    let mut offered = asked.offered("response_types_supported");
    offered.retain(|name| ResponseType::find(name).is_some_and(|found| found.grant_types().all(may)));
    for name in &written {
        let response_type = ResponseType::find(name)
            .filter(|found| offered.contains(&found.name))
            .ok_or_else(|| not_offered("response_types", name, offered.clone()))?;
        if !found.iter().any(|earlier| earlier.name == response_type.name) {
            found.push(response_type);
        }
    }
    Ok(Some(found))
}

/// What is asked for, if it may be had; when nothing is said, what the response types need.
fn allowed_grants(
    asked: &Asked<'_>,
    response_types: Option<&[&'static ResponseType]>,
) -> Result<Vec<String>, Error> {
    let mut allowed = asked.offered("grant_types_supported");
    allowed.retain(|name| asked.policy().grant_types.iter().any(|grant| grant == name));
    let grants = match asked.members.texts("grant_types")? {
        Some(grants) => grants,
        None => {
            let mut due: Vec<String> = Vec::new();
            for name in response_types.into_iter().flatten().flat_map(|t| t.grant_types()) {
                if !due.iter().any(|earlier| earlier == name) {
                    due.push(name.to_owned());
                }
            }
            if response_types.is_none() {
                due.push(CODE.to_owned());
            }
            due
        }
    };
    // RFC 7591 §3.2.1: clients list all that they could make use of; what is not offered is left out as long
    // as something is left.
    let (grants, others): (Vec<String>, Vec<String>) =
        grants.into_iter().partition(|grant| allowed.contains(&grant.as_str()));
    if let (true, Some(grant)) = (grants.is_empty(), others.first()) {
        return Err(not_offered("grant_types", grant, allowed));
    }
    if asked.origin == Origin::Document && grants.iter().any(|grant| grant == "client_credentials") {
        return Err(invalid(
            "grant_types: a client that is known by its metadata document cannot have client_credentials",
        ));
    }
    Ok(grants)
}

/// RFC 7591 §2: without a word on scopes a client may have all that are open to it, or what the operator
/// allows to those that register.
fn scope(asked: &Asked<'_>, client: &Client) -> Result<Option<Scope>, Error> {
    let (policy, settings) = (asked.policy(), &asked.env.settings);
    // Not all that discovery lists: what belongs to a resource that is not open to this client is none of its
    // business.
    let mut offered: Vec<&str> = settings.scopes.keys().map(String::as_str).collect();
    offered.retain(|word| {
        let allowed = policy.scopes.as_ref().is_none_or(|allowed| allowed.iter().any(|known| known == word));
        allowed
            && settings.offer.has("scopes_supported", word)
            && resource::is_scope_allowed(settings, client, word)
    });
    let Some(text) = asked.members.text("scope")? else {
        return Ok(policy.scopes.as_ref().map(|_| Scope::from_words(offered)));
    };
    let scope = Scope::parse(text).map_err(|fault| invalid(fault.as_str()))?;
    let unknown = scope.iter().find(|word| !offered.contains(word));
    if let Some(unknown) = unknown.filter(|_| settings.deny_unknown_scopes) {
        return Err(not_offered("scope", unknown, offered));
    }
    // RFC 7591 §3.2.1: as in a request, what is not offered is left out, and the answer says what is left. A
    // client that asks for nothing that is known gets the least that a sign-in needs, never more than was
    // asked for.
    let known = scope.filtered(|word| offered.contains(&word));
    let least = || Scope::from_words(offered.iter().copied().filter(|word| *word == "openid"));
    Ok(Some(if known.is_empty() { least() } else { known }))
}

//! What applications that register may have: all that oidc-op offers, where its file says what that is.

use signet_core::response_type::ResponseType;

use super::{Rewrite, get, text, words_whole};
use crate::config::tree::{Node, Value};

const IMPLICIT: &str = "implicit";
const MODE: [&str; 2] = ["registration", "mode"];
const GRANTS: [&str; 2] = ["registration", "grant_types"];

/// After the lists have found their place in `capabilities`.
pub(super) fn apply(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    let is_on = get(tree, &MODE).and_then(Node::text).is_some_and(|mode| mode != "off");
    if !is_on {
        return;
    }
    if get(tree, &GRANTS).is_none() {
        grant_types(tree, rewrite);
    }
    if get(tree, &["registration", "unsigned"]).is_none() {
        unsigned(tree, rewrite);
    }
}

fn grant_types(tree: &mut Node, rewrite: &mut Rewrite<'_>) {
    let grants = get(tree, &["capabilities", "grant_types_supported"]);
    let types = get(tree, &["capabilities", "response_types_supported"]);
    let lists = |grant: &str| grants.and_then(|list| entry(list, |word| word == grant));
    let browser = types.and_then(|list| entry(list, needs_implicit));
    if let Some(service) = lists("client_credentials") {
        let what = "applications that register do not get client_credentials, with which they would act without any user";
        let advice = "write `registration.grant_types = [\"authorization_code\", \"refresh_token\", \"client_credentials\"]` if they may";
        rewrite.warn(service, what, advice);
    }
    let implicit = match (grants, lists(IMPLICIT), types, browser) {
        (None, _, _, Some(browser)) => browser,
        (Some(_), Some(grant), None, _) | (Some(_), Some(grant), _, Some(_)) => grant,
        (Some(grants), None, _, Some(browser)) => {
            let what = "this needs the grant type implicit, which is not listed, so that nobody can use it";
            rewrite.warn(browser, what, format!("add \"implicit\" to `{}`, or leave this out", grants.key));
            return;
        }
        _ => return,
    };
    let what = "applications that register may get tokens through the browser, as with oidc-op; they can be stolen there (RFC 9700 §2.1.2)";
    let advice =
        "write `registration.grant_types = [\"authorization_code\", \"refresh_token\"]` to allow codes only";
    rewrite.warn(implicit, what, advice);
    let names = ["authorization_code", "refresh_token", IMPLICIT].map(|name| text(name, implicit));
    let allowed = Node { value: Value::List(names.into()), ..implicit.clone() };
    rewrite.put(tree, &GRANTS, allowed);
}

/// Algorithm `none`, which discovery lists for clients of the configuration.
fn unsigned(tree: &Node, rewrite: &mut Rewrite<'_>) {
    for list in ["id_token_signing_alg_values_supported", "userinfo_signing_alg_values_supported"] {
        let none = get(tree, &["capabilities", list]).and_then(|list| entry(list, |alg| alg == "none"));
        if let Some(none) = none {
            let what = "applications that register do not get unsigned answers";
            rewrite.warn(none, what, "write `registration.unsigned = true` if they may");
        }
    }
}

/// The first entry of a list that is so.
fn entry(list: &Node, is_so: impl Fn(&str) -> bool) -> Option<&Node> {
    match &list.value {
        Value::List(items) => items.iter().find(|item| item.text().is_some_and(&is_so)),
        _ => words_whole(list).into_iter().any(is_so).then_some(list),
    }
}

fn needs_implicit(name: &str) -> bool {
    ResponseType::find(name).is_some_and(|found| found.grant_types().any(|grant| grant == IMPLICIT))
}

//! RFC 7591 §2: the scopes that a client can request.

use std::collections::BTreeMap;

use super::faults::{Faults, Weight};
use super::{Judge, Origin, Others, Scopes};
use crate::near::nearest;
use crate::record::Client;
use crate::resource;
use crate::scope::Scope;
use crate::settings::{ScopeMeaning, Settings};

pub(super) fn rule(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    match judge.scopes {
        Scopes::Open(settings) => open(judge, settings, client, faults),
        Scopes::Known(known, others) => written(known, others, client, faults),
    }
}

/// Without a word on scopes a client may have all that are open to it, or what the operator allows to those
/// that register.
fn open(judge: &Judge<'_>, settings: &Settings, client: &mut Client, faults: &mut Faults) {
    let policy = &settings.registration;
    let wished = client.scope.take();
    let offered = offered(settings, client);
    let Some(wished) = wished else {
        client.scope = policy.scopes.as_ref().map(|_| Scope::from_words(offered));
        return;
    };
    let unknown = wished.iter().find(|word| !offered.contains(word));
    if let Some(unknown) = unknown.filter(|_| settings.deny_unknown_scopes) {
        let (what, instead) = judge.not_offered(Some("scopes_supported"), unknown, &offered);
        faults.wrong("scope", what, instead);
    }
    // RFC 7591 §2, §3.2.1: as in a request, what is not offered is left out, and the answer says what is
    // left. Where nothing is, the client is like one that says nothing: scopes of other providers are no wish
    // for less of this one.
    let known = wished.filtered(|word| offered.contains(&word));
    let tells = judge.origin == Origin::Registration || policy.scopes.is_some();
    let all = || tells.then(|| Scope::from_words(offered.iter().copied()));
    client.scope = if known.is_empty() { all() } else { Some(known) };
}

/// The scopes that a client can have which registers itself. Not all that discovery lists: what belongs to a
/// resource that is not open to this client is none of its business.
fn offered<'s>(settings: &'s Settings, client: &Client) -> Vec<&'s str> {
    let of_policy = settings.registration.scopes.as_ref();
    let mut offered: Vec<&str> = settings.scopes.keys().map(String::as_str).collect();
    offered.retain(|word| {
        let allowed = of_policy.is_none_or(|allowed| allowed.iter().any(|known| known == word));
        allowed
            && settings.offer.has("scopes_supported", word)
            && resource::is_scope_allowed(settings, client, word)
    });
    offered
}

/// As an operator wrote them.
fn written(scopes: &BTreeMap<String, ScopeMeaning>, others: Others, client: &Client, faults: &mut Faults) {
    let own = client.scopes_to_claims.as_ref();
    for word in own.into_iter().flat_map(BTreeMap::keys) {
        if word.is_empty() || word.contains(' ') || Scope::parse(word).is_err() {
            let what = format!("{word:?} is not a scope (RFC 6749 section 3.3)");
            let advice = "write one word of ASCII letters, digits and marks, without quotes and backslashes";
            faults.wrong("scopes_to_claims", what, advice);
        }
    }
    let Some(scope) = &client.scope else {
        if own.is_some_and(|own| !own.contains_key("openid")) {
            let what = "without `openid` here the client cannot sign users in";
            faults.add(Weight::Hint, "scopes_to_claims", what, "add `openid = []`, or write `scope`");
        }
        return;
    };
    let known = |word: &&str| scopes.contains_key(*word) || own.is_some_and(|own| own.contains_key(*word));
    let offered = || scopes.keys().map(String::as_str);
    for word in scope.iter().filter(|word| !known(word)) {
        let all = offered().collect::<Vec<_>>().join(", ");
        match (others, nearest(word, offered())) {
            (Others::Refused, _) => {
                let what = format!("the scope {word:?} is not among `allowed_scopes`, and so is not offered");
                faults.wrong("scope", what, format!("add it there, or write some of {all}"));
            }
            (Others::Unknown, _) => {
                let what = format!("the configuration does not offer {word}, so the client never gets it");
                let advice = format!("say in `scopes` what it means; offered are {all}");
                faults.add(Weight::Hint, "scope", what, advice);
            }
            (Others::Offered, Some(near)) => {
                let advice = format!("did you mean {near:?}? Else say in `scopes` what it means");
                faults.add(Weight::Hint, "scope", format!("the scope {word:?} releases no claims"), advice);
            }
            (Others::Offered, None) => {}
        }
    }
}

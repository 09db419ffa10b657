//! OpenID Connect Dynamic Client Registration 1.0 §2, §2.1: what users are shown: name, pages and logo, in
//! several languages.

use std::collections::BTreeSet;

use serde_json::Value;

use super::faults::{Faults, Weight};
use super::reading::Reading;
use super::{Judge, Scopes};
use crate::error::Error;
use crate::fault::Fault;
use crate::name::{self, Title};
use crate::record::Client;
use crate::uri;
use crate::visible::is_seen;

const MAX_NAME: usize = 100;
/// In so many languages a name is given at most: each is compared with those of all others.
const MAX_NAMES: usize = 20;

/// Shown next to our own words: what would change how those are read, and what nobody sees, is kept out.
/// Zero-width joiners stay, because Persian and emoji need them, but they alone are no name. So do marks,
/// within what a letter needs: comparing names is work that anybody can ask for.
pub(super) fn name(reading: &mut Reading<'_>, value: &Value) -> Option<Value> {
    let name = reading.text(value)?;
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hidden = |c: char| {
        matches!(
            c,
            '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{3164}' | '\u{feff}'
                | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
    };
    if name.chars().count() > MAX_NAME
        || !is_seen(name)
        || name.chars().any(|c| c.is_control() || turns(c) || hidden(c))
    {
        let what = format!("this must be 1 to {MAX_NAME} characters that people can see");
        let advice = "leave out marks that turn the direction of writing, and what nobody sees";
        reading.faults.add(Weight::Doubtful, reading.name, what, advice);
    } else if let Some(what) = name::excess(name) {
        reading.faults.add(Weight::Doubtful, reading.name, what, "choose a plainer one");
    }
    language(reading);
    Some(name.into())
}

/// No application gives itself the name of this provider, or of an application that the operator has written
/// down, or one that is taken for it, or one in which the host of this provider is, or that sign-in pages
/// have; nor one with a word in several alphabets, which is to be taken for another.
pub(super) fn rule(judge: &Judge<'_>, client: &mut Client, faults: &mut Faults) {
    let Scopes::Open(settings) = judge.scopes else { return };
    let (taken, hosts) = (&settings.registration.taken_names, &settings.registration.own_hosts);
    if let Some((member, _)) = client.names().nth(MAX_NAMES) {
        let what = format!("there are more than {MAX_NAMES} names");
        return faults.wrong(member, what, FEWER);
    }
    let mut left: BTreeSet<&str> = client.names().map(|(_, given)| given).collect();
    if name::is_too_much(&left) {
        return faults.wrong("client_name", "the names have too many characters together", FEWER);
    }
    let mut looks = 0;
    for (member, given) in client.names() {
        // What is refused already is not read, which is work, and nothing is read twice.
        if !left.remove(given) || name::excess(given).is_some() {
            continue;
        }
        let title = Title::of(given);
        let taken_for = title.taken_for();
        looks += taken_for.len();
        if looks > name::LOOKS_OF_ALL {
            return faults.wrong(member, "the names have too many words together", FEWER);
        }
        if !taken.is_disjoint(&taken_for) || title.speaks_of(hosts) {
            faults.wrong(member, is_taken(given), ANOTHER);
        } else if name::mixes_alphabets(given) {
            let what = format!("{given:?} has a word with letters of several alphabets");
            faults.wrong(member, what, "choose another, with each word in one alphabet");
        } else if title.is_of_sign_in() {
            let what = format!("{given:?} reads like the sign-in pages of this provider");
            faults.wrong(member, what, "choose another that is the application's own");
        }
    }
}

/// RFC 7591 §3.2.2: the refusal of a name.
pub(crate) fn taken(member: &str, given: &str) -> Error {
    Error::from(&Fault::new(member, is_taken(given)).instead(ANOTHER))
}

const FEWER: &str = "leave out some languages, or choose shorter names";

const ANOTHER: &str = "choose another";

fn is_taken(given: &str) -> String {
    format!("{given:?} is the name of this provider or of another application, or reads like it")
}

pub(super) fn page(reading: &mut Reading<'_>, value: &Value) -> Option<Value> {
    let uri = reading.text(value)?;
    if let Some(fault) = uri::page_fault(uri) {
        reading.faults.wrong(reading.name, format!("{uri} {}", fault.what), fault.instead);
    }
    language(reading);
    Some(uri.into())
}

fn language(reading: &mut Reading<'_>) {
    let Some((_, tag)) = reading.name.split_once('#') else { return };
    let part = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    if tag.is_empty() || tag.len() > 35 || !tag.split('-').all(part) {
        let what = format!("{tag:?} is not a language tag (BCP 47)");
        reading.faults.add(Weight::Doubtful, reading.name, what, "write one such as #de or #pt-BR");
    }
}

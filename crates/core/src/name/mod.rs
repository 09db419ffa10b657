//! RFC 8265 §3: names of users, matched regardless of case, width and Unicode form; UTS 39: names that look
//! like others.
//!
//! A name stays as it was written. It is found by keys that are made of it here, and every store keeps them
//! with the person: `UsersByKeys` and `Change::FreeName` know nothing but keys.

mod bounds;
mod class;
mod letters;
mod reserved;
mod sign_in;
mod title;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use icu_properties::CodePointSetData;
use icu_properties::props::SoftDotted;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;
use unicode_security::confusable_detection::skeleton;

use crate::record::{Client, User};
pub use bounds::{LOOKS_OF_ALL, excess, is_too_much};
pub use class::{Objection, is_ignorable, objection};
pub use letters::mixes_alphabets;
pub use reserved::{RESERVED, is_reserved};
pub use title::{Title, looks, looks_within, taken_for};

/// RFC 8265 §3.3.2, UsernameCaseMapped: width, case, then NFC. Spaces around it come from keyboards that
/// complete words.
///
/// The Turkish `İ` is an `i`, as in the languages that write it: the `i` with a further dot that Unicode has
/// for it elsewhere is typed by nobody.
pub fn canonical(name: &str) -> String {
    let dotted = |c: char| if c == '\u{130}' { 'i' } else { c };
    let composed: String = narrow(name).nfc().map(dotted).collect();
    composed.to_lowercase().nfc().collect()
}

fn narrow(name: &str) -> String {
    name.trim().chars().flat_map(narrowed).collect()
}

/// RFC 8264 §5.2.1: fullwidth and halfwidth characters are what they decompose to.
fn narrowed(c: char) -> Vec<char> {
    match c {
        '\u{ff01}'..='\u{ffee}' => c.nfkd().collect(),
        _ => vec![c],
    }
}

/// UTS 39 §4: what a name looks like as it is written.
fn appearance(name: &str) -> String {
    let shown: String = name.trim().nfc().collect();
    skeleton(&shown).collect::<String>().to_lowercase().nfc().collect()
}

/// What a name looks like in any case. `ADMlN` is like `admin` because that is `ADMIN` in capitals; `ali` is
/// not like `all`, although `ALI` is.
fn appearances(name: &str) -> BTreeSet<String> {
    forms(name).iter().flat_map(|form| [appearance(form), appearance(&unhidden(form))]).collect()
}

fn forms(name: &str) -> [String; 3] {
    [name.to_owned(), name.to_lowercase(), name.to_uppercase()]
}

/// UTS 39 §5.4: without the marks that hide on their letter: a dot above one that has a dot or is a stroke,
/// and lines through one.
fn unhidden(name: &str) -> String {
    const OVERLAY: u8 = 1;
    let mut letter = ' ';
    let is_seen = |c: &char| {
        let class = canonical_combining_class(*c);
        if class == 0 {
            letter = *c;
        }
        let takes_no_dot = || {
            CodePointSetData::new::<SoftDotted>().contains(letter)
                || "IJl\u{131}\u{237}\u{406}\u{408}".contains(letter)
        };
        class != OVERLAY && !(*c == '\u{307}' && takes_no_dot())
    };
    name.nfd().filter(is_seen).nfc().collect()
}

/// What the names and the id of a client look like that an operator has added, which no other's must look
/// like: by its id it is known in the operator's words, also where people see a name. What people see must
/// not be in another name either. Those of a client that registered itself are nobody's: nobody has looked at
/// them.
pub fn titles(client: &Client) -> BTreeSet<String> {
    if client.registered {
        return BTreeSet::new();
    }
    let id = client.client_id.as_str();
    let mut shown: Vec<&str> = client.names().map(|(_, name)| name).collect();
    if client.client_name.is_none() {
        shown.push(id);
    }
    let within = shown.iter().flat_map(|name| looks_within(name));
    within.chain(shown.iter().copied().chain([id]).flat_map(looks)).collect()
}

/// An e-mail address as a key: in lower case, its domain in ASCII.
fn address(text: &str) -> Option<String> {
    let text = narrow(text);
    let (local, domain) = text.rsplit_once('@')?;
    // Its own rules say what letters a domain has: `İ` is none of its `i`.
    let (local, domain) = (canonical(local), url::Host::parse(domain).ok()?);
    (!local.is_empty()).then(|| format!("{local}@{domain}"))
}

fn name_key(name: &str) -> String {
    format!("name:{}", canonical(name))
}

fn appearance_key(appearance: &str) -> String {
    format!("looks:{appearance}")
}

fn email_key(text: &str) -> Option<String> {
    address(text).map(|address| format!("email:{address}"))
}

/// All keys by which a person is found: what they are called, what that looks like, and their verified e-mail
/// address.
pub fn keys(user: &User) -> BTreeSet<String> {
    let mut keys = BTreeSet::from([name_key(&user.username)]);
    keys.extend(appearances(&user.username).iter().map(|looks| appearance_key(looks)));
    keys.extend(verified_email(user).and_then(email_key));
    keys
}

fn verified_email(user: &User) -> Option<&str> {
    let is_verified = user.claims.get("email_verified").and_then(serde_json::Value::as_bool) == Some(true);
    user.claims.get("email").and_then(serde_json::Value::as_str).filter(|_| is_verified)
}

/// The keys that nobody else may have: by one of them this name would be another's address, or this address
/// another's name, and nobody could say who signs in by it.
pub fn crossed(username: &str, email: Option<&str>) -> Vec<String> {
    email_key(username).into_iter().chain(email.map(name_key)).collect()
}

/// The same of a person, without the keys that are their own.
pub fn crossed_by(user: &User) -> Vec<String> {
    let own = keys(user);
    let mut crossed = crossed(&user.username, verified_email(user));
    crossed.retain(|key| !own.contains(key));
    crossed
}

/// The keys of what somebody typed to sign in. One read either way, so that it says nothing.
pub fn to_sign_in(typed: &str, by_email: bool) -> Vec<String> {
    let email = by_email.then(|| email_key(typed)).flatten();
    std::iter::once(name_key(typed)).chain(email).collect()
}

/// The keys that must be nobody's before a new person gets a name: it could be taken for another one's name
/// or address.
pub fn to_take(name: &str) -> Vec<String> {
    let looks: BTreeSet<String> = [appearance(name), appearance(&unhidden(name))].into();
    let looks = looks.iter().map(|looks| appearance_key(looks));
    std::iter::once(name_key(name)).chain(looks).chain(email_key(name)).collect()
}

/// Who answers to what somebody typed.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Nobody.
    Nobody,
    /// One person.
    One(Arc<User>),
    /// Several: names that are the same but for case and form, of which each signs in by the exact one only,
    /// or a name that is the address of somebody else, by which nobody signs in.
    Several(Vec<Arc<User>>),
}

impl Answer {
    /// The person of the exact name, else the one whose name is the same but for case, width and form; where
    /// addresses count, the one with that verified address. A name and an address that lead to different
    /// people lead to nobody.
    pub fn of(named: &[Arc<User>], typed: &str, by_email: bool) -> Self {
        let mut found: Vec<Arc<User>> = Vec::new();
        let exact = named.iter().find(|user| user.username == typed);
        found.extend(exact.cloned());
        for (at, key) in to_sign_in(typed, by_email).into_iter().enumerate() {
            let answers = |user: &&Arc<User>| keys(user).contains(&key);
            // The first key is the name's.
            let more = named.iter().filter(answers).filter(|_| at > 0 || exact.is_none());
            for user in more {
                if found.iter().all(|known| known.id != user.id) {
                    found.push(user.clone());
                }
            }
        }
        match found.as_slice() {
            [] => Answer::Nobody,
            [one] => Answer::One(one.clone()),
            _ => Answer::Several(found),
        }
    }

    /// The one person.
    pub fn one(self) -> Option<Arc<User>> {
        match self {
            Answer::One(user) => Some(user),
            Answer::Nobody | Answer::Several(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;

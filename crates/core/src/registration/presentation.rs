//! OpenID Connect Dynamic Client Registration 1.0 §2, §2.1: what users are shown: name, pages and logo, in
//! several languages.

use super::{Asked, Group, invalid};
use crate::error::Error;
use crate::record::Client;
use crate::rule;
use crate::uri::{self, Fault};

const PAGES: &[&str] = &["client_uri", "logo_uri", "policy_uri", "tos_uri"];
const MAX_NAME: usize = 100;

pub(super) const GROUP: Group = Group {
    name: "presentation",
    rule: &rule::PRESENTATION,
    members: &["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri", "contacts"],
    localised: &["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"],
    read,
};

fn read(asked: &Asked<'_>, client: &mut Client) -> Result<(), Error> {
    let members = asked.members;
    client.client_name = name(asked, "client_name")?;
    client.client_uri = page(asked, "client_uri")?;
    client.logo_uri = page(asked, "logo_uri")?;
    client.policy_uri = page(asked, "policy_uri")?;
    client.tos_uri = page(asked, "tos_uri")?;
    client.contacts = members.texts("contacts")?.unwrap_or_default();
    for base in GROUP.localised {
        for (member, language) in members.localised(base) {
            if !is_language(language) {
                return Err(invalid(format!("{member}: {language:?} is not a language tag (BCP 47)")));
            }
            let value = if PAGES.contains(base) { page(asked, member)? } else { name(asked, member)? };
            if let Some(value) = value {
                client.extra.insert(member.to_owned(), value.into());
            }
        }
    }
    Ok(())
}

/// Shown next to our own words: what would change how those are read, and what nobody sees, is kept out.
/// Zero-width joiners stay, because Persian and emoji need them, but they alone are no name.
fn name(asked: &Asked<'_>, member: &str) -> Result<Option<String>, Error> {
    let Some(name) = asked.members.text(member)? else { return Ok(None) };
    let turns = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let hidden = |c: char| {
        matches!(
            c,
            '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{3164}' | '\u{feff}'
                | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
    };
    let seen = |c: char| !c.is_whitespace() && !matches!(c, '\u{200c}' | '\u{200d}');
    if name.chars().count() > MAX_NAME
        || !name.chars().any(seen)
        || name.chars().any(|c| c.is_control() || turns(c) || hidden(c))
    {
        return Err(invalid(format!(
            "{member} must be 1 to {MAX_NAME} characters that people can see, without marks that turn the direction of writing"
        )));
    }
    Ok(Some(name.to_owned()))
}

fn page(asked: &Asked<'_>, member: &str) -> Result<Option<String>, Error> {
    let Some(uri) = asked.members.text(member)? else { return Ok(None) };
    if let Some(Fault { what, instead }) = uri::page_fault(uri) {
        return Err(invalid(format!("{member}: {uri} {what}; {instead}")));
    }
    Ok(Some(uri.to_owned()))
}

fn is_language(tag: &str) -> bool {
    !tag.is_empty()
        && tag.len() <= 35
        && tag
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

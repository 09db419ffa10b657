//! RFC 2142: mailboxes that represent a domain, and names that users mistake for the operator's.

use super::{appearance, appearances, canonical, unhidden};

/// Names that nobody may take unless the operator gives a list of their own.
pub const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "all",
    "anonymous",
    "api",
    "billing",
    "daemon",
    "everyone",
    "ftp",
    "guest",
    "help",
    "helpdesk",
    "hostmaster",
    "info",
    "login",
    "mailer-daemon",
    "marketing",
    "me",
    "moderator",
    "news",
    "no-reply",
    "nobody",
    "noc",
    "noreply",
    "null",
    "oauth",
    "oidc",
    "official",
    "openid",
    "operator",
    "owner",
    "postmaster",
    "register",
    "root",
    "sales",
    "security",
    "self",
    "signin",
    "signup",
    "staff",
    "sudo",
    "superuser",
    "support",
    "sysadmin",
    "system",
    "undefined",
    "usenet",
    "uucp",
    "webmaster",
    "www",
];

/// Reserved words that are names of families too: `christopher.guest` is nobody's mailbox.
const FAMILIES: &[&str] = &["guest", "owner", "sales", "staff"];

/// Whether a name is one that nobody may take: on the list, the mailbox of one on the list, or to be taken
/// for one of them.
///
/// Taken for it is what looks like it, what is it with digits for letters, without its separators or with
/// digits around it (words of four letters and more), and what has it between separators (of five and more):
/// `adm1n`, `web-master`, `admin2024`, `support-team`.
pub fn is_reserved(name: &str, reserved: &[String]) -> bool {
    [name, &unhidden(name)].iter().any(|name| is_as_written(name, reserved))
}

fn is_as_written(name: &str, reserved: &[String]) -> bool {
    let whole = canonical(name);
    let canonical_form = whole.split('@').next().unwrap_or_default();
    let looks = appearance(name.split(['@', '\u{ff20}', '\u{fe6b}']).next().unwrap_or_default());
    let forms = forms(canonical_form);
    reserved.iter().any(|word| {
        let word_form = canonical(word);
        word_form == canonical_form
            || appearances(word).contains(&looks)
            || forms.iter().any(|form| form.is_like(&word_form))
    })
}

/// A name with letters for its digits.
struct Form {
    joined: String,
    bare: String,
    parts: Vec<String>,
}

impl Form {
    fn is_like(&self, word: &str) -> bool {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        let joined = joined(word);
        let alone = letters >= 4 && (self.joined == joined || self.bare == joined);
        let affix = letters >= 5 && !FAMILIES.contains(&word) && self.parts.contains(&joined);
        alone || affix
    }
}

/// `1` is an i or an l. A name of digits is a number.
fn forms(name: &str) -> Vec<Form> {
    if !name.chars().any(char::is_alphabetic) {
        return Vec::new();
    }
    let around = name.trim_matches(|c: char| c.is_ascii_digit() || is_separator(c));
    let form = |one: char| {
        let folded = |text: &str| text.chars().map(|c| folded(c, one)).collect::<String>();
        let parts = folded(name).split(is_separator).map(str::to_owned).collect();
        Form { joined: joined(&folded(name)), bare: joined(&folded(around)), parts }
    };
    vec![form('i'), form('l')]
}

fn folded(c: char, one: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => one,
        '3' => 'e',
        '4' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        '8' => 'b',
        other => other,
    }
}

fn joined(text: &str) -> String {
    text.chars().filter(|c| !is_separator(*c)).collect()
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || (c.is_ascii_punctuation() && !"$!|".contains(c))
}

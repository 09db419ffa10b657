//! RFC 2307 §5.3, crypt(5) and the manuals of many systems: the kinds of hashes that are not verified, and
//! how each is recognised.

use base64::engine::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::digest::{is_base64, is_crypt, is_des_crypt, is_hexadecimal, is_salted};
use crate::password::scheme;

/// A kind of text that is no password.
struct Kind {
    /// As the refusal calls it.
    name: &'static str,
    looks: fn(&str) -> bool,
}

/// Hashes that begin with a word of their own.
const WORDS: &[(&str, &str)] = &[
    ("$1$", "md5-crypt ($1$)"),
    ("$2$", "the first bcrypt ($2$)"),
    ("$2x$", "bcrypt of a faulty crypt_blowfish ($2x$)"),
    ("$3$", "NT hash ($3$)"),
    ("$7$", "scrypt of crypt(3) ($7$)"),
    ("$8$", "Cisco's PBKDF2 ($8$)"),
    ("$9$", "Cisco's scrypt, or Juniper's reversible form ($9$)"),
    ("$14$", "Cisco's type 14 ($14$)"),
    ("$A$", "MySQL's caching_sha2_password ($A$)"),
    ("$apr1$", "Apache's md5-crypt ($apr1$)"),
    ("$md5", "SunMD5 ($md5)"),
    ("$sha1$", "sha1-crypt ($sha1$)"),
    ("$y$", "yescrypt ($y$)"),
    ("$gy$", "gost-yescrypt ($gy$)"),
    ("$P$", "phpass, as WordPress writes it ($P$)"),
    ("$H$", "phpass, as phpBB writes it ($H$)"),
    ("$S$", "Drupal's SHA-512 ($S$)"),
    ("grub.pbkdf2.", "GRUB's PBKDF2 (grub.pbkdf2)"),
    ("md5$", "MD5 (md5$)"),
    ("sha1$", "SHA-1 (sha1$)"),
    ("sha256$", "SHA-256 (sha256$)"),
    ("sha512$", "SHA-512 (sha512$)"),
    ("crypt$", "crypt (crypt$)"),
    ("SCRAM-SHA-", "PostgreSQL's or Kafka's SCRAM (SCRAM-SHA-)"),
];

/// All others; the first that fits names it.
const KINDS: &[Kind] = &[
    Kind { name: "MySQL's SHA-1 (*)", looks: |text| after(text, "*").is_some_and(is_hexadecimal) },
    Kind { name: "PostgreSQL's MD5 (md5)", looks: |text| after(text, "md5").is_some_and(is_hexadecimal) },
    Kind { name: "SQL Server's (0x0100, 0x0200)", looks: is_sql_server },
    Kind { name: "Oracle's (S:, T:, H:)", looks: is_oracle },
    Kind {
        name: "ASP.NET Core Identity's (AQAAAA)",
        looks: |text| text.starts_with("AQAAAA") && is_base64(text),
    },
    Kind { name: "bsdicrypt (_)", looks: is_bsdicrypt },
    Kind { name: "DES crypt, 13 characters", looks: is_des_crypt },
    Kind { name: "Lotus Domino's", looks: is_domino },
    Kind { name: "a hash in base64, as LDIF writes it after two colons", looks: is_ldif },
    Kind { name: "a credential in JSON", looks: is_json },
    Kind { name: "a digest in hexadecimal", looks: is_hexadecimal },
    Kind { name: "a digest in base64", looks: is_base64 },
    Kind { name: "a digest after the name of its function", looks: is_named },
    Kind { name: "a digest with its salt", looks: is_salted },
];

/// What a text seems to be that is no hash as it is written in its own system.
pub(super) fn seems(text: &str) -> Option<String> {
    unknown(text).or_else(|| disguised(text)).or_else(|| capitals(text))
}

/// What other systems write where nobody may sign in by a password: taken as one, anybody could.
const CLOSED: [&str; 9] = ["!", "!!", "*", "!*", "*!", "*LK*", "*NP*", "NP", "x"];

/// A mark by which another system closes an account, alone or before its hash.
pub(super) fn is_closed(text: &str) -> bool {
    let marked = text.strip_prefix(['!', '*']).map(|rest| rest.trim_start_matches(['!', '*']));
    // Django's: the mark and 40 characters of chance.
    let is_django = |rest: &str| {
        text.starts_with('!') && rest.len() == 40 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let is_mysql = text.starts_with('*') && marked.is_some_and(is_hexadecimal);
    CLOSED.contains(&text.trim())
        || marked.is_some_and(|rest| !is_mysql && (is_hash(rest) || is_django(rest)))
}

fn is_hash(text: &str) -> bool {
    scheme::read(text).is_some() || unknown(text).is_some()
}

/// A hash with something around it, with each `$` doubled as for docker-compose, or with its scheme in
/// another case.
fn disguised(text: &str) -> Option<String> {
    let around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{feff}');
    let bare = text.trim_matches(around);
    let scheme = bare.char_indices().filter(|(_, c)| *c == '$').nth(1).map_or(0, |(end, _)| end);
    let lower = bare.split_at_checked(scheme).map(|(scheme, rest)| scheme.to_ascii_lowercase() + rest);
    // A line of /etc/shadow, of .htpasswd, of a router's configuration.
    let mut parts = bare.split(|c: char| c.is_whitespace() || ":,;=".contains(c));
    let is_disguised = (bare != text && is_hash(bare))
        || (bare.starts_with("$$") && is_hash(&bare.replace("$$", "$")))
        || (bare.starts_with('$') && lower.is_some_and(|lower| lower != bare && is_hash(&lower)))
        || parts
            .any(|part| part != bare && part.starts_with(['$', '{']) && part.len() >= 20 && is_hash(part));
    is_disguised.then(|| "one with something around it, doubled signs or capitals".to_owned())
}

/// The name of the kind that a text seems to be of, none of which is verified.
fn unknown(text: &str) -> Option<String> {
    let has_space = text.contains(char::is_whitespace);
    let long = text.len() >= 20 && !has_space;
    // A short word with a sign in it is a password; with three of them it is a scheme, a salt and a hash.
    let is_whole = |start: &&str| {
        long || (start.starts_with("$A$0") && text.len() >= 20)
            || (start.starts_with('$') && !has_space && text.matches('$').count() >= 3)
    };
    let begins = |(start, _): &&(&str, &str)| text.starts_with(start);
    if let Some((_, name)) =
        WORDS.iter().find(begins).filter(|(start, _)| is_whole(start) || is_mysql_8(text))
    {
        return Some((*name).to_owned());
    }
    if let Some(scheme) = in_braces(text) {
        return Some(format!("{{{scheme}}}"));
    }
    let word = |word: &str| is_word(word, |byte| !byte.is_ascii_uppercase());
    let mut parts = text.split('$');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(""), Some(scheme), Some(_)) if long && word(scheme) => return Some(format!("${scheme}$")),
        // Django and Werkzeug: a word, its cost or salt, and last a digest.
        (Some(scheme), Some(_), Some(_)) if long && word(scheme) && ends_in_digest(text) => {
            return Some(format!("{scheme}$"));
        }
        _ => {}
    }
    KINDS.iter().find(|kind| (kind.looks)(text)).map(|kind| kind.name.to_owned())
}

/// A scheme that nobody knows, with capitals that none of the others has.
fn capitals(text: &str) -> Option<String> {
    let (scheme, _) = text.strip_prefix('$')?.split_once('$')?;
    let is_long = text.len() >= 20 && !text.contains(char::is_whitespace);
    (is_long && is_word(scheme, |_| true)).then(|| format!("${scheme}$"))
}

/// The name of a scheme.
fn is_word(word: &str, also: fn(u8) -> bool) -> bool {
    let plain = |byte: u8| (byte.is_ascii_alphanumeric() || b"-_:".contains(&byte)) && also(byte);
    (1..=24).contains(&word.len()) && !word.ends_with(':') && word.bytes().all(plain)
}

/// RFC 2307 §5.3: `{SCHEME}rest`, whatever the scheme; Spring has `@`, SAP a comma and a number there too.
fn in_braces(text: &str) -> Option<&str> {
    let (scheme, rest) = text.strip_prefix('{')?.split_once('}')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@,: ".contains(c);
    let is_scheme = (2..=40).contains(&scheme.len()) && scheme.chars().all(plain);
    (is_scheme && !rest.is_empty() && !rest.contains(char::is_whitespace)).then_some(scheme)
}

fn ends_in_digest(text: &str) -> bool {
    let last = text.rsplit('$').next().unwrap_or_default();
    last.len() >= 16 && last.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=.".contains(&b))
}

fn after<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.strip_prefix(start)
}

/// Its salt is 20 bytes of any kind.
fn is_mysql_8(text: &str) -> bool {
    text.starts_with("$A$0") && text.len() >= 40
}

fn is_sql_server(text: &str) -> bool {
    ["0x0100", "0x0200"].iter().any(|start| text.starts_with(start)) && is_hexadecimal(text)
}

fn is_oracle(text: &str) -> bool {
    let of = |part: &str| {
        ["S:", "T:", "H:"].iter().any(|start| part.strip_prefix(start).is_some_and(is_hexadecimal))
    };
    text.split(';').any(of)
}

fn is_bsdicrypt(text: &str) -> bool {
    text.len() == 20 && text.strip_prefix('_').is_some_and(|rest| rest.bytes().all(is_crypt))
}

fn is_domino(text: &str) -> bool {
    let inner = text.strip_prefix("(G").and_then(|rest| rest.strip_suffix(')'));
    inner.is_some_and(|inner| {
        (19..=48).contains(&inner.len())
            && inner.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b))
    })
}

/// `e1NTSEF9…` is `{SSHA}…`.
fn is_ldif(text: &str) -> bool {
    let inner = text.trim_end_matches('=');
    let padded = format!("{inner}{}", "=".repeat((4 - inner.len() % 4) % 4));
    let decoded = STANDARD.decode(padded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.is_some_and(|inner| inner.starts_with(['{', '$']) && is_hash(&inner))
}

/// An object, as Keycloak keeps a credential.
fn is_json(text: &str) -> bool {
    let text = text.trim();
    text.starts_with('{') && text.ends_with('}') && text.contains("\":")
}

/// `sha256:1000:…`, `PBKDF2-HMAC-SHA1=…`: nothing but names of functions, a sign, and what they made.
fn is_named(text: &str) -> bool {
    const FUNCTIONS: [&str; 17] = [
        "pbkdf2",
        "bcrypt",
        "scrypt",
        "argon2id",
        "argon2i",
        "argon2d",
        "argon2",
        "crypt",
        "hmac",
        "scram",
        "ssha",
        "smd5",
        "sha",
        "md",
        "ntlm",
        "whirlpool",
        "ripemd",
    ];
    let Some((word, rest)) = text.split_once([':', '=', ';', '|', ',', '*', '(']) else { return false };
    let word = word.to_ascii_lowercase().replace(['-', '_'], "");
    let mut left = word.as_str();
    while let Some(rest) = FUNCTIONS.iter().find_map(|function| left.strip_prefix(function)) {
        left = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    left.is_empty() && !word.is_empty() && rest.len() >= 16 && !rest.contains(char::is_whitespace)
}

//! RFC 2307 §5.3 and the forms of many systems: whether a text that an operator wrote is a password or a hash of one.
//!
//! One judge for the configuration, the commands and the library. What looks like a hash and cannot be verified is never taken for a
//! password: its owner could not sign in, and everybody who has seen the file could, by typing the hash.

use std::fmt;

use signet_core::secret::Secret;

use super::MAX_PASSWORD;
use super::scheme::{self, braced};

/// A password as an operator wrote it.
#[derive(Debug)]
pub enum Given {
    /// Without a word what it is: it is judged by its look.
    Unsaid(Secret<String>),
    /// As the password itself, whatever it looks like.
    Plain(Secret<String>),
    /// As a hash.
    Hash(Secret<String>),
}

impl From<Secret<String>> for Given {
    fn from(text: Secret<String>) -> Self {
        Given::Unsaid(text)
    }
}

impl From<String> for Given {
    fn from(text: String) -> Self {
        Given::Unsaid(Secret::new(text))
    }
}

impl Given {
    /// What it is; the one judge of configuration, commands and library.
    pub fn judge(self) -> Result<Written, Refused> {
        match self {
            Given::Unsaid(text) => Written::judge(text),
            Given::Plain(text) => Written::plain(text),
            Given::Hash(text) => Written::hash(text),
        }
    }

    /// Whether the judge may be wrong: a password in clear that could be an unsalted digest.
    pub fn is_doubtful(&self) -> bool {
        matches!(self, Given::Unsaid(text) if is_digest_shaped(text.expose()))
    }
}

/// A password that was judged.
#[derive(Debug)]
pub enum Written {
    /// The password itself, to be hashed.
    Plain(Secret<String>),
    /// A hash that is verified.
    Hash(Secret<String>),
}

/// Why a text is neither a password nor a hash that is verified. It never holds the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nothing is there.
    Empty,
    /// Longer than [`MAX_PASSWORD`].
    TooLong,
    /// With control characters, which nobody can type.
    Control,
    /// A hash of a scheme that is not verified.
    Unknown(String),
    /// A hash of a scheme that is verified, but not this one.
    Unusable {
        /// Of which scheme.
        scheme: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// It was said to be a hash, and does not look like one.
    NoHash,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Empty => f.write_str("the password is empty"),
            Refused::TooLong => write!(f, "the password is longer than {MAX_PASSWORD} bytes"),
            Refused::Control => f.write_str("the password has control characters, which nobody can type"),
            Refused::Unknown(scheme) => {
                write!(f, "this looks like a hash of the scheme {scheme}, which cannot be verified")
            }
            Refused::Unusable { scheme, why } => {
                write!(f, "this looks like a hash of the scheme {scheme}, but {why}")
            }
            Refused::NoHash => f.write_str("this is not a hash of any known scheme"),
        }
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// What to do instead.
    pub fn advice(&self) -> &'static str {
        match self {
            Refused::Empty => "leave it out to close the password sign-in",
            Refused::TooLong | Refused::Control => "choose another password",
            Refused::Unknown(_) | Refused::Unusable { .. } => {
                "leave it out and give the person a new password; if it is the password itself, write { plain = \"…\" }"
            }
            Refused::NoHash => "write { plain = \"…\" } if it is the password itself",
        }
    }
}

impl Written {
    fn judge(text: Secret<String>) -> Result<Self, Refused> {
        match scheme::read(text.expose()) {
            Some(Ok(_)) => Ok(Written::Hash(text)),
            Some(Err((scheme, why))) => Err(Refused::Unusable { scheme, why }),
            None => match seems(text.expose()) {
                Some(scheme) => Err(Refused::Unknown(scheme)),
                None => Self::plain(text),
            },
        }
    }

    fn plain(text: Secret<String>) -> Result<Self, Refused> {
        match text.expose().as_str() {
            "" => Err(Refused::Empty),
            plain if plain.len() > MAX_PASSWORD => Err(Refused::TooLong),
            plain if plain.chars().any(char::is_control) => Err(Refused::Control),
            _ => Ok(Written::Plain(text)),
        }
    }

    fn hash(text: Secret<String>) -> Result<Self, Refused> {
        match Self::judge(text) {
            Ok(Written::Plain(_)) | Err(Refused::Empty | Refused::TooLong | Refused::Control) => {
                Err(Refused::NoHash)
            }
            judged => judged,
        }
    }
}

/// Whether a text has the shape of an unsalted digest. It may be a password: many are made by `openssl rand -hex`.
fn is_digest_shaped(text: &str) -> bool {
    let one_case = !text.contains(char::is_uppercase) || !text.contains(char::is_lowercase);
    matches!(text.len(), 32 | 40 | 48 | 56 | 64 | 96 | 128)
        && one_case
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Hashes that begin like this and are not verified.
const KNOWN: &[(&str, &str)] = &[
    ("$1$", "md5-crypt ($1$)"),
    ("$2$", "the first bcrypt ($2$)"),
    ("$2x$", "bcrypt of a faulty crypt_blowfish ($2x$)"),
    ("$apr1$", "Apache's md5-crypt ($apr1$)"),
    ("$md5", "SunMD5 ($md5)"),
    ("$sha1$", "sha1-crypt ($sha1$)"),
    ("$3$", "NT hash ($3$)"),
    ("$7$", "scrypt of crypt(3) ($7$)"),
    ("$y$", "yescrypt ($y$)"),
    ("$gy$", "gost-yescrypt ($gy$)"),
    ("$P$", "phpass ($P$)"),
    ("$H$", "phpass ($H$)"),
    ("$S$", "Drupal's SHA-512 ($S$)"),
    ("$wp$", "WordPress's bcrypt ($wp$)"),
    ("md5$", "MD5 (md5$)"),
    ("sha1$", "SHA-1 (sha1$)"),
    ("sha256$", "SHA-256 (sha256$)"),
    ("sha512$", "SHA-512 (sha512$)"),
    ("crypt$", "crypt (crypt$)"),
    ("SCRAM-SHA-", "SCRAM"),
];

/// What a text seems to be that is no hash as it stands in its own system.
fn seems(text: &str) -> Option<String> {
    unknown(text).or_else(|| closed(text)).or_else(|| disguised(text))
}

/// What other systems write where nobody may sign in by a password: taken as one, anybody could.
const CLOSED: [&str; 9] = ["!", "!!", "*", "!*", "*!", "*LK*", "*NP*", "NP", "x"];

/// A mark by which another system closes an account, alone or before its hash.
fn closed(text: &str) -> Option<String> {
    let marked = text.strip_prefix(['!', '*']).map(|rest| rest.trim_start_matches(['!', '*']));
    let has_hash = |rest: &str| scheme::read(rest).is_some() || unknown(rest).is_some();
    // Django's: the mark and 40 characters of chance.
    let is_django = |rest: &str| rest.len() == 40 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_closed =
        CLOSED.contains(&text.trim()) || marked.is_some_and(|rest| has_hash(rest) || is_django(rest));
    is_closed.then(|| "\"no password\" (import the person without one)".to_owned())
}

/// A hash with something around it, with each `$` doubled as for docker-compose, or with its scheme in another case.
fn disguised(text: &str) -> Option<String> {
    let is_known = |text: &str| scheme::read(text).is_some() || unknown(text).is_some();
    let around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{feff}');
    let bare = text.trim_matches(around);
    let scheme = bare.char_indices().filter(|(_, c)| *c == '$').nth(1).map_or(0, |(end, _)| end);
    let lower = bare.split_at_checked(scheme).map(|(scheme, rest)| scheme.to_ascii_lowercase() + rest);
    let is_hash = (bare != text && is_known(bare))
        || (bare.starts_with("$$") && is_known(&bare.replace("$$", "$")))
        || (bare.starts_with('$') && lower.is_some_and(|lower| lower != bare && is_known(&lower)));
    is_hash.then(|| "of a hash with something around it, doubled signs or capitals".to_owned())
}

/// The name of the scheme that a text seems to be of, none of which is verified.
fn unknown(text: &str) -> Option<String> {
    // A short word with a sign in it is a password.
    let long = text.len() >= 20 && !text.contains(char::is_whitespace);
    if long && let Some((_, name)) = KNOWN.iter().find(|(start, _)| text.starts_with(start)) {
        return Some((*name).to_owned());
    }
    if let Some((scheme, rest)) = braced(text)
        && !rest.is_empty()
        && (long || NAMED.iter().any(|known| known.eq_ignore_ascii_case(scheme)))
    {
        return Some(format!("{{{scheme}}}"));
    }
    // MySQL's, PostgreSQL's.
    let digest = |start: &str, length: usize| {
        text.strip_prefix(start).is_some_and(|rest| rest.len() == length && is_digest_shaped(rest))
    };
    if digest("*", 40) {
        return Some("MySQL's SHA-1 (*)".to_owned());
    }
    if digest("md5", 32) {
        return Some("PostgreSQL's MD5 (md5)".to_owned());
    }
    let word = |word: &str| {
        (1..=24).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_:".contains(&b))
    };
    let mut parts = text.split('$');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(""), Some(scheme), Some(_)) if long && word(scheme) => Some(format!("${scheme}$")),
        // Django and Werkzeug: a word, its cost or salt, and last a digest.
        (Some(scheme), Some(_), Some(_)) if long && word(scheme) && has_digest(text) => {
            Some(format!("{scheme}$"))
        }
        _ => None,
    }
}

/// Schemes of LDAP, Dovecot, Spring and others that may be short.
const NAMED: [&str; 16] = [
    "MD5",
    "SMD5",
    "CRYPT",
    "LANMAN",
    "NT",
    "CLEAR",
    "CLEARTEXT",
    "PLAIN",
    "PLAINTEXT",
    "NOOP",
    "SASL",
    "KERBEROS",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "DES-CRYPT",
    "MD5-CRYPT",
];

fn has_digest(text: &str) -> bool {
    let last = text.rsplit('$').next().unwrap_or_default();
    last.len() >= 16 && last.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<Written, Refused> {
        Written::judge(Secret::new(text.to_owned()))
    }

    #[test]
    fn a_hash_that_is_not_verified_is_refused_by_name() {
        for (text, scheme) in [
            ("$1$Ab1cD2eF$0000000000000000000000", "md5-crypt"),
            ("$apr1$Ab1cD2eF$0000000000000000000000", "Apache"),
            ("$2x$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "crypt_blowfish"),
            ("$y$j9T$c29tZXNhbHQ$0000000000000000000000000000000000000000000", "yescrypt"),
            ("$P$BDh4nkS8zXpzU3nBnvnBHR1BEbqEBX/", "phpass"),
            ("$fresh-scheme$v=1$c29tZXNhbHQ$00000000", "$fresh-scheme$"),
            ("{MD5}X03MO1qnZdYdgyfeuILPmQ==", "{MD5}"),
            ("{SMD5}8HJb0eOiTZgyQZUGWpY2OXNhbHQ=", "{SMD5}"),
            ("{cleartext}krall", "{cleartext}"),
            ("{PKCS5S2}jXBQMTqaOmAh9ZNuRErmH6oAHnZ3", "{PKCS5S2}"),
            ("sha1$c29tZXNhbHQ$8843d7f92416211de9ebb963ff4ce28125932878", "SHA-1"),
            ("md5$c29tZXNhbHQ$5f4dcc3b5aa765d61d8327deb882cf99", "MD5"),
            ("whirlpool_x$20$c29t$8843d7f92416211de9ebb963ff4ce28125932878", "whirlpool_x"),
            ("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "MySQL"),
            ("md532e12f215ba27cb750c9e093ce4b5127", "PostgreSQL"),
            ("SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy", "SCRAM"),
            ("!", "no password"),
            ("*LK*", "no password"),
            ("x", "no password"),
            ("!iYx7bO3Kq2vT9wLmNc5RsPzUaEdHgJf1kWnXoQyB", "no password"),
            ("!$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "no password"),
            ("!!$1$Ab1cD2eF$0000000000000000000000", "no password"),
            (" $2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "around"),
            ("\"$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy\"", "around"),
            ("$$2b$$10$$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "doubled"),
            ("$2B$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "capitals"),
            ("{noop}krall", "{noop}"),
            ("{plaintext}krall", "{plaintext}"),
        ] {
            match judged(text) {
                Err(Refused::Unknown(named)) => assert!(named.contains(scheme), "{text}: {named}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_hash_that_is_too_dear_or_malformed_is_refused_with_the_reason() {
        for (text, scheme, why) in [
            ("$2b$31$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "bcrypt", "15"),
            ("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92", "bcrypt", "malformed"),
            (
                "pbkdf2_sha256$1000000000$c29tZXNhbHQ$i6Y0Q4wqRIDyMTBZWvxKHTEjmrmA5CuGm1hqbXwLDy0=",
                "PBKDF2",
                "5,000,000",
            ),
            ("$pbkdf2-md5$1000$c29tZXNhbHQ$i6Y0Q4wqRIDyMTBZWvxKHTEjmrmA5CuGm1hqbXwLDy0", "PBKDF2", "SHA-1"),
            (
                "$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$i6Y0Q4wqRIDyMTBZWvxKHTEjmrmA5CuGm1hqbXwLDy0",
                "scrypt",
                "256 MiB",
            ),
            ("scrypt:32768:8:1$c29tZXNhbHQ$0000", "scrypt", "16 to 64"),
            ("$6$rounds=999999999$salt$0000", "SHA-crypt", "1,000,000"),
            (
                "$argon2id$v=19$m=4000000,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "Argon2",
                "1 GiB",
            ),
            (
                "$argon2id$v=19$m=65536,t=100000,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "Argon2",
                "4 GiB",
            ),
            (
                "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
                "Argon2",
                "salt",
            ),
            ("{SSHA}c2hvcnQ=", "LDAP SHA", "malformed"),
        ] {
            match judged(text) {
                Err(Refused::Unusable { scheme: named, why: said }) => {
                    assert!(named == scheme && said.contains(why), "{text}: {named}: {said}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn passwords_that_look_a_little_like_hashes_stay_passwords() {
        for text in [
            "krall",
            "$ecret",
            "$1$00",
            "{braces}",
            "{a}",
            "100$ a day keeps $ away from $ home",
            "a$b$c",
            "md5sum",
            "*starstarstar*",
            "scrypt is a fine thing",
            "5f4dcc3b5aa765d61d8327deb882cf99",
            "  ",
            "😀 👩‍👩‍👧",
            "$my$",
            "correct horse battery staple",
        ] {
            assert!(matches!(judged(text), Ok(Written::Plain(_))), "{text}");
        }
        assert!(is_digest_shaped("5f4dcc3b5aa765d61d8327deb882cf99") && !is_digest_shaped("5f4dcc3b"));
        assert!(!is_digest_shaped("5F4dcc3b5aa765d61d8327deb882cf99"));
    }

    #[test]
    fn who_says_what_it_is_is_believed() {
        let hash = "$1$Ab1cD2eF$0000000000000000000000";
        assert!(matches!(Written::plain(Secret::new(hash.to_owned())), Ok(Written::Plain(_))));
        assert!(matches!(Written::hash(Secret::new("krall".to_owned())), Err(Refused::NoHash)));
        assert!(matches!(Written::hash(Secret::new(hash.to_owned())), Err(Refused::Unknown(_))));
        assert_eq!(judged("").unwrap_err(), Refused::Empty);
        assert_eq!(judged(&"x".repeat(MAX_PASSWORD + 1)).unwrap_err(), Refused::TooLong);
        assert_eq!(judged("a\tb").unwrap_err(), Refused::Control);
    }

    #[test]
    fn a_refusal_never_holds_the_text() {
        let shown = format!("{0:?} {0}", judged("$1$Ab1cD2eF$secretsecretsecret").unwrap_err());
        assert!(!shown.contains("secret"), "{shown}");
    }
}

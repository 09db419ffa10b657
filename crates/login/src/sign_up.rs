//! NIST SP 800-63B §5.1.1.2: requirements for the passwords of new accounts.

use serde::{Deserialize, Serialize};
use signet_core::name::objection;
use signet_core::record::user::is_username;
use signet_core::secret::Secret;
use signet_core::visible::is_seen;

use crate::password::{MAX_PASSWORD, is_typeable, opaque};

/// NIST's least length, in characters.
pub const LEAST_PASSWORD: usize = 8;

/// Passwords that are tried first, of those that are long enough. Repeated characters and the person's own
/// name come on top.
const COMMON: &[&str] = &[
    "12345678",
    "123456789",
    "1234567890",
    "0123456789",
    "987654321",
    "0987654321",
    "123123123",
    "147258369",
    "11223344",
    "1234qwer",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "a1b2c3d4",
    "abc12345",
    "abcd1234",
    "abcdefgh",
    "admin123",
    "asdfghjk",
    "asdfghjkl",
    "azertyuiop",
    "baseball",
    "changeme",
    "computer",
    "dragon123",
    "football",
    "hallo123",
    "iloveyou",
    "internet",
    "letmein1",
    "liverpool",
    "michelle",
    "motdepasse",
    "p@ssw0rd",
    "passw0rd",
    "password",
    "password1",
    "password12",
    "password123",
    "passwort",
    "passwort1",
    "princess",
    "q1w2e3r4",
    "qwer1234",
    "qwerty12",
    "qwerty123",
    "qwertyui",
    "qwertyuiop",
    "qwertz123",
    "qwertzuiop",
    "samantha",
    "starwars",
    "sunshine",
    "superman",
    "testtest",
    "trustno1",
    "wachtwoord",
    "welcome1",
    "welcome123",
    "welkom01",
    "welkom123",
    "whatever",
    "willkommen",
    "zaq12wsx",
];

/// Words that are common with digits after them, and too short without.
const COMMON_BEFORE_DIGITS: &[&str] = &[
    "admin", "bonjour", "dragon", "hallo", "hello", "letmein", "monkey", "qwerty", "qwertz", "azerty",
    "summer", "welcome", "welkom", "winter",
];

/// What a person typed who wants an account.
#[derive(Debug)]
pub struct Wish {
    /// What they will type to sign in.
    pub username: String,
    /// Chosen.
    pub password: Secret<String>,
    /// What to call them; may be empty.
    pub name: String,
    /// May be empty.
    pub email: String,
}

/// A row a fault: what it means, and what the log says of it. Notices and pages know it by its name.
macro_rules! faults {
    ($($(#[$doc:meta])+ $fault:ident: $words:literal;)+) => {
        /// Why there is no account yet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Fault {
            $($(#[$doc])+ $fault,)+
        }

        impl Fault {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$fault),+];

            /// For the log.
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$fault => $words,)+
                }
            }
        }
    };
}

faults! {
    /// Somebody else is called so or similarly.
    UsernameTaken: "user name taken, or like another";
    /// The name, or one like it, is kept for the operator.
    UsernameReserved: "user name reserved";
    /// Nobody can be called so: characters that names do not have, or letters of several scripts.
    UsernameMalformed: "user name not possible";
    /// Shorter than [`LEAST_PASSWORD`].
    PasswordShort: "password too short";
    /// Longer than [`MAX_PASSWORD`].
    PasswordLong: "password too long";
    /// With characters that nobody can type or see.
    PasswordMalformed: "password with characters that nobody can type";
    /// Among the first that anybody would try.
    PasswordCommon: "password too common";
    /// Endless, with control characters, or with none that can be seen.
    NameMalformed: "name malformed";
    /// No e-mail address.
    EmailMalformed: "e-mail address malformed";
    /// Somebody else is called like this address.
    EmailTaken: "e-mail address taken";
}

impl Wish {
    /// All that is wrong with it by itself.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let malformed = is_username(&self.username).is_err() || self.username.chars().any(is_deceptive);
        if malformed || objection(&self.username).is_some() {
            faults.push(Fault::UsernameMalformed);
        }
        faults.extend(password_fault(self.password.expose(), &self.username));
        let is_unseen = !self.name.is_empty() && !is_seen(&self.name);
        let is_odd = self.name.chars().any(|c| c.is_control() || turns_text(c));
        if self.name.chars().count() > 255 || is_odd || is_unseen {
            faults.push(Fault::NameMalformed);
        }
        if !self.email.is_empty() && !is_email(&self.email) {
            faults.push(Fault::EmailMalformed);
        }
        faults
    }
}

/// Length before anything else: no rules about kinds of characters, which people meet by `Password1!`.
fn password_fault(password: &str, username: &str) -> Option<Fault> {
    let password = &*opaque(password);
    if password.len() > MAX_PASSWORD {
        return Some(Fault::PasswordLong);
    }
    if !is_typeable(password) {
        return Some(Fault::PasswordMalformed);
    }
    if password.chars().count() < LEAST_PASSWORD {
        return Some(Fault::PasswordShort);
    }
    is_common(&password.to_lowercase(), &username.to_lowercase()).then_some(Fault::PasswordCommon)
}

/// One of the list or the own name, as it is, with signs for letters (`p@ssw0rd`), or with up to four digits
/// and signs after it (`sunshine2024!`); one character again and again; characters in order.
fn is_common(password: &str, username: &str) -> bool {
    const AFTER: usize = 4;
    let word = password.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    let short_end = password.len() - word.len() <= AFTER;
    let words = std::iter::once(password).chain(Some(word).filter(|_| short_end));
    let is_known = |text: &str| {
        text == username
            || COMMON.contains(&text)
            || (text.len() >= 5 && COMMON_BEFORE_DIGITS.contains(&text))
    };
    let codes: Vec<u32> = password.chars().map(u32::from).collect();
    let steps = |step: i64| {
        codes.windows(2).all(|pair| matches!(pair, [a, b] if i64::from(*b) - i64::from(*a) == step))
    };
    steps(0)
        || steps(1)
        || steps(-1)
        || words.into_iter().any(|text| is_known(text) || is_known(&spelt(text)))
}

/// With letters for the signs that are written for them.
fn spelt(text: &str) -> String {
    let letter = |c| match c {
        '@' | '4' => 'a',
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '5' | '$' => 's',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// What makes two names look alike: spaces, and characters that cannot be seen.
fn is_deceptive(c: char) -> bool {
    c.is_whitespace() || is_invisible(c)
}

/// Unicode's overrides and isolates: they change how the text around a name reads.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// RFC 5321 §4.1.2, §4.5.3.1, without quoted local parts and address literals; whether it is the person's
/// shows only when a message to it is answered.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_control() && !is_deceptive(c) && !"@<>()[]\\,;:\"".contains(c);
    let label = |label: &str| {
        let inner = label.chars().all(|c| c.is_alphanumeric() || c == '-');
        inner && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.contains('.')
        && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(username: &str, password: &str, name: &str, email: &str) -> Vec<Fault> {
        let password = Secret::new(password.to_owned());
        Wish { username: username.into(), password, name: name.into(), email: email.into() }.faults()
    }

    #[test]
    fn a_good_wish_has_no_fault() {
        for (username, password, name, email) in [
            ("nina", "feeling good", "Nina Simone", "nina@example.org"),
            ("zoë@example.org", "ÅÄÖåäöÅÄ", "", ""),
            ("n.s-1933_+", &"x1".repeat(512), "Eunice Kathleen Waymon", "n.s+jazz@mail.example.co.uk"),
        ] {
            assert_eq!(wish(username, password, name, email), [], "{username}");
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = wish("", "short", "a\nb", "nowhere");
        assert_eq!(
            faults,
            [Fault::UsernameMalformed, Fault::PasswordShort, Fault::NameMalformed, Fault::EmailMalformed]
        );
    }

    #[test]
    fn names_that_look_like_others_are_refused() {
        for name in ["", "ni na", "nina\u{200b}", "\u{202e}anin", "nina\t", "\u{feff}nina", &"n".repeat(256)]
        {
            assert_eq!(wish(name, "feeling good", "", ""), [Fault::UsernameMalformed], "{name:?}");
        }
        assert_eq!(wish("nina", "feeling good", "\u{202e}", ""), [Fault::NameMalformed]);
    }

    #[test]
    fn passwords_are_long_enough_and_not_the_first_guess() {
        for (password, fault) in [
            ("", Some(Fault::PasswordShort)),
            ("öööäää1", Some(Fault::PasswordShort)),
            ("öööäää12", None),
            ("feeling\u{feff} good", Some(Fault::PasswordMalformed)),
            ("PassWord123", Some(Fault::PasswordCommon)),
            ("qwertyuiop", Some(Fault::PasswordCommon)),
            ("zzzzzzzzzzzz", Some(Fault::PasswordCommon)),
            ("NinaSimone", Some(Fault::PasswordCommon)),
            ("Sunshine2024", Some(Fault::PasswordCommon)),
            ("P@ssw0rd1!", Some(Fault::PasswordCommon)),
            ("Welcome99", Some(Fault::PasswordCommon)),
            ("ninasimone77", Some(Fault::PasswordCommon)),
            ("23456789", Some(Fault::PasswordCommon)),
            ("hgfedcba", Some(Fault::PasswordCommon)),
            ("sunshine over 2024", None),
            ("sunshine20241231", None),
            ("welcome back", None),
            (&"x1".repeat(512), None),
            (&"x1".repeat(513), Some(Fault::PasswordLong)),
        ] {
            assert_eq!(password_fault(password, "ninasimone"), fault, "{password}");
        }
        assert!(COMMON.iter().all(|word| word.len() >= LEAST_PASSWORD && *word == word.to_lowercase()));
    }

    #[test]
    fn addresses() {
        for good in ["a@b.example", "zoë@exämple.org", "o'hara@x-y.example"] {
            assert!(is_email(good), "{good}");
        }
        let long = format!("{}@b.example", "a".repeat(65));
        for bad in [
            "a",
            "@b.example",
            "a@",
            "a@localhost",
            "a@b..example",
            "a@.example",
            "a@-b.example",
            "a b@c.example",
            "a@b@c.example",
            "a..b@c.example",
            ".a@c.example",
            "a@c.example>",
            "a@c.example\r\nBcc: x@y.example",
            "<a@b.example>",
            "a,b@c.example",
            "a@[192.0.2.1]",
            &long,
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}

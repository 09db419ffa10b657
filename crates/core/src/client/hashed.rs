//! RFC 2307 §5.3, crypt(5), the PHC string format: hashes of secrets as other systems write them. A client
//! sends its secret, and what is compared with it is that, or its SHA-256: a hash of another kind would be
//! taken for the secret, and let in whoever has read it.
//!
//! Only what says itself what it is counts: a random secret may look like any digest.

/// Shorter ones are no hashes.
const LEAST: usize = 20;
/// Schemes with fewer signs than a salt and a hash make.
const SHORT: [&str; 5] = ["A", "H", "P", "S", "wp"];
/// What schemes are called that begin without a sign, as in Django and Werkzeug.
const NAMES: [&str; 7] = ["argon2", "bcrypt", "crypt", "md5", "pbkdf2", "scrypt", "sha"];

/// The scheme that a text names if it is a hash.
pub(super) fn scheme(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() < LEAST || text.contains(char::is_whitespace) {
        return None;
    }
    // As `docker compose` wants it.
    let undoubled = text.starts_with("$$").then(|| text.replace("$$", "$"));
    let text = undoubled.as_deref().unwrap_or(text);
    if let Some((scheme, _)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        return is_word(scheme).then(|| format!("{{{scheme}}}"));
    }
    let signs = text.matches('$').count();
    if let Some((scheme, _)) = text.strip_prefix('$').and_then(|rest| rest.split_once('$')) {
        let is_scheme = is_word(scheme) && (signs >= 3 || SHORT.contains(&scheme));
        return is_scheme.then(|| format!("${scheme}$"));
    }
    let (scheme, _) = text.split_once('$').filter(|_| signs >= 2)?;
    let is_named = NAMES.iter().any(|name| scheme.starts_with(name));
    (is_named && is_word(scheme)).then(|| format!("{scheme}$"))
}

fn is_word(text: &str) -> bool {
    (1..=24).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_say_what_they_are() {
        for (text, named) in [
            ("$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$2b$"),
            ("$$2b$$10$$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$2b$"),
            (
                "\n$6$salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.",
                "$6$",
            ),
            ("$argon2id$v=19$m=64,t=1,p=1$c2Vhc2FsdDI$vVdpdQS4kORwYz4SUc92Ng", "$argon2id$"),
            ("$pbkdf2-sha512$310000$c2FsdA$aGFzaGhhc2hoYXNo", "$pbkdf2-sha512$"),
            ("$P$984478476IagS59wHZvyQMArzfx58u.", "$P$"),
            ("{SSHA}AGV3Z6Krg4AsQSqd0ZYBiObH2sFzZWFzYWx0OA==", "{SSHA}"),
            ("{bcrypt}$2b$10$N9qo8uLOickgx2ZMRZoMye", "{bcrypt}"),
            ("pbkdf2_sha256$1000$seasalt2$ShoT2+YOSRlujY0JALoBDNkN31lrSZI5eZlC79GvPjQ=", "pbkdf2_sha256$"),
            ("pbkdf2:sha256:600000$salt$0123456789abcdef", "pbkdf2:sha256:600000$"),
            ("scrypt:32768:8:1$salt$0123456789abcdef", "scrypt:32768:8:1$"),
        ] {
            assert_eq!(scheme(text).as_deref(), Some(named), "{text}");
        }
        for text in [
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "5XBPHuoBR3VNsLDyAKfL7NJBu5qK0cYf/2TgMZbFFtE=",
            "$ecret-of-20-characters-and-more",
            "$ecret$of-20-characters-and-more",
            "a$b$c$d$e$f$g$h$i$j$k$l$m$n",
            "{not a scheme}0123456789abcdef",
            "$1$short$x",
            "md5-of-something-that-is-long",
        ] {
            assert_eq!(scheme(text), None, "{text}");
        }
    }
}

//! Words that make no other title: of signing in, of an application being the real one, and small ones, in
//! the languages of the pages.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::forms;
use super::title::folded;

/// What the pages of a provider speak of. A title with nothing else is taken for theirs.
const SIGN_IN: &[&str] = &[
    "account",
    "accounts",
    "anmelden",
    "anmeldung",
    "aanmelden",
    "benutzerkonto",
    "compte",
    "comptes",
    "connecter",
    "connectez",
    "connexion",
    "einloggen",
    "identification",
    "inloggen",
    "kennwort",
    "konten",
    "konto",
    "login",
    "logon",
    "motdepasse",
    "password",
    "passwords",
    "passwort",
    "signin",
    "signon",
    "signup",
    "wachtwoord",
];

/// Words that say of an application that it is the real one, or nothing at all.
const NOTHING: &[&str] = &[
    // English, and what all use.
    "a",
    "access",
    "an",
    "and",
    "app",
    "application",
    "apps",
    "at",
    "authentic",
    "authorised",
    "authorized",
    "by",
    "c",
    "choose",
    "client",
    "co",
    "continue",
    "copr",
    "copyright",
    "corp",
    "create",
    "demo",
    "for",
    "from",
    "genuine",
    "gmbh",
    "help",
    "helpdesk",
    "in",
    "inc",
    "is",
    "legit",
    "llc",
    "log",
    "ltd",
    "my",
    "of",
    "official",
    "oficial",
    "on",
    "online",
    "original",
    "our",
    "please",
    "portal",
    "r",
    "real",
    "safe",
    "secure",
    "secured",
    "service",
    "sign",
    "site",
    "support",
    "test",
    "the",
    "this",
    "tm",
    "to",
    "trusted",
    "ufficiale",
    "up",
    "use",
    "user",
    "users",
    "verified",
    "via",
    "web",
    "website",
    "welcome",
    "with",
    "you",
    "your",
    // German.
    "am",
    "anwendung",
    "bei",
    "beim",
    "bitte",
    "das",
    "dein",
    "deine",
    "deinem",
    "deinen",
    "deiner",
    "dem",
    "den",
    "der",
    "des",
    "die",
    "dienst",
    "echt",
    "echte",
    "ein",
    "eine",
    "einem",
    "einen",
    "fortfahren",
    "f\u{fc}r",
    "hilfe",
    "ihr",
    "ihre",
    "ihrem",
    "ihren",
    "ihrer",
    "im",
    "kundendienst",
    "mein",
    "meine",
    "meinem",
    "meinen",
    "meiner",
    "melden",
    "mit",
    "offiziell",
    "offizielle",
    "seite",
    "sich",
    "sicher",
    "sichere",
    "sie",
    "und",
    "unser",
    "unsere",
    "unserem",
    "vom",
    "von",
    "weiter",
    "willkommen",
    "zu",
    "zugang",
    "zum",
    "zur",
    // French.
    "acc\u{e8}s",
    "acc\u{e9}der",
    "aide",
    "au",
    "aupr\u{e8}s",
    "authentique",
    "aux",
    "avec",
    "bienvenue",
    "chez",
    "continuer",
    "d",
    "dans",
    "de",
    "du",
    "et",
    "l",
    "la",
    "le",
    "les",
    "ma",
    "mes",
    "mon",
    "mot",
    "notre",
    "officiel",
    "officielle",
    "par",
    "passe",
    "pour",
    "se",
    "ses",
    "son",
    "sur",
    "s\u{e9}curis\u{e9}",
    "s\u{e9}curis\u{e9}e",
    "ton",
    "un",
    "une",
    "utilisateur",
    "vers",
    "vos",
    "votre",
    "vous",
    "v\u{e9}rifi\u{e9}",
    // Dutch.
    "applicatie",
    "beveiligd",
    "bij",
    "door",
    "doorgaan",
    "een",
    "en",
    "gaan",
    "het",
    "hulp",
    "je",
    "jouw",
    "met",
    "mijn",
    "naar",
    "offici\u{eb}le",
    "officieel",
    "om",
    "ons",
    "onze",
    "op",
    "toegang",
    "uw",
    "van",
    "veilig",
    "verder",
    "voor",
    "welkom",
];

/// So long a word is left out as well where it is written together with others.
const LONG: usize = 8;

static SIGN_IN_LOOKS: LazyLock<BTreeSet<String>> = LazyLock::new(|| looks(SIGN_IN));
static EMPTY_LOOKS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| looks(NOTHING).into_iter().chain(looks(SIGN_IN)).collect());
static YEARS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| (1990..=2099).map(|year| folded(&year.to_string())).collect());

/// As they look in any case.
fn looks(words: &[&str]) -> BTreeSet<String> {
    let forms = words.iter().flat_map(|word| forms(word));
    forms.map(|form| folded(&form)).collect()
}

/// A word that makes no other title, or the year of a copyright.
pub(super) fn says_nothing(look: &str) -> bool {
    EMPTY_LOOKS.contains(look) || YEARS.contains(look)
}

/// Whether words that say nothing speak of signing in, taken together: `sign in` as well as `signin`.
pub(super) fn speak_of_signing_in(joined: &str) -> bool {
    SIGN_IN_LOOKS.iter().any(|word| joined.contains(word.as_str()))
}

/// What is left without the long ones at its beginning and its end.
pub(super) fn without_affixes(look: &str) -> String {
    let mut rest = look;
    let long = || EMPTY_LOOKS.iter().filter(|word| word.len() >= LONG);
    let shorter = |text: &'_ str| -> Option<(usize, usize)> {
        long().find_map(|word| match (text.strip_prefix(word.as_str()), text.strip_suffix(word.as_str())) {
            (Some(_), _) => Some((word.len(), text.len())),
            (None, Some(rest)) => Some((0, rest.len())),
            (None, None) => None,
        })
    };
    while let Some((from, to)) = shorter(rest) {
        rest = rest.get(from..to).unwrap_or_default();
    }
    rest.to_owned()
}

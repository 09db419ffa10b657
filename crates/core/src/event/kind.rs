//! The kinds of events: a row each. Their names stay, as programs look for them.

use crate::record::Severity;

/// Whether an event is kept, and within which bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Always: an operator causes it, or it is rare, or it is bounded where it begins.
    Always,
    /// Somebody who has shown who they are can cause it as often as they like: those go first where there are
    /// too many events.
    Ordinary,
    /// Anybody can cause it, as often as they like: bounded for each network and in all.
    Bounded,
    /// It happens all the time: only where the configuration says so (`[events] tokens`).
    Routine,
}

/// One kind of events.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Whether it is kept.
    pub kept: Kept,
    /// What has happened.
    pub doc: &'static str,
}

macro_rules! kinds {
    ($($constant:ident $name:literal $severity:ident $kept:ident $doc:literal)*) => {
        $(
            #[doc = $doc]
            pub static $constant: Kind =
                Kind { name: $name, severity: Severity::$severity, kept: Kept::$kept, doc: $doc };
        )*

        /// Every kind.
        pub static KINDS: &[&Kind] = &[$(&$constant),*];
    };
}

kinds! {
    SIGN_IN_SUCCEEDED "sign_in.succeeded" Info Ordinary
        "A user has signed in. `method`, `amr`."
    SIGN_IN_FAILED "sign_in.failed" Notice Bounded
        "A sign-in failed. `reason`. Without a user where nobody has the name that was typed."
    SIGN_IN_THROTTLED "sign_in.throttled" Warning Bounded
        "A sign-in was refused because of too many failures. `throttled`, `reason`, `seconds` to wait."
    SIGN_IN_BUSY "sign_in.busy" Info Bounded
        "A password was not checked because too many others were being checked. `reason`."
    SIGN_UP_SUCCEEDED "sign_up.succeeded" Info Always
        "A user has created an account."
    SIGN_UP_REFUSED "sign_up.refused" Info Bounded
        "An account was not created. `reason`."
    SIGN_UP_THROTTLED "sign_up.throttled" Notice Bounded
        "An account was not created: too many came from this network. `throttled`, `seconds` to wait."
    SESSION_ENDED "session.ended" Info Ordinary
        "A session has ended. `by`: `person`, `application` or the operator."
    AUTHORIZATION_GRANTED "authorization.granted" Info Ordinary
        "An application received what it requested for a user. `response_type`, `scope`, `page`: whether the user saw one."
    AUTHORIZATION_REFUSED "authorization.refused" Info Bounded
        "An authorization request was answered with an error, which the application received. `error`, `reason`."
    INTERACTION_REQUIRED "authorization.interaction_required" Info Routine
        "A request with `prompt=none` could not be answered without asking the user. `error`, `reason`."
    CONSENT_GIVEN "consent.given" Info Ordinary
        "A user has consented. `scope`."
    CONSENT_REFUSED "consent.refused" Info Bounded
        "A user has denied a request."
    TOKEN_ISSUED "token.issued" Info Routine
        "The token endpoint issued tokens. `grant_type`, `scope`, `audience`."
    TOKEN_REVOKED "token.revoked" Info Ordinary
        "An application has revoked a token of its own."
    TOKEN_INTROSPECTED "token.introspected" Info Routine
        "Somebody asked about a token. `active`, and `issued_to`: whose token it is."
    TOKEN_WITHHELD "token.withheld" Info Routine
        "Introspection answered `active: false` about a valid token of another application. `issued_to`."
    USERINFO_ANSWERED "userinfo.answered" Info Routine
        "The UserInfo endpoint released claims. `scope`."
    CODE_REUSED "code.reused" Warning Always
        "An authorization code was used again: somebody else may have it. Everything issued from it was revoked."
    REFRESH_TOKEN_REUSED "refresh_token.reused" Warning Always
        "A rotated refresh token was used again: somebody else may have it. Everything issued from its grant was revoked."
    REQUEST_REFUSED "request.refused" Info Bounded
        "A request was refused. `endpoint`, `error`, `reason`."
    CLIENT_AUTHENTICATION_FAILED "client.authentication_failed" Notice Bounded
        "An application did not prove its identity. `endpoint`, `error`, `reason`."
    CLIENT_THROTTLED "client.throttled" Warning Bounded
        "An application was not checked because too many wrong secrets came from its network. `seconds` to wait."
    CLIENT_PREVIOUS_SECRET_USED "client.previous_secret_used" Info Routine
        "An application has proved its identity with the secret that it had before: it still has to be given the new one."
    CLIENT_REGISTERED "client.registered" Notice Ordinary
        "An application has registered itself."
    CLIENT_CHANGED "client.changed" Notice Ordinary
        "An application has changed its registration."
    CLIENT_REMOVED "client.removed" Notice Always
        "An application was removed. `by`: `application` or the operator."
    REGISTRATION_THROTTLED "registration.throttled" Notice Bounded
        "A registration was refused: too many came from this network. `throttled`, `seconds` to wait."
    CLIENT_ADDED "client.added" Notice Always
        "An operator has added an application. `by`."
    CLIENT_SECRET_ROTATED "client.secret_rotated" Notice Always
        "An operator has given an application a new secret. `by`."
    CLIENT_PREVIOUS_SECRET_REVOKED "client.previous_secret_revoked" Notice Always
        "An operator has taken away the secret that an application had before. `by`."
    USER_ADDED "user.added" Notice Always
        "An operator has added a user. `by`."
    USER_LOCKED "user.locked" Notice Always
        "An operator has locked a user, which ended all their sessions. `by`."
    USER_UNLOCKED "user.unlocked" Notice Always
        "An operator has unlocked a user. `by`."
    USER_PASSWORD_SET "user.password_set" Notice Always
        "An operator has set or removed a user's password, which ended all their sessions. `by`."
    USER_REMOVED "user.removed" Notice Always
        "An operator has removed a user. `by`."
    USER_SIGNED_OUT "user.signed_out" Notice Always
        "An operator has ended all sessions of a user. `by`."
    USER_CHANGED "user.changed" Notice Always
        "An import has locked or unlocked a user, or changed their password or e-mail address. `by`."
    USER_IMPORTED "user.imported" Notice Always
        "An operator has imported users. `by`, and how many were `added` or `updated` together."
    INITIAL_ACCESS_TOKEN_CREATED "initial_access_token.created" Notice Always
        "An operator has made an initial access token. `by`, `token`: its id."
    INITIAL_ACCESS_TOKEN_REVOKED "initial_access_token.revoked" Notice Always
        "An operator has revoked an initial access token. `by`, `token`: its id."
    THROTTLE_CLEARED "throttle.cleared" Notice Always
        "An operator has ended waits after wrong passwords. `by`, `network`, and how many counts were `cleared`."
    KEY_CHANGED "key.changed" Notice Always
        "The signing or encryption keys have changed. `by`: an operator or `server`; the ids of those that were `added`, became `active` or `retired`, or were `removed`."
    KEY_RESET "key.reset" Warning Always
        "An operator has replaced keys and secrets that nobody can read any more, and signed everybody out. `by`, `replaced`."
    CONFIGURATION_RELOADED "configuration.reloaded" Notice Always
        "A running server has read its configuration again. `by`."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_say_what_happened_to_what() {
        for kind in KINDS {
            let rows = KINDS.iter().filter(|other| other.name == kind.name).count();
            assert_eq!(rows, 1, "{} has two rows", kind.name);
            let parts: Vec<&str> = kind.name.split('.').collect();
            let is_word = |part: &&str| part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            assert!(parts.len() == 2 && parts.iter().all(is_word), "{}", kind.name);
            assert!(kind.doc.contains('.'), "{}", kind.name);
        }
    }
}
